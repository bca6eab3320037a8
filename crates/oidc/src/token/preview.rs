//! What a user and a client would get, without a sign-in and without a signature: by the code that makes real tokens.

use std::collections::BTreeMap;

use latchkey_auth::{AMR_PASSWORD, Acr, User};
use latchkey_core::{GrantId, Secret};
use latchkey_protocol::{GrantType, Scope};
use latchkey_tenants::{ClaimPlace, Client};
use latchkey_tokens::{Authentication, Grant};
use latchkey_web::TenantContext;
use serde::Serialize;
use serde_json::Value;

use super::admission::Admission;
use super::id_token::{IdTokenClaimsOf, IdTokenRequest};
use super::issue::Granted;
use crate::Services;
use crate::error::EndpointError;
use crate::rules::MappedClaims;
use crate::scope_policy::{OnBehalfOf, audience, grantable};

/// What the tokens and the userinfo answer of a user and a client would say.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimsPreview {
    /// The error of the access policies, when they would refuse; the rest is what would be issued otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The scope that is left after the policies.
    pub scope: Scope,
    /// The ID token, when the scope has `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<PreviewedClaims>,
    /// The userinfo answer, when the scope has `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo: Option<PreviewedClaims>,
    /// The access token.
    pub access_token: PreviewedClaims,
}

/// The claims at one place.
#[derive(Clone, Debug, Serialize)]
pub struct PreviewedClaims {
    /// The claims.
    pub claims: Value,
    /// Their length as JSON.
    pub bytes: usize,
    /// Mapped claims that are left out, with the reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, String>,
}

impl PreviewedClaims {
    fn new(claims: Value, failures: Vec<(String, String)>) -> Self {
        Self { bytes: claims.to_string().len(), claims, errors: failures.into_iter().collect() }
    }
}

impl Services {
    /// What the user would get from a sign-in by password at this client just now, with that scope or else all that the
    /// client may ask for.
    ///
    /// # Errors
    /// When the stores fail.
    pub async fn preview_claims(
        &self,
        context: &TenantContext,
        client: &Client,
        user: &User,
        scope: Option<&Scope>,
    ) -> Result<ClaimsPreview, Box<dyn std::error::Error + Send + Sync>> {
        let granted = self.previewed_grant(context, client, (user, scope)).await?;
        let (refused, granted, admission) = match self.admit_by_policy(context, client, granted.clone()).await {
            Ok((granted, admission)) => (None, granted, admission),
            Err(EndpointError::OAuth(error)) => {
                (Some(error.description.to_string()), granted, Admission::of(user.clone()))
            }
            Err(error) => return Err(error.into()),
        };
        let sub = self.subject_for(context, client, &user.id).await?;
        let parts = self.access_token_parts(context, client, (&granted, &admission)).await?;
        let access_token = self.tokens.access_token_claims(&context.issuer, &parts.request(client, &granted, &sub))?;
        let mut preview = ClaimsPreview {
            refused,
            scope: granted.scope.clone(),
            id_token: None,
            userinfo: None,
            access_token: PreviewedClaims::new(access_token, parts.mapped.failures.clone()),
        };
        if let (true, Some(grant)) = (granted.scope.contains("openid"), granted.grant()) {
            let MappedClaims { claims: mapped, failures } =
                admission.mapped_claims(self, context, client, (&granted, ClaimPlace::IdToken));
            // Its hash stands in the ID token; there is none that could be used.
            let access_token = Secret::new("an access token".to_owned());
            let scope = &granted.scope;
            let request = IdTokenRequest {
                grant,
                sub: &sub,
                scope,
                nonce: None,
                access_token: Some(&access_token),
                code: None,
                ds_hash: None,
                pushed: None,
                state: None,
                claims_of: IdTokenClaimsOf::RequestOnly,
                mapped,
            };
            preview.id_token =
                Some(PreviewedClaims::new(self.id_token_claims(context, client, request).await?, failures));
            let userinfo = self.userinfo_claims(context, client, (user, Some(grant), scope)).await?;
            preview.userinfo = Some(PreviewedClaims::new(userinfo.claims.into(), userinfo.failures));
        }
        Ok(preview)
    }

    async fn previewed_grant(
        &self,
        context: &TenantContext,
        client: &Client,
        (user, scope): (&User, Option<&Scope>),
    ) -> Result<Granted, EndpointError> {
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let scope = grantable(scope.unwrap_or(&client.metadata.scope), client, &servers, OnBehalfOf::User);
        let now = self.clock.now();
        let grant = Grant {
            id: GrantId::generate(now, &self.rng),
            grant_type: GrantType::AuthorizationCode,
            client_id: client.client_id.clone(),
            user_id: user.id.clone(),
            session_id: None,
            audience: audience(&scope, client, &servers),
            authentication: Authentication {
                auth_time: now,
                amr: vec![AMR_PASSWORD.to_owned()],
                acr: Acr::OneFactor.as_str().to_owned(),
            },
            claims: None,
            offline: scope.contains("offline_access"),
            confirmation: None,
            authorization_details: None,
            actor: None,
            created_at: now,
            // Nothing to be shortened by a policy: there is no such row.
            expires_at: now,
            scope,
        };
        Ok(Granted::user(grant, None, None))
    }
}

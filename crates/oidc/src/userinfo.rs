//! The userinfo endpoint, [OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo).

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use latchkey_auth::User;
use latchkey_protocol::{Scope, SigningAlgorithm};
use latchkey_tenants::{ClaimPlace, Client};
use latchkey_tokens::{ActiveAccessToken, Authentication, Grant};
use latchkey_web::TenantContext;
use serde_json::{Map, Value};

use crate::Services;
use crate::bearer::PresentedToken;
use crate::claims_policy::permitted_claims;
use crate::encrypted_response::ResponseEncryption;
use crate::error::EndpointError;
use crate::no_store::forbid_storing;
use crate::rules::{Endpoint, Facts, MappedClaims, Outcome, Requested, SignInAge, is_met};

/// Tells the client that holds the token what the user let it know.
pub(crate) async fn userinfo(
    context: TenantContext,
    presented: PresentedToken,
    services: web::Data<Services>,
) -> Result<HttpResponse, EndpointError> {
    let found = services.tokens.find_access_token(&context.issuer, &context.tenant, presented.token.expose()).await?;
    let active = found.ok_or(EndpointError::InvalidAccessToken)?;
    services.verify_bound_token(&context, &presented, active.confirmation.as_ref()).await?;
    let (Some(user_id), true) = (&active.user_id, active.scope.contains("openid")) else {
        return Err(EndpointError::InsufficientScope("openid"));
    };
    let client = services.find_known_client(&context.tenant, &active.client_id).await?;
    let client = client.ok_or(EndpointError::InvalidAccessToken)?;
    let user = services.sign_in.find_user(&context.tenant, user_id).await?;
    let user = user.ok_or(EndpointError::InvalidAccessToken)?;

    let scope = services.admit_to_userinfo(&context, &client, (&user, &active)).await?;

    let about = (&user, active.grant.as_deref(), &scope);
    let claims = services.userinfo_claims(&context, &client, about).await?.claims;
    services.protect_claims(&context, &client, claims).await
}

impl Services {
    /// What the user let the client know, what the tenant adds, and what it left out.
    pub(crate) async fn userinfo_claims(
        &self,
        context: &TenantContext,
        client: &Client,
        (user, grant, scope): (&User, Option<&Grant>, &Scope),
    ) -> Result<MappedClaims, EndpointError> {
        let named = grant.map(|grant| permitted_claims(grant, scope, client).userinfo);
        let mut claims = user.claims_for(scope, &named.unwrap_or_default());
        let authentication = grant.map(|grant| &grant.authentication);
        let variables = facts(client, user, (authentication, scope)).variables(context, self.clock.now());
        let mapped = self.mapped_claims(&context.tenant, ClaimPlace::Userinfo, scope, &variables);
        claims.extend(mapped.claims);
        claims.insert("sub".to_owned(), Value::from(self.subject_for(context, client, &user.id).await?));
        Ok(MappedClaims { claims, failures: mapped.failures })
    }

    /// Asks whether the sign-in behind the token is good enough (RFC 9470), and the tenant's access policies; the scope
    /// that they leave.
    async fn admit_to_userinfo(
        &self,
        context: &TenantContext,
        client: &Client,
        (user, active): (&User, &ActiveAccessToken),
    ) -> Result<Scope, EndpointError> {
        let settings = &context.tenant.settings;
        let now = self.clock.now();
        let authentication = active.grant.as_ref().map(|grant| &grant.authentication);
        if let Some(required) = &settings.userinfo_requires
            && !authentication.is_some_and(|made| is_met(required, made, SignInAge::Counts(now)))
        {
            return Err(EndpointError::InsufficientUserAuthentication(required.clone()));
        }
        if settings.access_policies.is_empty() {
            return Ok(active.scope.clone());
        }
        let variables = facts(client, user, (authentication, &active.scope)).variables(context, now);
        let age = SignInAge::Counts(now);
        let verdict = self.judge(&context.tenant, &variables, authentication.map(|made| (made, age)));
        match verdict.outcome {
            Outcome::Admit => Ok(verdict.limits.of_scope(&active.scope)),
            Outcome::StepUp(step_up) => Err(EndpointError::InsufficientUserAuthentication(step_up)),
            Outcome::Deny(_) => Err(EndpointError::InvalidAccessToken),
        }
    }

    /// §5.3.2: signed, encrypted, both in that order, or plain JSON, as the client registered.
    async fn protect_claims(
        &self,
        context: &TenantContext,
        client: &Client,
        claims: Map<String, Value>,
    ) -> Result<HttpResponse, EndpointError> {
        let metadata = &client.metadata;
        let encryption =
            ResponseEncryption::of(metadata.userinfo_encrypted_response_alg, metadata.userinfo_encrypted_response_enc);
        let jwt = match (metadata.userinfo_signed_response_alg, encryption) {
            (None, None) => return Ok(forbid_storing(&mut HttpResponse::Ok()).json(claims)),
            (Some(alg), how) => {
                let signed = self.sign_claims(context, client, alg, claims).await?;
                self.nest_for((&context.tenant, client), signed, how).await?
            }
            (None, Some(how)) => {
                let json = Value::Object(claims).to_string();
                self.encrypt_for((&context.tenant, client), json.as_bytes(), how, None).await?
            }
        };
        Ok(forbid_storing(&mut HttpResponse::Ok()).insert_header((CONTENT_TYPE, "application/jwt")).body(jwt))
    }

    /// §5.3.2: a signed answer names its issuer and its audience.
    async fn sign_claims(
        &self,
        context: &TenantContext,
        client: &Client,
        alg: SigningAlgorithm,
        mut claims: Map<String, Value>,
    ) -> Result<String, EndpointError> {
        claims.insert("aud".to_owned(), Value::from(client.client_id.as_str()));
        claims.insert("iss".to_owned(), Value::from(context.issuer.as_str()));
        // Libraries refuse any other type here; what tells it from an ID token is that it has no `exp`.
        Ok(self.tokens.keys().sign(&context.tenant.id, alg, "JWT", &claims).await?)
    }
}

fn facts<'a>(
    client: &'a Client,
    user: &'a User,
    (authentication, scope): (Option<&'a Authentication>, &'a Scope),
) -> Facts<'a> {
    Facts {
        endpoint: Endpoint::Userinfo,
        user: Some(user),
        client,
        authentication,
        grant_type: "userinfo",
        scope,
        audience: &[],
        requested: Requested::default(),
    }
}

//! JWTs as authorization grants, [RFC 7523 §2.1](https://www.rfc-editor.org/rfc/rfc7523#section-2.1), and the ID-JAG of
//! the Identity Assertion Authorization Grant (§5), which comes the same way and is told by its type.
//!
//! An issuer that the tenant trusts vouches for somebody; a client that the tenant names beside that issuer presents it,
//! once. There is no session: nobody signed in here, so there is no ID token either.

use latchkey_core::{Secret, UserId};
use latchkey_protocol::{Confirmation, ErrorCode, GrantType, OAuthError, Scope};
use latchkey_tenants::{AssertionUse, ResourceServers};
use latchkey_tokens::{NewGrant, RefreshIssue};
use latchkey_web::TenantContext;
use serde_json::Value;

use super::issue::Granted;
use super::store::refresh_of;
use crate::Services;
use crate::client_authentication::AuthenticatedClient;
use crate::error::EndpointError;
use crate::scope_policy::{OnBehalfOf, audience, exactly, exchangeable};
use crate::trusted_assertion::{LocalSubject, UnverifiedAssertion, VerifiedAssertion};

/// What the client presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JwtBearerParams {
    pub(crate) assertion: Secret<String>,
    pub(crate) scope: Option<String>,
}

/// What an assertion leads to.
struct Allowed {
    scope: Scope,
    audience: Vec<String>,
}

impl Services {
    /// Verifies the assertion, finds its subject, and grants what issuer, tenant and client allow.
    pub(super) async fn grant_by_assertion(
        &self,
        context: &TenantContext,
        client: &AuthenticatedClient,
        params: JwtBearerParams,
        confirmation: Option<&Confirmation>,
    ) -> Result<Granted, EndpointError> {
        let unverified = UnverifiedAssertion::parse(&params.assertion).ok_or_else(refused)?;
        let wanted = unverified.intended_use();
        let assertion =
            self.verify_trusted_assertion(context, client, &unverified, wanted).await?.ok_or_else(refused)?;
        if wanted == AssertionUse::IdentityAssertion {
            client.require_confidential()?;
            // The draft, §5.1: whoever else got hold of it cannot use it.
            if assertion.claims.text("client_id") != Some(client.client_id.as_str()) {
                return Err(refused());
            }
        }
        let subject = self.find_local_subject(context, client, &assertion).await?.ok_or_else(refused)?;
        let servers = self.directory.resource_servers(&context.tenant.id).await?;
        let on_behalf_of = match subject {
            LocalSubject::User(_) => OnBehalfOf::User,
            LocalSubject::Client => OnBehalfOf::Client,
        };
        let allowed = allowed(&params, client, &assertion, (&servers, on_behalf_of, &context.issuer))?;
        if !self.spend_assertion(context, &assertion).await? {
            tracing::warn!(client_id = %client.client_id, issuer = %assertion.issuer.issuer, "assertion replayed");
            return Err(refused());
        }
        match subject {
            LocalSubject::Client => Ok(Granted {
                grant_type: GrantType::JwtBearer,
                audience: Some(allowed.audience),
                ..Granted::client(client.client_id.clone(), allowed.scope)
            }),
            LocalSubject::User(user_id) => {
                let grant = self.new_grant(client, &assertion, user_id, allowed);
                let bound = confirmation.filter(|_| client.is_public()).cloned();
                let refresh = if assertion.issuer.refresh_tokens { refresh_of(client) } else { RefreshIssue::Withhold };
                self.store_grant(context, &NewGrant { confirmation: bound, ..grant }, refresh).await
            }
        }
    }

    fn new_grant(
        &self,
        client: &AuthenticatedClient,
        assertion: &VerifiedAssertion,
        user_id: UserId,
        allowed: Allowed,
    ) -> NewGrant {
        NewGrant {
            grant_type: GrantType::JwtBearer,
            client_id: client.client_id.clone(),
            user_id,
            session_id: None,
            scope: allowed.scope,
            audience: allowed.audience,
            authentication: assertion.authentication(self.clock.now()),
            claims: None,
            offline: false,
            confirmation: None,
            authorization_details: None,
            actor: None,
        }
    }
}

/// What is asked for, within what the issuer and the tenant say of the assertion.
fn allowed(
    params: &JwtBearerParams,
    client: &AuthenticatedClient,
    assertion: &VerifiedAssertion,
    (servers, on_behalf_of, issuer): (&ResourceServers, OnBehalfOf, &str),
) -> Result<Allowed, OAuthError> {
    let invalid_scope = OAuthError::new(ErrorCode::InvalidScope, "the scope is beyond what the assertion allows");
    let resources = resources(assertion, client)?;
    let within = |scope: Scope| match &resources {
        None => scope,
        Some(resources) => exchangeable(&scope, client, servers, (resources, issuer)),
    };
    let most = within(exactly(None, client, servers, on_behalf_of)?.intersection(&assertion.scope()));
    let scope = match &params.scope {
        None => most,
        Some(text) => {
            Scope::parse(text).filter(|scope| !scope.is_empty() && scope.is_subset(&most)).ok_or(invalid_scope)?
        }
    };
    let audience = resources.unwrap_or_else(|| audience(&scope, client, servers));
    Ok(Allowed { scope, audience })
}

/// The draft, §4.3: an assertion for certain resources is good for those; they must be the client's to ask for.
fn resources(assertion: &VerifiedAssertion, client: &AuthenticatedClient) -> Result<Option<Vec<String>>, OAuthError> {
    let refused = || OAuthError::new(ErrorCode::InvalidTarget, "the client may not ask for this resource");
    let named: Vec<&Value> = match assertion.claims.claims().get("resource") {
        None => return Ok(None),
        Some(Value::Array(many)) => many.iter().collect(),
        Some(one) => vec![one],
    };
    let known = |value: &Value| {
        let name = value.as_str()?;
        client.metadata.audiences.iter().find(|audience| *audience == name).cloned()
    };
    let resources: Option<Vec<String>> = named.into_iter().map(known).collect();
    resources.filter(|resources| !resources.is_empty()).map(Some).ok_or_else(refused)
}

/// One text for whatever is wrong with an assertion; which it is stands in the log.
fn refused() -> EndpointError {
    OAuthError::invalid_grant("the assertion is not acceptable").into()
}

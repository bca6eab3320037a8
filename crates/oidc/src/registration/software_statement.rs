//! Software statements, [RFC 7591 §2.3](https://www.rfc-editor.org/rfc/rfc7591#section-2.3): metadata that somebody whom the
//! tenant believes has signed.

use std::time::Duration;

use latchkey_jose::{InvalidJws, JwkSet, UnverifiedJws, VerifiedPayload};
use latchkey_protocol::{ErrorCode, OAuthError, SigningAlgorithm};
use latchkey_tenants::{SoftwareStatementIssuer, Tenant};
use latchkey_web::TenantContext;
use serde_json::{Map, Value};

use crate::Services;
use crate::error::EndpointError;

const LEEWAY: Duration = Duration::from_secs(10);
/// What RFC 7519 §4.1 says of the statement itself, and a statement within the statement.
const NOT_METADATA: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"];

impl Services {
    /// Verifies a statement; gives the metadata in it.
    pub(super) async fn verify_software_statement(
        &self,
        context: &TenantContext,
        statement: &str,
    ) -> Result<Map<String, Value>, EndpointError> {
        let unverified = UnverifiedJws::parse(statement).map_err(|error| invalid(&error))?;
        let claimed = unverified.unverified_text("iss");
        let issuers = &context.tenant.settings.software_statement_issuers;
        let Some(issuer) = issuers.iter().find(|issuer| claimed == Some(issuer.issuer.as_str())) else {
            let description = "the issuer of the software statement is not one that this server believes";
            return Err(OAuthError::new(ErrorCode::UnapprovedSoftwareStatement, description).into());
        };
        let keys = self.statement_keys(&context.tenant, issuer).await?;
        let payload = unverified.verify_with(&keys, SigningAlgorithm::ALL).map_err(|error| invalid(&error))?;
        self.check_statement(context, &payload).map_err(|error| invalid(&error))?;
        let mut members = payload.into_claims();
        members.retain(|name, _| !NOT_METADATA.contains(&name.as_str()));
        Ok(members)
    }

    async fn statement_keys(&self, tenant: &Tenant, issuer: &SoftwareStatementIssuer) -> Result<JwkSet, EndpointError> {
        let keys = match (&issuer.jwks, &issuer.jwks_uri) {
            (Some(jwks), _) => JwkSet::from_value(jwks),
            (None, Some(uri)) => {
                let fetched = self.fetcher.get_json(tenant.outgoing(), uri).await;
                JwkSet::parse(&fetched.map_err(|error| EndpointError::Unavailable(error.into()))?.body)
            }
            (None, None) => JwkSet::parse(b""),
        };
        keys.map_err(|error| EndpointError::Internal(error.into()))
    }

    fn check_statement(&self, context: &TenantContext, payload: &VerifiedPayload) -> Result<(), InvalidJws> {
        let now = self.clock.now();
        payload.require_begun(now, LEEWAY)?;
        if payload.date("exp")?.is_some() {
            payload.require_unexpired(now, LEEWAY)?;
        }
        // RFC 7519 §4.1.3: whoever is not among the audience must reject it.
        if payload.claims().contains_key("aud") {
            payload.require_audience(&[&context.issuer])?;
        }
        Ok(())
    }
}

fn invalid(error: &InvalidJws) -> EndpointError {
    OAuthError::with_detail(ErrorCode::InvalidSoftwareStatement, &error.to_string()).into()
}

//! The tenant's part of the gate: its access policies, and what its claims are made from.

use std::time::Duration;

use latchkey_auth::User;
use latchkey_core::UtcTime;
use latchkey_expressions::Variables;
use latchkey_protocol::{ErrorCode, GrantType, OAuthError};
use latchkey_tenants::{ClaimPlace, Client};
use latchkey_tokens::Authentication;
use latchkey_web::TenantContext;

use super::issue::{Granted, GrantedSubject};
use crate::Services;
use crate::error::EndpointError;
use crate::rules::{Endpoint, Facts, MappedClaims, Outcome, Requested, SignInAge};

/// What the gate found out on the way.
#[derive(Default)]
pub(super) struct Admission {
    /// Life of the access token at most.
    pub(super) access_token_lifetime: Option<Duration>,
    /// The user, where a rule of the tenant may ask for one.
    user: Option<User>,
}

impl Admission {
    /// Of a grant that no policy limits.
    pub(super) fn of(user: User) -> Self {
        Self { access_token_lifetime: None, user: Some(user) }
    }

    /// The tenant's own claims for a token.
    pub(super) fn mapped_claims(
        &self,
        services: &Services,
        context: &TenantContext,
        client: &Client,
        (granted, place): (&Granted, ClaimPlace),
    ) -> MappedClaims {
        if context.tenant.settings.claim_mappings.is_empty() {
            return MappedClaims::default();
        }
        let variables = variables(context, client, (granted, self.user.as_ref()), services.clock.now());
        services.mapped_claims(&context.tenant, place, &granted.scope, &variables)
    }
}

impl Services {
    /// Asks the tenant's access policies.
    pub(super) async fn admit_by_policy(
        &self,
        context: &TenantContext,
        client: &Client,
        granted: Granted,
    ) -> Result<(Granted, Admission), EndpointError> {
        let settings = &context.tenant.settings;
        if settings.access_policies.is_empty() && settings.claim_mappings.is_empty() {
            return Ok((granted, Admission::default()));
        }
        let user = self.user_of(context, &granted).await?;
        let now = self.clock.now();
        let variables = variables(context, client, (&granted, user.as_ref()), now);
        let verdict = self.judge(&context.tenant, &variables, authentication(&granted, now));
        match verdict.outcome {
            Outcome::Admit => {}
            Outcome::Deny(description) => return Err(denied(&granted, &description)),
            Outcome::StepUp(_) if granted.grant_type == GrantType::Implicit => {
                let code = ErrorCode::UnmetAuthenticationRequirements;
                return Err(OAuthError::new(code, "the sign-in that is required cannot be reached").into());
            }
            // RFC 9470 leaves the token endpoint to RFC 6749 §5.2: the client begins a new authorization, where the
            // same rule asks the user.
            Outcome::StepUp(_) => {
                return Err(OAuthError::invalid_grant("a newer or stronger sign-in is required").into());
            }
        }
        if let (Some(life), GrantedSubject::User(grant)) = (verdict.limits.refresh_token, &granted.subject) {
            self.tokens.shorten_grant(&context.tenant.id, grant, life).await?;
        }
        let scope = verdict.limits.of_scope(&granted.scope);
        Ok((Granted { scope, ..granted }, Admission { access_token_lifetime: verdict.limits.access_token, user }))
    }

    async fn user_of(&self, context: &TenantContext, granted: &Granted) -> Result<Option<User>, EndpointError> {
        let GrantedSubject::User(grant) = &granted.subject else { return Ok(None) };
        match self.sign_in.find_user(&context.tenant, &grant.user_id).await? {
            Some(user) => Ok(Some(user)),
            None => Err(OAuthError::invalid_grant("the user is not active").into()),
        }
    }
}

fn variables(
    context: &TenantContext,
    client: &Client,
    (granted, user): (&Granted, Option<&User>),
    now: UtcTime,
) -> Variables {
    let (authentication, granted_audience) = match &granted.subject {
        GrantedSubject::User(grant) => (Some(&grant.authentication), grant.audience.as_slice()),
        GrantedSubject::Client(_) => (None, [].as_slice()),
    };
    let is_front_channel = granted.grant_type == GrantType::Implicit;
    let facts = Facts {
        endpoint: if is_front_channel { Endpoint::Authorize } else { Endpoint::Token },
        user,
        client,
        authentication,
        grant_type: granted.grant_type.as_str(),
        scope: &granted.scope,
        audience: granted.audience.as_deref().unwrap_or(granted_audience),
        requested: Requested::default(),
    };
    facts.variables(context, now)
}

fn authentication(granted: &Granted, now: UtcTime) -> Option<(&Authentication, SignInAge)> {
    let GrantedSubject::User(grant) = &granted.subject else { return None };
    // The authorization endpoint asked the same rules when it issued the code, a minute ago at most.
    let settled = matches!(granted.grant_type, GrantType::AuthorizationCode | GrantType::Implicit);
    Some((&grant.authentication, if settled { SignInAge::Settled } else { SignInAge::Counts(now) }))
}

/// RFC 6749 §5.2 knows no `access_denied` here. What a user granted is no longer good: the client asks again, and the
/// authorization endpoint answers `access_denied`. A client alone may not do this.
fn denied(granted: &Granted, description: &str) -> EndpointError {
    let code = match granted.subject {
        // Straight from the authorization endpoint, RFC 6749 §4.2.2.1.
        GrantedSubject::User(_) if granted.grant_type == GrantType::Implicit => ErrorCode::AccessDenied,
        GrantedSubject::User(_) => ErrorCode::InvalidGrant,
        GrantedSubject::Client(_) => ErrorCode::UnauthorizedClient,
    };
    OAuthError::with_detail(code, description).into()
}

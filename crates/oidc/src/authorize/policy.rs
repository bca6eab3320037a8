//! What the tenant's access policies say of an authorization request, wherever its user is there to sign in.

use latchkey_auth::ActiveSession;
use latchkey_protocol::{GrantType, Scope};
use latchkey_tenants::Client;
use latchkey_web::TenantContext;

use super::proceed::authentication;
use super::request::AuthorizationRequest;
use crate::Services;
use crate::rules::{Endpoint, Facts, Outcome, Requested, SignInAge};

/// A request, and the user who would grant it.
pub(super) struct Judged<'a> {
    pub(super) client: &'a Client,
    pub(super) request: &'a AuthorizationRequest,
    /// What would be granted.
    pub(super) scope: &'a Scope,
    pub(super) active: &'a ActiveSession,
    /// Whether the user signed in for this very request, so that the sign-in is as new as can be.
    pub(super) signed_in: bool,
}

impl Services {
    /// Asks the tenant's access policies; the token endpoint asks them again.
    pub(super) fn judge_authorization(&self, context: &TenantContext, judged: &Judged<'_>) -> Outcome {
        let tenant = &context.tenant;
        if tenant.settings.access_policies.is_empty() {
            return Outcome::Admit;
        }
        let (now, request) = (self.clock.now(), judged.request);
        let authentication = authentication(judged.active);
        let facts = Facts {
            endpoint: Endpoint::Authorize,
            user: Some(&judged.active.user),
            client: judged.client,
            authentication: Some(&authentication),
            grant_type: GrantType::AuthorizationCode.as_str(),
            scope: judged.scope,
            audience: &[],
            requested: Requested {
                scope: Some(&request.scope),
                acr_values: &request.acr_values,
                max_age: request.max_age.map(|age| age.as_secs()),
                response_type: Some(request.response_type.as_str()),
            },
        };
        let age = if judged.signed_in { SignInAge::Settled } else { SignInAge::Counts(now) };
        let variables = facts.variables(context, now);
        self.judge(tenant, &variables, Some((&authentication, age))).outcome
    }
}

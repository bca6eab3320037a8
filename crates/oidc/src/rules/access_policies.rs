//! The access policies of a tenant: asked at the authorization endpoint, in the gate of every grant, and at userinfo.

use std::time::Duration;

use latchkey_auth::Acr;
use latchkey_core::UtcTime;
use latchkey_expressions::Variables;
use latchkey_protocol::Scope;
use latchkey_tenants::{AccessPolicy, Consequence, StepUp, Tenant};
use latchkey_tokens::Authentication;
use serde_json::Value;

use crate::Services;

/// What a client is told when the tenant's rule says nothing.
const DENIED: &str = "an access policy of the tenant refuses this";

/// What the rules of a tenant say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) limits: Limits,
}

/// Whether something is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is.
    Admit,
    /// It is not; the client is told why.
    Deny(String),
    /// Not until the user has authenticated so.
    StepUp(StepUp),
}

/// How far what is issued goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Life of the access token at most.
    pub(crate) access_token: Option<Duration>,
    /// Life of the grant with its refresh tokens at most.
    pub(crate) refresh_token: Option<Duration>,
    /// Scope at most.
    pub(crate) scope: Option<Scope>,
}

/// Whether the age of a sign-in counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInAge {
    /// Now.
    Counts(UtcTime),
    /// The user signed in for this very request, or the authorization endpoint has looked at it moments ago: a person
    /// who takes long over the next page is not sent back.
    Settled,
}

impl Verdict {
    fn admit() -> Self {
        Self { outcome: Outcome::Admit, limits: Limits::default() }
    }
}

impl Limits {
    /// What is left of a scope.
    pub(crate) fn of_scope(&self, scope: &Scope) -> Scope {
        self.scope.as_ref().map_or_else(|| scope.clone(), |limit| scope.intersection(limit))
    }

    fn shorten(limit: &mut Option<Duration>, seconds: Option<u64>) {
        let seconds = seconds.map(Duration::from_secs);
        *limit = limit.iter().copied().chain(seconds).min();
    }
}

/// Whether a sign-in of that class is what a rule asks for, or better.
pub(crate) fn is_strong(step_up: &StepUp, acr: &str) -> bool {
    step_up.acr_values.is_empty() || Acr::meets(step_up.acr_values.iter().map(String::as_str), acr)
}

/// Whether the authentication is what a rule asks for.
pub(crate) fn is_met(step_up: &StepUp, authentication: &Authentication, age: SignInAge) -> bool {
    let strong = is_strong(step_up, &authentication.acr);
    let young = match (step_up.max_age, age) {
        (None, _) | (_, SignInAge::Settled) => true,
        (Some(max_age), SignInAge::Counts(now)) => now.since(authentication.auth_time) <= Duration::from_secs(max_age),
    };
    strong && young
}

impl Services {
    /// Asks the rules in their order. A rule that cannot be evaluated refuses: which way it would have gone is unknown.
    pub(crate) fn judge(
        &self,
        tenant: &Tenant,
        variables: &Variables,
        authentication: Option<(&Authentication, SignInAge)>,
    ) -> Verdict {
        let mut verdict = Verdict::admit();
        for policy in &tenant.settings.access_policies {
            match self.applies(tenant, policy, variables) {
                Some(true) => {}
                Some(false) => continue,
                None => return self.refuse_by(policy, "failed", Outcome::Deny(DENIED.to_owned())),
            }
            match &policy.then {
                Consequence::Allow => return verdict,
                Consequence::Deny { description } => {
                    let description = description.clone().unwrap_or_else(|| DENIED.to_owned());
                    return self.refuse_by(policy, "deny", Outcome::Deny(description));
                }
                Consequence::StepUp(step_up) => match authentication {
                    // A client alone cannot authenticate better.
                    None => return self.refuse_by(policy, "step_up", Outcome::Deny(DENIED.to_owned())),
                    Some((made, age)) if !is_met(step_up, made, age) => {
                        return self.refuse_by(policy, "step_up", Outcome::StepUp(step_up.clone()));
                    }
                    Some(_) => {}
                },
                Consequence::Lifetime { access_token_seconds, refresh_token_seconds } => {
                    Limits::shorten(&mut verdict.limits.access_token, *access_token_seconds);
                    Limits::shorten(&mut verdict.limits.refresh_token, *refresh_token_seconds);
                }
                Consequence::LimitScope(scope) => verdict.limits.scope = Some(verdict.limits.of_scope(scope)),
            }
        }
        verdict
    }

    /// `None` when it cannot be told.
    fn applies(&self, tenant: &Tenant, policy: &AccessPolicy, variables: &Variables) -> Option<bool> {
        let evaluated = match self.rules.programs.compile(&policy.when) {
            Ok(program) => program.evaluate(variables).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match evaluated {
            Ok(Value::Bool(applies)) => Some(applies),
            Ok(_) => {
                self.rules.warn(&tenant.id, &policy.name, "`when` gave something else than true or false");
                None
            }
            Err(reason) => {
                self.rules.warn(&tenant.id, &policy.name, &reason);
                None
            }
        }
    }

    fn refuse_by(&self, policy: &AccessPolicy, why: &'static str, outcome: Outcome) -> Verdict {
        self.metrics.access_policy_refused(why);
        tracing::info!(policy = policy.name, outcome = why, "refused by an access policy");
        Verdict { outcome, limits: Limits::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authentication(acr: &str, seconds: i64) -> Authentication {
        Authentication { auth_time: UtcTime::from_unix_seconds(seconds), amr: Vec::new(), acr: acr.to_owned() }
    }

    #[test]
    fn a_step_up_is_met_by_an_acr_of_the_list_that_is_young_enough() {
        let needs = StepUp { acr_values: vec!["2".to_owned(), "3".to_owned()], max_age: Some(60) };
        let now = SignInAge::Counts(UtcTime::from_unix_seconds(1_060));
        assert!(is_met(&needs, &authentication("3", 1_000), now));
        assert!(!is_met(&needs, &authentication("1", 1_000), now));
        assert!(!is_met(&needs, &authentication("3", 999), now));
        assert!(is_met(&needs, &authentication("3", 1), SignInAge::Settled));
        assert!(!is_met(&needs, &authentication("1", 1_000), SignInAge::Settled));
    }

    #[test]
    fn the_shorter_life_counts() {
        let mut limit = None;
        Limits::shorten(&mut limit, None);
        assert_eq!(limit, None);
        for (seconds, expected) in [(60, 60), (90, 60), (30, 30)] {
            Limits::shorten(&mut limit, Some(seconds));
            assert_eq!(limit, Some(Duration::from_secs(expected)));
        }
    }
}

//! Rules of a tenant that every grant passes before a token is issued.

use latchkey_expressions::Program;
use latchkey_protocol::Scope;
use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::claim_mapping::in_member;

const MAX_POLICIES: usize = 100;
/// A step-up that expires while the browser comes back could never be met.
const LEAST_MAX_AGE: u64 = 30;
const LEAST_LIFETIME: u64 = 10;
const MAX_DESCRIPTION: usize = 200;

/// One rule; they are asked in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PolicyForm", into = "PolicyForm")]
pub struct AccessPolicy {
    /// What it is called in the log.
    pub name: String,
    /// An expression of `latchkey-expressions` that gives a bool.
    pub when: String,
    /// What follows when it gives `true`.
    pub then: Consequence,
}

/// What follows from a rule that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// No later rule is asked.
    Allow,
    /// Nothing is issued.
    Deny {
        /// What the client is told, printable ASCII.
        description: Option<String>,
    },
    /// Nothing is issued until the user has authenticated so; then the later rules are asked.
    StepUp(StepUp),
    /// Tokens live no longer; the later rules are asked.
    Lifetime {
        /// Of the access token.
        access_token_seconds: Option<u64>,
        /// Of the grant with its refresh tokens.
        refresh_token_seconds: Option<u64>,
    },
    /// Only this scope is left; the later rules are asked.
    LimitScope(Scope),
}

/// An authentication that is asked for, [RFC 9470](https://www.rfc-editor.org/rfc/rfc9470).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    /// One of these `acr`; any when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<String>,
    /// So long ago at most, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
}

impl StepUp {
    /// Checks that it asks for something, and for nothing impossible.
    pub(crate) fn validate(&self, member: &'static str) -> Result<(), InvalidMember> {
        // They stand in quotes in a header (RFC 9470 §3).
        let is_acr =
            |acr: &String| !acr.is_empty() && acr.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if self.acr_values.is_empty() && self.max_age.is_none() {
            return Err(InvalidMember::new(member, "acr_values or max_age is missing"));
        }
        if !self.acr_values.iter().all(is_acr) {
            return Err(InvalidMember::new(member, "an acr is printable ASCII without quote and backslash"));
        }
        if self.max_age.is_some_and(|seconds| seconds < LEAST_MAX_AGE) {
            return Err(InvalidMember::new(member, format!("max_age must be at least {LEAST_MAX_AGE}")));
        }
        Ok(())
    }
}

/// The rule as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyForm {
    name: String,
    when: String,
    then: Verb,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    acr_values: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_token_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Allow,
    Deny,
    StepUp,
    Lifetime,
    LimitScope,
}

impl TryFrom<PolicyForm> for AccessPolicy {
    type Error = InvalidMember;

    fn try_from(form: PolicyForm) -> Result<Self, InvalidMember> {
        let (verb, written) = (form.then, Self::written(&form));
        let then = match form.then {
            Verb::Allow => Consequence::Allow,
            Verb::Deny => Consequence::Deny { description: form.description },
            Verb::StepUp => Consequence::StepUp(StepUp { acr_values: form.acr_values, max_age: form.max_age }),
            Verb::Lifetime => Consequence::Lifetime {
                access_token_seconds: form.access_token_seconds,
                refresh_token_seconds: form.refresh_token_seconds,
            },
            Verb::LimitScope => Consequence::LimitScope(form.scope.unwrap_or_default()),
        };
        match written.into_iter().find(|(_, of)| *of != verb) {
            Some((member, _)) => Err(InvalidMember::new(member, "does not belong to this `then`")),
            None => Ok(Self { name: form.name, when: form.when, then }),
        }
    }
}

impl From<AccessPolicy> for PolicyForm {
    fn from(policy: AccessPolicy) -> Self {
        let mut form = Self {
            name: policy.name,
            when: policy.when,
            then: Verb::Allow,
            description: None,
            acr_values: Vec::new(),
            max_age: None,
            access_token_seconds: None,
            refresh_token_seconds: None,
            scope: None,
        };
        match policy.then {
            Consequence::Allow => {}
            Consequence::Deny { description } => (form.then, form.description) = (Verb::Deny, description),
            Consequence::StepUp(StepUp { acr_values, max_age }) => {
                (form.then, form.acr_values, form.max_age) = (Verb::StepUp, acr_values, max_age);
            }
            Consequence::Lifetime { access_token_seconds, refresh_token_seconds } => {
                form.then = Verb::Lifetime;
                (form.access_token_seconds, form.refresh_token_seconds) = (access_token_seconds, refresh_token_seconds);
            }
            Consequence::LimitScope(scope) => (form.then, form.scope) = (Verb::LimitScope, Some(scope)),
        }
        form
    }
}

impl AccessPolicy {
    /// The members that are there, each with the verb that it belongs to.
    fn written(form: &PolicyForm) -> Vec<(&'static str, Verb)> {
        [
            ("description", form.description.is_some(), Verb::Deny),
            ("acr_values", !form.acr_values.is_empty(), Verb::StepUp),
            ("max_age", form.max_age.is_some(), Verb::StepUp),
            ("access_token_seconds", form.access_token_seconds.is_some(), Verb::Lifetime),
            ("refresh_token_seconds", form.refresh_token_seconds.is_some(), Verb::Lifetime),
            ("scope", form.scope.is_some(), Verb::LimitScope),
        ]
        .into_iter()
        .filter_map(|(member, is_there, verb)| is_there.then_some((member, verb)))
        .collect()
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        let refuse = |reason: String| Err(InvalidMember::new("access_policies", format!("{}: {reason}", self.name)));
        if self.name.trim().is_empty() || self.name.chars().count() > 100 || self.name.chars().any(char::is_control) {
            return refuse("the name of a rule is 1 to 100 characters".to_owned());
        }
        if let Err(error) = Program::compile(&self.when) {
            return refuse(in_member("when", &error));
        }
        match &self.then {
            Consequence::Deny { description: Some(text) } if !is_description(text) => refuse(format!(
                "description: up to {MAX_DESCRIPTION} printable ASCII characters, no quote, no backslash"
            )),
            Consequence::StepUp(step_up) => step_up.validate("access_policies"),
            Consequence::Lifetime { access_token_seconds: None, refresh_token_seconds: None } => {
                refuse("access_token_seconds or refresh_token_seconds is missing".to_owned())
            }
            Consequence::Lifetime { access_token_seconds, refresh_token_seconds }
                if [access_token_seconds, refresh_token_seconds]
                    .iter()
                    .any(|s| s.is_some_and(|s| s < LEAST_LIFETIME)) =>
            {
                refuse(format!("a life time is at least {LEAST_LIFETIME} seconds"))
            }
            Consequence::LimitScope(scope) if scope.is_empty() => refuse("scope is missing".to_owned()),
            _ => Ok(()),
        }
    }
}

/// RFC 6749 appendix A.8.
fn is_description(text: &str) -> bool {
    text.len() <= MAX_DESCRIPTION && text.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~'))
}

pub(crate) fn validate(policies: &[AccessPolicy]) -> Result<(), InvalidMember> {
    if policies.len() > MAX_POLICIES {
        return Err(InvalidMember::new("access_policies", format!("at most {MAX_POLICIES}")));
    }
    policies.iter().try_for_each(AccessPolicy::validate)
}

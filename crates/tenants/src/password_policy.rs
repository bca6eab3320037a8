//! What a new password has to be: [NIST SP 800-63B-4 §3.1.1](https://pages.nist.gov/800-63-4/sp800-63b.html). Nothing
//! is said of the kinds of characters, because such rules make passwords alike rather than strong.

use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::defaults::is_true;

const MEMBER: &str = "passwords";
const MIN_LENGTH: u16 = 8;
const MIN_SCORE: u8 = 2;
/// NIST wants passwords of 64 characters to be possible everywhere.
const MAX_MIN_LENGTH: u16 = 64;
const MAX_SCORE: u8 = 4;
/// Each is verified when a password is chosen, at the cost of a sign-in.
const MAX_HISTORY: u8 = 24;

/// No password is longer, whatever the policy.
pub const MAX_PASSWORD_CHARS: u16 = 256;

/// What a new password has to be; every member has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Characters that it has at least, 8 to 64.
    #[serde(skip_serializing_if = "is_min_length")]
    pub min_length: u16,
    /// How hard it has to be to guess, as zxcvbn estimates it: 0 for anything, 4 for more than 10¹⁰ guesses.
    #[serde(skip_serializing_if = "is_min_score")]
    pub min_score: u8,
    /// Whether one that is known from a breach is refused; counts where the operator supplies such a list.
    #[serde(skip_serializing_if = "is_true")]
    pub refuse_breached: bool,
    /// How many of the user's last passwords, the present one included, cannot be chosen again; 0 for none, at most 24.
    #[serde(skip_serializing_if = "is_none")]
    pub history: u8,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_length: MIN_LENGTH, min_score: MIN_SCORE, refuse_breached: true, history: 0 }
    }
}

impl PasswordPolicy {
    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        let within = |name: &str, value: u16, least: u16, most: u16| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(InvalidMember::new(MEMBER, format!("{name} must be between {least} and {most}")))
        };
        within("min_length", self.min_length, MIN_LENGTH, MAX_MIN_LENGTH)?;
        within("min_score", self.min_score.into(), 0, MAX_SCORE.into())?;
        within("history", self.history.into(), 0, MAX_HISTORY.into())
    }
}

fn is_min_length(value: &u16) -> bool {
    *value == MIN_LENGTH
}

fn is_min_score(value: &u8) -> bool {
    *value == MIN_SCORE
}

fn is_none(value: &u8) -> bool {
    *value == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_its_default_is_left_out_and_what_is_out_of_bounds_is_named() {
        let policy = PasswordPolicy::default();
        assert_eq!(serde_json::to_string(&policy).expect("json"), "{}");
        assert!(policy.validate().is_ok());
        for (policy, name) in [
            (PasswordPolicy { min_length: 7, ..PasswordPolicy::default() }, "min_length"),
            (PasswordPolicy { min_length: 65, ..PasswordPolicy::default() }, "min_length"),
            (PasswordPolicy { min_score: 5, ..PasswordPolicy::default() }, "min_score"),
            (PasswordPolicy { history: 25, ..PasswordPolicy::default() }, "history"),
        ] {
            let error = policy.validate().expect_err(name).to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(serde_json::from_str::<PasswordPolicy>(r#"{"composition": true}"#).is_err());
    }
}

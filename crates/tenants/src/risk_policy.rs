//! What a tenant does when a sign-in looks risky.

use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::defaults::is_default;

const MEMBER: &str = "risk";
/// The highest score that there is.
const MOST: u8 = 100;
/// What a browser that was never seen weighs alone.
const NOTIFY_AT: u8 = 30;

/// From which score on something is done; each can be off (`null`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskPolicy {
    /// The user is told by mail.
    #[serde(skip_serializing_if = "is_notify_default")]
    pub notify_at: Option<u8>,
    /// A second factor is asked for, whatever the policy says and although the browser is remembered; of who has none a
    /// mailed code.
    #[serde(skip_serializing_if = "is_default")]
    pub second_factor_at: Option<u8>,
    /// Nobody gets in: the answer is that to a wrong password.
    #[serde(skip_serializing_if = "is_default")]
    pub block_at: Option<u8>,
    /// Whether a password that is in the operator's list of breached ones has to be changed before there is a session.
    #[serde(skip_serializing_if = "is_default")]
    pub change_breached_password: bool,
}

impl Default for RiskPolicy {
    fn default() -> Self {
        Self { notify_at: Some(NOTIFY_AT), second_factor_at: None, block_at: None, change_breached_password: false }
    }
}

impl RiskPolicy {
    /// Whether the user is told of a sign-in of that score.
    #[must_use]
    pub fn notifies(&self, score: u8) -> bool {
        reaches(self.notify_at, score)
    }

    /// Whether a second factor is asked for at that score.
    #[must_use]
    pub fn asks_second_factor(&self, score: u8) -> bool {
        reaches(self.second_factor_at, score)
    }

    /// Whether nobody gets in at that score.
    #[must_use]
    pub fn blocks(&self, score: u8) -> bool {
        reaches(self.block_at, score)
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        let thresholds = [self.notify_at, self.second_factor_at, self.block_at];
        if thresholds.into_iter().flatten().all(|threshold| (1..=MOST).contains(&threshold)) {
            return Ok(());
        }
        Err(InvalidMember::new(MEMBER, format!("a threshold must be between 1 and {MOST}, or null for never")))
    }
}

fn reaches(threshold: Option<u8>, score: u8) -> bool {
    threshold.is_some_and(|threshold| score >= threshold)
}

fn is_notify_default(threshold: &Option<u8>) -> bool {
    *threshold == Some(NOTIFY_AT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> RiskPolicy {
        serde_json::from_str(text).expect("a policy")
    }

    #[test]
    fn a_new_browser_alone_is_told_of_and_nothing_else_is_done_by_default() {
        let policy = parse("{}");
        assert!(policy.notifies(30) && !policy.notifies(29));
        assert!(!policy.asks_second_factor(100) && !policy.blocks(100) && !policy.change_breached_password);
        assert_eq!(serde_json::to_string(&policy).expect("JSON"), "{}");
    }

    #[test]
    fn each_action_can_be_off_and_thresholds_are_scores() {
        let policy = parse(r#"{"notify_at":null,"second_factor_at":45,"block_at":80}"#);
        assert!(!policy.notifies(100) && policy.asks_second_factor(45) && policy.blocks(80) && !policy.blocks(79));
        let written = serde_json::to_string(&policy).expect("JSON");
        assert_eq!(parse(&written), policy, "{written}");
        for wrong in [r#"{"block_at":0}"#, r#"{"notify_at":101}"#] {
            assert!(parse(wrong).validate().is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<RiskPolicy>(r#"{"warn_at":1}"#).is_err());
    }
}

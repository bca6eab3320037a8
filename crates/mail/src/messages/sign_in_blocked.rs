//! The notice of a sign-in that was not let in.

use latchkey_core::UtcTime;
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, Whereabouts, facts, text};

/// The notice of a sign-in with the right password that looked too risky to be let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInBlocked {
    /// When.
    pub at: UtcTime,
    /// From where.
    pub from: Whereabouts,
}

impl Content for SignInBlocked {
    fn kind(&self) -> &'static str {
        "mail.sign_in_blocked"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("risk-mail-blocked-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        vec![
            text("risk-mail-blocked-text", tenant),
            facts(self.at, &self.from),
            text("risk-mail-blocked-what-to-do", tenant),
        ]
    }
}

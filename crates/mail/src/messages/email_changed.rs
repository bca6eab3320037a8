//! The notice of a new address.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, Whereabouts, facts, not_me, text};

/// The notice of a new address, mailed to the old one. It does not name the new one: the old may have got into other hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailChanged {
    /// When it was changed.
    pub at: UtcTime,
    /// From where.
    pub from: Whereabouts,
    /// The page for who did not do it, with its token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_me_link: Option<Secret<String>>,
}

impl Content for EmailChanged {
    fn kind(&self) -> &'static str {
        "mail.email_changed"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-email-changed-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        let mut blocks = vec![text("mail-email-changed-text", tenant), facts(self.at, &self.from)];
        blocks.extend(not_me(tenant, self.not_me_link.as_ref()));
        blocks
    }
}

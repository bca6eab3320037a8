//! The notice of a sign-in from somewhere new.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, Whereabouts, facts, not_me, text};

/// The notice of a sign-in from somewhere new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDevice {
    /// When.
    pub at: UtcTime,
    /// From where.
    pub from: Whereabouts,
    /// The page for who did not do it, with its token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_me_link: Option<Secret<String>>,
}

impl Content for NewDevice {
    fn kind(&self) -> &'static str {
        "mail.new_device"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-new-device-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        let mut blocks = vec![text("mail-new-device-text", tenant), facts(self.at, &self.from)];
        blocks.extend(not_me(tenant, self.not_me_link.as_ref()));
        blocks
    }
}

//! The proof of a new address.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, button, text, until};

/// The proof of a new address, mailed to that address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailChangeConfirm {
    /// The page that takes the proof, with its token.
    pub link: Secret<String>,
    /// Until when the link can be used.
    pub expires_at: UtcTime,
}

impl Content for EmailChangeConfirm {
    fn kind(&self) -> &'static str {
        "mail.email_change_confirm"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-email-confirm-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        vec![
            text("mail-email-confirm-text", tenant),
            button("mail-email-confirm-button", &self.link),
            until("mail-email-confirm-until", self.expires_at),
            Block::Text(Words::new("mail-ignore")),
        ]
    }
}

//! An invitation to choose a password.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, button, text, until};

/// An invitation to choose a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The page of the invitation with its token: whoever holds it can choose the password.
    pub link: Secret<String>,
    /// Until when the link can be used.
    pub expires_at: UtcTime,
}

impl Content for Invitation {
    fn kind(&self) -> &'static str {
        "mail.invitation"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-invitation-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        vec![
            text("mail-invitation-text", tenant),
            button("mail-invitation-button", &self.link),
            until("mail-invitation-until", self.expires_at),
            Block::Text(Words::new("mail-ignore")),
        ]
    }
}

//! The way back for who forgot the password.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, button, text, until};

/// The way back for who forgot the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetPassword {
    /// The page of the new password with its token: whoever holds it can choose one.
    pub link: Secret<String>,
    /// Until when the link can be used.
    pub expires_at: UtcTime,
}

impl Content for ResetPassword {
    fn kind(&self) -> &'static str {
        "mail.reset_password"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-reset-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        vec![
            text("mail-reset-text", tenant),
            button("mail-reset-button", &self.link),
            until("mail-reset-until", self.expires_at),
            Block::Text(Words::new("mail-reset-ignore")),
        ]
    }
}

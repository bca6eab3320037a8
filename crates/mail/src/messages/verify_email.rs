//! The proof that an address belongs to who gave it.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, button, text, until};

/// The proof that an address belongs to who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyEmail {
    /// A code for who reads mail on another device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Secret<String>>,
    /// The page that takes the proof, with its token.
    pub link: Secret<String>,
    /// Until when either can be used.
    pub expires_at: UtcTime,
}

impl Content for VerifyEmail {
    fn kind(&self) -> &'static str {
        "mail.verify_email"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-verify-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        let mut blocks = vec![text("mail-verify-text", tenant), button("mail-verify-button", &self.link)];
        if let Some(code) = &self.code {
            blocks.extend([Block::Text(Words::new("mail-verify-code")), Block::Code(code.clone())]);
        }
        blocks.extend([until("mail-verify-until", self.expires_at), Block::Text(Words::new("mail-ignore"))]);
        blocks
    }
}

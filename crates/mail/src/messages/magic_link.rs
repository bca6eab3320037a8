//! A link to sign in with.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, button, text, until};

/// A link to sign in with, in the browser that asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MagicLink {
    /// The page that signs in, with its token.
    pub link: Secret<String>,
    /// A code for who reads mail on another device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Secret<String>>,
    /// Until when either can be used.
    pub expires_at: UtcTime,
}

impl Content for MagicLink {
    fn kind(&self) -> &'static str {
        "mail.magic_link"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-link-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        let mut blocks = vec![text("mail-link-text", tenant), button("mail-link-button", &self.link)];
        if let Some(code) = &self.code {
            blocks.extend([Block::Text(Words::new("mail-link-code")), Block::Code(code.clone())]);
            blocks.push(text("mail-code-nobody", tenant));
        }
        blocks.extend([until("mail-link-until", self.expires_at), Block::Text(Words::new("mail-link-ignore"))]);
        blocks
    }
}

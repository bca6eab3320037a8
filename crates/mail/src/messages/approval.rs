//! A question that waits for the user's answer.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, button, until};
use crate::one_line::one_line;

/// A question that waits for the user's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who asks.
    pub client_name: String,
    /// A text to compare with one that the application shows.
    pub binding_message: Option<String>,
    /// The page where the user signs in and answers; it works for nobody else.
    pub link: String,
    /// Until when it can be answered.
    pub expires_at: UtcTime,
}

impl Content for Approval {
    fn kind(&self) -> &'static str {
        "mail.approval"
    }

    fn subject(&self, _tenant: &str) -> Words {
        Words::new("mail-approval-subject").with("client", one_line(&self.client_name))
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        let asks = Words::new("mail-approval-text").with("client", one_line(&self.client_name)).with("tenant", tenant);
        let mut blocks = vec![Block::Text(asks)];
        if let Some(message) = &self.binding_message {
            blocks.push(Block::Text(Words::new("mail-approval-binding")));
            blocks.push(Block::Quote(message.clone()));
        }
        blocks.extend([
            button("mail-approval-button", &Secret::from(self.link.as_str())),
            until("mail-approval-until", self.expires_at),
            Block::Text(Words::new("mail-approval-not-me")),
        ]);
        blocks
    }
}

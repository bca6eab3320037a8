//! A code to sign in with.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, text, until};

/// A code to sign in with. It does not stand in the subject, which a locked screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInCode {
    /// The code, as it is to be typed.
    pub code: Secret<String>,
    /// Until when it can be used.
    pub expires_at: UtcTime,
}

impl Content for SignInCode {
    fn kind(&self) -> &'static str {
        "mail.sign_in_code"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-code-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        vec![
            text("mail-code-text", tenant),
            Block::Code(self.code.clone()),
            until("mail-code-until", self.expires_at),
            text("mail-code-nobody", tenant),
            Block::Text(Words::new("mail-code-ignore")),
        ]
    }
}

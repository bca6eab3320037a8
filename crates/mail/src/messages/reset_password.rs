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
    /// Why a new password is due.
    #[serde(default, skip_serializing_if = "ResetReason::is_forgotten")]
    pub reason: ResetReason,
}

/// Why a new password is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// Somebody says that the one before is forgotten; it stays as it is.
    #[default]
    Forgotten,
    /// The owner said that something was done by somebody else; the one before counts no more.
    Disowned,
}

impl ResetReason {
    fn is_forgotten(&self) -> bool {
        *self == Self::Forgotten
    }
}

impl Content for ResetPassword {
    fn kind(&self) -> &'static str {
        "mail.reset_password"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-reset-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        let (why, otherwise) = match self.reason {
            ResetReason::Forgotten => ("mail-reset-text", "mail-reset-ignore"),
            ResetReason::Disowned => ("risk-mail-reset-disowned", "risk-mail-reset-later"),
        };
        vec![
            text(why, tenant),
            button("mail-reset-button", &self.link),
            until("mail-reset-until", self.expires_at),
            Block::Text(Words::new(otherwise)),
        ]
    }
}

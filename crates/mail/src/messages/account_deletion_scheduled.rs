//! The notice of a deletion to come.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, button, moment};

/// The notice of a deletion to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDeletionScheduled {
    /// When the account will be deleted.
    pub at: UtcTime,
    /// The page where the user keeps the account.
    pub undo_link: Secret<String>,
}

impl Content for AccountDeletionScheduled {
    fn kind(&self) -> &'static str {
        "mail.account_deletion_scheduled"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-deletion-scheduled-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        let words = Words::new("mail-deletion-scheduled-text").with("tenant", tenant).with("time", moment(self.at));
        vec![Block::Text(words), button("mail-deletion-scheduled-button", &self.undo_link)]
    }
}

//! The last word to who was a user.

use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, text};

/// The last word to who was a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDeleted {}

impl Content for AccountDeleted {
    fn kind(&self) -> &'static str {
        "mail.account_deleted"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-deleted-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        vec![text("mail-deleted-text", tenant)]
    }
}

//! A mail that shows that mail can be sent.

use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, text};

/// A mail that shows that mail can be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestMail {}

impl Content for TestMail {
    fn kind(&self) -> &'static str {
        "mail.test"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-test-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        vec![text("mail-test-text", tenant)]
    }
}

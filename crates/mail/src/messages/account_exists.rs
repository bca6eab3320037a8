//! Word of the account that there is, to who asks for another.

use latchkey_core::Secret;
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, button, text};

/// Word of the account that there is, mailed to its address when somebody asks for an account with that address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountExists {
    /// What somebody asked for.
    #[serde(default)]
    pub wanted: WantedAddress,
    /// The page for who forgot the password.
    pub link: Secret<String>,
}

/// What somebody wants to have an address for that has an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedAddress {
    /// For a new account.
    #[default]
    NewAccount,
    /// For another account, which has another address so far.
    OtherAccount,
}

impl Content for AccountExists {
    fn kind(&self) -> &'static str {
        "mail.account_exists"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("recovery-mail-exists-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        vec![
            match self.wanted {
                WantedAddress::NewAccount => text("recovery-mail-exists-text", tenant),
                WantedAddress::OtherAccount => text("email-mail-exists-text", tenant),
            },
            button("recovery-mail-exists-button", &self.link),
            Block::Text(Words::new("mail-ignore")),
        ]
    }
}

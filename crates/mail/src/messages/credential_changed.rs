//! The notice of a changed credential.

use latchkey_core::{Secret, UtcTime};
use latchkey_language::Words;
use serde::{Deserialize, Serialize};

use crate::content::{Block, Content, Whereabouts, facts, not_me};
use crate::one_line::one_line;

/// The notice of a changed credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialChanged {
    /// What changed.
    pub what: CredentialChange,
    /// When.
    pub at: UtcTime,
    /// From where.
    pub from: Whereabouts,
    /// The page for who did not do it, with its token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_me_link: Option<Secret<String>>,
}

/// A change of what somebody signs in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialChange {
    /// A first password.
    PasswordSet,
    /// Another password, by who knew the one before.
    PasswordChanged,
    /// Another password, by who did not.
    PasswordReset,
    /// A passkey more.
    PasskeyAdded {
        /// As the user calls it.
        name: String,
    },
    /// A passkey less.
    PasskeyRemoved {
        /// As the user called it.
        name: String,
    },
    /// An authenticator application more.
    TotpAdded,
    /// An authenticator application less.
    TotpRemoved,
    /// New recovery codes.
    RecoveryCodesReplaced,
    /// One recovery code less.
    RecoveryCodeUsed,
    /// A phone more that gets codes.
    PhoneAdded {
        /// Masked, since mail is not the place for it.
        number: String,
    },
    /// A phone less.
    PhoneRemoved {
        /// Masked, since mail is not the place for it.
        number: String,
    },
    /// A device more that approves sign-ins.
    DeviceAdded {
        /// As the user calls it.
        name: String,
    },
    /// A device less.
    DeviceRemoved {
        /// As the user called it.
        name: String,
    },
    /// No second factor is left, by an operator or by recovery.
    SecondFactorsRemoved,
    /// An account elsewhere more to sign in with.
    IdentityLinked {
        /// Of the provider.
        name: String,
    },
    /// An account elsewhere less.
    IdentityUnlinked {
        /// Of the provider.
        name: String,
    },
}

impl CredentialChange {
    fn words(&self) -> Words {
        let named = |id, name: &str| Words::new(id).with("name", one_line(name));
        match self {
            Self::PasswordSet => Words::new("mail-credential-password-set"),
            Self::PasswordChanged => Words::new("mail-credential-password-changed"),
            Self::PasswordReset => Words::new("mail-credential-password-reset"),
            Self::PasskeyAdded { name } => named("mail-credential-passkey-added", name),
            Self::PasskeyRemoved { name } => named("mail-credential-passkey-removed", name),
            Self::TotpAdded => Words::new("mail-credential-totp-added"),
            Self::TotpRemoved => Words::new("mail-credential-totp-removed"),
            Self::RecoveryCodesReplaced => Words::new("mail-credential-recovery-codes"),
            Self::RecoveryCodeUsed => Words::new("mail-credential-recovery-code-used"),
            Self::PhoneAdded { number } => named("mail-credential-phone-added", number),
            Self::PhoneRemoved { number } => named("mail-credential-phone-removed", number),
            Self::DeviceAdded { name } => named("mail-credential-device-added", name),
            Self::DeviceRemoved { name } => named("mail-credential-device-removed", name),
            Self::SecondFactorsRemoved => Words::new("mail-credential-second-factors-removed"),
            Self::IdentityLinked { name } => named("mail-credential-identity-linked", name),
            Self::IdentityUnlinked { name } => named("mail-credential-identity-unlinked", name),
        }
    }
}

impl Content for CredentialChanged {
    fn kind(&self) -> &'static str {
        "mail.credential_changed"
    }

    fn subject(&self, tenant: &str) -> Words {
        Words::new("mail-credential-subject").with("tenant", tenant)
    }

    fn blocks(&self, tenant: &str) -> Vec<Block> {
        let what = self.what.words().with("tenant", tenant);
        let mut blocks = vec![Block::Text(what), facts(self.at, &self.from)];
        blocks.extend(not_me(tenant, self.not_me_link.as_ref()));
        blocks
    }
}

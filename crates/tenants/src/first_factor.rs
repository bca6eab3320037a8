//! What a sign-in can begin with.

use serde::{Deserialize, Serialize};

use crate::InvalidMember;

/// A kind of first factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstFactorKind {
    /// The password.
    Password,
    /// A passkey (Web Authentication).
    Passkey,
    /// A code that is sent to the user's address.
    EmailCode,
    /// A link that is sent to the user's address.
    MagicLink,
}

impl FirstFactorKind {
    const ALL: [Self; 4] = [Self::Password, Self::Passkey, Self::EmailCode, Self::MagicLink];

    /// The kind as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::EmailCode => "email_code",
            Self::MagicLink => "magic_link",
        }
    }

    /// Reads a kind as it is stored; `None` for one that this release does not know.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether what it proves is that somebody reads the user's mail.
    #[must_use]
    pub fn is_by_mail(self) -> bool {
        matches!(self, Self::EmailCode | Self::MagicLink)
    }
}

/// What a sign-in begins with unless the tenant says otherwise.
pub(crate) fn default_first_factors() -> Vec<FirstFactorKind> {
    vec![FirstFactorKind::Password, FirstFactorKind::Passkey]
}

pub(crate) fn is_default_first_factors(kinds: &Vec<FirstFactorKind>) -> bool {
    *kinds == default_first_factors()
}

pub(crate) fn check_first_factors(member: &'static str, kinds: &[FirstFactorKind]) -> Result<(), InvalidMember> {
    let mut different = kinds.to_vec();
    different.sort_unstable();
    different.dedup();
    if kinds.is_empty() || different.len() != kinds.len() {
        return Err(InvalidMember::new(member, "first_factors must be one or more, and different"));
    }
    Ok(())
}

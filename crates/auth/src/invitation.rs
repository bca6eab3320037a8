//! Invitations: a link by which a new user chooses a password, once.

use std::time::Duration;

use latchkey_core::{Rng, Secret, TokenHash};

use crate::{IdentifierKey, PasswordRule, User};

/// How long an invitation can be used.
pub(crate) const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The secret of an invitation: `{random}`, or `{random}.{digest of the address}` when it travels by mail.
///
/// The digest makes the link prove exactly the address that it was mailed to: whoever changes the address
/// in between does not get the new one verified. Only the hash of the whole is stored, so neither part can be altered.
#[derive(Clone, Debug)]
pub struct InvitationToken(Secret<String>);

impl InvitationToken {
    /// A token that an operator hands over; accepting it proves no address.
    #[must_use]
    pub fn for_link(rng: &Rng) -> Self {
        Self(rng.token())
    }

    /// A token that is mailed to the user's address; `None` when the user has none.
    #[must_use]
    pub fn for_mail(user: &User, rng: &Rng) -> Option<Self> {
        let digest = address_digest(user.email.as_deref()?);
        Some(Self(Secret::new(format!("{}.{}", rng.token().expose(), digest.as_str()))))
    }

    /// What a link carried.
    #[must_use]
    pub fn presented(text: Secret<String>) -> Self {
        Self(text)
    }

    /// The token, for the link.
    #[must_use]
    pub fn value(&self) -> &Secret<String> {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.expose())
    }

    /// Whether it was mailed to the address that the user has now.
    pub(crate) fn proves_address_of(&self, user: &User) -> bool {
        let mailed_to = self.0.expose().split_once('.').and_then(|(_, digest)| TokenHash::parse(digest));
        mailed_to.is_some() && mailed_to == user.email.as_deref().map(address_digest)
    }
}

fn address_digest(email: &str) -> TokenHash {
    IdentifierKey::of(email).digest()
}

/// What became of accepting an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// The password is set and the user may sign in.
    Accepted(Box<User>),
    /// Unknown, spent, expired, or the user is no longer merely invited.
    Unknown,
    /// The password is not good enough; the invitation can still be used.
    PasswordRefused(PasswordRule),
}

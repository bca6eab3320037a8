//! Links that are sent by mail: 256 random bits, stored hashed, good once, for one purpose and one user, and for the
//! address that they were sent to. Asking again ends the earlier ones, but for those that take back a change. Opening a
//! link uses nothing up: mail scanners open links too.

use std::time::Duration;

use latchkey_core::{Rng, Secret, TokenHash};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a link is for; one of another purpose is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Choosing a new password without the old one.
    ResetPassword,
    /// Proving the address that a user wants to have.
    ConfirmEmail,
    /// Saying that the change of an address was somebody else's, which takes it back.
    UndoEmail,
    /// Saying that a sign-in or the change of a credential was somebody else's.
    Disown,
}

impl LinkPurpose {
    /// Every purpose.
    pub(crate) const ALL: [Self; 4] = [Self::ResetPassword, Self::ConfirmEmail, Self::UndoEmail, Self::Disown];

    /// The purpose as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::ConfirmEmail => "confirm_email",
            Self::UndoEmail => "undo_email",
            Self::Disown => "disown",
        }
    }

    /// How long a link can be used.
    #[must_use]
    pub fn lifetime(self) -> Duration {
        match self {
            Self::ResetPassword => 30 * MINUTE,
            Self::ConfirmEmail => DAY,
            Self::UndoEmail => 7 * DAY,
            // Who comes back from a journey finds it good.
            Self::Disown => 14 * DAY,
        }
    }

    /// Whether asking again ends the earlier ones.
    pub(crate) fn newest_alone_counts(self) -> bool {
        match self {
            Self::ResetPassword | Self::ConfirmEmail => true,
            // Whoever took the account over may change something again, and thereby end what the owner holds.
            Self::UndoEmail | Self::Disown => false,
        }
    }

    /// Whether it dies when the user gets another address than the one that it is bound to.
    pub(crate) fn needs_present_address(self) -> bool {
        match self {
            Self::ResetPassword | Self::ConfirmEmail => true,
            // Whoever took the account over may have changed the address, more than once. What a link of a notice may do then
            // is judged where it is used.
            Self::UndoEmail | Self::Disown => false,
        }
    }
}

/// The secret of a link.
#[derive(Clone, Debug)]
pub struct LinkToken(Secret<String>);

impl LinkToken {
    pub(crate) fn generate(rng: &Rng) -> Self {
        Self(rng.token())
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

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.expose())
    }
}

//! What was proved so far. Only a [`FullyAuthenticated`] user gets a session, and the one way to become one is to
//! pass every step, so a step that is added later cannot be left out by a caller.

use latchkey_core::{Secret, UserId};

use crate::passwords::{Passwords, Verification};
use crate::user_store::Credentials;
use crate::{AuthError, UserStatus};

/// The `acr` of a sign-in by password alone. ISO/IEC 29115 level 1, the usual lowest positive value; `0` (OpenID
/// Connect Core §2) would mean that it must not be used for anything of monetary value.
pub const ACR_PASSWORD: &str = "1";

/// The `amr` of a password, RFC 8176 §2.
pub const AMR_PASSWORD: &str = "pwd";

/// The user knew the password.
#[derive(Debug)]
pub(crate) struct FirstFactorPassed {
    user_id: UserId,
    /// The hash that was verified: a session is opened only while it still stands.
    verified_hash: Secret<String>,
    /// The hash that replaces an outdated one.
    renewed_hash: Option<Secret<String>>,
}

/// The user passed every step that the tenant asks for.
#[derive(Clone, Debug)]
pub(crate) struct FullyAuthenticated {
    user_id: UserId,
    amr: Vec<String>,
    acr: String,
    verified_hash: Secret<String>,
    renewed_hash: Option<Secret<String>>,
}

impl FirstFactorPassed {
    /// Verifies a password; `None` when it is wrong, whatever the reason.
    ///
    /// A user who does not exist, may not sign in or has no password costs the same work as a wrong password.
    pub(crate) async fn verify(
        passwords: &Passwords,
        credentials: Option<Credentials>,
        password: Secret<String>,
    ) -> Result<Option<Self>, AuthError> {
        let candidate = credentials
            .filter(|credentials| credentials.user.status == UserStatus::Active)
            .and_then(|credentials| Some((credentials.user.id, credentials.password_hash?)));
        let hash = candidate.as_ref().map(|(_, hash)| hash);
        let verification = passwords.check(password.clone(), hash).await?;
        let Some((user_id, verified_hash)) = candidate else { return Ok(None) };
        let renewed_hash = match verification {
            Verification::Wrong => return Ok(None),
            Verification::Right => None,
            Verification::RightButOutdated => Some(passwords.hash(password).await?),
        };
        Ok(Some(Self { user_id, verified_hash, renewed_hash }))
    }

    /// A user who has just chosen the password of this hash, with a new account.
    pub(crate) fn of_new_account(user_id: UserId, password_hash: Secret<String>) -> Self {
        Self { user_id, verified_hash: password_hash, renewed_hash: None }
    }

    /// Goes on to what else is asked for. Nothing is yet; a second factor and required actions come in between here.
    pub(crate) fn complete(self) -> FullyAuthenticated {
        FullyAuthenticated {
            user_id: self.user_id,
            amr: vec![AMR_PASSWORD.to_owned()],
            acr: ACR_PASSWORD.to_owned(),
            verified_hash: self.verified_hash,
            renewed_hash: self.renewed_hash,
        }
    }
}

impl FullyAuthenticated {
    pub(crate) fn user_id(&self) -> &UserId {
        &self.user_id
    }

    pub(crate) fn amr(&self) -> &[String] {
        &self.amr
    }

    pub(crate) fn acr(&self) -> &str {
        &self.acr
    }

    /// The hash that was verified, and the one that is to stand from now on: the same unless it was outdated.
    pub(crate) fn hashes(&self) -> (&Secret<String>, &Secret<String>) {
        (&self.verified_hash, self.renewed_hash.as_ref().unwrap_or(&self.verified_hash))
    }
}

//! A user changes the own password, by the one before.

use std::time::Duration;

use latchkey_audit::EventKind;
use latchkey_core::{Secret, TokenHash};
use latchkey_mail::messages::CredentialChange;
use latchkey_tenants::Tenant;

use super::{OwnSession, SignIn};
use crate::throttle::{Admission, Guesser};
use crate::{
    AuthError, Author, ChosenPassword, IdentifierKey, Origin, PasswordOwner, PasswordRule, password_store,
    session_store, user_store,
};

/// A new password for the own account.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The one before, as typed; none where the user has none.
    pub present: Option<Secret<String>>,
    /// The new one.
    pub new: Secret<String>,
    /// Whether the user is signed out in every other browser.
    pub end_other_sessions: bool,
    /// Where the request comes from.
    pub from: Origin,
    /// The cookie of the accounts that the browser was signed in to, if it holds one.
    pub known: Option<Secret<String>>,
}

/// What became of a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordChangeOutcome {
    /// It counts from now on.
    Changed,
    /// The one before is missing or wrong.
    WrongPassword,
    /// It may not be the new one.
    Refused(PasswordRule),
    /// Too many wrong ones.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
}

impl SignIn {
    /// Whether the user has a password at all.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn has_own_password(&self, tenant: &Tenant, own: &OwnSession) -> Result<bool, AuthError> {
        Ok(self.find_own_hash(tenant, own).await?.is_some())
    }

    /// Sets another password. Guesses at the present one are bounded with those at the sign-in.
    ///
    /// # Errors
    /// [`AuthError::Busy`] and unavailable stores: 503.
    pub async fn change_own_password(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        change: PasswordChange,
    ) -> Result<PasswordChangeOutcome, AuthError> {
        let user = &own.active.user;
        let present = self.find_own_hash(tenant, own).await?;
        if let Some(hash) = &present {
            let identifier = IdentifierKey::of(&user.username);
            let known = self.known_browser(&tenant.id, &identifier, change.known.as_ref()).await?;
            let guesser = Guesser { identifier: &identifier, address: change.from.address, known: known.as_ref() };
            if let Admission::Throttled { retry_after } = self.throttle.admit(tenant, guesser).await? {
                return Ok(PasswordChangeOutcome::Throttled { retry_after });
            }
            let typed = change.present.clone().unwrap_or_else(|| Secret::from(""));
            if !self.passwords.verify(&tenant.id, typed, Some(hash)).await? {
                self.throttle.note_failure(tenant).await?;
                return Ok(PasswordChangeOutcome::WrongPassword);
            }
            self.throttle.forgive(tenant, guesser).await?;
        }
        let chosen = match self.judge_password(tenant, &PasswordOwner::of(user), change.new).await? {
            Ok(chosen) => chosen,
            Err(rule) => return Ok(PasswordChangeOutcome::Refused(rule)),
        };
        let verified = present.map(|hash| TokenHash::of(hash.expose()));
        let changed = self.set_own_password(tenant, own, (verified, chosen), change.end_other_sessions).await?;
        Ok(if changed { PasswordChangeOutcome::Changed } else { PasswordChangeOutcome::WrongPassword })
    }

    /// Sets the password while the one that was verified still stands: whoever knew the one before that has lost the right
    /// to set another.
    async fn set_own_password(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        (verified, chosen): (Option<TokenHash>, ChosenPassword),
        end_others: bool,
    ) -> Result<bool, AuthError> {
        let (tenant, session, now) = (tenant.clone(), own.active.session.clone(), self.clock.now());
        let (security, author) = (self.security.clone(), Author::in_session(&own.active));
        let changed = self.db.write(move |conn| {
            let (id, user) = (&tenant.id, &session.user_id);
            if !user_store::confirm_active(conn, id, user)? {
                return Ok(false);
            }
            let standing = user_store::find_password_hash(conn, id, user)?;
            if standing.map(|hash| TokenHash::of(hash.expose())) != verified {
                return Ok(false);
            }
            password_store::set_password(conn, id, user, &chosen, now)?;
            let what =
                if verified.is_some() { CredentialChange::PasswordChanged } else { CredentialChange::PasswordSet };
            security.record_credential_change(conn, (&tenant, user), (what, &author), now)?;
            if end_others {
                let ended = session_store::end_other_sessions_of_user(conn, id, (user, &session.id), now)?;
                let event = author.event(EventKind::SessionsEnded).of(user).with("sessions", ended);
                security.record(conn, id, &event, now)?;
            }
            Ok(true)
        });
        Ok(changed.await?)
    }

    async fn find_own_hash(&self, tenant: &Tenant, own: &OwnSession) -> Result<Option<Secret<String>>, AuthError> {
        let (id, user) = (tenant.id.clone(), own.active.user.id.clone());
        Ok(self.db.read(move |conn| user_store::find_password_hash(conn, &id, &user)).await?)
    }
}

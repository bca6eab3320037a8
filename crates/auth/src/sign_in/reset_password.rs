//! The way back for who forgot the password: a link that is mailed to the address of the account.
//!
//! Asking does the same work whether or not there is such an account: one entry in the outbox. Who looks it up, and mails
//! if there is one, is [`crate::RecoveryDelivery`], later, where nobody can measure it.

use std::net::IpAddr;
use std::time::Duration;

use diesel::QueryResult;
use latchkey_audit::{Actor, EventKind, OutboxEvent, SecurityEvent};
use latchkey_core::{InteractionId, Secret, TenantId, UserId, UtcTime};
use latchkey_mail::messages::{CredentialChange, ResetReason};
use latchkey_mail::{Message, messages};
use latchkey_storage::DbConnection;
use latchkey_tenants::{PasswordResetEnds, Tenant};
use serde::{Deserialize, Serialize};

use super::SignIn;
use super::verify_email::MailPurpose;
use crate::one_time_link::{LinkPurpose, LinkToken};
use crate::one_time_link_store::{self, NewLink};
use crate::throttle::Admission;
use crate::{
    AuthError, Author, IdentifierKey, Origin, PasswordOwner, PasswordRule, SecurityLog, User, password_store,
    second_factor, session_store, user_store,
};

/// Revokes everything that a user granted to applications, within the transaction of whoever calls it; `auth` does not
/// know the tables of grants.
pub type RevokeGrants = fn(&mut DbConnection, &TenantId, &UserId, UtcTime) -> QueryResult<usize>;

/// Somebody forgot the password of an account that may not exist; waits in the outbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResetAsked {
    /// The user name or address as typed.
    pub(crate) identifier: Secret<String>,
    /// The sign-in that is to go on afterwards, if one is under way.
    pub(crate) interaction: Option<InteractionId>,
}

impl OutboxEvent for ResetAsked {
    fn kind(&self) -> &'static str {
        "recovery.reset_asked"
    }
}

/// Somebody who forgot the password.
#[derive(Clone, Debug)]
pub struct ResetRequest {
    /// The user name or address as typed.
    pub identifier: String,
    /// The network address that asks.
    pub address: IpAddr,
    /// The sign-in under way.
    pub interaction: Option<InteractionId>,
}

/// What became of asking; the same for who exists and for who does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetRequested {
    /// If there is such an account with an address, a mail is on its way.
    Asked,
    /// Too many from this network address.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
}

/// What became of choosing a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetOutcome {
    /// The password is set. Nobody is signed in: the second factor, if there is one, is asked for as ever.
    Done(Box<User>),
    /// The link is unknown, spent, expired, or was sent to an address that is no more the user's.
    Unusable,
    /// The password is not good enough; the link can still be used.
    PasswordRefused(PasswordRule),
}

impl SignIn {
    /// Takes down that somebody forgot the password of an account.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn ask_for_reset(&self, tenant: &Tenant, request: &ResetRequest) -> Result<ResetRequested, AuthError> {
        let admission = self.throttle.admit_recovery(tenant, request.address).await?;
        if let Admission::Throttled { retry_after } = admission {
            return Ok(ResetRequested::Throttled { retry_after });
        }
        // Counted by what was typed, so that it is the same for who does not exist; beyond, nothing is sent, and nothing said.
        if !self.throttle.admit_recovery_of(tenant, &IdentifierKey::of(&request.identifier)).await? {
            return Ok(ResetRequested::Asked);
        }
        let asked = ResetAsked {
            identifier: Secret::from(request.identifier.trim()),
            interaction: request.interaction.clone(),
        };
        let (outbox, id, now) = (self.outbox.clone(), tenant.id.clone(), self.clock.now());
        self.db.write(move |conn| outbox.enqueue(conn, &id, &asked, now)).await?;
        Ok(ResetRequested::Asked)
    }

    /// Mails a link to the account's address, if there is such an account.
    pub(crate) async fn mail_reset_link(&self, tenant: &Tenant, asked: &ResetAsked) -> Result<(), AuthError> {
        let key = IdentifierKey::of(asked.identifier.expose());
        let id = tenant.id.clone();
        let found = self.db.read(move |conn| user_store::find_user_by_identifier(conn, &id, &key)).await?;
        let Some(user) = found.filter(|user| tenant.lets_sign_in(&user.standing()).is_ok()) else { return Ok(()) };
        let Some(email) = user.email.clone() else { return Ok(()) };
        if !self.admit_mail_to(tenant, (MailPurpose::Reset, &email)).await? {
            return Ok(());
        }
        let (this, of, interaction) = (self.clone(), tenant.clone(), asked.interaction.clone());
        let now = self.clock.now();
        let event = SecurityEvent::success(EventKind::PasswordResetRequested, Actor::Anonymous).of(&user.id);
        let mailed = self.db.write(move |conn| {
            this.security.record(conn, &of.id, &event, now)?;
            this.enqueue_reset_link(conn, (&of, &user), (interaction.as_ref(), ResetReason::Forgotten), now)
        });
        Ok(mailed.await?)
    }

    /// Mails a link to the address that the user has.
    pub(super) fn enqueue_reset_link(
        &self,
        conn: &mut DbConnection,
        (tenant, user): (&Tenant, &User),
        (interaction, reason): (Option<&InteractionId>, ResetReason),
        now: UtcTime,
    ) -> QueryResult<()> {
        let Some(email) = &user.email else { return Ok(()) };
        let token = LinkToken::generate(&self.rng);
        let mut link = format!("{}/reset-password?token={}", tenant.issuer(&self.public_url), token.value().expose());
        if let Some(interaction) = interaction {
            link = format!("{link}&interaction={interaction}");
        }
        let new = NewLink { purpose: LinkPurpose::ResetPassword, user: &user.id, email, detail: None };
        let expires_at = one_time_link_store::insert_link(conn, &tenant.id, &token, &new, now)?;
        let message = Message::ResetPassword(messages::ResetPassword { link: Secret::new(link), expires_at, reason });
        user.mail(tenant, message).map_or(Ok(()), |mail| self.outbox.enqueue(conn, &tenant.id, &mail, now))
    }

    /// Finds who may choose a new password by a link, without using it up.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_reset(&self, tenant: &Tenant, token: &LinkToken) -> Result<Option<User>, AuthError> {
        let (id, hash, now) = (tenant.id.clone(), token.hash(), self.clock.now());
        let purpose = LinkPurpose::ResetPassword;
        let found = self.db.read(move |conn| one_time_link_store::find_link(conn, &id, &hash, purpose, now)).await?;
        let user = found.map(|open| open.user);
        Ok(user.filter(|user| tenant.lets_sign_in(&user.standing()).is_ok()))
    }

    /// Sets a new password by a link, once, and ends what the tenant says; all of it or nothing.
    ///
    /// # Errors
    /// [`AuthError::Busy`] and unavailable stores: 503.
    pub async fn reset_password(
        &self,
        tenant: &Tenant,
        token: &LinkToken,
        (new_password, from): (Secret<String>, &Origin),
        revoke_grants: RevokeGrants,
    ) -> Result<ResetOutcome, AuthError> {
        let Some(user) = self.find_reset(tenant, token).await? else { return Ok(ResetOutcome::Unusable) };
        let password = match self.judge_password(tenant, &PasswordOwner::of(&user), new_password).await? {
            Ok(password) => password,
            Err(rule) => return Ok(ResetOutcome::PasswordRefused(rule)),
        };
        let (of, hash, now) = (tenant.clone(), token.hash(), self.clock.now());
        let (security, author) = (self.security.clone(), Author::Visitor(from.clone()));
        let ends_grants = tenant.settings.password_reset_ends == PasswordResetEnds::Everything;
        let done = self
            .db
            .write(move |conn| {
                let (id, purpose) = (&of.id, LinkPurpose::ResetPassword);
                let Some(open) = one_time_link_store::spend_link(conn, id, &hash, purpose, now)? else {
                    return Ok(None);
                };
                let user = open.user;
                if !user.email_verified {
                    // Whoever made the account need not be who has the address: nothing of theirs stays.
                    forget_stranger(conn, (&of, &user.id), (&security, &author), now)?;
                    revoke_grants(conn, id, &user.id, now)?;
                }
                password_store::set_password(conn, id, &user.id, &password, now)?;
                if let Some(email) = &user.email {
                    // Whoever followed the link reads the mails of that address.
                    user_store::prove_email(conn, id, (&user.id, email), now)?;
                }
                let reset = (CredentialChange::PasswordReset, &author);
                security.record_credential_change(conn, (&of, &user.id), reset, now)?;
                session_store::end_sessions_of_user(conn, id, &user.id, now)?;
                if ends_grants {
                    revoke_grants(conn, id, &user.id, now)?;
                }
                Ok(Some(user))
            })
            .await?;
        Ok(done.map_or(ResetOutcome::Unusable, |user| ResetOutcome::Done(Box::new(user))))
    }
}

/// Takes the factors away by which somebody else could go on, and tells the owner if there were any.
fn forget_stranger(
    conn: &mut DbConnection,
    (tenant, user): (&Tenant, &UserId),
    (security, author): (&SecurityLog, &Author),
    now: UtcTime,
) -> QueryResult<()> {
    if !second_factor::has_primary(conn, &tenant.id, user)? {
        return Ok(());
    }
    second_factor::delete_second_factors(conn, &tenant.id, user)?;
    let removed = (CredentialChange::SecondFactorsRemoved, author);
    security.record_credential_change(conn, (tenant, user), removed, now)
}

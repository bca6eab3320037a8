//! A user has the own account deleted: at once it is signed out everywhere, and after some days it is gone. Until then
//! the link of the mail keeps it, and so does a sign-in.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_audit::{Actor, EventKind, SecurityEvent};
use latchkey_core::{Secret, TenantId, TokenHash, UserId, UtcTime};
use latchkey_mail::{Message, messages};
use latchkey_storage::DbConnection;
use latchkey_tenants::{Tenant, tenant_store};

use super::{OwnSession, SignIn};
use crate::deletion_store::{self, AccountDeletion};
use crate::{AuthError, Author, User, session_store, user_store};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The page of the link that keeps the account.
const UNDO_PAGE: &str = "/account/keep";

impl SignIn {
    /// Has the account deleted when the tenant's delay is over, and ends every session of the user; the user is mailed
    /// the link that undoes it. The grants are for `tokens` to revoke.
    ///
    /// `None` where the tenant does not let users, or the user is no longer active.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn delete_own_account(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
    ) -> Result<Option<AccountDeletion>, AuthError> {
        let policy = &tenant.settings.account;
        if !policy.deletion {
            return Ok(None);
        }
        let now = self.clock.now();
        let due_at = now.plus(DAY * u32::from(policy.deletion_delay_days));
        let deletion = AccountDeletion { user_id: own.active.user.id.clone(), requested_at: now, due_at };
        let token = self.rng.token();
        let link = format!("{}{UNDO_PAGE}?token={}", tenant.issuer(&self.public_url), token.expose());
        let (hash, link) = (TokenHash::of(token.expose()), Secret::new(link));
        let (this, tenant) = (self.clone(), tenant.clone());
        let event = Author::in_session(&own.active).event(EventKind::AccountDeletionRequested).of(&deletion.user_id);
        let requested = self.db.write(move |conn| {
            if !user_store::confirm_active(conn, &tenant.id, &deletion.user_id)? {
                return Ok(None);
            }
            let Some(user) = user_store::find_user(conn, &tenant.id, &deletion.user_id)? else { return Ok(None) };
            this.security.record(conn, &tenant.id, &event, now)?;
            deletion_store::replace(conn, &tenant.id, &deletion, &hash)?;
            session_store::end_sessions_of_user(conn, &tenant.id, &user.id, now)?;
            let notice = messages::AccountDeletionScheduled { at: deletion.due_at, undo_link: link.clone() };
            this.enqueue_mail(conn, (&tenant, &user), Message::AccountDeletionScheduled(notice), now)?;
            Ok(Some(deletion.clone()))
        });
        Ok(requested.await?)
    }

    /// The account that the link of the mail keeps, until when it can; nothing is changed. `None` when the link is unknown,
    /// was used, or the account is gone.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_account_to_keep(
        &self,
        tenant: &TenantId,
        token: &Secret<String>,
    ) -> Result<Option<(User, AccountDeletion)>, AuthError> {
        let (tenant, hash) = (tenant.clone(), TokenHash::of(token.expose()));
        let found = self.db.read(move |conn| {
            let Some(deletion) = deletion_store::find_by_undo(conn, &tenant, &hash)? else { return Ok(None) };
            Ok(user_store::find_user(conn, &tenant, &deletion.user_id)?.map(|user| (user, deletion)))
        });
        Ok(found.await?)
    }

    /// Keeps the account of the link; returns whether it was still to be deleted. Nobody is signed in by that.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn keep_account(&self, tenant: &TenantId, token: &Secret<String>) -> Result<bool, AuthError> {
        let (security, now) = (self.security.clone(), self.clock.now());
        let (tenant, hash) = (tenant.clone(), TokenHash::of(token.expose()));
        let kept = self.db.write(move |conn| {
            let Some(deletion) = deletion_store::find_by_undo(conn, &tenant, &hash)? else { return Ok(false) };
            let kept = SecurityEvent::success(EventKind::AccountDeletionCanceled, Actor::User).of(&deletion.user_id);
            security.record(conn, &tenant, &kept, now)?;
            deletion_store::cancel(conn, &tenant, &deletion.user_id)
        });
        Ok(kept.await?)
    }

    /// Carries out deletions of every tenant that are due, at most `limit`; returns how many. The id of a deleted user is
    /// never given again.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn delete_due_accounts(&self, limit: i64) -> Result<usize, AuthError> {
        let now = self.clock.now();
        let due = self.db.read(move |conn| deletion_store::list_due(conn, now, limit)).await?;
        let mut deleted = 0;
        for (tenant, user) in due {
            // A transaction each: one account that cannot be deleted does not keep the others.
            let this = self.clone();
            if self.db.write(move |conn| this.delete_due_account(conn, &tenant, &user, now)).await? {
                deleted += 1;
            }
        }
        Ok(deleted)
    }

    fn delete_due_account(
        &self,
        conn: &mut DbConnection,
        tenant: &TenantId,
        user: &UserId,
        now: UtcTime,
    ) -> QueryResult<bool> {
        if !deletion_store::take_due(conn, tenant, user, now)? {
            return Ok(false);
        }
        let Some(tenant) = tenant_store::find_tenant(conn, tenant)? else { return Ok(false) };
        let Some(user) = user_store::find_user(conn, &tenant.id, user)? else { return Ok(false) };
        let event = SecurityEvent::success(EventKind::AccountDeleted, Actor::System).of(&user.id);
        self.security.record(conn, &tenant.id, &event, now)?;
        self.enqueue_mail(conn, (&tenant, &user), Message::AccountDeleted(messages::AccountDeleted {}), now)?;
        user_store::delete_user(conn, &tenant.id, &user.id)
    }

    fn enqueue_mail(
        &self,
        conn: &mut DbConnection,
        (tenant, user): (&Tenant, &User),
        message: Message,
        now: UtcTime,
    ) -> QueryResult<()> {
        match user.mail(tenant, message) {
            Some(mail) => self.outbox.enqueue(conn, &tenant.id, &mail, now),
            None => Ok(()),
        }
    }
}

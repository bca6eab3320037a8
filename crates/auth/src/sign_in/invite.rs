//! Inviting a user, and accepting the invitation.

use diesel::QueryResult;
use latchkey_audit::Outbox;
use latchkey_core::{Rng, Secret, TenantId, UserId, UtcTime};
use latchkey_mail::messages::CredentialChange;
use latchkey_mail::{Message, messages};
use latchkey_storage::DbConnection;
use latchkey_tenants::Tenant;

use super::SignIn;
use crate::invitation_store::{self, Acceptance};
use crate::{AcceptOutcome, AuthError, Author, InvitationToken, Origin, PasswordOwner, User, UserStatus, user_store};

/// An invitation that is mailed; put into the outbox within the transaction of whoever invites.
#[derive(Clone, Copy)]
pub struct InvitationByMail<'a> {
    /// Where the mail waits for the server that sends it.
    pub outbox: &'a Outbox,
    /// The source of the token.
    pub rng: &'a Rng,
    /// Who invites.
    pub tenant: &'a Tenant,
    /// The address of the invitation page; `?token=…` is added.
    pub page: &'a str,
}

impl InvitationByMail<'_> {
    /// Invites the user; returns where the mail goes, or `None` without any change when the user has no address.
    ///
    /// # Errors
    /// Those of the inserts.
    pub fn enqueue(&self, conn: &mut DbConnection, user: &User, now: UtcTime) -> QueryResult<Option<String>> {
        let Some(token) = InvitationToken::for_mail(user, self.rng) else { return Ok(None) };
        let Some(address) = user.email.clone() else { return Ok(None) };
        let tenant = &self.tenant.id;
        let expires_at = invitation_store::insert_invitation(conn, tenant, &user.id, &token.hash(), now)?;
        let message = Message::Invitation(messages::Invitation {
            link: Secret::new(format!("{}?token={}", self.page, token.value().expose())),
            expires_at,
        });
        let Some(mail) = user.mail(self.tenant, message) else { return Ok(None) };
        self.outbox.enqueue(conn, tenant, &mail, now)?;
        Ok(Some(address))
    }
}

impl SignIn {
    /// Makes an invitation for an operator to hand over; the caller makes the link. `None` unless the user is invited.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn invite(&self, tenant: &TenantId, user: &UserId) -> Result<Option<InvitationToken>, AuthError> {
        let token = InvitationToken::for_link(&self.rng);
        let (tenant, user, hash, now) = (tenant.clone(), user.clone(), token.hash(), self.clock.now());
        let invited = self
            .db
            .write(move |conn| {
                let found = user_store::find_user(conn, &tenant, &user)?;
                if found.is_none_or(|user| user.status != UserStatus::Invited) {
                    return Ok(false);
                }
                invitation_store::insert_invitation(conn, &tenant, &user, &hash, now)?;
                Ok(true)
            })
            .await?;
        Ok(invited.then_some(token))
    }

    /// Mails an invitation to the user's address; the mail is in the outbox when this returns.
    ///
    /// Returns whether there was an invited user with an address.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn invite_by_mail(&self, tenant: &Tenant, user: &UserId) -> Result<bool, AuthError> {
        let (outbox, rng, now) = (self.outbox.clone(), self.rng.clone(), self.clock.now());
        let page = format!("{}/invitation", tenant.issuer(&self.public_url));
        let (tenant, user) = (tenant.clone(), user.clone());
        let queued = self
            .db
            .write(move |conn| {
                let found = user_store::find_user(conn, &tenant.id, &user)?;
                let Some(user) = found.filter(|user| user.status == UserStatus::Invited) else { return Ok(false) };
                let mailed = InvitationByMail { outbox: &outbox, rng: &rng, tenant: &tenant, page: &page };
                Ok(mailed.enqueue(conn, &user, now)?.is_some())
            })
            .await?;
        Ok(queued)
    }

    /// Finds whom an invitation is for, without using it up; `None` when it cannot be used.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_invited_user(
        &self,
        tenant: &TenantId,
        token: &InvitationToken,
    ) -> Result<Option<User>, AuthError> {
        let (tenant, hash, now) = (tenant.clone(), token.hash(), self.clock.now());
        Ok(self.db.read(move |conn| invitation_store::find_invited_user(conn, &tenant, &hash, now)).await?)
    }

    /// Sets the user's first password and lets the user in, once.
    ///
    /// # Errors
    /// [`AuthError::Busy`] and unavailable stores: 503.
    pub async fn accept_invitation(
        &self,
        tenant: &Tenant,
        token: &InvitationToken,
        new_password: Secret<String>,
        from: Origin,
    ) -> Result<AcceptOutcome, AuthError> {
        let Some(user) = self.find_invited_user(&tenant.id, token).await? else { return Ok(AcceptOutcome::Unknown) };
        let password = match self.judge_password(tenant, &PasswordOwner::of(&user), new_password).await? {
            Ok(password) => password,
            Err(rule) => return Ok(AcceptOutcome::PasswordRefused(rule)),
        };
        let proves_address = token.proves_address_of(&user);
        let acceptance = Acceptance { user, password, proves_address };
        let (tenant, hash, now) = (tenant.clone(), token.hash(), self.clock.now());
        let (security, author) = (self.security.clone(), Author::Visitor(from));
        let accepted = self
            .db
            .write(move |conn| {
                let accepted = invitation_store::redeem_invitation(conn, &tenant.id, &hash, &acceptance, now)?;
                if let Some(user) = &accepted {
                    let change = (CredentialChange::PasswordSet, &author);
                    security.record_credential_change(conn, (&tenant, &user.id), change, now)?;
                }
                Ok(accepted)
            })
            .await?;
        Ok(accepted.map_or(AcceptOutcome::Unknown, |user| AcceptOutcome::Accepted(Box::new(user))))
    }
}

//! Identities at other issuers that are linked to users: who looks them up, and the end of a link by its user's wish.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_mail::messages::CredentialChange;
use latchkey_storage::DbConnection;
use latchkey_tenants::{FirstFactorKind, Tenant};

use super::{OwnSession, SignIn};
use crate::linked_identity_store::{self, LinkedIdentity};
use crate::{AuthError, Author, User, passkey, user_store};

/// A use is noted when the last one known is that long ago.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// What became of the end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityUnlinked {
    /// There is none any more.
    Unlinked,
    /// It is all that the user gets in by.
    LastWayIn,
}

/// Whether an identity is linked to a user.
#[derive(Clone, Debug)]
pub enum LinkedUser {
    /// To this one, whom the gate lets pass now.
    Found(Box<User>),
    /// To one whom the gate does not let pass.
    Withheld,
    /// To nobody.
    NotLinked,
}

impl SignIn {
    /// The user of an identity that its issuer has just vouched for; counts as a use of the link.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn find_linked_user(
        &self,
        tenant: &Tenant,
        (issuer, subject): (&str, &str),
    ) -> Result<LinkedUser, AuthError> {
        let (id, named, now) = (tenant.id.clone(), (issuer.to_owned(), subject.to_owned()), self.clock.now());
        let wanted = named.clone();
        let found = self
            .db
            .read(move |conn| linked_identity_store::find_identity(conn, &id, (wanted.0.as_str(), wanted.1.as_str())));
        let Some(identity) = found.await? else { return Ok(LinkedUser::NotLinked) };
        let Some(user) = self.find_user(tenant, &identity.user_id).await? else { return Ok(LinkedUser::Withheld) };
        if identity.last_used_at.is_none_or(|used_at| now.since(used_at) >= TOUCH_AFTER) {
            let id = tenant.id.clone();
            let touched = self.db.write(move |conn| {
                linked_identity_store::touch_identity(conn, &id, (named.0.as_str(), named.1.as_str()), now)
            });
            touched.await?;
        }
        Ok(LinkedUser::Found(Box::new(user)))
    }

    /// The identities that are linked to the user.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn own_identities(&self, tenant: &Tenant, own: &OwnSession) -> Result<Vec<LinkedIdentity>, AuthError> {
        let (id, user) = (tenant.id.clone(), own.active.user.id.clone());
        Ok(self.db.read(move |conn| linked_identity_store::list_identities(conn, &id, &user)).await?)
    }

    /// Ends the link of that id, unless it is all that the user gets in by; one that is no more is as good as ended.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn unlink_own_identity(
        &self,
        tenant: &Tenant,
        own: &OwnSession,
        id: &str,
    ) -> Result<IdentityUnlinked, AuthError> {
        let (of, user, now, id) = (tenant.clone(), own.active.user.id.clone(), self.clock.now(), id.to_owned());
        let (security, author) = (self.security.clone(), Author::in_session(&own.active));
        let unlinked = self.db.write(move |conn| {
            // The row is locked: of two links that end at once, one is the last.
            if !user_store::confirm_active(conn, &of.id, &user)? {
                return Ok(IdentityUnlinked::Unlinked);
            }
            let linked = linked_identity_store::list_identities(conn, &of.id, &user)?;
            let Some(identity) = linked.iter().find(|identity| identity.id().as_str() == id) else {
                return Ok(IdentityUnlinked::Unlinked);
            };
            let row = user_store::find_user(conn, &of.id, &user)?;
            if linked.len() == 1 && !has_other_way_in(conn, &of, row.as_ref())? {
                return Ok(IdentityUnlinked::LastWayIn);
            }
            let named = (identity.issuer.as_str(), identity.subject.as_str());
            linked_identity_store::delete_identity(conn, &of.id, &user, named)?;
            let what = CredentialChange::IdentityUnlinked { name: identity.label.clone() };
            security.record_credential_change(conn, (&of, &user), (what, &author), now)?;
            Ok(IdentityUnlinked::Unlinked)
        });
        Ok(unlinked.await?)
    }
}

/// Whether the user can sign in by what is of this tenant.
fn has_other_way_in(conn: &mut DbConnection, tenant: &Tenant, user: Option<&User>) -> QueryResult<bool> {
    let Some(user) = user else { return Ok(false) };
    let offers = |kind| tenant.settings.authentication.first_factors.contains(&kind);
    let by_mail = offers(FirstFactorKind::EmailCode) || offers(FirstFactorKind::MagicLink);
    // A password can be set anew by whoever has an address.
    if user.email.is_some() && (by_mail || offers(FirstFactorKind::Password)) {
        return Ok(true);
    }
    let has_password = user_store::find_password_hash(conn, &tenant.id, &user.id)?.is_some();
    Ok(has_password && offers(FirstFactorKind::Password)
        || !passkey::list_passkeys(conn, &tenant.id, &user.id)?.is_empty())
}

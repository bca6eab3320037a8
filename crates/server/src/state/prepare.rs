//! What is costly and needs no transaction: hashing the passwords of users who have none yet.

use std::collections::BTreeMap;

use latchkey_auth::{AuthError, IdentifierKey, Passwords, user_store};
use latchkey_core::Secret;
use latchkey_storage::{Db, DbError};
use latchkey_tenants::{Slug, tenant_store};

use crate::state::State;
use crate::state::document::{Credential, TenantState, UserState};

/// Hashes by tenant and user name.
#[derive(Debug, Default)]
pub struct Prepared(BTreeMap<(Slug, String), Secret<String>>);

/// Why the preparation failed.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The database failed.
    #[error("the state of the database could not be read")]
    Db(#[from] DbError),
    /// A password could not be hashed.
    #[error("the password of {username} could not be hashed")]
    Hash {
        /// Whose.
        username: String,
        /// Why.
        #[source]
        source: AuthError,
    },
}

impl Prepared {
    pub(crate) fn hash(&self, tenant: &Slug, username: &str) -> Option<&Secret<String>> {
        self.0.get(&(tenant.clone(), username.to_owned()))
    }
}

/// Hashes each plain password of the file whose user has none. Blocks.
///
/// # Errors
/// When the database or Argon2 fails.
pub fn prepare(db: &Db, passwords: &Passwords, state: &State) -> Result<Prepared, PrepareError> {
    let mut prepared = Prepared::default();
    for tenant in &state.tenants {
        for user in &tenant.users {
            let Credential::Password(password) = &user.credential else { continue };
            if has_password(db, tenant, user)? {
                continue;
            }
            let username = user.draft.username.clone();
            let hash = passwords
                .hash_blocking(password)
                .map_err(|source| PrepareError::Hash { username: username.clone(), source })?;
            prepared.0.insert((tenant.slug.clone(), username), hash);
        }
    }
    Ok(prepared)
}

fn has_password(db: &Db, tenant: &TenantState, user: &UserState) -> Result<bool, DbError> {
    let identifier = IdentifierKey::of(&user.draft.username);
    db.read_blocking(|conn| {
        let Some(tenant) = tenant_store::find_tenant_by_slug(conn, tenant.slug.as_str())? else { return Ok(false) };
        let hash = match &user.id {
            Some(id) => user_store::find_password_hash(conn, &tenant.id, id)?,
            None => user_store::find_credentials(conn, &tenant.id, &identifier)?.and_then(|found| found.password_hash),
        };
        Ok(hash.is_some())
    })
}

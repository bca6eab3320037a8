//! The table `users`.

use diesel::prelude::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};
use diesel::{QueryResult, delete, insert_into, update};
use latchkey_core::{Secret, TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::schema::{terms_acceptances, users};
use latchkey_storage::{DbConnection, Json};
use latchkey_tenants::{Standing, Tenant, Withheld};

use crate::authentication::FirstFactor;
use crate::{
    CheckedUser, Email, IdentifierKey, StandardClaims, User, UserStatus, one_time_link_store, passkey, second_factor,
    session_store,
};

/// What became of an insert or an update of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserWrite {
    /// Written; this is how it stands now.
    Written(Box<User>),
    /// Another user of the tenant has that user name.
    UsernameTaken,
    /// Another user of the tenant has that address.
    EmailTaken,
    /// There is no such user (update only).
    NotFound,
}

/// Adds a user without a password, unless the user name or the address is taken.
pub fn insert_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    user: &CheckedUser,
    now: UtcTime,
) -> QueryResult<UserWrite> {
    let row = (
        users::tenant_id.eq(tenant),
        users::id.eq(id),
        users::username.eq(user.username.as_str()),
        users::username_key.eq(user.username_key()),
        users::email.eq(user.email.as_ref().map(crate::Email::as_str)),
        users::email_key.eq(user.email_key()),
        users::email_verified.eq(user.email_verified),
        users::claims.eq(Json(user.claims.clone())),
        users::groups.eq(Json(user.groups.clone())),
        users::roles.eq(Json(user.roles.clone())),
        users::status.eq(user.status),
        users::created_at.eq(now),
        users::updated_at.eq(now),
    );
    // DO NOTHING rather than an error: on PostgreSQL an error would spoil the caller's transaction.
    let inserted = match conn {
        DbConnection::Postgresql(conn) => {
            insert_into(users::table).values(row).on_conflict_do_nothing().execute(conn)?
        }
        DbConnection::Sqlite(conn) => insert_into(users::table).values(row).on_conflict_do_nothing().execute(conn)?,
    };
    if inserted == 0 {
        return Ok(find_conflict(conn, tenant, id, user)?.unwrap_or(UserWrite::UsernameTaken));
    }
    load_written(conn, tenant, id)
}

/// Replaces everything but the password; ends the sessions of a user who may no longer sign in.
///
/// `updated_at` moves only when something changed.
pub fn update_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    user: &CheckedUser,
    now: UtcTime,
) -> QueryResult<UserWrite> {
    let Some(before) = find_user(conn, tenant, id)? else { return Ok(UserWrite::NotFound) };
    if let Some(taken) = find_conflict(conn, tenant, id, user)? {
        return Ok(taken);
    }
    if is_same(&before, user) {
        return Ok(UserWrite::Written(Box::new(before)));
    }
    update(users::table.find((tenant, id)))
        .set((
            users::username.eq(user.username.as_str()),
            users::username_key.eq(user.username_key()),
            users::email.eq(user.email.as_ref().map(crate::Email::as_str)),
            users::email_key.eq(user.email_key()),
            users::email_verified.eq(user.email_verified),
            users::claims.eq(Json(user.claims.clone())),
            users::groups.eq(Json(user.groups.clone())),
            users::roles.eq(Json(user.roles.clone())),
            users::updated_at.eq(now),
        ))
        .execute(conn)?;
    set_status(conn, tenant, id, user.status, now)?;
    load_written(conn, tenant, id)
}

/// Replaces the standard claims of a user, and nothing else.
pub(crate) fn update_claims(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    claims: &StandardClaims,
    now: UtcTime,
) -> QueryResult<()> {
    let this = users::table.find((tenant, id));
    update(this).set((users::claims.eq(Json(claims.clone())), users::updated_at.eq(now))).execute(conn).map(|_| ())
}

fn is_same(before: &User, user: &CheckedUser) -> bool {
    before.username == user.username.as_str()
        && before.email.as_deref() == user.email.as_ref().map(crate::Email::as_str)
        && before.email_verified == user.email_verified
        && before.claims == user.claims
        && before.status == user.status
        && before.groups == user.groups
        && before.roles == user.roles
}

fn load_written(conn: &mut DbConnection, tenant: &TenantId, id: &UserId) -> QueryResult<UserWrite> {
    users::table.find((tenant, id)).select(User::as_select()).first(conn).map(|user| UserWrite::Written(Box::new(user)))
}

fn find_conflict(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    user: &CheckedUser,
) -> QueryResult<Option<UserWrite>> {
    let others = users::table.filter(users::tenant_id.eq(tenant)).filter(users::id.ne(id));
    let same_name = others
        .filter(users::username_key.eq(user.username_key()))
        .select(users::id)
        .first::<UserId>(conn)
        .optional()?;
    if same_name.is_some() {
        return Ok(Some(UserWrite::UsernameTaken));
    }
    let Some(email) = user.email_key() else { return Ok(None) };
    let same_email = others.filter(users::email_key.eq(email)).select(users::id).first::<UserId>(conn).optional()?;
    Ok(same_email.map(|_| UserWrite::EmailTaken))
}

/// Finds a user by id.
pub fn find_user(conn: &mut DbConnection, tenant: &TenantId, id: &UserId) -> QueryResult<Option<User>> {
    users::table.find((tenant, id)).select(User::as_select()).first(conn).optional()
}

/// Finds a user by user name or email address.
pub fn find_user_by_identifier(
    conn: &mut DbConnection,
    tenant: &TenantId,
    identifier: &IdentifierKey,
) -> QueryResult<Option<User>> {
    Ok(find_credentials(conn, tenant, identifier)?.map(|credentials| credentials.user))
}

/// A user with the stored password hash.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// The PHC string; `None` until a password is set.
    pub password_hash: Option<Secret<String>>,
}

/// Finds a user with the password hash by user name or email address.
pub fn find_credentials(
    conn: &mut DbConnection,
    tenant: &TenantId,
    identifier: &IdentifierKey,
) -> QueryResult<Option<Credentials>> {
    let columns = (User::as_select(), users::password_hash);
    let this = users::table.filter(users::tenant_id.eq(tenant));
    // A user name with an @ equals its owner's address, so one index answers either way.
    let row = if identifier.is_email() {
        this.filter(users::email_key.eq(identifier)).select(columns).first::<(User, Option<String>)>(conn)
    } else {
        this.filter(users::username_key.eq(identifier)).select(columns).first(conn)
    };
    let row = row.optional()?;
    Ok(row.map(|(user, hash)| Credentials { user, password_hash: hash.map(Secret::new) }))
}

/// Finds the stored hash of a user, for `apply` and `export`.
pub fn find_password_hash(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
) -> QueryResult<Option<Secret<String>>> {
    let hash = users::table.find((tenant, id)).select(users::password_hash).first::<Option<String>>(conn).optional()?;
    Ok(hash.flatten().map(Secret::new))
}

/// The next users in the order of their ids, after `after`.
pub fn list_users(
    conn: &mut DbConnection,
    tenant: &TenantId,
    after: Option<&UserId>,
    limit: i64,
) -> QueryResult<Vec<User>> {
    let after = after.map(UserId::as_str).unwrap_or_default();
    users::table
        .filter(users::tenant_id.eq(tenant).and(users::id.gt(after)))
        .order(users::id.asc())
        .limit(limit)
        .select(User::as_select())
        .load(conn)
}

/// Sets the password hash (a PHC string), so that the password need not be changed any more, and forgets remembered browsers; returns whether there is such a user.
///
/// Sessions stay: a caller for whom the old password may be known to others ends them
/// ([`session_store::end_sessions_of_user`]).
pub fn set_password_hash(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    hash: &Secret<String>,
) -> QueryResult<bool> {
    let chosen = (users::password_hash.eq(hash.expose().as_str()), users::must_change_password.eq(false));
    let updated = update(users::table.find((tenant, id))).set(chosen).execute(conn)?;
    // Whoever knew the old password may have had a browser remembered.
    second_factor::delete_devices(conn, tenant, id)?;
    Ok(updated == 1)
}

/// Puts a renewed hash in the place of the one that was verified; returns whether that one still stood.
pub(crate) fn renew_password_hash(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    verified: &Secret<String>,
    renewed: &Secret<String>,
) -> QueryResult<bool> {
    let this = users::table.find((tenant, id)).filter(users::password_hash.eq(verified.expose().as_str()));
    Ok(update(this).set(users::password_hash.eq(renewed.expose().as_str())).execute(conn)? == 1)
}

/// Confirms, within the transaction that opens a session, that the user is still active and that what the first factor
/// was verified against before it still stands: the password's hash, the address, or the passkey.
///
/// An update rather than a select: it locks the row, so that disabling the user either comes before and is seen here,
/// or comes after and ends the session that is being opened.
pub(crate) fn confirm_first_factor(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    first: &FirstFactor,
) -> QueryResult<bool> {
    let this = users::table.find((tenant, id)).filter(users::status.eq(UserStatus::Active));
    let standing: Vec<(Option<String>, Option<IdentifierKey>)> = update(this)
        .set(users::status.eq(UserStatus::Active))
        .returning((users::password_hash, users::email_key))
        .get_results(conn)?;
    let Some((hash, address)) = standing.into_iter().next() else { return Ok(false) };
    // `TokenHash` compares in constant time.
    match first {
        FirstFactor::Password(verified) => {
            let hash = hash.map(Secret::new);
            Ok(hash.is_some_and(|hash| TokenHash::of(hash.expose()) == *verified))
        }
        FirstFactor::Mailbox(mailbox) => {
            let stands = address.is_some_and(|address| address.digest() == mailbox.address);
            if stands {
                verify_email(conn, tenant, id)?;
            }
            Ok(stands)
        }
        FirstFactor::Passkey(proved) => passkey::is_good(conn, tenant, id, &proved.id),
    }
}

/// Notes that the number is the user's, unless the profile says another.
pub(crate) fn verify_phone(conn: &mut DbConnection, tenant: &TenantId, id: &UserId, number: &str) -> QueryResult<()> {
    let Some(mut user) = find_user(conn, tenant, id)? else { return Ok(()) };
    let Ok(number) = number.parse::<crate::ClaimText>() else { return Ok(()) };
    if user.claims.phone_number.as_ref().is_some_and(|known| known.as_str() != number.as_str()) {
        return Ok(());
    }
    user.claims.phone_number = Some(number);
    user.claims.phone_number_verified = Some(true);
    update(users::table.find((tenant, id))).set(users::claims.eq(Json(user.claims))).execute(conn).map(|_| ())
}

/// Notes that the address is the user's.
fn verify_email(conn: &mut DbConnection, tenant: &TenantId, id: &UserId) -> QueryResult<()> {
    let this = users::table.find((tenant, id)).filter(users::email_verified.eq(false));
    update(this).set(users::email_verified.eq(true)).execute(conn).map(|_| ())
}

/// Confirms, within the transaction that makes a session stronger, that the user is still active; locks the row.
pub(crate) fn confirm_active(conn: &mut DbConnection, tenant: &TenantId, id: &UserId) -> QueryResult<bool> {
    let this = users::table.find((tenant, id)).filter(users::status.eq(UserStatus::Active));
    Ok(update(this).set(users::status.eq(UserStatus::Active)).execute(conn)? == 1)
}

/// Asks the gate about the user as they are now, within a transaction that has locked the row.
pub(crate) fn ask_gate(conn: &mut DbConnection, tenant: &Tenant, id: &UserId) -> QueryResult<Result<(), Withheld>> {
    let standing = find_standing(conn, &tenant.id, id)?;
    Ok(standing.map_or(Err(Withheld::UserInactive), |standing| tenant.gate(&standing)))
}

/// [`ask_gate`] for the transaction that opens a session, and with it keeps an account that was to be deleted.
pub(crate) fn ask_gate_of_sign_in(
    conn: &mut DbConnection,
    tenant: &Tenant,
    id: &UserId,
) -> QueryResult<Result<(), Withheld>> {
    let standing = find_standing(conn, &tenant.id, id)?;
    Ok(standing.map_or(Err(Withheld::UserInactive), |standing| tenant.gate_of_sign_in(&standing)))
}

fn find_standing(conn: &mut DbConnection, tenant: &TenantId, id: &UserId) -> QueryResult<Option<Standing>> {
    users::table.find((tenant, id)).select(Standing::as_select()).first(conn).optional()
}

/// Says whether the password has to be changed before the next session; returns whether there is such a user.
pub fn set_must_change_password(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    must: bool,
) -> QueryResult<bool> {
    let this = users::table.find((tenant, id));
    Ok(update(this).set(users::must_change_password.eq(must)).execute(conn)? == 1)
}

/// Marks the address as proved, if it is still the user's; returns whether it is.
pub(crate) fn prove_email(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (id, email): (&UserId, &str),
    now: UtcTime,
) -> QueryResult<bool> {
    let this = users::table.find((tenant, id)).filter(users::email_key.eq(IdentifierKey::of(email)));
    Ok(update(this).set((users::email_verified.eq(true), users::updated_at.eq(now))).execute(conn)? == 1)
}

/// Makes a proved address that of the user, and the user name with it where that is the address; returns whether it did:
/// not when another user has it, or may take it back.
///
/// Of two who take it in the same moment one meets a unique index: the caller's transaction fails with a violation.
pub(crate) fn replace_email(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, email): (&User, &Email),
    now: UtcTime,
) -> QueryResult<bool> {
    let key = email.key();
    let others = users::table.filter(users::tenant_id.eq(tenant)).filter(users::id.ne(&user.id));
    let same = others.filter(users::email_key.eq(&key).or(users::username_key.eq(&key)));
    if same.select(users::id).first::<UserId>(conn).optional()?.is_some() {
        return Ok(false);
    }
    // In this order: whoever gives the address up has it until the link that takes it back is there.
    if one_time_link_store::is_kept_for_another(conn, tenant, (&key, &user.id), now)? {
        return Ok(false);
    }
    let this = users::table.find((tenant, &user.id));
    let address = (
        users::email.eq(email.as_str()),
        users::email_key.eq(&key),
        users::email_verified.eq(true),
        users::updated_at.eq(now),
    );
    let mut changed = update(this).set(address).execute(conn)?;
    // A user name with an @ is the user's own address and nothing else.
    if IdentifierKey::of(&user.username).is_email() {
        let name = (users::username.eq(email.as_str()), users::username_key.eq(&key));
        changed = update(this).set(name).execute(conn)?;
    }
    Ok(changed == 1)
}

/// Takes the password away, and forgets remembered browsers.
pub fn remove_password(conn: &mut DbConnection, tenant: &TenantId, id: &UserId) -> QueryResult<()> {
    update(users::table.find((tenant, id))).set(users::password_hash.eq(None::<String>)).execute(conn)?;
    second_factor::delete_devices(conn, tenant, id).map(|_| ())
}

/// Records that the user accepted that version of the terms of service; the first time counts.
pub(crate) fn accept_terms(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    version: &str,
    now: UtcTime,
) -> QueryResult<()> {
    let row = (
        terms_acceptances::tenant_id.eq(tenant),
        terms_acceptances::user_id.eq(id),
        terms_acceptances::version.eq(version),
        terms_acceptances::accepted_at.eq(now),
    );
    let insert = insert_into(terms_acceptances::table).values(row);
    match conn {
        DbConnection::Postgresql(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        DbConnection::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    };
    let this = users::table.find((tenant, id));
    update(this).set(users::terms_version.eq(version)).execute(conn).map(|_| ())
}

/// Which versions of the terms of service the user accepted, and when, the first one first.
pub fn list_accepted_terms(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
) -> QueryResult<Vec<(String, UtcTime)>> {
    terms_acceptances::table
        .filter(terms_acceptances::tenant_id.eq(tenant))
        .filter(terms_acceptances::user_id.eq(id))
        .order(terms_acceptances::accepted_at.asc())
        .select((terms_acceptances::version, terms_acceptances::accepted_at))
        .load(conn)
}

/// Notes until when the user may do without a second factor; a time that stands stays.
pub(crate) fn set_second_factor_due(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    due_at: UtcTime,
) -> QueryResult<()> {
    let this = users::table.find((tenant, id)).filter(users::second_factor_due_at.is_null());
    update(this).set(users::second_factor_due_at.eq(due_at)).execute(conn).map(|_| ())
}

/// Starts the time anew until when the user may do without a second factor.
pub(crate) fn clear_second_factor_due(conn: &mut DbConnection, tenant: &TenantId, id: &UserId) -> QueryResult<()> {
    let this = users::table.find((tenant, id));
    update(this).set(users::second_factor_due_at.eq(None::<UtcTime>)).execute(conn).map(|_| ())
}

/// Sets the status; whoever may no longer sign in is signed out everywhere. Returns whether there is such a user.
pub fn set_status(
    conn: &mut DbConnection,
    tenant: &TenantId,
    id: &UserId,
    status: UserStatus,
    now: UtcTime,
) -> QueryResult<bool> {
    let this = users::table.find((tenant, id));
    let known = update(this).set((users::status.eq(status), users::updated_at.eq(now))).execute(conn)? == 1;
    if known && status != UserStatus::Active {
        session_store::end_sessions_of_user(conn, tenant, id, now)?;
    }
    Ok(known)
}

/// Deletes a user with everything that is theirs; returns whether there was one. The id is never given again.
pub fn delete_user(conn: &mut DbConnection, tenant: &TenantId, id: &UserId) -> QueryResult<bool> {
    Ok(delete(users::table.find((tenant, id))).execute(conn)? == 1)
}

#[cfg(test)]
mod tests;

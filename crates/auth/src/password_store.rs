//! The password of a user in `users`, and those before it in the table `former_passwords`.

use diesel::dsl::max;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use diesel::{QueryResult, delete, insert_into, update};
use latchkey_core::{Secret, TenantId, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::{former_passwords, users};

use crate::{ChosenPassword, user_store};

/// Sets the password that a user has chosen and keeps the one before it, as far as the tenant's policy wants; remembered
/// browsers are forgotten. Returns whether there is such a user.
///
/// Sessions stay, as with [`user_store::set_password_hash`].
pub fn set_password(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    chosen: &ChosenPassword,
    now: UtcTime,
) -> QueryResult<bool> {
    let before = lock_password(conn, tenant, user)?;
    if !user_store::set_password_hash(conn, tenant, user, chosen.hash())? {
        return Ok(false);
    }
    keep_former(conn, tenant, user, (before, chosen.keep), now)?;
    Ok(true)
}

/// Takes the password away that others may know, and keeps it among the former ones, so that it is not chosen again: the
/// next one is set by a link. Returns whether there was one.
pub(crate) fn lock_away(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    history: u8,
    now: UtcTime,
) -> QueryResult<bool> {
    let Some(before) = lock_password(conn, tenant, user)? else { return Ok(false) };
    let none = (users::password_hash.eq(None::<String>), users::must_change_password.eq(true));
    update(users::table.find((tenant, user))).set(none).execute(conn)?;
    keep_former(conn, tenant, user, (Some(before), history.max(1)), now)?;
    Ok(true)
}

/// The hashes of the user's last passwords, the present one first; at most `count`. Where there is none at present, it was
/// taken away ([`lock_away`]), and the last one counts whatever `count` is.
pub(crate) fn find_last(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    count: u8,
) -> QueryResult<Vec<Secret<String>>> {
    let present = user_store::find_password_hash(conn, tenant, user)?.filter(|_| count > 0);
    let is_locked =
        present.is_none() && user_store::find_user(conn, tenant, user)?.is_some_and(|user| user.must_change_password);
    let former_count = if is_locked { count.max(1) } else { count.saturating_sub(1) };
    let former: Vec<String> = former_passwords::table
        .filter(former_passwords::tenant_id.eq(tenant))
        .filter(former_passwords::user_id.eq(user))
        .order(former_passwords::number.desc())
        .limit(i64::from(former_count))
        .select(former_passwords::password_hash)
        .load(conn)?;
    Ok(present.into_iter().chain(former.into_iter().map(Secret::new)).collect())
}

/// The present hash; the row is locked, so that of two changes each sees the one before.
fn lock_password(conn: &mut DbConnection, tenant: &TenantId, user: &UserId) -> QueryResult<Option<Secret<String>>> {
    let this = users::table.find((tenant, user));
    let hashes: Vec<Option<String>> = update(this)
        .set(users::password_hash.eq(users::password_hash))
        .returning(users::password_hash)
        .get_results(conn)?;
    Ok(hashes.into_iter().flatten().next().map(Secret::new))
}

/// Keeps the `keep` last ones before the present.
fn keep_former(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    (before, keep): (Option<Secret<String>>, u8),
    now: UtcTime,
) -> QueryResult<()> {
    let theirs = || {
        former_passwords::table
            .filter(former_passwords::tenant_id.eq(tenant))
            .filter(former_passwords::user_id.eq(user))
    };
    // One of another make was imported and may be cheap to guess: it must not outlive its use.
    let before = before.filter(|hash| keep > 0 && hash.expose().starts_with("$argon2id$"));
    if let Some(before) = before {
        let last: Option<i64> = theirs().select(max(former_passwords::number)).first(conn)?;
        insert_into(former_passwords::table)
            .values((
                former_passwords::tenant_id.eq(tenant),
                former_passwords::user_id.eq(user),
                former_passwords::number.eq(last.unwrap_or_default() + 1),
                former_passwords::password_hash.eq(before.expose().as_str()),
                former_passwords::replaced_at.eq(now),
            ))
            .execute(conn)?;
    }
    let beyond: Option<i64> = theirs()
        .order(former_passwords::number.desc())
        .offset(i64::from(keep))
        .select(former_passwords::number)
        .first(conn)
        .optional()?;
    let Some(beyond) = beyond else { return Ok(()) };
    delete(theirs().filter(former_passwords::number.le(beyond))).execute(conn).map(|_| ())
}

//! The table `invitations`.

use diesel::prelude::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use diesel::{BoolExpressionMethods, QueryResult, insert_into, update};
use latchkey_core::{TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::{invitations, users};

use crate::invitation::LIFETIME;
use crate::{ChosenPassword, User, UserStatus, password_store};

/// Adds an invitation that can be used for seven days; returns when it ends.
pub fn insert_invitation(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    token: &TokenHash,
    now: UtcTime,
) -> QueryResult<UtcTime> {
    let expires_at = now.plus(LIFETIME);
    insert_into(invitations::table)
        .values((
            invitations::tenant_id.eq(tenant),
            invitations::token_hash.eq(token),
            invitations::user_id.eq(user),
            invitations::created_at.eq(now),
            invitations::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(expires_at)
}

/// Finds whom a usable invitation is for.
pub fn find_invited_user(
    conn: &mut DbConnection,
    tenant: &TenantId,
    token: &TokenHash,
    now: UtcTime,
) -> QueryResult<Option<User>> {
    invitations::table
        .inner_join(
            users::table.on(users::tenant_id.eq(invitations::tenant_id).and(users::id.eq(invitations::user_id))),
        )
        .filter(invitations::tenant_id.eq(tenant))
        .filter(invitations::token_hash.eq(token))
        .filter(invitations::redeemed_at.is_null())
        .filter(invitations::expires_at.gt(now))
        // An invitation must not bring a disabled user back, nor reset the password of an active one.
        .filter(users::status.eq(UserStatus::Invited))
        .select(User::as_select())
        .first(conn)
        .optional()
}

/// The password and the address that accepting an invitation settles.
#[derive(Clone, Debug)]
pub(crate) struct Acceptance {
    pub(crate) user: User,
    pub(crate) password: ChosenPassword,
    pub(crate) proves_address: bool,
}

/// Spends an invitation exactly once, even when two requests race, and lets the user in.
pub(crate) fn redeem_invitation(
    conn: &mut DbConnection,
    tenant: &TenantId,
    token: &TokenHash,
    acceptance: &Acceptance,
    now: UtcTime,
) -> QueryResult<Option<User>> {
    let user = &acceptance.user;
    let unspent = invitations::table
        .find((tenant, token))
        .filter(invitations::user_id.eq(&user.id))
        .filter(invitations::redeemed_at.is_null())
        .filter(invitations::expires_at.gt(now));
    if update(unspent).set(invitations::redeemed_at.eq(now)).execute(conn)? == 0 {
        return Ok(None);
    }
    let this = users::table.find((tenant, &user.id));
    let let_in = update(this.filter(users::status.eq(UserStatus::Invited)))
        .set((users::status.eq(UserStatus::Active), users::updated_at.eq(now)))
        .execute(conn)?;
    if let_in == 0 {
        return Ok(None);
    }
    password_store::set_password(conn, tenant, &user.id, &acceptance.password, now)?;
    if acceptance.proves_address {
        // The address may have changed since it was read; only the one that was proved is marked.
        update(this.filter(users::email.eq(&user.email))).set(users::email_verified.eq(true)).execute(conn)?;
    }
    // A second link to the same user must not reset the password that was chosen by the first.
    end_invitations(conn, tenant, &user.id, now)?;
    this.select(User::as_select()).first(conn).optional()
}

/// Makes every link to the user useless that was not used yet.
pub fn end_invitations(conn: &mut DbConnection, tenant: &TenantId, user: &UserId, now: UtcTime) -> QueryResult<()> {
    let open = invitations::table
        .filter(invitations::tenant_id.eq(tenant))
        .filter(invitations::user_id.eq(user))
        .filter(invitations::redeemed_at.is_null());
    update(open).set(invitations::redeemed_at.eq(now)).execute(conn).map(|_| ())
}

/// An invitation that can be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvitation {
    /// Who is invited.
    pub user: User,
    /// When it was made.
    pub created_at: UtcTime,
    /// Until when it can be accepted.
    pub expires_at: UtcTime,
}

/// The invitations that can be accepted now, the oldest first.
pub fn list_open(conn: &mut DbConnection, tenant: &TenantId, now: UtcTime) -> QueryResult<Vec<OpenInvitation>> {
    let rows: Vec<(User, UtcTime, UtcTime)> = invitations::table
        .inner_join(
            users::table.on(users::tenant_id.eq(invitations::tenant_id).and(users::id.eq(invitations::user_id))),
        )
        .filter(invitations::tenant_id.eq(tenant))
        .filter(invitations::redeemed_at.is_null())
        .filter(invitations::expires_at.gt(now))
        .filter(users::status.eq(UserStatus::Invited))
        .order((invitations::created_at.asc(), invitations::token_hash.asc()))
        .select((User::as_select(), invitations::created_at, invitations::expires_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(user, created_at, expires_at)| OpenInvitation { user, created_at, expires_at }).collect())
}

/// Ends every invitation of a user who has accepted none, and deletes the account that waited for it; returns whether
/// there was such a user.
pub fn revoke(conn: &mut DbConnection, tenant: &TenantId, user: &UserId, now: UtcTime) -> QueryResult<bool> {
    end_invitations(conn, tenant, user, now)?;
    // Whoever accepts in the same moment either comes first, and has an account that stays, or finds no invitation.
    let waiting = users::table.find((tenant, user)).filter(users::status.eq(UserStatus::Invited));
    Ok(diesel::delete(waiting).execute(conn)? == 1)
}

/// Deletes invitations of every tenant that ended before `before`, at most `limit`; returns how many. For the clean-up job.
pub fn delete_expired(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let expired: Vec<(TenantId, TokenHash)> = invitations::table
        .filter(invitations::expires_at.lt(before))
        .limit(limit)
        .select((invitations::tenant_id, invitations::token_hash))
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, token) in &expired {
        deleted += diesel::delete(invitations::table.find((tenant, token))).execute(conn)?;
    }
    Ok(deleted)
}

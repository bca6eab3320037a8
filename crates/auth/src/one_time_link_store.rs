//! The table `one_time_links`.

use diesel::prelude::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use diesel::{BoolExpressionMethods, QueryResult, delete, insert_into, update};
use latchkey_core::{TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::{one_time_links, users};

use crate::one_time_link::{LinkPurpose, LinkToken};
use crate::{IdentifierKey, User};

/// The links of a purpose that can be used at a time, with their users.
macro_rules! open_links {
    ($tenant:expr, $purpose:expr, $now:expr) => {
        one_time_links::table
            .inner_join(
                users::table
                    .on(users::tenant_id.eq(one_time_links::tenant_id).and(users::id.eq(one_time_links::user_id))),
            )
            .filter(one_time_links::tenant_id.eq($tenant))
            .filter(one_time_links::purpose.eq($purpose.as_str()))
            .filter(one_time_links::used_at.is_null())
            .filter(one_time_links::expires_at.gt($now))
    };
}

/// The columns of a [`FoundLink`].
macro_rules! found_link {
    () => {
        (
            User::as_select(),
            one_time_links::email_key,
            users::email_key,
            one_time_links::detail,
            one_time_links::created_at,
            one_time_links::expires_at,
        )
    };
}

/// A link to be.
#[derive(Clone, Debug)]
pub(crate) struct NewLink<'a> {
    pub(crate) purpose: LinkPurpose,
    pub(crate) user: &'a UserId,
    /// The address that it is bound to; empty for a user who has none.
    pub(crate) email: &'a str,
    /// What it is about besides.
    pub(crate) detail: Option<&'a str>,
}

/// A link that can be used.
#[derive(Clone, Debug)]
pub(crate) struct OpenLink {
    pub(crate) user: User,
    pub(crate) detail: Option<String>,
    /// When it was made.
    pub(crate) created_at: UtcTime,
    pub(crate) expires_at: UtcTime,
    /// Whether the address that it is bound to is still the user's.
    pub(crate) is_at_present_address: bool,
}

/// An open link as it is read, with the address that it is bound to and the one that the user has.
type FoundLink = (User, IdentifierKey, Option<IdentifierKey>, Option<String>, UtcTime, UtcTime);

/// Adds a link, and ends the earlier ones where the newest alone counts; returns until when it can be used.
pub(crate) fn insert_link(
    conn: &mut DbConnection,
    tenant: &TenantId,
    token: &LinkToken,
    link: &NewLink<'_>,
    now: UtcTime,
) -> QueryResult<UtcTime> {
    if link.purpose.newest_alone_counts() {
        end_links(conn, tenant, link.user, &[link.purpose], now)?;
    }
    let expires_at = now.plus(link.purpose.lifetime());
    insert_into(one_time_links::table)
        .values((
            one_time_links::tenant_id.eq(tenant),
            one_time_links::token_hash.eq(token.hash()),
            one_time_links::purpose.eq(link.purpose.as_str()),
            one_time_links::user_id.eq(link.user),
            one_time_links::email_key.eq(IdentifierKey::of(link.email)),
            one_time_links::detail.eq(link.detail),
            one_time_links::created_at.eq(now),
            one_time_links::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(expires_at)
}

/// Finds a link that can be used now, with its user.
pub(crate) fn find_link(
    conn: &mut DbConnection,
    tenant: &TenantId,
    token: &TokenHash,
    purpose: LinkPurpose,
    now: UtcTime,
) -> QueryResult<Option<OpenLink>> {
    let found: Option<FoundLink> = open_links!(tenant, purpose, now)
        .filter(one_time_links::token_hash.eq(token))
        .select(found_link!())
        .first(conn)
        .optional()?;
    Ok(found.and_then(|found| OpenLink::standing(purpose, found)))
}

/// Finds the newest link of the user that can be used now.
pub(crate) fn find_link_of(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, purpose): (&UserId, LinkPurpose),
    now: UtcTime,
) -> QueryResult<Option<OpenLink>> {
    let found: Option<FoundLink> = open_links!(tenant, purpose, now)
        .filter(one_time_links::user_id.eq(user))
        .order(one_time_links::created_at.desc())
        .select(found_link!())
        .first(conn)
        .optional()?;
    Ok(found.and_then(|found| OpenLink::standing(purpose, found)))
}

/// Whether a link of another user than `user` that can be used now gives an address back.
pub(crate) fn is_kept_for_another(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (email, user): (&IdentifierKey, &UserId),
    now: UtcTime,
) -> QueryResult<bool> {
    let found: Option<TokenHash> = open_links!(tenant, LinkPurpose::UndoEmail, now)
        .filter(one_time_links::email_key.eq(email))
        .filter(one_time_links::user_id.ne(user))
        .select(one_time_links::token_hash)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Whether a link of that purpose went to that address of the user and can be used now.
pub(crate) fn has_open(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, email, purpose): (&UserId, &str, LinkPurpose),
    now: UtcTime,
) -> QueryResult<bool> {
    let found: Option<TokenHash> = open_links!(tenant, purpose, now)
        .filter(one_time_links::user_id.eq(user))
        .filter(one_time_links::email_key.eq(IdentifierKey::of(email)))
        .select(one_time_links::token_hash)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

impl OpenLink {
    /// `None` for a link that was sent to an address that is no more the user's.
    fn standing(purpose: LinkPurpose, found: FoundLink) -> Option<Self> {
        let (user, bound, present, detail, created_at, expires_at) = found;
        let bound_to_present = present.map_or_else(|| bound.as_str().is_empty(), |present| present == bound);
        let stands = !purpose.needs_present_address() || bound_to_present;
        stands.then_some(Self { user, detail, created_at, expires_at, is_at_present_address: bound_to_present })
    }
}

/// Spends a link exactly once, even when two requests race; `None` when it cannot be used any more.
pub(crate) fn spend_link(
    conn: &mut DbConnection,
    tenant: &TenantId,
    token: &TokenHash,
    purpose: LinkPurpose,
    now: UtcTime,
) -> QueryResult<Option<OpenLink>> {
    let Some(open) = find_link(conn, tenant, token, purpose, now)? else { return Ok(None) };
    let unspent = one_time_links::table.find((tenant, token)).filter(one_time_links::used_at.is_null());
    let spent = update(unspent).set(one_time_links::used_at.eq(now)).execute(conn)?;
    Ok((spent == 1).then_some(open))
}

/// Makes every link of these purposes to the user useless that was not used yet.
pub(crate) fn end_links(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    purposes: &[LinkPurpose],
    now: UtcTime,
) -> QueryResult<()> {
    let purposes = purposes.iter().map(|purpose| purpose.as_str());
    let open = one_time_links::table
        .filter(one_time_links::tenant_id.eq(tenant))
        .filter(one_time_links::user_id.eq(user))
        .filter(one_time_links::purpose.eq_any(purposes))
        .filter(one_time_links::used_at.is_null());
    update(open).set(one_time_links::used_at.eq(now)).execute(conn).map(|_| ())
}

/// Makes the links of that purpose useless that were made at `since` or later, and not used yet.
pub(crate) fn end_links_since(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (user, purpose): (&UserId, LinkPurpose),
    since: UtcTime,
    now: UtcTime,
) -> QueryResult<()> {
    let open = one_time_links::table
        .filter(one_time_links::tenant_id.eq(tenant))
        .filter(one_time_links::user_id.eq(user))
        .filter(one_time_links::purpose.eq(purpose.as_str()))
        .filter(one_time_links::created_at.ge(since))
        .filter(one_time_links::used_at.is_null());
    update(open).set(one_time_links::used_at.eq(now)).execute(conn).map(|_| ())
}

/// Deletes links of every tenant that ended before `before`, at most `limit`; returns how many. For the clean-up job.
pub fn delete_expired(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let expired: Vec<(TenantId, TokenHash)> = one_time_links::table
        .filter(one_time_links::expires_at.lt(before))
        .limit(limit)
        .select((one_time_links::tenant_id, one_time_links::token_hash))
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, token) in &expired {
        deleted += delete(one_time_links::table.find((tenant, token))).execute(conn)?;
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use latchkey_core::Secret;

    use super::*;
    use crate::testing::benches;
    use crate::user_store;

    const PURPOSE: LinkPurpose = LinkPurpose::ResetPassword;

    fn link<'a>(user: &'a User, purpose: LinkPurpose) -> NewLink<'a> {
        NewLink { purpose, user: &user.id, email: user.email.as_deref().unwrap_or_default(), detail: Some("detail") }
    }

    #[tokio::test]
    async fn a_link_is_spent_once_for_its_purpose_and_tenant() {
        for bench in benches().await {
            let (user, other, now) = (bench.user("anna").await, bench.other_tenant().await, bench.clock.now());
            let (token, tenant) = (LinkToken::generate(&bench.rng), bench.tenant.id.clone());
            bench
                .write(move |conn| {
                    insert_link(conn, &tenant, &token, &link(&user, PURPOSE), now)?;
                    let hash = token.hash();
                    assert!(spend_link(conn, &tenant, &hash, LinkPurpose::ConfirmEmail, now)?.is_none());
                    assert!(spend_link(conn, &other.id, &hash, PURPOSE, now)?.is_none());
                    let unknown = LinkToken::presented(Secret::from("made up")).hash();
                    assert!(spend_link(conn, &tenant, &unknown, PURPOSE, now)?.is_none());
                    assert!(find_link(conn, &tenant, &hash, PURPOSE, now)?.is_some(), "looking uses nothing up");
                    let spent = spend_link(conn, &tenant, &hash, PURPOSE, now)?.expect("spent");
                    assert_eq!((spent.user.id, spent.detail.as_deref()), (user.id.clone(), Some("detail")));
                    assert!(spend_link(conn, &tenant, &hash, PURPOSE, now)?.is_none());
                    Ok(())
                })
                .await;
        }
    }

    #[tokio::test]
    async fn a_link_ends_with_its_time_with_the_next_one_and_with_the_address() {
        for bench in benches().await {
            let (user, now, rng) = (bench.user("anna").await, bench.clock.now(), bench.rng.clone());
            let tenant = bench.tenant.id.clone();
            bench
                .write(move |conn| {
                    let [first, second, undo] = [(); 3].map(|()| LinkToken::generate(&rng));
                    insert_link(conn, &tenant, &first, &link(&user, PURPOSE), now)?;
                    insert_link(conn, &tenant, &undo, &link(&user, LinkPurpose::UndoEmail), now)?;
                    let expires_at = insert_link(conn, &tenant, &second, &link(&user, PURPOSE), now)?;
                    assert!(find_link(conn, &tenant, &first.hash(), PURPOSE, now)?.is_none(), "asked again");
                    let mut usable = |token: &LinkToken, purpose, at| {
                        Ok::<_, diesel::result::Error>(find_link(conn, &tenant, &token.hash(), purpose, at)?.is_some())
                    };
                    assert!(usable(&second, PURPOSE, now)?);
                    assert!(!usable(&second, PURPOSE, expires_at)?);
                    let draft =
                        crate::UserDraft { email: Some("new@example.com".to_owned()), ..crate::testing::draft("anna") };
                    let checked = draft.check().expect("a good draft");
                    user_store::update_user(conn, &tenant, &user.id, &checked, now)?;
                    let dead = find_link(conn, &tenant, &second.hash(), PURPOSE, now)?;
                    assert!(dead.is_none(), "sent to an address that is no more the user's");
                    assert!(find_link(conn, &tenant, &undo.hash(), LinkPurpose::UndoEmail, now)?.is_some());
                    Ok(())
                })
                .await;
        }
    }
}

//! The table `known_origins`: from where a user has signed in before.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use diesel::prelude::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use diesel::{QueryResult, delete, insert_into};
use latchkey_core::{TenantId, TokenHash, UserId, UtcTime};
use latchkey_storage::DbConnection;
use latchkey_storage::schema::known_origins;

const BROWSER: &str = "browser";
const NETWORK: &str = "network";

/// From where somebody signs in.
#[derive(Clone, Debug)]
pub(crate) struct SeenFrom {
    /// The hash of the browser's random cookie; `None` where no browser is involved.
    pub(crate) browser: Option<TokenHash>,
    pub(crate) address: IpAddr,
}

/// What is known of that place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recognition {
    /// Whether the user has signed in before from anywhere; at the very first time nothing can be known.
    pub(crate) has_history: bool,
    pub(crate) is_new_browser: bool,
    pub(crate) is_new_network: bool,
}

impl SeenFrom {
    fn values(&self) -> Vec<(&'static str, String)> {
        let network = (NETWORK, network_of(self.address).to_string());
        let browser = self.browser.as_ref().map(|browser| (BROWSER, browser.as_str().to_owned()));
        std::iter::once(network).chain(browser).collect()
    }
}

/// Compares a place with those that the user has signed in from.
pub(crate) fn recognize(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    from: &SeenFrom,
) -> QueryResult<Recognition> {
    let of_user =
        || known_origins::table.filter(known_origins::tenant_id.eq(tenant)).filter(known_origins::user_id.eq(user));
    let has_history = of_user().select(known_origins::kind).limit(1).load::<String>(conn)?.len() == 1;
    let mut recognition = Recognition { has_history, is_new_browser: false, is_new_network: false };
    for (kind, value) in from.values() {
        let same = of_user().filter(known_origins::kind.eq(kind)).filter(known_origins::value.eq(value));
        let is_new = has_history && same.select(known_origins::kind).limit(1).load::<String>(conn)?.is_empty();
        match kind {
            BROWSER => recognition.is_new_browser = is_new,
            _ => recognition.is_new_network = is_new,
        }
    }
    Ok(recognition)
}

/// Remembers a place, within the transaction that opens the session.
pub(crate) fn remember(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    from: &SeenFrom,
    now: UtcTime,
) -> QueryResult<()> {
    let key = (known_origins::tenant_id, known_origins::user_id, known_origins::kind, known_origins::value);
    let seen = known_origins::last_seen_at.eq(now);
    for (kind, value) in from.values() {
        let row = (
            known_origins::tenant_id.eq(tenant),
            known_origins::user_id.eq(user),
            known_origins::kind.eq(kind),
            known_origins::value.eq(value),
            known_origins::first_seen_at.eq(now),
            seen,
        );
        match conn {
            DbConnection::Postgresql(conn) => {
                insert_into(known_origins::table).values(row).on_conflict(key).do_update().set(seen).execute(conn)?
            }
            DbConnection::Sqlite(conn) => {
                insert_into(known_origins::table).values(row).on_conflict(key).do_update().set(seen).execute(conn)?
            }
        };
    }
    Ok(())
}

/// Forgets every browser of a user, and the networks that were first seen since then: somebody else may have been there.
pub(crate) fn forget_since(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    since: UtcTime,
) -> QueryResult<()> {
    let suspect = known_origins::kind.eq(BROWSER).or(known_origins::first_seen_at.ge(since));
    let of_user =
        known_origins::table.filter(known_origins::tenant_id.eq(tenant)).filter(known_origins::user_id.eq(user));
    delete(of_user.filter(suspect)).execute(conn).map(|_| ())
}

/// Forgets places of every tenant that nobody signed in from since `before`, at most `limit`; returns how many. For the
/// clean-up job.
pub fn delete_unused(conn: &mut DbConnection, before: UtcTime, limit: i64) -> QueryResult<usize> {
    let unused: Vec<(TenantId, UserId, String, String)> = known_origins::table
        .filter(known_origins::last_seen_at.lt(before))
        .order(known_origins::last_seen_at.asc())
        .limit(limit)
        .select((known_origins::tenant_id, known_origins::user_id, known_origins::kind, known_origins::value))
        .load(conn)?;
    let mut deleted = 0;
    for (tenant, user, kind, value) in &unused {
        deleted += delete(known_origins::table.find((tenant, user, kind, value))).execute(conn)?;
    }
    Ok(deleted)
}

/// What one customer of a provider moves about in: /24 of IPv4, /48 of IPv6.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from(u32::from(address) & (u32::MAX << 8))),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) & (u128::MAX << 80))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{address, benches};

    fn from(browser: &str, last: &str) -> SeenFrom {
        SeenFrom { browser: Some(TokenHash::of(browser)), address: last.parse().expect("an address") }
    }

    #[test]
    fn neighbours_are_one_network() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.254", true),
            ("192.0.2.1", "192.0.3.1", false),
            ("192.0.2.1", "::ffff:192.0.2.7", true),
            ("2001:db8:1::1", "2001:db8:1:ffff::9", true),
            ("2001:db8:1::1", "2001:db8:2::1", false),
        ] {
            let [one, other] = [one, other].map(|text| network_of(text.parse().expect("an address")));
            assert_eq!(one == other, same, "{one} {other}");
        }
    }

    #[tokio::test]
    async fn the_first_place_is_not_new_another_is_and_each_user_has_the_own_ones() {
        for bench in benches().await {
            let (alice, bob) = (bench.user("alice").await.id, bench.user("bob").await.id);
            let (tenant, now) = (bench.tenant.id.clone(), bench.clock.now());
            let name = bench.name;
            bench
                .write(move |conn| {
                    let home = from("home", "192.0.2.1");
                    let first = recognize(conn, &tenant, &alice, &home)?;
                    assert_eq!((first.has_history, first.is_new_browser, first.is_new_network), (false, false, false));
                    remember(conn, &tenant, &alice, &home, now)?;
                    remember(conn, &tenant, &alice, &home, now)?;
                    for (place, new) in [
                        (from("home", "192.0.2.77"), (false, false)),
                        (from("other", "192.0.2.1"), (true, false)),
                        (from("home", "198.51.100.1"), (false, true)),
                        (SeenFrom { browser: None, address: address(1) }, (false, false)),
                    ] {
                        let seen = recognize(conn, &tenant, &alice, &place)?;
                        assert_eq!((seen.is_new_browser, seen.is_new_network), new, "{name}: {place:?}");
                    }
                    assert!(!recognize(conn, &tenant, &bob, &home)?.has_history);
                    assert_eq!(delete_unused(conn, now, 10)?, 0);
                    assert_eq!(delete_unused(conn, now.plus(Duration::from_secs(1)), 10)?, 2);
                    assert!(!recognize(conn, &tenant, &alice, &home)?.has_history);
                    Ok(())
                })
                .await;
        }
    }
}

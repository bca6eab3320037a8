//! The same body on every backend: in process always, Redis and Redis Cluster where the environment names one.

mod away;

use std::num::NonZeroUsize;
use std::time::Duration;

use latchkey_core::{Clock, FrozenClock, Rng, TenantId, UtcTime};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::{
    Cache, CacheError, CacheKey, CacheOpenError, Inserted, Invalidation, Kind, Notice, RedisUrl, Subscription,
};

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    redirect_uri: String,
    nonce: Option<String>,
}

fn payload(nonce: &str) -> Payload {
    Payload { redirect_uri: "https://app.example/cb?a=ü".to_owned(), nonce: Some(nonce.to_owned()) }
}

/// One backend under test, with a clock that the test moves and tenants that nobody else uses.
struct Bench {
    name: &'static str,
    cache: Cache,
    clock: FrozenClock,
    tenant: TenantId,
    other_tenant: TenantId,
}

impl Bench {
    fn key(&self, id: &str) -> CacheKey {
        CacheKey::new(&self.tenant, Kind::AuthorizationCode, id)
    }
}

async fn benches() -> Vec<Bench> {
    let mut benches = Vec::new();
    for (name, variable) in [
        ("in process", None),
        ("redis", Some("LATCHKEY_TEST_REDIS_URL")),
        ("redis cluster", Some("LATCHKEY_TEST_REDIS_CLUSTER_URL")),
    ] {
        let rng = Rng::system();
        let clock = FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000));
        let injected = Clock::Frozen(clock.clone());
        let cache = match variable.map(std::env::var) {
            None => Cache::in_process(injected),
            Some(Ok(url)) => Cache::connect(&url.parse().expect("a redis url"), injected).await.expect(name),
            Some(Err(_)) => continue,
        };
        let tenant = TenantId::generate(clock.now(), &rng);
        let other_tenant = TenantId::generate(clock.now(), &rng);
        benches.push(Bench { name, cache, clock, tenant, other_tenant });
    }
    benches
}

/// The next notice that concerns `tenant`: other tests share the channel.
async fn next_about(subscription: &mut Subscription, tenant: &TenantId) -> Invalidation {
    let wanted = async {
        loop {
            let notice = subscription.next().await;
            if let Notice::Changed(event @ (Invalidation::Tenant(_) | Invalidation::SigningKeys(_))) = notice
                && matches!(&event, Invalidation::Tenant(id) | Invalidation::SigningKeys(id) if id == tenant)
            {
                return event;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wanted).await.expect("a notice in time")
}

#[tokio::test]
async fn a_value_is_found_until_it_is_taken() {
    for bench in benches().await {
        let key = bench.key("a:b {c} d");
        bench.cache.put(&key, &payload("one"), MINUTE).await.expect(bench.name);
        bench.cache.put(&key, &payload("two"), MINUTE).await.expect(bench.name);
        assert_eq!(bench.cache.find(&key).await.expect(bench.name), Some(payload("two")), "{}", bench.name);
        assert_eq!(bench.cache.take(&key).await.expect(bench.name), Some(payload("two")), "{}", bench.name);
        assert_eq!(bench.cache.take::<Payload>(&key).await.expect(bench.name), None, "{}", bench.name);
        assert_eq!(bench.cache.find::<Payload>(&key).await.expect(bench.name), None, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_value_ends_at_its_expiry_by_the_injected_clock() {
    for bench in benches().await {
        let (found, taken) = (bench.key("found"), bench.key("taken"));
        for key in [&found, &taken] {
            bench.cache.put(key, &payload("x"), MINUTE).await.expect(bench.name);
        }
        bench.clock.advance(MINUTE - Duration::from_millis(1));
        assert!(bench.cache.find::<Payload>(&found).await.expect(bench.name).is_some(), "{}", bench.name);
        bench.clock.advance(Duration::from_millis(1));
        assert_eq!(bench.cache.find::<Payload>(&found).await.expect(bench.name), None, "{}", bench.name);
        assert_eq!(bench.cache.take::<Payload>(&taken).await.expect(bench.name), None, "{}", bench.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_200_racing_takers_exactly_one_gets_the_value() {
    for bench in benches().await {
        bench.cache.put(&bench.key("code"), &payload("x"), MINUTE).await.expect(bench.name);
        let mut takers = JoinSet::new();
        for _ in 0..200 {
            let (cache, key) = (bench.cache.clone(), bench.key("code"));
            takers.spawn(async move { cache.take::<Payload>(&key).await });
        }
        let taken = takers.join_all().await.into_iter().filter_map(|taken| taken.expect(bench.name)).count();
        assert_eq!(taken, 1, "{}", bench.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_racing_inserters_exactly_one_inserts_and_a_later_one_after_the_expiry() {
    for bench in benches().await {
        let mut inserters = JoinSet::new();
        for number in 0..50 {
            let (cache, key) = (bench.cache.clone(), bench.key("jti"));
            inserters.spawn(async move { cache.put_if_absent(&key, &number, MINUTE).await });
        }
        let outcomes: Vec<Inserted> =
            inserters.join_all().await.into_iter().map(|outcome| outcome.expect(bench.name)).collect();
        let inserted = outcomes.iter().filter(|outcome| **outcome == Inserted::Inserted).count();
        assert_eq!(inserted, 1, "{}", bench.name);

        bench.clock.advance(MINUTE);
        let again = bench.cache.put_if_absent(&bench.key("jti"), &99, MINUTE).await.expect(bench.name);
        assert_eq!(again, Inserted::Inserted, "{}", bench.name);
        assert_eq!(bench.cache.find(&bench.key("jti")).await.expect(bench.name), Some(99), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_deleted_value_is_gone_and_deleting_nothing_is_no_error() {
    for bench in benches().await {
        let key = bench.key("x");
        bench.cache.put(&key, &1, MINUTE).await.expect(bench.name);
        bench.cache.delete(&key).await.expect(bench.name);
        bench.cache.delete(&key).await.expect(bench.name);
        assert_eq!(bench.cache.find::<i32>(&key).await.expect(bench.name), None, "{}", bench.name);
    }
}

#[tokio::test]
async fn the_same_id_of_another_tenant_or_kind_is_not_seen() {
    for bench in benches().await {
        let key = bench.key("same");
        bench.cache.put(&key, &"mine", MINUTE).await.expect(bench.name);
        bench.cache.increment(&key, MINUTE).await.expect(bench.name);
        for stranger in [
            CacheKey::new(&bench.other_tenant, Kind::AuthorizationCode, "same"),
            CacheKey::new(&bench.tenant, Kind::Interaction, "same"),
        ] {
            assert_eq!(bench.cache.take::<String>(&stranger).await.expect(bench.name), None, "{}", bench.name);
            assert_eq!(bench.cache.count(&stranger, MINUTE).await.expect(bench.name).count, 0, "{}", bench.name);
            let inserted = bench.cache.put_if_absent(&stranger, &"theirs", MINUTE).await.expect(bench.name);
            assert_eq!(inserted, Inserted::Inserted, "{}", bench.name);
            bench.cache.delete(&stranger).await.expect(bench.name);
        }
        assert_eq!(bench.cache.take(&key).await.expect(bench.name), Some("mine".to_owned()), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_counter_starts_again_with_each_window() {
    for bench in benches().await {
        let key = bench.key("throttle");
        bench.clock.advance(Duration::from_secs(15));
        let resets_at = UtcTime::from_unix_seconds(1_800_000_060);
        for expected in 1..=3 {
            let counted = bench.cache.increment(&key, MINUTE).await.expect(bench.name);
            assert_eq!((counted.count, counted.resets_at), (expected, resets_at), "{}", bench.name);
        }
        assert_eq!(bench.cache.count(&key, MINUTE).await.expect(bench.name).count, 3, "{}", bench.name);
        assert_eq!(bench.cache.count(&key, 2 * MINUTE).await.expect(bench.name).count, 0, "{}", bench.name);

        bench.clock.advance(Duration::from_secs(45));
        let next = bench.cache.count(&key, MINUTE).await.expect(bench.name);
        assert_eq!((next.count, next.resets_at), (0, resets_at.plus(MINUTE)), "{}", bench.name);
        assert_eq!(bench.cache.increment(&key, MINUTE).await.expect(bench.name).count, 1, "{}", bench.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_increments_are_all_counted() {
    for bench in benches().await {
        let mut counters = JoinSet::new();
        for _ in 0..100 {
            let (cache, key) = (bench.cache.clone(), bench.key("throttle"));
            counters.spawn(async move { cache.increment(&key, MINUTE).await });
        }
        let mut counts: Vec<u64> =
            counters.join_all().await.into_iter().map(|counted| counted.expect(bench.name).count).collect();
        counts.sort_unstable();
        assert_eq!(counts, (1..=100).collect::<Vec<u64>>(), "{}", bench.name);
    }
}

#[tokio::test]
async fn every_subscriber_hears_what_any_node_publishes() {
    for bench in benches().await {
        let other_node = match bench.name {
            "in process" => bench.cache.clone(),
            "redis" => reconnect("LATCHKEY_TEST_REDIS_URL").await,
            _ => reconnect("LATCHKEY_TEST_REDIS_CLUSTER_URL").await,
        };
        let mut subscriptions = [bench.cache.subscribe(), bench.cache.subscribe(), other_node.subscribe()];
        let events = [Invalidation::Tenant(bench.tenant.clone()), Invalidation::SigningKeys(bench.tenant.clone())];
        for event in &events {
            bench.cache.publish(event).await.expect(bench.name);
        }
        // A Cluster spreads a message over several ways, which keep no order between them.
        for subscription in &mut subscriptions {
            let heard = [next_about(subscription, &bench.tenant).await, next_about(subscription, &bench.tenant).await];
            assert!(events.iter().all(|event| heard.contains(event)), "{}: {heard:?}", bench.name);
        }
    }
}

async fn reconnect(variable: &str) -> Cache {
    let url: RedisUrl = std::env::var(variable).expect(variable).parse().expect("a redis url");
    Cache::connect(&url, Clock::System).await.expect("connects")
}

#[tokio::test]
async fn a_subscriber_that_fell_behind_is_told_to_resync() {
    let cache = Cache::in_process(Clock::System);
    let mut subscription = cache.subscribe();
    for _ in 0..5_000 {
        cache.publish(&Invalidation::AllTenants).await.expect("publishes");
    }
    assert_eq!(subscription.next().await, Notice::Resync);
    assert_eq!(subscription.next().await, Notice::Changed(Invalidation::AllTenants));
}

#[tokio::test]
async fn a_value_of_another_form_is_malformed_and_not_quoted() {
    for bench in benches().await {
        let key = bench.key("x");
        bench.cache.put(&key, &"hunter2", MINUTE).await.expect(bench.name);
        let error = bench.cache.find::<Payload>(&key).await.expect_err(bench.name);
        assert!(matches!(error, CacheError::Malformed(_)) && !error.is_unavailable(), "{}", bench.name);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn a_full_store_refuses_and_keeps_what_it_has_until_that_expires() {
    let clock = FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000));
    let capacity = NonZeroUsize::new(6).expect("not zero");
    let cache = Cache::in_process_bounded(Clock::Frozen(clock.clone()), capacity);
    let tenant = TenantId::generate(clock.now(), &Rng::seeded(1));
    let key = |id: &str| CacheKey::new(&tenant, Kind::Interaction, id);
    for id in ["a", "b", "c", "c"] {
        cache.put(&key(id), &id, MINUTE).await.expect("fits");
    }
    assert!(cache.put(&key("d"), &"d", MINUTE).await.expect_err("is full").is_unavailable());
    assert!(cache.increment(&key("d"), MINUTE).await.expect_err("is full").is_unavailable());
    assert_eq!(cache.find(&key("a")).await.expect("finds"), Some("a".to_owned()));
    clock.advance(MINUTE);
    cache.put(&key("d"), &"d", MINUTE).await.expect("fits again");
}

#[tokio::test]
async fn expired_entries_do_not_stay_in_memory() {
    let clock = FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000));
    let cache = Cache::in_process(Clock::Frozen(clock.clone()));
    let tenant = TenantId::generate(clock.now(), &Rng::seeded(1));
    for number in 0..10_000 {
        let key = CacheKey::new(&tenant, Kind::AuthorizationCode, &number.to_string());
        cache.put(&key, &number, MINUTE).await.expect("fits");
        cache.increment(&key, MINUTE).await.expect("fits");
        clock.advance(Duration::from_secs(1));
    }
    assert!(cache.in_process_len() <= 130, "{}", cache.in_process_len());
}

#[tokio::test]
async fn a_key_shows_neither_its_id_nor_an_unexpected_slot() {
    let tenant = TenantId::generate(UtcTime::from_unix_seconds(1), &Rng::seeded(1));
    let key = CacheKey::new(&tenant, Kind::AuthorizationCode, "}secret{");
    assert_eq!(key.as_str(), format!("lk:{{{tenant}}}:code:}}secret{{"));
    assert_eq!(format!("{key:?}"), format!("CacheKey(lk:{{{tenant}}}:code:..)"));
}

#[tokio::test]
async fn an_address_where_nothing_listens_gets_one_clear_line() {
    for scheme in ["redis", "redis+cluster"] {
        let url: RedisUrl = format!("{scheme}://app:hunter2@127.0.0.1:1").parse().expect("a redis url");
        let error = Cache::connect(&url, Clock::System).await.expect_err("nothing listens");
        assert!(matches!(error, CacheOpenError::Unreachable { .. }), "{error:?}");
        let line = error.to_string();
        assert!(line.starts_with(&format!("cannot use redis at {scheme}://127.0.0.1:1")), "{line}");
        assert!(!line.contains('\n') && !line.contains("hunter2"), "{line}");
    }
}

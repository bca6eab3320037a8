use latchkey_core::{FrozenClock, Rng, TenantId};

use super::*;
use crate::{CacheKey, Kind};

const NOW: i64 = 1_800_000_000;

struct Bench {
    store: MemoryStore,
    clock: FrozenClock,
    tenant: TenantId,
}

impl Bench {
    fn new(entries: usize, bytes: usize) -> Self {
        let clock = FrozenClock::at(UtcTime::from_unix_seconds(NOW));
        let tenant = TenantId::generate(clock.now(), &Rng::seeded(1));
        let store = MemoryStore::with_limits(Clock::Frozen(clock.clone()), Limits { entries, bytes });
        Self { store, clock, tenant }
    }

    /// The same store, for another tenant.
    fn of_another_tenant(self, seed: u64) -> Self {
        Self { tenant: TenantId::generate(self.clock.now(), &Rng::seeded(seed)), ..self }
    }

    fn put(&self, kind: Kind, id: &str, bytes: usize) -> Result<(), CacheError> {
        self.store.put(self.key(kind, id).as_str(), vec![0; bytes], self.in_a_minute())
    }

    fn count(&self, kind: Kind, id: &str) -> Result<u64, CacheError> {
        let (counter, resets_at) = self.key(kind, id).in_window(self.clock.now(), std::time::Duration::from_secs(60));
        self.store.increment(&counter, resets_at)
    }

    fn key(&self, kind: Kind, id: &str) -> CacheKey {
        CacheKey::new(&self.tenant, kind, id)
    }

    fn in_a_minute(&self) -> UtcTime {
        self.clock.now().plus(std::time::Duration::from_secs(60))
    }

    /// Puts values of one kind until the store refuses; how many it took.
    fn flood(&self, kind: Kind, bytes: usize) -> usize {
        (0..10_000).take_while(|number| self.put(kind, &format!("flood-{number}"), bytes).is_ok()).count()
    }
}

#[test]
fn the_bytes_of_all_values_are_bounded_and_freed_when_they_expire_or_are_taken() {
    let bench = Bench::new(1_000_000, 1_000_000);
    let taken = bench.flood(Kind::SignOut, 10_000);
    assert!((40..45).contains(&taken), "{taken} values of 10 kB in half of nine tenths of 1 MB");
    assert!(bench.put(Kind::Interaction, "one more", 10_000).expect_err("is full").is_unavailable());

    assert_eq!(bench.store.take(bench.key(Kind::SignOut, "flood-0").as_str()).map(|value| value.len()), Some(10_000));
    bench.put(Kind::Interaction, "one more", 9_000).expect("the room of what was taken");
    bench.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(bench.flood(Kind::SignOut, 10_000), taken, "all the room again");
    assert_eq!(bench.store.len(), taken);
}

#[test]
fn small_values_are_counted_with_what_they_cost_beside_their_bytes() {
    let bench = Bench::new(1_000_000, 100_000);
    let taken = bench.flood(Kind::SignOut, 0);
    assert!(taken < 100_000 / ENTRY_OVERHEAD, "{taken}");
}

#[test]
fn a_flood_of_requests_leaves_room_for_codes_steps_and_counters() {
    for (entries, bytes, size) in [(100, 10_000_000, 100), (1_000_000, 100_000, 1_000)] {
        for flood in [Kind::Interaction, Kind::AuthorizationRequest, Kind::SignOut, Kind::SeenAssertion] {
            let bench = Bench::new(entries, bytes);
            bench.put(Kind::Interaction, "under way", 100).expect("the first");
            assert!(bench.flood(flood, size) > 0);
            bench.put(flood, "one more", size).expect_err("is full for this kind");
            bench.put(Kind::Progress, "under way", 100).expect("a step of a sign-in");
            bench.put(Kind::AuthorizationCode, "code", 500).expect("a code");
            assert_eq!(bench.count(Kind::Throttle, "alice").expect("counts"), 1, "{flood:?}");
            bench.count(flood, "alice").expect_err("no counter of a kind that is full");
            assert!(bench.flood(Kind::AuthorizationCode, size) < 90, "what is held back is bounded too");
            bench.put(Kind::AuthorizationCode, "another", size).expect_err("is full for every kind");
        }
    }
}

#[test]
fn a_tenant_that_is_flooded_leaves_as_much_as_it_takes_to_the_others() {
    for (entries, bytes, size) in [(1_000, 100_000_000, 100), (1_000_000, 1_000_000, 1_000)] {
        let first = Bench::new(entries, bytes);
        let taken = first.flood(Kind::Interaction, size);
        assert_eq!(first.flood(Kind::SignOut, size), 0, "the share is of all kinds together");
        let second = first.of_another_tenant(2);
        let less = second.flood(Kind::Interaction, size);
        let third = second.of_another_tenant(3);
        let least = third.flood(Kind::DeviceCode, size);
        // Half, then half of the rest, and so on: whoever comes later finds less, but never nothing.
        assert!(taken >= 2 * less - 1 && less >= 2 * least - 1 && least > 50, "{taken} {less} {least}");
        third.put(Kind::AuthorizationCode, "code", size).expect("a code");

        third.clock.advance(std::time::Duration::from_secs(60));
        assert_eq!(third.flood(Kind::Interaction, size), taken, "what has expired is nobody's share");
        assert!(third.store.len() > 0);
    }
}

#[test]
fn a_value_is_replaced_in_a_full_store_when_it_does_not_grow_and_kept_when_it_does() {
    let bench = Bench::new(1_000_000, 100_000);
    assert!(bench.flood(Kind::Interaction, 1_000) > 0);
    bench.put(Kind::Interaction, "flood-0", 1_000).expect("as large as before");
    bench.put(Kind::Interaction, "flood-0", 9_000).expect_err("larger than the room left");
    assert_eq!(
        bench.store.find(bench.key(Kind::Interaction, "flood-0").as_str()).map(|value| value.len()),
        Some(1_000)
    );
    assert!(bench.store.len() > 0);
}

use latchkey_core::{FactorId, TenantId, UserId};

use super::*;
use crate::testing::{Bench, benches};

/// A credential as the library writes it: the key means nothing here.
fn credential(counter: u32) -> Credential {
    let json = serde_json::json!({
        "cred_id": "AAECAw",
        "cred": { "type_": "ES256", "key": { "EC_EC2": { "curve": "SECP256R1", "x": "AA", "y": "AA" } } },
        "counter": counter,
        "transports": null,
        "user_verified": true,
        "backup_eligible": false,
        "backup_state": false,
        "registration_policy": "required",
        "extensions": {},
        "attestation": { "data": "None", "metadata": "None" },
        "attestation_format": "none",
    });
    serde_json::from_value(json).expect("a credential")
}

fn new(bench: &Bench, credential_id: &str, issuer_host: Option<&str>) -> NewPasskey {
    NewPasskey {
        id: FactorId::generate(bench.clock.now(), &bench.rng),
        credential_id: credential_id.to_owned(),
        issuer_host: issuer_host.map(str::to_owned),
        credential: credential(5),
        name: "Phone".to_owned(),
        aaguid: None,
        attested: false,
    }
}

async fn insert(bench: &Bench, (tenant, user): (&TenantId, &UserId), new: &NewPasskey) {
    let (tenant, user, new, now) = (tenant.clone(), user.clone(), new.clone(), bench.clock.now());
    bench.write(move |conn| insert_passkey(conn, &tenant, &user, &new, now)).await;
}

#[tokio::test]
async fn a_passkey_is_found_among_those_of_its_tenant_only() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let other = bench.other_tenant().await;
        let namesake = bench.user_of(&other.id, crate::testing::draft("alice"), None).await;
        insert(&bench, (&bench.tenant.id, &alice.id), &new(&bench, "one", None)).await;
        insert(&bench, (&other.id, &namesake.id), &new(&bench, "two", None)).await;
        let (own, foreign) = (bench.tenant.id.clone(), other.id.clone());
        bench
            .write(move |conn| {
                let found = find_passkey(conn, &own, "one")?.expect("it is there");
                assert_eq!(found.1.id, alice.id);
                assert_eq!(found.0.credential().counter, 5);
                assert!(find_passkey(conn, &foreign, "one")?.is_none());
                assert!(!has_credential(conn, &foreign, "one")? && has_credential(conn, &foreign, "two")?);
                assert_eq!(delete_passkey(conn, &foreign, &alice.id, &found.0.id)?, None);
                assert!(!rename_passkey(conn, &own, &namesake.id, (&found.0.id, "mine"))?);
                assert!(list_passkeys(conn, &foreign, &alice.id)?.is_empty());
                Ok(())
            })
            .await;
    }
}

#[tokio::test]
async fn one_credential_belongs_to_one_user_of_a_tenant() {
    for bench in benches().await {
        let (alice, bob) = (bench.user("alice").await, bench.user("bob").await);
        insert(&bench, (&bench.tenant.id, &alice.id), &new(&bench, "one", None)).await;
        let (tenant, again, now) = (bench.tenant.id.clone(), new(&bench, "one", None), bench.clock.now());
        let written = bench.db.write(move |conn| insert_passkey(conn, &tenant, &bob.id, &again, now)).await;
        assert!(written.is_err(), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_counter_only_goes_up_and_one_without_stays_at_zero() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let (counting, silent) =
            (new(&bench, "one", None), NewPasskey { credential: credential(0), ..new(&bench, "two", None) });
        insert(&bench, (&bench.tenant.id, &alice.id), &counting).await;
        insert(&bench, (&bench.tenant.id, &alice.id), &silent).await;
        let (tenant, now) = (bench.tenant.id.clone(), bench.clock.now());
        bench
            .write(move |conn| {
                for (counter, recorded) in [(5, false), (4, false), (6, true), (6, false), (0, false), (9, true)] {
                    let of = (&alice.id, &counting.id);
                    assert_eq!(record_use(conn, &tenant, of, &credential(counter), now)?, recorded, "{counter}");
                }
                for (counter, recorded) in [(0, true), (0, true), (3, true), (0, false)] {
                    let of = (&alice.id, &silent.id);
                    assert_eq!(record_use(conn, &tenant, of, &credential(counter), now)?, recorded, "{counter}");
                }
                Ok(())
            })
            .await;
    }
}

#[tokio::test]
async fn a_suspected_passkey_is_listed_and_good_for_nothing() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let kept = new(&bench, "one", None);
        insert(&bench, (&bench.tenant.id, &alice.id), &kept).await;
        let (tenant, now) = (bench.tenant.id.clone(), bench.clock.now());
        bench
            .write(move |conn| {
                let of = (&alice.id, &kept.id);
                assert!(is_good(conn, &tenant, &alice.id, &kept.id)?);
                assert!(suspect(conn, &tenant, of, now)?);
                assert!(!suspect(conn, &tenant, of, now)?, "the first time stays");
                assert!(!is_good(conn, &tenant, &alice.id, &kept.id)?);
                assert!(!record_use(conn, &tenant, of, &credential(7), now)?);
                assert_eq!(count_passkeys(conn, &tenant, &alice.id, None)?, 0);
                assert_eq!(list_passkeys(conn, &tenant, &alice.id)?[0].suspected_at, Some(now));
                Ok(())
            })
            .await;
    }
}

#[tokio::test]
async fn a_passkey_works_at_the_issuer_that_it_was_made_for() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        insert(&bench, (&bench.tenant.id, &alice.id), &new(&bench, "path", None)).await;
        insert(&bench, (&bench.tenant.id, &alice.id), &new(&bench, "domain", Some("id.acme.test"))).await;
        let tenant = bench.tenant.id.clone();
        bench
            .write(move |conn| {
                for (host, count) in [(None, 1), (Some("id.acme.test"), 1), (Some("id.globex.test"), 0)] {
                    assert_eq!(count_passkeys(conn, &tenant, &alice.id, host)?, count);
                    let listed = list_credentials(conn, &tenant, &alice.id, host)?;
                    assert_eq!(i64::try_from(listed.len()).expect("small"), count);
                    assert!(listed.iter().all(|passkey| passkey.issuer_host.as_deref() == host));
                }
                Ok(())
            })
            .await;
    }
}

#[tokio::test]
async fn an_offer_that_was_put_off_is_due_again_when_its_time_is_over() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let (tenant, now) = (bench.tenant.id.clone(), bench.clock.now());
        let later = now.plus(std::time::Duration::from_secs(60));
        bench
            .write(move |conn| {
                assert!(offer_is_due(conn, &tenant, &alice.id, now)?);
                put_off_offer(conn, &tenant, &alice.id, later)?;
                assert!(!offer_is_due(conn, &tenant, &alice.id, now)?);
                assert!(offer_is_due(conn, &tenant, &alice.id, later)?);
                Ok(())
            })
            .await;
    }
}

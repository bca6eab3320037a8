use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use latchkey_core::KeyId;
use latchkey_metrics::Metrics;
use latchkey_protocol::SigningAlgorithm;
use latchkey_storage::schema::signing_keys;
use serde_json::{Value, json};

use super::world::{ISSUER, World, worlds};
use crate::{
    ANNOUNCE_WINDOW, Expected, Expiry, InvalidToken, KeyInfo, KeyRotation, KeyState, Keys, TokenType, TokensError,
    UnverifiedJwt,
};

async fn signed(world: &World, keys: &Keys, alg: SigningAlgorithm) -> UnverifiedJwt {
    let exp = world.clock.now().unix_seconds() + 3600;
    let claims = json!({"iss": ISSUER, "sub": "x", "exp": exp});
    let token = keys.sign(&world.one.tenant.id, alg, "JWT", &claims).await.expect("a token");
    UnverifiedJwt::parse(&token).expect("a JWT")
}

fn expected() -> Expected<'static> {
    Expected { typ: TokenType::IdToken, issuers: &[ISSUER], audience: None, expiry: Expiry::Enforced }
}

async fn published(world: &World, keys: &Keys) -> Vec<Value> {
    let text = keys.jwks(&world.one.tenant.id).await.expect("a JWK Set");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    document["keys"].as_array().expect("an array").clone()
}

#[tokio::test]
async fn each_algorithm_signs_what_it_verifies_and_another_tenant_does_not_know_the_key() {
    for world in worlds() {
        for alg in SigningAlgorithm::ALL {
            let token = signed(&world, world.tokens.keys(), *alg).await;
            let keys = world.tokens.keys();
            let claims = keys.verify(&world.one.tenant.id, &token, expected()).await.expect("verified");
            assert_eq!(claims.subject(), Some("x"));
            let foreign = keys.verify(&world.other.tenant.id, &token, expected()).await;
            assert!(matches!(foreign, Err(TokensError::Invalid(InvalidToken::UnknownKey))));
        }
    }
}

#[tokio::test]
async fn the_jwk_set_has_public_members_only() {
    for world in worlds() {
        for key in published(&world, world.tokens.keys()).await {
            let names: BTreeSet<&str> = key.as_object().expect("an object").keys().map(String::as_str).collect();
            let wanted: BTreeSet<&str> = match key["kty"].as_str() {
                Some("RSA") => ["kty", "n", "e", "kid", "use", "alg"].into(),
                Some("EC") => ["kty", "crv", "x", "y", "kid", "use", "alg"].into(),
                other => panic!("{other:?}"),
            };
            assert_eq!(names, wanted);
            assert_eq!(key["use"], "sig");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_need_the_first_key_at_once_agree_on_one() {
    for world in worlds() {
        let nodes: Vec<_> = (0..3).map(|_| world.another_node()).collect();
        let metrics = Metrics::new().expect("metrics");
        nodes.iter().for_each(|node| node.keys().count_in(metrics.clone()));
        let tasks: Vec<_> = (0..30)
            .map(|index| {
                let (keys, tenant) = (nodes[index % 3].keys().clone(), world.one.tenant.id.clone());
                tokio::spawn(async move { keys.jwks(&tenant).await.expect("a JWK Set") })
            })
            .collect();
        let mut sets = BTreeSet::new();
        for task in tasks {
            sets.insert(task.await.expect("no panic").to_string());
        }
        assert_eq!(sets.len(), 1, "{}", world.test_db.backend());
        assert_eq!(world.tokens.keys().list(&world.one.tenant.id).await.expect("keys").len(), 2);
        let counted =
            |count: u32| metrics.render().contains(&format!("\nlatchkey_signing_keys_generated_total {count}\n"));
        assert!(counted(2), "only keys that are used count: {}", metrics.render());
        nodes[0].keys().rotate_now(&world.one.tenant.id, None).await.expect("rotated");
        assert!(counted(4), "{}", metrics.render());
    }
}

#[tokio::test]
async fn after_a_rotation_old_tokens_verify_until_their_time_is_over_and_then_the_key_is_destroyed() {
    for world in worlds() {
        let (keys, tenant) = (world.tokens.keys(), &world.one.tenant.id);
        let old = signed(&world, keys, SigningAlgorithm::Es256).await;
        let made = keys.rotate_now(tenant, None).await.expect("rotated");
        assert_eq!(made.len(), 1);
        let new = signed(&world, keys, SigningAlgorithm::Es256).await;
        assert_eq!(new.kid(), Some(&made[0].kid));
        assert_ne!(old.kid(), new.kid());
        for token in [&old, &new] {
            keys.verify(tenant, token, expected()).await.expect("verified");
        }
        assert_eq!(published(&world, keys).await.len(), 3);
        assert_eq!(keys.retire_expired(world.clock.now()).await.expect("a job"), 0);

        world.advance(24 * 3600 + 300);
        let hint = Expected { expiry: Expiry::Ignored, ..expected() };
        let refused = keys.verify(tenant, &old, expected()).await;
        assert!(matches!(refused, Err(TokensError::Invalid(InvalidToken::UnknownKey))));
        for token in [&old, &new] {
            keys.verify(tenant, token, hint).await.expect("verified");
        }
        assert_eq!(published(&world, keys).await.len(), 2);
        assert_eq!(keys.retire_expired(world.clock.now()).await.expect("a job"), 1);
        assert_eq!(keys.retire_expired(world.clock.now()).await.expect("a job"), 0);
        let left: i64 = world.write(|conn| {
            signing_keys::table
                .filter(signing_keys::state.eq("retired"))
                .filter(signing_keys::encrypted_private_key.is_not_null())
                .count()
                .get_result(conn)
        });
        assert_eq!(left, 0);
        keys.verify(tenant, &old, hint).await.expect("a hint outlives the private part of its key");
        assert_eq!(published(&world, keys).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_rotations_leave_one_active_key() {
    for world in worlds() {
        let tenant = world.one.tenant.id.clone();
        signed(&world, world.tokens.keys(), SigningAlgorithm::Es256).await;
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (node, tenant) = (world.another_node(), tenant.clone());
                tokio::spawn(async move { node.keys().rotate_now(&tenant, Some(SigningAlgorithm::Es256)).await })
            })
            .collect();
        let mut rotated = 0;
        for task in tasks {
            rotated += usize::from(task.await.expect("no panic").is_ok());
        }
        let keys = world.tokens.keys().list(&tenant).await.expect("keys");
        assert_eq!(keys.iter().filter(|key| key.state == KeyState::Active).count(), 1, "{}", world.test_db.backend());
        assert!(rotated >= 1);
        assert_eq!(keys.len(), rotated + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_hears_of_a_rotation() {
    for world in worlds() {
        let (node, tenant) = (world.another_node(), &world.one.tenant.id);
        node.keys().listen();
        let before = node.keys().jwks(tenant).await.expect("a JWK Set");
        world.tokens.keys().rotate(tenant, Some(SigningAlgorithm::Es256)).await.expect("rotated");
        let mut after = before.clone();
        for _ in 0..100 {
            after = node.keys().jwks(tenant).await.expect("a JWK Set");
            if after != before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_ne!(before, after, "{}", world.test_db.backend());
    }
}

#[tokio::test]
async fn an_encrypted_key_moved_to_another_tenant_does_not_sign_there() {
    for world in worlds() {
        signed(&world, world.tokens.keys(), SigningAlgorithm::EdDsa).await;
        let (from, to) = (world.one.tenant.id.clone(), world.other.tenant.id.clone());
        world.write(move |conn| {
            diesel::update(signing_keys::table.filter(signing_keys::tenant_id.eq(&from)))
                .set(signing_keys::tenant_id.eq(&to))
                .execute(conn)
        });
        let node = world.another_node();
        let outcome = node.keys().sign(&world.other.tenant.id, SigningAlgorithm::EdDsa, "JWT", &json!({})).await;
        assert!(matches!(outcome, Err(TokensError::UnreadableKey { .. })));
    }
}

#[tokio::test]
async fn an_announced_key_is_published_at_once_and_signs_when_its_time_has_come() {
    for world in worlds() {
        let (keys, tenant) = (world.tokens.keys(), &world.one.tenant.id);
        let old = signed(&world, keys, SigningAlgorithm::Es256).await;
        published(&world, keys).await;
        let begun = world.clock.now();
        let rotated = keys.rotate(tenant, Some(SigningAlgorithm::Es256)).await.expect("rotated");
        let [KeyRotation::Made(next)] = rotated.as_slice() else { panic!("{rotated:?}") };
        assert_eq!((next.state, next.since()), (KeyState::Announced, begun));
        assert_eq!(next.next_change(), Some((KeyState::Active, begun.plus(ANNOUNCE_WINDOW))));
        let again = keys.rotate(tenant, None).await.expect("rotated");
        assert!(again.contains(&KeyRotation::AlreadyAnnounced(next.clone())), "{again:?}");
        let is_published =
            |set: &[Value], key: &KeyInfo| set.iter().any(|published| published["kid"] == json!(key.kid.as_str()));
        assert!(is_published(&published(&world, keys).await, next));

        world.advance(ANNOUNCE_WINDOW.as_secs() - 1);
        assert_eq!(keys.promote_due(world.clock.now()).await.expect("a job"), 0);
        assert_eq!(signed(&world, keys, SigningAlgorithm::Es256).await.kid(), old.kid());
        world.advance(1);
        let now = world.clock.now();
        assert_eq!(keys.promote_due(now).await.expect("a job"), 2, "ES256, and RS256 by the second rotation");
        assert_eq!(keys.promote_due(now).await.expect("a job"), 0);
        let new = signed(&world, keys, SigningAlgorithm::Es256).await;
        assert_eq!(new.kid(), Some(&next.kid));
        keys.verify(tenant, &old, expected()).await.expect("verified");
        let all = keys.list(tenant).await.expect("keys");
        let of = |kid: Option<&KeyId>| all.iter().find(|key| Some(&key.kid) == kid).expect("the key");
        assert_eq!((of(new.kid()).state, of(new.kid()).since()), (KeyState::Active, now));
        assert_eq!((of(old.kid()).state, of(old.kid()).since()), (KeyState::Retiring, now));
        assert!(is_published(&published(&world, keys).await, of(old.kid())));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_announcements_and_promotions_leave_one_active_key() {
    for world in worlds() {
        let tenant = world.one.tenant.id.clone();
        signed(&world, world.tokens.keys(), SigningAlgorithm::Es256).await;
        let nodes: Vec<_> = (0..4).map(|_| world.another_node()).collect();
        let rotating = nodes.iter().map(|node| {
            let (node, tenant) = (node.clone(), tenant.clone());
            tokio::spawn(async move { node.keys().rotate(&tenant, Some(SigningAlgorithm::Es256)).await })
        });
        let mut made = 0;
        for task in rotating.collect::<Vec<_>>() {
            let rotated = task.await.expect("no panic").expect("rotated");
            made += rotated.iter().filter(|rotation| matches!(rotation, KeyRotation::Made(_))).count();
        }
        assert_eq!(made, 1, "{}", world.test_db.backend());

        world.advance(ANNOUNCE_WINDOW.as_secs());
        let now = world.clock.now();
        let promoting = nodes.iter().map(|node| {
            let node = node.clone();
            tokio::spawn(async move { node.keys().promote_due(now).await })
        });
        let mut promoted = 0;
        for task in promoting.collect::<Vec<_>>() {
            promoted += task.await.expect("no panic").expect("a job");
        }
        assert_eq!(promoted, 1, "{}", world.test_db.backend());
        let keys = world.tokens.keys().list(&tenant).await.expect("keys");
        // Both were made at the same instant of the frozen clock, so their order says nothing.
        let count = |state: KeyState| keys.iter().filter(|key| key.state == state).count();
        assert_eq!(
            (keys.len(), count(KeyState::Retiring), count(KeyState::Active)),
            (2, 1, 1),
            "{}",
            world.test_db.backend()
        );
    }
}

#[tokio::test]
async fn a_rotation_now_makes_the_announced_key_sign() {
    for world in worlds() {
        let (keys, tenant) = (world.tokens.keys(), &world.one.tenant.id);
        signed(&world, keys, SigningAlgorithm::Es256).await;
        let announced = keys.rotate(tenant, None).await.expect("rotated");
        let active = keys.rotate_now(tenant, None).await.expect("rotated");
        assert_eq!(active[0].kid, announced[0].key().kid);
        assert_eq!((active.len(), active[0].state), (1, KeyState::Active));
        assert_eq!(signed(&world, keys, SigningAlgorithm::Es256).await.kid(), Some(&active[0].kid));
        world.advance(ANNOUNCE_WINDOW.as_secs());
        assert_eq!(keys.promote_due(world.clock.now()).await.expect("a job"), 0);
    }
}

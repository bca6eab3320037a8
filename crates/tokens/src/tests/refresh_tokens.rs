use latchkey_core::{ClientId, Rng, Secret};
use latchkey_protocol::AccessTokenFormat;
use latchkey_tenants::RefreshTokenRotation;

use super::world::{World, worlds};
use crate::refresh_token::{FamilyKey, RefreshToken};
use crate::{CodeRefusal, Redemption, RefreshIssue, Revocation, Rotation};

async fn use_token(world: &World, token: &Secret<String>) -> Rotation {
    let (tenant, client) = (&world.one.tenant, &world.one.client);
    world.tokens.rotate_refresh_token(tenant, client, token, None).await.expect("an outcome")
}

async fn rotated(world: &World, token: &Secret<String>) -> Secret<String> {
    match use_token(world, token).await {
        Rotation::Rotated { refresh_token, .. } => refresh_token,
        other => panic!("not rotated: {other:?}"),
    }
}

#[tokio::test]
async fn a_lost_answer_can_be_had_again_within_the_grace_window_and_a_later_reuse_revokes() {
    for world in worlds() {
        let (grant, first) = world.grant("openid offline_access").await;
        let second = rotated(&world, &first).await;
        assert_ne!(first, second);
        world.advance(29);
        let Rotation::Repeated { refresh_token, grant: again } = use_token(&world, &first).await else {
            panic!("not repeated");
        };
        assert_eq!(refresh_token, second);
        assert_eq!(*again, grant);
        let third = rotated(&world, &second).await;
        let token = world.access_token(&grant, AccessTokenFormat::Opaque).await;
        assert!(world.is_active(&token).await);

        world.advance(30);
        assert_eq!(use_token(&world, &second).await, Rotation::Reused);
        assert_eq!(use_token(&world, &third).await, Rotation::Revoked);
        assert!(!world.is_active(&token).await);
    }
}

#[tokio::test]
async fn a_token_two_generations_old_is_a_reuse_at_once() {
    for world in worlds() {
        let (_, first) = world.grant("openid offline_access").await;
        let third = rotated(&world, &rotated(&world, &first).await).await;
        assert_eq!(use_token(&world, &first).await, Rotation::Reused);
        assert_eq!(use_token(&world, &third).await, Rotation::Revoked);
    }
}

#[tokio::test]
async fn whoever_knows_only_the_grant_id_cannot_end_the_family() {
    for world in worlds() {
        let (grant, first) = world.grant("openid offline_access").await;
        let second = rotated(&world, &first).await;
        world.advance(100);
        let secret = |token: &Secret<String>| token.expose().rsplit_once('.').expect("dots").1.to_owned();
        let forged = RefreshToken::first(grant.id.clone(), &FamilyKey::generate(&Rng::system()), &Rng::system());
        let inventions = [
            format!("{}.0.x", grant.id),
            format!("{}.0.{}", grant.id, "A".repeat(64)),
            forged.to_text().expose().clone(),
            // The live secret under another generation, and the old one under the live generation.
            format!("{}.0.{}", grant.id, secret(&second)),
            format!("{}.1.{}", grant.id, secret(&first)),
            format!("{}.2.{}", grant.id, secret(&second)),
        ];
        for invented in inventions {
            assert_eq!(use_token(&world, &Secret::new(invented.clone())).await, Rotation::Unknown, "{invented}");
            let (tenant, client) = (&world.one.tenant.id, &world.one.client.client_id);
            let revocation = world.tokens.revoke(super::world::ISSUER, tenant, client, &invented).await;
            assert_eq!(revocation.expect("an outcome"), Revocation::Nothing);
        }
        rotated(&world, &second).await;
    }
}

#[test]
fn a_token_has_one_spelling() {
    let family = FamilyKey::generate(&Rng::system());
    let now = latchkey_core::UtcTime::from_unix_seconds(1_800_000_000);
    let id = latchkey_core::GrantId::generate(now, &Rng::system());
    let token = RefreshToken::first(id.clone(), &family, &Rng::system());
    let text = token.to_text().expose().clone();
    let parsed = RefreshToken::parse(&text).expect("it parses");
    assert!(parsed.is_genuine(&family));
    assert_eq!(*parsed.to_text().expose(), text);
    let secret = text.rsplit_once('.').expect("dots").1;
    for generation in ["00", "+0", "-0", " 0", "", "2147483648", "-1"] {
        assert!(RefreshToken::parse(&format!("{id}.{generation}.{secret}")).is_none(), "{generation}");
    }
    for text in [format!("{text}."), format!("{text}="), format!("{text}A"), format!(" {text}"), secret.to_owned()] {
        assert!(RefreshToken::parse(&text).is_none(), "{text}");
    }
    for index in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[index] ^= 1;
        let changed = RefreshToken::parse(&String::from_utf8(bytes).expect("ASCII"));
        assert!(!changed.is_some_and(|token| token.is_genuine(&family)), "byte {index}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_racing_uses_one_rotates_and_the_others_get_the_same_token() {
    for world in worlds() {
        let (_, first) = world.grant("openid offline_access").await;
        let tasks: Vec<_> = (0..40)
            .map(|_| {
                let node = world.another_node();
                let (tenant, client) = (world.one.tenant.clone(), world.one.client.clone());
                let first = first.clone();
                tokio::spawn(async move {
                    node.rotate_refresh_token(&tenant, &client, &first, None).await.expect("an outcome")
                })
            })
            .collect();
        let (mut rotations, mut tokens) = (0, Vec::new());
        for task in tasks {
            match task.await.expect("no panic") {
                Rotation::Rotated { refresh_token, .. } => {
                    rotations += 1;
                    tokens.push(refresh_token);
                }
                Rotation::Repeated { refresh_token, .. } => tokens.push(refresh_token),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((rotations, tokens.len()), (1, 40), "{}", world.test_db.backend());
        assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]));
    }
}

#[tokio::test]
async fn the_idle_and_the_absolute_life_time_end_a_family() {
    for world in worlds() {
        let day = 24 * 3600;
        let (_, idle) = world.grant("openid offline_access").await;
        let (_, mut used) = world.grant("openid offline_access").await;
        world.advance(29 * day);
        used = rotated(&world, &used).await;
        world.advance(day);
        assert_eq!(use_token(&world, &idle).await, Rotation::Expired);
        for _ in 0..11 {
            world.advance(28 * day);
            used = rotated(&world, &used).await;
        }
        world.advance(27 * day - 1);
        assert!(world.tokens.find_refresh_token(&world.one.tenant, used.expose()).await.expect("read").is_some());
        world.advance(1);
        assert_eq!(use_token(&world, &used).await, Rotation::Expired);
    }
}

#[tokio::test]
async fn another_client_another_tenant_a_disabled_user_and_an_ended_session_get_nothing() {
    for world in worlds() {
        let (_, token) = world.grant("openid offline_access").await;
        let (_, online) = world.grant("openid").await;
        let mut thief = world.one.client.clone();
        thief.client_id = "thief".parse::<ClientId>().expect("a client_id");
        let outcome = world.tokens.rotate_refresh_token(&world.one.tenant, &thief, &token, None).await;
        assert_eq!(outcome.expect("an outcome"), Rotation::WrongClient);
        let outcome = world.tokens.rotate_refresh_token(&world.other.tenant, &world.other.client, &token, None).await;
        assert_eq!(outcome.expect("an outcome"), Rotation::Unknown);

        world.end_session();
        assert_eq!(use_token(&world, &online).await, Rotation::Revoked);
        let token = rotated(&world, &token).await;
        world.disable_user();
        assert_eq!(use_token(&world, &token).await, Rotation::Revoked);
    }
}

#[tokio::test]
async fn what_hangs_on_a_session_ends_when_both_are_idle_and_its_own_use_counts() {
    for world in worlds() {
        let idle = world.one.tenant.settings.session_idle_seconds;
        let (unused_grant, unused) = world.grant("openid").await;
        let (_, mut used) = world.grant("openid").await;
        let (_, offline) = world.grant("openid offline_access").await;
        world.advance(idle - 1);
        used = rotated(&world, &used).await;
        world.advance(1);
        assert_eq!(use_token(&world, &unused).await, Rotation::Revoked);
        let find = async |token: &Secret<String>| {
            world.tokens.find_refresh_token(&world.one.tenant, token.expose()).await.expect("an answer")
        };
        assert_eq!(find(&unused).await, None);
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            assert!(!world.is_active(&world.access_token(&unused_grant, format).await).await, "{format:?}");
        }
        used = rotated(&world, &used).await;
        rotated(&world, &offline).await;

        // A use of the session counts for all that hangs on it.
        world.see_session();
        rotated(&world, &unused).await;
        world.advance(idle);
        assert_eq!(use_token(&world, &used).await, Rotation::Revoked);
    }
}

#[tokio::test]
async fn a_shortened_session_life_counts_for_what_hangs_on_sessions_opened_before() {
    for mut world in worlds() {
        let (online, online_token) = world.grant("openid").await;
        let (offline, offline_token) = world.grant("openid offline_access").await;
        world.advance(59);
        world.one.tenant.settings.session_lifetime_seconds = 60;
        let online_token = rotated(&world, &online_token).await;
        world.advance(1);
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            assert!(!world.is_active(&world.access_token(&online, format).await).await);
            assert!(world.is_active(&world.access_token(&offline, format).await).await);
        }
        assert_eq!(use_token(&world, &online_token).await, Rotation::Revoked);
        rotated(&world, &offline_token).await;
        world.one.tenant.settings.session_lifetime_seconds = 61;
        let code = world.code("openid").await;
        world.advance(1);
        assert_eq!(world.redeem(&code).await, Redemption::Refused(CodeRefusal::SessionEnded));
    }
}

#[tokio::test]
async fn a_static_token_stays_the_same_and_its_use_counts() {
    for mut world in worlds() {
        let (_, first) = world.grant("openid offline_access").await;
        let second = rotated(&world, &first).await;
        world.one.client.metadata.refresh_token_rotation = RefreshTokenRotation::Static;
        for _ in 0..3 {
            world.advance(20 * 24 * 3600);
            assert_eq!(rotated(&world, &second).await, second);
        }
        // Its use proves that the successor arrived: the one before has no grace any more.
        assert_eq!(use_token(&world, &first).await, Rotation::Reused);
    }
}

#[tokio::test]
async fn introspection_finds_only_the_live_token() {
    for world in worlds() {
        let (grant, first) = world.grant("openid offline_access").await;
        let second = rotated(&world, &first).await;
        let find = async |token: &Secret<String>| {
            world.tokens.find_refresh_token(&world.one.tenant, token.expose()).await.expect("an answer")
        };
        assert_eq!(find(&second).await, Some(grant));
        assert_eq!(find(&first).await, None);
        let foreign = world.tokens.find_refresh_token(&world.other.tenant, second.expose()).await;
        assert_eq!(foreign.expect("an answer"), None);
        // Looking at it is not a use.
        rotated(&world, &second).await;
    }
}

#[tokio::test]
async fn a_grant_without_a_refresh_token_has_none_to_use() {
    for world in worlds() {
        let code = world.code("openid").await;
        let (tenant, client) = (&world.one.tenant, &world.one.client.client_id);
        let outcome = world.tokens.redeem_code(tenant, client, &code, |_| Ok(()), RefreshIssue::Withhold).await;
        let Redemption::Redeemed { grant, refresh_token: None, .. } = outcome.expect("an outcome") else {
            panic!("not redeemed without one");
        };
        let forged = RefreshToken::first(grant.id, &FamilyKey::generate(&Rng::system()), &Rng::system());
        assert_eq!(use_token(&world, &forged.to_text()).await, Rotation::Unknown);
    }
}

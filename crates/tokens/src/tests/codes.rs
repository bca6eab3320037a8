use std::time::Duration;

use latchkey_core::{ClientId, Secret, TokenHash};
use latchkey_protocol::AccessTokenFormat;
use latchkey_tenants::Withheld;

use super::world::worlds;
use crate::{CodeRefusal, Redemption, RefreshIssue, Rotation};

#[tokio::test]
async fn a_code_buys_what_it_stood_for() {
    for world in worlds() {
        let payload = world.payload("openid offline_access");
        let code = world.code("openid offline_access").await;
        let Redemption::Redeemed { grant, refresh_token, payload: found } = world.redeem(&code).await else {
            panic!("not redeemed");
        };
        assert_eq!(*found, payload);
        assert!(refresh_token.is_some());
        assert_eq!(
            (grant.scope, grant.audience, grant.authentication, grant.claims, grant.offline),
            (payload.grant.scope, payload.grant.audience, payload.grant.authentication, payload.grant.claims, true)
        );
        assert!(code.expose().starts_with(grant.id.as_str()));
    }
}

#[tokio::test]
async fn a_replayed_code_revokes_what_it_bought_even_when_another_client_replays_it() {
    for world in worlds() {
        let code = world.code("openid").await;
        let Redemption::Redeemed { grant, refresh_token, .. } = world.redeem(&code).await else { panic!("redeemed") };
        let token = world.access_token(&grant, AccessTokenFormat::Jwt).await;
        assert!(world.is_active(&token).await);
        let thief: ClientId = "thief".parse().expect("a client_id");
        let tenant = &world.one.tenant;
        let replay = world.tokens.redeem_code(tenant, &thief, &code, |_| Ok(()), RefreshIssue::Issue).await;
        assert_eq!(replay.expect("an outcome"), Redemption::Replayed);
        assert!(!world.is_active(&token).await);
        let refresh_token = refresh_token.expect("a refresh token");
        let rotation = world.tokens.rotate_refresh_token(tenant, &world.one.client, &refresh_token, None).await;
        assert_eq!(rotation.expect("an outcome"), Rotation::Revoked);
        assert_eq!(world.redeem(&code).await, Redemption::Replayed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_racing_redemptions_exactly_one_succeeds() {
    for world in worlds() {
        let code = world.code("openid").await;
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                let (node, tenant) = (world.another_node(), world.one.tenant.clone());
                let (client, code) = (world.one.client.client_id.clone(), code.clone());
                tokio::spawn(async move {
                    node.redeem_code(&tenant, &client, &code, |_| Ok(()), RefreshIssue::Issue)
                        .await
                        .expect("an outcome")
                })
            })
            .collect();
        let mut redeemed = 0;
        for task in tasks {
            redeemed += usize::from(matches!(task.await.expect("no panic"), Redemption::Redeemed { .. }));
        }
        assert_eq!(redeemed, 1, "{}", world.test_db.backend());
    }
}

#[tokio::test]
async fn a_code_that_the_store_gives_twice_is_redeemed_once() {
    for world in worlds() {
        let code = world.code("openid").await;
        let Redemption::Redeemed { grant, .. } = world.redeem(&code).await else { panic!("redeemed") };
        let token = world.access_token(&grant, AccessTokenFormat::Jwt).await;
        let key = crate::redemption::code_key(&world.one.tenant.id, &TokenHash::of(code.expose()));
        world.cache.put(&key, &world.payload("openid"), Duration::from_secs(60)).await.expect("put");
        assert_eq!(world.redeem(&code).await, Redemption::Replayed);
        assert!(!world.is_active(&token).await);
    }
}

#[tokio::test]
async fn a_refused_code_is_spent() {
    for world in worlds() {
        let tenant = &world.one.tenant;
        let client = &world.one.client.client_id;
        let code = world.code("openid").await;
        let refuse = |_: &mut _| Err(CodeRefusal::WrongCodeVerifier);
        let outcome = world.tokens.redeem_code(tenant, client, &code, refuse, RefreshIssue::Issue).await;
        assert_eq!(outcome.expect("an outcome"), Redemption::Refused(CodeRefusal::WrongCodeVerifier));
        assert_eq!(world.redeem(&code).await, Redemption::Unknown);

        let code = world.code("openid").await;
        let thief: ClientId = "thief".parse().expect("a client_id");
        let outcome = world.tokens.redeem_code(tenant, &thief, &code, |_| Ok(()), RefreshIssue::Issue).await;
        assert_eq!(outcome.expect("an outcome"), Redemption::Refused(CodeRefusal::WrongClient));
        assert_eq!(world.redeem(&code).await, Redemption::Unknown);
    }
}

#[tokio::test]
async fn a_code_is_unknown_after_60_seconds_in_another_tenant_and_when_invented() {
    for world in worlds() {
        let code = world.code("openid").await;
        let (other, client) = (&world.other.tenant, &world.other.client.client_id);
        let foreign = world.tokens.redeem_code(other, client, &code, |_| Ok(()), RefreshIssue::Issue).await;
        assert_eq!(foreign.expect("an outcome"), Redemption::Unknown);
        world.advance(60);
        assert_eq!(world.redeem(&code).await, Redemption::Unknown);

        let code = world.code("openid").await;
        let Redemption::Redeemed { grant, .. } = world.redeem(&code).await else { panic!("redeemed") };
        let token = world.access_token(&grant, AccessTokenFormat::Jwt).await;
        let foreign = world.tokens.redeem_code(other, client, &code, |_| Ok(()), RefreshIssue::Issue).await;
        assert_eq!(foreign.expect("an outcome"), Redemption::Unknown);
        // The id alone is in every `jti`: it must not be enough to revoke.
        for invented in [format!("{}.{}", grant.id, "A".repeat(43)), format!("{}.", grant.id), "x".to_owned()] {
            assert_eq!(world.redeem(&Secret::new(invented)).await, Redemption::Unknown);
        }
        assert!(world.is_active(&token).await);
    }
}

#[tokio::test]
async fn the_user_must_be_active_and_the_session_alive_unless_the_grant_is_offline() {
    for world in worlds() {
        let (online, offline) = (world.code("openid").await, world.code("openid offline_access").await);
        let third = world.code("openid offline_access").await;
        world.end_session();
        assert_eq!(world.redeem(&online).await, Redemption::Refused(CodeRefusal::SessionEnded));
        assert!(matches!(world.redeem(&offline).await, Redemption::Redeemed { .. }));
        world.disable_user();
        assert_eq!(world.redeem(&third).await, Redemption::Refused(CodeRefusal::Withheld(Withheld::UserInactive)));
    }
}

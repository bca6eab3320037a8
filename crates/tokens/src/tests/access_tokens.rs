use diesel::prelude::*;
use latchkey_core::{ClientId, UserId};
use latchkey_protocol::{AccessTokenFormat, Scope};
use latchkey_storage::schema::{clients, grants, revoked_tokens};
use serde_json::Value;

use super::world::{ISSUER, World, worlds};
use crate::{Revocation, Subject, delete_expired};

async fn of_client(world: &World, format: AccessTokenFormat) -> String {
    let scope = Scope::parse("read").expect("a scope");
    let request = world.request(Subject::Client { sub: &world.one.client.client_id }, &scope, format);
    let issued = world.tokens.issue_access_token(ISSUER, &world.one.tenant, &request).await.expect("a token");
    issued.token.expose().clone()
}

fn part(token: &str, index: usize) -> Value {
    use base64::Engine;
    let text = token.split('.').nth(index).expect("a part");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn a_jwt_has_the_header_and_claims_of_rfc_9068() {
    for world in worlds() {
        let (grant, _) = world.grant("openid email").await;
        let token = world.access_token(&grant, AccessTokenFormat::Jwt).await;
        assert_eq!(part(&token, 0)["typ"], "at+jwt");
        assert_eq!(part(&token, 0)["alg"], "ES256");
        let claims = part(&token, 1);
        assert_eq!(claims["iss"], ISSUER);
        assert_eq!(claims["aud"], ISSUER);
        assert_eq!(claims["sub"], grant.user_id.as_str());
        assert_eq!(claims["client_id"], "app");
        assert_eq!(claims["scope"], "email openid");
        assert_eq!(claims["exp"].as_i64().expect("a number") - claims["iat"].as_i64().expect("a number"), 300);
        assert_eq!(claims["amr"][0], "pwd");
        assert!(claims["jti"].as_str().expect("text").starts_with(grant.id.as_str()));
    }
}

#[tokio::test]
async fn a_token_is_good_in_its_tenant_and_time_only() {
    for world in worlds() {
        let (grant, _) = world.grant("openid").await;
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let (of_user, of_client) = (world.access_token(&grant, format).await, of_client(&world, format).await);
            let find = async |token: &str| {
                world.tokens.find_access_token(ISSUER, &world.one.tenant, token).await.expect("an answer")
            };
            let user_token = find(&of_user).await.expect("active");
            assert_eq!((user_token.user_id.as_ref(), user_token.format), (Some(&grant.user_id), format));
            assert_eq!(user_token.grant.as_deref(), Some(&grant));
            let client_token = find(&of_client).await.expect("active");
            assert_eq!((client_token.user_id, client_token.grant), (None::<UserId>, None));
            for token in [&of_user, &of_client] {
                let foreign = world.tokens.find_access_token(ISSUER, &world.other.tenant, token).await;
                assert_eq!(foreign.expect("an answer"), None);
            }
            world.advance(300);
            assert!(!world.is_active(&of_user).await && !world.is_active(&of_client).await);
        }
        for junk in ["", "x", "a.b.c", &"A".repeat(43), &"A".repeat(20_000)] {
            assert!(!world.is_active(junk).await);
        }
    }
}

#[tokio::test]
async fn a_token_dies_with_its_session_unless_offline_and_with_its_user() {
    for world in worlds() {
        let (online, _) = world.grant("openid").await;
        let (offline, _) = world.grant("openid offline_access").await;
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            assert!(world.is_active(&world.access_token(&online, format).await).await);
        }
        world.end_session();
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            assert!(!world.is_active(&world.access_token(&online, format).await).await);
            assert!(world.is_active(&world.access_token(&offline, format).await).await);
        }
        world.disable_user();
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            assert!(!world.is_active(&world.access_token(&offline, format).await).await);
        }
    }
}

#[tokio::test]
async fn a_client_revokes_its_own_tokens_and_no_others() {
    for world in worlds() {
        let (tenant, client) = (&world.one.tenant.id, &world.one.client.client_id);
        let thief: ClientId = "thief".parse().expect("a client_id");
        let (grant, refresh_token) = world.grant("openid").await;
        let revoke = async |by: &ClientId, token: &str| {
            world.tokens.revoke(ISSUER, tenant, by, token).await.expect("an outcome")
        };
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let (token, sibling) = (world.access_token(&grant, format).await, world.access_token(&grant, format).await);
            assert_eq!(revoke(&thief, &token).await, Revocation::NotYours);
            assert!(world.is_active(&token).await);
            assert_eq!(revoke(client, &token).await, Revocation::Revoked);
            assert!(!world.is_active(&token).await);
            assert!(world.is_active(&sibling).await);
        }
        let token = world.access_token(&grant, AccessTokenFormat::Jwt).await;
        assert_eq!(revoke(&thief, refresh_token.expose()).await, Revocation::NotYours);
        assert!(world.is_active(&token).await);
        assert_eq!(revoke(client, refresh_token.expose()).await, Revocation::Revoked);
        assert!(!world.is_active(&token).await);
        assert_eq!(revoke(client, refresh_token.expose()).await, Revocation::Nothing);
        assert_eq!(revoke(client, "x").await, Revocation::Nothing);
    }
}

#[tokio::test]
async fn signing_out_everywhere_revokes_what_the_user_granted() {
    for world in worlds() {
        let (tenant, user) = (&world.one.tenant.id, &world.one.user);
        let (online, _) = world.grant("openid").await;
        let (offline, _) = world.grant("openid offline_access").await;
        let first = world.access_token(&online, AccessTokenFormat::Jwt).await;
        let second = world.access_token(&offline, AccessTokenFormat::Jwt).await;
        assert_eq!(world.tokens.revoke_grants_of_user(&world.other.tenant.id, user).await.expect("revoked"), 0);
        let of_session = world.tokens.revoke_grants_of_session(tenant, user, &world.one.session).await;
        assert_eq!(of_session.expect("revoked"), 1);
        assert!(!world.is_active(&first).await && world.is_active(&second).await);
        assert_eq!(world.tokens.revoke_grants_of_user(tenant, user).await.expect("revoked"), 1);
        assert!(!world.is_active(&second).await);
    }
}

#[tokio::test]
async fn the_tokens_of_a_deleted_client_are_dead() {
    for world in worlds() {
        let (grant, _) = world.grant("openid").await;
        let tokens = [
            of_client(&world, AccessTokenFormat::Jwt).await,
            of_client(&world, AccessTokenFormat::Opaque).await,
            world.access_token(&grant, AccessTokenFormat::Jwt).await,
            world.access_token(&grant, AccessTokenFormat::Opaque).await,
        ];
        let tenant = world.one.tenant.id.clone();
        world.write(move |conn| diesel::delete(clients::table.filter(clients::tenant_id.eq(&tenant))).execute(conn));
        for token in tokens {
            assert!(!world.is_active(&token).await);
        }
    }
}

#[tokio::test]
async fn the_cleanup_deletes_what_is_over_and_nothing_else() {
    for world in worlds() {
        let (old, refresh_token) = world.grant("openid").await;
        let jwt = world.access_token(&old, AccessTokenFormat::Jwt).await;
        let (tenant, client) = (&world.one.tenant.id, &world.one.client.client_id);
        world.tokens.revoke(ISSUER, tenant, client, &jwt).await.expect("revoked");
        let count = || {
            world.write(|conn| {
                let grants: i64 = grants::table.count().get_result(conn)?;
                let revoked: i64 = revoked_tokens::table.count().get_result(conn)?;
                Ok((grants, revoked))
            })
        };
        let clean = || world.write(|conn| delete_expired(conn, world.clock.now(), 100));
        assert_eq!(clean(), 0);
        world.advance(301);
        assert_eq!(clean(), 1);
        assert_eq!(count(), (1, 0));
        world.advance(366 * 24 * 3600);
        assert_eq!(clean(), 1);
        assert_eq!(count(), (0, 0));
        assert!(
            world.tokens.find_refresh_token(&world.one.tenant, refresh_token.expose()).await.expect("read").is_none()
        );
    }
}

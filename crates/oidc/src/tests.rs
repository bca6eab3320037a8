//! The endpoints through HTTP, with a real database and real keys.

mod site;

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use latchkey_auth::ConsentDecision;
use serde_json::Value;

use self::site::{Browser, ISSUER, Site, basic, claims, request, with_form};

#[actix_web::test]
async fn a_code_flow_ends_in_tokens_that_say_what_happened() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let answer = browser.authorize(&[]).await;
    assert_eq!(answer.param("state").as_deref(), Some("st&te +1"));
    assert_eq!(answer.param("iss").as_deref(), Some(ISSUER));
    let redeemed = browser.redeem(&answer.param("code").expect("a code")).await;
    assert_eq!((redeemed.header("cache-control"), redeemed.header("pragma")), ("no-store", "no-cache"));
    assert_eq!(redeemed.header("access-control-allow-origin"), "*");
    let tokens = redeemed.json();
    assert_eq!(tokens["scope"], "notes.read offline_access openid profile");
    assert_eq!(tokens["token_type"], "Bearer");
    let access_token = claims(&tokens["access_token"]);
    assert_eq!(access_token["aud"], "https://notes.example");
    let id_token = claims(&tokens["id_token"]);
    assert_eq!(
        (&id_token["iss"], &id_token["aud"], &id_token["nonce"]),
        (&ISSUER.into(), &"web".into(), &"n-0S6".into())
    );
    assert_eq!((id_token["auth_time"].as_i64(), id_token["name"].is_null()), (Some(1_800_000_000), true));

    let userinfo = browser.userinfo(&tokens["access_token"]).await.json();
    assert_eq!((&userinfo["sub"], &userinfo["name"]), (&id_token["sub"], &"Alice".into()));
    assert!(userinfo["email"].is_null(), "the scope email was not asked for");
}

#[actix_web::test]
async fn a_replayed_code_revokes_what_it_bought() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let code = browser.authorize(&[]).await.param("code").expect("a code");
    let tokens = browser.redeem(&code).await.json();
    let replay = browser.redeem(&code).await;
    assert_eq!((replay.status, &replay.json()["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()));
    let refused = browser.userinfo(&tokens["access_token"]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.header("www-authenticate").contains("invalid_token"));
    assert_eq!(browser.refresh(&tokens["refresh_token"], &[]).await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn prompt_none_answers_at_once_and_never_with_a_page() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    assert_eq!(browser.authorize(&[("prompt", "none")]).await.param("error").as_deref(), Some("login_required"));
    let first = browser.tokens(&[]).await;
    site.advance(10);
    let silent =
        browser.tokens(&[("prompt", "none"), ("id_token_hint", first["id_token"].as_str().expect("a token"))]).await;
    let (first, silent) = (claims(&first["id_token"]), claims(&silent["id_token"]));
    assert_eq!((&first["sub"], &first["auth_time"]), (&silent["sub"], &silent["auth_time"]));
    let more = browser.authorize(&[("prompt", "none"), ("scope", "openid email")]).await;
    assert_eq!(more.param("error").as_deref(), Some("consent_required"));
}

#[actix_web::test]
async fn prompt_login_and_max_age_make_the_user_authenticate_again() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let first = claims(&browser.tokens(&[]).await["id_token"]);
    for extra in [("prompt", "login"), ("max_age", "1")] {
        site.advance(5);
        let again = claims(&browser.tokens(&[extra]).await["id_token"]);
        assert_eq!(again["auth_time"], again["iat"], "{extra:?}");
        assert!(again["auth_time"].as_i64() > first["auth_time"].as_i64(), "{extra:?}");
    }
}

#[actix_web::test]
async fn denied_consent_is_told_to_the_client_once() {
    let site = Site::new().await;
    let mut browser = Browser::signed_in(&site).await;
    let page = browser.get(&format!("/t/demo/oauth2/authorize?{}", request(&[("prompt", "consent")]))).await;
    let (path, id) = page.header("location").split_once("?interaction=").expect("an interaction");
    assert_eq!(path, "/t/demo/consent");
    let interaction = browser.find(id).await;
    browser.decide(&interaction, ConsentDecision::Deny).await;
    let next = format!("/t/demo{}", interaction.continue_path);
    let denied = browser.get(&next).await;
    assert_eq!(denied.param("error").as_deref(), Some("access_denied"));
    assert_eq!(denied.param("state").as_deref(), Some("st&te +1"));
    assert_eq!(browser.get(&next).await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn a_bad_client_or_redirect_uri_is_a_page_with_status_400() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    for (extra, text) in [
        (("client_id", "nobody"), "unknown client_id"),
        (("client_id", ""), "unknown client_id"),
        (("redirect_uri", ""), "invalid redirect_uri"),
        (("redirect_uri", "https://app.example/cb/x"), "invalid redirect_uri"),
    ] {
        let page = browser.authorize(&[extra]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{extra:?}");
        assert!(page.header("content-type").starts_with("text/html") && page.body.contains(text), "{}", page.body);
        assert_eq!(page.header("location"), "");
    }
    let malformed = browser.get("/t/demo/oauth2/authorize?client_id=web&state=%zz").await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
    let repeated = browser.get(&format!("/t/demo/oauth2/authorize?{}&scope=x", request(&[]))).await;
    assert_eq!(repeated.param("error").as_deref(), Some("invalid_request"));
    let ambiguous = browser.get(&format!("/t/demo/oauth2/authorize?{}&redirect_uri=x", request(&[]))).await;
    assert_eq!((ambiguous.status, ambiguous.header("location")), (StatusCode::BAD_REQUEST, ""));
}

#[actix_web::test]
async fn a_posted_request_goes_on_by_get_and_a_form_post_answer_leaves_the_query_empty() {
    let site = Site::new().await;
    let mut signed_in = Browser::signed_in(&site).await;
    let body = request(&[("response_mode", "form_post"), ("prompt", "none"), ("state", "\"><script>")]);
    // A form of another site: no cookie comes with it.
    let posted = TestRequest::post().uri("/t/demo/oauth2/authorize");
    let answer = Browser::new(&site).send(with_form(posted, &body)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = signed_in.get(answer.header("location")).await;
    assert_eq!((page.status, page.header("location")), (StatusCode::OK, ""), "{}", page.body);
    assert!(page.body.contains("name=\"code\"") && page.body.contains("action=\"https:"), "{}", page.body);
    assert!(!page.body.contains("\"><script>"), "{}", page.body);
}

#[actix_web::test]
async fn refreshing_rotates_narrows_and_never_widens() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let first = browser.tokens(&[]).await;
    let wide = browser.refresh(&first["refresh_token"], &[("scope", "openid email")]).await;
    assert_eq!((wide.status, &wide.json()["error"]), (StatusCode::BAD_REQUEST, &"invalid_scope".into()));
    site.advance(10);
    let second = browser.refresh(&first["refresh_token"], &[("scope", "openid")]).await.json();
    assert_eq!(second["scope"], "openid");
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let (before, after) = (claims(&first["id_token"]), claims(&second["id_token"]));
    for name in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert!(after["nonce"].is_null());
    let third = browser.refresh(&second["refresh_token"], &[]).await.json();
    assert_eq!(third["scope"], first["scope"], "a narrower refresh narrows nothing for good");
    let foreign = browser.post("token", "machine", &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    assert_eq!(foreign.json()["error"], "unauthorized_client");
}

#[actix_web::test]
async fn a_machine_gets_what_it_is_registered_for_and_no_more() {
    let site = Site::new().await;
    let mut machine = Browser::new(&site);
    let all = machine.post("token", "machine", &[("grant_type", "client_credentials")]).await.json();
    assert_eq!((&all["scope"], all["id_token"].is_null()), (&"notes.read".into(), true));
    let token = claims(&all["access_token"]);
    assert_eq!((&token["sub"], &token["aud"]), (&"machine".into(), &"https://notes.example".into()));
    for scope in ["openid", "notes.read notes.write", "\"", "unheard-of"] {
        let refused = machine.post("token", "machine", &[("grant_type", "client_credentials"), ("scope", scope)]).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]),
            (StatusCode::BAD_REQUEST, &"invalid_scope".into()),
            "{scope}"
        );
    }
    assert_eq!(machine.userinfo(&all["access_token"]).await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn an_unknown_client_and_a_wrong_secret_get_the_same_answer() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let mut answers = Vec::new();
    for body in ["client_id=nobody&client_secret=x", "client_id=machine&client_secret=x", "client_id=machine"] {
        let post = TestRequest::post().uri("/t/demo/oauth2/token");
        let answer = browser.send(with_form(post, &format!("grant_type=client_credentials&{body}"))).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.header("www-authenticate").starts_with("Basic "));
        answers.push(answer.body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[actix_web::test]
async fn introspection_tells_only_who_may_know_and_revocation_ends_a_token() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let tokens = browser.tokens(&[]).await;
    for name in ["access_token", "refresh_token"] {
        let token = tokens[name].as_str().expect("a token");
        let own = browser.post("introspect", "web", &[("token", token)]).await;
        assert_eq!((&own.json()["active"], own.header("cache-control")), (&Value::Bool(true), "no-store"), "{name}");
        assert_eq!(browser.post("introspect", "machine", &[("token", token)]).await.body, r#"{"active":false}"#);
        let foreign = browser.post("revoke", "machine", &[("token", token)]).await;
        assert_eq!(foreign.status, StatusCode::BAD_REQUEST, "{name}");
        let revoked = browser.post("revoke", "web", &[("token", token)]).await;
        assert_eq!((revoked.status, revoked.body.as_str()), (StatusCode::OK, ""), "{name}");
        assert_eq!(browser.post("introspect", "web", &[("token", token)]).await.body, r#"{"active":false}"#, "{name}");
    }
    assert_eq!(browser.post("revoke", "web", &[("token", "unknown")]).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn sign_out_with_a_hint_ends_the_session_and_without_one_asks_first() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let tokens = browser.tokens(&[]).await;
    let hint = tokens["id_token"].as_str().expect("an ID token").to_owned();
    site.advance(3_600);
    let asked = browser.get("/t/demo/oauth2/logout?post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye").await;
    assert!(asked.header("location").starts_with("/t/demo/sign-out?interaction=int_"), "{}", asked.header("location"));
    let id = asked.header("location").split_once('=').expect("an id").1.to_owned();
    let forged = browser.get(&format!("/t/demo/oauth2/logout/continue?interaction={id}&confirmation=forged")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    for bad in ["evil", "bye%3Ffoo%3Dbar"] {
        let uri = format!("https%3A%2F%2Fapp.example%2F{bad}");
        let refused =
            browser.get(&format!("/t/demo/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={uri}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let tampered = browser.get(&format!("/t/demo/oauth2/logout?id_token_hint={hint}x")).await;
    assert_eq!(tampered.status, StatusCode::BAD_REQUEST);
    assert!(browser.has_session_cookie());

    let uri = "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye&state=a+b";
    let out = browser.get(&format!("/t/demo/oauth2/logout?id_token_hint={hint}&{uri}")).await;
    assert_eq!(out.header("location"), "https://app.example/bye?state=a%20b");
    assert!(!browser.has_session_cookie());
    assert_eq!(browser.authorize(&[("prompt", "none")]).await.param("error").as_deref(), Some("login_required"));
    assert_eq!(browser.get("/t/demo/oauth2/logout").await.header("location"), "/t/demo/signed-out");
}

#[actix_web::test]
async fn documents_are_found_in_both_places_and_revalidated() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let mut documents = Vec::new();
    for path in [
        "/t/demo/.well-known/openid-configuration",
        "/t/demo/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/t/demo",
        "/.well-known/oauth-authorization-server/t/demo",
    ] {
        let answer = browser.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        documents.push(answer.body);
    }
    documents.dedup();
    assert_eq!(documents.len(), 1);
    let jwks = browser.get("/t/demo/oauth2/jwks").await;
    let keys = jwks.json();
    assert!(
        keys["keys"].as_array().is_some_and(|keys| keys.iter().all(|key| key["d"].is_null() && key["kid"].is_string()))
    );
    assert!(jwks.header("cache-control").starts_with("public, max-age="));
    let known = ("if-none-match", jwks.header("etag").to_owned());
    let again = browser.send(TestRequest::get().uri("/t/demo/oauth2/jwks").insert_header(known)).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(browser.get("/.well-known/openid-configuration/t/nobody").await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn wrong_methods_types_and_sizes_are_refused_and_preflights_answered() {
    let site = Site::new().await;
    let mut browser = Browser::new(&site);
    let get = browser.get("/t/demo/oauth2/token").await;
    assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
    let token = || TestRequest::post().uri("/t/demo/oauth2/token").insert_header(basic("machine"));
    let json = token().insert_header(("content-type", "application/json")).set_payload("{}");
    let large = with_form(token(), &format!("grant_type=client_credentials&x={}", "y".repeat(70_000)));
    let twice = with_form(token(), "grant_type=client_credentials&grant_type=client_credentials");
    for (request, status) in [(json, 415), (large, 413), (twice, 400)] {
        let answer = browser.send(request).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (status, &"invalid_request".into()));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    for (endpoint, status) in
        [("token", 204), ("userinfo", 204), ("revoke", 204), ("introspect", 405), ("authorize", 405)]
    {
        let preflight = TestRequest::default().method(Method::OPTIONS).uri(&format!("/t/demo/oauth2/{endpoint}"));
        let answer = browser.send(preflight.insert_header(("origin", "https://spa.example"))).await;
        assert_eq!(answer.status.as_u16(), status, "{endpoint}");
        assert_eq!(answer.header("access-control-allow-origin") == "*", status == 204, "{endpoint}");
    }
    let in_query = browser.get("/t/demo/oauth2/userinfo?access_token=x").await;
    let metadata = "https://id.example.com/.well-known/oauth-protected-resource/t/demo";
    let challenge = format!("Bearer realm=\"latchkey\", resource_metadata=\"{metadata}\"");
    assert_eq!((in_query.status, in_query.header("www-authenticate")), (StatusCode::UNAUTHORIZED, challenge.as_str()));
}

//! The `openidconnect` crate as the relying party.

use latchkey_testkit::{TestApp, both_backends};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};

/// The crate's requests, sent by the HTTP client that is here anyway.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    let (parts, body) = request.into_parts();
    let answer = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body).send().await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

both_backends! {
    async fn it_signs_in_verifies_the_id_token_and_reads_userinfo(app: TestApp) {
        let issuer = IssuerUrl::new(app.issuer()).expect("a URL");
        let metadata = CoreProviderMetadata::discover_async(issuer, &send).await.expect("discovery");
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new("web".into()),
            Some(ClientSecret::new("web-secret-0123456789-0123456789-0123456789".into())),
        )
        .set_redirect_uri(RedirectUrl::new("http://127.0.0.1:7000/callback".into()).expect("a URL"));

        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("profile".into()))
            .set_pkce_challenge(challenge)
            .url();
        let callback = app.sign_in_at(&app.browser(), url.as_str(), "alice").await;
        assert_eq!(callback.param("state"), state.secret());

        let tokens = client
            .exchange_code(AuthorizationCode::new(callback.code().to_owned()))
            .expect("a token endpoint")
            .set_pkce_verifier(verifier)
            .request_async(&send)
            .await
            .expect("tokens");
        let id_token = tokens.id_token().expect("an ID token");
        let claims = id_token.claims(&client.id_token_verifier(), &nonce).expect("a valid ID token");
        let userinfo: CoreUserInfoClaims = client
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
            .expect("a userinfo endpoint")
            .request_async(&send)
            .await
            .expect("userinfo");
        assert_eq!(userinfo.subject(), claims.subject());
        assert!(userinfo.name().is_some());
    }
}

//! [OpenID Connect Session Management](https://openid.net/specs/openid-connect-session-1_0.html): a page that an
//! application keeps in a hidden frame and asks whether its user still has the same session here.
//!
//! It works where the browser lets a framed page see its own cookies: on the same site, and in ever fewer browsers
//! elsewhere. Where it does not, every answer is `changed`.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{ClientId, Rng, sha256};
use latchkey_web::cookies::{browser_state, browser_state_name, keep_browser_state, read_session};
use latchkey_web::{TenantContext, WebError, WebState};
use url::Url;

use crate::Services;
use crate::authorize::Exchange;

const SALT_BYTES: usize = 16;

#[derive(Template)]
#[template(path = "check_session.html")]
struct CheckSessionPage<'a> {
    nonce: &'a str,
    cookie: &'a str,
}

/// `GET /oauth2/check-session`, §3.2: the only page that other sites may frame. It holds no secret and takes no input
/// but messages, which it answers with one of three words.
pub(crate) async fn check_session(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let nonce = URL_SAFE_NO_PAD.encode(services.rng.bytes::<SALT_BYTES>());
    let cookie = browser_state_name(WebState::of(&http)?, &context);
    let html = CheckSessionPage { nonce: &nonce, cookie: &cookie }.render().map_err(WebError::internal)?;
    let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors *");
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .body(html))
}

impl Exchange<'_> {
    /// The `session_state` of an answer (§2), while the browser has a session; it can be checked in a frame of the
    /// origin of `redirect_uri`, so an address without an origin gets none.
    pub(crate) fn session_state(&self, client: &ClientId, redirect_uri: &str) -> Result<Option<String>, WebError> {
        keep_browser_state(self.http, self.context)?;
        let Some(session) = read_session(self.http, self.context) else { return Ok(None) };
        Ok(session_state(client, redirect_uri, &browser_state(&session), &self.services.rng))
    }
}

fn session_state(client: &ClientId, redirect_uri: &str, browser_state: &str, rng: &Rng) -> Option<String> {
    let origin = Url::parse(redirect_uri).ok()?.origin();
    if !origin.is_tuple() {
        return None;
    }
    let (origin, salt) = (origin.ascii_serialization(), URL_SAFE_NO_PAD.encode(rng.bytes::<SALT_BYTES>()));
    let digest = sha256(format!("{client} {origin} {browser_state} {salt}").as_bytes());
    Some(format!("{}.{salt}", URL_SAFE_NO_PAD.encode(digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_state_is_a_salted_digest_of_client_origin_and_browser_state() {
        let (client, rng) = ("web".parse().expect("a client id"), Rng::seeded(1));
        let state = |uri: &str| session_state(&client, uri, "BROWSER", &rng);
        let text = state("https://app.example:8443/callback?x=1").expect("a state");
        let (digest, salt) = text.split_once('.').expect("a salt");
        let expected = sha256(format!("web https://app.example:8443 BROWSER {salt}").as_bytes());
        assert_eq!(digest, URL_SAFE_NO_PAD.encode(expected));
        assert!(!text.contains(' '), "a message is split at its space");
        assert_ne!(state("https://app.example:8443/callback?x=1"), Some(text), "the salt is new each time");
        assert_eq!(state("com.example.app:/callback"), None);
    }
}

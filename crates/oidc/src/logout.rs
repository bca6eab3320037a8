//! Sign-out begun by a client: [OpenID Connect RP-Initiated Logout](https://openid.net/specs/openid-connect-rpinitiated-1_0.html).
//!
//! With a genuine `id_token_hint` of an account that is signed in, its session ends at once, and no other; otherwise a page of `account`
//! asks first, or any link could sign people out. The browser goes on to `post_logout_redirect_uri` only when a hint
//! says which client asks, and only to one that this client registered.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use latchkey_audit::Actor;
use latchkey_auth::{Accounts, ActiveSession};
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{ClientId, InteractionId, Secret, SessionId, UserId};
use latchkey_protocol::Params;
use latchkey_tenants::Client;
use latchkey_web::cookies::{self, read_session};
use latchkey_web::csrf::SignOutOf;
use latchkey_web::redirect::see_other;
use latchkey_web::{Browser, ErrorPage, RequestId, TenantContext, WebError, csrf, form};

use crate::Services;
use crate::authorize::{AuthorizeBody, Exchange, MAX_KEPT_BYTES, POSTED_LIFETIME, with_query};
use crate::page_error::unavailable_or_internal;

/// How long a person who is signed in has to confirm.
const CONFIRMATION_LIFETIME: Duration = Duration::from_secs(30 * 60);
const PARAMETERS: [&str; 4] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"];

/// `GET /oauth2/logout`.
pub(crate) async fn logout(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let exchange = Exchange { http: &http, context: &context, services: &services };
    exchange.sign_out(http.query_string().as_bytes(), Confirmation::Missing).await
}

/// `POST /oauth2/logout`: comes without the session cookie from another site, so it goes on by GET.
///
/// Anyone may send one, so only a request that a genuine ID token vouches for is kept. Any other is worth as much as a
/// request without parameters, and goes on as that.
pub(crate) async fn logout_post(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
    body: AuthorizeBody,
) -> Result<HttpResponse, WebError> {
    let exchange = Exchange { http: &http, context: &context, services: &services };
    let checked = match exchange.check_logout(&body.0).await? {
        Ok(checked) => checked,
        Err(reason) => return Ok(exchange.logout_error(reason)),
    };
    if checked.of.is_none() {
        return see_other(&context.path("/oauth2/logout"));
    }
    let id = exchange.keep(&checked, POSTED_LIFETIME).await?;
    see_other(&context.path(&format!("/oauth2/logout/continue?interaction={id}")))
}

/// `GET /oauth2/logout/continue`: a posted request goes on, or one that the user has confirmed.
pub(crate) async fn logout_continue(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let exchange = Exchange { http: &http, context: &context, services: &services };
    let mut params = form::query(&http)?;
    let id = params.optional("interaction").and_then(|id| id.parse::<InteractionId>().ok()).ok_or(WebError::Expired)?;
    let kept: Option<String> = services.cache.find(&kept_at(&context, &id)).await.map_err(unavailable_or_internal)?;
    let confirmation = match params.optional("confirmation") {
        Some(proof) => exchange.check_confirmation(&id, params.optional("accounts"), &proof)?,
        None => Confirmation::Missing,
    };
    exchange.sign_out(kept.ok_or(WebError::Expired)?.as_bytes(), confirmation).await
}

/// What a genuine hint says: who is to be signed out, and which client asks.
struct Hinted {
    of: HintedSession,
    client: Arc<Client>,
}

/// Whose session a genuine hint means.
struct HintedSession {
    user_id: UserId,
    session_id: Option<SessionId>,
}

impl HintedSession {
    /// That session, if this browser has it; or else the one that its user has here now.
    fn find<'a>(&self, accounts: &'a Accounts) -> Option<&'a ActiveSession> {
        let own = self.session_id.as_ref().and_then(|id| accounts.find(id));
        own.filter(|live| live.user.id == self.user_id).or_else(|| accounts.find_user(&self.user_id))
    }
}

/// Whether the user was asked and said yes, in this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Confirmation {
    Given(SignOutOf),
    Missing,
}

fn kept_at(context: &TenantContext, id: &InteractionId) -> CacheKey {
    CacheKey::new(&context.tenant.id, Kind::SignOut, id.as_str())
}

/// The parameters of §2; `logout_hint` and `ui_locales` are ignored.
struct LogoutRequest {
    unverified_id_token_hint: Option<Secret<String>>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// A request that may be followed.
struct CheckedLogout {
    /// Who is to be signed out, if a genuine hint says so.
    of: Option<HintedSession>,
    /// Where the browser goes in the end; `None` for our own page.
    destination: Option<String>,
    /// What was verified of the request, to be read again.
    kept: String,
}

impl LogoutRequest {
    fn parse(encoded: &[u8]) -> Result<Self, &'static str> {
        let mut params = Params::parse(encoded).map_err(|_| "malformed or repeated parameters")?;
        let known = PARAMETERS.into_iter().filter_map(|name| params.peek(name).map(|value| (name, value)));
        if encode(known).len() > MAX_KEPT_BYTES {
            return Err("the request is longer than 8 KiB");
        }
        Ok(Self {
            unverified_id_token_hint: params.optional("id_token_hint").map(Secret::new),
            client_id: params.optional("client_id"),
            post_logout_redirect_uri: params.optional("post_logout_redirect_uri"),
            state: params.optional("state"),
        })
    }

    /// Where the browser goes in the end; `None` for our own page.
    fn destination(&self, client: Option<&Client>) -> Result<Option<String>, &'static str> {
        // Without a hint nobody vouches for the request: the URI is not followed, and the user is asked.
        let (Some(uri), Some(client)) = (&self.post_logout_redirect_uri, client) else { return Ok(None) };
        if !client.find_post_logout_redirect_uri(uri) {
            return Err("invalid post_logout_redirect_uri");
        }
        let state = self.state.clone().map(|state| ("state", state));
        Ok(Some(with_query(uri, &state.into_iter().collect::<Vec<_>>())))
    }

    /// The parameters that were verified: the hint, and what it vouches for.
    fn verified(&self, hinted: Option<&Hinted>, destination: Option<&String>) -> String {
        let hint = self.unverified_id_token_hint.as_ref().filter(|_| hinted.is_some());
        let hint = hint.map(|hint| ("id_token_hint", hint.expose().as_str()));
        let uri = self.post_logout_redirect_uri.as_deref().map(|uri| ("post_logout_redirect_uri", uri));
        let state = self.state.as_deref().map(|state| ("state", state));
        encode(hint.into_iter().chain(uri.into_iter().chain(state).filter(|_| destination.is_some())))
    }
}

fn encode<'a>(params: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

/// The sessions that end; `None` when the user has to be asked first.
fn sessions_to_end(
    accounts: &Accounts,
    hinted: Option<&HintedSession>,
    confirmation: Confirmation,
) -> Option<Vec<SessionId>> {
    let ids = |live: &ActiveSession| live.session.id.clone();
    match (hinted.and_then(|hinted| hinted.find(accounts)), confirmation) {
        (_, Confirmation::Given(SignOutOf::AllAccounts)) => Some(accounts.iter().map(ids).collect()),
        (_, Confirmation::Given(SignOutOf::Everywhere)) => Some(accounts.active().map(ids).into_iter().collect()),
        (Some(hinted), _) => Some(vec![ids(hinted)]),
        (None, Confirmation::Given(SignOutOf::ActiveAccount)) => Some(accounts.active().map(ids).into_iter().collect()),
        (None, Confirmation::Missing) => accounts.is_empty().then(Vec::new),
    }
}

impl Exchange<'_> {
    async fn sign_out(&self, encoded: &[u8], confirmation: Confirmation) -> Result<HttpResponse, WebError> {
        let checked = match self.check_logout(encoded).await? {
            Ok(checked) => checked,
            Err(reason) => return Ok(self.logout_error(reason)),
        };
        let mut accounts = self.find_all_accounts().await?;
        let Some(ended) = sessions_to_end(&accounts, checked.of.as_ref(), confirmation) else {
            let id = self.keep(&checked, CONFIRMATION_LIFETIME).await?;
            return see_other(&self.context.path(&format!("/sign-out?interaction={id}")));
        };
        let frames = self.frontchannel_logout_uris(&ended).await?;
        if let (Confirmation::Given(SignOutOf::Everywhere), Some(active)) = (confirmation, accounts.active()) {
            self.end_everything_of(&active.user.id).await?;
        }
        if !ended.is_empty() {
            let done = self.services.sign_in.end_sessions(&self.context.tenant.id, &ended).await;
            done.map_err(unavailable_or_internal)?;
        }
        ended.iter().for_each(|session| accounts.forget(session));
        cookies::put_session(self.http, self.context, accounts.cookie_value().as_ref())?;
        self.leave(frames, checked.destination.unwrap_or_else(|| self.context.path("/signed-out")))
    }

    /// What was granted goes first: should the rest fail, the user is still signed in and can ask again. And it goes last:
    /// between the two something may have been granted in a session that was still there.
    async fn end_everything_of(&self, user: &UserId) -> Result<(), WebError> {
        let (tenant, services) = (&self.context.tenant.id, self.services);
        services.tokens.revoke_grants_of_user(tenant, user).await.map_err(unavailable_or_internal)?;
        services.sign_in.end_sessions_of_user(tenant, user, &Actor::User).await.map_err(unavailable_or_internal)?;
        services.tokens.revoke_grants_of_user(tenant, user).await.map(|_| ()).map_err(unavailable_or_internal)
    }

    /// Parses a request, be it new or kept, and verifies what it says.
    async fn check_logout(&self, encoded: &[u8]) -> Result<Result<CheckedLogout, &'static str>, WebError> {
        let request = match LogoutRequest::parse(encoded) {
            Ok(request) => request,
            Err(reason) => return Ok(Err(reason)),
        };
        let hinted = match self.verify_hint(&request).await? {
            Ok(hinted) => hinted,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(request.destination(hinted.as_ref().map(|hinted| hinted.client.as_ref())).map(|destination| CheckedLogout {
            kept: request.verified(hinted.as_ref(), destination.as_ref()),
            of: hinted.map(|hinted| hinted.of),
            destination,
        }))
    }

    async fn find_all_accounts(&self) -> Result<Accounts, WebError> {
        let Some(cookie) = read_session(self.http, self.context) else { return Ok(Accounts::default()) };
        self.services.sign_in.find_accounts(&self.context.tenant, &cookie).await.map_err(unavailable_or_internal)
    }

    /// A proof that the user pressed this very button on our page, in this browser.
    fn check_confirmation(
        &self,
        id: &InteractionId,
        accounts: Option<String>,
        proof: &str,
    ) -> Result<Confirmation, WebError> {
        let browser = Browser::of(self.http, self.context)?;
        let of = accounts.and_then(|text| SignOutOf::parse(&text)).ok_or(WebError::CrossSite)?;
        csrf::check_sign_out_confirmation(&browser, &self.context.tenant.id, id.as_str(), of, proof)?;
        Ok(Confirmation::Given(of))
    }

    /// The hint and the client that it was issued to; `client_id` must name that client (§2).
    async fn verify_hint(&self, request: &LogoutRequest) -> Result<Result<Option<Hinted>, &'static str>, WebError> {
        let Some(unverified) = &request.unverified_id_token_hint else { return Ok(Ok(None)) };
        let verified = self.services.verify_id_token_hint(self.context, unverified).await;
        let Some(hint) = verified.map_err(unavailable_or_internal)? else { return Ok(Err("invalid id_token_hint")) };
        let [audience] = hint.audience.as_slice() else { return Ok(Err("invalid id_token_hint")) };
        if request.client_id.as_ref().is_some_and(|client_id| client_id != audience) {
            return Ok(Err("client_id is not the audience of id_token_hint"));
        }
        let Ok(client_id) = audience.parse::<ClientId>() else { return Ok(Err("invalid id_token_hint")) };
        let client = self.services.find_known_client(&self.context.tenant, &client_id).await?;
        let of = HintedSession { user_id: hint.user_id, session_id: hint.session_id };
        Ok(client.map(|client| Some(Hinted { of, client })).ok_or("unknown client_id"))
    }

    async fn keep(&self, checked: &CheckedLogout, lifetime: Duration) -> Result<InteractionId, WebError> {
        let id = InteractionId::generate(self.services.clock.now(), &self.services.rng);
        let kept = self.services.cache.put(&kept_at(self.context, &id), &checked.kept, lifetime).await;
        kept.map_err(unavailable_or_internal)?;
        Ok(id)
    }

    fn logout_error(&self, reason: &'static str) -> HttpResponse {
        let error_id = RequestId::of(self.http);
        tracing::info!(error_id = error_id.as_str(), reason, "sign-out refused with a page");
        self.services.metrics.oauth_error("logout", "invalid_request");
        ErrorPage::new(StatusCode::BAD_REQUEST, "error-sign-out-title", "error-sign-out-message")
            .what_to_do("error-sign-out-what")
            .detail(format!("invalid_request: {reason}"))
            .error_id(error_id.as_str())
            .respond(self.http)
    }
}

#[cfg(test)]
mod tests {
    use latchkey_protocol::RedirectUri;
    use latchkey_tenants::{ClientMetadata, ClientOrigin};

    use super::*;

    fn client() -> Client {
        let uri = RedirectUri::parse("https://app.example/bye").expect("a URI");
        let metadata = ClientMetadata { post_logout_redirect_uris: vec![uri], ..ClientMetadata::default() };
        let client_id = "web".parse().expect("a client id");
        Client { client_id, name: "Web".to_owned(), metadata, secrets: Vec::new(), origin: ClientOrigin::Managed }
    }

    fn destination(query: &str, client: Option<&Client>) -> Result<Option<String>, &'static str> {
        LogoutRequest::parse(query.as_bytes()).expect("a request").destination(client)
    }

    #[test]
    fn only_a_registered_uri_of_a_known_client_is_followed() {
        let client = client();
        let registered = "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye";
        let plain = Some("https://app.example/bye".to_owned());
        assert_eq!(destination(registered, Some(&client)), Ok(plain));
        let with_state = Some("https://app.example/bye?state=a%20b%26c".to_owned());
        assert_eq!(destination(&format!("{registered}&state=a+b%26c"), Some(&client)), Ok(with_state));
        assert_eq!(destination(registered, None), Ok(None), "nobody vouches for it");
        assert_eq!(destination("state=x", Some(&client)), Ok(None));
        for other in ["https%3A%2F%2Fapp.example%2Fbye%3Ffoo%3Dbar", "https%3A%2F%2Fevil.example%2F"] {
            assert!(destination(&format!("post_logout_redirect_uri={other}"), Some(&client)).is_err(), "{other}");
        }
    }

    #[test]
    fn only_what_a_hint_vouches_for_is_kept_and_it_reads_the_same() {
        let uri = "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye";
        let query = format!("{uri}&state=a+b%26c&id_token_hint=x.y.z&client_id=web&logout_hint=h&ui_locales=de");
        let kept = |query: &str, hinted: Option<&Hinted>| {
            let request = LogoutRequest::parse(query.as_bytes()).expect("parses");
            let destination = request.destination(hinted.map(|hinted| hinted.client.as_ref())).expect("registered");
            request.verified(hinted, destination.as_ref())
        };
        let user_id = "usr_0123456789abcdef0123456789abcdef".parse().expect("a user id");
        let hinted = Hinted { of: HintedSession { user_id, session_id: None }, client: Arc::new(client()) };
        let whole = kept(&query, Some(&hinted));
        assert_eq!(whole, format!("id_token_hint=x.y.z&{uri}&state=a+b%26c"));
        assert_eq!(kept(&whole, Some(&hinted)), whole);
        assert_eq!(kept("state=x&id_token_hint=x.y.z", Some(&hinted)), "id_token_hint=x.y.z", "a state for nobody");
        assert_eq!(kept(&query, None), "");
    }

    #[test]
    fn a_request_is_at_most_8_kib_long() {
        let parse = |length: usize| LogoutRequest::parse(format!("state={}", "s".repeat(length)).as_bytes());
        assert!(parse(MAX_KEPT_BYTES - "state=".len()).is_ok());
        assert!(parse(MAX_KEPT_BYTES).is_err());
        let ignored = format!("state=x&ignored={}", "s".repeat(MAX_KEPT_BYTES));
        assert!(LogoutRequest::parse(ignored.as_bytes()).is_ok(), "what is ignored is not kept");
    }
}

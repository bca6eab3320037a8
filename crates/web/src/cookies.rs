//! Cookies: one for the sessions, one browser binding, one browser state and a language for each tenant. What the session cookie
//! holds is read by `auth` alone.
//!
//! On HTTPS their names start with `__Host-`, so that neither a sibling host nor plain HTTP can set them; the
//! tenant's id is part of the name, so that tenants of one host do not overwrite each other.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::LocalBoxFuture;
use latchkey_core::{Secret, TenantId, sha256};
use latchkey_language::Language;

use crate::{TenantContext, WebError, WebState};

const SESSION: &str = "session";
const BROWSER_STATE: &str = "state";
const DEVICE: &str = "device";
const LANGUAGE: &str = "language";
const LANGUAGE_LIFETIME: Duration = Duration::days(365);
const ACCOUNTS: &str = "accounts";
/// How long a browser remembers accounts after the last sign-in.
const ACCOUNTS_MAX_AGE: Duration = Duration::days(365);
const KNOWN: &str = "known";
const BROWSER: &str = "browser";
/// As long as browsers keep a cookie at most.
const BROWSER_IS_KNOWN: Duration = Duration::days(400);

/// Cookies that the middleware adds to the answer.
#[derive(Default)]
pub(crate) struct PendingCookies(pub(crate) Vec<Cookie<'static>>);

/// The cookie that carries the browser's sessions at a tenant, the active one first.
#[must_use]
pub fn session_cookie(state: &WebState, context: &TenantContext, value: &Secret<String>) -> Cookie<'static> {
    cookie(state, name(state, SESSION, &context.tenant.id), value.expose().clone())
}

/// The cookie that ends every session in this browser.
#[must_use]
pub fn clear_session_cookie(state: &WebState, context: &TenantContext) -> Cookie<'static> {
    let mut cookie = cookie(state, name(state, SESSION, &context.tenant.id), String::new());
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// The value of the session cookie, as the browser sent it.
#[must_use]
pub fn read_session(request: &HttpRequest, context: &TenantContext) -> Option<String> {
    let state = WebState::of(request).ok()?;
    let cookie = request.cookie(&name(state, SESSION, &context.tenant.id))?;
    (!cookie.value().is_empty()).then(|| cookie.value().to_owned())
}

/// Has the answer set the session cookie, or clear it when there is no session left. The browser of who signs in is known
/// again for long after: its random cookie stays.
///
/// # Errors
/// [`WebError::Internal`] when the app was built without a [`WebState`].
pub fn put_session(
    request: &HttpRequest,
    context: &TenantContext,
    value: Option<&Secret<String>>,
) -> Result<(), WebError> {
    let state = WebState::of(request)?;
    let Some(value) = value else {
        set(request, clear_session_cookie(state, context));
        return Ok(());
    };
    set(request, session_cookie(state, context, value));
    keep_browser(request, state, context);
    Ok(())
}

/// The same value as before, so that what is under way in other tabs goes on.
fn keep_browser(request: &HttpRequest, state: &WebState, context: &TenantContext) {
    let name = name(state, BROWSER, &context.tenant.id);
    let Some(sent) = request.cookie(&name).filter(|cookie| is_binding(cookie.value())) else { return };
    let mut kept = cookie(state, name, sent.value().to_owned());
    kept.set_max_age(BROWSER_IS_KNOWN);
    set(request, kept);
}

/// The value of the cookie of remembered browsers, as the browser sent it.
#[must_use]
pub fn read_device(request: &HttpRequest, context: &TenantContext) -> Option<Secret<String>> {
    let state = WebState::of(request).ok()?;
    let cookie = request.cookie(&name(state, DEVICE, &context.tenant.id))?;
    (!cookie.value().is_empty()).then(|| Secret::from(cookie.value()))
}

/// Has the answer set the cookie of remembered browsers, for so long.
///
/// # Errors
/// [`WebError::Internal`] when the app was built without a [`WebState`].
pub fn put_device(
    request: &HttpRequest,
    context: &TenantContext,
    value: &Secret<String>,
    max_age: std::time::Duration,
) -> Result<(), WebError> {
    put_lasting(request, (context, DEVICE), value, max_age)
}

/// The value of the cookie of accounts that were signed in to in the browser before, as the browser sent it.
#[must_use]
pub fn read_known(request: &HttpRequest, context: &TenantContext) -> Option<Secret<String>> {
    let state = WebState::of(request).ok()?;
    let cookie = request.cookie(&name(state, KNOWN, &context.tenant.id))?;
    (!cookie.value().is_empty()).then(|| Secret::from(cookie.value()))
}

/// Has the answer set the cookie of accounts that were signed in to in the browser, for so long.
///
/// # Errors
/// [`WebError::Internal`] when the app was built without a [`WebState`].
pub fn put_known(
    request: &HttpRequest,
    context: &TenantContext,
    value: &Secret<String>,
    max_age: std::time::Duration,
) -> Result<(), WebError> {
    put_lasting(request, (context, KNOWN), value, max_age)
}

fn put_lasting(
    request: &HttpRequest,
    (context, kind): (&TenantContext, &str),
    value: &Secret<String>,
    max_age: std::time::Duration,
) -> Result<(), WebError> {
    let state = WebState::of(request)?;
    let mut cookie = cookie(state, name(state, kind, &context.tenant.id), value.expose().clone());
    cookie.set_max_age(Duration::seconds(i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX)));
    // Unlike the session it outlives the browser's, and is needed only where a form is posted from our own page.
    cookie.set_same_site(SameSite::Strict);
    set(request, cookie);
    Ok(())
}

/// The language that the person chose in this browser.
#[must_use]
pub fn read_language(request: &HttpRequest, tenant: &TenantId) -> Option<Language> {
    let state = WebState::of(request).ok()?;
    Language::of_tag(request.cookie(&name(state, LANGUAGE, tenant))?.value())
}

/// Has the browser keep the language that the person chose.
pub fn put_language(request: &HttpRequest, tenant: &TenantId, language: Language) {
    let Ok(state) = WebState::of(request) else { return };
    let mut cookie = cookie(state, name(state, LANGUAGE, tenant), language.tag().to_owned());
    cookie.set_max_age(LANGUAGE_LIFETIME);
    set(request, cookie);
}

/// Has the browser forget the language that the person chose.
pub fn forget_language(request: &HttpRequest, tenant: &TenantId) {
    let Ok(state) = WebState::of(request) else { return };
    let mut cookie = cookie(state, name(state, LANGUAGE, tenant), String::new());
    cookie.set_max_age(Duration::ZERO);
    set(request, cookie);
}

/// The value of the cookie of remembered accounts, as the browser sent it.
#[must_use]
pub fn read_accounts(request: &HttpRequest, context: &TenantContext) -> Option<Secret<String>> {
    let state = WebState::of(request).ok()?;
    let cookie = request.cookie(&name(state, ACCOUNTS, &context.tenant.id))?;
    (!cookie.value().is_empty()).then(|| Secret::from(cookie.value()))
}

/// Has the answer set the cookie of remembered accounts, or clear it when there are none.
///
/// # Errors
/// [`WebError::Internal`] when the app was built without a [`WebState`].
pub fn put_accounts(
    request: &HttpRequest,
    context: &TenantContext,
    value: Option<&Secret<String>>,
) -> Result<(), WebError> {
    let state = WebState::of(request)?;
    let text = value.map(|value| value.expose().clone()).unwrap_or_default();
    let mut cookie = cookie(state, name(state, ACCOUNTS, &context.tenant.id), text);
    cookie.set_max_age(if value.is_some() { ACCOUNTS_MAX_AGE } else { Duration::ZERO });
    set(request, cookie);
    Ok(())
}

/// What scripts may know of a session cookie: it changes when the cookie does, and says nothing about it.
///
/// OpenID Connect Session Management §3 calls it the user agent state.
#[must_use]
pub fn browser_state(session_cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(format!("browser state\n{session_cookie}").as_bytes()))
}

/// The name of the cookie that holds the [`browser_state`].
#[must_use]
pub fn browser_state_name(state: &WebState, context: &TenantContext) -> String {
    name(state, BROWSER_STATE, &context.tenant.id)
}

/// Gives a browser that has a session the browser state that belongs to it, unless it has that already.
///
/// # Errors
/// [`WebError::Internal`] when the app was built without a [`WebState`].
pub fn keep_browser_state(request: &HttpRequest, context: &TenantContext) -> Result<(), WebError> {
    let state = WebState::of(request)?;
    let name = browser_state_name(state, context);
    let expected = read_session(request, context).map(|session| browser_state(&session));
    let sent = request.cookie(&name).map(|cookie| cookie.value().to_owned());
    if let Some(expected) = expected.filter(|expected| sent.as_ref() != Some(expected)) {
        push(request, browser_state_cookie(name, expected, state.public_url.is_https()));
    }
    Ok(())
}

/// Lets the middleware set `cookie` with whatever answer the request gets; with a session cookie goes the browser state.
pub fn set(request: &HttpRequest, cookie: Cookie<'static>) {
    let (session, state) = (format!("latchkey-{SESSION}-"), format!("latchkey-{BROWSER_STATE}-"));
    if cookie.name().contains(&session) {
        let name = cookie.name().replacen(&session, &state, 1);
        let mut companion = browser_state_cookie(name, browser_state(cookie.value()), cookie.secure() == Some(true));
        if cookie.value().is_empty() {
            companion.set_value("");
            companion.set_max_age(Duration::ZERO);
        }
        push(request, companion);
    }
    push(request, cookie);
}

fn push(request: &HttpRequest, cookie: Cookie<'static>) {
    let mut extensions = request.extensions_mut();
    match extensions.get_mut::<PendingCookies>() {
        Some(pending) => pending.0.push(cookie),
        None => {
            extensions.insert(PendingCookies(vec![cookie]));
        }
    }
}

/// The browser that sent the request, known by a random cookie. What is begun in one browser (a sign-in, a form)
/// goes on in that one only.
#[derive(Clone)]
pub struct Browser {
    binding: Secret<String>,
    is_new: bool,
}

/// The binding made for this request, so that two extractors of one request agree.
#[derive(Clone)]
struct Minted(TenantId, Secret<String>);

impl Browser {
    /// The browser of `request`; one that is not known yet gets its cookie with the answer.
    ///
    /// # Errors
    /// [`WebError::Internal`] when the app was built without a [`WebState`].
    pub fn of(request: &HttpRequest, context: &TenantContext) -> Result<Self, WebError> {
        let state = WebState::of(request)?;
        let tenant = &context.tenant.id;
        let name = name(state, BROWSER, tenant);
        let sent = request.cookie(&name).map(|cookie| cookie.value().to_owned()).filter(|value| is_binding(value));
        if let Some(value) = sent {
            return Ok(Self { binding: Secret::new(value), is_new: false });
        }
        let minted = request.extensions().get::<Minted>().filter(|minted| &minted.0 == tenant).cloned();
        if let Some(Minted(_, binding)) = minted {
            return Ok(Self { binding, is_new: true });
        }
        let binding = state.rng.token();
        request.extensions_mut().insert(Minted(tenant.clone(), binding.clone()));
        set(request, cookie(state, name, binding.expose().clone()));
        Ok(Self { binding, is_new: true })
    }

    /// Why what the request goes on with is not there: a browser that sent no cookie may be one that keeps none.
    #[must_use]
    pub fn has_nothing_under_way(&self) -> WebError {
        if self.is_new { WebError::NoCookie } else { WebError::Expired }
    }

    /// The random value of the cookie.
    #[must_use]
    pub fn binding(&self) -> &Secret<String> {
        &self.binding
    }
}

impl FromRequest for Browser {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let context = TenantContext::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move { Self::of(&request, &context.await?) })
    }
}

fn is_binding(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn name(state: &WebState, kind: &str, tenant: &TenantId) -> String {
    let prefix = if state.public_url.is_https() { "__Host-" } else { "" };
    format!("{prefix}latchkey-{kind}-{tenant}")
}

/// Not `HttpOnly`: the script of the check-session page reads it. That page stands in frames of other sites, and a browser
/// that sends cookies there at all sends only those that are `SameSite=None`, which have to be `Secure`.
fn browser_state_cookie(name: String, value: String, https: bool) -> Cookie<'static> {
    let same_site = if https { SameSite::None } else { SameSite::Lax };
    Cookie::build(name, value).path("/").same_site(same_site).secure(https).finish()
}

fn cookie(state: &WebState, name: String, value: String) -> Cookie<'static> {
    // Lax, not Strict: the browser comes from the application, which is another site. Path=/ is what `__Host-` asks.
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.public_url.is_https())
        .finish()
}

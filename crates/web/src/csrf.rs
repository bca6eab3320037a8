//! Protection against forms that another site made the browser send.
//!
//! Two checks, both always: where the browser says that the form comes from, and a token that only the page we
//! showed to this browser holds. The token is an HMAC under the browser's own random cookie, over the tenant and the
//! purpose (an interaction's id), so that a token of one form is worth nothing in another.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, ORIGIN};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{TenantId, constant_time_eq, hmac_sha256};

use crate::{Browser, RequestOrigin, WebError};

/// Name of the hidden field.
pub const FIELD: &str = "csrf_token";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The token for a form: `purpose` is the id of the interaction, or the form's name where there is none.
#[must_use]
pub fn token(browser: &Browser, tenant: &TenantId, purpose: &str) -> String {
    let message = format!("csrf\0{tenant}\0{purpose}");
    URL_SAFE_NO_PAD.encode(hmac_sha256(browser.binding().expose().as_bytes(), message.as_bytes()))
}

/// Checks the token of a form.
///
/// # Errors
/// [`WebError::CrossSite`].
pub fn check_token(browser: &Browser, tenant: &TenantId, purpose: &str, unverified: &str) -> Result<(), WebError> {
    let expected = token(browser, tenant, purpose);
    if constant_time_eq(expected.as_bytes(), unverified.as_bytes()) { Ok(()) } else { Err(WebError::CrossSite) }
}

/// Which of the browser's accounts a person signs out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOutOf {
    /// The active one.
    ActiveAccount,
    /// Every one.
    AllAccounts,
    /// The active one, in every browser, with all that it granted.
    Everywhere,
}

impl SignOutOf {
    /// The value of the form field and of the parameter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ActiveAccount => "active",
            Self::AllAccounts => "all",
            Self::Everywhere => "everywhere",
        }
    }

    /// Reads that value; `None` when it is none of them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::ActiveAccount, Self::AllAccounts, Self::Everywhere].into_iter().find(|of| of.as_str() == text)
    }
}

/// Proves to the end-session endpoint that the person confirmed a sign-out: the confirmation page adds it to the
/// address that it goes on to, and [`check_sign_out_confirmation`] tells it from anybody else's.
#[must_use]
pub fn sign_out_confirmation(browser: &Browser, tenant: &TenantId, interaction: &str, of: SignOutOf) -> String {
    token(browser, tenant, &confirmed(interaction, of))
}

/// Checks what [`sign_out_confirmation`] made.
///
/// # Errors
/// [`WebError::CrossSite`].
pub fn check_sign_out_confirmation(
    browser: &Browser,
    tenant: &TenantId,
    interaction: &str,
    of: SignOutOf,
    unverified: &str,
) -> Result<(), WebError> {
    check_token(browser, tenant, &confirmed(interaction, of), unverified)
}

// No purpose of a form holds a NUL, so the token of the form is worth nothing as a confirmation.
fn confirmed(interaction: &str, of: SignOutOf) -> String {
    format!("sign-out\0{}\0{interaction}", of.as_str())
}

/// Refuses a request that the browser says another site caused.
///
/// # Errors
/// [`WebError::CrossSite`].
pub fn check_same_origin(request: &HttpRequest) -> Result<(), WebError> {
    let headers = request.headers();
    let site = headers.get(SEC_FETCH_SITE).map(|value| value.as_bytes());
    // `none` is a person's own doing, such as a reload.
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return Err(WebError::CrossSite);
    }
    let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
    // Fetch §3.2: under `Referrer-Policy: no-referrer`, which our pages have, a browser sends `null` with our own
    // forms. Sec-Fetch-Site has told those from another site's already; an older browser is left to the token.
    if origin.as_bytes() == b"null" {
        return Ok(());
    }
    let own = RequestOrigin::of(request)?.ascii_origin();
    if origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()) { Ok(()) } else { Err(WebError::CrossSite) }
}

//! Which language a page speaks: what the person chose on our pages in this browser, else what the application asked for
//! (`ui_locales`), else the account's, else the browser's (`Accept-Language`), else the tenant's.
//!
//! Choosing is a link to the same page with `lang` in its query, which also sets a cookie: it needs no script, and it
//! changes nothing but words.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::ACCEPT_LANGUAGE;
use latchkey_language::{Language, accepted};
use latchkey_tenants::Tenant;
use url::form_urlencoded;

use crate::cookies;

const PARAMETER: &str = "lang";
/// A longer query is not repeated six times in a page.
const MAX_QUERY: usize = 2_000;

/// The wishes for a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preferred {
    chosen: Option<Language>,
    pub(crate) asked: Option<Language>,
    pub(crate) account: Option<Language>,
    browser: Option<Language>,
    tenant: Option<Language>,
}

impl Preferred {
    pub(crate) fn of(request: &HttpRequest, tenant: Option<&Tenant>) -> Self {
        let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self {
            chosen: tenant.and_then(|tenant| chosen(request, tenant)),
            asked: None,
            account: None,
            browser: header.and_then(accepted),
            tenant: tenant.and_then(|tenant| Language::of_tag(&tenant.settings.locale)),
        }
    }

    pub(crate) fn language(&self) -> Language {
        self.chosen.or(self.asked).or(self.account).or(self.browser).or(self.tenant).unwrap_or_default()
    }
}

fn chosen(request: &HttpRequest, tenant: &Tenant) -> Option<Language> {
    let now = is_shown(request).then(|| parameter(request)).flatten();
    if let Some(language) = now {
        cookies::put_language(request, &tenant.id, language);
    }
    now.or_else(|| cookies::read_language(request, &tenant.id))
}

fn parameter(request: &HttpRequest) -> Option<Language> {
    let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(name, _)| name == PARAMETER).and_then(|(_, tag)| Language::of_tag(&tag))
}

/// The query of this page in each language; empty where the page has no address to come back to.
pub(crate) fn switches(request: &HttpRequest, tenant: Option<&Tenant>) -> Vec<(Language, String)> {
    if tenant.is_none() || !is_shown(request) || request.query_string().len() > MAX_QUERY {
        return Vec::new();
    }
    let query = |language: Language| {
        let kept = form_urlencoded::parse(request.query_string().as_bytes()).filter(|(name, _)| name != PARAMETER);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair(PARAMETER, language.tag())
            .finish();
        format!("?{query}")
    };
    Language::ALL.into_iter().map(|language| (language, query(language))).collect()
}

/// Whether the answer is a page of ours that was asked for by its address, not the answer to a form or to a protocol's
/// message.
fn is_shown(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD) && !request.path().contains("/oauth2/")
}

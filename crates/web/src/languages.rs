//! Which language a page speaks: what the application asked for (`ui_locales`), else the account's, else the browser's
//! (`Accept-Language`), else the tenant's.

use actix_web::HttpRequest;
use actix_web::http::header::ACCEPT_LANGUAGE;
use latchkey_language::{Language, accepted};
use latchkey_tenants::Tenant;

/// The wishes for a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preferred {
    pub(crate) asked: Option<Language>,
    pub(crate) account: Option<Language>,
    browser: Option<Language>,
    tenant: Option<Language>,
}

impl Preferred {
    pub(crate) fn of(request: &HttpRequest, tenant: Option<&Tenant>) -> Self {
        let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self {
            asked: None,
            account: None,
            browser: header.and_then(accepted),
            tenant: tenant.and_then(|tenant| Language::of_tag(&tenant.settings.locale)),
        }
    }

    pub(crate) fn language(&self) -> Language {
        self.asked.or(self.account).or(self.browser).or(self.tenant).unwrap_or_default()
    }
}

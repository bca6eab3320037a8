//! An error page with an address of its own, for surfaces that have to send a browser somewhere.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use latchkey_web::{ErrorPage, TenantContext};

/// `GET {base}/error`
pub(crate) async fn show(request: HttpRequest, _: TenantContext) -> HttpResponse {
    // It says nothing of its own request: a page whose words a link can choose is a page to mislead with.
    ErrorPage::new(StatusCode::BAD_REQUEST, "error-failed-title", "error-failed-message")
        .what_to_do("error-start-again")
        .respond(&request)
}

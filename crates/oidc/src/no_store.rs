//! Answers that hold a token or what it stands for: never to be kept by any cache (RFC 6749 §5.1).

use actix_web::body::BoxBody;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use serde::Serialize;

/// A JSON answer with `Cache-Control: no-store`: by type, so that no handler can forget it.
pub(crate) struct NoStore<T>(pub T);

impl<T: Serialize> Responder for NoStore<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        forbid_storing(&mut HttpResponse::Ok()).json(self.0)
    }
}

/// Adds the headers that keep an answer out of every cache.
pub(crate) fn forbid_storing(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"))
}

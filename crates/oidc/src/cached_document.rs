//! Public documents (metadata, keys) that clients and proxies may keep for a while and revalidate.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::http::header::{self, ETag, EntityTag, IfNoneMatch};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::sha256;

/// Long enough to spare the server, short enough for a changed setting to be seen soon. A new key is published for
/// [`latchkey_tokens::ANNOUNCE_WINDOW`] before it signs, which is longer.
const CACHE_CONTROL: &str = "public, max-age=300, must-revalidate";

/// A JSON document with an `ETag` of its content; answers 304 to whoever has it already.
pub(crate) struct CachedDocument(pub Arc<str>);

impl Responder for CachedDocument {
    type Body = BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let tag = EntityTag::new_strong(URL_SAFE_NO_PAD.encode(sha256(self.0.as_bytes())));
        let mut response = if is_known(req, &tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header(ETag(tag.clone())).insert_header((header::CACHE_CONTROL, CACHE_CONTROL));
        if is_known(req, &tag) {
            return response.finish();
        }
        response.content_type("application/json").body(self.0.as_bytes().to_vec())
    }
}

fn is_known(req: &HttpRequest, tag: &EntityTag) -> bool {
    match req.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_new_key_is_announced_for_longer_than_the_jwks_may_be_cached() {
        let max_age = CACHE_CONTROL.split(['=', ',']).find_map(|part| part.parse().ok()).expect("max-age");
        assert!(latchkey_tokens::ANNOUNCE_WINDOW > std::time::Duration::from_secs(max_age));
    }

    #[test]
    fn who_has_the_document_gets_304_and_no_body() {
        let document = || CachedDocument(Arc::from("{}"));
        let first = document().respond_to(&TestRequest::get().to_http_request());
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers().get(header::CONTENT_TYPE).expect("a type"), "application/json");
        let tag = first.headers().get(header::ETAG).expect("a tag").clone();

        let request = TestRequest::get().insert_header((header::IF_NONE_MATCH, tag)).to_http_request();
        assert_eq!(document().respond_to(&request).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(CachedDocument(Arc::from("[]")).respond_to(&request).status(), StatusCode::OK);
    }
}

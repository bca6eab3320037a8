//! The authorization endpoint: [RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1), OpenID Connect Core
//! §3.1.2.
//!
//! A GET with a good session and consent is answered at once. Otherwise the request is kept in an interaction, pages
//! of `account` lead the user through it, and [`authorize_continue`] reads the kept request as if it were new. A POST
//! is kept first and goes on as a GET: the session cookie is `SameSite=Lax`, so that a POST from the client's site comes
//! without it, and nothing may be concluded from that.

mod challenge;
mod decision;
mod issue;
mod jarm;
mod kept;
mod policy;
mod proceed;
mod pushed;
mod request;
mod request_object;
mod resolve;
mod response;
mod understand;

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, rt, web};
use latchkey_auth::BrowserBinding;
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::InteractionId;
use latchkey_web::redirect::see_other;
use latchkey_web::{Browser, RequestOrigin, TenantContext, WebError, form};

use crate::Services;
use crate::form::BODY_TIMEOUT;
use crate::page_error::unavailable_or_internal;

pub(crate) use challenge::authorize_challenge;
pub(crate) use kept::Origin;
pub(crate) use pushed::{PUSHED_LIFETIME, PUSHED_PREFIX, PushedRequest};
pub(crate) use resolve::Resolved;
pub(crate) use response::with_query;
pub(crate) use understand::{Refusal, Repeated};

/// Where interactions come back to, below the issuer.
const CONTINUE_PATH: &str = "/oauth2/authorize/continue";
/// How long a posted request waits for the GET that follows at once.
pub(crate) const POSTED_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// What one request may make us keep, in bytes of its encoded parameters: anyone may send one, and many. It leaves room
/// for an ID token as a hint, a long state and a hundred claims by name.
pub(crate) const MAX_KEPT_BYTES: usize = 8 * 1024;

/// What it takes to answer one HTTP request.
pub(crate) struct Exchange<'a> {
    pub(crate) http: &'a HttpRequest,
    pub(crate) context: &'a TenantContext,
    pub(crate) services: &'a Services,
}

/// `GET /oauth2/authorize`.
pub(crate) async fn authorize(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let exchange = Exchange { http: &http, context: &context, services: &services };
    exchange.begin(http.query_string().as_bytes()).await
}

/// `POST /oauth2/authorize`: keeps the request and goes on by GET.
pub(crate) async fn authorize_post(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
    body: AuthorizeBody,
) -> Result<HttpResponse, WebError> {
    let exchange = Exchange { http: &http, context: &context, services: &services };
    let checked = match exchange.understand(&body.0).await {
        Ok(checked) => checked,
        Err(refusal) => return exchange.refuse(refusal).await,
    };
    let admitted = services.sign_in.admit_stranger(&context.tenant, RequestOrigin::of(&http)?.client).await;
    admitted.map_err(unavailable_or_internal)?;
    let id = services.rng.token();
    let key = CacheKey::new(&context.tenant.id, Kind::AuthorizationRequest, id.expose());
    services.cache.put(&key, &checked.kept, POSTED_LIFETIME).await.map_err(unavailable_or_internal)?;
    see_other(&context.path(&format!("{CONTINUE_PATH}?request={}", id.expose())))
}

/// `GET /oauth2/authorize/continue`: a posted request, or a sign-in under way, goes on.
pub(crate) async fn authorize_continue(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let exchange = Exchange { http: &http, context: &context, services: &services };
    let mut params = form::query(&http)?;
    if let Some(id) = params.optional("request") {
        let key = CacheKey::new(&context.tenant.id, Kind::AuthorizationRequest, &id);
        let kept: Option<kept::Kept> = services.cache.find(&key).await.map_err(unavailable_or_internal)?;
        return exchange.begin_kept(&kept.ok_or(WebError::Expired)?).await;
    }
    let id = params.optional("interaction").and_then(|id| id.parse::<InteractionId>().ok()).ok_or(WebError::Expired)?;
    let binding = BrowserBinding::new(Browser::of(&http, &context)?.binding().clone());
    let found = services.sign_in.find(&context.tenant.id, &id, &binding).await.map_err(unavailable_or_internal)?;
    exchange.go_on(found.ok_or(WebError::Expired)?).await
}

/// The bytes of a posted request; repeats are judged later, when it is known where an error goes.
pub(crate) struct AuthorizeBody(pub(crate) Vec<u8>);

impl FromRequest for AuthorizeBody {
    type Error = WebError;
    type Future = std::pin::Pin<Box<dyn std::future::Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let body = rt::time::timeout(BODY_TIMEOUT, form::read_body(&request, &mut payload)).await;
            Ok(Self(body.map_err(|_| WebError::RequestTimeout)??))
        })
    }
}

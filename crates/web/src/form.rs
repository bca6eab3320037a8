//! Forms: `application/x-www-form-urlencoded` bodies of bounded size, read strictly.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest, rt};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use latchkey_protocol::{Params, ParamsError};

use crate::{Browser, TenantContext, WebError, WebState, csrf};

/// A body sent a byte at a time must not hold a connection open.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a body is not a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Larger than allowed.
    #[error("the body is too large")]
    TooLarge,
    /// Not `application/x-www-form-urlencoded`.
    #[error("the body must be application/x-www-form-urlencoded")]
    UnsupportedMediaType,
    /// The client went away, or broke the framing.
    #[error("the body ended early")]
    Incomplete,
    /// The parameters are malformed.
    #[error("{0}")]
    Malformed(ParamsError),
}

impl From<FormError> for WebError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::TooLarge => Self::PayloadTooLarge,
            FormError::UnsupportedMediaType => Self::UnsupportedMediaType,
            FormError::Incomplete => Self::BadRequest("The request ended early."),
            FormError::Malformed(ParamsError::MalformedPercentEncoding) => {
                Self::BadRequest("The form holds a malformed percent-encoding.")
            }
            FormError::Malformed(ParamsError::NotText) => Self::BadRequest("The form holds bytes that are not text."),
            FormError::Malformed(ParamsError::Repeated) => Self::BadRequest("The form holds a field twice."),
        }
    }
}

/// Reads the parameters of a form; none may repeat.
///
/// # Errors
/// Why it is not one.
pub async fn read_params(request: &HttpRequest, payload: &mut Payload) -> Result<Params, FormError> {
    let body = read_body(request, payload).await?;
    Params::parse(&body).map_err(FormError::Malformed)
}

/// Reads the bytes of a form, at most as many as [`WebState::body_limit`].
///
/// # Errors
/// [`FormError::TooLarge`], [`FormError::UnsupportedMediaType`] or [`FormError::Incomplete`].
pub async fn read_body(request: &HttpRequest, payload: &mut Payload) -> Result<Vec<u8>, FormError> {
    let limit = WebState::of(request).map_or(65_536, |state| state.body_limit);
    if !is_form(request) {
        return Err(FormError::UnsupportedMediaType);
    }
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(FormError::TooLarge);
    }
    let mut body = Vec::with_capacity(declared.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| FormError::Incomplete)?;
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(FormError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn is_form(request: &HttpRequest) -> bool {
    let Some(kind) = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The parameters of the request's query; none may repeat.
///
/// # Errors
/// [`WebError::BadRequest`] when the encoding is broken or a parameter repeats.
pub fn query(request: &HttpRequest) -> Result<Params, WebError> {
    Params::parse(request.query_string().as_bytes()).map_err(|error| match error {
        ParamsError::MalformedPercentEncoding => {
            WebError::BadRequest("The address holds a malformed percent-encoding.")
        }
        ParamsError::NotText => WebError::BadRequest("The address holds bytes that are not text."),
        ParamsError::Repeated => WebError::BadRequest("The address holds a parameter twice."),
    })
}

/// Refuses a path whose percent-encoding is broken, or hides NUL or bytes that are not text.
pub(crate) fn check_path(path: &str) -> Result<(), WebError> {
    // Nearly every path has nothing to decode. `+` and `&` mean nothing special in a path, and splitting at them
    // changes nothing about which sequences are well formed.
    if !path.contains('%') {
        return Ok(());
    }
    let parts = path.split(['&', '=']).map(|part| Params::parse(part.as_bytes()).map(|_| ()));
    parts.collect::<Result<(), ParamsError>>().map_err(|error| match error {
        ParamsError::MalformedPercentEncoding => {
            WebError::BadRequest("The address holds a malformed percent-encoding.")
        }
        _ => WebError::BadRequest("The address holds bytes that are not text."),
    })
}

/// The fields of a form that a page of ours carries.
pub trait PageForm: Sized {
    /// What the form's CSRF token was made for; see [`csrf::token`].
    fn purpose(&self) -> &str;

    /// Takes the fields out.
    ///
    /// # Errors
    /// [`WebError::BadRequest`] when one that the page always sends is missing.
    fn from_params(params: &mut Params) -> Result<Self, WebError>;
}

/// A form that was sent from a page of ours, in the browser that we showed it to.
pub struct CsrfForm<T> {
    /// The fields.
    pub fields: T,
    /// The tenant.
    pub context: TenantContext,
    /// The browser.
    pub browser: Browser,
}

impl<T: PageForm + 'static> FromRequest for CsrfForm<T> {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let context = TenantContext::from_request(&request, &mut Payload::None).await?;
            csrf::check_same_origin(&request)?;
            let read = rt::time::timeout(BODY_TIMEOUT, read_params(&request, &mut payload)).await;
            let mut params = read.map_err(|_| WebError::RequestTimeout)??;
            let unverified = params.optional(csrf::FIELD).ok_or(WebError::CrossSite)?;
            let browser = Browser::of(&request, &context)?;
            let fields = T::from_params(&mut params)?;
            csrf::check_token(&browser, &context.tenant.id, fields.purpose(), &unverified)?;
            Ok(Self { fields, context, browser })
        })
    }
}

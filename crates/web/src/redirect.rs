//! Redirects.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};

use crate::WebError;

/// 303 See Other: the browser fetches `location` with GET, whatever it just sent. RFC 9700 §4.12: a 307 would send
/// the password on to the next place.
///
/// # Errors
/// [`WebError::Internal`] when `location` holds a character that no header may.
pub fn see_other(location: &str) -> Result<HttpResponse, WebError> {
    let location = HeaderValue::from_str(location).map_err(WebError::internal)?;
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, location)).insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    Ok(response.finish())
}

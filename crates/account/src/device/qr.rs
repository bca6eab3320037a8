//! `verification_uri_complete` as a picture, for a device to show (RFC 8628 §3.3.1).

use actix_web::http::header::{CACHE_CONTROL, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use latchkey_auth::UserCode;
use latchkey_web::{TenantContext, WebError, form};
use qrcode::QrCode;
use qrcode::render::svg;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Side of the picture, in CSS pixels at least; it is sharp at any size.
const SIDE: u32 = 240;

/// `GET {base}/device/qr?user_code=…`: the picture of any well-formed code. It doesn't tell whether one exists.
pub(super) async fn image(request: HttpRequest, context: TenantContext) -> Result<HttpResponse, WebError> {
    let code = form::query(&request)?.optional("user_code").and_then(|typed| UserCode::parse(&typed));
    let code = code.ok_or(WebError::BadRequest("There is no user_code, or it is malformed."))?;
    let uri = format!("{}/device?user_code={code}", context.issuer);
    let symbol = QrCode::new(uri.as_bytes()).map_err(WebError::internal)?;
    // Black on white whatever the scheme of the page: not every reader finds an inverted code.
    let picture = symbol.render::<svg::Color<'_>>().min_dimensions(SIDE, SIDE).build();
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((CACHE_CONTROL, "no-store"))
        // The device's own page shows it.
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"))
        .body(picture))
}

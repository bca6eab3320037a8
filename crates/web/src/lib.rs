//! What every HTTP surface shares: which tenant a request is for, who sent it, cookies, CSRF protection, forms,
//! security headers, pages and error answers.
//!
//! A server puts [`WebState`] into its app data (`web::Data<WebState>`), wraps the app in
//! `actix_web::middleware::from_fn(latchkey_web::observe)` and makes [`not_found`] its default service.

mod accept;
mod client_certificate;
mod client_logo;
mod color;
pub mod cookies;
pub mod csrf;
mod error;
pub mod form;
mod forwarded;
mod front_channel_page;
mod headers;
mod host;
mod languages;
mod layout;
mod observe;
mod origin;
pub mod page;
pub mod redirect;
mod request_id;
mod route;
mod state;
mod tenant;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod theme;

pub use accept::Format;
pub use client_certificate::ClientCertificate;
pub use client_logo::client_logo_path;
pub use color::Rgb;
pub use cookies::Browser;
pub use error::{WebError, not_found};
pub use form::{CsrfForm, FormError, PageForm};
pub use front_channel_page::FrontChannelLogoutPage;
pub use host::Host;
pub use layout::{Layout, initial};
pub use observe::observe;
pub use origin::{ClientAddress, RequestOrigin};
pub use page::{ErrorPage, FormPostPage, Page, PageTemplate};
pub use request_id::RequestId;
pub use route::Route;
pub use state::WebState;
pub use tenant::TenantContext;

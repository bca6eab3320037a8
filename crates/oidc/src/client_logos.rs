//! The logos of clients, from our own origin: a page that shows one sends its reader nowhere else, so that a client learns
//! nothing of who reads it and cannot show each reader another picture.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{ClientId, TenantId, UtcTime};
use latchkey_fetch::{FetchError, FetchedDocument};
use latchkey_tenants::Tenant;
use latchkey_web::{TenantContext, WebError, form};
use moka::future::Cache;
use tokio::sync::Mutex;

use crate::Services;
use crate::endpoint::chain;

/// Of 64 KiB at most each, as for everything that is fetched.
const MAX_LOGOS: u64 = 256;
const LIFE: Duration = Duration::from_secs(60 * 60);
/// A logo that could not be had is asked for again after this.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);
const ACCEPT: &str = "image/svg+xml, image/webp, image/png, image/jpeg, image/gif";
const MEDIA_TYPES: [&str; 5] = ["image/svg+xml", "image/webp", "image/png", "image/jpeg", "image/gif"];
/// A drawing may hold scripts; opened by itself it runs none, loads nothing and is of no origin.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; sandbox";

/// The logos that were fetched on this node.
#[derive(Clone)]
pub struct ClientLogos {
    fetched: Cache<(TenantId, String), Arc<Mutex<Fetched>>>,
}

impl Default for ClientLogos {
    fn default() -> Self {
        Self { fetched: Cache::builder().max_capacity(MAX_LOGOS).time_to_idle(LIFE).build() }
    }
}

/// What one address gave; the lock around it makes concurrent requests share one.
#[derive(Default)]
struct Fetched {
    logo: Option<Logo>,
    asked_at: Option<UtcTime>,
}

#[derive(Clone)]
struct Logo {
    media_type: &'static str,
    image: web::Bytes,
}

/// `GET /oauth2/client-logos/{client}`: the client's id as base64url, for it may be a URI. `?lang=de`: the one for a language.
pub(crate) async fn client_logo(
    http: HttpRequest,
    context: TenantContext,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let encoded = http.match_info().get("client").unwrap_or_default();
    let decoded = URL_SAFE_NO_PAD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let client_id: ClientId = decoded.and_then(|id| id.parse().ok()).ok_or(WebError::NotFound)?;
    // Only of clients that are known: whoever asks makes us fetch no document.
    let client = services.directory.find_client(&context.tenant.id, &client_id).await?;
    let client = client.ok_or(WebError::NotFound)?;
    // As `latchkey_web::client_logo_path` writes it.
    let language = form::query(&http)?.optional("lang").unwrap_or_default();
    let uri = client.logo_uri_in(&language).ok_or(WebError::NotFound)?.to_owned();
    let logo = services.find_logo(&context.tenant, uri).await.ok_or(WebError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, logo.media_type))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(logo.image))
}

impl Services {
    async fn find_logo(&self, tenant: &Tenant, uri: String) -> Option<Logo> {
        let key = (tenant.id.clone(), uri.clone());
        let entry = self.client_logos.fetched.get_with(key, async { Arc::default() }).await;
        let mut fetched = entry.lock().await;
        let now = self.clock.now();
        if fetched.is_due(now) {
            let outcome = self.fetcher.get(tenant.outgoing(), &uri, ACCEPT).await;
            fetched.note(outcome, now);
        }
        fetched.logo.clone()
    }
}

impl Fetched {
    fn is_due(&self, now: UtcTime) -> bool {
        let pause = if self.logo.is_some() { LIFE } else { RETRY_INTERVAL };
        self.asked_at.is_none_or(|asked_at| now >= asked_at.plus(pause))
    }

    fn note(&mut self, outcome: Result<FetchedDocument, FetchError>, now: UtcTime) {
        self.asked_at = Some(now);
        match outcome {
            Ok(document) => self.logo = Logo::of(document),
            Err(error) => {
                tracing::info!(error = %chain(&error), "the logo of a client was not fetched");
                // A host that is away has not taken its logo back.
                if matches!(error, FetchError::Status(404 | 410)) {
                    self.logo = None;
                }
            }
        }
    }
}

impl Logo {
    fn of(document: FetchedDocument) -> Option<Self> {
        let media_type = MEDIA_TYPES.into_iter().find(|media_type| document.is_of_type(media_type))?;
        Some(Self { media_type, image: document.body.into() })
    }
}

//! `/health/live` and `/health/ready`, for load balancers and orchestrators.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use latchkey_cache::Cache;
use latchkey_storage::Db;
use serde::Serialize;

/// An orchestrator gives up after some seconds; a hanging dependency counts as down before that.
const PATIENCE: Duration = Duration::from_secs(2);

/// What readiness depends on.
#[derive(Clone)]
pub struct Health {
    /// The durable store.
    pub db: Db,
    /// The short-lived store.
    pub cache: Cache,
}

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    database: &'static str,
    cache: &'static str,
}

/// Mounts both routes; needs [`Health`] as application data.
pub fn routes(cfg: &mut web::ServiceConfig) {
    // HEAD: some load balancers ask that way.
    cfg.service(web::resource("/health/live").get(live).head(live))
        .service(web::resource("/health/ready").get(ready).head(ready));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(serde_json::json!({ "status": "live" }))
}

async fn ready(health: web::Data<Health>) -> HttpResponse {
    let (database, cache) = futures_util::future::join(
        tokio::time::timeout(PATIENCE, health.db.ping()),
        tokio::time::timeout(PATIENCE, health.cache.ping()),
    )
    .await;
    let (database, cache) = (matches!(database, Ok(Ok(()))), matches!(cache, Ok(Ok(()))));
    let word = |up| if up { "up" } else { "down" };
    let ready = database && cache;
    let body =
        Readiness { status: if ready { "ready" } else { "unavailable" }, database: word(database), cache: word(cache) };
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((CONTENT_TYPE, "application/json")).json(body)
}

//! A small site for the tests of this crate: three tenants, a few routes, on a SQLite file of its own.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use latchkey_cache::Cache;
use latchkey_core::{Clock, FrozenClock, Rng, TenantId, UtcTime};
use latchkey_metrics::Metrics;
use latchkey_protocol::Params;
use latchkey_storage::testing::TestDb;
use latchkey_tenants::{Branding, Directory, Slug, TenantProfile, TenantStatus, domain_store, tenant_store};

use crate::{
    Browser, ClientAddress, CsrfForm, ErrorPage, PageForm, RequestId, RequestOrigin, TenantContext, WebError, WebState,
    csrf,
};

pub(crate) const PROXY: &str = "10.0.0.1:4000";

pub(crate) struct TestSite {
    pub(crate) state: WebState,
    _database: TestDb,
}

impl TestSite {
    /// `demo` (also at `id.demo.example`), `acme` (its issuer is `login.acme.example`) and `closed`, which is suspended.
    pub(crate) async fn at(public_url: &str) -> Self {
        let database = TestDb::sqlite();
        let now = UtcTime::from_unix_seconds(1_800_000_000);
        let clock = Clock::Frozen(FrozenClock::at(now));
        let rng = Rng::seeded(7);
        for (name, host) in [("demo", Some("id.demo.example")), ("acme", Some("login.acme.example")), ("closed", None)]
        {
            let id = TenantId::generate(now, &rng);
            let slug: Slug = name.parse().expect("slug");
            let branding = Branding {
                logo_uri: Some("https://cdn.example/logo.png".to_owned()),
                policy_uri: Some("https://example.com/?a=1&b=\"<".to_owned()),
                ..Branding::default()
            };
            let profile = TenantProfile { name: format!("<b>{name}"), branding, ..TenantProfile::default() };
            database
                .db()
                .write(move |conn| {
                    let _ = tenant_store::insert_tenant(conn, &id, &slug, &profile, now)?;
                    if slug.as_str() == "closed" {
                        let _ = tenant_store::set_status(conn, &id, TenantStatus::Suspended, now)?;
                    }
                    if let Some(host) = host {
                        let host = host.parse().expect("domain");
                        let _ = domain_store::insert_domain(conn, &id, &host, now)?;
                        let _ = domain_store::verify_domain(conn, &id, &host, now)?;
                        if slug.as_str() == "acme" {
                            let _ = domain_store::make_issuer(conn, &id, Some(&host))?;
                        }
                    }
                    Ok(())
                })
                .await
                .expect("tenant");
        }
        let state = WebState {
            directory: Directory::new(database.db().clone(), Cache::in_process(clock.clone())),
            public_url: public_url.parse().expect("public URL"),
            mtls_url: None,
            client_certificate_header: None,
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("network")],
            clock,
            rng: Rng::system(),
            metrics: Metrics::new().expect("metrics"),
            body_limit: 65_536,
        };
        Self { state, _database: database }
    }
}

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/who").get(who))
        .service(web::resource("/form").get(show_form).post(accept_form))
        .service(web::resource("/broken").get(broken))
        .service(web::resource("/away").get(away))
        .service(web::resource("/wrong").get(wrong));
}

async fn who(context: TenantContext, origin: ClientAddress, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let https = RequestOrigin::of(&request)?.https;
    Ok(HttpResponse::Ok().body(format!("{} {} {} {https}", context.issuer, context.path("/x"), origin.0)))
}

pub(crate) struct Fields(pub(crate) String);

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.0
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        params.optional("interaction").map(Self).ok_or(WebError::BadRequest("incomplete"))
    }
}

async fn show_form(context: TenantContext, browser: Browser) -> HttpResponse {
    HttpResponse::Ok().body(csrf::token(&browser, &context.tenant.id, "one"))
}

async fn accept_form(form: CsrfForm<Fields>) -> HttpResponse {
    HttpResponse::Ok().body(form.fields.0)
}

async fn broken() -> Result<HttpResponse, WebError> {
    Err(WebError::internal("the password is hunter2"))
}

async fn away() -> Result<HttpResponse, WebError> {
    Err(WebError::unavailable("no route to 192.0.2.1"))
}

async fn wrong(request: HttpRequest, _: TenantContext, id: RequestId) -> HttpResponse {
    ErrorPage::new(actix_web::http::StatusCode::BAD_REQUEST, "Wrong <i>", "Because <script>alert(1)</script>")
        .detail("invalid_request: \"<x>\"")
        .error_id(id.as_str())
        .respond(&request)
}

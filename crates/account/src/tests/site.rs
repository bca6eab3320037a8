//! Two tenants, a client, two users, and a browser that keeps cookies.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, SET_COOKIE};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_auth::user_store::{self, UserWrite};
use latchkey_auth::{
    ActiveSession, Backchannel, BackchannelNotices, BrowserBinding, ConsentPrompt, ConsentState, Devices,
    InvitationToken, NewInteraction, PasswordHashing, Passwords, Requirement, SignIn, SignInMeans, StandardClaims,
    User, UserDraft, UserStatus, Visitor,
};
use latchkey_cache::Cache;
use latchkey_core::{Clock, FrozenClock, Rng, Sealer, Secret, TenantId, UserId, UtcTime};
use latchkey_mail::{Mailer, Outbox};
use latchkey_metrics::Metrics;
use latchkey_protocol::{RedirectUri, Scope};
use latchkey_storage::Db;
use latchkey_storage::testing::TestDb;
use latchkey_tenants::{
    Branding, Client, ClientMetadata, ClientOrigin, Directory, FirstFactorKind, ResourceServer, ResourceServerSettings,
    ScopeDefinition, Tenant, TenantProfile, client_store, resource_server_store, tenant_store,
};
use latchkey_tokens::{KeyPool, Keys, MasterKey, Tokens};
use latchkey_web::{WebState, not_found, observe};

use crate::{Services, routes};

pub(super) const PASSWORD: &str = "correct horse";

pub(super) struct Site {
    state: WebState,
    services: Services,
    passwords: Passwords,
    tenant: Tenant,
    other: Tenant,
    database: TestDb,
}

impl Site {
    /// `demo` with the client `app` and the user `alice`, and `other`, which has colours of its own.
    #[expect(clippy::too_many_lines, reason = "one line for each part of the site")]
    pub(super) async fn new() -> Self {
        let database = TestDb::sqlite();
        let clock = Clock::Frozen(FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000)));
        let rng = Rng::system();
        let cache = Cache::in_process(clock.clone());
        let hashing = PasswordHashing { memory_kib: 64, iterations: 1, parallelism: 1, concurrency: 2 };
        let passwords = Passwords::new(hashing, rng.clone()).expect("parameters");
        let db = database.db().clone();
        let state = WebState {
            directory: Directory::new(db.clone(), cache.clone()),
            public_url: "https://id.example.com".parse().expect("public URL"),
            mtls_url: None,
            trusted_proxies: Vec::new(),
            client_certificate_header: None,
            clock: clock.clone(),
            rng: rng.clone(),
            metrics: Metrics::new().expect("metrics"),
            body_limit: 65_536,
        };
        let devices = Devices::new(cache.clone(), clock.clone(), rng.clone());
        let outbox = Outbox::new(Secret::new([7; 32]), rng.clone());
        let notices = BackchannelNotices::new(outbox.clone(), Mailer::none());
        let backchannel = Backchannel::new(db.clone(), cache.clone(), clock.clone(), rng.clone(), notices);
        let tokens = open_tokens(&db, &cache, &clock, &rng);
        let sign_in = SignIn::new(SignInMeans {
            db,
            cache,
            clock,
            rng,
            passwords: passwords.clone(),
            sealer: Sealer::new(Secret::new([8; 32])),
            outbox,
            public_url: state.public_url.clone(),
            transports: latchkey_auth::Transports::default(),
        });
        let tenant = insert_tenant(&database, "demo", "Demo Company", Branding::default()).await;
        let branding = Branding {
            primary_color: Some("#ffd400".parse().expect("colour")),
            background_color: Some("#10403b".parse().expect("colour")),
            logo_uri: Some(LOGO.to_owned()),
            support_uri: Some("mailto:help@example.com".to_owned()),
            policy_uri: Some("https://example.com/privacy".to_owned()),
            tos_uri: Some("https://example.com/terms".to_owned()),
            ..Branding::default()
        };
        let other = insert_tenant(&database, "other", "Övrigt & Co", branding).await;
        let services = Services { sign_in, devices, backchannel, tokens };
        let site = Self { state, services, passwords, tenant, other, database };
        site.insert_client().await;
        site.insert_user(&site.tenant.id, "alice", UserStatus::Active).await;
        site
    }

    /// Lets people sign in by mail, whether or not there is any.
    pub(super) async fn let_sign_in_by_mail(&self) {
        let id = self.tenant.id.clone();
        let mut profile = TenantProfile { name: self.tenant.name.clone(), ..TenantProfile::default() };
        profile.settings.authentication.first_factors =
            vec![FirstFactorKind::Password, FirstFactorKind::EmailCode, FirstFactorKind::MagicLink];
        let now = self.state.clock.now();
        let updated = self.database.db().write(move |conn| tenant_store::update_tenant(conn, &id, &profile, now));
        let _ = updated.await.expect("updates");
    }

    pub(super) async fn invite(&self, username: &str) -> String {
        let user = self.insert_user(&self.tenant.id, username, UserStatus::Invited).await;
        self.token(&self.tenant.id, &user).await
    }

    pub(super) async fn invite_other(&self) -> String {
        let user = self.insert_user(&self.other.id, "dave", UserStatus::Invited).await;
        self.token(&self.other.id, &user).await
    }

    async fn token(&self, tenant: &TenantId, user: &User) -> String {
        let token: Option<InvitationToken> = self.services.sign_in.invite(tenant, &user.id).await.expect("invites");
        token.expect("is invited").value().expose().clone()
    }

    async fn insert_client(&self) {
        let metadata = ClientMetadata {
            redirect_uris: ["https://app.example/cb", "http://127.0.0.1/cb"]
                .map(|uri| RedirectUri::parse(uri).expect("URI"))
                .to_vec(),
            logo_uri: Some("https://cdn.example/app.png".to_owned()),
            policy_uri: Some("https://notes.example/privacy".to_owned()),
            ..ClientMetadata::default()
        };
        let client_id = "app".parse().expect("client id");
        let client = Client {
            client_id,
            name: "Notes & more".to_owned(),
            metadata,
            secrets: Vec::new(),
            origin: ClientOrigin::Managed,
        };
        let scope = |name: &str, description: &str, sensitive| ScopeDefinition {
            name: name.to_owned(),
            description: description.to_owned(),
            sensitive,
            ..ScopeDefinition::default()
        };
        let server = ResourceServer {
            audience: "https://notes.example".to_owned(),
            name: "Notes API".to_owned(),
            settings: ResourceServerSettings::default(),
            scopes: vec![
                scope("notes.read", "Read your notes", false),
                scope("notes.delete", "Delete your notes", true),
            ],
        };
        let (tenant, now) = (self.tenant.id.clone(), self.state.clock.now());
        let inserted = self.database.db().write(move |conn| {
            let _ = client_store::insert_client(conn, &tenant, &client, now)?;
            resource_server_store::upsert(conn, &tenant, &server, now)
        });
        inserted.await.expect("client");
    }

    async fn insert_user(&self, tenant: &TenantId, username: &str, status: UserStatus) -> User {
        let hash = self.passwords.hash(tenant, Secret::from(PASSWORD)).await.expect("hash");
        let (now, tenant) = (self.state.clock.now(), tenant.clone());
        let id = UserId::generate(now, &self.state.rng);
        let claims =
            serde_json::json!({ "name": format!("{}{} Example", username[..1].to_uppercase(), &username[1..]) });
        let claims: StandardClaims = serde_json::from_value(claims).expect("claims");
        let email = Some(format!("{username}@example.com"));
        let draft = UserDraft {
            username: username.to_owned(),
            email,
            email_verified: true,
            claims,
            status,
            groups: Vec::new(),
            roles: Vec::new(),
        };
        let checked = draft.check().expect("user");
        let written = self.database.db().write(move |conn| {
            let written = user_store::insert_user(conn, &tenant, &id, &checked, now)?;
            if status == UserStatus::Active {
                user_store::set_password_hash(conn, &tenant, &id, &hash)?;
            }
            Ok(written)
        });
        match written.await.expect("user") {
            UserWrite::Written(user) => *user,
            other => panic!("{other:?}"),
        }
    }
}

async fn insert_tenant(database: &TestDb, slug: &str, name: &str, branding: Branding) -> Tenant {
    let now = UtcTime::from_unix_seconds(1_700_000_000);
    let id = TenantId::generate(now, &Rng::system());
    let slug = slug.parse().expect("slug");
    let profile = TenantProfile { name: name.to_owned(), branding, ..TenantProfile::default() };
    let inserted = database.db().write(move |conn| {
        let _ = tenant_store::insert_tenant(conn, &id, &slug, &profile, now)?;
        tenant_store::load_tenant(conn, &id)
    });
    inserted.await.expect("tenant")
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
    headers: HeaderMap,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.body.split(&start).nth(1).unwrap_or_else(|| panic!("no field {name}: {}", self.body));
        rest.split('"').next().expect("a value").to_owned()
    }

    pub(super) fn without_nonce(&self) -> String {
        let policy = self.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
        self.body.replace(nonce, "NONCE")
    }
}

pub(super) struct Browser<'a> {
    site: &'a Site,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(site: &'a Site) -> Self {
        Self { site, cookies: BTreeMap::new() }
    }

    /// Begins a sign-in as the authorization endpoint does.
    pub(super) async fn begin(&mut self, consent: ConsentState) -> String {
        let binding = self.binding().await;
        let request = NewInteraction {
            client_id: "app".parse().expect("client id"),
            client_name: "Notes & more".to_owned(),
            scope: Scope::from_iter(["openid", "email", "offline_access", "notes.read", "notes.delete"]),
            requirement: Requirement::default(),
            login_hint: Some("alice@example.com".to_owned()),
            ui_locales: Vec::new(),
            consent,
            continue_path: "/oauth2/authorize/continue".to_owned(),
            authorization: serde_json::json!({ "redirect_uri": "https://app.example/cb" }),
        };
        let visitor = Visitor { address: std::net::IpAddr::from([192, 0, 2, 1]), browser: &binding };
        let begun = self.site.services.sign_in.begin(&self.site.tenant, visitor, request).await;
        begun.expect("begins").id.to_string()
    }

    pub(super) async fn begin_asking(&mut self) -> String {
        self.begin(ConsentState::Asked { prompt: ConsentPrompt::WhenMissing }).await
    }

    pub(super) async fn sign_in(&mut self, interaction: &str) {
        let page = self.get(&format!("/t/demo/sign-in?interaction={interaction}")).await;
        let answer = self.submit("/t/demo/sign-in", &page, &[("login", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }

    pub(super) async fn session(&self) -> Option<ActiveSession> {
        let cookie = self.cookies.get(&self.cookie_name("session"))?;
        self.site.services.sign_in.find_session(&self.site.tenant, cookie).await.expect("finds")
    }

    pub(super) async fn consent(&mut self, interaction: &str) -> ConsentState {
        let binding = self.binding().await;
        let id = interaction.parse().expect("an id");
        let found = self.site.services.sign_in.find(&self.site.tenant.id, &id, &binding).await.expect("finds");
        found.expect("is there").consent
    }

    async fn binding(&mut self) -> BrowserBinding {
        let name = self.cookie_name("browser");
        if !self.cookies.contains_key(&name) {
            // Any page of a step gives the browser its cookie.
            self.get("/t/demo/sign-in").await;
        }
        BrowserBinding::new(Secret::new(self.cookies[&name].clone()))
    }

    fn cookie_name(&self, kind: &str) -> String {
        format!("__Host-latchkey-{kind}-{}", self.site.tenant.id)
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path)).await
    }

    pub(super) async fn status(&mut self, method: &str, path: &str) -> StatusCode {
        let method = method.parse().expect("a method");
        self.send(TestRequest::default().method(method).uri(path)).await.status
    }

    /// Sends the form of `page` with its hidden fields.
    pub(super) async fn submit(&mut self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let name = if page.body.contains("name=\"token\"") { "token" } else { "interaction" };
        let (csrf_token, hidden) = (page.hidden("csrf_token"), page.hidden(name));
        let account = page.body.contains("name=\"account\" value=").then(|| page.hidden("account"));
        let asks_consent = page.body.contains("name=\"decision\"");
        let mut own = vec![("csrf_token", csrf_token.as_str()), (name, hidden.as_str())];
        own.extend(account.as_deref().filter(|_| asks_consent).map(|account| ("account", account)));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(own).extend_pairs(fields).finish();
        let request = TestRequest::post()
            .uri(path)
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header(("origin", "null"))
            .insert_header(("sec-fetch-site", "same-origin"));
        self.send(request.set_payload(body)).await
    }

    async fn send(&mut self, request: TestRequest) -> Answer {
        let app = App::new()
            .app_data(web::Data::new(self.site.state.clone()))
            .app_data(web::Data::new(self.site.services.clone()))
            .wrap(from_fn(observe))
            .service(web::scope("/t/{tenant}").configure(routes))
            .default_service(web::to(not_found));
        let app = init_service(app).await;
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .insert_header(("host", "id.example.com"))
            .insert_header(("accept", "text/html"))
            .insert_header(("cookie", cookies.join("; ")))
            .peer_addr("192.0.2.9:5000".parse().expect("address"));
        let response = call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let body = String::from_utf8(read_body(response).await.to_vec()).expect("text");
        Answer { status, body, headers }
    }
}

/// A small drawing.
const LOGO: &str = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCA2NCA2NCIgd2lkdGg9IjY0IiBoZWlnaHQ9IjY0Ij48cmVjdCB3aWR0aD0iNjQiIGhlaWdodD0iNjQiIHJ4PSIxNCIgZmlsbD0iI2ZmZDQwMCIvPjxwYXRoIGQ9Ik0xNiA0NEwzMiAxNmwxNiAyOHoiIGZpbGw9IiMxMDQwM2IiLz48L3N2Zz4=";

fn open_tokens(db: &Db, cache: &Cache, clock: &Clock, rng: &Rng) -> Tokens {
    let master = MasterKey::parse(&Secret::new(STANDARD.encode([7_u8; 32]))).expect("a master key");
    let keys = Keys::new(db.clone(), cache.clone(), clock.clone(), rng.clone(), master, KeyPool::shared());
    Tokens::new(db.clone(), cache.clone(), clock.clone(), rng.clone(), keys)
}

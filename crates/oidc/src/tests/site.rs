//! A tenant with a web client, a machine and a user, and a browser that keeps cookies. The pages are not there: what
//! they do is asked of `auth` directly.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, SET_COOKIE};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use latchkey_auth::user_store;
use latchkey_auth::{
    Backchannel, BackchannelNotices, BrowserBinding, ConsentDecision, Devices, Interaction, Origin, PasswordAttempt,
    PasswordHashing, PasswordOutcome, Passwords, SignIn, SignInMeans, StandardClaims, UserDraft, UserStatus,
};
use latchkey_cache::Cache;
use latchkey_core::{Clock, FrozenClock, Rng, Sealer, Secret, TenantId, UserId, UtcTime};
use latchkey_fetch::{Fetcher, Limits};
use latchkey_mail::{Mailer, Outbox};
use latchkey_metrics::Metrics;
use latchkey_protocol::{GrantType, RedirectUri, Scope};
use latchkey_storage::testing::TestDb;
use latchkey_tenants::{
    Client, ClientMetadata, ClientOrigin, ClientSecret, Directory, Registrations, ResourceServer,
    ResourceServerSettings, ScopeDefinition, SecretSealer, Tenant, TenantProfile, client_store, resource_server_store,
    tenant_store,
};
use latchkey_tokens::{KeyPool, Keys, MasterKey, Tokens};
use latchkey_web::{WebState, not_found, observe};
use serde_json::Value;

use crate::{ClientDocuments, ClientKeys, ClientThrottle, MutualTls, Services, routes, well_known_routes};

pub(super) const ISSUER: &str = "https://id.example.com/t/demo";
pub(super) const CALLBACK: &str = "https://app.example/cb";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SECRET: &str = "a secret: 100%";
const PASSWORD: &str = "correct horse";

pub(super) struct Site {
    state: WebState,
    pub(super) services: Services,
    pub(super) clock: FrozenClock,
    pub(super) tenant: Tenant,
    database: TestDb,
}

impl Site {
    #[expect(clippy::too_many_lines, reason = "one line for each service")]
    pub(super) async fn new() -> Self {
        let database = TestDb::sqlite();
        let clock = FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000));
        let (frozen, rng, db) = (Clock::Frozen(clock.clone()), Rng::system(), database.db().clone());
        let cache = Cache::in_process(frozen.clone());
        let master = MasterKey::parse(&Secret::new(STANDARD.encode([7_u8; 32]))).expect("a master key");
        let hashing = PasswordHashing { memory_kib: 64, iterations: 1, parallelism: 1, concurrency: 2 };
        let passwords = Passwords::new(hashing, rng.clone()).expect("parameters");
        let keys = Keys::new(db.clone(), cache.clone(), frozen.clone(), rng.clone(), master, KeyPool::shared());
        let fetcher = Fetcher::new(Limits::default());
        let outbox = Outbox::new(Secret::new([7; 32]), rng.clone());
        let notices = BackchannelNotices::new(outbox.clone(), Mailer::none());
        let backchannel = Backchannel::new(db.clone(), cache.clone(), frozen.clone(), rng.clone(), notices);
        let services = Services {
            directory: Directory::new(db.clone(), cache.clone()),
            tokens: Tokens::new(db.clone(), cache.clone(), frozen.clone(), rng.clone(), keys),
            sign_in: SignIn::new(SignInMeans {
                db,
                cache: cache.clone(),
                clock: frozen.clone(),
                rng: rng.clone(),
                passwords: passwords.clone(),
                sealer: Sealer::new(Secret::new([8; 32])),
                outbox,
                public_url: "https://id.example.com".parse().expect("public URL"),
                transports: latchkey_auth::Transports::default(),
            }),
            devices: Devices::new(cache.clone(), frozen.clone(), rng.clone()),
            backchannel,
            clock: frozen.clone(),
            rng: rng.clone(),
            metrics: Metrics::new().expect("metrics"),
            public_url: "https://id.example.com".parse().expect("public URL"),
            registrations: Registrations::new(
                database.db().clone(),
                cache.clone(),
                Directory::new(database.db().clone(), cache.clone()),
            ),
            client_documents: ClientDocuments::default(),
            client_logos: crate::ClientLogos::default(),
            client_keys: ClientKeys::new(fetcher.clone(), frozen.clone()),
            client_throttle: ClientThrottle::new(cache.clone(), frozen.clone()),
            fetcher,
            secret_sealer: SecretSealer::new(Secret::new([9; 32])),
            mtls: MutualTls::default(),
            cache,
            rules: crate::Rules::default(),
        };
        let state = WebState {
            directory: services.directory.clone(),
            public_url: services.public_url.clone(),
            mtls_url: None,
            client_certificate_header: None,
            trusted_proxies: Vec::new(),
            clock: frozen,
            rng,
            metrics: services.metrics.clone(),
            body_limit: 65_536,
        };
        let tenant = insert_tenant(&database).await;
        let site = Self { state, services, clock, tenant, database };
        site.insert_registrations().await;
        site.insert_user(&passwords).await;
        site
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn insert_registrations(&self) {
        let now = self.state.clock.now();
        let scope = |text: &str| Scope::parse(text).expect("a scope");
        let uri = |text: &str| RedirectUri::parse(text).expect("a URI");
        let secrets = vec![ClientSecret::new(&SECRET.into(), now, None)];
        let audiences = vec!["https://notes.example".to_owned()];
        let web = ClientMetadata {
            redirect_uris: vec![uri(CALLBACK)],
            post_logout_redirect_uris: vec![uri("https://app.example/bye")],
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scope: scope("openid profile email offline_access notes.read"),
            audiences: audiences.clone(),
            ..ClientMetadata::default()
        };
        let machine = ClientMetadata {
            grant_types: vec![GrantType::ClientCredentials],
            scope: scope("notes.read"),
            audiences,
            ..ClientMetadata::default()
        };
        let client = |id: &str, metadata| Client {
            client_id: id.parse().expect("a client id"),
            name: id.to_owned(),
            metadata,
            secrets: secrets.clone(),
            origin: ClientOrigin::Managed,
        };
        let clients = [client("web", web), client("machine", machine)];
        let notes = ScopeDefinition { name: "notes.read".to_owned(), ..ScopeDefinition::default() };
        let server = ResourceServer {
            audience: "https://notes.example".to_owned(),
            name: "Notes".to_owned(),
            settings: ResourceServerSettings::default(),
            scopes: vec![notes],
        };
        let tenant = self.tenant.id.clone();
        let inserted = self.database.db().write(move |conn| {
            for client in &clients {
                let _ = client_store::insert_client(conn, &tenant, client, now)?;
            }
            resource_server_store::upsert(conn, &tenant, &server, now)
        });
        inserted.await.expect("registrations");
    }

    async fn insert_user(&self, passwords: &Passwords) {
        let hash = passwords.hash(&self.tenant.id, Secret::from(PASSWORD)).await.expect("a hash");
        let (now, tenant) = (self.state.clock.now(), self.tenant.id.clone());
        let id = UserId::generate(now, &self.state.rng);
        let claims: StandardClaims = serde_json::from_value(serde_json::json!({ "name": "Alice" })).expect("claims");
        let email = Some("alice@example.com".to_owned());
        let status = UserStatus::Active;
        let draft = UserDraft {
            username: "alice".to_owned(),
            email,
            email_verified: true,
            claims,
            status,
            groups: Vec::new(),
            roles: Vec::new(),
        };
        let checked = draft.check().expect("a user");
        let written = self.database.db().write(move |conn| {
            let _ = user_store::insert_user(conn, &tenant, &id, &checked, now)?;
            user_store::set_password_hash(conn, &tenant, &id, &hash)
        });
        assert!(written.await.expect("a user"));
    }
}

async fn insert_tenant(database: &TestDb) -> Tenant {
    let now = UtcTime::from_unix_seconds(1_700_000_000);
    let id = TenantId::generate(now, &Rng::system());
    let slug = "demo".parse().expect("slug");
    let profile = TenantProfile { name: "Demo".to_owned(), ..TenantProfile::default() };
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

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    /// A parameter of the answer that was redirected to the client.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        let url = url::Url::parse(self.header("location")).unwrap_or_else(|_| panic!("{}", self.header("location")));
        assert!(url.as_str().starts_with(CALLBACK), "{url}");
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// The claims of a JWT, unverified.
pub(super) fn claims(jwt: &Value) -> Value {
    let payload = jwt.as_str().and_then(|jwt| jwt.split('.').nth(1)).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

pub(super) fn basic(client: &str) -> (&'static str, String) {
    let secret: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    ("authorization", format!("Basic {}", STANDARD.encode(format!("{client}:{secret}"))))
}

pub(super) fn encode(params: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

/// An authorization request of the web client, with `extra` in place of or beside the usual parameters.
pub(super) fn request(extra: &[(&str, &str)]) -> String {
    let usual = [
        ("client_id", "web"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile offline_access notes.read unheard-of"),
        ("state", "st&te +1"),
        ("nonce", "n-0S6"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = usual.iter().filter(|(name, _)| extra.iter().all(|(other, _)| other != name));
    let all: Vec<_> = kept.chain(extra).copied().collect();
    encode(&all)
}

pub(super) struct Browser<'a> {
    site: &'a Site,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(site: &'a Site) -> Self {
        Self { site, cookies: BTreeMap::new() }
    }

    /// A browser in which alice has signed in and allowed what the web client usually asks for.
    pub(super) async fn signed_in(site: &'a Site) -> Self {
        let mut browser = Self::new(site);
        let code = browser.authorize(&[]).await.param("code");
        assert!(code.is_some());
        browser
    }

    /// Sends an authorization request and answers the pages on the way: the right password, and Allow.
    pub(super) async fn authorize(&mut self, extra: &[(&str, &str)]) -> Answer {
        let mut answer = self.get(&format!("/t/demo/oauth2/authorize?{}", request(extra))).await;
        loop {
            let location = answer.header("location").to_owned();
            let interaction = match location.split_once("?interaction=") {
                Some((_, id)) if location.starts_with("/t/demo/") => self.find(id).await,
                _ => return answer,
            };
            if location.starts_with("/t/demo/sign-in?") {
                self.sign_in(&interaction).await;
            } else if location.starts_with("/t/demo/consent?") {
                self.decide(&interaction, ConsentDecision::Allow(interaction.scope.clone())).await;
            }
            answer = self.get(&format!("/t/demo{}", interaction.continue_path)).await;
        }
    }

    pub(super) async fn find(&self, id: &str) -> Interaction {
        let binding = BrowserBinding::new(Secret::new(self.cookies[&self.cookie_name("browser")].clone()));
        let id = id.parse().expect("an id");
        let found = self.site.services.sign_in.find(&self.site.tenant.id, &id, &binding).await.expect("finds");
        found.expect("an interaction")
    }

    pub(super) async fn sign_in(&mut self, interaction: &Interaction) {
        let attempt = PasswordAttempt {
            identifier: "alice".to_owned(),
            password: Secret::from(PASSWORD),
            from: Origin { address: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: String::new() },
            previous_session: None,
            device: None,
            known: None,
            work: None,
        };
        let outcome = self.site.services.sign_in.submit_password(&self.site.tenant, interaction, attempt).await;
        let PasswordOutcome::SignedIn { session, .. } = outcome.expect("an outcome") else { panic!("not signed in") };
        self.cookies.insert(self.cookie_name("session"), session.cookie_value.expose().clone());
    }

    pub(super) async fn decide(&self, interaction: &Interaction, decision: ConsentDecision) {
        let cookie = &self.cookies[&self.cookie_name("session")];
        let sign_in = &self.site.services.sign_in;
        let active = sign_in.find_session(&self.site.tenant, cookie).await.expect("finds").expect("a session");
        let tenant = &self.site.tenant.id;
        sign_in.record_consent(tenant, interaction, &active.session, decision).await.expect("records");
    }

    pub(super) fn has_session_cookie(&self) -> bool {
        self.cookies.get(&self.cookie_name("session")).is_some_and(|value| !value.is_empty())
    }

    /// Redeems a code of the usual request.
    pub(super) async fn redeem(&mut self, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.post("token", "web", &form).await
    }

    /// The tokens of one usual code flow.
    pub(super) async fn tokens(&mut self, extra: &[(&str, &str)]) -> Value {
        let code = self.authorize(extra).await.param("code").expect("a code");
        let answer = self.redeem(&code).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    pub(super) async fn refresh(&mut self, token: &Value, extra: &[(&str, &str)]) -> Answer {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token.as_str().expect("a token"))];
        form.extend(extra);
        self.post("token", "web", &form).await
    }

    /// Posts a form to an endpoint as a client with its secret.
    pub(super) async fn post(&mut self, endpoint: &str, client: &str, form: &[(&str, &str)]) -> Answer {
        let request = TestRequest::post().uri(&format!("/t/demo/oauth2/{endpoint}"));
        self.send(with_form(request, &encode(form)).insert_header(basic(client))).await
    }

    pub(super) async fn userinfo(&mut self, token: &Value) -> Answer {
        let bearer = format!("Bearer {}", token.as_str().expect("a token"));
        self.send(TestRequest::get().uri("/t/demo/oauth2/userinfo").insert_header(("authorization", bearer))).await
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path).insert_header(("accept", "text/html"))).await
    }

    fn cookie_name(&self, kind: &str) -> String {
        format!("__Host-latchkey-{kind}-{}", self.site.tenant.id)
    }

    pub(super) async fn send(&mut self, request: TestRequest) -> Answer {
        let app = App::new()
            .app_data(web::Data::new(self.site.state.clone()))
            .app_data(web::Data::new(self.site.services.clone()))
            .wrap(from_fn(observe))
            .configure(well_known_routes)
            .service(web::scope("/t/{tenant}").configure(routes))
            .default_service(web::to(not_found));
        let app = init_service(app).await;
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request
            .insert_header(("host", "id.example.com"))
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

/// A form body.
pub(super) fn with_form(request: TestRequest, body: &str) -> TestRequest {
    request.insert_header(("content-type", "application/x-www-form-urlencoded")).set_payload(body.to_owned())
}

//! A whole server in this process.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use latchkey_auth::{IdentifierKey, UserStatus, user_store};
use latchkey_cache::Invalidation;
use latchkey_config::{Config, Sources};
use latchkey_core::{ApiKeyId, Clock, FrozenClock, Rng, Secret, TenantId, TokenHash, UtcTime};
use latchkey_mail::{Mailer, MessageSink, SentMail};
use latchkey_protocol::{GrantType, Scope};
use latchkey_server::cli::ClaimsPreviewArgs;
use latchkey_server::state::{self, Mode, State, Surroundings};
use latchkey_server::{Certificate, Delivery, DemoPage, Injected, Inviter, Listeners, ServerHandle, Services, serve};
use latchkey_storage::testing::TestDb;
use latchkey_storage::{DbConnection, Migrate};
use latchkey_tenants::{Tenant, TenantStatus, tenant_store};
use latchkey_tokens::{ApiKey, KeyPool, NewApiKey, api_key_store};
use serde_json::{Value, json};

use crate::authority::{Identity, TestAuthority};
use crate::backend::Backend;
use crate::browser::Page;
use crate::driver::Driver;
use crate::response::JsonAnswer;

const FIXTURE: &str = include_str!("../../../tests/support/fixture.yaml");
const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A running server with the tenants of `tests/support/fixture.yaml`; it ends with this value.
///
/// Everything that a relying party or a browser can do is a method of [`Driver`].
pub struct TestApp {
    driver: Driver,
    authority: TestAuthority,
    mtls_port: Option<u16>,
    clock: FrozenClock,
    services: Services,
    mailer: Mailer,
    server: ServerHandle,
    database: TestDb,
    _data: tempfile::TempDir,
}

impl Deref for TestApp {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.driver
    }
}

/// How a [`TestApp`] differs from the usual one.
pub struct TestAppBuilder {
    backend: Backend,
    redis_url: Option<String>,
    settings: BTreeMap<String, String>,
    mtls: bool,
}

impl TestAppBuilder {
    /// Runs on that pair of backends.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Uses that Redis.
    #[must_use]
    pub fn redis(mut self, url: String) -> Self {
        self.redis_url = Some(url);
        self
    }

    /// Sets a configuration variable.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds the listener that asks for client certificates.
    #[must_use]
    pub fn mtls(mut self) -> Self {
        self.mtls = true;
        self
    }

    /// Starts the server.
    pub async fn spawn(mut self) -> TestApp {
        let data = tempfile::tempdir().expect("a directory");
        let database = self.backend.database();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mtls_listener = self.mtls.then(|| TcpListener::bind(("127.0.0.1", 0)).expect("a port"));
        let authority = TestAuthority::new("Server authority");
        let mtls_port = mtls_listener.as_ref().map(|listener| listener.local_addr().expect("an address").port());
        if let Some(port) = mtls_port {
            self.configure_mtls(data.path(), port, &authority);
        }
        let config = self.config(port, &database, data.path().to_owned());

        let clock = FrozenClock::at(Clock::System.now());
        let mailer = Mailer::memory("Latchkey <latchkey@example.test>").expect("a mailer");
        let injected = Injected {
            clock: Clock::Frozen(clock.clone()),
            rng: Rng::system(),
            mailer: Some(mailer.clone()),
            messages: Some(MessageSink::memory()),
            key_pool: KeyPool::shared(),
        };
        let services = Services::open(&config, injected, Migrate::Apply).await.expect("the services open");
        apply(&services, FIXTURE, &by_link(&services));
        let mtls = mtls_listener.map(|listener| {
            let files = config.http.tls.as_ref().expect("a certificate is configured");
            (listener, Certificate::load(files).expect("a certificate"))
        });
        let listeners = Listeners { public: listener, metrics: None, certificate: None, mtls };
        let server = serve(&services, &config, listeners, DemoPage::Absent).expect("the server starts");
        TestApp {
            authority,
            mtls_port,
            driver: Driver::new(port),
            clock,
            services,
            mailer,
            server,
            database,
            _data: data,
        }
    }

    fn configure_mtls(&mut self, directory: &Path, port: u16, authority: &TestAuthority) {
        let identity = authority.server(&["localhost"]);
        let [certificate, key] = ["server.pem", "server.key"].map(|name| directory.join(name));
        std::fs::write(&certificate, identity.pem()).expect("a file");
        std::fs::write(&key, identity.key_pem()).expect("a file");
        for (name, value) in [
            ("LATCHKEY_TLS_CERTIFICATE", certificate.display().to_string()),
            ("LATCHKEY_TLS_PRIVATE_KEY", key.display().to_string()),
            ("LATCHKEY_MTLS_LISTEN", format!("127.0.0.1:{port}")),
            ("LATCHKEY_MTLS_PUBLIC_URL", format!("https://localhost:{port}")),
        ] {
            self.settings.insert(name.to_owned(), value);
        }
    }

    fn config(&self, port: u16, database: &TestDb, data: PathBuf) -> Config {
        let mut environment = BTreeMap::from(
            [
                ("LATCHKEY_LISTEN", format!("127.0.0.1:{port}")),
                ("LATCHKEY_PUBLIC_URL", format!("http://localhost:{port}")),
                ("LATCHKEY_METRICS_LISTEN", "off".to_owned()),
                ("LATCHKEY_DATA_DIR", data.display().to_string()),
                ("LATCHKEY_DATABASE_URL", database.url()),
                ("LATCHKEY_MASTER_KEY", MASTER_KEY.to_owned()),
                ("LATCHKEY_WORKERS", "1".to_owned()),
                ("LATCHKEY_LIMITS_REQUEST_TIMEOUT", "2s".to_owned()),
                ("LATCHKEY_LIMITS_SHUTDOWN_TIMEOUT", "1s".to_owned()),
                // The least that Argon2 allows: what is tested here is not how slow it is.
                ("LATCHKEY_PASSWORD_MEMORY_KIB", "64".to_owned()),
                ("LATCHKEY_PASSWORD_ITERATIONS", "1".to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if let Some(redis_url) = self.redis_url.clone().or_else(|| self.backend.redis_url()) {
            environment.insert("LATCHKEY_REDIS_URL".to_owned(), redis_url);
        }
        environment.extend(self.settings.clone());
        match Config::load(&Sources::new(None, environment)) {
            Ok(config) => config,
            Err(error) => panic!("{error}"),
        }
    }
}

impl TestApp {
    /// A server on a pair of backends.
    pub async fn spawn(backend: Backend) -> Self {
        Self::builder().backend(backend).spawn().await
    }

    /// A server that differs from the usual one.
    #[must_use]
    pub fn builder() -> TestAppBuilder {
        TestAppBuilder { backend: Backend::Embedded, redis_url: None, settings: BTreeMap::new(), mtls: false }
    }

    /// The origin that asks for client certificates; only with [`TestAppBuilder::mtls`].
    #[must_use]
    pub fn mtls_origin(&self) -> String {
        format!("https://localhost:{}", self.mtls_port.expect("the app was built with mtls()"))
    }

    /// POST of a form to a tenant's endpoint where certificates are asked for, with this one or none.
    pub async fn post_with_certificate(
        &self,
        endpoint: &str,
        certificate: Option<&Identity>,
        fields: &[(&str, &str)],
    ) -> JsonAnswer {
        self.post_with_certificate_and(&[], endpoint, certificate, fields).await
    }

    /// The same with further headers.
    pub async fn post_with_certificate_and(
        &self,
        headers: &[(&str, &str)],
        endpoint: &str,
        certificate: Option<&Identity>,
        fields: &[(&str, &str)],
    ) -> JsonAnswer {
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([reqwest::Certificate::from_pem(self.authority.pem().as_bytes()).expect("a certificate")]);
        if let Some(identity) = certificate {
            let (pem, key) = (identity.pem(), identity.key_pem());
            builder = builder
                .identity(reqwest::Identity::from_pkcs8_pem(pem.as_bytes(), key.as_bytes()).expect("an identity"));
        }
        let url = format!("{}/t/acme/oauth2/{endpoint}", self.mtls_origin());
        let mut request = builder.build().expect("a client").post(url).form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        JsonAnswer::read(request.send().await.expect("an answer")).await
    }

    /// Applies settings of `acme`, written as JSON, over those it has.
    pub fn set_settings(&self, settings: &serde_json::Value) {
        let tenant = json!({ "slug": "acme", "name": "Acme Corporation", "settings": settings });
        self.apply(&json!({ "version": 1, "tenants": [tenant] }).to_string());
    }

    /// Registers clients of `acme`, written as JSON.
    pub fn add_clients(&self, clients: &[serde_json::Value]) {
        let tenant = json!({ "slug": "acme", "name": "Acme Corporation", "clients": clients });
        self.apply(&json!({ "version": 1, "tenants": [tenant] }).to_string());
    }

    /// The time of the frozen clock, in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now().unix_seconds()
    }

    /// What the server stands on.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The mails sent so far.
    #[must_use]
    pub fn mailer(&self) -> &Mailer {
        &self.mailer
    }

    /// The time of the server's clock.
    #[must_use]
    pub fn time(&self) -> UtcTime {
        self.clock.now()
    }

    /// Makes an API key of `acme`, as `latchkey api-key create` does: its id and the key.
    pub async fn create_api_key(
        &self,
        audience: &str,
        scope: &str,
        lifetime: Option<Duration>,
    ) -> (ApiKeyId, Secret<String>) {
        let tenant = self.tenant("acme").await.id;
        let servers = self.services.directory.resource_servers(&tenant).await.expect("the database answers");
        let expires_at = lifetime.map(|lifetime| self.time().plus(lifetime));
        let new = NewApiKey { name: "test".to_owned(), scope: Scope::parse(scope).expect("a scope"), expires_at };
        let server = servers.find(audience).expect("a resource server");
        let (key, text) = ApiKey::generate(server, new, self.time(), &self.services.rng).expect("a key");
        let (id, hash) = (key.id.clone(), TokenHash::of(text.expose()));
        self.write(move |conn| api_key_store::insert_api_key(conn, &tenant, &key, &hash)).await;
        (id, text)
    }

    /// Revokes an API key, as seen from a tenant; whether that did anything.
    pub async fn revoke_api_key(&self, tenant: &str, id: &ApiKeyId) -> bool {
        let (tenant, id, now) = (self.tenant(tenant).await.id, id.clone(), self.time());
        let revoked = self.services.db.write(move |conn| api_key_store::revoke_api_key(conn, &tenant, &id, now)).await;
        revoked.expect("the database answers")
    }

    /// When an API key of `acme` was last used, in seconds since 1970.
    pub async fn api_key_last_used_at(&self, id: &ApiKeyId) -> Option<i64> {
        let (tenant, id) = (self.tenant("acme").await.id, id.clone());
        let found = self.services.db.read(move |conn| api_key_store::find_api_key(conn, &tenant, &id)).await;
        let (key, _) = found.expect("the database answers").expect("a key");
        key.last_used_at.map(|time| time.unix_seconds())
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Every route of a tenant, as `METHOD /path`.
    #[must_use]
    pub fn routes(&self) -> Vec<String> {
        latchkey_oidc::list_routes()
            .chain(latchkey_account::list_routes())
            .map(|route| format!("{} {}", route.method, route.path))
            .collect()
    }

    /// Applies more state, as `latchkey apply` does.
    pub fn apply(&self, yaml: &str) {
        apply(&self.services, yaml, &by_link(&self.services));
        self.services.directory.forget(&Invalidation::AllTenants);
    }

    /// Every grant type that there is, offered or not.
    pub fn grant_types() -> impl Iterator<Item = &'static str> {
        GrantType::ALL.iter().map(|grant_type| grant_type.as_str())
    }

    /// What `latchkey claims preview` prints for a user and a client of `acme`.
    pub async fn preview_claims(&self, client: &str, user: &str, scope: &str) -> Value {
        let args = ClaimsPreviewArgs {
            tenant: "acme".to_owned(),
            client: client.to_owned(),
            user: user.to_owned(),
            scope: Some(scope.to_owned()),
        };
        let preview = self.services.preview_claims(&args).await.expect("a preview");
        serde_json::from_str(&preview).expect("JSON")
    }

    /// Limits wrong passwords of `acme` per account and per address.
    pub async fn set_sign_in_limits(&self, per_account: u32, per_address: u32) {
        self.apply(&format!(
            "version: 1\ntenants:\n  - slug: acme\n    name: Acme Corporation\n    settings:\n      \
             sign_in_attempts_per_account: {per_account}\n      sign_in_attempts_per_address: {per_address}\n"
        ));
    }

    /// Gives a tenant a verified domain and makes it the issuer.
    pub async fn add_domain(&self, tenant: &str, host: &str) {
        let tenant = self.tenant(tenant).await;
        self.apply(&format!(
            "version: 1\ntenants:\n  - slug: {}\n    name: {}\n    domains:\n      - host: {host}\n        \
             verified: true\n        issuer: true\n",
            tenant.slug, tenant.name
        ));
    }

    /// Suspends a tenant.
    pub async fn suspend_tenant(&self, slug: &str) {
        let tenant = self.tenant(slug).await;
        let now = self.clock.now();
        let id = tenant.id.clone();
        self.write(move |conn| tenant_store::set_status(conn, &id, TenantStatus::Suspended, now).map(|_| ())).await;
        self.services.directory.forget(&Invalidation::Tenant(tenant.id));
    }

    /// Disables a user of `acme`.
    pub async fn disable_user(&self, login: &str) {
        let (tenant, user) = self.user("acme", login).await;
        let now = self.clock.now();
        self.write(move |conn| user_store::set_status(conn, &tenant, &user, UserStatus::Disabled, now).map(|_| ()))
            .await;
    }

    /// Has a user of `acme` choose another password.
    pub async fn require_password_change(&self, login: &str) {
        let (tenant, user) = self.user("acme", login).await;
        self.write(move |conn| user_store::set_must_change_password(conn, &tenant, &user, true).map(|_| ())).await;
    }

    /// The mail of that number to the address, counted from 1, delivered now.
    pub async fn nth_mail_to(&self, address: &str, number: usize) -> SentMail {
        self.nth_mail_that(address, number, |_| true).await
    }

    /// The mail of that number, counted from 1, among those to the address that `is_meant`, delivered now.
    pub async fn nth_mail_that(&self, address: &str, number: usize, is_meant: impl Fn(&SentMail) -> bool) -> SentMail {
        let delivered = async {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                self.deliver_outbox().await;
                let sent = self.mailer.sent();
                let own = sent.into_iter().filter(|mail| mail.to.iter().any(|to| to == address));
                let mut own = own.filter(&is_meant);
                if let Some(mail) = own.nth(number - 1) {
                    return mail;
                }
                pause.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), delivered).await.expect("so many mails to the address")
    }

    /// Gives a user of `acme` a password, as `latchkey apply` does.
    pub async fn set_password(&self, login: &str, password: &str) {
        let (tenant, user) = self.user("acme", login).await;
        let hash = self.services.passwords.hash_blocking(&Secret::from(password)).expect("a hash");
        self.write(move |conn| user_store::set_password_hash(conn, &tenant, &user, &hash).map(|_| ())).await;
    }

    /// Creates a user without a password; the secret of the invitation link.
    pub async fn invite(&self, tenant: &str, username: &str) -> String {
        // A test may invite the same person twice.
        let suffix: String =
            Rng::system().token().expose().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let yaml = self.invited(tenant, &format!("{username}-{suffix}")).await;
        let applied = apply(&self.services, &yaml, &by_link(&self.services));
        match &applied.invitations.first().expect("an invitation").delivery {
            Delivery::Link(link) => link.expose().split_once("token=").expect("a token").1.to_owned(),
            Delivery::Mail { address } => panic!("mailed to {address}"),
        }
    }

    /// Creates a user without a password as `latchkey apply` does where mail is configured; the link in the mail.
    pub async fn invite_by_mail(&self, tenant: &str, username: &str) -> String {
        let yaml = self.invited(tenant, username).await;
        let applied = apply(&self.services, &yaml, &self.services.inviter());
        let delivery = &applied.invitations.first().expect("an invitation").delivery;
        let Delivery::Mail { address } = delivery else { panic!("not mailed: {delivery:?}") };
        let text = self.mail_to(address).await.text;
        let link = text.lines().find(|line| line.starts_with("http"));
        link.unwrap_or_else(|| panic!("no link in {text}")).to_owned()
    }

    /// Creates a user without a password; the invitation waits in the outbox, as mail.
    pub async fn queue_invitation(&self, tenant: &str, username: &str) {
        let yaml = self.invited(tenant, username).await;
        self.apply_with_mail(&yaml);
    }

    /// Applies a state file as the command does where mail is configured.
    pub fn apply_with_mail(&self, yaml: &str) {
        apply(&self.services, yaml, &self.services.inviter());
        self.services.directory.forget(&Invalidation::AllTenants);
    }

    /// What `latchkey export` writes.
    #[must_use]
    pub fn export(&self, tenant: &str) -> String {
        state::export(&self.services.db, Some(tenant)).expect("the database answers")
    }

    async fn invited(&self, tenant: &str, username: &str) -> String {
        let name = self.tenant(tenant).await.name;
        format!(
            "version: 1\ntenants:\n  - slug: {tenant}\n    name: {name}\n    users:\n      - username: {username}\n        \
             email: {username}@{tenant}.test\n        password: invite\n"
        )
    }

    /// Delivers what is due in the outbox: mails and notifications.
    pub async fn deliver_outbox(&self) {
        self.services.dispatcher.deliver_due().await.expect("the outbox can be read");
    }

    /// Delivers what is due in the outbox until nothing is there at all.
    pub async fn empty_outbox(&self) {
        let emptied = async {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                // The server's own job may be a moment ahead with some of it.
                self.deliver_outbox().await;
                if self.waiting_in_outbox().await.is_empty() {
                    return;
                }
                pause.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), emptied).await.expect("the outbox gets empty");
    }

    /// The kinds of what is in the outbox, each with the number of attempts.
    pub async fn waiting_in_outbox(&self) -> Vec<(String, i32)> {
        use diesel::{QueryDsl, RunQueryDsl};
        use latchkey_storage::schema::outbox;
        let waiting = self.services.db.read(|conn| outbox::table.select((outbox::kind, outbox::attempts)).load(conn));
        waiting.await.expect("the database answers")
    }

    /// The short messages and push notices that were sent so far, oldest first, by `type`: `sms.code` or `push.approval`.
    pub async fn messages(&self, kind: &str) -> Vec<Value> {
        self.deliver_outbox().await;
        let sent = self.services.messages.sent();
        let bodies = sent.iter().map(|message| serde_json::from_str::<Value>(&message.body).expect("JSON"));
        bodies.filter(|body| body["type"] == kind).collect()
    }

    /// The first mail to the address, delivered now.
    async fn mail_to(&self, address: &str) -> SentMail {
        let delivered = async {
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                // The server's own job may be a moment ahead with this very mail.
                self.deliver_outbox().await;
                let found = self.mailer.sent().into_iter().find(|mail| mail.to.iter().any(|to| to == address));
                if let Some(mail) = found {
                    return mail;
                }
                pause.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), delivered).await.expect("a mail to the address")
    }

    /// Takes the database away for good.
    pub fn drop_database(&self) {
        self.database.destroy();
    }

    /// Writes down which sessions were seen, as the job does every few seconds.
    pub async fn flush_sessions(&self) {
        self.services.sign_in.flush_touches().await.expect("the sessions are written");
    }

    /// GET of a page of `acme` with a session cookie of our making.
    pub async fn get_with_session_cookie(&self, url: &str, value: &str) -> Page {
        let tenant = self.tenant("acme").await;
        self.driver.get_with_cookie(url, &format!("latchkey-session-{}", tenant.id), value).await
    }

    /// Ends the server as SIGTERM does: requests under way are answered.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    /// The id of a tenant.
    pub async fn tenant_id(&self, slug: &str) -> TenantId {
        self.tenant(slug).await.id
    }

    async fn tenant(&self, slug: &str) -> Tenant {
        let slug = slug.to_owned();
        let found = self.services.db.read(move |conn| tenant_store::find_tenant_by_slug(conn, &slug)).await;
        found.expect("the database answers").expect("a tenant")
    }

    async fn user(&self, tenant: &str, login: &str) -> (TenantId, latchkey_core::UserId) {
        let tenant = self.tenant(tenant).await.id;
        let (id, login) = (tenant.clone(), IdentifierKey::of(login));
        let found = self.services.db.read(move |conn| user_store::find_user_by_identifier(conn, &id, &login)).await;
        (tenant, found.expect("the database answers").expect("a user").id)
    }

    async fn write(&self, work: impl FnMut(&mut DbConnection) -> diesel::QueryResult<()> + Send + 'static) {
        self.services.db.write(work).await.expect("the database answers");
    }
}

fn by_link(services: &Services) -> Inviter {
    Inviter::by_link(services.public_url.clone(), services.rng.clone())
}

fn apply(services: &Services, yaml: &str, inviter: &Inviter) -> state::Applied {
    let state = match State::parse(yaml) {
        Ok(state) => state,
        Err(error) => panic!("the fixture is wrong: {error}"),
    };
    let prepared = state::prepare(&services.db, &services.passwords, &state).expect("passwords can be hashed");
    let surroundings =
        Surroundings { clock: &services.clock, rng: &services.rng, inviter, sealer: &services.secret_sealer };
    match state::apply(&services.db, &state, &prepared, surroundings, Mode::Commit) {
        Ok(applied) => applied,
        Err(error) => panic!("the fixture cannot be applied: {error}"),
    }
}

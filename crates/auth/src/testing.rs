//! A bench for store and sign-in tests: one tenant on each pair of backends, cheap hashing, a frozen clock.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use latchkey_audit::Outbox;
use latchkey_cache::Cache;
use latchkey_core::{ClientId, Clock, FrozenClock, Rng, Sealer, Secret, TenantId, UserId, UtcTime};
use latchkey_metrics::Metrics;
use latchkey_protocol::Scope;
use latchkey_storage::testing::{TestDb, databases};
use latchkey_storage::{Db, DbConnection};
use latchkey_tenants::{
    Client, ClientMetadata, ClientOrigin, Inserted, Slug, Tenant, TenantProfile, client_store, tenant_store,
};

use crate::user_store::{self, UserWrite};
use crate::{
    BrowserBinding, ConsentPrompt, ConsentState, Interaction, NewInteraction, NewSession, Origin, PasswordAttempt,
    PasswordHashing, PasswordOutcome, Passwords, Requirement, SignIn, SignInMeans, StandardClaims, Transports, User,
    UserDraft, UserStatus, Visitor,
};

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const CHEAP: PasswordHashing =
    PasswordHashing { memory_kib: 64, iterations: 1, parallelism: 1, concurrency: 2 };

pub(crate) struct Bench {
    pub(crate) name: &'static str,
    pub(crate) db: Db,
    pub(crate) cache: Cache,
    pub(crate) clock: FrozenClock,
    pub(crate) rng: Rng,
    pub(crate) tenant: Tenant,
    pub(crate) browser: BrowserBinding,
    pub(crate) sign_in: SignIn,
    _database: TestDb,
}

/// SQLite with the in-process cache, PostgreSQL with Redis where the run has them.
pub(crate) async fn benches() -> Vec<Bench> {
    let mut benches = Vec::new();
    for database in databases() {
        benches.push(Bench::new(database).await);
    }
    benches
}

pub(crate) fn sealer() -> Sealer {
    Sealer::new(Secret::new([8; 32]))
}

pub(crate) fn passwords(hashing: PasswordHashing) -> Passwords {
    Passwords::new(hashing, Rng::system()).expect("parameters")
}

/// The value of a metric without labels.
pub(crate) fn metric(metrics: &Metrics, name: &str) -> u64 {
    let text = metrics.render();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.expect("a metric of that name").parse().expect("a number")
}

pub(crate) fn hashes_counted(metrics: &Metrics) -> u64 {
    metric(metrics, "latchkey_password_hash_duration_seconds_count")
}

pub(crate) fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

pub(crate) fn draft(username: &str) -> UserDraft {
    UserDraft {
        username: username.to_owned(),
        email: Some(format!("{username}@example.com")),
        email_verified: false,
        claims: StandardClaims::default(),
        status: UserStatus::Active,
        groups: Vec::new(),
        roles: Vec::new(),
    }
}

/// What signing in stands on, over these stores.
fn means(db: &Db, cache: &Cache, clock: &Clock, rng: &Rng) -> SignInMeans {
    SignInMeans {
        db: db.clone(),
        cache: cache.clone(),
        clock: clock.clone(),
        rng: rng.clone(),
        passwords: passwords(CHEAP),
        sealer: sealer(),
        outbox: Outbox::new(Secret::new([7; 32]), rng.clone()),
        public_url: "https://id.example.com".parse().expect("a public URL"),
        transports: Transports { mail: true, messages: true },
    }
}

impl Bench {
    /// Another node on the same stores, which hashes with `passwords`.
    pub(crate) fn node(&self, passwords: Passwords) -> SignIn {
        let clock = Clock::Frozen(self.clock.clone());
        SignIn::new(SignInMeans { passwords, ..means(&self.db, &self.cache, &clock, &self.rng) })
    }

    async fn new(database: TestDb) -> Self {
        let clock = FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000));
        let frozen = Clock::Frozen(clock.clone());
        let redis = std::env::var("LATCHKEY_TEST_REDIS_URL").ok().filter(|_| database.backend() == "postgresql");
        let cache = match redis {
            Some(url) => Cache::connect(&url.parse().expect("a redis url"), frozen.clone()).await.expect("redis"),
            None => Cache::in_process(frozen.clone()),
        };
        // Random ids: Redis is shared by all tests of a run.
        let rng = Rng::system();
        let db = database.db().clone();
        let tenant = insert_tenant(&db, &rng, "acme").await;
        let sign_in = SignIn::new(means(&db, &cache, &frozen, &rng));
        let browser = BrowserBinding::new(rng.token());
        Self { name: database.backend(), db, cache, clock, rng, tenant, browser, sign_in, _database: database }
    }

    pub(crate) async fn other_tenant(&self) -> Tenant {
        insert_tenant(&self.db, &self.rng, "other").await
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> diesel::QueryResult<T> + Send + 'static,
    ) -> T {
        self.db.write(work).await.expect(self.name)
    }

    /// A user of the bench's tenant with [`PASSWORD`].
    pub(crate) async fn user(&self, username: &str) -> User {
        self.user_of(&self.tenant.id, draft(username), Some(PASSWORD)).await
    }

    pub(crate) async fn user_of(&self, tenant: &TenantId, draft: UserDraft, password: Option<&str>) -> User {
        let hash = password.map(|password| passwords(CHEAP).hash_blocking(&Secret::from(password)).expect("hash"));
        let (tenant, now) = (tenant.clone(), self.clock.now());
        let id = UserId::generate(now, &self.rng);
        let checked = draft.check().expect("a good draft");
        let written = self
            .write(move |conn| {
                let written = user_store::insert_user(conn, &tenant, &id, &checked, now)?;
                if let Some(hash) = &hash {
                    assert!(user_store::set_password_hash(conn, &tenant, &id, hash)?);
                }
                Ok(written)
            })
            .await;
        match written {
            UserWrite::Written(user) => *user,
            other => panic!("{}: {other:?}", self.name),
        }
    }

    pub(crate) async fn client(&self, id: &str) -> ClientId {
        let client_id: ClientId = id.parse().expect("a client id");
        let client = Client {
            client_id: client_id.clone(),
            name: id.to_owned(),
            metadata: ClientMetadata::default(),
            secrets: Vec::new(),
            origin: ClientOrigin::Managed,
        };
        let (tenant, now) = (self.tenant.id.clone(), self.clock.now());
        self.write(move |conn| client_store::insert_client(conn, &tenant, &client, now).map(|_| ())).await;
        client_id
    }

    pub(crate) fn request(&self) -> NewInteraction {
        NewInteraction {
            client_id: "app".parse().expect("a client id"),
            client_name: "App".to_owned(),
            scope: Scope::from_iter(["openid", "email"]),
            requirement: Requirement::default(),
            login_hint: None,
            ui_locales: Vec::new(),
            consent: ConsentState::Asked { prompt: ConsentPrompt::WhenMissing },
            continue_path: "/oauth2/continue".to_owned(),
            authorization: serde_json::json!({ "state": "xyz" }),
        }
    }

    pub(crate) async fn begin(&self) -> Interaction {
        self.sign_in.begin(&self.tenant, self.visitor(), self.request()).await.expect(self.name)
    }

    pub(crate) fn visitor(&self) -> Visitor<'_> {
        Visitor { address: std::net::IpAddr::from([192, 0, 2, 1]), browser: &self.browser }
    }

    pub(crate) fn attempt(identifier: &str, password: &str) -> PasswordAttempt {
        PasswordAttempt {
            identifier: identifier.to_owned(),
            password: Secret::from(password),
            from: Origin { address: address(1), user_agent: "Browser/1.0".to_owned() },
            previous_session: None,
            device: None,
            known: None,
            work: None,
        }
    }

    pub(crate) async fn submit(&self, attempt: PasswordAttempt) -> PasswordOutcome {
        let interaction = self.begin().await;
        self.sign_in.submit_password(&self.tenant, &interaction, attempt).await.expect(self.name)
    }

    pub(crate) async fn sign_in(&self, username: &str) -> NewSession {
        session_of(self.submit(Self::attempt(username, PASSWORD)).await)
    }

    pub(crate) async fn is_signed_in(&self, session: &NewSession) -> bool {
        self.sign_in.find_session(&self.tenant, session.cookie_value.expose()).await.expect(self.name).is_some()
    }
}

pub(crate) fn session_of(outcome: PasswordOutcome) -> NewSession {
    match outcome {
        PasswordOutcome::SignedIn { session, .. } => session,
        other => panic!("not signed in: {other:?}"),
    }
}

async fn insert_tenant(db: &Db, rng: &Rng, slug: &str) -> Tenant {
    let now = UtcTime::from_unix_seconds(1_700_000_000);
    let id = TenantId::generate(now, rng);
    let slug: Slug = slug.parse().expect("a slug");
    let profile = TenantProfile { name: "Acme".to_owned(), ..TenantProfile::default() };
    db.write(move |conn| {
        assert_eq!(tenant_store::insert_tenant(conn, &id, &slug, &profile, now)?, Inserted::Inserted);
        tenant_store::load_tenant(conn, &id)
    })
    .await
    .expect("a tenant")
}

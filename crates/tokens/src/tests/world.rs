//! A tenant with a client, a user and a session, beside another tenant with the same.

use std::time::Duration;

use diesel::prelude::*;
use latchkey_cache::Cache;
use latchkey_core::{ClientId, Clock, FrozenClock, Rng, Secret, SessionId, TenantId, TokenHash, UserId, UtcTime};
use latchkey_protocol::{AccessTokenFormat, GrantType, Scope, SigningAlgorithm};
use latchkey_storage::schema::{sessions, tenants, users};
use latchkey_storage::testing::{TestDb, databases};
use latchkey_storage::{Db, DbConnection};
use latchkey_tenants::{
    Branding, Client, ClientMetadata, ClientOrigin, Inserted, Slug, Tenant, TenantSettings, TenantStatus, client_store,
};

use crate::{
    AccessTokenRequest, Authentication, CodePayload, Grant, KeyPool, Keys, MasterKey, NewGrant, Redemption,
    RefreshIssue, Subject, Tokens,
};

pub const ISSUER: &str = "https://id.example/t/one";

pub struct Household {
    pub tenant: Tenant,
    pub client: Client,
    pub user: UserId,
    pub session: SessionId,
}

pub struct World {
    pub test_db: TestDb,
    pub clock: FrozenClock,
    pub cache: Cache,
    pub tokens: Tokens,
    pub one: Household,
    pub other: Household,
    pub no_claims: serde_json::Map<String, serde_json::Value>,
}

pub fn master_key() -> MasterKey {
    MasterKey::parse(&Secret::from("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=")).expect("a key")
}

/// A world on each database.
pub fn worlds() -> Vec<World> {
    databases().into_iter().map(World::new).collect()
}

impl World {
    fn new(test_db: TestDb) -> Self {
        let clock = FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000));
        let cache = Cache::in_process(Clock::Frozen(clock.clone()));
        let tokens = node(test_db.db(), &cache, &clock);
        let rng = Rng::system();
        let one = Household::new(test_db.db(), "one", clock.now(), &rng);
        let other = Household::new(test_db.db(), "other", clock.now(), &rng);
        Self { test_db, clock, cache, tokens, one, other, no_claims: serde_json::Map::new() }
    }

    pub fn db(&self) -> &Db {
        self.test_db.db()
    }

    /// Another node on the same stores.
    pub fn another_node(&self) -> Tokens {
        node(self.db(), &self.cache, &self.clock)
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn payload(&self, scope: &str) -> CodePayload {
        let scope = Scope::parse(scope).expect("a scope");
        let grant = NewGrant {
            grant_type: GrantType::AuthorizationCode,
            client_id: self.one.client.client_id.clone(),
            user_id: self.one.user.clone(),
            session_id: Some(self.one.session.clone()),
            offline: scope.contains("offline_access"),
            scope,
            audience: vec!["https://api.example".to_owned()],
            authentication: Authentication {
                auth_time: self.clock.now(),
                amr: vec!["pwd".to_owned()],
                acr: "urn:latchkey:password".to_owned(),
            },
            claims: Some(serde_json::json!({"userinfo": {"email": null}})),
            confirmation: None,
            authorization_details: None,
            actor: None,
        };
        CodePayload {
            grant,
            redirect_uri: "https://app.example/cb".to_owned(),
            nonce: Some("n-0S6_WzA2Mj".to_owned()),
            code_challenge: None,
            issued_at: self.clock.now(),
        }
    }

    pub async fn code(&self, scope: &str) -> Secret<String> {
        self.tokens.begin_code(&self.one.tenant.id, &self.payload(scope)).await.expect("a code")
    }

    pub async fn redeem(&self, code: &Secret<String>) -> Redemption {
        let (tenant, client) = (&self.one.tenant, &self.one.client.client_id);
        self.tokens.redeem_code(tenant, client, code, |_| Ok(()), RefreshIssue::Issue).await.expect("an outcome")
    }

    /// A grant and its first refresh token.
    pub async fn grant(&self, scope: &str) -> (Grant, Secret<String>) {
        match self.redeem(&self.code(scope).await).await {
            Redemption::Redeemed { grant, refresh_token: Some(token), .. } => (*grant, token),
            other => panic!("not redeemed: {other:?}"),
        }
    }

    /// An access token of that grant.
    pub async fn access_token(&self, grant: &Grant, format: AccessTokenFormat) -> String {
        let request = self.request(user(grant), &grant.scope, format);
        let issued = self.tokens.issue_access_token(ISSUER, &self.one.tenant, &request).await.expect("a token");
        issued.token.expose().clone()
    }

    pub fn request<'a>(
        &'a self,
        subject: Subject<'a>,
        scope: &'a Scope,
        format: AccessTokenFormat,
    ) -> AccessTokenRequest<'a> {
        AccessTokenRequest {
            client_id: &self.one.client.client_id,
            subject,
            scope,
            audience: &[],
            format,
            alg: SigningAlgorithm::Es256,
            lifetime: Duration::from_secs(300),
            confirmation: None,
            actor: None,
            authorization_details: None,
            claims: &self.no_claims,
        }
    }

    pub async fn is_active(&self, token: &str) -> bool {
        let found = self.tokens.find_access_token(ISSUER, &self.one.tenant, token).await.expect("an answer");
        found.is_some()
    }

    pub fn end_session(&self) {
        let (session, now) = (self.one.session.clone(), self.clock.now());
        self.write(move |conn| {
            diesel::update(sessions::table.filter(sessions::id.eq(&session)))
                .set(sessions::ended_at.eq(now))
                .execute(conn)
        });
    }

    pub fn see_session(&self) {
        let (session, now) = (self.one.session.clone(), self.clock.now());
        self.write(move |conn| {
            diesel::update(sessions::table.filter(sessions::id.eq(&session)))
                .set(sessions::last_seen_at.eq(now))
                .execute(conn)
        });
    }

    pub fn disable_user(&self) {
        let user = self.one.user.clone();
        self.write(move |conn| {
            diesel::update(users::table.filter(users::id.eq(&user))).set(users::status.eq("disabled")).execute(conn)
        });
    }

    pub fn write<T>(&self, work: impl FnMut(&mut DbConnection) -> QueryResult<T>) -> T {
        self.db().write_blocking(work).expect("a write")
    }
}

/// The user of a grant, known to the client by their own id.
pub fn user(grant: &Grant) -> Subject<'_> {
    Subject::User { grant, sub: grant.user_id.as_str() }
}

fn node(db: &Db, cache: &Cache, clock: &FrozenClock) -> Tokens {
    let clock = Clock::Frozen(clock.clone());
    let keys = Keys::new(db.clone(), cache.clone(), clock.clone(), Rng::system(), master_key(), KeyPool::shared());
    Tokens::new(db.clone(), cache.clone(), clock, Rng::system(), keys)
}

impl Household {
    fn new(db: &Db, slug: &str, now: UtcTime, rng: &Rng) -> Self {
        let tenant = Tenant {
            id: TenantId::generate(now, rng),
            slug: slug.parse::<Slug>().expect("a slug"),
            name: slug.to_owned(),
            status: TenantStatus::Active,
            settings: TenantSettings::default(),
            branding: Branding::default(),
            issuer_host: None,
        };
        let client = Client {
            client_id: "app".parse::<ClientId>().expect("a client_id"),
            name: "App".to_owned(),
            metadata: ClientMetadata::default(),
            secrets: Vec::new(),
            origin: ClientOrigin::Managed,
        };
        let this = Self { tenant, client, user: UserId::generate(now, rng), session: SessionId::generate(now, rng) };
        db.write_blocking(|conn| this.insert(conn, now)).expect("a household");
        this
    }

    fn insert(&self, conn: &mut DbConnection, now: UtcTime) -> QueryResult<()> {
        diesel::insert_into(tenants::table)
            .values((
                tenants::id.eq(&self.tenant.id),
                tenants::slug.eq(self.tenant.slug.to_string()),
                tenants::name.eq(&self.tenant.name),
                tenants::status.eq("active"),
                tenants::settings.eq("{}"),
                tenants::branding.eq("{}"),
                tenants::created_at.eq(now),
                tenants::updated_at.eq(now),
            ))
            .execute(conn)?;
        assert_eq!(client_store::insert_client(conn, &self.tenant.id, &self.client, now)?, Inserted::Inserted);
        self.insert_user(conn, now)?;
        self.insert_session(conn, now)
    }

    fn insert_user(&self, conn: &mut DbConnection, now: UtcTime) -> QueryResult<()> {
        diesel::insert_into(users::table)
            .values((
                users::tenant_id.eq(&self.tenant.id),
                users::id.eq(&self.user),
                users::username.eq("alice"),
                users::username_key.eq("alice"),
                users::email_verified.eq(false),
                users::claims.eq("{}"),
                users::status.eq("active"),
                users::created_at.eq(now),
                users::updated_at.eq(now),
            ))
            .execute(conn)
            .map(drop)
    }

    fn insert_session(&self, conn: &mut DbConnection, now: UtcTime) -> QueryResult<()> {
        diesel::insert_into(sessions::table)
            .values((
                sessions::tenant_id.eq(&self.tenant.id),
                sessions::id.eq(&self.session),
                sessions::user_id.eq(&self.user),
                sessions::secret_hash.eq(TokenHash::of("session")),
                sessions::amr.eq("[]"),
                sessions::acr.eq("x"),
                sessions::user_agent.eq(""),
                sessions::address.eq("127.0.0.1"),
                sessions::created_at.eq(now),
                sessions::authenticated_at.eq(now),
                sessions::last_seen_at.eq(now),
                sessions::expires_at.eq(now.plus(Duration::from_secs(7 * 24 * 3600))),
            ))
            .execute(conn)
            .map(drop)
    }
}

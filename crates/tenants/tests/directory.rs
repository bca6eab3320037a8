//! The directory: what it keeps, and when it forgets.

#![expect(clippy::expect_used, reason = "a test stops where its setting cannot be made")]

use std::sync::Arc;
use std::time::Duration;

use latchkey_cache::{Cache, Invalidation};
use latchkey_core::{ClientId, Clock, Rng, TenantId, UtcTime};
use latchkey_protocol::RedirectUri;
use latchkey_storage::testing::{TestDb, databases};
use latchkey_tenants::{
    Client, ClientMetadata, ClientOrigin, Directory, DomainName, ResourceServer, ResourceServerSettings, Slug,
    TenantProfile, TenantStatus, client_store, domain_store, resource_server_store, tenant_store,
};

struct Setting {
    test: TestDb,
    cache: Cache,
    directory: Directory,
    tenant: TenantId,
}

const NOW: i64 = 1_800_000_000;

fn now() -> UtcTime {
    UtcTime::from_unix_seconds(NOW)
}

fn settings() -> Vec<Setting> {
    databases()
        .into_iter()
        .map(|test| {
            let cache = Cache::in_process(Clock::System);
            let directory = Directory::new(test.db().clone(), cache.clone());
            let tenant = insert_tenant(&test, "acme", 1);
            Setting { test, cache, directory, tenant }
        })
        .collect()
}

fn insert_tenant(test: &TestDb, slug: &str, seed: u64) -> TenantId {
    let tenant = TenantId::generate(now(), &Rng::seeded(seed));
    let slug: Slug = slug.parse().expect("is a slug");
    let profile = TenantProfile { name: slug.to_string(), ..TenantProfile::default() };
    let _ = test
        .db()
        .write_blocking(|conn| tenant_store::insert_tenant(conn, &tenant, &slug, &profile, now()))
        .expect("inserts");
    tenant
}

fn suspend(test: &TestDb, tenant: &TenantId) {
    let _ = test
        .db()
        .write_blocking(|conn| tenant_store::set_status(conn, tenant, TenantStatus::Suspended, now()))
        .expect("updates");
}

fn insert_client(test: &TestDb, tenant: &TenantId) -> ClientId {
    let client = Client {
        client_id: "web".parse().expect("is a client id"),
        name: "Web".to_owned(),
        metadata: ClientMetadata {
            redirect_uris: vec![RedirectUri::parse("https://app.example/cb").expect("may be registered")],
            ..ClientMetadata::default()
        },
        secrets: Vec::new(),
        origin: ClientOrigin::Managed,
    };
    let _ =
        test.db().write_blocking(|conn| client_store::insert_client(conn, tenant, &client, now())).expect("inserts");
    client.client_id
}

/// Waits until `condition` holds, at most 10 seconds.
async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    let holds = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), holds).await.expect("holds in time");
}

#[tokio::test]
async fn an_answer_is_kept_until_it_is_forgotten() {
    for Setting { test, directory, tenant, .. } in settings() {
        let status = async || directory.find_tenant_by_slug("acme").await.expect("answers").expect("is there").status;
        let first = directory.find_tenant_by_slug("acme").await.expect("answers").expect("is there");
        let again = directory.find_tenant_by_slug("ACME").await.expect("answers").expect("is there");
        assert!(Arc::ptr_eq(&first, &again), "{}", test.backend());

        suspend(&test, &tenant);
        assert_eq!(status().await, TenantStatus::Active);
        directory.forget(&Invalidation::Tenant(tenant.clone()));
        assert_eq!(status().await, TenantStatus::Suspended);
        assert_eq!(directory.find_tenant(&tenant).await.expect("answers").expect("is there").slug.as_str(), "acme");
    }
}

#[tokio::test]
async fn a_notice_of_another_tenant_forgets_nothing_but_what_is_absent() {
    for Setting { test, directory, .. } in settings() {
        let first = directory.find_tenant_by_slug("acme").await.expect("answers").expect("is there");
        assert_eq!(directory.find_tenant_by_slug("late").await.expect("answers"), None);
        let late = insert_tenant(&test, "late", 2);
        assert_eq!(directory.find_tenant_by_slug("late").await.expect("answers"), None);

        directory.forget(&Invalidation::Tenant(late));
        assert!(directory.find_tenant_by_slug("late").await.expect("answers").is_some());
        let again = directory.find_tenant_by_slug("acme").await.expect("answers").expect("is there");
        assert!(Arc::ptr_eq(&first, &again), "{}", test.backend());
    }
}

#[tokio::test]
async fn a_published_change_is_heard() {
    for Setting { test, cache, directory, tenant } in settings() {
        directory.listen();
        let id: ClientId = "web".parse().expect("is a client id");
        assert_eq!(directory.find_client(&tenant, &id).await.expect("answers"), None);
        assert_eq!(directory.resource_servers(&tenant).await.expect("answers").iter().count(), 0);
        assert!(directory.find_tenant(&tenant).await.expect("answers").is_some());

        insert_client(&test, &tenant);
        assert_eq!(directory.find_client(&tenant, &id).await.expect("answers"), None);
        cache.publish(&Invalidation::Client(tenant.clone(), id.clone())).await.expect("publishes");
        until(async || directory.find_client(&tenant, &id).await.expect("answers").is_some()).await;

        let server = ResourceServer {
            audience: "https://api.example".to_owned(),
            name: "API".to_owned(),
            settings: ResourceServerSettings::default(),
            scopes: Vec::new(),
        };
        test.db().write_blocking(|conn| resource_server_store::upsert(conn, &tenant, &server, now())).expect("writes");
        cache.publish(&Invalidation::ResourceServers(tenant.clone())).await.expect("publishes");
        until(async || directory.resource_servers(&tenant).await.expect("answers").find(&server.audience).is_some())
            .await;

        suspend(&test, &tenant);
        cache.publish(&Invalidation::AllTenants).await.expect("publishes");
        until(async || {
            directory.find_tenant(&tenant).await.expect("answers").expect("is there").status == TenantStatus::Suspended
        })
        .await;
    }
}

#[tokio::test]
async fn a_client_is_found_in_its_tenant_only() {
    for Setting { test, directory, tenant, .. } in settings() {
        let other = insert_tenant(&test, "other", 3);
        let id = insert_client(&test, &tenant);
        let first = directory.find_client(&tenant, &id).await.expect("answers").expect("is there");
        let again = directory.find_client(&tenant, &id).await.expect("answers").expect("is there");
        assert!(Arc::ptr_eq(&first, &again), "{}", test.backend());
        assert_eq!(directory.find_client(&other, &id).await.expect("answers"), None);
    }
}

#[tokio::test]
async fn a_verified_host_leads_to_its_tenant() {
    for Setting { test, directory, tenant, .. } in settings() {
        let host: DomainName = "login.example.com".parse().expect("is a domain");
        assert_eq!(directory.find_tenant_by_host("login.example.com").await.expect("answers"), None);
        let verified = test.db().write_blocking(|conn| {
            let _ = domain_store::insert_domain(conn, &tenant, &host, now())?;
            domain_store::verify_domain(conn, &tenant, &host, now())
        });
        assert!(verified.is_ok());
        directory.forget(&Invalidation::Tenant(tenant.clone()));
        let found = directory.find_tenant_by_host("LOGIN.example.com").await.expect("answers");
        assert_eq!(found.expect("is there").id, tenant, "{}", test.backend());
    }
}

#[tokio::test]
async fn requests_that_miss_together_share_one_answer() {
    for Setting { test, directory, .. } in settings() {
        let asking: Vec<_> = (0..50)
            .map(|_| {
                let directory = directory.clone();
                tokio::spawn(
                    async move { directory.find_tenant_by_slug("acme").await.expect("answers").expect("is there") },
                )
            })
            .collect();
        let mut answers = Vec::new();
        for task in asking {
            answers.push(task.await.expect("finishes"));
        }
        assert!(answers.iter().all(|answer| Arc::ptr_eq(answer, &answers[0])), "{}", test.backend());
    }
}

#[tokio::test]
async fn what_cannot_be_a_name_is_answered_without_the_database() {
    let test = TestDb::sqlite();
    let directory = Directory::new(test.db().clone(), Cache::in_process(Clock::System));
    // Without its tables every read fails, so an answer proves that none was made.
    test.db()
        .write_blocking(|conn| {
            diesel::connection::SimpleConnection::batch_execute(conn, "DROP TABLE domains; DROP TABLE tenants")
        })
        .expect("drops");
    for slug in ["", "a b", "a/b", "..", "é", "-a", "a_b"] {
        assert_eq!(directory.find_tenant_by_slug(slug).await.expect("answers"), None, "{slug}");
    }
    for host in ["", "localhost", "localhost:8080", "127.0.0.1:80", "[::1]", "a b.example"] {
        assert_eq!(directory.find_tenant_by_host(host).await.expect("answers"), None, "{host}");
    }
    let error = directory.find_tenant_by_slug("acme").await.expect_err("has to read");
    assert!(!error.is_unavailable());
}

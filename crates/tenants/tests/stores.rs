//! The store functions, the same body on each database.

#![expect(clippy::expect_used, reason = "a test stops where its setting cannot be made")]

use std::time::Duration;

use latchkey_core::{ClientId, Rng, Secret, TenantId, TokenHash, UtcTime};
use latchkey_protocol::{AccessTokenFormat, RedirectUri};
use latchkey_storage::testing::{TestDb, databases};
use latchkey_tenants::{
    Branding, Client, ClientMetadata, ClientOrigin, ClientSecret, DomainName, Inserted, ResourceServer,
    ResourceServerSettings, ScopeDefinition, Slug, Tenant, TenantProfile, TenantSettings, TenantStatus, Verification,
    Written, client_store, domain_store, resource_server_store, tenant_store,
};

const NOW: i64 = 1_800_000_000;

fn now() -> UtcTime {
    UtcTime::from_unix_seconds(NOW)
}

fn slug(text: &str) -> Slug {
    text.parse().expect("is a slug")
}

fn host(text: &str) -> DomainName {
    text.parse().expect("is a domain")
}

fn profile(name: &str) -> TenantProfile {
    TenantProfile { name: name.to_owned(), ..TenantProfile::default() }
}

fn client(id: &str, name: &str) -> Client {
    let redirect_uri = RedirectUri::parse("https://app.example/cb").expect("may be registered");
    Client {
        client_id: id.parse().expect("is a client id"),
        name: name.to_owned(),
        metadata: ClientMetadata { redirect_uris: vec![redirect_uri], ..ClientMetadata::default() },
        secrets: Vec::new(),
        origin: ClientOrigin::Managed,
    }
}

fn make_tenant(test: &TestDb, rng: &Rng, name: &str) -> TenantId {
    let tenant = TenantId::generate(now(), rng);
    let outcome = test
        .db()
        .write_blocking(|conn| tenant_store::insert_tenant(conn, &tenant, &slug(name), &profile(name), now()))
        .expect("inserts");
    assert_eq!(outcome, Inserted::Inserted, "{}", test.backend());
    tenant
}

fn load(test: &TestDb, tenant: &TenantId) -> Tenant {
    test.db().read_blocking(|conn| tenant_store::load_tenant(conn, tenant)).expect("is there")
}

#[test]
fn a_tenant_keeps_what_was_written() {
    for test in databases() {
        let db = test.db();
        let rng = Rng::seeded(1);
        let tenant = make_tenant(&test, &rng, "acme");
        let change = TenantProfile {
            name: "Ácme \u{1f511}".to_owned(),
            settings: TenantSettings { session_idle_seconds: 60, locale: "de".to_owned(), ..TenantSettings::default() },
            branding: Branding { primary_color: Some("#0a7".parse().expect("a colour")), ..Branding::default() },
        };
        let written =
            db.write_blocking(|conn| tenant_store::update_tenant(conn, &tenant, &change, now())).expect("updates");
        assert_eq!(written, Written::Written);

        let found =
            db.read_blocking(|conn| tenant_store::find_tenant_by_slug(conn, "acme")).expect("reads").expect("is there");
        assert_eq!(found.name, change.name);
        assert_eq!(found.settings, change.settings);
        assert_eq!(found.branding, change.branding);
        assert_eq!(found.status, TenantStatus::Active);
        assert_eq!(found.issuer(&"https://id.example".parse().expect("an origin")), "https://id.example/t/acme");

        let written = db
            .write_blocking(|conn| tenant_store::set_status(conn, &tenant, TenantStatus::Suspended, now()))
            .expect("updates");
        assert_eq!(written, Written::Written);
        assert_eq!(load(&test, &tenant).status, TenantStatus::Suspended);

        let unknown = TenantId::generate(now(), &rng);
        let written =
            db.write_blocking(|conn| tenant_store::update_tenant(conn, &unknown, &change, now())).expect("runs");
        assert_eq!(written, Written::NotFound);
        assert_eq!(db.read_blocking(|conn| tenant_store::find_tenant(conn, &unknown)).expect("reads"), None);
    }
}

#[test]
fn a_slug_belongs_to_one_tenant() {
    for test in databases() {
        let rng = Rng::seeded(2);
        let first = make_tenant(&test, &rng, "acme");
        let second = TenantId::generate(now(), &rng);
        let outcome = test
            .db()
            .write_blocking(|conn| tenant_store::insert_tenant(conn, &second, &slug("ACME"), &profile("Other"), now()))
            .expect("runs");
        assert_eq!(outcome, Inserted::AlreadyThere, "{}", test.backend());
        assert_eq!(load(&test, &first).name, "acme");
    }
}

#[test]
fn tenants_are_listed_page_by_page() {
    for test in databases() {
        let rng = Rng::seeded(3);
        for name in ["cc", "aa", "bb"] {
            make_tenant(&test, &rng, name);
        }
        let page = |after: Option<Slug>| -> Vec<String> {
            let tenants =
                test.db().read_blocking(|conn| tenant_store::list_tenants(conn, after.as_ref(), 2)).expect("lists");
            tenants.into_iter().map(|tenant| tenant.slug.to_string()).collect()
        };
        assert_eq!(page(None), ["aa", "bb"]);
        assert_eq!(page(Some(slug("bb"))), ["cc"]);
        assert!(page(Some(slug("cc"))).is_empty());
    }
}

#[test]
fn the_same_client_id_in_two_tenants_is_two_clients() {
    for test in databases() {
        let db = test.db();
        let rng = Rng::seeded(4);
        let (one, two) = (make_tenant(&test, &rng, "one"), make_tenant(&test, &rng, "two"));
        let id: ClientId = "web".parse().expect("is a client id");
        let find =
            |tenant: &TenantId| db.read_blocking(|conn| client_store::find_client(conn, tenant, &id)).expect("reads");
        let secret = Secret::from("one's secret");

        let mut of_one = client("web", "One");
        of_one.secrets.push(ClientSecret::new(&secret, now(), None));
        let outcome =
            db.write_blocking(|conn| client_store::insert_client(conn, &one, &of_one, now())).expect("inserts");
        assert_eq!(outcome, Inserted::Inserted);
        assert_eq!(find(&two), None);

        let outcome = db
            .write_blocking(|conn| client_store::insert_client(conn, &two, &client("web", "Two"), now()))
            .expect("inserts");
        assert_eq!(outcome, Inserted::Inserted);
        assert!(find(&one).expect("is there").verify_secret(&secret, now()));
        assert!(!find(&two).expect("is there").verify_secret(&secret, now()));

        let renamed = client("web", "Two, renamed");
        let written =
            db.write_blocking(|conn| client_store::update_client(conn, &two, &renamed, now())).expect("updates");
        assert_eq!(written, Written::Written);
        assert_eq!(find(&one), Some(of_one), "{}", test.backend());

        let written = db.write_blocking(|conn| client_store::delete_client(conn, &two, &id)).expect("deletes");
        assert_eq!(written, Written::Written);
        assert_eq!(find(&two), None);
        assert!(find(&one).expect("is there").verify_secret(&secret, now()));
    }
}

#[test]
fn a_second_client_of_the_same_id_changes_nothing() {
    for test in databases() {
        let db = test.db();
        let tenant = make_tenant(&test, &Rng::seeded(5), "acme");
        let mut second = client("web", "Second");
        second.secrets.push(ClientSecret::new(&Secret::from("intruder"), now(), None));
        for (candidate, outcome) in [(client("web", "First"), Inserted::Inserted), (second, Inserted::AlreadyThere)] {
            let got =
                db.write_blocking(|conn| client_store::insert_client(conn, &tenant, &candidate, now())).expect("runs");
            assert_eq!(got, outcome);
        }
        let id = "web".parse().expect("is a client id");
        let found = db.read_blocking(|conn| client_store::find_client(conn, &tenant, &id)).expect("reads");
        assert_eq!(found, Some(client("web", "First")), "{}", test.backend());
    }
}

#[test]
fn two_live_secrets_are_accepted_and_an_expired_one_is_not() {
    for test in databases() {
        let db = test.db();
        let tenant = make_tenant(&test, &Rng::seeded(6), "acme");
        let hour = Duration::from_secs(3_600);
        let mut web = client("web", "Web");
        web.secrets = vec![
            ClientSecret::new(&Secret::from("expired"), now().minus(hour + hour), Some(now())),
            ClientSecret::new(&Secret::from("old"), now().minus(hour), Some(now().plus(hour))),
        ];
        let _ = db.write_blocking(|conn| client_store::insert_client(conn, &tenant, &web, now())).expect("inserts");
        let new = ClientSecret::new(&Secret::from("new"), now(), None);
        let outcome =
            db.write_blocking(|conn| client_store::add_secret(conn, &tenant, &web.client_id, &new)).expect("adds");
        assert_eq!(outcome, Inserted::Inserted);

        let find = || {
            db.read_blocking(|conn| client_store::find_client(conn, &tenant, &web.client_id))
                .expect("reads")
                .expect("is there")
        };
        let found = find();
        let accepts = |secret: &str, at: UtcTime| found.verify_secret(&Secret::from(secret), at);
        assert_eq!(found.secrets.len(), 3);
        assert!(accepts("old", now()) && accepts("new", now()));
        assert!(!accepts("expired", now()) && !accepts("", now()) && !accepts(TokenHash::of("new").as_str(), now()));
        assert!(!accepts("old", now().plus(hour)) && accepts("new", now().plus(hour)));

        let only = [ClientSecret::new(&Secret::from("only"), now(), None)];
        db.write_blocking(|conn| client_store::replace_secrets(conn, &tenant, &web.client_id, &only))
            .expect("replaces");
        assert_eq!(find().secrets, only, "{}", test.backend());
    }
}

#[test]
fn clients_are_listed_with_their_own_secrets() {
    for test in databases() {
        let db = test.db();
        let rng = Rng::seeded(7);
        let (tenant, other) = (make_tenant(&test, &rng, "acme"), make_tenant(&test, &rng, "other"));
        for id in ["a", "b", "c"] {
            let mut listed = client(id, id);
            listed.secrets.push(ClientSecret::new(&Secret::from(id), now(), None));
            let _ =
                db.write_blocking(|conn| client_store::insert_client(conn, &tenant, &listed, now())).expect("inserts");
        }
        let foreign = client("b2", "foreign");
        let _ = db.write_blocking(|conn| client_store::insert_client(conn, &other, &foreign, now())).expect("inserts");

        let page = |after: Option<&str>| {
            let after = after.map(|id| id.parse::<ClientId>().expect("is a client id"));
            db.read_blocking(|conn| client_store::list_clients(conn, &tenant, after.as_ref(), 2)).expect("lists")
        };
        let ids = |clients: &[Client]| clients.iter().map(|client| client.client_id.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(&page(None)), ["a", "b"]);
        let rest = page(Some("b"));
        assert_eq!(ids(&rest), ["c"]);
        assert_eq!(rest[0].secrets.len(), 1);
        assert!(rest[0].verify_secret(&Secret::from("c"), now()));
    }
}

#[test]
fn a_host_belongs_to_the_tenant_that_proved_it() {
    for test in databases() {
        let db = test.db();
        let rng = Rng::seeded(8);
        let (one, two) = (make_tenant(&test, &rng, "one"), make_tenant(&test, &rng, "two"));
        let login = host("login.example.com");
        let claim = |tenant: &TenantId| {
            db.write_blocking(|conn| domain_store::insert_domain(conn, tenant, &login, now())).expect("claims")
        };
        let verify = |tenant: &TenantId| {
            db.write_blocking(|conn| domain_store::verify_domain(conn, tenant, &login, now())).expect("runs")
        };
        let make_issuer = |tenant: &TenantId, host: Option<&DomainName>| {
            db.write_blocking(|conn| domain_store::make_issuer(conn, tenant, host)).expect("runs")
        };
        let holder =
            || db.read_blocking(|conn| domain_store::find_by_verified_host(conn, login.as_str())).expect("reads");

        assert_eq!(
            (claim(&one), claim(&one), claim(&two)),
            (Inserted::Inserted, Inserted::AlreadyThere, Inserted::Inserted)
        );
        assert_eq!(holder(), None);
        assert_eq!(make_issuer(&one, Some(&login)), Written::NotFound);
        assert_eq!((verify(&one), verify(&one)), (Verification::Verified, Verification::Verified));
        assert_eq!(verify(&two), Verification::HeldByAnother);
        assert_eq!(make_issuer(&two, Some(&login)), Written::NotFound);
        let found = holder().expect("is verified");
        assert_eq!((found.id, found.issuer_host), (one.clone(), None), "{}", test.backend());

        assert_eq!(make_issuer(&one, Some(&login)), Written::Written);
        let public_url = "http://localhost:8080".parse().expect("an origin");
        assert_eq!(load(&test, &one).issuer(&public_url), "https://login.example.com");
        let domains = db.read_blocking(|conn| domain_store::list_domains(conn, &one)).expect("lists");
        assert_eq!(domains.len(), 1);
        assert!(domains[0].is_issuer && domains[0].verified_at == Some(now()));

        assert_eq!(make_issuer(&one, None), Written::Written);
        assert_eq!(load(&test, &one).issuer(&public_url), "http://localhost:8080/t/one");
    }
}

#[test]
fn the_database_itself_refuses_a_second_holder_of_a_host() {
    use diesel::prelude::*;
    use latchkey_storage::schema::domains;
    for test in databases() {
        let db = test.db();
        let rng = Rng::seeded(9);
        for name in ["one", "two"] {
            let tenant = make_tenant(&test, &rng, name);
            let outcome = db.write_blocking(|conn| {
                let _ = domain_store::insert_domain(conn, &tenant, &host("login.example.com"), now())?;
                diesel::update(domains::table.filter(domains::tenant_id.eq(&tenant)))
                    .set(domains::verified_at.eq(now()))
                    .execute(conn)
            });
            assert_eq!(outcome.is_ok(), name == "one", "{} {name}", test.backend());
        }
    }
}

#[test]
fn a_resource_server_is_written_over_and_stays_in_its_tenant() {
    for test in databases() {
        let db = test.db();
        let rng = Rng::seeded(10);
        let (one, two) = (make_tenant(&test, &rng, "one"), make_tenant(&test, &rng, "two"));
        let list =
            |tenant: &TenantId| db.read_blocking(|conn| resource_server_store::list(conn, tenant)).expect("lists");
        let mut server = ResourceServer {
            audience: "https://api.example".to_owned(),
            name: "API".to_owned(),
            settings: ResourceServerSettings::default(),
            scopes: vec![ScopeDefinition {
                name: "read".to_owned(),
                description: "Read".to_owned(),
                ..ScopeDefinition::default()
            }],
        };
        for name in ["API", "API, renamed"] {
            server.name = name.to_owned();
            server.settings.access_token_format = Some(AccessTokenFormat::Opaque);
            db.write_blocking(|conn| resource_server_store::upsert(conn, &one, &server, now())).expect("writes");
            assert_eq!(list(&one), [server.clone()], "{}", test.backend());
        }
        assert!(list(&two).is_empty());

        let delete = |tenant: &TenantId| {
            db.write_blocking(|conn| resource_server_store::delete(conn, tenant, &server.audience)).expect("runs")
        };
        assert_eq!(
            (delete(&two), delete(&one), delete(&one)),
            (Written::NotFound, Written::Written, Written::NotFound)
        );
    }
}

#[test]
fn a_deleted_tenant_takes_everything_along() {
    for test in databases() {
        let db = test.db();
        let tenant = make_tenant(&test, &Rng::seeded(11), "acme");
        let mut web = client("web", "Web");
        web.secrets.push(ClientSecret::new(&Secret::from("s"), now(), None));
        let _ = db.write_blocking(|conn| client_store::insert_client(conn, &tenant, &web, now())).expect("inserts");
        let written = db.write_blocking(|conn| tenant_store::delete_tenant(conn, &tenant)).expect("deletes");
        assert_eq!(written, Written::Written);
        let found = db.read_blocking(|conn| client_store::find_client(conn, &tenant, &web.client_id)).expect("reads");
        assert_eq!(found, None, "{}", test.backend());
    }
}

//! What an operator reads when the database cannot be opened: one line, no credentials, and nothing is made.

#![expect(clippy::expect_used, reason = "a test stops where its setting cannot be made")]

use diesel::connection::SimpleConnection;
use latchkey_storage::testing::{TestDb, databases, empty_postgres, postgres_admin_url};
use latchkey_storage::{DatabaseUrl, Db, Migrate, OpenError};

fn parse(url: &str) -> DatabaseUrl {
    url.parse().expect("a database URL")
}

fn refusal(url: &DatabaseUrl) -> (OpenError, String) {
    let error = Db::open(url, 2, Migrate::Apply).err().expect("is refused");
    let line = error.to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(!line.contains("s3cret"), "{line}");
    (error, line)
}

#[test]
fn a_url_of_another_kind_is_refused() {
    for url in ["", "mysql://localhost/x", "sqlite://", "latchkey.db", "postgres://["] {
        let error = url.parse::<DatabaseUrl>().expect_err("is refused");
        assert!(matches!(error, OpenError::UnsupportedUrl), "{url}");
    }
}

#[test]
fn a_missing_directory_is_named_and_not_made() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let missing = directory.path().join("mistyped");
    let (error, line) = refusal(&parse(&format!("sqlite://{}/latchkey.db", missing.display())));
    assert!(matches!(error, OpenError::DirectoryMissing { .. }), "{line}");
    assert!(line.contains("mistyped"), "{line}");
    assert!(!missing.exists());
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("notes.txt");
    let text = "These are notes, not a database. ".repeat(100);
    std::fs::write(&path, &text).expect("writes");
    let (_, line) = refusal(&parse(&format!("sqlite://{}", path.display())));
    assert!(line.contains("not a database"), "{line}");
    assert_eq!(std::fs::read_to_string(&path).expect("reads"), text);
}

#[test]
fn an_unreachable_server_is_refused_without_its_password() {
    let (error, line) = refusal(&parse("postgres://latchkey:s3cret@127.0.0.1:1/latchkey"));
    assert!(matches!(error, OpenError::Unreachable { .. }), "{line}");
    assert!(line.contains("127.0.0.1:1/latchkey"), "{line}");
}

#[test]
fn a_server_that_never_answers_is_given_up_within_seconds() {
    // The kernel accepts for a listener whose program does not.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let begun = std::time::Instant::now();
    let (error, line) = refusal(&parse(&format!("postgres://latchkey:s3cret@127.0.0.1:{port}/latchkey")));
    assert!(matches!(error, OpenError::Unreachable { .. }), "{line}");
    assert!(line.contains("timeout expired"), "{line}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[test]
fn a_wrong_database_or_role_is_refused_and_not_made() {
    let Some(admin) = postgres_admin_url() else { return };
    let url = |change: fn(&mut url::Url)| {
        let mut url = url::Url::parse(&admin).expect("a URL");
        change(&mut url);
        parse(url.as_str())
    };
    let wrong_database = url(|url| url.set_path("latchkey_no_such_database"));
    for _ in 0..2 {
        let (error, line) = refusal(&wrong_database);
        assert!(matches!(error, OpenError::Unreachable { .. }), "{line}");
        assert!(line.contains("latchkey_no_such_database") && line.contains("does not exist"), "{line}");
    }
    let wrong_role = url(|url| {
        let _ = url.set_username("latchkey_no_such_role");
        let _ = url.set_password(Some("s3cret"));
    });
    let (error, line) = refusal(&wrong_role);
    assert!(matches!(error, OpenError::Unreachable { .. }), "{line}");
}

#[test]
fn a_database_that_a_newer_release_migrated_is_refused_and_left_alone() {
    for test in databases() {
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')";
        test.db().write_blocking(|conn| conn.batch_execute(newer)).expect("inserts");
        let (error, line) = refusal(&parse(&test.url()));
        assert!(matches!(error, OpenError::NewerThanBinary { .. }), "{line}");
        assert!(line.contains("99991231000000"), "{} {line}", test.backend());
        assert!(test.db().read_blocking(|conn| conn.batch_execute("SELECT id FROM tenants")).is_ok());
    }
}

#[test]
fn without_leave_to_migrate_an_empty_database_stays_empty() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let sqlite = DatabaseUrl::Sqlite(directory.path().join("latchkey.db"));
    let postgres = empty_postgres();
    let urls = std::iter::once(&sqlite).chain(postgres.as_ref().map(|database| database.url()));
    for url in urls {
        for _ in 0..2 {
            let error = Db::open(url, 2, Migrate::Refuse).err().expect("is refused");
            assert!(matches!(error, OpenError::MigrationsPending { count } if count > 0), "{error}");
        }
        let (_, first) = Db::open(url, 2, Migrate::Apply).expect("opens");
        assert!(!first.applied.is_empty());
        let (_, second) = Db::open(url, 2, Migrate::Refuse).expect("opens");
        assert!(second.applied.is_empty());
    }
}

#[test]
fn nodes_that_start_together_migrate_once() {
    let Some(database) = empty_postgres() else { return };
    let starting: Vec<_> = (0..4)
        .map(|_| {
            let url = database.url().clone();
            std::thread::spawn(move || Db::open(&url, 2, Migrate::Apply).expect("opens").1.applied.len())
        })
        .collect();
    let applied: Vec<_> = starting.into_iter().map(|node| node.join().expect("starts")).collect();
    assert_eq!(applied.iter().filter(|count| **count > 0).count(), 1, "{applied:?}");
}

#[test]
fn a_test_database_is_gone_after_its_test() {
    let Some(test) = TestDb::postgres() else { return };
    let url = parse(&test.url());
    drop(test);
    assert!(matches!(refusal(&url).0, OpenError::Unreachable { .. }));
}

use crate::support::Installation;

#[test]
fn an_unknown_variable_is_refused_and_the_nearest_named() {
    let line = Installation::sqlite().with("LATCHKEY_LISTN", "x").run(&["check-config"]).refused();
    assert!(
        line.starts_with("latchkey: LATCHKEY_LISTN: unknown variable; did you mean \"LATCHKEY_LISTEN\"?"),
        "{line}"
    );
}

#[test]
fn every_problem_of_a_configuration_has_its_own_line() {
    let installation = Installation::sqlite().with("LATCHKEY_WORKERS", "many").with("LATCHKEY_PUBLIC_URL", "nowhere");
    let run = installation.run(&["check-config"]);
    assert_eq!((run.code, run.stderr.lines().count()), (1, 2), "{run:?}");
    assert!(run.stderr.lines().all(|line| line.starts_with("latchkey: LATCHKEY_")), "{run:?}");
}

#[test]
fn check_config_shows_no_secret_and_creates_nothing() {
    let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let installation = Installation::sqlite().with("LATCHKEY_MASTER_KEY", secret);
    let shown = installation.run(&["check-config"]).ok();
    assert!(shown.contains("master_key = [secret]") && !shown.contains(secret), "{shown}");
    assert_eq!(std::fs::read_dir(installation.dir.path()).unwrap().count(), 0);
}

#[test]
fn postgresql_needs_a_master_key() {
    let installation = Installation::sqlite().with("LATCHKEY_DATABASE_URL", "postgres://localhost/x");
    let run = installation.run(&["migrate"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("(LATCHKEY_MASTER_KEY): required with a PostgreSQL database"), "{run:?}");
}

#[test]
fn what_cannot_be_used_is_one_line_and_creates_nothing() {
    let missing = "/nonexistent/latchkey/x.db";
    for (name, value, expected) in [
        ("LATCHKEY_MASTER_KEY", "short", "the master key must be 32 random bytes"),
        (
            "LATCHKEY_DATABASE_URL",
            &format!("sqlite://{missing}"),
            "the directory /nonexistent/latchkey of the SQLite database does not exist",
        ),
        ("LATCHKEY_REDIS_URL", "redis://127.0.0.1:1", "cannot use redis at"),
        ("LATCHKEY_MAIL_DIRECTORY", "/nonexistent", "is not a directory"),
        ("LATCHKEY_LOG", "=[", "LATCHKEY_LOG is not a log filter"),
    ] {
        let installation = Installation::sqlite().with(name, value);
        let line = installation.run(&["serve"]).refused();
        assert!(line.starts_with("latchkey: ") && line.contains(expected), "{name}: {line}");
        assert_eq!(std::fs::read_dir(installation.dir.path()).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn a_busy_port_is_one_line_and_creates_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let installation = Installation::sqlite().with("LATCHKEY_LISTEN", &address);
    let line = installation.run(&["serve"]).refused();
    assert!(line.starts_with(&format!("latchkey: cannot listen on {address} (LATCHKEY_LISTEN): ")), "{line}");
    assert_eq!(std::fs::read_dir(installation.dir.path()).unwrap().count(), 0);
}

#[test]
fn an_unreadable_certificate_is_one_line_and_creates_nothing() {
    let installation = Installation::sqlite()
        .with("LATCHKEY_TLS_CERTIFICATE", "/nonexistent/cert.pem")
        .with("LATCHKEY_TLS_PRIVATE_KEY", "/nonexistent/key.pem");
    let line = installation.run(&["serve"]).refused();
    assert!(line.starts_with("latchkey: cannot read the certificate /nonexistent/cert.pem: "), "{line}");
    assert_eq!(std::fs::read_dir(installation.dir.path()).unwrap().count(), 0);
}

#[test]
fn another_master_key_is_refused_and_changes_nothing() {
    let installation = Installation::sqlite();
    installation.run(&["migrate"]).ok();
    let key = installation.dir.path().join("data/master.key");
    let right = std::fs::read(&key).unwrap();

    std::fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    let line = installation.run(&["serve"]).refused();
    assert!(line.contains("the master key is not the one that this database was set up with"), "{line}");

    std::fs::remove_file(&key).unwrap();
    let line = installation.run(&["serve"]).refused();
    assert!(line.contains("master key that is missing now"), "{line}");
    assert!(!key.exists(), "a new key would only mislead");

    std::fs::write(&key, right).unwrap();
    let line = installation.run(&["migrate"]).refused();
    assert!(line.contains("can be read by others"), "{line}");
}

#[test]
fn data_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let installation = Installation::sqlite();
    installation.run(&["migrate"]).ok();
    for (path, mode) in [("data", 0o700), ("data/latchkey.db", 0o600), ("data/master.key", 0o600)] {
        let found = std::fs::metadata(installation.dir.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}");
    }
}

#[test]
fn usage_errors_exit_with_2() {
    assert_eq!(Installation::sqlite().run(&["serve", "--nonsense"]).code, 2);
    assert_eq!(Installation::sqlite().run(&[]).code, 2);
}

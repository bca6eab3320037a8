use std::{fs, time::Duration};

use super::*;

fn load(file: Option<&str>, environment: &[(&str, &str)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    if let Some(text) = file {
        fs::write(directory.path().join("latchkey.toml"), text).unwrap();
    }
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let sources = Sources { working_directory: directory.path().to_owned(), ..Sources::new(None, environment) };
    let folder = format!("{}/", directory.path().display());
    Config::load(&sources).map_err(|error| error.to_string().replace(&folder, ""))
}

#[test]
fn nothing_set_gives_the_embedded_defaults() {
    let config = load(None, &[]).unwrap();
    assert_eq!(config.http.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.http.public_origin(), "http://localhost:8080");
    assert_eq!(config.http.metrics_listen, Some("127.0.0.1:9000".parse().unwrap()));
    assert_eq!(config.http.tls, None);
    assert_eq!(config.storage.database_url.expose(), "sqlite://./data/latchkey.db");
    assert_eq!(config.storage.redis_url, None);
    assert_eq!(config.password.memory_kib, 19_456);
    assert_eq!(config.limits.body_bytes, 65_536);
    assert_eq!(config.limits.request_timeout, Duration::from_secs(30));
    assert_eq!(config.log, LogConfig { filter: "info".into(), format: LogFormat::Auto });
    assert!(!config.storage.is_postgresql());
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "listen = \"127.0.0.1:1\"\nworkers = 3\ndata_dir = \"/srv/x\"\n[log]\nformat = \"json\"\n";
    let config = load(Some(file), &[("LATCHKEY_LISTEN", "127.0.0.1:2"), ("LATCHKEY_LOG", "debug")]).unwrap();
    assert_eq!(config.http.listen.port(), 2);
    assert_eq!(config.http.workers, 3);
    assert_eq!(config.storage.database_url.expose(), "sqlite:///srv/x/latchkey.db");
    assert_eq!(config.log, LogConfig { filter: "debug".into(), format: LogFormat::Json });
}

#[test]
fn an_empty_or_foreign_variable_counts_as_absent() {
    let environment =
        [("LATCHKEY_REDIS_URL", ""), ("LATCHKEY_TEST_POSTGRES_URL", "x"), ("PATH", "/bin"), ("LATCHKEY", "x")];
    assert_eq!(load(None, &environment).unwrap().storage.redis_url, None);
}

#[test]
fn every_problem_is_reported_at_once_with_its_line() {
    let file = "# comment\nlisten = \"here\"\npublik_url = \"https://id.example\"\n\n[limits]\nbody_bytes = 1\nrequest_timeout = 30\n";
    let error = load(Some(file), &[("LATCHKEY_LISTN", "x"), ("LATCHKEY_WORKERS", "0")]).unwrap_err();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(
        lines,
        [
            "latchkey.toml:3: unknown key \"publik_url\"; did you mean \"public_url\"?",
            "LATCHKEY_LISTN: unknown variable; did you mean \"LATCHKEY_LISTEN\"?",
            "latchkey.toml:2: listen must be an address and a port such as 127.0.0.1:8080, not \"here\"",
            "LATCHKEY_WORKERS: workers must be a whole number, at least 1, not \"0\"",
            "latchkey.toml:6: limits.body_bytes must be a whole number, at least 1024, not \"1\"",
            "latchkey.toml:7: limits.request_timeout must be a whole number with a unit, such as 500ms, 30s, 15m, \
             12h or 7d, not \"30\"",
        ]
    );
}

#[rstest::rstest]
#[case::broken_syntax("listen = \n", "latchkey.toml:1: ")]
#[case::unknown_table("[http]\nlisten = \"127.0.0.1:1\"\n", "latchkey.toml:1: unknown key \"http\"")]
#[case::unknown_in_table("[log]\nlevel = \"info\"\n", "latchkey.toml:2: unknown key \"log.level\"")]
#[case::table_as_value("log = \"info\"\n", "latchkey.toml:1: unknown key \"log\"; did you mean \"log.")]
#[case::wrong_type("listen = 1.5\n", "latchkey.toml:1: listen cannot be a float")]
#[case::array_for_one("listen = [\"a\"]\n", "latchkey.toml:1: listen must be a single value, not an array")]
#[case::repeated("listen = \"a\"\nlisten = \"b\"\n", "latchkey.toml:2: ")]
#[case::tls_alone("[tls]\ncertificate = \"c.pem\"\n", "latchkey.toml:2: tls.certificate needs tls.private_key")]
#[case::bad_proxy("trusted_proxies = [\"10.0.0.0/8\", \"x\"]\n", "latchkey.toml:1: trusted_proxies must be an address")]
#[case::password_alone("[bootstrap]\nadmin_password = \"p\"\n", "latchkey.toml:2: needs bootstrap.admin_email")]
#[case::mail_twice(
    "[mail]\nsmtp_url = \"smtp://h\"\ndirectory = \"m\"\n",
    "latchkey.toml:3: set either mail.directory"
)]
#[case::header_injection(
    "mail.from = \"a@b.c\\r\\nBcc: x@y.z\"\n",
    "latchkey.toml:1: mail.from must not contain control"
)]
#[case::argon2(
    "[password]\nmemory_kib = 8\nparallelism = 2\n",
    "latchkey.toml:2: password.memory_kib must be at least 8"
)]
#[case::no_timeout("[limits]\nrequest_timeout = \"0s\"\n", "latchkey.toml:2: limits.request_timeout must be longer")]
fn a_wrong_file_names_its_line(#[case] file: &str, #[case] expected: &str) {
    let error = load(Some(file), &[]).unwrap_err();
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[rstest::rstest]
#[case("https://id.example.com", true)]
#[case("https://id.example.com:8443/", true)]
#[case("http://127.0.0.1:8080", true)]
#[case("http://[::1]:8080", true)]
#[case("http://demo.localhost:8080", true)]
#[case("http://id.example.com", false)]
#[case("http://localhost.example.com", false)]
#[case("https://id.example.com/auth", false)]
#[case("https://id.example.com?x=1", false)]
#[case("https://id.example.com/#", false)]
#[case("https://user@id.example.com", false)]
#[case("ftp://id.example.com", false)]
#[case("id.example.com", false)]
fn the_public_url_is_an_https_origin_or_loopback(#[case] url: &str, #[case] accepted: bool) {
    assert_eq!(load(None, &[("LATCHKEY_PUBLIC_URL", url)]).is_ok(), accepted);
}

#[test]
fn plain_http_elsewhere_needs_an_explicit_yes() {
    let environment = [("LATCHKEY_PUBLIC_URL", "http://id.example.com"), ("LATCHKEY_ALLOW_INSECURE_HTTP", "true")];
    let config = load(None, &environment).unwrap();
    assert_eq!(config.http.public_origin(), "http://id.example.com");
    assert!(!config.http.is_https());
}

#[test]
fn postgresql_requires_the_master_key_and_redis() {
    let error = load(None, &[("LATCHKEY_DATABASE_URL", "postgres://u@h/d")]).unwrap_err();
    assert_eq!(
        error,
        "master_key (LATCHKEY_MASTER_KEY): required with a PostgreSQL database: every node must encrypt signing keys alike\n\
         redis_url (LATCHKEY_REDIS_URL): required with a PostgreSQL database: every node must see the same codes and \
         sign-ins"
    );
    let environment = [
        ("LATCHKEY_DATABASE_URL", "postgresql://u@h/d"),
        ("LATCHKEY_MASTER_KEY", "k"),
        ("LATCHKEY_REDIS_URL", "redis+cluster://h:1,h:2"),
    ];
    assert!(load(None, &environment).unwrap().storage.is_postgresql());
}

#[test]
fn a_secret_comes_from_a_file_without_its_line_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    fs::write(&path, "top secret\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load(None, &[("LATCHKEY_MASTER_KEY_FILE", path)]).unwrap();
    assert_eq!(config.keys.master_key.unwrap().expose(), "top secret");

    let both = load(None, &[("LATCHKEY_MASTER_KEY_FILE", path), ("LATCHKEY_MASTER_KEY", "x")]).unwrap_err();
    assert_eq!(both, "LATCHKEY_MASTER_KEY_FILE: set either this or LATCHKEY_MASTER_KEY, not both");
    let missing = load(None, &[("LATCHKEY_REDIS_URL_FILE", "/nonexistent/x")]).unwrap_err();
    assert!(missing.starts_with("LATCHKEY_REDIS_URL_FILE: cannot read /nonexistent/x: "), "{missing}");
    let not_secret = load(None, &[("LATCHKEY_LISTEN_FILE", path)]).unwrap_err();
    assert!(not_secret.starts_with("LATCHKEY_LISTEN_FILE: unknown variable"), "{not_secret}");
}

#[test]
fn a_named_file_must_exist_and_the_flag_wins() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.toml");
    fs::write(&path, "workers = 7\n").unwrap();
    let missing = [("LATCHKEY_CONFIG".to_owned(), "/nonexistent/latchkey.toml".to_owned())];

    let by_flag = Config::load(&Sources::new(Some(path), missing.clone())).unwrap();
    assert_eq!(by_flag.http.workers, 7);
    let error = Config::load(&Sources::new(None, missing)).unwrap_err().to_string();
    assert!(error.starts_with("/nonexistent/latchkey.toml: cannot be read"), "{error}");
}

#[test]
fn neither_problems_nor_the_summary_show_a_secret() {
    let environment = [
        ("LATCHKEY_DATABASE_URL", "postgres://u:hunter2@db/latchkey?password=hunter2"),
        ("LATCHKEY_REDIS_URL", "redis://:hunter2@cache:6379/0"),
        ("LATCHKEY_MASTER_KEY", "hunter2"),
        ("LATCHKEY_SMTP_URL", "smtps://u:hun/ter2@mail"),
        ("LATCHKEY_BOOTSTRAP_ADMIN_EMAIL", "a@example.com"),
        ("LATCHKEY_BOOTSTRAP_ADMIN_PASSWORD", "hunter2"),
        ("LATCHKEY_TRUSTED_PROXIES", "10.1.2.3/8, ::1"),
        ("LATCHKEY_METRICS_LISTEN", "off"),
    ];
    let config = load(None, &environment).unwrap();
    let summary = config.redacted();
    assert!(!summary.contains("ter2") && !format!("{config:?}").contains("ter2"));
    for line in [
        "database_url = \"postgres://db/latchkey\"",
        "redis_url = \"redis://cache:6379/0\"",
        "master_key = [secret]",
        "mail.smtp_url = \"smtps://mail\"",
        "trusted_proxies = [\"10.0.0.0/8\", \"::1/128\"]",
        "metrics_listen = \"off\"",
    ] {
        assert!(summary.lines().any(|found| found == line), "{line} is missing in\n{summary}");
    }

    let refused = [("LATCHKEY_DATABASE_URL", "mysql://u:hunter2@h"), ("LATCHKEY_REDIS_URL", "hunter2")];
    assert!(!load(None, &refused).unwrap_err().contains("hunter2"));
}

#[test]
fn names_are_unique_and_each_default_parses() {
    let reference = reference();
    for (index, key) in reference.iter().enumerate() {
        assert!(key.env.starts_with("LATCHKEY_") && !key.help.is_empty());
        assert!(reference.iter().skip(index + 1).all(|other| other.toml != key.toml && other.env != key.env));
    }
    assert!(load(None, &[]).is_ok());
}

/// Proves that no key stands in the table without being read: each of these refuses nonsense.
#[test]
fn each_key_that_has_a_form_refuses_nonsense() {
    let takes_any_text = [
        "data_dir",
        "tls.certificate",
        "tls.private_key",
        "master_key",
        "mail.directory",
        "messages.directory",
        "password.breach_filter",
        "geoip.database",
        "bootstrap.admin_password",
        "log.filter",
    ];
    for key in reference().iter().filter(|key| !takes_any_text.contains(&key.toml)) {
        let error = load(None, &[(key.env, "!! nonsense")]).unwrap_err();
        assert!(error.starts_with(&format!("{}: {} must", key.env, key.toml)), "{}: {error}", key.toml);
    }
}

use std::io::Cursor;
use std::path::Path;

use latchkey_core::{Rng, UtcTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn tenant() -> TenantId {
    TenantId::generate(UtcTime::from_unix_seconds(1), &Rng::seeded(3))
}

fn build(directory: &Path, name: &str, list: &str, form: BreachListForm) -> BreachFilter {
    let path = directory.join(name);
    build_breach_filter(Cursor::new(list.to_owned()), form, &path).expect("a filter");
    BreachFilter::open(&path).expect("a filter")
}

#[tokio::test]
async fn a_filter_of_passwords_or_of_hashes_knows_what_is_in_its_list_and_nothing_else() {
    let directory = tempfile::tempdir().expect("a directory");
    // SHA-1 of "hunter2" and of "password", out of order and twice, as services list them.
    let hashes = "F3BBBD66A63D4BF1747940578EC3D0103530E21D:17\r\n5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8\n\n\
        F3BBBD66A63D4BF1747940578EC3D0103530E21D:17\n";
    for (name, list, form) in
        [("a", "password\nhunter2\npassword\n", BreachListForm::Passwords), ("b", hashes, BreachListForm::Hashes)]
    {
        let filter = build(directory.path(), name, list, form);
        assert_eq!(filter.len(), 2, "{name}");
        let metrics = Metrics::new().expect("metrics");
        let breached = BreachedPasswords::new(Some(filter), None, metrics.clone());
        for (password, expected) in [("password", true), ("hunter2", true), ("ｐassword", true), ("hunter3", false)] {
            assert_eq!(breached.contains(&tenant(), &Secret::from(password)).await, expected, "{name}: {password}");
        }
        let counted = r#"latchkey_breached_password_lookups_total{outcome="known",source="filter"} 3"#;
        assert!(metrics.render().contains(counted), "{}", metrics.render());
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_lets_the_password_pass_and_is_counted() {
    let metrics = Metrics::new().expect("metrics");
    // Nothing listens on the port of discard.
    let service = BreachService::new("http://127.0.0.1:9/range/").expect("a service");
    let breached = BreachedPasswords::new(None, Some(service), metrics.clone());
    assert!(!breached.contains(&tenant(), &Secret::from("password")).await);
    let counted = r#"latchkey_breached_password_lookups_total{outcome="failed",source="service"} 1"#;
    assert!(metrics.render().contains(counted), "{}", metrics.render());
}

#[tokio::test]
async fn a_service_is_asked_for_five_digits_with_padding_and_its_answer_counts() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}/range/", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let mut asked = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.expect("a request");
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.expect("a request");
            asked.push(String::from_utf8_lossy(&head[..length]).to_lowercase());
            let body = "1E4C9B93F3F0682250B6CF8331B7EE68FD8:3\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:0\r\n";
            let answer =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.expect("an answer");
        }
        asked
    });
    let service = BreachService::new(&url).expect("a service");
    let breached = BreachedPasswords::new(None, Some(service), Metrics::new().expect("metrics"));
    assert!(breached.contains(&tenant(), &Secret::from("password")).await);
    assert!(!breached.contains(&tenant(), &Secret::from("gravel orchid")).await);
    let asked = server.await.expect("the requests");
    assert!(asked[0].starts_with("get /range/5baa6 http/1.1"), "{}", asked[0]);
    assert!(asked.iter().all(|head| head.contains("add-padding: true") && !head.contains("1e4c9")), "{asked:?}");
}

#[test]
fn a_list_with_a_line_that_is_no_hash_makes_no_filter_and_other_files_are_none() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("filter");
    let error = build_breach_filter(Cursor::new("5baa61e4\n"), BreachListForm::Hashes, &path).expect_err("no hash");
    assert!(error.to_string().contains("line 1"), "{error}");
    assert!(!path.exists());
    for content in [&b""[..], b"latchkey", b"something else altogether", b"latchkey-sha1-64abc"] {
        std::fs::write(&path, content).expect("a file");
        assert!(matches!(BreachFilter::open(&path), Err(InvalidBreachFilter::Form)), "{content:?}");
    }
    assert!(matches!(BreachFilter::open(&directory.path().join("none")), Err(InvalidBreachFilter::Io(_))));
}

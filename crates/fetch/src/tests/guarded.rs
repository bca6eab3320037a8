use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use latchkey_core::{Rng, Secret, TenantId, UtcTime};
use tokio::time::Instant;

use super::server::{Answer, Authority, Server};
use crate::{FetchError, FetchedDocument, Fetcher, HeaderMap, Limits, OnBehalfOf, OutgoingPolicy, StatusCode, bearer};

const SHORT: Duration = Duration::from_millis(300);

fn fetcher() -> Fetcher {
    Fetcher::new(Limits::default())
}

fn hasty(limits: Limits) -> Fetcher {
    Fetcher::new(Limits { time: SHORT, ..limits })
}

fn by(policy: &OutgoingPolicy) -> OnBehalfOf<'_> {
    static TENANT: LazyLock<TenantId> =
        LazyLock::new(|| TenantId::generate(UtcTime::from_unix_seconds(1), &Rng::seeded(1)));
    OnBehalfOf { tenant: &TENANT, policy }
}

fn open() -> OutgoingPolicy {
    OutgoingPolicy::default()
}

fn allowing(rule: &str) -> OutgoingPolicy {
    OutgoingPolicy { allow: vec![rule.parse().expect("a rule")], trust_anchors: Vec::new() }
}

/// A policy that opens plain http to this server, for the cases that are not about TLS.
fn allowing_http(server: &Server) -> OutgoingPolicy {
    allowing(&format!("http://127.0.0.1:{}", server.port))
}

async fn get(server: &Server) -> Result<FetchedDocument, FetchError> {
    fetcher().get_json(by(&allowing_http(server)), &format!("http://127.0.0.1:{}/doc?q=1#part", server.port)).await
}

#[tokio::test]
async fn a_document_comes_with_its_type_and_its_life() {
    let headers = [("Content-Type", "Application/JSON; charset=utf-8"), ("Cache-Control", "max-age=60")];
    let server = Server::plain(Answer::http(200, &headers, b"{}")).await;
    let document = get(&server).await.expect("a document");
    assert_eq!(document.body, b"{}");
    assert!(document.is_of_type("application/json"));
    assert!(!document.is_of_type("application/jwt"));
    assert_eq!(document.max_age, Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn a_request_says_little_about_us() {
    let server = Server::plain(Answer::http(200, &[("Set-Cookie", "a=b")], b"{}")).await;
    let fetcher = fetcher();
    for _ in 0..2 {
        let url = format!("http://127.0.0.1:{}/doc?q=1#part", server.port);
        fetcher.get(by(&allowing_http(&server)), &url, "application/jwk-set+json").await.expect("a document");
    }
    for request in server.requests() {
        let mut lines: Vec<_> = request.trim_end().lines().map(str::to_ascii_lowercase).collect();
        lines.sort();
        let expected = [
            "accept: application/jwk-set+json".to_owned(),
            "get /doc?q=1 http/1.1".to_owned(),
            format!("host: 127.0.0.1:{}", server.port),
            format!("user-agent: latchkey/{}", env!("CARGO_PKG_VERSION")),
        ];
        assert_eq!(lines, expected);
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let aim = Server::plain(Answer::http(200, &[], b"{}")).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://127.0.0.1:{}/", aim.port);
        let server = Server::plain(Answer::http(status, &[("Location", &location)], b"")).await;
        let policy = OutgoingPolicy {
            allow: [&aim, &server].map(|server| allowing_http(server).allow.remove(0)).to_vec(),
            trust_anchors: Vec::new(),
        };
        let url = format!("http://127.0.0.1:{}/", server.port);
        let error = fetcher().get_json(by(&policy), &url).await.expect_err("no document");
        assert!(matches!(error, FetchError::Status(found) if found == status), "{error:?}");
        let posted = fetcher().post_form(by(&policy), &url, &[("a", "b")], HeaderMap::new()).await.expect("an answer");
        assert_eq!(posted.as_u16(), status);
    }
    assert_eq!(aim.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn only_200_is_a_document_and_an_error_never_repeats_what_came() {
    for status in [201, 204, 400, 404, 500] {
        let server = Server::plain(Answer::http(status, &[], b"SECRET")).await;
        let error = get(&server).await.expect_err("no document");
        assert!(matches!(error, FetchError::Status(found) if found == status), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("SECRET"));
    }
    let server = Server::plain(Answer::Bytes(b"SECRET is not HTTP\r\n\r\n".to_vec())).await;
    let error = get(&server).await.expect_err("no document");
    assert!(matches!(error, FetchError::Exchange(_)), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("SECRET"));
    assert!(!format!("{error:?} {error}").contains("q=1"));
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_no_document() {
    let server = Server::plain(Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}".to_vec())).await;
    assert!(matches!(get(&server).await, Err(FetchError::Exchange(_))));
}

#[tokio::test]
async fn a_body_of_64_kib_passes_and_one_byte_more_does_not() {
    let limit = 64 * 1024;
    let server = Server::plain(Answer::http(200, &[], &vec![b' '; limit])).await;
    assert_eq!(get(&server).await.expect("a document").body.len(), limit);
    let server = Server::plain(Answer::http(200, &[], &vec![b' '; limit + 1])).await;
    assert!(matches!(get(&server).await, Err(FetchError::TooLarge(found)) if found == limit));

    let mut unannounced = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    unannounced.extend(vec![b' '; limit + 1]);
    let server = Server::plain(Answer::Bytes(unannounced)).await;
    assert!(matches!(get(&server).await, Err(FetchError::TooLarge(found)) if found == limit));
}

#[tokio::test]
async fn a_slow_answer_ends_at_the_limit_however_lively_it_is() {
    for answer in [Answer::Drip, Answer::Silence] {
        let server = Server::plain(answer).await;
        let url = format!("http://127.0.0.1:{}/", server.port);
        let begun = Instant::now();
        let error =
            hasty(Limits::default()).get_json(by(&allowing_http(&server)), &url).await.expect_err("no document");
        assert!(matches!(error, FetchError::TimedOut), "{error:?}");
        assert!((SHORT..SHORT * 10).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_name_that_is_slow_to_resolve_ends_at_the_limit() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let lookup = move |_: &str| {
        let _ = held.lock().expect("the channel").recv();
        Err(io::Error::other("given up"))
    };
    let slow = Fetcher::with_lookup(Limits { time: SHORT, ..Limits::default() }, Arc::new(lookup));
    let error = slow.get_json(by(&open()), "https://slow.example/").await.expect_err("no document");
    assert!(matches!(error, FetchError::TimedOut), "{error:?}");
    drop(release);
}

#[tokio::test]
async fn one_slow_host_takes_its_own_turns_only() {
    let (slow, quick) = (Server::plain(Answer::Silence).await, Server::plain(Answer::http(200, &[], b"{}")).await);
    let fetcher = hasty(Limits { requests: 2, requests_per_host: 1, ..Limits::default() });
    let (slow_policy, slow_url) = (allowing_http(&slow), format!("http://127.0.0.1:{}/", slow.port));
    let (quick_policy, quick_url) = (allowing_http(&quick), format!("http://127.0.0.1:{}/", quick.port));
    let (first, second, other) = tokio::join!(
        fetcher.get_json(by(&slow_policy), &slow_url),
        fetcher.get_json(by(&slow_policy), &slow_url),
        fetcher.get_json(by(&quick_policy), &quick_url),
    );
    assert!(matches!(first, Err(FetchError::TimedOut)), "{first:?}");
    assert!(matches!(second, Err(FetchError::Busy | FetchError::TimedOut)), "{second:?}");
    assert!(other.is_ok(), "{other:?}");
}

#[tokio::test]
async fn a_tenant_that_names_slow_hosts_takes_its_own_turns_only() {
    let (one, two) = (Server::plain(Answer::Silence).await, Server::plain(Answer::Silence).await);
    let quick = Server::plain(Answer::http(200, &[], b"{}")).await;
    let fetcher = hasty(Limits { requests: 3, requests_per_tenant: 2, requests_per_host: 1, ..Limits::default() });
    let url = |server: &Server| format!("http://127.0.0.1:{}/", server.port);
    let policies = [&one, &two, &quick].map(allowing_http);
    let other = TenantId::generate(UtcTime::from_unix_seconds(1), &Rng::seeded(2));
    let of_other = |policy| OnBehalfOf { tenant: &other, policy };
    let (urls, [slow, slower, good]) = ([&one, &two, &quick].map(url), &policies);
    let timed = async |of: OnBehalfOf<'_>, url: &str| (fetcher.get_json(of, url).await, Instant::now());
    let ((first, ended), (second, _), (_, third_ended), (others, others_ended), same_host) = tokio::join!(
        timed(by(slow), &urls[0]),
        timed(by(slower), &urls[1]),
        timed(by(good), &urls[2]),
        timed(of_other(good), &urls[2]),
        async {
            // The turns of a slow host are its tenant's own: another one may still find out for itself.
            tokio::time::sleep(SHORT / 3).await;
            fetcher.get_json(of_other(slow), &urls[0]).await
        },
    );
    assert!(
        matches!((&first, &second), (Err(FetchError::TimedOut), Err(FetchError::TimedOut))),
        "{first:?} {second:?}"
    );
    assert!(third_ended >= ended, "the third of one tenant waits until one of the two is over");
    assert!(others.is_ok() && others_ended < ended, "{others:?}");
    assert!(matches!(same_host, Err(FetchError::TimedOut)), "it had its turn: {same_host:?}");
}

#[rstest::rstest]
#[tokio::test]
async fn a_literal_address_that_is_not_public_is_refused(
    #[values(
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]"
    )]
    host: &str,
) {
    let server = Server::plain(Answer::http(200, &[], b"{}")).await;
    let url = format!("https://{host}:{}/", server.port);
    assert!(matches!(Fetcher::check(&open(), &url), Err(FetchError::AddressRefused)));
    assert!(matches!(fetcher().get_json(by(&open()), &url).await, Err(FetchError::AddressRefused)));
    let posted = fetcher().post_json(by(&open()), &url, Vec::new(), HeaderMap::new()).await;
    assert!(matches!(posted, Err(FetchError::AddressRefused)));
}

#[rstest::rstest]
#[tokio::test]
async fn a_name_of_a_private_address_is_refused(#[values("localhost", "LOCALHOST", "localhost.")] host: &str) {
    let server = Server::plain(Answer::http(200, &[], b"{}")).await;
    let error =
        fetcher().get_json(by(&open()), &format!("https://{host}:{}/", server.port)).await.expect_err("refused");
    // A system that knows no "localhost." says so: that is no connection either.
    assert!(matches!(error, FetchError::AddressRefused | FetchError::Resolve(_)), "{error:?}");
    assert!(host.ends_with('.') || matches!(error, FetchError::AddressRefused), "{error:?}");
}

#[tokio::test]
async fn a_name_is_refused_by_what_it_resolves_to_and_not_by_what_it_is_called() {
    let lookup = |name: &str| match name {
        "inside.example" => Ok(vec![IpAddr::from([10, 0, 0, 7]), "::ffff:192.168.0.1".parse().expect("an address")]),
        "metadata.example" => Ok(vec![IpAddr::from([169, 254, 169, 254])]),
        "empty.example" => Ok(Vec::new()),
        _ => Err(io::Error::other("no such name")),
    };
    let fetcher = Fetcher::with_lookup(Limits::default(), Arc::new(lookup));
    for name in ["inside.example", "metadata.example", "empty.example"] {
        let error = fetcher.get_json(by(&open()), &format!("https://{name}/")).await.expect_err("refused");
        assert!(matches!(error, FetchError::AddressRefused), "{name}: {error:?}");
    }
    let error = fetcher.get_json(by(&open()), "https://unknown.example/").await.expect_err("refused");
    assert!(matches!(error, FetchError::Resolve(_)), "{error:?}");
    // No rule opens what leads to the metadata service of a cloud.
    for rule in ["metadata.example", "169.254.0.0/16"] {
        let error = fetcher.get_json(by(&allowing(rule)), "https://metadata.example/").await.expect_err("refused");
        assert!(matches!(error, FetchError::AddressRefused), "{rule}: {error:?}");
    }
}

#[rstest::rstest]
#[case("http://example.com/", "the scheme must be https")]
#[case("http://localhost/", "the scheme must be https")]
#[case("ftp://example.com/", "the scheme must be https")]
#[case("file:///etc/passwd", "the scheme must be https")]
#[case("data:application/json,{}", "the scheme must be https")]
#[case("https://user@example.com/", "the URL must not contain credentials")]
#[case("https://:pw@example.com/", "the URL must not contain credentials")]
#[case("https://", "not a URL that names a host")]
#[case("/relative", "not a URL that names a host")]
#[case("", "not a URL that names a host")]
#[tokio::test]
async fn a_url_of_another_kind_is_refused(#[case] url: &str, #[case] why: &str) {
    let error = fetcher().get_json(by(&open()), url).await.expect_err("refused");
    assert_eq!(error.to_string(), why);
    assert_eq!(Fetcher::check(&open(), url).expect_err("refused").to_string(), why);
}

#[tokio::test]
async fn https_needs_an_authority_that_is_trusted_and_a_name_that_fits() {
    let authority = Authority::new();
    let server = Server::tls(Answer::http(200, &[], b"{}"), &authority, &["localhost"]).await;
    let url = format!("https://localhost:{}/", server.port);
    let trusting =
        |rule: &str, authority: &Authority| OutgoingPolicy { trust_anchors: vec![authority.pem()], ..allowing(rule) };
    let fetcher = fetcher();

    let untrusted = fetcher.get_json(by(&allowing("localhost")), &url).await.expect_err("refused");
    assert!(matches!(untrusted, FetchError::Connect(_)), "{untrusted:?}");
    let of_another = fetcher.get_json(by(&trusting("localhost", &Authority::new())), &url).await.expect_err("refused");
    assert!(matches!(of_another, FetchError::Connect(_)), "{of_another:?}");
    assert_eq!(server.requests(), Vec::<String>::new());

    for rule in ["localhost", &format!("localhost:{}", server.port), "127.0.0.0/8"] {
        let document = fetcher.get_json(by(&trusting(rule, &authority)), &url).await;
        assert_eq!(document.expect("a document").body, b"{}", "{rule}");
    }
    // Trust opens no address, and a rule for one port no other.
    for rule in ["elsewhere", "localhost:1", "10.0.0.0/8"] {
        let error = fetcher.get_json(by(&trusting(rule, &authority)), &url).await.expect_err("refused");
        assert!(matches!(error, FetchError::AddressRefused), "{rule}: {error:?}");
    }

    let misnamed = Server::tls(Answer::http(200, &[], b"{}"), &authority, &["other.test"]).await;
    let url = format!("https://localhost:{}/", misnamed.port);
    let error = fetcher.get_json(by(&trusting("localhost", &authority)), &url).await.expect_err("refused");
    assert!(matches!(error, FetchError::Connect(_)), "{error:?}");
}

#[tokio::test]
async fn of_several_addresses_only_the_admitted_ones_are_tried() {
    let authority = Authority::new();
    let server = Server::tls(Answer::http(200, &[], b"{}"), &authority, &["mixed.test"]).await;
    let lookup = |_: &str| Ok(vec![IpAddr::from([169, 254, 169, 254]), IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    let fetcher = Fetcher::with_lookup(Limits::default(), Arc::new(lookup));
    let policy = OutgoingPolicy { trust_anchors: vec![authority.pem()], ..allowing("mixed.test") };
    let document = fetcher.get_json(by(&policy), &format!("https://mixed.test:{}/", server.port)).await;
    assert_eq!(document.expect("a document").body, b"{}");
}

#[tokio::test]
async fn a_form_is_posted_and_its_status_told() {
    let server = Server::plain(Answer::http(400, &[], b"SECRET")).await;
    let url = format!("http://127.0.0.1:{}/logout", server.port);
    let fields = [("logout_token", "a.b.c"), ("x", "1 & 2")];
    let status = fetcher().post_form(by(&allowing_http(&server)), &url, &fields, HeaderMap::new()).await;
    assert_eq!(status.expect("an answer"), StatusCode::BAD_REQUEST);
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /logout HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\nlogout_token=a.b.c&x=1+%26+2"), "{request}");
}

#[tokio::test]
async fn a_json_text_is_posted_with_the_bearer_token_of_the_receiver() {
    let server = Server::plain(Answer::Bytes(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())).await;
    let url = format!("http://127.0.0.1:{}/notify", server.port);
    let headers = bearer(&Secret::new("tok".to_owned())).expect("a header");
    let status = fetcher().post_json(by(&allowing_http(&server)), &url, b"{\"a\":1}".to_vec(), headers).await;
    assert_eq!(status.expect("an answer"), StatusCode::NO_CONTENT);
    let request = &server.requests()[0];
    assert!(request.contains("authorization: Bearer tok\r\n"), "{request}");
    assert!(request.contains("content-type: application/json\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
    assert!(bearer(&Secret::new("a\r\nb".to_owned())).is_none());
}

#[tokio::test]
async fn a_policy_that_is_invalid_fetches_nothing() {
    let policy = OutgoingPolicy { allow: Vec::new(), trust_anchors: vec!["junk".to_owned()] };
    let error = fetcher().get_json(by(&policy), "https://example.com/").await.expect_err("refused");
    assert!(matches!(error, FetchError::Policy(_)), "{error:?}");
}

#[tokio::test]
async fn a_mail_server_is_reached_at_public_addresses_on_the_ports_of_mail() {
    let lookup = |name: &str| match name {
        "smtp.example" => Ok(vec![IpAddr::from([10, 0, 0, 5]), IpAddr::from([8, 8, 8, 8])]),
        "inner.example" => Ok(vec![IpAddr::from([10, 0, 0, 5])]),
        _ => Err(io::Error::other("no such name")),
    };
    let fetcher = Fetcher::with_lookup(Limits::default(), Arc::new(lookup));
    let ask = async |policy: &OutgoingPolicy, host: &str, port| {
        let found = fetcher.mail_server(policy, host, port).await;
        found.map(|addresses| addresses.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    for port in [25, 465, 587, 2525] {
        assert_eq!(ask(&open(), "SMTP.example", port).await.expect("an address"), [format!("8.8.8.8:{port}")]);
    }
    for (host, port) in [
        ("smtp.example", 80),
        ("smtp.example", 6379),
        ("inner.example", 587),
        ("127.0.0.1", 25),
        ("::1", 25),
        ("169.254.169.254", 25),
    ] {
        assert!(matches!(ask(&open(), host, port).await, Err(FetchError::AddressRefused)), "{host}:{port}");
    }
    for host in ["127.1", "0x7f.1", "u@smtp.example", "smtp.example/x", "smtp.example:25", "", "a b"] {
        assert!(matches!(ask(&open(), host, 587).await, Err(FetchError::InvalidUrl)), "{host}");
    }
    assert!(matches!(ask(&open(), "nowhere.example", 587).await, Err(FetchError::Resolve(_))));
    assert!(ask(&allowing("inner.example:2526"), "inner.example", 2526).await.is_ok());
    assert!(ask(&allowing("inner.example:2526"), "inner.example", 2527).await.is_err());
    assert!(ask(&allowing("http://127.0.0.1:2526"), "127.0.0.1", 2526).await.is_ok());
    assert!(ask(&allowing("10.0.0.0/8"), "inner.example", 587).await.is_ok());
    assert!(ask(&allowing("10.0.0.0/8"), "inner.example", 6379).await.is_err());
    assert!(ask(&allowing("169.254.169.254:25"), "169.254.169.254", 25).await.is_err());
}

//! The whole layer through a small site.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, SET_COOKIE};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};

use crate::testing::{PROXY, TestSite, routes};
use crate::{not_found, observe};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn cookie(&self) -> String {
        let cookies: Vec<&str> = self.headers.get_all(SET_COOKIE).filter_map(|value| value.to_str().ok()).collect();
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        cookies[0].to_owned()
    }
}

async fn send(site: &TestSite, request: TestRequest) -> Answer {
    let app = App::new()
        .app_data(web::Data::new(site.state.clone()))
        .wrap(from_fn(observe))
        .service(web::scope("/t/{tenant}").configure(routes))
        .configure(routes)
        .default_service(web::to(not_found));
    let app = init_service(app).await;
    let response = call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read_body(response).await;
    Answer { status, headers, body: String::from_utf8(body.to_vec()).expect("text") }
}

fn get(host: &'static str, path: &str) -> TestRequest {
    TestRequest::get().uri(path).insert_header(("host", host)).peer_addr("192.0.2.9:5000".parse().expect("address"))
}

fn through_proxy(host: &'static str, path: &str) -> TestRequest {
    get(host, path).peer_addr(PROXY.parse().expect("address"))
}

#[actix_web::test]
async fn host_and_path_name_exactly_one_tenant_or_none() {
    let site = TestSite::at("https://id.example.com").await;
    let cases = [
        ("id.example.com", "/t/demo/who", 200, "https://id.example.com/t/demo /t/demo/x"),
        ("ID.example.com:443", "/t/demo/who", 200, "https://id.example.com/t/demo /t/demo/x"),
        ("id.example.com", "/t/acme/who", 200, "https://login.acme.example /t/acme/x"),
        ("login.acme.example", "/who", 200, "https://login.acme.example /x"),
        ("LOGIN.acme.example:443", "/who", 200, "https://login.acme.example /x"),
        ("id.demo.example", "/who", 200, "https://id.example.com/t/demo /x"),
        ("login.acme.example", "/t/acme/who", 400, ""),
        ("login.acme.example", "/t/demo/who", 400, ""),
        ("login.acme.example", "/t/nobody/who", 400, ""),
        ("login.acme.example:8443", "/who", 404, ""),
        ("other.example", "/t/demo/who", 404, ""),
        ("other.example", "/who", 404, ""),
        ("192.0.2.1", "/t/demo/who", 404, ""),
        ("id.example.com", "/who", 404, ""),
        ("id.example.com", "/t/nobody/who", 404, ""),
        ("id.example.com", "/t/Demo/who", 404, ""),
        ("id.example.com", "/t/closed/who", 403, ""),
        ("id.example.com.", "/t/demo/who", 400, ""),
        ("id.example.com, other.example", "/t/demo/who", 400, ""),
        ("user@id.example.com", "/t/demo/who", 400, ""),
        ("", "/t/demo/who", 400, ""),
    ];
    for (host, path, status, expected) in cases {
        let answer = send(&site, get(host, path)).await;
        assert_eq!(answer.status.as_u16(), status, "{host} {path}: {}", answer.body);
        if status == 200 {
            assert_eq!(answer.body, format!("{expected} 192.0.2.9 true"), "{host} {path}");
        }
    }
    let twice = get("id.example.com", "/t/demo/who").append_header(("host", "login.acme.example"));
    assert_eq!(send(&site, twice).await.status, 400);
}

#[actix_web::test]
async fn only_a_trusted_proxy_speaks_for_the_client() {
    let site = TestSite::at("https://id.example.com").await;
    let forwarded = |request: TestRequest| {
        request
            .insert_header(("x-forwarded-for", "6.6.6.6, 198.51.100.7"))
            .insert_header(("x-forwarded-host", "login.acme.example"))
            .insert_header(("x-forwarded-proto", "http"))
    };
    let direct = send(&site, forwarded(get("id.example.com", "/t/demo/who"))).await;
    assert_eq!(direct.body, "https://id.example.com/t/demo /t/demo/x 192.0.2.9 true");
    let proxied = send(&site, forwarded(through_proxy("inner", "/who"))).await;
    assert_eq!(proxied.body, "https://login.acme.example /x 198.51.100.7 false");
    assert_eq!(proxied.header("strict-transport-security"), "");

    let standard = through_proxy("inner", "/t/demo/who")
        .insert_header(("forwarded", "for=\"[2001:db8::7]\";host=id.example.com;proto=https"));
    assert_eq!(send(&site, standard).await.body, "https://id.example.com/t/demo /t/demo/x 2001:db8::7 true");

    let contradictory = through_proxy("inner", "/who")
        .insert_header(("forwarded", "for=198.51.100.7;host=id.demo.example"))
        .insert_header(("x-forwarded-host", "login.acme.example"));
    assert_eq!(send(&site, contradictory).await.status, 400);
}

#[actix_web::test]
async fn a_request_id_is_taken_from_a_trusted_proxy_only() {
    let site = TestSite::at("https://id.example.com").await;
    let id = ("x-request-id", "trace-0123456789");
    let ours = send(&site, get("id.example.com", "/t/demo/who").insert_header(id)).await;
    assert_ne!(ours.header("x-request-id"), id.1);
    assert_eq!(ours.header("x-request-id").len(), 32);
    let theirs = send(&site, through_proxy("id.example.com", "/t/demo/who").insert_header(id)).await;
    assert_eq!(theirs.header("x-request-id"), id.1);
    let bad = through_proxy("id.example.com", "/t/demo/who").insert_header(("x-request-id", "bad id\"!"));
    assert_eq!(send(&site, bad).await.header("x-request-id").len(), 32);
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    let site = TestSite::at("https://id.example.com").await;
    for path in ["/t/demo/who", "/t/demo/wrong", "/t/nobody/who", "/nothing", "/t/demo/broken", "/t/%ff/who"] {
        let answer = send(&site, get("id.example.com", path).insert_header(BROWSER)).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        if answer.header("content-type").starts_with("text/html") {
            assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    }
    let insecure = TestSite::at("http://localhost:8080").await;
    let answer = send(&insecure, get("localhost:8080", "/t/demo/who")).await;
    assert_eq!((answer.status.as_u16(), answer.header("strict-transport-security")), (200, ""));
}

#[actix_web::test]
async fn a_page_shows_hostile_text_as_text_and_only_the_tenants_logo() {
    let site = TestSite::at("https://id.example.com").await;
    let answer = send(&site, get("id.example.com", "/t/demo/wrong").insert_header(BROWSER)).await;
    assert_eq!(answer.status, 400);
    for hostile in ["<script>alert", "<i>", "<x>", "<b>demo", "b=\"<"] {
        assert!(!answer.body.contains(hostile), "{hostile}: {}", answer.body);
    }
    assert!(answer.body.contains("&#60;b&#62;demo"), "{}", answer.body);
    assert!(answer.body.contains("<html lang=\"en\" dir=\"ltr\">"));
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("img-src 'self' data: https://cdn.example;"), "{policy}");
    assert!(policy.contains("form-action 'self';"), "{policy}");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(answer.body.contains(&format!("<style nonce=\"{nonce}\">")), "{policy}");
    let again = send(&site, get("id.example.com", "/t/demo/wrong").insert_header(BROWSER)).await;
    assert!(!again.header("content-security-policy").contains(nonce), "a nonce is used once");
}

#[actix_web::test]
async fn an_error_of_ours_has_an_id_and_no_cause() {
    let site = TestSite::at("https://id.example.com").await;
    for (accept, kind) in [(BROWSER, "text/html"), (("accept", "application/json"), "application/json")] {
        let broken = send(&site, get("id.example.com", "/t/demo/broken").insert_header(accept)).await;
        assert_eq!(broken.status, 500);
        assert!(broken.header("content-type").starts_with(kind));
        assert!(broken.body.contains(broken.header("x-request-id")) && !broken.body.contains("hunter2"));
        let away = send(&site, get("id.example.com", "/t/demo/away").insert_header(accept)).await;
        assert_eq!((away.status.as_u16(), away.header("retry-after")), (503, "5"));
        assert!(!away.body.contains("192.0.2.1"));
    }
}

#[actix_web::test]
async fn malformed_requests_are_refused_with_a_page_or_json() {
    let site = TestSite::at("https://id.example.com").await;
    let post = |body: &str| {
        TestRequest::post().uri("/t/demo/form").insert_header(("host", "id.example.com")).set_payload(body.to_owned())
    };
    let cases = [
        (get("id.example.com", "/t/%ff/who"), 400),
        (get("id.example.com", "/t/demo%00/who"), 400),
        (get("id.example.com", "/t/demo/nothing"), 404),
        (TestRequest::put().uri("/t/demo/form").insert_header(("host", "id.example.com")), 405),
        (post("{}").insert_header(("content-type", "application/json")), 415),
        (post("csrf_token=x"), 415),
        (post("csrf_token=%").insert_header(FORM), 400),
        (post("csrf_token=%00").insert_header(FORM), 400),
        (post("csrf_token=%ff").insert_header(FORM), 400),
        (post("csrf_token=a&csrf_token=a").insert_header(FORM), 400),
        (post("csrf_token=a").insert_header(FORM), 400),
        (post("interaction=one").insert_header(FORM), 403),
        (post(&format!("a={}", "x".repeat(65_536))).insert_header(FORM), 413),
    ];
    for (index, (request, status)) in cases.into_iter().enumerate() {
        let answer = send(&site, request).await;
        assert_eq!(answer.status.as_u16(), status, "case {index}: {}", answer.body);
        assert!(answer.body.starts_with("{\"error\":"), "case {index}: {}", answer.body);
        if status == 405 {
            assert_eq!(answer.header("allow"), "GET, POST");
        }
    }
}

#[actix_web::test]
async fn a_form_is_taken_from_our_page_in_the_same_browser_only() {
    let site = TestSite::at("https://id.example.com").await;
    let page = send(&site, get("id.example.com", "/t/demo/form")).await;
    let (token, cookie) = (page.body.clone(), page.cookie());
    assert!(cookie.starts_with("__Host-latchkey-browser-tnt_"), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let other = send(&site, get("id.example.com", "/t/demo/form")).await;
    let other_cookie = other.cookie().split(';').next().expect("a pair").to_owned();

    let none: &[(&'static str, &'static str)] = &[];
    let cases = [
        (&token, "one", &cookie, none, 200),
        (&token, "one", &cookie, &[("sec-fetch-site", "same-origin"), ("origin", "https://id.example.com")], 200),
        (&token, "one", &cookie, &[("sec-fetch-site", "same-origin"), ("origin", "null")], 200),
        (&token, "one", &cookie, &[("origin", "https://evil.example")], 403),
        (&token, "one", &cookie, &[("origin", "http://id.example.com")], 403),
        (&token, "one", &cookie, &[("sec-fetch-site", "cross-site"), ("origin", "null")], 403),
        (&token, "one", &cookie, &[("sec-fetch-site", "same-site")], 403),
        (&token, "two", &cookie, none, 403),
        (&token, "one", &other_cookie, none, 403),
        (&other.body, "one", &cookie, none, 403),
    ];
    for (token, purpose, cookie, headers, status) in cases {
        let mut request = TestRequest::post()
            .uri("/t/demo/form")
            .insert_header(("host", "id.example.com"))
            .insert_header(("cookie", cookie.clone()))
            .insert_header(FORM)
            .set_payload(format!("csrf_token={token}&interaction={purpose}"));
        for header in headers {
            request = request.insert_header(*header);
        }
        assert_eq!(send(&site, request).await.status.as_u16(), status, "{purpose} {headers:?}");
    }
    let abroad = TestRequest::post()
        .uri("/t/acme/form")
        .insert_header(("host", "id.example.com"))
        .insert_header(("cookie", cookie))
        .insert_header(FORM)
        .set_payload(format!("csrf_token={token}&interaction=one"));
    assert_eq!(send(&site, abroad).await.status, 403, "another tenant's form");
}

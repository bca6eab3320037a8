//! Whatever arrives: a clear refusal, never a 5xx and never a panic.

use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};

async fn status(app: &TestApp, bytes: &[u8]) -> u16 {
    let mut wire = app.wire().await;
    wire.send(bytes).await;
    wire.status().await
}

fn post(app: &TestApp, path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /t/acme{path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        app.host(),
        body.len()
    );
    [head.as_bytes(), body].concat()
}

const FORM: &str = "application/x-www-form-urlencoded";

both_backends! {
    async fn malformed_input_is_a_client_error_on_every_route(app: TestApp) {
        let queries: [&[u8]; 9] =
            [b"%", b"a=%", b"a=%zz", b"a=%ff%fe", b"a=%00", b"=&=&=", b"&&&&", b"client_id=%f0%28%8c%28", b"interaction=..%2f..%2fetc"];
        for route in app.routes() {
            let (method, path) = route.split_once(' ').expect("method and path");
            for query in queries {
                let request = if method == "POST" {
                    post(&app, path, FORM, query)
                } else {
                    let head = format!("{method} /t/acme{path}?");
                    let tail = format!(" HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", app.host());
                    [head.as_bytes(), query, tail.as_bytes()].concat()
                };
                let status = status(&app, &request).await;
                assert!((200..500).contains(&status), "{route} {}: {status}", String::from_utf8_lossy(query));
            }
        }
    }

    async fn a_body_over_64_kib_is_413_on_every_route_that_takes_one(app: TestApp) {
        let body = [b"a=".as_slice(), &vec![b'x'; 65 * 1024]].concat();
        for route in app.routes().into_iter().filter(|route| route.starts_with("POST ")) {
            let path = route.trim_start_matches("POST ");
            // RFC 7591 §3.1, Global Token Revocation: those that take JSON.
            let json = ["/oauth2/register", "/oauth2/global-token-revocation"].contains(&path);
            let kind = if json { "application/json" } else { FORM };
            assert_eq!(status(&app, &post(&app, path, kind, &body)).await, 413, "{route}");
        }
    }

    async fn a_wrong_content_type_is_refused(app: TestApp) {
        for route in app.routes().into_iter().filter(|route| route.starts_with("POST ") && !route.ends_with("/userinfo")) {
            let path = route.trim_start_matches("POST ");
            for content_type in ["application/json", "multipart/form-data; boundary=x", "text/plain"] {
                let status = status(&app, &post(&app, path, content_type, b"{\"grant_type\":\"client_credentials\"}")).await;
                assert!((400..500).contains(&status), "{route} {content_type}: {status}");
            }
        }
    }

    async fn a_wrong_method_is_405_and_an_unknown_path_404(app: TestApp) {
        for (method, path, expected) in [
            ("GET", "/oauth2/token", 405),
            ("PUT", "/oauth2/authorize", 405),
            ("DELETE", "/oauth2/userinfo", 405),
            ("PATCH", "/sign-in", 405),
            ("POST", "/.well-known/openid-configuration", 405),
            ("GET", "/oauth2/no-such-endpoint", 404),
            ("GET", "/oauth2/../../etc/passwd", 404),
        ] {
            let request = format!("{method} /t/acme{path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", app.host());
            assert_eq!(status(&app, request.as_bytes()).await, expected, "{method} {path}");
        }
    }

    async fn headers_full_of_rubbish_are_refused_or_ignored(app: TestApp) {
        for header in [
            "Authorization: Basic",
            "Authorization: Basic !!!!",
            "Authorization: Basic AAAA",
            "Authorization: Bearer ",
            "Authorization: Bearer \u{e9}",
            "Cookie: a; b=; =c; __Host-x=\"",
            "Forwarded: for=\"[::\";host=evil.example",
            "X-Forwarded-Host: evil.example",
            "Accept: ;;;",
            "Origin: \u{0}",
        ] {
            let request = format!(
                "POST /t/acme/oauth2/token HTTP/1.1\r\nHost: {}\r\n{header}\r\nContent-Type: {FORM}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                app.host()
            );
            let status = status(&app, request.as_bytes()).await;
            assert!((400..500).contains(&status), "{header}: {status}");
        }
    }

    async fn a_forwarded_host_from_a_stranger_changes_nothing(app: TestApp) {
        let request = format!(
            "GET /t/acme/.well-known/openid-configuration HTTP/1.1\r\nHost: {}\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example;proto=https\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n",
            app.host()
        );
        let mut wire = app.wire().await;
        wire.send(request.as_bytes()).await;
        let answer = wire.read_to_end(Duration::from_secs(10)).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(!answer.contains("evil.example"));
    }

    async fn a_client_that_sends_its_request_too_slowly_is_cut_off(app: TestApp) {
        let mut wire = app.wire().await;
        wire.send(b"POST /t/acme/oauth2/token HTTP/1.1\r\nHost: ").await;
        let answer = wire.read_to_end(Duration::from_secs(20)).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }

    async fn health_says_what_it_knows(app: TestApp) {
        let _ = app.get(&format!("{}/health/live", app.origin())).await.ok();
        let ready = app.get(&format!("{}/health/ready", app.origin())).await.ok();
        assert!(ready.json.is_object(), "{}", ready.text);
        assert_eq!(app.get(&format!("{}/metrics", app.origin())).await.status, 404, "metrics have a listener of their own");
    }
}

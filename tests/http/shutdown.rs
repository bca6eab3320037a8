//! A stop: requests under way are answered, and nothing idle holds it.

use std::time::{Duration, Instant};

use latchkey_testkit::{Backend, RawHttp, TestApp};

const LONG: &str = "60s";

async fn app() -> TestApp {
    TestApp::builder()
        .backend(Backend::Embedded)
        .setting("LATCHKEY_LIMITS_SHUTDOWN_TIMEOUT", LONG)
        .setting("LATCHKEY_LIMITS_REQUEST_TIMEOUT", LONG)
        .spawn()
        .await
}

/// Until nobody listens on the port any more: then the stop has begun.
async fn refused(port: u16) {
    let refused = async {
        let mut pause = tokio::time::interval(Duration::from_millis(5));
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            pause.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused).await.expect("the port is closed");
}

async fn head_of_a_token_request(app: &TestApp, wire: &mut RawHttp, body: &str) {
    let head = format!(
        "POST /t/acme/oauth2/token HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        app.host(),
        body.len()
    );
    wire.send(head.as_bytes()).await;
    // The server asks for the body: the request is under way.
    assert_eq!(wire.status().await, 100);
}

#[actix_web::test]
async fn a_request_under_way_is_answered_after_the_stop_began() {
    let app = app().await;
    let body = "grant_type=client_credentials&client_id=machine";
    let mut wire = app.wire().await;
    head_of_a_token_request(&app, &mut wire, body).await;
    let port = app.port();
    let mut stop = actix_web::rt::spawn(app.stop());
    refused(port).await;
    let early = tokio::time::timeout(Duration::from_secs(1), &mut stop).await;
    assert!(early.is_err(), "a stop waits for the request");

    wire.send(body.as_bytes()).await;
    let answer = wire.read_to_end(Duration::from_secs(20)).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(answer.contains("\"error\":\"invalid_client\""), "{answer}");
    tokio::time::timeout(Duration::from_secs(20), stop).await.expect("the stop ends with it").expect("no panic");
}

#[actix_web::test]
async fn an_idle_connection_does_not_hold_a_stop() {
    let app = app().await;
    let mut wire = app.wire().await;
    wire.send(format!("GET /health/live HTTP/1.1\r\nhost: {}\r\n\r\n", app.host()).as_bytes()).await;
    assert_eq!(wire.status().await, 200);
    let begun = Instant::now();
    app.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

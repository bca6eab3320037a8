//! A whole server within the process, as a test kit starts it: port 0, a frozen clock, mails in memory.

#![expect(clippy::expect_used, reason = "a helper of a test may stop it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use latchkey_config::{Config, Sources};
use latchkey_core::{Clock, FrozenClock, Rng, UtcTime};
use latchkey_mail::Mailer;
use latchkey_server::{DemoPage, Injected, Listeners, Services, serve};
use latchkey_storage::Migrate;
use latchkey_tokens::KeyPool;

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connects");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").expect("is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("is answered");
    answer
}

async fn answers(address: SocketAddr, path: &'static str) -> String {
    actix_web::web::block(move || get(address, path)).await.expect("no panic")
}

#[actix_web::test]
async fn a_server_starts_on_port_0_answers_and_stops() {
    let dir = tempfile::TempDir::new().expect("a directory");
    let public = TcpListener::bind("127.0.0.1:0").expect("a port");
    let metrics = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = public.local_addr().expect("bound");
    let environment = [
        ("LATCHKEY_DATA_DIR".to_owned(), dir.path().join("data").display().to_string()),
        ("LATCHKEY_PUBLIC_URL".to_owned(), format!("http://{address}")),
        ("LATCHKEY_PASSWORD_MEMORY_KIB".to_owned(), "64".to_owned()),
        ("LATCHKEY_WORKERS".to_owned(), "1".to_owned()),
    ];
    let config = Config::load(&Sources::new(None, environment)).expect("valid");
    let injected = Injected {
        clock: Clock::Frozen(FrozenClock::at(UtcTime::from_unix_seconds(1_800_000_000))),
        rng: Rng::seeded(1),
        mailer: Some(Mailer::memory("Latchkey <no-reply@localhost>").expect("an address")),
        messages: None,
        key_pool: KeyPool::shared(),
    };
    let services = Services::open(&config, injected, Migrate::Apply).await.expect("opens");
    let listeners = Listeners { public, metrics: Some(metrics), certificate: None, mtls: None };
    let server = serve(&services, &config, listeners, DemoPage::Absent).expect("serves");

    assert!(answers(server.public, "/health/ready").await.contains(r#""status":"ready""#));
    assert!(answers(server.public, "/t/nobody/.well-known/openid-configuration").await.starts_with("HTTP/1.1 404"));
    let metrics = server.metrics.expect("there is a metrics listener");
    assert!(answers(metrics, "/metrics").await.contains("latchkey_http_requests_total"));
    assert!(answers(metrics, "/health/live").await.starts_with("HTTP/1.1 200"));

    let address = server.public;
    server.stop().await;
    assert!(TcpStream::connect(address).is_err(), "the port is free again");
}

//! Somebody else's HTTPS server: the one behind a `jwks_uri`, `request_uri`, `sector_identifier_uri`, client document, or
//! logout or notification endpoint.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use openssl::ssl::{SslAcceptor, SslMethod};
use serde_json::{Value, json};

use crate::authority::TestAuthority;

/// What the stub answers to one path.
#[derive(Clone, Debug)]
pub struct StubAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
}

impl StubAnswer {
    /// An empty answer with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delay: Duration::ZERO }
    }

    /// Status 200 with a body of this type.
    #[must_use]
    pub fn document(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::status(200) }.header("content-type", content_type)
    }

    /// Status 200 with a JSON body.
    #[must_use]
    pub fn json(value: &Value) -> Self {
        Self::document("application/json", value.to_string())
    }

    /// With one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sent so much later.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// What the stub was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StubRequest {
    /// The method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The query, empty when there is none.
    pub query: String,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl StubRequest {
    /// The fields of a form.
    #[must_use]
    pub fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// The JSON body.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A running HTTPS server at `localhost` whose answers the test sets; a path without one is 404. It ends with this value.
pub struct HttpsStub {
    port: u16,
    authority: TestAuthority,
    state: Arc<State>,
    server: ServerHandle,
}

#[derive(Default)]
struct State {
    answers: Mutex<BTreeMap<String, StubAnswer>>,
    requests: Mutex<Vec<StubRequest>>,
}

impl HttpsStub {
    /// Starts it on a free port, with a certificate of an authority of its own.
    #[must_use]
    pub fn start() -> Self {
        let authority = TestAuthority::new("Stub authority");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State::default());
        let shared = web::Data::from(Arc::clone(&state));
        let identity = authority.server(&["localhost"]);
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("an acceptor");
        acceptor.set_certificate(&identity.certificate).expect("a certificate");
        acceptor.set_private_key(&identity.key).expect("a key");
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(answer)))
            .workers(1)
            .disable_signals()
            .listen_openssl(listener, acceptor)
            .expect("the stub listens")
            .run();
        let handle = server.handle();
        drop(actix_web::rt::spawn(server));
        Self { port, authority, state, server: handle }
    }

    /// Its URL with this path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// Sets what a path answers from now on.
    pub fn answer(&self, path: &str, answer: StubAnswer) {
        self.state.answers.lock().expect("the answers").insert(path.to_owned(), answer);
    }

    /// Every request so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<StubRequest> {
        self.state.requests.lock().expect("the requests").clone()
    }

    /// The requests of one path so far, oldest first.
    #[must_use]
    pub fn requests_to(&self, path: &str) -> Vec<StubRequest> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// The value of the tenant setting `outgoing` that lets Latchkey ask this stub.
    #[must_use]
    pub fn outgoing(&self) -> Value {
        json!({ "allow": [format!("localhost:{}", self.port)], "trust_anchors": [self.authority.pem()] })
    }
}

impl Drop for HttpsStub {
    fn drop(&mut self) {
        // Only asks; who waits for the future that this gives waits for the end.
        drop(self.server.stop(false));
    }
}

async fn answer(request: HttpRequest, body: web::Bytes, state: web::Data<State>) -> HttpResponse {
    let path = request.path().to_owned();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())));
    state.requests.lock().expect("the requests").push(StubRequest {
        method: request.method().as_str().to_owned(),
        path: path.clone(),
        query: request.query_string().to_owned(),
        headers: headers.collect(),
        body: text(&body),
    });
    let answer = state.answers.lock().expect("the answers").get(&path).cloned();
    let answer = answer.unwrap_or_else(|| StubAnswer::status(404));
    tokio::time::sleep(answer.delay).await;
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).expect("a status"));
    for (name, value) in answer.headers {
        response.append_header((name, value));
    }
    response.body(answer.body)
}

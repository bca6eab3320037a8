//! The HTTP listeners: the public one with every surface, and the one for metrics.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Server, ServerHandle as ActixHandle, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::KeepAlive;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpMessage, HttpResponse, HttpServer, web};
use anyhow::Context;
use futures_util::stream::{self, Stream, StreamExt};
use latchkey_config::Config;
use latchkey_web::{ClientCertificate, WebState};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::Services;
use crate::demo::{self, Demo};
use crate::health::{self, Health};
use crate::in_flight::InFlight;
use crate::jobs::Jobs;
use crate::tls::{self, Certificate};

/// Longer than the usual 60 s of a load balancer, so that the balancer closes first and no request is lost.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The sockets to serve on, bound by the caller.
pub struct Listeners {
    /// The public listener.
    pub public: TcpListener,
    /// The metrics listener.
    pub metrics: Option<TcpListener>,
    /// TLS on the public listener.
    pub certificate: Option<Certificate>,
    /// The listener that asks for client certificates, and its own.
    pub mtls: Option<(TcpListener, Certificate)>,
}

impl Listeners {
    /// Binds what is configured, and reads the certificate.
    ///
    /// # Errors
    /// When a port is taken or may not be used, or the certificate cannot be read.
    pub fn bind(config: &Config) -> anyhow::Result<Self> {
        let certificate = config.http.tls.as_ref().map(Certificate::load).transpose()?;
        let public = bind(config.http.listen, "LATCHKEY_LISTEN")?;
        let metrics = config.http.metrics_listen.map(|address| bind(address, "LATCHKEY_METRICS_LISTEN")).transpose()?;
        let mtls = match (config.http.mtls.listen, &certificate) {
            (Some(address), Some(certificate)) => Some((bind(address, "LATCHKEY_MTLS_LISTEN")?, certificate.clone())),
            _ => None,
        };
        Ok(Self { public, metrics, certificate, mtls })
    }
}

fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("cannot listen on {address} ({setting})"))
}

/// Whether the demo page is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoPage {
    /// At `/demo`.
    Served,
    /// Not at all.
    Absent,
}

/// A server that runs; dropping it does not stop it.
pub struct ServerHandle {
    /// Where the public listener is: the real port when port 0 was asked for.
    pub public: SocketAddr,
    /// Where the metrics listener is.
    pub metrics: Option<SocketAddr>,
    servers: Vec<(ActixHandle, JoinHandle<std::io::Result<()>>)>,
    in_flight: InFlight,
    jobs: Jobs,
    hangup: JoinHandle<()>,
    services: Services,
}

impl ServerHandle {
    /// Stops accepting, lets the requests in flight finish within the configured time, and writes what is pending.
    pub async fn stop(self) {
        self.jobs.stop();
        self.hangup.abort();
        let stopped = futures_util::future::join_all(self.servers.iter().map(|(server, _)| server.stop(true)));
        tokio::select! {
            _ = stopped => {}
            // Whatever is still connected asks for nothing: an idle HTTP/2 connection would hold the stop for its whole time.
            () = self.in_flight.quiet() => self.servers.iter().for_each(|(_, task)| task.abort()),
        }
        for (_, task) in self.servers {
            match task.await {
                Ok(Ok(())) => {}
                Err(error) if error.is_cancelled() => {}
                Ok(Err(error)) => tracing::error!(%error, "a listener ended with an error"),
                Err(error) => tracing::error!(%error, "a listener panicked"),
            }
        }
        if let Err(error) = self.services.sign_in.flush_touches().await {
            tracing::warn!(%error, "the last uses of some sessions were not written");
        }
    }
}

/// Serves on these listeners, on a tokio runtime of the caller; returns once connections are accepted.
///
/// # Errors
/// When a socket or the TLS settings are refused.
pub fn serve(
    services: &Services,
    config: &Config,
    listeners: Listeners,
    demo: DemoPage,
) -> anyhow::Result<ServerHandle> {
    let public = listeners.public.local_addr()?;
    let metrics = listeners.metrics.as_ref().map(TcpListener::local_addr).transpose()?;
    let hangup = tls::watch(listeners.certificate.clone())?;
    let in_flight = InFlight::default();
    let app_data = AppData::new(services, config, demo);
    let mut servers = vec![start(public_server(app_data, config, &listeners, in_flight.clone())?)];
    if let Some(listener) = listeners.metrics {
        servers.push(start(metrics_server(services, config, listener)?));
    }
    let jobs = Jobs::start(services);
    Ok(ServerHandle { public, metrics, servers, in_flight, jobs, hangup, services: services.clone() })
}

fn start(server: Server) -> (ActixHandle, JoinHandle<std::io::Result<()>>) {
    (server.handle(), tokio::spawn(server))
}

fn public_server(
    app_data: AppData,
    config: &Config,
    listeners: &Listeners,
    in_flight: InFlight,
) -> anyhow::Result<Server> {
    let request_timeout = config.limits.request_timeout;
    let server = HttpServer::new(move || {
        let (app_data, in_flight) = (app_data.clone(), in_flight.clone());
        App::new()
            .configure(|cfg| app_data.configure(cfg))
            .wrap(from_fn(move |request, next| bound_body(request_timeout, request, next)))
            .wrap(from_fn(latchkey_web::observe))
            .wrap(from_fn(move |request, next| in_flight.clone().track(request, next)))
            .default_service(web::to(latchkey_web::not_found))
    });
    let server = server
        .workers(config.http.workers)
        .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
        .client_request_timeout(request_timeout)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .tls_handshake_timeout(request_timeout)
        .shutdown_timeout(config.limits.shutdown_timeout.as_secs())
        .disable_signals();
    let socket = listeners.public.try_clone()?;
    let server = match &listeners.certificate {
        Some(certificate) => server.listen_openssl(socket, certificate.acceptor()?)?,
        None => server.listen(socket)?,
    };
    let server = match &listeners.mtls {
        // Any certificate is taken; who the client is shows when it authenticates.
        Some((socket, certificate)) => server
            .on_connect(ClientCertificate::capture)
            .listen_openssl(socket.try_clone()?, certificate.requesting_acceptor()?)?,
        None => server,
    };
    Ok(server.run())
}

/// What the surfaces find in the app data.
#[derive(Clone)]
struct AppData {
    web: web::Data<WebState>,
    oidc: web::Data<latchkey_oidc::Services>,
    account: web::Data<latchkey_account::Services>,
    health: web::Data<Health>,
    demo: Option<web::Data<Demo>>,
    body_bytes: usize,
}

impl AppData {
    fn new(services: &Services, config: &Config, demo: DemoPage) -> Self {
        let Services { directory, public_url, clock, rng, metrics, sign_in, cache, db, oidc, mtls_url, .. } =
            services.clone();
        let page = || web::Data::new(Demo::new(public_url.to_string(), rng.clone()));
        Self {
            demo: (demo == DemoPage::Served).then(page),
            web: web::Data::new(WebState {
                directory,
                public_url,
                mtls_url,
                client_certificate_header: config.http.mtls.header.clone(),
                trusted_proxies: config.http.trusted_proxies.clone(),
                clock,
                rng,
                metrics,
                body_limit: config.limits.body_bytes,
            }),
            account: web::Data::new(latchkey_account::Services {
                sign_in,
                devices: oidc.devices.clone(),
                backchannel: oidc.backchannel.clone(),
                tokens: oidc.tokens.clone(),
            }),
            health: web::Data::new(Health { db, cache }),
            oidc: web::Data::new(oidc),
            body_bytes: config.limits.body_bytes,
        }
    }

    fn configure(&self, cfg: &mut web::ServiceConfig) {
        cfg.app_data(self.web.clone())
            .app_data(self.oidc.clone())
            .app_data(self.account.clone())
            .app_data(self.health.clone())
            .app_data(web::PayloadConfig::new(self.body_bytes))
            .app_data(web::FormConfig::default().limit(self.body_bytes))
            .app_data(web::JsonConfig::default().limit(self.body_bytes))
            .configure(health::routes);
        if let Some(demo) = &self.demo {
            cfg.app_data(demo.clone()).configure(demo::routes);
        }
        // A tenant is found by its path, or by its own host.
        cfg.configure(latchkey_oidc::well_known_routes)
            .service(web::scope("/t/{tenant}").configure(latchkey_oidc::routes).configure(latchkey_account::routes))
            .configure(latchkey_oidc::routes)
            .configure(latchkey_account::routes);
    }
}

/// Cuts off who sends a body slowly: the HTTP layer's own timeout covers the head only.
async fn bound_body(
    limit: Duration,
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let payload: Payload = match request.take_payload() {
        Payload::None => Payload::None,
        payload => Payload::Stream { payload: Box::pin(until(Instant::now() + limit, payload)) },
    };
    request.set_payload(payload);
    next.call(request).await
}

fn until(deadline: Instant, payload: Payload) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    stream::unfold(payload, move |mut payload| async move {
        match tokio::time::timeout_at(deadline, payload.next()).await {
            Ok(chunk) => chunk.map(|chunk| (chunk, payload)),
            Err(_) => Some((Err(PayloadError::Io(ErrorKind::TimedOut.into())), Payload::None)),
        }
    })
}

fn metrics_server(services: &Services, config: &Config, listener: TcpListener) -> anyhow::Result<Server> {
    let health = web::Data::new(Health { db: services.db.clone(), cache: services.cache.clone() });
    let services = web::Data::new(services.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(health.clone())
            .app_data(services.clone())
            .configure(health::routes)
            .route("/metrics", web::get().to(metrics))
    });
    let server = server
        .workers(1)
        .client_request_timeout(config.limits.request_timeout)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

async fn metrics(services: web::Data<Services>) -> HttpResponse {
    let (connections, idle) = services.db.pool_state();
    services.metrics.set_db_connections(idle, connections.saturating_sub(idle));
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(services.metrics.render())
}

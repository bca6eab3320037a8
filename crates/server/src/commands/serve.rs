//! `latchkey serve`.

use std::process::ExitCode;

use latchkey_config::Config;
use latchkey_storage::Migrate;
use tokio::signal::unix::{SignalKind, signal};

use crate::bootstrap::{self, FirstAdmin};
use crate::cli::ServeArgs;
use crate::demo::Demo;
use crate::http::{DemoPage, Listeners, ServerHandle, serve};
use crate::{Injected, Services, logs};

pub(crate) async fn run(config: &Config, args: &ServeArgs) -> anyhow::Result<ExitCode> {
    logs::start(&config.log)?;
    // What can be refused without touching the database comes first.
    let listeners = Listeners::bind(config)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // From here on SIGHUP does not end the process; `serve` says what it does instead.
    let _hangup = signal(SignalKind::hangup())?;

    let migrate = if args.no_migrate { Migrate::Refuse } else { Migrate::Apply };
    let services = Services::open(config, Injected::system(), migrate).await?;
    let first_admin = bootstrap::first_admin(&services, &config.bootstrap).await?;
    let demo = if args.demo { DemoPage::Served } else { DemoPage::Absent };
    let server = serve(&services, config, listeners, demo)?;
    announce(&services, &server, &first_admin, demo);
    tracing::info!(listen = %server.public, metrics = ?server.metrics, version = env!("CARGO_PKG_VERSION"), "latchkey serves");

    let mut stopped = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = stopped, "shutting down; requests in flight may finish");
    tokio::select! {
        () = server.stop() => {}
        // Whoever asks twice does not want to wait.
        _ = terminate.recv() => stopped = "a second SIGTERM",
        _ = interrupt.recv() => stopped = "a second SIGINT",
    }
    tracing::info!(signal = stopped, "stopped");
    Ok(ExitCode::SUCCESS)
}

/// Tells a person at the terminal what to do next; goes to standard output and not to the log, since it holds a secret.
fn announce(services: &Services, server: &ServerHandle, first_admin: &FirstAdmin, demo: DemoPage) {
    println!("Latchkey {} listens on {}", env!("CARGO_PKG_VERSION"), server.public);
    println!("  Public URL  {}", services.public_url);
    if let Some(metrics) = server.metrics {
        println!("  Metrics     http://{metrics}/metrics");
    }
    match first_admin {
        FirstAdmin::Known => {}
        FirstAdmin::PasswordSet { username } => {
            println!("  First administrator: {username}, with the password of LATCHKEY_BOOTSTRAP_ADMIN_PASSWORD");
        }
        FirstAdmin::SetUp { link } => {
            println!(
                "  Nobody administers this installation yet. Choose the first administrator's password here, once:"
            );
            println!("    {}", link.expose());
        }
    }
    if demo == DemoPage::Served {
        println!("{}", Demo::new(services.public_url.to_string(), services.rng.clone()).banner());
    }
}

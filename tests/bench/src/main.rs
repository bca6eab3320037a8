//! `make bench`: every figure that the README quotes, measured in one go on this machine.
//!
//! `latchkey-bench BINARY FIXTURE [SECONDS]`; PostgreSQL and Redis are taken from `LATCHKEY_TEST_POSTGRES_URL` and
//! `LATCHKEY_TEST_REDIS_URL` when they are set. Traffic stays on loopback.

mod browser;
mod flood;
mod http;
#[path = "../../../crates/testkit/src/passkey_device.rs"]
#[expect(dead_code, clippy::expect_used, clippy::indexing_slicing, reason = "shared with the tests")]
mod passkey_device;
mod proof;
mod scenario;
mod server;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::scenario::{Scenario, Worker};
use crate::server::{Backend, Server};

const CONCURRENCY: usize = 8;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let binary = PathBuf::from(arguments.next().context("usage: latchkey-bench BINARY FIXTURE [SECONDS]")?);
    let fixture = PathBuf::from(arguments.next().context("usage: latchkey-bench BINARY FIXTURE [SECONDS]")?);
    let seconds = arguments.next().map_or(Ok(5), |text| text.parse())?;

    let mut backends = vec![Backend::Embedded];
    if let (Ok(admin_url), Ok(redis_url)) =
        (std::env::var("LATCHKEY_TEST_POSTGRES_URL"), std::env::var("LATCHKEY_TEST_REDIS_URL"))
    {
        backends.push(Backend::Production { database_url: fresh_database(&admin_url).await?, redis_url });
    }
    for backend in &backends {
        run(&binary, &fixture, backend, Duration::from_secs(seconds)).await?;
    }
    Ok(())
}

async fn run(binary: &std::path::Path, fixture: &std::path::Path, backend: &Backend, length: Duration) -> Result<()> {
    let data = tempfile::tempdir()?;
    let server = Server::start(binary, fixture, data.path(), backend).await?;
    // The background fills its key pool right after the start; idle is what comes after that.
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("\n{}", backend.name());
    println!("  start to first 200: {:.0} ms", server.start_time.as_secs_f64() * 1000.0);
    println!("  resident when idle: {:.1} MiB", mebibytes(server.resident_kib()?));
    println!("  {:<28} {:>9} {:>10} {:>10} {:>15}", "operation", "req/s", "p50", "p99", "server CPU/op");
    let cookies = browser::sign_in(server.port).await?;
    let mut rates: HashMap<Scenario, f64> = HashMap::new();
    for scenario in Scenario::ALL {
        let rate = measure(&server, scenario, &cookies, length).await?;
        let plain = scenario.counterpart().and_then(|plain| Some((plain.name(), rates.get(&plain)?)));
        println!("{}", plain.map(|(name, plain)| format!("   {:.2} of {name}", rate / plain)).unwrap_or_default());
        rates.insert(scenario, rate);
    }
    flood::measure(&server, length).await?;
    println!("  resident after load: {:.1} MiB", mebibytes(server.resident_kib()?));
    server.stop().await
}

/// Prints the figures and leaves the line open; answers the requests per second.
async fn measure(server: &Server, scenario: Scenario, cookies: &str, length: Duration) -> Result<f64> {
    let mut workers = Vec::new();
    for _ in 0..CONCURRENCY {
        let mut worker = Worker::prepare(server.port, scenario, cookies).await?;
        worker.run().await.with_context(|| scenario.name())?;
        workers.push(worker);
    }
    let cpu_before = server.cpu_time()?;
    let begun = Instant::now();
    let tasks: Vec<_> = workers
        .into_iter()
        .map(|mut worker| {
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while begun.elapsed() < length {
                    let sent = Instant::now();
                    worker.run().await?;
                    latencies.push(sent.elapsed());
                }
                anyhow::Ok(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await?.with_context(|| scenario.name())?);
    }
    let elapsed = begun.elapsed();
    let cpu = server.cpu_time()?.saturating_sub(cpu_before);
    latencies.sort_unstable();
    let operations = u32::try_from(latencies.len())?.max(1);
    let rate = f64::from(operations) / elapsed.as_secs_f64();
    print!(
        "  {:<28} {:>9.0} {:>7.2} ms {:>7.2} ms {:>12.0} us",
        scenario.name(),
        rate,
        percentile(&latencies, 50).as_secs_f64() * 1000.0,
        percentile(&latencies, 99).as_secs_f64() * 1000.0,
        (cpu / operations).as_secs_f64() * 1_000_000.0,
    );
    Ok(rate)
}

pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get(sorted.len().saturating_mul(percent) / 100).or(sorted.last()).copied().unwrap_or_default()
}

fn mebibytes(kibibytes: u64) -> f64 {
    f64::from(u32::try_from(kibibytes).unwrap_or(u32::MAX)) / 1024.0
}

async fn fresh_database(admin_url: &str) -> Result<String> {
    let name = format!("latchkey_bench_{}", std::process::id());
    let made = tokio::process::Command::new("psql")
        .args([admin_url, "-qc", &format!("CREATE DATABASE {name}")])
        .status()
        .await?;
    anyhow::ensure!(made.success(), "cannot create the database {name}");
    let mut url = url::Url::parse(admin_url)?;
    url.set_path(&name);
    Ok(url.to_string())
}

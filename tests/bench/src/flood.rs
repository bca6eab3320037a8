//! What wrong passwords at one tenant do to the sign-ins of another, and how close sign-ins come to what the hash allows.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::browser::Visitor;
use crate::http::Connection;
use crate::percentile;
use crate::scenario::{Scenario, Worker, authorize_path};
use crate::server::Server;

/// Connections that send wrong passwords.
const ATTACKERS: usize = 8;
const ATTACKED: &str = "/t/flooded";

/// Prints how long a hash takes, and the sign-ins of one user at a time: alone, and while the other tenant is flooded.
pub async fn measure(server: &Server, length: Duration) -> Result<()> {
    let before = server.password_hashes().await?;
    let idle = sign_ins(server, length).await?;
    let after = server.password_hashes().await?;
    let hashes = after.count - before.count;
    ensure!(hashes > 0, "nothing was hashed");
    let hash = Duration::from_secs_f64((after.seconds - before.seconds) / f64::from(hashes));
    println!("  one password hash: {:.1} ms", milliseconds(hash));

    let attackers: Vec<_> = (0..ATTACKERS).map(|number| tokio::spawn(guess(server.port, number))).collect();
    let flooded = sign_ins(server, length).await;
    for attacker in &attackers {
        ensure!(!attacker.is_finished(), "an attacker was stopped: the flood did not hold");
        attacker.abort();
    }
    let flooded = flooded?;
    for (name, latencies) in [("alone", &idle), ("other tenant flooded", &flooded)] {
        println!(
            "  {:<28} {:>9} {:>7.2} ms {:>7.2} ms",
            format!("sign-in, {name}"),
            "",
            milliseconds(percentile(latencies, 50)),
            milliseconds(percentile(latencies, 99)),
        );
    }
    let ratio = percentile(&flooded, 99).as_secs_f64() / percentile(&idle, 99).as_secs_f64();
    println!("   {ratio:.2} times the p99 alone");
    Ok(())
}

/// How long each sign-in took.
async fn sign_ins(server: &Server, length: Duration) -> Result<Vec<Duration>> {
    let mut worker = Worker::prepare(server.port, Scenario::PasswordSignIn, "").await?;
    let (begun, mut latencies) = (Instant::now(), Vec::new());
    while begun.elapsed() < length {
        let sent = Instant::now();
        worker.run().await.context("a sign-in beside the flood")?;
        latencies.push(sent.elapsed());
    }
    latencies.sort_unstable();
    Ok(latencies)
}

/// Sends wrong passwords for as many names as it can.
async fn guess(port: u16, number: usize) -> Result<()> {
    let mut connection = Connection::open(port).await?;
    let mut visitor = Visitor::new(&mut connection);
    let form = visitor.find_form(&authorize_path("web").replace(crate::scenario::TENANT, ATTACKED)).await?;
    for attempt in 0_u64.. {
        let response = visitor.post_password(&form, &format!("nobody-{number}-{attempt}"), "a guess").await?;
        ensure!(response.status == 422, "the guess was answered {}", response.status);
    }
    Ok(())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

//! The server under load: a child process with its own data, and what the kernel says it used.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use base64::Engine;
use tokio::process::{Child, Command};

use crate::http::Connection;

/// Which pair of backends.
pub enum Backend {
    Embedded,
    Production { database_url: String, redis_url: String },
}

impl Backend {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded => "embedded (SQLite, in process)",
            Self::Production { .. } => "production (PostgreSQL, Redis)",
        }
    }
}

/// What the server says of its password hashes so far.
pub struct PasswordHashes {
    pub count: u32,
    pub seconds: f64,
}

pub struct Server {
    child: Child,
    pub port: u16,
    metrics_port: u16,
    pid: u32,
    /// From spawning the process, on an existing database, to the first 200.
    pub start_time: Duration,
}

impl Server {
    /// Loads the fixture, starts the server once to warm the database and once to measure.
    pub async fn start(binary: &Path, fixture: &Path, data: &Path, backend: &Backend) -> Result<Self> {
        let settings = Settings::new(data, backend)?;
        let applied = settings.command(binary).args(["apply", "-f"]).arg(fixture).output().await?;
        if !applied.status.success() {
            bail!("apply failed: {}", String::from_utf8_lossy(&applied.stderr));
        }
        Self::spawn(binary, &settings).await?.stop().await?;
        Self::spawn(binary, &settings).await
    }

    async fn spawn(binary: &Path, settings: &Settings) -> Result<Self> {
        let begun = Instant::now();
        let child = settings.command(binary).arg("serve").stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let pid = child.id().context("the server has gone")?;
        for _ in 0..20_000 {
            if let Ok(mut connection) = Connection::open(settings.port).await {
                let request = connection.encode("GET", "/health/live", &[], "");
                if connection.send(&request).await.is_ok_and(|response| response.status == 200) {
                    let (port, metrics_port) = (settings.port, settings.metrics_port);
                    return Ok(Self { child, port, metrics_port, pid, start_time: begun.elapsed() });
                }
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        bail!("the server did not answer")
    }

    pub async fn stop(mut self) -> Result<()> {
        self.child.kill().await?;
        Ok(())
    }

    /// User and system time so far.
    pub fn cpu_time(&self) -> Result<Duration> {
        // Linux counts in ticks of 10 ms (USER_HZ), whatever the kernel's own rate.
        const TICK: Duration = Duration::from_millis(10);
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let (_, fields) = stat.rsplit_once(')').context("no such process")?;
        let ticks = |index: usize| fields.split_whitespace().nth(index).and_then(|field| field.parse::<u32>().ok());
        let (user, system) = (ticks(11).context("no utime")?, ticks(12).context("no stime")?);
        Ok(TICK * user.saturating_add(system))
    }

    /// Counts and times of password hashes, from the metrics.
    pub async fn password_hashes(&self) -> Result<PasswordHashes> {
        let mut connection = Connection::open(self.metrics_port).await?;
        let request = connection.encode("GET", "/metrics", &[], "");
        let response = connection.send(&request).await?;
        let text = String::from_utf8_lossy(&response.body).into_owned();
        let value = |suffix: &str| {
            let name = format!("latchkey_password_hash_duration_seconds_{suffix} ");
            text.lines().find_map(|line| line.strip_prefix(&name)).context("no such metric")
        };
        Ok(PasswordHashes { count: value("count")?.parse()?, seconds: value("sum")?.parse()? })
    }

    /// Resident memory in KiB.
    pub fn resident_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        line.trim().trim_end_matches("kB").trim().parse().context("VmRSS is not a number")
    }
}

struct Settings {
    port: u16,
    metrics_port: u16,
    data: PathBuf,
    backend: Vec<(&'static str, String)>,
}

impl Settings {
    fn new(data: &Path, backend: &Backend) -> Result<Self> {
        let mut key = [0_u8; 32];
        openssl::rand::rand_bytes(&mut key)?;
        let backend = match backend {
            Backend::Embedded => Vec::new(),
            Backend::Production { database_url, redis_url } => vec![
                ("LATCHKEY_DATABASE_URL", database_url.clone()),
                ("LATCHKEY_REDIS_URL", redis_url.clone()),
                ("LATCHKEY_MASTER_KEY", base64::engine::general_purpose::STANDARD.encode(key)),
            ],
        };
        Ok(Self { port: free_port()?, metrics_port: free_port()?, data: data.to_owned(), backend })
    }

    fn command(&self, binary: &Path) -> Command {
        let mut command = Command::new(binary);
        command
            .env("LATCHKEY_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("LATCHKEY_METRICS_LISTEN", format!("127.0.0.1:{}", self.metrics_port))
            .env("LATCHKEY_PUBLIC_URL", format!("http://localhost:{}", self.port))
            .env("LATCHKEY_DATA_DIR", &self.data)
            .env("LATCHKEY_LOG", "warn")
            .envs(self.backend.iter().map(|(name, value)| (*name, value.as_str())));
        command
    }
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

//! The real binary as a child process, to be killed.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use latchkey_storage::testing::TestDb;

use crate::backend::Backend;
use crate::driver::Driver;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/support/fixture.yaml");

/// `latchkey serve` with the fixture, on its own data.
pub struct ServerProcess {
    child: Child,
    port: u16,
    environment: Vec<(&'static str, String)>,
    _data: tempfile::TempDir,
    _database: TestDb,
}

impl ServerProcess {
    /// Applies the fixture and waits until the server answers.
    pub async fn start(backend: Backend) -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let (port, metrics_port) = (free_port(), free_port());
        let mut environment = vec![
            ("LATCHKEY_LISTEN", format!("127.0.0.1:{port}")),
            ("LATCHKEY_METRICS_LISTEN", format!("127.0.0.1:{metrics_port}")),
            ("LATCHKEY_PUBLIC_URL", format!("http://localhost:{port}")),
            ("LATCHKEY_DATA_DIR", data.path().display().to_string()),
            ("LATCHKEY_LOG", "warn".to_owned()),
        ];
        let database = backend.database();
        environment.push(("LATCHKEY_DATABASE_URL", database.url()));
        if let Some(redis_url) = backend.redis_url() {
            environment.push(("LATCHKEY_REDIS_URL", redis_url));
            environment.push(("LATCHKEY_MASTER_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned()));
        }
        let applied = command(&environment).args(["apply", "-f", FIXTURE]).output().expect("latchkey runs");
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
        let child = serve(&environment);
        let process = Self { child, port, environment, _data: data, _database: database };
        process.wait_until_ready().await;
        process
    }

    /// Speaks to this server.
    #[must_use]
    pub fn driver(&self) -> Driver {
        Driver::new(self.port)
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is there");
        self.child.wait().expect("the process ends");
    }

    /// Starts it again on the same data.
    pub async fn start_again(&mut self) {
        self.child = serve(&self.environment);
        self.wait_until_ready().await;
    }

    async fn wait_until_ready(&self) {
        let ready = async {
            let url = format!("http://localhost:{}/health/ready", self.port);
            let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            while !http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                pause.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), ready).await.expect("the server becomes ready");
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(environment: &[(&'static str, String)]) -> Child {
    command(environment).arg("serve").stdout(Stdio::null()).spawn().expect("latchkey runs")
}

fn command(environment: &[(&'static str, String)]) -> Command {
    let mut command = Command::new(binary());
    command.envs(environment.iter().map(|(name, value)| (*name, value.as_str())));
    command
}

/// The binary that cargo built beside this test.
fn binary() -> PathBuf {
    let mut path = std::env::current_exe().expect("a path");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    let binary = path.join("latchkey");
    assert!(binary.is_file(), "{} is missing: run `cargo build` first", binary.display());
    binary
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

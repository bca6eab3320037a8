//! Redis goes away, comes back and heals; each test runs a server of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use latchkey_core::{Clock, Rng, TenantId};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use super::MINUTE;
use crate::{Cache, CacheKey, CacheOpenError, Inserted, Invalidation, Kind, Notice, RedisUrl};

/// A `redis-server` on a free port, killed with the test.
struct Server {
    port: u16,
    options: &'static [&'static str],
    directory: TempDir,
    process: Child,
}

impl Server {
    /// `None` when no `redis-server` is installed and the environment asks for no test on Redis.
    async fn start(options: &'static [&'static str]) -> Option<Self> {
        let installed = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !installed {
            let asked = std::env::var_os("LATCHKEY_TEST_REDIS_URL").is_some();
            assert!(
                !asked,
                "LATCHKEY_TEST_REDIS_URL is set, but `redis-server` is not installed: `make test` installs it"
            );
            return None;
        }
        let port = free_port();
        let directory = tempfile::tempdir().expect("a directory");
        let process = spawn(port, options, &directory);
        let server = Self { port, options, directory, process };
        server.answers().await;
        Some(server)
    }

    /// A Cluster of one node.
    async fn start_cluster() -> Option<Self> {
        let server = Self::start(&["--cluster-enabled", "yes"]).await?;
        server.run(redis::cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(0).arg(16383)).await;
        eventually("the cluster is ready", async || {
            server.run(redis::cmd("CLUSTER").arg("INFO")).await.contains("cluster_state:ok")
        })
        .await;
        Some(server)
    }

    fn kill(&mut self) {
        self.process.kill().expect("kills");
        self.process.wait().expect("ends");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status();
        assert!(sent.expect("kill runs").success(), "kill {signal}");
    }

    async fn start_again(&mut self) {
        self.process = spawn(self.port, self.options, &self.directory);
        self.answers().await;
    }

    async fn answers(&self) {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).expect("a client");
        eventually("the server answers", async || client.get_multiplexed_async_connection().await.is_ok()).await;
    }

    async fn run(&self, command: &mut redis::Cmd) -> String {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).expect("a client");
        let mut connection = client.get_multiplexed_async_connection().await.expect("connects");
        command.query_async(&mut connection).await.expect("runs")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A cluster also wants `port + 10000` for its bus.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        if port < 50_000 && TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok() {
            return port;
        }
    }
}

fn spawn(port: u16, options: &[&str], directory: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(options)
        .current_dir(directory.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server starts")
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let polled = async {
        while !holds().await {
            tick.tick().await;
        }
    };
    timeout(Duration::from_secs(30), polled).await.unwrap_or_else(|_| panic!("in time: {what}"));
}

/// The heart of both tests: everything is refused while the server is away, quickly, and works again by itself.
async fn goes_away_and_heals(server: &mut Server, cache: &Cache) {
    let tenant = TenantId::generate(Clock::System.now(), &Rng::system());
    let key = CacheKey::new(&tenant, Kind::AuthorizationCode, "code");
    cache.put(&key, &1, MINUTE).await.expect("works at first");
    let mut subscription = cache.subscribe();

    server.kill();
    let begun = Instant::now();
    for _ in 0..3 {
        assert!(cache.put(&key, &2, MINUTE).await.is_err_and(|error| error.is_unavailable()));
        assert!(cache.find::<i32>(&key).await.is_err_and(|error| error.is_unavailable()));
        assert!(cache.take::<i32>(&key).await.is_err_and(|error| error.is_unavailable()));
        assert!(cache.put_if_absent(&key, &2, MINUTE).await.is_err_and(|error| error.is_unavailable()));
        assert!(cache.increment(&key, MINUTE).await.is_err_and(|error| error.is_unavailable()));
        assert!(cache.count(&key, MINUTE).await.is_err_and(|error| error.is_unavailable()));
        assert!(cache.delete(&key).await.is_err_and(|error| error.is_unavailable()));
        assert!(cache.publish(&Invalidation::AllTenants).await.is_err_and(|error| error.is_unavailable()));
        assert!(cache.ping().await.is_err_and(|error| error.is_unavailable()));
    }
    assert!(begun.elapsed() < Duration::from_secs(27), "27 refusals took {:?}", begun.elapsed());

    server.start_again().await;
    eventually("the cache works again", async || cache.ping().await.is_ok()).await;
    eventually("values can be stored", async || cache.put(&key, &3, MINUTE).await.is_ok()).await;
    assert_eq!(cache.take::<i32>(&key).await.expect("works again"), Some(3));
    assert_eq!(cache.put_if_absent(&key, &4, MINUTE).await.expect("works again"), Inserted::Inserted);
    assert_eq!(cache.increment(&key, MINUTE).await.expect("works again").count, 1);

    let notice = timeout(Duration::from_secs(30), subscription.next()).await.expect("a notice");
    assert_eq!(notice, Notice::Resync);
    let event = Invalidation::Tenant(tenant);
    cache.publish(&event).await.expect("publishes again");
    let notice = timeout(Duration::from_secs(30), subscription.next()).await.expect("a notice");
    assert_eq!(notice, Notice::Changed(event));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_redis_that_goes_away_and_comes_back_heals_by_itself() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let url: RedisUrl = format!("redis://127.0.0.1:{}", server.port).parse().expect("a url");
    let cache = Cache::connect(&url, Clock::System).await.expect("connects");
    goes_away_and_heals(&mut server, &cache).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_cluster_that_goes_away_and_comes_back_heals_by_itself() {
    let Some(mut server) = Server::start_cluster().await else { return };
    let url: RedisUrl = format!("redis+cluster://127.0.0.1:{}", server.port).parse().expect("a url");
    let cache = Cache::connect(&url, Clock::System).await.expect("connects");
    goes_away_and_heals(&mut server, &cache).await;

    let wrong: RedisUrl = format!("redis://127.0.0.1:{}", server.port).parse().expect("a url");
    let error = Cache::connect(&wrong, Clock::System).await.expect_err("a cluster is not a single node");
    assert!(error.to_string().contains("must start with redis+cluster://"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_cache_serves_its_first_command_after_redis_came_back() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let url: RedisUrl = format!("redis://127.0.0.1:{}", server.port).parse().expect("a url");
    let cache = Cache::connect(&url, Clock::System).await.expect("connects");
    let mut subscription = cache.subscribe();
    server.kill();
    server.start_again().await;
    let notice = timeout(Duration::from_secs(30), subscription.next()).await.expect("a notice");
    assert_eq!(notice, Notice::Resync);
    let tenant = TenantId::generate(Clock::System.now(), &Rng::system());
    let key = CacheKey::new(&tenant, Kind::AuthorizationCode, "code");
    assert_eq!(cache.take::<i32>(&key).await.expect("works at once"), None);
}

#[tokio::test]
async fn a_wrong_or_missing_password_gets_one_clear_line() {
    let Some(server) = Server::start(&["--requirepass", "right"]).await else { return };
    for credentials in ["", ":wrong@", "nobody:wrong@"] {
        let url: RedisUrl = format!("redis://{credentials}127.0.0.1:{}", server.port).parse().expect("a url");
        let error = Cache::connect(&url, Clock::System).await.expect_err("is refused");
        assert!(matches!(error, CacheOpenError::Unauthorised { .. }), "{error:?}");
        assert!(!error.to_string().contains('\n') && !error.to_string().contains("wrong@"), "{error}");
    }
    let url: RedisUrl = format!("redis://:right@127.0.0.1:{}", server.port).parse().expect("a url");
    Cache::connect(&url, Clock::System).await.expect("connects").ping().await.expect("answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_hangs_no_request_and_works_again_when_it_wakes() {
    let Some(server) = Server::start(&[]).await else { return };
    let url: RedisUrl = format!("redis://127.0.0.1:{}", server.port).parse().expect("a url");
    let cache = Cache::connect(&url, Clock::System).await.expect("connects");
    let tenant = TenantId::generate(Clock::System.now(), &Rng::system());
    let key = CacheKey::new(&tenant, Kind::AuthorizationCode, "code");

    server.signal("-STOP");
    let begun = Instant::now();
    assert!(cache.take::<i32>(&key).await.is_err_and(|error| error.is_unavailable()));
    assert!(cache.find::<i32>(&key).await.is_err_and(|error| error.is_unavailable()));
    assert!(begun.elapsed() < Duration::from_secs(6), "two refusals took {:?}", begun.elapsed());
    server.signal("-CONT");
    eventually("the cache works again", async || cache.put(&key, &1, MINUTE).await.is_ok()).await;
    assert_eq!(cache.take::<i32>(&key).await.expect("works again"), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_hangs_carries_out_once_what_must_not_be_repeated() {
    let Some(server) = Server::start_cluster().await else { return };
    let url: RedisUrl = format!("redis+cluster://127.0.0.1:{}", server.port).parse().expect("a url");
    let cache = Cache::connect(&url, Clock::System).await.expect("connects");
    let tenant = TenantId::generate(Clock::System.now(), &Rng::system());
    let key = CacheKey::new(&tenant, Kind::AuthorizationCode, "code");
    let century = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    assert_eq!(cache.increment(&key, century).await.expect("works at first").count, 1);

    server.signal("-STOP");
    assert!(cache.increment(&key, century).await.is_err_and(|error| error.is_unavailable()));
    server.signal("-CONT");
    // What waits in the socket of the server is carried out before what comes now.
    eventually("the cluster works again", async || cache.ping().await.is_ok()).await;
    eventually("it was counted", async || cache.count(&key, century).await.is_ok_and(|now| now.count >= 2)).await;
    assert_eq!(cache.increment(&key, century).await.expect("works again").count, 3);
}

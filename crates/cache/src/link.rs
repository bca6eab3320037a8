//! The connection that carries commands to Redis; a lost one is replaced by the next command.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError,
    RedisResult, ServerErrorKind,
};
use url::Url;

use crate::{CacheError, RedisUrl, Unavailability};

/// How long one connection attempt, and one answer, may take.
pub(crate) const STEP_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a command may take in all, so that a request is refused quickly while Redis is away.
const COMMAND_DEADLINE: Duration = Duration::from_secs(2);

/// How often a command goes to a Cluster again, where that does no harm.
const CLUSTER_REPEATS: u32 = 2;
const CLUSTER_PAUSE: Duration = Duration::from_millis(50);

/// Whether a command may be sent again when its connection broke and it may have been carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Doing it twice is the same as once.
    Harmless,
    /// A second time could give another answer.
    Never,
}

/// Carries commands to one node or to a Cluster.
pub(crate) enum Link {
    Single(Box<SingleNode>),
    Cluster(Box<Cluster>),
}

impl Link {
    pub(crate) async fn open(url: &RedisUrl) -> RedisResult<Self> {
        match url {
            RedisUrl::Single(node) => SingleNode::new(node).map(|node| Self::Single(Box::new(node))),
            RedisUrl::Cluster(nodes) => Cluster::open(nodes).await.map(|cluster| Self::Cluster(Box::new(cluster))),
        }
    }

    /// Sends a command and reads its answer; never takes longer than two seconds.
    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd, repeat: Repeat) -> Result<T, CacheError> {
        let answer = tokio::time::timeout(COMMAND_DEADLINE, async {
            match self {
                Self::Single(node) => node.query(command, repeat).await,
                Self::Cluster(cluster) => cluster.query(command, repeat).await,
            }
        });
        Ok(answer.await.map_err(|_| Unavailability::Timeout)??)
    }
}

pub(crate) fn connection_info(node: &Url) -> RedisResult<ConnectionInfo> {
    Ok(node.clone().into_connection_info()?.set_tcp_settings(tcp_settings()))
}

fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    // A peer that vanished without a word is given up soon, not after the minutes that TCP would retry.
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(COMMAND_DEADLINE);
    settings
}

/// Two sets of connections to the same Cluster: the client of the `redis` crate repeats all commands or none.
pub(crate) struct Cluster {
    repeating: ClusterConnection,
    once: ClusterConnection,
}

impl Cluster {
    async fn open(nodes: &[Url]) -> RedisResult<Self> {
        let nodes = nodes.iter().map(connection_info).collect::<RedisResult<Vec<_>>>()?;
        let (repeating, once) = tokio::try_join!(open_cluster(&nodes, CLUSTER_REPEATS), open_cluster(&nodes, 0))?;
        Ok(Self { repeating, once })
    }

    async fn query<T: FromRedisValue>(&self, command: &Cmd, repeat: Repeat) -> RedisResult<T> {
        if repeat == Repeat::Harmless {
            return command.query_async(&mut self.repeating.clone()).await;
        }
        let mut refused = 0;
        loop {
            match command.query_async(&mut self.once.clone()).await {
                // Only the other client follows a slot that is moving just now.
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::Ask) => {
                    return command.query_async(&mut self.repeating.clone()).await;
                }
                Err(error) if refused < CLUSTER_REPEATS && was_not_carried_out(&error) => {
                    refused += 1;
                    tokio::time::sleep(CLUSTER_PAUSE * refused).await;
                }
                answer => return answer,
            }
        }
    }
}

async fn open_cluster(nodes: &[ConnectionInfo], repeats: u32) -> RedisResult<ClusterConnection> {
    let client = ClusterClient::builder(nodes.to_vec())
        .connection_timeout(STEP_TIMEOUT)
        .response_timeout(STEP_TIMEOUT)
        .overall_response_timeout(None)
        .retries(repeats)
        .min_retry_wait(20)
        .max_retry_wait(200)
        .tcp_settings(tcp_settings())
        .build()?;
    client.get_async_connection().await
}

/// The node said so, or the command was never sent; in both cases the client looks up the nodes anew meanwhile.
fn was_not_carried_out(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::ClusterConnectionNotFound => true,
        ErrorKind::Server(reason) => matches!(
            reason,
            ServerErrorKind::Moved
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::BusyLoading
        ),
        _ => false,
    }
}

/// A multiplexed connection to one node, replaced after any failure that a new one may cure.
///
/// The connection manager of the `redis` crate is not used: when its reconnection fails for another reason than
/// input and output (a password that is rotated just then), it keeps that failure for good.
pub(crate) struct SingleNode {
    client: Client,
    current: RwLock<Option<Arc<MultiplexedConnection>>>,
    connecting: tokio::sync::Mutex<()>,
}

impl SingleNode {
    fn new(node: &Url) -> RedisResult<Self> {
        let client = Client::open(connection_info(node)?)?;
        Ok(Self { client, current: RwLock::default(), connecting: tokio::sync::Mutex::default() })
    }

    async fn query<T: FromRedisValue>(&self, command: &Cmd, repeat: Repeat) -> RedisResult<T> {
        match self.query_once(command).await {
            Err(error) if repeat == Repeat::Harmless && error.is_unrecoverable_error() => {
                self.query_once(command).await
            }
            answer => answer,
        }
    }

    async fn query_once<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let connection = self.connection().await?;
        let answer = command.query_async(&mut MultiplexedConnection::clone(&connection)).await;
        if answer.as_ref().is_err_and(may_be_cured_by_a_new_connection) {
            self.forget(&connection);
        }
        answer
    }

    async fn connection(&self) -> RedisResult<Arc<MultiplexedConnection>> {
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let _turn = self.connecting.lock().await;
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(STEP_TIMEOUT))
            .set_response_timeout(Some(STEP_TIMEOUT));
        let connection = Arc::new(self.client.get_multiplexed_async_connection_with_config(&config).await?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&connection));
        Ok(connection)
    }

    fn current(&self) -> Option<Arc<MultiplexedConnection>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn forget(&self, broken: &Arc<MultiplexedConnection>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|connection| Arc::ptr_eq(connection, broken)) {
            *current = None;
        }
    }
}

// Read-only and the like: the name may lead to the new primary after a failover.
fn may_be_cured_by_a_new_connection(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || refuses_credentials(error)
        || matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown))
}

/// Whether Redis wants other credentials.
pub(crate) fn refuses_credentials(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"))
}

// The client of the `redis` crate holds the password.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Single(_) => "Link::Single",
            Self::Cluster(_) => "Link::Cluster",
        })
    }
}

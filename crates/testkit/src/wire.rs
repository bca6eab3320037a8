//! Bytes on a socket, for what no well-behaved HTTP client would send.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A raw connection.
pub struct RawHttp(TcpStream);

impl RawHttp {
    pub(crate) async fn connect(port: u16) -> Self {
        Self(TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens"))
    }

    /// Sends bytes; whether the server still listens shows in the answer.
    pub async fn send(&mut self, bytes: &[u8]) {
        // A server that has refused already may have closed its side: the answer tells.
        let _ = self.0.write_all(bytes).await;
    }

    /// Reads until the server closes or `limit` has passed; what came so far.
    pub async fn read_to_end(&mut self, limit: Duration) -> String {
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(limit, self.0.read_to_end(&mut answer)).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The status code of the answer; 0 when the server closed without one.
    pub async fn status(&mut self) -> u16 {
        let mut answer = vec![0; 64];
        let read = tokio::time::timeout(Duration::from_secs(10), self.0.read(&mut answer)).await;
        let length = read.ok().and_then(Result::ok).unwrap_or(0);
        let text = String::from_utf8_lossy(answer.get(..length).unwrap_or_default()).into_owned();
        text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
    }
}

//! Which requests are under way, so that a stop waits for them and for nothing else.
//!
//! When the framework stops it closes idle HTTP/1 connections by itself, but an HTTP/2 connection stays until its client
//! leaves or the time for the shutdown is over.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Bytes;

/// The last bytes of an answer leave the process after its body was read: they get that long at least.
const QUIET: Duration = Duration::from_millis(250);

/// Counts requests. Clones share the counts.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Counts>);

#[derive(Default)]
struct Counts {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl InFlight {
    /// Counts a request as under way until its answer's body was read or given up.
    pub(crate) async fn track(
        self,
        request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<Tracked>, Error> {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        let underway = Underway(self);
        let response = next.call(request).await?;
        Ok(response.map_body(|_, body| Tracked { body: body.boxed(), _underway: underway }))
    }

    /// Returns when no request is under way and none came for a moment.
    pub(crate) async fn quiet(&self) {
        loop {
            let begun = self.0.begun.load(Ordering::SeqCst);
            tokio::time::sleep(QUIET).await;
            let ended = self.0.ended.load(Ordering::SeqCst);
            if ended == begun && self.0.begun.load(Ordering::SeqCst) == begun {
                return;
            }
        }
    }
}

struct Underway(InFlight);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

/// The body of an answer that is under way.
pub(crate) struct Tracked {
    body: BoxBody,
    _underway: Underway,
}

impl MessageBody for Tracked {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(cx)
    }
}

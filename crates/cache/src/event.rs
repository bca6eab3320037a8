//! Invalidation between nodes: what changed, and the subscription that hears of it.

use latchkey_core::{ClientId, TenantId};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// What changed, so that every node drops its copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Invalidation {
    /// A tenant, its settings or domains.
    Tenant(TenantId),
    /// One client of a tenant.
    Client(TenantId, ClientId),
    /// The resource servers and scopes of a tenant.
    ResourceServers(TenantId),
    /// The signing keys of a tenant.
    SigningKeys(TenantId),
    /// Every tenant.
    AllTenants,
}

/// What a subscription tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// This changed.
    Changed(Invalidation),
    /// Some changes may have been missed (the subscription was interrupted or lagged): drop every copy.
    Resync,
}

/// Hears every [`Invalidation`] published by any node, this one included, from the moment it was made.
#[derive(Debug)]
pub struct Subscription {
    notices: broadcast::Receiver<Notice>,
}

impl Subscription {
    pub(crate) fn new(notices: broadcast::Receiver<Notice>) -> Self {
        Self { notices }
    }

    /// Waits for the next notice; never returns once every clone of the cache is gone. Safe to cancel.
    pub async fn next(&mut self) -> Notice {
        match self.notices.recv().await {
            Ok(notice) => notice,
            Err(RecvError::Lagged(_)) => Notice::Resync,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

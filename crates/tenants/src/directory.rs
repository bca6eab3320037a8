//! The cached look-ups that every request makes: which tenant, which client, which scopes.
//!
//! An answer, "there is none" included, is kept for at most five seconds, so a suspension or deletion is seen by
//! then even when no notice of it arrives; a notice makes it seen at once. Requests that miss together share one read.

use std::future::Future;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use latchkey_cache::{Cache as ShortLivedStore, Invalidation, Notice};
use latchkey_core::{ClientId, TenantId};
use latchkey_storage::{Db, DbConnection};
use moka::Equivalent;
use moka::future::Cache;

use crate::{
    Client, DomainName, ResourceServers, Slug, Tenant, TenantsError, client_store, domain_store, resource_server_store,
    tenant_store,
};

/// The documented time after which no node serves what was changed.
const TIME_TO_LIVE: Duration = Duration::from_secs(5);
const TENANTS: u64 = 10_000;
const CLIENTS: u64 = 50_000;
const RESOURCE_SERVERS: u64 = 10_000;

/// The cached look-ups; clones share the caches.
#[derive(Clone)]
pub struct Directory(Arc<Inner>);

struct Inner {
    db: Db,
    notices: ShortLivedStore,
    by_slug: Cache<String, Option<Arc<Tenant>>>,
    by_host: Cache<String, Option<Arc<Tenant>>>,
    by_id: Cache<TenantId, Option<Arc<Tenant>>>,
    clients: Cache<ClientKey, Option<Arc<Client>>>,
    resource_servers: Cache<TenantId, Arc<ResourceServers>>,
    /// Counts what was forgotten: a read that began before a notice must not be kept after it.
    epoch: AtomicU64,
}

impl Directory {
    /// An empty directory over the database; [`Directory::listen`] makes it hear of changes.
    #[must_use]
    pub fn new(db: Db, cache: ShortLivedStore) -> Self {
        Self(Arc::new(Inner {
            db,
            notices: cache,
            by_slug: bounded(TENANTS),
            by_host: bounded(TENANTS),
            by_id: bounded(TENANTS),
            clients: bounded(CLIENTS),
            resource_servers: bounded(RESOURCE_SERVERS),
            epoch: AtomicU64::new(0),
        }))
    }

    /// Forgets what any node says has changed, from now on, in a task on the current runtime.
    pub fn listen(&self) {
        let mut subscription = self.0.notices.subscribe();
        let directory = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                let notice = subscription.next().await;
                let Some(inner) = directory.upgrade() else { return };
                match notice {
                    Notice::Changed(change) => Self(inner).forget(&change),
                    Notice::Resync => Self(inner).forget(&Invalidation::AllTenants),
                }
            }
        });
    }

    /// Drops the copies of what changed, so that the next look-up reads the database.
    pub fn forget(&self, change: &Invalidation) {
        let inner = &self.0;
        inner.epoch.fetch_add(1, Ordering::SeqCst);
        match change {
            Invalidation::Tenant(tenant) => {
                // A name that was free may be the tenant's now, so what is known to be absent goes too.
                forget_if(&inner.by_slug, tenant, |tenant, _, known| {
                    known.as_ref().is_none_or(|known| known.id == *tenant)
                });
                forget_if(&inner.by_host, tenant, |tenant, _, known| {
                    known.as_ref().is_none_or(|known| known.id == *tenant)
                });
                forget_if(&inner.by_id, tenant, |tenant, id, _| id == tenant);
                // Its deletion takes these along.
                forget_if(&inner.clients, tenant, |tenant, key, _| key.tenant == *tenant);
                forget_if(&inner.resource_servers, tenant, |tenant, id, _| id == tenant);
            }
            Invalidation::Client(tenant, client) => {
                let changed = ClientKey { tenant: tenant.clone(), client: client.clone() };
                forget_if(&inner.clients, &changed, |changed, key, _| key == changed);
            }
            Invalidation::ResourceServers(tenant) => {
                forget_if(&inner.resource_servers, tenant, |tenant, id, _| id == tenant);
            }
            Invalidation::SigningKeys(_) => {}
            Invalidation::AllTenants => inner.forget_all(),
        }
    }

    /// The tenant of a path issuer. A text that cannot be a slug is answered without a read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_tenant_by_slug(&self, slug: &str) -> Result<Option<Arc<Tenant>>, TenantsError> {
        let Some(slug) = Slug::fold(slug) else { return Ok(None) };
        let inner = &self.0;
        inner
            .look_up(
                &inner.by_slug,
                slug.as_ref(),
                || slug.as_ref().to_owned(),
                || {
                    let slug = slug.as_ref().to_owned();
                    inner.read_shared(move |conn| tenant_store::find_tenant_by_slug(conn, &slug))
                },
            )
            .await
    }

    /// The tenant that proved that it holds the host, as a `Host` header names it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_tenant_by_host(&self, host: &str) -> Result<Option<Arc<Tenant>>, TenantsError> {
        let Some(host) = DomainName::fold(host) else { return Ok(None) };
        let inner = &self.0;
        inner
            .look_up(
                &inner.by_host,
                host.as_ref(),
                || host.as_ref().to_owned(),
                || {
                    let host = host.as_ref().to_owned();
                    inner.read_shared(move |conn| domain_store::find_by_verified_host(conn, &host))
                },
            )
            .await
    }

    /// The tenant of an id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_tenant(&self, tenant: &TenantId) -> Result<Option<Arc<Tenant>>, TenantsError> {
        let inner = &self.0;
        inner
            .look_up(
                &inner.by_id,
                tenant,
                || tenant.clone(),
                || {
                    let tenant = tenant.clone();
                    inner.read_shared(move |conn| tenant_store::find_tenant(conn, &tenant))
                },
            )
            .await
    }

    /// A client of the tenant.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_client(&self, tenant: &TenantId, client: &ClientId) -> Result<Option<Arc<Client>>, TenantsError> {
        let inner = &self.0;
        inner
            .look_up(
                &inner.clients,
                &ClientKeyRef { tenant, client },
                || ClientKey { tenant: tenant.clone(), client: client.clone() },
                || {
                    let (tenant, client) = (tenant.clone(), client.clone());
                    inner.read_shared(move |conn| client_store::find_client(conn, &tenant, &client))
                },
            )
            .await
    }

    /// The resource servers and scopes of the tenant.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn resource_servers(&self, tenant: &TenantId) -> Result<Arc<ResourceServers>, TenantsError> {
        let inner = &self.0;
        inner
            .look_up(
                &inner.resource_servers,
                tenant,
                || tenant.clone(),
                || {
                    let tenant = tenant.clone();
                    async move {
                        let servers = inner.db.read(move |conn| resource_server_store::list(conn, &tenant)).await?;
                        Ok(Arc::new(ResourceServers::new(servers)))
                    }
                },
            )
            .await
    }
}

impl Inner {
    /// Answers from the cache, or reads once for all who ask meanwhile.
    async fn look_up<K, V, Q, F>(
        &self,
        cache: &Cache<K, V>,
        key: &Q,
        own: impl FnOnce() -> K,
        read: impl FnOnce() -> F,
    ) -> Result<V, TenantsError>
    where
        K: Hash + Eq + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        Q: Equivalent<K> + Hash + ?Sized,
        F: Future<Output = Result<V, TenantsError>>,
    {
        if let Some(value) = cache.get(key).await {
            return Ok(value);
        }
        let epoch = self.epoch.load(Ordering::SeqCst);
        let outcome = cache.entry(own()).or_try_insert_with(read()).await;
        let entry = outcome.map_err(|error: Arc<TenantsError>| TenantsError::clone(&error))?;
        // Something was forgotten while this was read: it may be the old state that was just put in.
        if entry.is_fresh() && epoch != self.epoch.load(Ordering::SeqCst) {
            cache.invalidate(key).await;
        }
        Ok(entry.into_value())
    }

    async fn read_shared<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut DbConnection) -> diesel::QueryResult<Option<T>> + Send + 'static,
    ) -> Result<Option<Arc<T>>, TenantsError> {
        Ok(self.db.read(work).await?.map(Arc::new))
    }

    fn forget_all(&self) {
        self.by_slug.invalidate_all();
        self.by_host.invalidate_all();
        self.by_id.invalidate_all();
        self.clients.invalidate_all();
        self.resource_servers.invalidate_all();
    }
}

fn bounded<K, V>(capacity: u64) -> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(capacity).time_to_live(TIME_TO_LIVE).support_invalidation_closures().build()
}

fn forget_if<K, V, C, S>(cache: &Cache<K, V, S>, change: &C, is_stale: fn(&C, &K, &V) -> bool)
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    C: Clone + Send + Sync + 'static,
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    let change = change.clone();
    if cache.invalidate_entries_if(move |key, value| is_stale(&change, key, value)).is_err() {
        cache.invalidate_all();
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct ClientKey {
    tenant: TenantId,
    client: ClientId,
}

/// A [`ClientKey`] that borrows: a look-up that hits allocates nothing.
#[derive(Hash)]
struct ClientKeyRef<'a> {
    tenant: &'a TenantId,
    client: &'a ClientId,
}

impl Equivalent<ClientKey> for ClientKeyRef<'_> {
    fn equivalent(&self, key: &ClientKey) -> bool {
        *self.tenant == key.tenant && *self.client == key.client
    }
}

//! Clients that come by themselves, written and read with what the rest of the house must hear of it.

use std::time::Duration;

use latchkey_cache::{Cache, Invalidation};
use latchkey_core::{ClientId, TenantId, TokenHash, UtcTime};
use latchkey_storage::Db;
use moka::future::Cache as Moka;

use crate::registration_store::{self, Registration};
use crate::{Client, ClientOrigin, Directory, Tenant, TenantsError, Written, tenant_store};

const DAY: u64 = 24 * 60 * 60;
const MAX_USED: u64 = 10_000;

/// Registers and manages clients; clones share the stores.
#[derive(Clone)]
pub struct Registrations {
    db: Db,
    cache: Cache,
    directory: Directory,
    /// Clients whose first use was noted by this node.
    used: Moka<(TenantId, ClientId), ()>,
}

/// A client that asks to be registered.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    /// The client, checked.
    pub client: Client,
    /// The hash of what is to manage it.
    pub management: TokenHash,
    /// The hash of the initial access token that lets it in, when it has one.
    pub initial: Option<TokenHash>,
}

impl Registrations {
    /// Writes to `db`; other nodes hear by `cache`, this one through `directory`.
    #[must_use]
    pub fn new(db: Db, cache: Cache, directory: Directory) -> Self {
        Self { db, cache, directory, used: Moka::new(MAX_USED) }
    }

    /// Whether the token lets a client in now; it is spent by [`Self::register`] only.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn admits(&self, tenant: &TenantId, initial: TokenHash, now: UtcTime) -> Result<bool, TenantsError> {
        let tenant = tenant.clone();
        let found = self.db.read(move |conn| registration_store::find_initial_access_token(conn, &tenant, &initial));
        Ok(found.await?.is_some_and(|token| token.is_live(now)))
    }

    /// Adds the client.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn register(
        &self,
        tenant: &Tenant,
        new: NewRegistration,
        now: UtcTime,
    ) -> Result<Registration, TenantsError> {
        let (id, most) = (tenant.id.clone(), tenant.settings.client_registration.max_clients);
        let client_id = new.client.client_id.clone();
        let outcome = self.db.write(move |conn| {
            let initial = (new.initial.as_ref(), most);
            registration_store::register(conn, &id, (&new.client, &new.management), initial, now)
        });
        let outcome = outcome.await?;
        self.announce(&tenant.id, client_id).await;
        Ok(outcome)
    }

    /// A client that registered itself, the hash of what manages it, and when it registered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(
        &self,
        tenant: &TenantId,
        client_id: &ClientId,
    ) -> Result<Option<(Client, TokenHash, UtcTime)>, TenantsError> {
        let (tenant, client_id) = (tenant.clone(), client_id.clone());
        Ok(self.db.read(move |conn| registration_store::find_registration(conn, &tenant, &client_id)).await?)
    }

    /// Writes the client and its secrets.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn update(&self, tenant: &TenantId, client: &Client, now: UtcTime) -> Result<Written, TenantsError> {
        let (id, changed) = (tenant.clone(), client.clone());
        let written =
            self.db.write(move |conn| registration_store::update_registered(conn, &id, &changed, now)).await?;
        self.announce(tenant, client.client_id.clone()).await;
        Ok(written)
    }

    /// Deletes the client; its grants end with it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete(&self, tenant: &TenantId, client_id: &ClientId) -> Result<Written, TenantsError> {
        let (id, gone) = (tenant.clone(), client_id.clone());
        let written = self.db.write(move |conn| registration_store::delete_registered(conn, &id, &gone)).await?;
        self.announce(tenant, client_id.clone()).await;
        Ok(written)
    }

    /// Notes that the client got a token, if it registered itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_use(&self, tenant: &TenantId, client: &Client, now: UtcTime) -> Result<(), TenantsError> {
        let key = (tenant.clone(), client.client_id.clone());
        if client.origin != ClientOrigin::Registered || self.used.get(&key).await.is_some() {
            return Ok(());
        }
        let (id, client_id) = key.clone();
        self.db.write(move |conn| registration_store::note_use(conn, &id, &client_id, now)).await?;
        self.used.insert(key, ()).await;
        Ok(())
    }

    /// Deletes clients that registered themselves and never got a token within the time that their tenant gives them;
    /// at most `limit` of each tenant. How many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_unused(&self, now: UtcTime, limit: i64) -> Result<usize, TenantsError> {
        let mut total = 0;
        for tenant in self.db.read(registration_store::list_tenants_with_unused).await? {
            let id = tenant.clone();
            let deleted = self.db.write(move |conn| {
                let Some(tenant) = tenant_store::find_tenant(conn, &id)? else { return Ok(Vec::new()) };
                let days = tenant.settings.client_registration.unused_clients_kept_days;
                let Some(kept) = (days > 0).then(|| Duration::from_secs(days.saturating_mul(DAY))) else {
                    return Ok(Vec::new());
                };
                registration_store::delete_unused_registered(conn, &id, now.minus(kept), limit)
            });
            for client_id in deleted.await? {
                self.announce(&tenant, client_id).await;
                total += 1;
            }
        }
        Ok(total)
    }

    /// Writes the client that a document describes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn put_document(
        &self,
        tenant: &Tenant,
        client: &Client,
        now: UtcTime,
    ) -> Result<Registration, TenantsError> {
        let (id, described) = (tenant.id.clone(), client.clone());
        let most = tenant.settings.client_id_metadata_documents.max_clients;
        let outcome = self
            .db
            .write(move |conn| registration_store::put_document_client(conn, &id, &described, most, now))
            .await?;
        self.announce(&tenant.id, client.client_id.clone()).await;
        Ok(outcome)
    }

    async fn announce(&self, tenant: &TenantId, client_id: ClientId) {
        let changed = Invalidation::Client(tenant.clone(), client_id);
        // The answer to this request may be followed by another at once.
        self.directory.forget(&changed);
        // A node that is not told notices within the time of the directory.
        let _told = self.cache.publish(&changed).await;
    }
}

//! What the commands besides `serve` stand on: the stores, and no listener.

use anyhow::{Context, bail};
use latchkey_audit::Outbox;
use latchkey_auth::SecurityLog;
use latchkey_cache::{Cache, Invalidation};
use latchkey_config::Config;
use latchkey_core::{Clock, Rng};
use latchkey_mail::Mailer;
use latchkey_storage::{Db, Migrate};
use latchkey_tenants::{PublicUrl, SecretSealer, Tenant, tenant_store};
use latchkey_tokens::MasterKey;

use crate::{Inviter, logs, services};

/// The opened stores.
pub(crate) struct Store {
    pub(crate) db: Db,
    pub(crate) cache: Cache,
    pub(crate) master: MasterKey,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) public_url: PublicUrl,
}

impl Store {
    /// Opens the stores to write, and brings the database up to date.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        Self::open_with(config, Migrate::Apply).await
    }

    /// Opens the stores to look only: nothing is created and nothing is brought up to date.
    pub(crate) async fn look(config: &Config) -> anyhow::Result<Self> {
        Self::open_with(config, Migrate::Refuse).await
    }

    async fn open_with(config: &Config, migrate: Migrate) -> anyhow::Result<Self> {
        logs::start(&config.log)?;
        let (clock, rng) = (Clock::System, Rng::system());
        let public_url = config.http.public_origin().parse().context("LATCHKEY_PUBLIC_URL")?;
        let cache = services::open_cache(&config.storage, clock.clone()).await?;
        let (db, master) = services::open_database(config, &clock, &rng, migrate)?;
        Ok(Self { db, cache, master, clock, rng, public_url })
    }

    /// Finds the tenant or says that there is none.
    pub(crate) fn tenant(&self, slug: &str) -> anyhow::Result<Tenant> {
        match self.db.read_blocking(|conn| tenant_store::find_tenant_by_slug(conn, slug))? {
            Some(tenant) => Ok(tenant),
            None => bail!("there is no tenant {slug}"),
        }
    }

    /// Tells running nodes what changed; they find out by themselves within seconds when this fails.
    pub(crate) async fn publish(&self, invalidations: &[Invalidation]) {
        for invalidation in invalidations {
            if let Err(error) = self.cache.publish(invalidation).await {
                tracing::warn!(%error, "running nodes were not told; they notice within 5 seconds");
                return;
            }
        }
    }

    /// Records what is done to accounts.
    pub(crate) fn security_log(&self) -> SecurityLog {
        let outbox = Outbox::new(self.master.derive("outbox"), self.rng.clone());
        SecurityLog::new(outbox, self.rng.clone(), self.public_url.clone())
    }

    /// Invites by mail if mail can be sent; the server, which has the same configuration, sends it.
    pub(crate) fn inviter(&self, mailer: &Mailer) -> Inviter {
        let outbox = Outbox::new(self.master.derive("outbox"), self.rng.clone());
        services::inviter(mailer, &outbox, (&self.public_url, &self.rng))
    }

    /// Keeps the secrets of clients that are needed again.
    pub(crate) fn secret_sealer(&self) -> SecretSealer {
        SecretSealer::new(self.master.derive(services::CLIENT_SECRETS))
    }

    /// Invites by links that are printed.
    pub(crate) fn link_inviter(&self) -> Inviter {
        Inviter::by_link(self.public_url.clone(), self.rng.clone())
    }
}

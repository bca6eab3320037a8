//! Opens everything a server stands on, in an order that leaves nothing behind when something is wrong.

use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use latchkey_audit::{Dispatcher, Outbox};
use latchkey_auth::{
    Backchannel, BackchannelNotices, BreachFilter, BreachService, BreachedPasswords, Devices, PasswordHashing,
    Passwords, Places, RecoveryDelivery, SignIn, SignInMeans, Transports,
};
use latchkey_cache::{Cache, RedisUrl};
use latchkey_config::{Config, GeoipConfig, MailConfig, MessagesConfig, PasswordConfig, StorageConfig};
use latchkey_core::{Clock, Rng, Sealer, TenantId};
use latchkey_fetch::{Fetcher, Limits};
use latchkey_mail::{MailDelivery, Mailer, MessageDelivery, MessageSink, Trial, TrialError};
use latchkey_metrics::Metrics;
use latchkey_oidc::{BackchannelDelivery, ClientDocuments, ClientKeys, ClientThrottle, LogoutDelivery, MutualTls};
use latchkey_storage::{DatabaseUrl, Db, Migrate};
use latchkey_tenants::{Directory, PublicUrl, Registrations, SecretSealer};
use latchkey_tokens::{KeyPool, Keys, MasterKey, MasterKeyError, Tokens};

use crate::Inviter;
use crate::tenant_post::TenantPost;

/// What the key of client secrets is derived for.
pub(crate) const CLIENT_SECRETS: &str = "client-secrets";

/// What a test replaces.
pub struct Injected {
    /// The clock.
    pub clock: Clock,
    /// The source of randomness.
    pub rng: Rng,
    /// The transport of mails; `None` takes the configured one.
    pub mailer: Option<Mailer>,
    /// What takes the messages of tenants without a webhook; `None` takes the configured one.
    pub messages: Option<MessageSink>,
    /// Keys made ahead.
    pub key_pool: KeyPool,
}

impl Injected {
    /// The machine's own.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: Clock::System, rng: Rng::system(), mailer: None, messages: None, key_pool: KeyPool::start() }
    }
}

/// Everything a server stands on; clones share it.
#[derive(Clone)]
pub struct Services {
    /// The durable store.
    pub db: Db,
    /// The short-lived store.
    pub cache: Cache,
    /// The clock.
    pub clock: Clock,
    /// The source of randomness.
    pub rng: Rng,
    /// Every metric.
    pub metrics: Metrics,
    /// The origin that all path issuers start with.
    pub public_url: PublicUrl,
    /// Finds tenants and clients.
    pub directory: Directory,
    /// Grants, tokens and signing keys.
    pub tokens: Tokens,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Sessions and sign-ins under way.
    pub sign_in: SignIn,
    /// What the OAuth endpoints stand on.
    pub oidc: latchkey_oidc::Services,
    /// Sends mails.
    pub mailer: Mailer,
    /// Takes short messages and push notices of tenants without a webhook.
    pub messages: MessageSink,
    /// Outgoing requests.
    pub fetcher: Fetcher,
    /// Seals the secrets of clients that are needed again.
    pub secret_sealer: SecretSealer,
    /// The origin by which clients with certificates come.
    pub mtls_url: Option<PublicUrl>,
    /// Where mails and notifications wait.
    pub outbox: Outbox,
    /// Delivers what waits in the outbox.
    pub dispatcher: Dispatcher,
    post: TenantPost,
}

impl Services {
    /// Opens the stores and builds what stands on them; tasks that listen for changes run on this runtime.
    ///
    /// # Errors
    /// One clear line for an operator; nothing was created.
    #[expect(clippy::too_many_lines, reason = "one line for each service and each of its parts")]
    pub async fn open(config: &Config, injected: Injected, migrate: Migrate) -> anyhow::Result<Self> {
        let Injected { clock, rng, mailer, messages, key_pool } = injected;
        let public_url: PublicUrl = config.http.public_origin().parse().context("LATCHKEY_PUBLIC_URL")?;
        let mtls_url = config.http.mtls.public_origin().map(|origin| origin.parse());
        let mtls_url = mtls_url.transpose().context("LATCHKEY_MTLS_PUBLIC_URL")?;
        let mailer = mailer.map_or_else(|| open_mailer(&config.mail), Ok)?;
        let messages = messages.map_or_else(|| open_messages(&config.messages), Ok)?;
        let metrics = Metrics::new()?;
        metrics.set_build_info(env!("CARGO_PKG_VERSION"));
        let passwords = open_passwords(&config.password, rng.clone(), &metrics)?;
        let cache = open_cache(&config.storage, clock.clone()).await?.counted_by(metrics.clone());
        let (db, master) = open_database(config, &clock, &rng, migrate)?;

        let directory = Directory::new(db.clone(), cache.clone());
        directory.listen();
        let secret_sealer = SecretSealer::new(master.derive(CLIENT_SECRETS));
        let second_factors = Sealer::new(master.derive("second-factors"));
        let outbox = Outbox::new(master.derive("outbox"), rng.clone());
        let keys = Keys::new(db.clone(), cache.clone(), clock.clone(), rng.clone(), master, key_pool);
        keys.count_in(metrics.clone());
        keys.listen();
        let tokens = Tokens::new(db.clone(), cache.clone(), clock.clone(), rng.clone(), keys);
        let sign_in = SignIn::new(SignInMeans {
            db: db.clone(),
            cache: cache.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
            passwords: passwords.clone(),
            sealer: second_factors,
            outbox: outbox.clone(),
            public_url: public_url.clone(),
            transports: Transports { mail: mailer.is_configured(), messages: messages.is_configured() },
        })
        .placing(open_places(&config.geoip)?);
        let fetcher = Fetcher::new(Limits::default());
        let notices = BackchannelNotices::new(outbox.clone(), mailer.clone());
        let oidc = latchkey_oidc::Services {
            directory: directory.clone(),
            tokens: tokens.clone(),
            sign_in: sign_in.clone(),
            devices: Devices::new(cache.clone(), clock.clone(), rng.clone()),
            backchannel: Backchannel::new(db.clone(), cache.clone(), clock.clone(), rng.clone(), notices),
            rng: rng.clone(),
            metrics: metrics.clone(),
            public_url: public_url.clone(),
            rules: latchkey_oidc::Rules::default(),
            registrations: Registrations::new(db.clone(), cache.clone(), directory.clone()),
            client_documents: ClientDocuments::default(),
            client_logos: latchkey_oidc::ClientLogos::default(),
            client_keys: ClientKeys::new(fetcher.clone(), clock.clone()),
            client_throttle: ClientThrottle::new(cache.clone(), clock.clone()),
            fetcher: fetcher.clone(),
            secret_sealer: secret_sealer.clone(),
            mtls: MutualTls {
                available: mtls_url.is_some() || config.http.mtls.header.is_some(),
                url: mtls_url.clone(),
            },
            cache: cache.clone(),
            clock: clock.clone(),
        };
        let post = TenantPost {
            db: db.clone(),
            directory: directory.clone(),
            sealer: secret_sealer.clone(),
            fetcher: fetcher.clone(),
            public_url: public_url.clone(),
        };
        let dispatcher = dispatcher(&oidc, (&db, &outbox), (&mailer, &messages), &post);
        Ok(Self {
            db,
            cache,
            clock,
            rng,
            metrics,
            public_url,
            directory,
            tokens,
            passwords,
            sign_in,
            oidc,
            mailer,
            messages,
            fetcher,
            secret_sealer,
            mtls_url,
            outbox,
            dispatcher,
            post,
        })
    }

    /// Sends a test mail as the tenant's mails are sent, at once and not by way of the outbox.
    ///
    /// # Errors
    /// [`TrialError::explain`] says what happened, with the mail server's own words.
    pub async fn send_test_mail(&self, tenant: &TenantId, address: &str) -> Result<Trial, TrialError> {
        self.post.send_test(&self.mailer, tenant, address, (&self.clock, &self.rng)).await
    }

    /// Invites by mail if mail can be sent.
    #[must_use]
    pub fn inviter(&self) -> Inviter {
        inviter(&self.mailer, &self.outbox, (&self.public_url, &self.rng))
    }
}

/// Whatever waits in the outbox, and who delivers it.
fn dispatcher(
    oidc: &latchkey_oidc::Services,
    (db, outbox): (&Db, &Outbox),
    (mailer, messages): (&Mailer, &MessageSink),
    post: &TenantPost,
) -> Dispatcher {
    let post = Arc::new(post.clone());
    let messages = MessageDelivery::new(post.clone(), oidc.fetcher.clone(), messages.clone(), oidc.clock.clone());
    let [sms, push] = MessageDelivery::PREFIXES;
    let mails = MailDelivery::new(mailer.clone(), oidc.clock.clone()).in_the_name_of(post);
    let logouts = LogoutDelivery {
        directory: oidc.directory.clone(),
        sign_in: oidc.sign_in.clone(),
        tokens: oidc.tokens.clone(),
        clock: oidc.clock.clone(),
        public_url: oidc.public_url.clone(),
        outbox: outbox.clone(),
        fetcher: oidc.fetcher.clone(),
    };
    let answers = BackchannelDelivery { services: oidc.clone() };
    let recoveries = RecoveryDelivery { directory: oidc.directory.clone(), sign_in: oidc.sign_in.clone() };
    Dispatcher::new(db.clone(), outbox.clone(), oidc.clock.clone())
        .with(MailDelivery::PREFIX, MailDelivery::POLICY, mails)
        .with(sms, MessageDelivery::POLICY, messages.clone())
        .with(push, MessageDelivery::POLICY, messages)
        .with(LogoutDelivery::PREFIX, LogoutDelivery::POLICY, logouts)
        .with(BackchannelDelivery::PREFIX, BackchannelDelivery::POLICY, answers)
        .with(RecoveryDelivery::PREFIX, RecoveryDelivery::POLICY, recoveries)
}

/// Opens the short-lived store.
///
/// # Errors
/// When Redis is configured and not there.
pub async fn open_cache(config: &StorageConfig, clock: Clock) -> anyhow::Result<Cache> {
    let Some(url) = &config.redis_url else { return Ok(Cache::in_process(clock)) };
    let url: RedisUrl = url.expose().parse().context("LATCHKEY_REDIS_URL")?;
    Ok(Cache::connect(&url, clock).await?)
}

/// Hashing as configured.
///
/// # Errors
/// When Argon2 does not allow the parameters, or a source of breached passwords cannot be used.
pub fn open_passwords(config: &PasswordConfig, rng: Rng, metrics: &Metrics) -> anyhow::Result<Passwords> {
    let hashing = PasswordHashing {
        memory_kib: config.memory_kib,
        iterations: config.iterations,
        parallelism: config.parallelism,
        concurrency: config.concurrency,
    };
    let breached = BreachedPasswords::new(open_filter(config)?, open_breach_service(config)?, metrics.clone());
    Ok(Passwords::new(hashing, rng)?.measured_by(metrics.clone()).beside(breached))
}

fn open_places(config: &GeoipConfig) -> anyhow::Result<Places> {
    let Some(path) = &config.database else { return Ok(Places::default()) };
    Places::open(path).with_context(|| format!("LATCHKEY_GEOIP_DATABASE {}", path.display()))
}

fn open_filter(config: &PasswordConfig) -> anyhow::Result<Option<BreachFilter>> {
    let Some(path) = &config.breach_filter else { return Ok(None) };
    let opened = BreachFilter::open(path);
    Ok(Some(opened.with_context(|| format!("LATCHKEY_PASSWORD_BREACH_FILTER: {}", path.display()))?))
}

fn open_breach_service(config: &PasswordConfig) -> anyhow::Result<Option<BreachService>> {
    let Some(url) = &config.breach_service else { return Ok(None) };
    let Some(service) = BreachService::new(url) else {
        bail!("LATCHKEY_PASSWORD_BREACH_SERVICE: {url} is not an address of http or https")
    };
    Ok(Some(service))
}

/// Invites by mail if the instance or the tenant can send it, else by link.
#[must_use]
pub fn inviter(mailer: &Mailer, outbox: &Outbox, (public_url, rng): (&PublicUrl, &Rng)) -> Inviter {
    if mailer.is_configured() {
        Inviter::by_mail(public_url.clone(), rng.clone(), outbox.clone())
    } else {
        Inviter::by_own_servers(public_url.clone(), rng.clone(), outbox.clone())
    }
}

/// The transport of mails as configured.
///
/// # Errors
/// Names the setting that cannot be used.
pub fn open_mailer(config: &MailConfig) -> anyhow::Result<Mailer> {
    match (&config.smtp_url, &config.directory) {
        (Some(url), _) => Ok(Mailer::smtp(url, &config.from)?),
        (None, Some(directory)) if !directory.is_dir() => {
            bail!("LATCHKEY_MAIL_DIRECTORY: {} is not a directory", directory.display())
        }
        (None, Some(directory)) => Ok(Mailer::directory(directory, &config.from)?),
        (None, None) => Ok(Mailer::none()),
    }
}

/// What takes the messages of tenants without a webhook, as configured.
///
/// # Errors
/// Names the setting that cannot be used.
pub fn open_messages(config: &MessagesConfig) -> anyhow::Result<MessageSink> {
    match &config.directory {
        Some(directory) if !directory.is_dir() => {
            bail!("LATCHKEY_MESSAGES_DIRECTORY: {} is not a directory", directory.display())
        }
        Some(directory) => Ok(MessageSink::Directory(directory.clone())),
        None => Ok(MessageSink::None),
    }
}

/// Opens the database and checks that the master key belongs to it.
///
/// # Errors
/// One clear line; neither a database nor a key was created.
pub fn open_database(config: &Config, clock: &Clock, rng: &Rng, migrate: Migrate) -> anyhow::Result<(Db, MasterKey)> {
    let storage = &config.storage;
    let url: DatabaseUrl = storage.database_url.expose().parse()?;
    // Whatever key there is must be good before anything is created.
    let known = match &config.keys.master_key {
        Some(text) => Some(MasterKey::parse(text).context("LATCHKEY_MASTER_KEY")?),
        None if storage.data_dir.join("master.key").exists() => {
            Some(MasterKey::load_or_create(&storage.data_dir, rng)?)
        }
        None => None,
    };
    let created = prepare_files(&url, storage, migrate)?;
    let (db, report) = match Db::open(&url, storage.database_pool_size, migrate) {
        Ok(opened) => opened,
        Err(error) => {
            created.map(std::fs::remove_file).transpose().context("cannot remove the empty database")?;
            return Err(error.into());
        }
    };
    if !report.applied.is_empty() {
        tracing::info!(migrations = report.applied.len(), "the database was brought up to date");
    }
    let master = match known {
        Some(master) => {
            master.check_database(&db, clock.now())?;
            master
        }
        None => create_master_key(&db, storage, clock, rng)?,
    };
    Ok((db, master))
}

/// Makes the key of a first start; a database that already belongs to another key gets none.
fn create_master_key(db: &Db, storage: &StorageConfig, clock: &Clock, rng: &Rng) -> anyhow::Result<MasterKey> {
    create_private_directory(&storage.data_dir)?;
    let master = MasterKey::load_or_create(&storage.data_dir, rng)?;
    if let Err(error) = master.check_database(db, clock.now()) {
        if matches!(error, MasterKeyError::Wrong) {
            let path = storage.data_dir.join("master.key");
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            return Err(error).context("the database was set up with a master key that is missing now");
        }
        return Err(error.into());
    }
    Ok(master)
}

/// Makes what SQLite needs, readable by nobody else; returns the database file when it is new.
///
/// Only a directory that is ours by default is created; a mistyped path to a database never is.
fn prepare_files(url: &DatabaseUrl, storage: &StorageConfig, migrate: Migrate) -> anyhow::Result<Option<PathBuf>> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(None) };
    if path.exists() {
        return Ok(None);
    }
    if migrate == Migrate::Refuse {
        bail!("there is no database at {} yet; run `latchkey migrate`", path.display());
    }
    if path.parent() == Some(storage.data_dir.as_path()) {
        create_private_directory(&storage.data_dir)?;
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if parent.is_some_and(|parent| !parent.is_dir()) {
        return Ok(None);
    }
    // SQLite gives its journal the mode of the database.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot create the database {}", path.display()))?;
    Ok(Some(path.clone()))
}

fn create_private_directory(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot create the data directory {}", path.display()))
}

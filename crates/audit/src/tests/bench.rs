//! A database with a tenant, and handlers that do as they are told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, insert_into};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use latchkey_core::{Clock, FrozenClock, Rng, Secret, TenantId, UtcTime};
use latchkey_storage::Db;
use latchkey_storage::schema::{outbox, tenants};
use latchkey_storage::testing::{TestDb, databases};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};

use crate::{DeliveryPolicy, Dispatcher, Handler, Outbox, OutboxEntry, OutboxEvent, Undelivered};

pub(super) const POLICY: DeliveryPolicy = DeliveryPolicy {
    concurrency: 4,
    concurrency_per_destination: 2,
    deadline: Duration::from_secs(20),
    first_retry: Duration::from_secs(30),
    last_retry: Duration::from_secs(120),
    max_attempts: 4,
};

/// An event whose text tells the handler what to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) text: String,
    pub(super) destination: String,
    #[serde(skip)]
    pub(super) kind: &'static str,
}

impl OutboxEvent for Note {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn destination(&self) -> &str {
        &self.destination
    }
}

pub(super) fn note(kind: &'static str, text: &str) -> Note {
    Note { text: text.to_owned(), destination: String::new(), kind }
}

pub(super) struct Bench {
    pub(super) db: Db,
    pub(super) clock: FrozenClock,
    pub(super) outbox: Outbox,
    pub(super) tenant: TenantId,
    _database: TestDb,
}

impl Bench {
    pub(super) async fn all() -> Vec<Self> {
        let mut benches = Vec::new();
        for database in databases() {
            let rng = Rng::seeded(1);
            let now = UtcTime::from_unix_seconds(1_800_000_000);
            let tenant = TenantId::generate(now, &rng);
            let (db, id) = (database.db().clone(), tenant.clone());
            db.write(move |conn| {
                let row = (
                    tenants::id.eq(&id),
                    tenants::slug.eq("acme"),
                    tenants::name.eq("Acme"),
                    tenants::status.eq("active"),
                    tenants::settings.eq("{}"),
                    tenants::branding.eq("{}"),
                    tenants::created_at.eq(now),
                    tenants::updated_at.eq(now),
                );
                insert_into(tenants::table).values(row).execute(conn)
            })
            .await
            .unwrap();
            let outbox = Outbox::new(Secret::new([7; 32]), rng);
            benches.push(Self { db, clock: FrozenClock::at(now), outbox, tenant, _database: database });
        }
        benches
    }

    pub(super) async fn enqueue(&self, note: Note) {
        let (outbox, tenant, now) = (self.outbox.clone(), self.tenant.clone(), self.clock.now());
        self.db.write(move |conn| outbox.enqueue(conn, &tenant, &note, now)).await.unwrap();
        // Entries of one moment have no order; the tests want one.
        self.clock.advance(Duration::from_millis(1));
    }

    pub(super) fn dispatcher(&self) -> Dispatcher {
        Dispatcher::new(self.db.clone(), self.outbox.clone(), Clock::Frozen(self.clock.clone()))
    }

    pub(super) async fn payloads(&self) -> Vec<String> {
        self.db.read(|conn| outbox::table.select(outbox::payload).load(conn)).await.unwrap()
    }
}

/// Notes what it delivers. `wait …` waits for the gate, `open …` opens it, `fail`, `never` and `panic` do that.
#[derive(Clone)]
pub(super) struct Recorder {
    pub(super) delivered: Arc<Mutex<Vec<(String, String)>>>,
    started: Arc<Semaphore>,
    pub(super) gate: Arc<Gate>,
}

#[derive(Default)]
pub(super) struct Gate {
    open: watch::Sender<bool>,
}

impl Gate {
    pub(super) fn open(&self) {
        self.open.send_replace(true);
    }

    async fn wait(&self) {
        self.open.subscribe().wait_for(|open| *open).await.unwrap();
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self { delivered: Arc::default(), started: Arc::new(Semaphore::new(0)), gate: Arc::default() }
    }
}

impl Recorder {
    /// Waits until so many more deliveries have begun.
    pub(super) async fn started(&self, deliveries: u32) {
        self.started.acquire_many(deliveries).await.unwrap().forget();
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.delivered.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.delivered.lock().unwrap().iter().map(|(id, _)| id.clone()).collect()
    }

    async fn obey(&self, entry: &OutboxEntry) -> Result<(), Undelivered> {
        let note: Note = entry.payload()?;
        self.started.add_permits(1);
        match note.text.split(' ').next().unwrap() {
            "fail" => return Err(Undelivered::Retry("told to".into())),
            "never" => return Err(Undelivered::Hopeless("told to".into())),
            "unknown" => return Err(Undelivered::Unknown),
            "panic" => panic!("told to"),
            "hang" => std::future::pending().await,
            "wait" => self.gate.wait().await,
            "open" => self.gate.open(),
            _ => {}
        }
        self.delivered.lock().unwrap().push((entry.id.clone(), note.text));
        Ok(())
    }
}

impl Handler for Recorder {
    fn deliver<'a>(&'a self, entry: &'a OutboxEntry) -> BoxFuture<'a, Result<(), Undelivered>> {
        self.obey(entry).boxed()
    }
}

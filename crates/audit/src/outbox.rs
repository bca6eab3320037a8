//! Entries of the outbox, sealed: a mail holds a link by which anybody could take over the account, so neither the
//! database nor a backup of it may hold that link in clear.

use diesel::QueryResult;
use latchkey_core::{Rng, Sealer, Secret, TenantId, UtcTime};
use latchkey_storage::DbConnection;

use crate::entry::Content;
use crate::outbox_store::{self, OutboxRow};
use crate::{OutboxEntry, OutboxError, OutboxEvent};

/// Before the id in a signal; no sealed payload has a colon.
const SIGNAL: &str = "signal:";

/// Seals and opens entries. Clones share the key.
#[derive(Clone)]
pub struct Outbox {
    sealer: Sealer,
    rng: Rng,
}

impl Outbox {
    /// An outbox under a key of its own, derived from the master key.
    #[must_use]
    pub fn new(key: Secret<[u8; 32]>, rng: Rng) -> Self {
        Self { sealer: Sealer::new(key), rng }
    }

    /// Puts an event into the outbox, within the caller's transaction.
    ///
    /// # Errors
    /// Those of the insert; a failure of the encryption comes as a serialization error.
    pub fn enqueue(
        &self,
        conn: &mut DbConnection,
        tenant: &TenantId,
        event: &impl OutboxEvent,
        now: UtcTime,
    ) -> QueryResult<()> {
        self.insert(conn, tenant, event, now).map(|_| ())
    }

    fn insert(
        &self,
        conn: &mut DbConnection,
        tenant: &TenantId,
        event: &impl OutboxEvent,
        now: UtcTime,
    ) -> QueryResult<String> {
        let id = format!("out_{}", self.rng.token().expose());
        let payload = self
            .seal(&id, tenant, event)
            .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
        let row = OutboxRow {
            id: id.clone(),
            tenant_id: tenant.clone(),
            kind: event.kind().to_owned(),
            payload,
            attempts: 0,
            available_at: now,
            created_at: now,
            destination: if event.goes_by_tenant() { tenant.as_str() } else { event.destination() }.to_owned(),
        };
        outbox_store::insert(conn, &row)?;
        Ok(id)
    }

    /// Does the work of [`Outbox::enqueue`] and leaves nothing, so that the time does not tell that there is nobody to
    /// send anything to.
    ///
    /// # Errors
    /// As [`Outbox::enqueue`].
    pub fn enqueue_nothing(
        &self,
        conn: &mut DbConnection,
        tenant: &TenantId,
        event: &impl OutboxEvent,
        now: UtcTime,
    ) -> QueryResult<()> {
        let id = self.insert(conn, tenant, event, now)?;
        outbox_store::remove(conn, &id)
    }

    fn seal(&self, id: &str, tenant: &TenantId, event: &impl OutboxEvent) -> Result<String, OutboxError> {
        let clear = Secret::new(serde_json::to_vec(event)?);
        let context = context(id, tenant, event.kind());
        Ok(self.sealer.seal(&context, clear.expose(), &self.rng)?)
    }

    pub(crate) fn open(&self, row: &OutboxRow) -> Result<OutboxEntry, OutboxError> {
        let content = match row.payload.strip_prefix(SIGNAL) {
            Some(subject) => Content::Signal(subject.to_owned()),
            None => Content::Sealed(self.unseal(row)?),
        };
        Ok(OutboxEntry {
            id: row.id.clone(),
            tenant_id: row.tenant_id.clone(),
            kind: row.kind.clone(),
            attempts: row.attempts,
            created_at: row.created_at,
            content,
        })
    }

    fn unseal(&self, row: &OutboxRow) -> Result<Secret<Vec<u8>>, OutboxError> {
        let context = context(&row.id, &row.tenant_id, &row.kind);
        self.sealer.open(&context, &row.payload).ok_or(OutboxError::Sealed)
    }
}

/// Notes, within the caller's transaction, that something happened to what `subject` names; once for each kind and subject.
///
/// A signal holds nothing but that id, in clear, so that any crate can leave one without a key. What its handler does
/// must be right whoever wrote the row: it looks up what became of the subject, and trusts no more.
///
/// # Errors
/// Those of the insert.
pub fn enqueue_signal(
    conn: &mut DbConnection,
    tenant: &TenantId,
    kind: &'static str,
    subject: &str,
    now: UtcTime,
) -> QueryResult<()> {
    let row = OutboxRow {
        id: format!("out_{kind}_{subject}"),
        tenant_id: tenant.clone(),
        kind: kind.to_owned(),
        payload: format!("{SIGNAL}{subject}"),
        attempts: 0,
        available_at: now,
        created_at: now,
        destination: String::new(),
    };
    outbox_store::insert_once(conn, &row)
}

/// Binds an entry to its place: moved to another row or tenant it does not open.
fn context(id: &str, tenant: &TenantId, kind: &str) -> String {
    format!("{id}\n{tenant}\n{kind}")
}

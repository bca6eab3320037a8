//! Pairwise subjects, [OpenID Connect Core §8.1](https://openid.net/specs/openid-connect-core-1_0.html#PairwiseAlg): the
//! clients of one sector know a user by one `sub`, and those of another sector by another that nobody can relate to it.
//!
//! A subject is random and kept, not computed: it tells nothing, and no key has to stay the same for ever.

use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use diesel::{QueryResult, insert_into};
use latchkey_core::{Clock, Rng, TenantId, UserId, UtcTime};
use latchkey_storage::schema::pairwise_subjects as subjects;
use latchkey_storage::{Db, DbConnection};
use moka::future::Cache;

use crate::AuthError;

/// Subjects in memory; one that is known never changes.
const MAX_KNOWN: u64 = 100_000;

/// Finds the subjects of users. Clones share what they know.
#[derive(Clone)]
pub(crate) struct PairwiseSubjects {
    db: Db,
    clock: Clock,
    rng: Rng,
    known: Cache<(TenantId, String, UserId), String>,
}

impl PairwiseSubjects {
    pub(crate) fn new(db: Db, clock: Clock, rng: Rng) -> Self {
        Self { db, clock, rng, known: Cache::new(MAX_KNOWN) }
    }

    /// The subject of the user in that sector, made when there is none.
    pub(crate) async fn subject(&self, tenant: &TenantId, sector: &str, user: &UserId) -> Result<String, AuthError> {
        let key = (tenant.clone(), sector.to_owned(), user.clone());
        if let Some(subject) = self.known.get(&key).await {
            return Ok(subject);
        }
        let ((tenant, sector, user), now) = (key.clone(), self.clock.now());
        let fresh = self.rng.token().expose().clone();
        let subject = self
            .db
            .write(move |conn| match find(conn, &tenant, &sector, &user)? {
                Some(subject) => Ok(subject),
                None => {
                    insert(conn, &tenant, (&sector, &user, &fresh), now)?;
                    // Of two that race one is written; both tell that one.
                    find(conn, &tenant, &sector, &user)?.ok_or(diesel::result::Error::NotFound)
                }
            })
            .await?;
        self.known.insert(key, subject.clone()).await;
        Ok(subject)
    }

    /// Whose subject it is; only in that sector when one is named.
    pub(crate) async fn find_user(
        &self,
        tenant: &TenantId,
        sector: Option<&str>,
        subject: &str,
    ) -> Result<Option<UserId>, AuthError> {
        let (tenant, sector, subject) = (tenant.clone(), sector.map(str::to_owned), subject.to_owned());
        let found = self.db.read(move |conn| find_owner(conn, &tenant, &subject)).await?;
        Ok(found.filter(|(of, _)| sector.as_ref().is_none_or(|sector| sector == of)).map(|(_, user)| user))
    }
}

fn find(conn: &mut DbConnection, tenant: &TenantId, sector: &str, user: &UserId) -> QueryResult<Option<String>> {
    subjects::table.find((tenant, sector, user)).select(subjects::subject).first(conn).optional()
}

fn find_owner(conn: &mut DbConnection, tenant: &TenantId, subject: &str) -> QueryResult<Option<(String, UserId)>> {
    let this = subjects::table.filter(subjects::tenant_id.eq(tenant)).filter(subjects::subject.eq(subject));
    this.select((subjects::sector, subjects::user_id)).first(conn).optional()
}

fn insert(
    conn: &mut DbConnection,
    tenant: &TenantId,
    (sector, user, subject): (&str, &UserId, &str),
    now: UtcTime,
) -> QueryResult<()> {
    let row = (
        subjects::tenant_id.eq(tenant),
        subjects::sector.eq(sector),
        subjects::user_id.eq(user),
        subjects::subject.eq(subject),
        subjects::created_at.eq(now),
    );
    match conn {
        DbConnection::Postgresql(conn) => {
            insert_into(subjects::table).values(row).on_conflict_do_nothing().execute(conn)?
        }
        DbConnection::Sqlite(conn) => {
            insert_into(subjects::table).values(row).on_conflict_do_nothing().execute(conn)?
        }
    };
    Ok(())
}

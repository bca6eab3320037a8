//! Reads and writes: all or nothing, retried when that is safe, and no writer starves.

#![expect(clippy::expect_used, reason = "a test stops where its setting cannot be made")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use latchkey_core::{TenantId, UtcTime};
use latchkey_storage::schema::{master_keys, outbox};
use latchkey_storage::testing::{TestDb, databases};
use latchkey_storage::{Db, DbConnection, DbError};

const THREADS: u32 = 8;
const ROUNDS: u32 = 25;

fn insert_jobs(db: &Db) {
    let now = UtcTime::from_unix_seconds(1_800_000_000);
    let tenant: TenantId = "tnt_0123456789abcdef0123456789abcdef".parse().expect("an id");
    db.write_blocking(|conn| {
        conn.batch_execute(&format!(
            "INSERT INTO tenants VALUES ('{tenant}', 'acme', 'Acme', 'active', '{{}}', '{{}}', '2026-01-01', '2026-01-01')"
        ))?;
        for id in ["one", "two"] {
            diesel::insert_into(outbox::table)
                .values((
                    outbox::id.eq(id),
                    outbox::tenant_id.eq(&tenant),
                    outbox::kind.eq("test"),
                    outbox::payload.eq("{}"),
                    outbox::attempts.eq(0),
                    outbox::available_at.eq(now),
                    outbox::created_at.eq(now),
                ))
                .execute(conn)?;
        }
        Ok(())
    })
    .expect("inserts");
}

fn attempts(conn: &mut DbConnection, id: &str) -> QueryResult<i32> {
    outbox::table.filter(outbox::id.eq(id)).select(outbox::attempts).first(conn)
}

fn count_up(conn: &mut DbConnection, id: &str) -> QueryResult<usize> {
    diesel::update(outbox::table.filter(outbox::id.eq(id))).set(outbox::attempts.eq(outbox::attempts + 1)).execute(conn)
}

/// The order that fails with "database is locked" when a transaction does not take the write lock first.
fn read_then_count_up(conn: &mut DbConnection) -> QueryResult<usize> {
    attempts(conn, "one")?;
    count_up(conn, "one")
}

fn insert_key(conn: &mut DbConnection, version: i32) -> QueryResult<usize> {
    diesel::insert_into(master_keys::table)
        .values((
            master_keys::version.eq(version),
            master_keys::check_value.eq("check"),
            master_keys::created_at.eq(UtcTime::from_unix_seconds(1)),
        ))
        .execute(conn)
}

fn versions(db: &Db) -> Vec<i32> {
    db.read_blocking(|conn| master_keys::table.order(master_keys::version).select(master_keys::version).load(conn))
        .expect("reads")
}

#[test]
fn writers_in_eight_threads_lose_nothing() {
    for test in databases() {
        insert_jobs(test.db());
        let writers: Vec<_> = (0..THREADS)
            .map(|_| {
                let db = test.db().clone();
                std::thread::spawn(move || {
                    for _ in 0..ROUNDS {
                        assert_eq!(db.write_blocking(read_then_count_up).expect("writes"), 1);
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().expect("finishes");
        }
        let total = test.db().read_blocking(|conn| attempts(conn, "one")).expect("reads");
        assert_eq!(total.unsigned_abs(), THREADS * ROUNDS, "{}", test.backend());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_in_a_hundred_tasks_lose_nothing() {
    for test in databases() {
        insert_jobs(test.db());
        let writers: Vec<_> = (0..100)
            .map(|_| {
                let db = test.db().clone();
                tokio::spawn(async move { db.write(read_then_count_up).await })
            })
            .collect();
        for writer in writers {
            assert_eq!(writer.await.expect("finishes").expect("writes"), 1);
        }
        let total = test.db().read(|conn| attempts(conn, "one")).await.expect("reads");
        assert_eq!(total, 100, "{}", test.backend());
    }
}

#[test]
fn a_failed_write_leaves_nothing_behind_and_a_refusal_stays() {
    for test in databases() {
        let failed: Result<(), DbError> = test.db().write_blocking(|conn| {
            insert_key(conn, 1)?;
            Err(Error::NotFound)
        });
        assert!(matches!(failed, Err(DbError::Query(Error::NotFound))));
        assert!(versions(test.db()).is_empty(), "{}", test.backend());

        // What must be remembered although the caller is refused is an Ok value.
        let refused = test.db().write_blocking(|conn| insert_key(conn, 2).map(|_| "refused"));
        assert_eq!(refused.expect("commits"), "refused");
        assert_eq!(versions(test.db()), [2]);
    }
}

#[test]
fn a_conflict_is_tried_again_from_the_start_and_not_for_ever() {
    for test in databases() {
        let conflict =
            || Error::DatabaseError(DatabaseErrorKind::SerializationFailure, Box::new("conflict".to_owned()));
        let mut tries = 0;
        let outcome = test.db().write_blocking(|conn| {
            tries += 1;
            insert_key(conn, 1)?;
            if tries < 3 { Err(conflict()) } else { Ok(tries) }
        });
        assert_eq!(outcome.expect("succeeds at last"), 3, "{}", test.backend());
        assert_eq!(versions(test.db()), [1]);

        let mut tries = 0;
        let outcome: Result<(), DbError> = test.db().write_blocking(|_| {
            tries += 1;
            Err(conflict())
        });
        assert!(outcome.is_err_and(|error| error.is_unavailable()));
        assert_eq!(tries, 5);
    }
}

#[test]
fn a_broken_rule_is_not_tried_again() {
    for test in databases() {
        let mut tries = 0;
        let outcome = test.db().write_blocking(|conn| {
            tries += 1;
            insert_key(conn, 1)?;
            insert_key(conn, 1)
        });
        let unique =
            matches!(outcome, Err(DbError::Query(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))));
        assert!(unique, "{}", test.backend());
        assert_eq!((tries, versions(test.db()).len()), (1, 0));
    }
}

#[test]
fn a_deadlock_is_resolved() {
    let Some(test) = TestDb::postgres() else { return };
    insert_jobs(test.db());
    let both_hold_one = Arc::new(Barrier::new(2));
    let tries = Arc::new(AtomicU32::new(0));
    let writers: Vec<_> = [["one", "two"], ["two", "one"]]
        .into_iter()
        .map(|[first, second]| {
            let (db, both_hold_one, tries) = (test.db().clone(), Arc::clone(&both_hold_one), Arc::clone(&tries));
            std::thread::spawn(move || {
                let mut is_first_try = true;
                db.write_blocking(|conn| {
                    tries.fetch_add(1, Ordering::SeqCst);
                    count_up(conn, first)?;
                    if std::mem::take(&mut is_first_try) {
                        both_hold_one.wait();
                    }
                    count_up(conn, second)
                })
            })
        })
        .collect();
    for writer in writers {
        assert_eq!(writer.join().expect("finishes").expect("writes"), 1);
    }
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    for id in ["one", "two"] {
        assert_eq!(test.db().read_blocking(|conn| attempts(conn, id)).expect("reads"), 2);
    }
}

#[test]
fn connections_that_the_server_ended_are_replaced() {
    let Some(test) = TestDb::postgres() else { return };
    insert_jobs(test.db());
    let mut killer = PgConnection::establish(&test.url()).expect("connects");
    for round in 1..=3 {
        killer
            .batch_execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .expect("ends them");
        assert_eq!(test.db().write_blocking(read_then_count_up).expect("writes"), 1);
        assert_eq!(test.db().read_blocking(|conn| attempts(conn, "one")).expect("reads"), round);
    }
}

#[test]
fn times_are_kept_to_the_millisecond_and_compare_as_times() {
    for test in databases() {
        let times = [0, 1, 999, 1_000, 1_800_000_000_000, 1_800_000_000_120];
        for (version, millis) in (0..).zip(times) {
            test.db()
                .write_blocking(|conn| {
                    insert_key(conn, version)?;
                    diesel::update(master_keys::table.filter(master_keys::version.eq(version)))
                        .set(master_keys::created_at.eq(UtcTime::from_unix_millis(millis)))
                        .execute(conn)
                })
                .expect("writes");
        }
        let kept: Vec<UtcTime> = test
            .db()
            .read_blocking(|conn| {
                master_keys::table.order(master_keys::created_at).select(master_keys::created_at).load(conn)
            })
            .expect("reads");
        assert_eq!(kept, times.map(UtcTime::from_unix_millis), "{}", test.backend());
        let later: i64 = test
            .db()
            .read_blocking(|conn| {
                let after = UtcTime::from_unix_millis(1_000);
                master_keys::table.filter(master_keys::created_at.gt(after)).count().get_result(conn)
            })
            .expect("reads");
        assert_eq!(later, 2, "{}", test.backend());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_every_connection_stalled_is_refused_and_waits_without_a_thread() {
    for test in databases() {
        let (release, stalled) = std::sync::mpsc::channel::<()>();
        let stalled = Arc::new(std::sync::Mutex::new(stalled));
        let entered = Arc::new(AtomicU32::new(0));
        let connections = if test.backend() == "sqlite" { 4 } else { 8 };
        let stuck: Vec<_> = (0..connections)
            .map(|_| {
                let (db, stalled, entered) = (test.db().clone(), Arc::clone(&stalled), Arc::clone(&entered));
                tokio::spawn(async move {
                    let wait = move |_: &mut DbConnection| {
                        entered.fetch_add(1, Ordering::SeqCst);
                        let _ = stalled.lock().map(|stalled| stalled.recv());
                        Ok(())
                    };
                    db.read(wait).await
                })
            })
            .collect();
        while entered.load(Ordering::SeqCst) < connections {
            tokio::task::yield_now().await;
        }
        let begun = std::time::Instant::now();
        let refused = test.db().ping().await;
        assert!(matches!(refused, Err(DbError::Unavailable(_))), "{}: {refused:?}", test.backend());
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
        drop(release);
        for task in stuck {
            task.await.expect("no panic").expect("reads");
        }
        test.db().ping().await.expect("answers again");
    }
}

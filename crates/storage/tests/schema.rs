//! The two migration trees and `schema.rs` describe one schema.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops where its setting cannot be made")]

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{Bool, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl};
use latchkey_storage::DbConnection;
use latchkey_storage::testing::{TestDb, databases};

const SCHEMA: &str = include_str!("../src/schema.rs");

/// Tables without `tenant_id` at the head of their key; `schema.rs` says why.
const GLOBAL: [&str; 3] = ["tenants", "master_keys", "outbox"];

#[derive(Debug, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, Column>,
    primary_key: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Column {
    kind: String,
    nullable: bool,
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Integer)]
    key_position: i32,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
    #[diesel(sql_type = Bool)]
    is_partial: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct ForeignKey {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = Bool)]
    cascades: bool,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS column_name, lower(c.type) AS kind, \
    c.\"notnull\" = 0 AS nullable, c.pk AS key_position \
    FROM sqlite_master m JOIN pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> '__diesel_schema_migrations'";

const POSTGRES_COLUMNS: &str = "SELECT t.relname::text AS table_name, a.attname::text AS column_name, \
    format_type(a.atttypid, NULL) AS kind, NOT a.attnotnull AS nullable, \
    COALESCE(array_position(string_to_array(i.indkey::text, ' '), a.attnum::text), 0) AS key_position \
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary \
    WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace AND t.relname <> '__diesel_schema_migrations'";

const SQLITE_INDEXES: &str = "SELECT m.name AS table_name, group_concat(i.name, ',' ORDER BY i.seqno) AS columns, \
    l.\"unique\" AS is_unique, l.partial AS is_partial \
    FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i \
    WHERE m.type = 'table' AND l.origin <> 'pk' AND m.name <> '__diesel_schema_migrations' \
    GROUP BY m.name, l.name, l.\"unique\", l.partial";

const POSTGRES_INDEXES: &str = "SELECT t.relname::text AS table_name, string_agg(a.attname, ',' ORDER BY k.position) AS columns, \
    i.indisunique AS is_unique, i.indpred IS NOT NULL AS is_partial \
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
    CROSS JOIN LATERAL unnest(string_to_array(i.indkey::text, ' ')::int[]) WITH ORDINALITY k (number, position) \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number \
    WHERE t.relnamespace = 'public'::regnamespace AND NOT i.indisprimary AND t.relname <> '__diesel_schema_migrations' \
    GROUP BY t.relname, i.indexrelid, i.indisunique, i.indpred IS NOT NULL";

const SQLITE_FOREIGN_KEYS: &str = "SELECT m.name AS table_name, group_concat(f.\"from\", ',' ORDER BY f.seq) AS columns, \
    f.\"table\" AS target, f.on_delete = 'CASCADE' AS cascades \
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' \
    GROUP BY m.name, f.id, f.\"table\", f.on_delete";

const POSTGRES_FOREIGN_KEYS: &str = "SELECT t.relname::text AS table_name, string_agg(a.attname, ',' ORDER BY k.position) AS columns, \
    r.relname::text AS target, c.confdeltype = 'c' AS cascades \
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid \
    CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY k (number, position) \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number \
    WHERE c.contype = 'f' AND t.relnamespace = 'public'::regnamespace \
    GROUP BY t.relname, c.oid, r.relname, c.confdeltype";

fn query<T>(test: &TestDb, sqlite: &str, postgres: &str) -> Vec<T>
where
    T: Send + QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + 'static,
{
    test.db()
        .read_blocking(|conn| match conn {
            DbConnection::Sqlite(conn) => diesel::sql_query(sqlite).load(conn),
            DbConnection::Postgresql(conn) => diesel::sql_query(postgres).load(conn),
        })
        .expect("the catalogue can be read")
}

/// The tables as the database has them.
fn migrated(test: &TestDb) -> BTreeMap<String, Table> {
    let mut rows: Vec<ColumnRow> = query(test, SQLITE_COLUMNS, POSTGRES_COLUMNS);
    rows.sort_by_key(|row| row.key_position);
    let mut tables = BTreeMap::new();
    for row in rows {
        let table =
            tables.entry(row.table_name).or_insert_with(|| Table { columns: BTreeMap::new(), primary_key: Vec::new() });
        if row.key_position > 0 {
            table.primary_key.push(row.column_name.clone());
        }
        let kind = match row.kind.as_str() {
            "text" => "Text",
            "integer" => "Integer",
            "bigint" => "BigInt",
            "boolean" => "Bool",
            "timestamp" | "timestamp without time zone" => "Timestamp",
            other => panic!("{} has a type that both databases do not have: {other}", row.column_name),
        };
        table.columns.insert(row.column_name, Column { kind: kind.to_owned(), nullable: row.nullable });
    }
    tables
}

/// The tables as `schema.rs` declares them.
fn declared() -> BTreeMap<String, Table> {
    let blocks = SCHEMA.split("diesel::table! {").skip(1);
    blocks
        .map(|block| {
            let (head, body) = block.split_once('{').expect("a table has columns");
            let (name, key) = head.split_once('(').expect("a table has a primary key");
            let primary_key =
                key.trim().trim_end_matches(')').split(',').map(|column| column.trim().to_owned()).collect();
            let (body, _) = body.split_once('}').expect("a table ends");
            let columns = body.lines().filter_map(|line| line.trim().trim_end_matches(',').split_once(" -> "));
            let columns = columns
                .map(|(column, kind)| {
                    let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
                    (column.to_owned(), Column { kind: inner.unwrap_or(kind).to_owned(), nullable: inner.is_some() })
                })
                .collect();
            (name.trim().to_owned(), Table { columns, primary_key })
        })
        .collect()
}

#[test]
fn both_migration_trees_make_the_tables_of_schema_rs() {
    let declared = declared();
    assert!(declared.len() > 10);
    for test in databases() {
        let migrated = migrated(&test);
        assert_eq!(migrated.keys().collect::<Vec<_>>(), declared.keys().collect::<Vec<_>>(), "{}", test.backend());
        for (name, table) in &declared {
            assert_eq!(migrated.get(name), Some(table), "{} {name}", test.backend());
        }
    }
}

#[test]
fn both_databases_have_the_same_indexes_and_foreign_keys() {
    let Some(postgres) = TestDb::postgres() else { return };
    let sqlite = TestDb::sqlite();
    let indexes = |test| query::<Index>(test, SQLITE_INDEXES, POSTGRES_INDEXES).into_iter().collect::<BTreeSet<_>>();
    let keys = |test| {
        query::<ForeignKey>(test, SQLITE_FOREIGN_KEYS, POSTGRES_FOREIGN_KEYS).into_iter().collect::<BTreeSet<_>>()
    };
    assert!(indexes(&sqlite).iter().any(|index| index.is_unique && index.is_partial));
    assert_eq!(indexes(&sqlite), indexes(&postgres));
    assert!(!keys(&sqlite).is_empty());
    assert_eq!(keys(&sqlite), keys(&postgres));
}

#[test]
fn the_key_of_every_table_of_a_tenant_starts_with_the_tenant() {
    for (name, table) in declared() {
        let starts_with_tenant = table.primary_key.first().is_some_and(|column| column == "tenant_id");
        assert_eq!(starts_with_tenant, !GLOBAL.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn no_foreign_key_leaves_its_tenant() {
    for test in databases() {
        for key in query::<ForeignKey>(&test, SQLITE_FOREIGN_KEYS, POSTGRES_FOREIGN_KEYS) {
            assert!(key.columns.starts_with("tenant_id"), "{} {key:?}", test.backend());
        }
    }
}

#[test]
fn both_migration_trees_have_the_same_directories() {
    let names = |tree: &str| -> BTreeSet<String> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(tree);
        let entries = std::fs::read_dir(root).expect("the folder of the migrations");
        entries.map(|entry| entry.expect("a migration").file_name().to_string_lossy().into_owned()).collect()
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}

//! `cargo xtask arrows`: dependencies between the crates of the workspace point down only.
//!
//! Dev-dependencies are free: a test may reach up for `testkit` without any code of a lower row
//! learning about a higher one.

use crate::metadata::{Dependency, Kind, Package};

/// The rows, lowest first, so that their order says which way an arrow points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Base,
    Data,
    Domain,
    Web,
    Surfaces,
    Bin,
    /// Test and repository tools: they may use anything, and nothing that ships may use them.
    Dev,
}

/// Where each crate stands. A crate that is not here fails the check: its row is a decision to be made.
const ROWS: &[(&str, Row)] = &[
    ("latchkey-core", Row::Base),
    ("latchkey-protocol", Row::Base),
    ("latchkey-jose", Row::Base),
    ("latchkey-config", Row::Base),
    ("latchkey-metrics", Row::Base),
    ("latchkey-expressions", Row::Base),
    ("latchkey-language", Row::Base),
    ("latchkey-storage", Row::Data),
    ("latchkey-cache", Row::Data),
    ("latchkey-fetch", Row::Data),
    ("latchkey-tokens", Row::Domain),
    ("latchkey-auth", Row::Domain),
    ("latchkey-tenants", Row::Domain),
    ("latchkey-audit", Row::Domain),
    ("latchkey-mail", Row::Domain),
    ("latchkey-web", Row::Web),
    ("latchkey-oidc", Row::Surfaces),
    ("latchkey-account", Row::Surfaces),
    ("latchkey-admin-api", Row::Surfaces),
    ("latchkey-server", Row::Bin),
    ("latchkey-testkit", Row::Dev),
    ("latchkey-http-tests", Row::Dev),
    ("latchkey-bench", Row::Dev),
    ("xtask", Row::Dev),
];

/// The only arrows that may stay inside a row.
const SIDEWAYS: &[(&str, &str)] = &[
    ("latchkey-auth", "latchkey-tenants"),
    ("latchkey-auth", "latchkey-mail"),
    ("latchkey-tokens", "latchkey-tenants"),
    ("latchkey-auth", "latchkey-audit"),
    ("latchkey-tokens", "latchkey-audit"),
    ("latchkey-tenants", "latchkey-audit"),
    ("latchkey-mail", "latchkey-audit"),
    // `core` is the floor that the rest of the base row stands on.
    ("latchkey-protocol", "latchkey-core"),
    ("latchkey-jose", "latchkey-core"),
    ("latchkey-jose", "latchkey-protocol"),
    ("latchkey-config", "latchkey-core"),
    ("latchkey-metrics", "latchkey-core"),
];

/// One line per dependency that breaks the rules, sorted.
pub fn violations(packages: &[Package]) -> Vec<String> {
    let mut violations: Vec<_> = packages.iter().flat_map(of_package).collect();
    violations.sort();
    violations
}

fn of_package(package: &Package) -> Vec<String> {
    let Some(row) = row_of(&package.name) else {
        return vec![format!("{}: stands in no row; add it to ROWS in crates/xtask/src/arrows.rs", package.name)];
    };
    let ships = package.dependencies.iter().filter(|dependency| dependency.kind != Some(Kind::Dev));
    ships.filter_map(|dependency| of_dependency(&package.name, row, dependency)).collect()
}

fn of_dependency(from: &str, row: Row, dependency: &Dependency) -> Option<String> {
    if row == Row::Dev {
        return None;
    }
    let to = dependency.name.as_str();
    let why = match row_of(to) {
        Some(Row::Dev) => "serves tests and chores; only a dev-dependency may name it".to_owned(),
        Some(target) if target > row => format!("points up, from row {row:?} to row {target:?}"),
        Some(target) if target == row && !SIDEWAYS.contains(&(from, to)) => {
            format!("points sideways in row {row:?} and is no listed exception")
        }
        Some(_) => return None,
        None if to.starts_with("latchkey-") => "stands in no row; add it to ROWS in crates/xtask/src/arrows.rs".into(),
        None => forbidden(from, row, to)?.to_owned(),
    };
    Some(format!("{from} -> {to}: {why}"))
}

/// Why the crate may not use this outside package; `None` when it may.
fn forbidden(from: &str, row: Row, to: &str) -> Option<&'static str> {
    let is_actix = to.starts_with("actix");
    let is_diesel = to.starts_with("diesel");
    let does_io = is_actix || matches!(to, "tokio" | "reqwest" | "redis");
    if matches!(from, "latchkey-core" | "latchkey-protocol" | "latchkey-jose") && does_io {
        return Some("core, protocol and jose do no I/O");
    }
    match row {
        Row::Web | Row::Surfaces if is_diesel => Some("only domain and data crates speak to the database"),
        Row::Base | Row::Data | Row::Domain if is_actix => Some("only web and the surfaces know about HTTP servers"),
        _ => None,
    }
}

fn row_of(name: &str) -> Option<Row> {
    ROWS.iter().find(|(known, _)| *known == name).map(|(_, row)| *row)
}

#[cfg(test)]
mod tests;

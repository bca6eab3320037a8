use super::*;

fn package(name: &str, dependencies: &[(&str, Option<Kind>)]) -> Package {
    let dependencies =
        dependencies.iter().map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: *kind }).collect();
    Package { name: name.to_owned(), dependencies }
}

fn check(from: &str, to: &str) -> Vec<String> {
    violations(&[package(from, &[(to, None)])])
}

#[rstest::rstest]
#[case("latchkey-server", "latchkey-oidc")]
#[case("latchkey-oidc", "latchkey-web")]
#[case("latchkey-oidc", "latchkey-core")]
#[case("latchkey-oidc", "actix-web")]
#[case("latchkey-web", "latchkey-tenants")]
#[case("latchkey-auth", "latchkey-tenants")]
#[case("latchkey-auth", "latchkey-mail")]
#[case("latchkey-tokens", "latchkey-tenants")]
#[case("latchkey-mail", "latchkey-audit")]
#[case("latchkey-tenants", "diesel")]
#[case("latchkey-protocol", "latchkey-core")]
#[case("latchkey-core", "diesel")]
#[case("latchkey-server", "diesel")]
#[case("latchkey-testkit", "latchkey-server")]
#[case("latchkey-testkit", "diesel")]
fn an_arrow_that_points_down_or_is_listed_passes(#[case] from: &str, #[case] to: &str) {
    assert_eq!(check(from, to), Vec::<String>::new());
}

#[rstest::rstest]
#[case("latchkey-storage", "latchkey-tenants", "points up, from row Data to row Domain")]
#[case("latchkey-web", "latchkey-oidc", "points up, from row Web to row Surfaces")]
#[case("latchkey-oidc", "latchkey-account", "points sideways in row Surfaces and is no listed exception")]
#[case("latchkey-tenants", "latchkey-auth", "points sideways in row Domain and is no listed exception")]
#[case("latchkey-audit", "latchkey-mail", "points sideways in row Domain and is no listed exception")]
#[case("latchkey-cache", "latchkey-storage", "points sideways in row Data and is no listed exception")]
#[case("latchkey-core", "latchkey-protocol", "points sideways in row Base and is no listed exception")]
#[case("latchkey-server", "latchkey-testkit", "serves tests and chores; only a dev-dependency may name it")]
#[case("latchkey-oidc", "diesel", "only domain and data crates speak to the database")]
#[case("latchkey-web", "diesel_migrations", "only domain and data crates speak to the database")]
#[case("latchkey-auth", "actix-web", "only web and the surfaces know about HTTP servers")]
#[case("latchkey-jose", "reqwest", "core, protocol and jose do no I/O")]
#[case("latchkey-protocol", "tokio", "core, protocol and jose do no I/O")]
#[case("latchkey-core", "actix-web", "core, protocol and jose do no I/O")]
#[case("latchkey-oidc", "latchkey-scim", "stands in no row; add it to ROWS in crates/xtask/src/arrows.rs")]
fn a_wrong_arrow_is_named_with_its_reason(#[case] from: &str, #[case] to: &str, #[case] reason: &str) {
    assert_eq!(check(from, to), [format!("{from} -> {to}: {reason}")]);
}

#[test]
fn a_build_dependency_counts_and_a_dev_dependency_does_not() {
    let build = package("latchkey-core", &[("latchkey-server", Some(Kind::Build))]);
    assert_eq!(violations(&[build]).len(), 1);
    let dev = package("latchkey-core", &[("latchkey-testkit", Some(Kind::Dev)), ("tokio", Some(Kind::Dev))]);
    assert_eq!(violations(&[dev]).len(), 0);
}

#[test]
fn a_crate_without_a_row_fails_even_without_dependencies() {
    let violations = violations(&[package("latchkey-scim", &[]), package("latchkey-core", &[])]);
    assert_eq!(violations, ["latchkey-scim: stands in no row; add it to ROWS in crates/xtask/src/arrows.rs"]);
}

#[test]
fn the_listed_exceptions_stay_inside_a_row_and_never_form_a_pair() {
    for (from, to) in SIDEWAYS {
        assert_eq!(row_of(from), row_of(to), "{from} -> {to} is no sideways arrow");
        assert!(!SIDEWAYS.contains(&(to, from)), "{from} and {to} point at each other");
    }
}

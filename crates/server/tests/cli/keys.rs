use crate::support::on_every_backend;

#[test]
fn a_rotation_makes_a_new_active_key_and_keeps_the_old_one_published() {
    on_every_backend(|installation| {
        installation.run(&["tenant", "create", "acme"]).ok();
        let none = installation.run(&["keys", "rotate", "--tenant", "acme"]).ok();
        assert_eq!(none, "acme has no signing keys yet; they are made when it first signs\n");

        let first = installation.run(&["keys", "rotate", "--tenant", "acme", "--alg", "ES256"]).ok();
        let second = installation.run(&["keys", "rotate", "--tenant", "acme"]).ok();
        assert!(first.contains("ES256") && first.contains("active"), "{first}");
        assert!(second.contains("ES256") && first != second, "{second}");
        let kid = |line: &str| line.split_whitespace().nth(1).unwrap().to_owned();
        let list = installation.run(&["keys", "list"]).ok();
        let of = |kid: String| list.lines().find(|line| line.contains(&kid)).unwrap().to_owned();
        assert!(of(kid(&first)).contains("retiring"), "{list}");
        assert!(of(kid(&second)).contains("active"), "{list}");
    });
}

#[test]
fn an_unknown_tenant_or_algorithm_is_refused() {
    on_every_backend(|installation| {
        installation.run(&["migrate"]).ok();
        assert_eq!(
            installation.run(&["keys", "rotate", "--tenant", "acme"]).refused(),
            "latchkey: there is no tenant acme"
        );
        assert_eq!(installation.run(&["keys", "rotate", "--tenant", "acme", "--alg", "none"]).code, 2);
    });
}

use crate::support::on_every_backend;

fn kid(line: &str) -> String {
    line.split_whitespace().nth(1).unwrap().to_owned()
}

#[test]
fn a_rotation_announces_a_new_key_and_a_second_one_says_so_and_makes_none() {
    on_every_backend(|installation| {
        installation.run(&["tenant", "create", "acme"]).ok();
        let none = installation.run(&["keys", "rotate", "--tenant", "acme"]).ok();
        assert_eq!(none, "acme has no signing keys yet; they are made when it first signs\n");

        let first = installation.run(&["keys", "rotate", "--tenant", "acme", "--alg", "ES256"]).ok();
        assert!(first.contains("ES256") && first.contains("active"), "no other could sign: {first}");
        let second = installation.run(&["keys", "rotate", "--tenant", "acme"]).ok();
        assert!(second.contains("ES256  announced  since ") && second.contains("  signs from "), "{second}");
        assert_ne!(kid(&first), kid(&second));
        let third = installation.run(&["keys", "rotate", "--tenant", "acme"]).ok();
        assert_eq!(third, format!("{}  (by an earlier rotation; no key was made)\n", second.trim_end()));
        assert_eq!(installation.run(&["keys", "list"]).ok(), format!("{first}{second}"));
    });
}

#[test]
fn a_rotation_now_switches_at_once_and_keeps_the_old_key_published() {
    on_every_backend(|installation| {
        installation.run(&["tenant", "create", "acme"]).ok();
        let first = installation.run(&["keys", "rotate", "--tenant", "acme", "--alg", "ES256", "--now"]).ok();
        let announced = installation.run(&["keys", "rotate", "--tenant", "acme"]).ok();
        let second = installation.run(&["keys", "rotate", "--tenant", "acme", "--now"]).ok();
        assert_eq!(kid(&announced), kid(&second), "the announced key is the next one");
        assert!(second.contains("active") && !second.contains("signs from"), "{second}");
        let third = installation.run(&["keys", "rotate", "--tenant", "acme", "--now"]).ok();
        assert!(third.contains("active") && kid(&third) != kid(&second), "{third}");

        let list = installation.run(&["keys", "list", "--tenant", "acme"]).ok();
        let of = |kid: String| list.lines().find(|line| line.contains(&kid)).unwrap().to_owned();
        for old in [&first, &second] {
            let line = of(kid(old));
            assert!(line.contains("retiring") && line.contains("  published until "), "{list}");
        }
        assert!(of(kid(&third)).contains("active"), "{list}");
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

use crate::support::on_every_backend;

#[test]
fn a_token_is_shown_once_listed_without_it_and_revoked_by_name() {
    on_every_backend(|installation| {
        installation.run(&["tenant", "create", "acme"]).ok();
        installation.run(&["tenant", "create", "globex"]).ok();
        let create = ["registration-token", "create", "--tenant", "acme", "--name", "partners", "--uses", "10"];
        let token = installation.run(&create).ok();
        assert_eq!(token.trim_end().len(), 43, "256 random bits: {token}");
        assert!(installation.run(&create).refused().contains("there is a registration token partners already"));

        let list = installation.run(&["registration-token", "list", "--tenant", "acme"]).ok();
        assert!(list.starts_with("partners  live  uses left: 10  until "), "{list}");
        assert!(!list.contains(token.trim_end()));
        assert_eq!(installation.run(&["registration-token", "list", "--tenant", "globex"]).ok(), "");

        let revoke = |tenant| ["registration-token", "revoke", "--tenant", tenant, "--name", "partners"];
        assert_eq!(installation.run(&revoke("globex")).refused(), "latchkey: there is no registration token partners");
        assert_eq!(installation.run(&revoke("acme")).ok(), "revoked partners\n");
        assert_eq!(installation.run(&["registration-token", "list", "--tenant", "acme"]).ok(), "");
    });
}

use crate::support::on_every_backend;

const STATE: &str = "version: 1
tenants:
  - slug: acme
    name: Acme
    users:
      - {username: anna, email: anna@acme.test}
      - {username: otto}
";

#[test]
fn an_identity_is_linked_to_one_user_listed_and_unlinked() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        let run = |what: &str, user: &str, more: &[&str]| {
            installation.run(&[&["user", what, "--tenant", "acme"], more, &[user]].concat())
        };
        let partner = ["--issuer", "https://idp.partner.test", "--subject", "p 7"];
        let linked = run("link-identity", "anna@acme.test", &[&partner[..], &["--label", "Partner"]].concat()).ok();
        assert_eq!(linked, "anna: p 7 at https://idp.partner.test is linked\n");
        assert!(run("link-identity", "otto", &partner).refused().contains("linked to a user already"));
        let listed = run("list-identities", "anna", &[]).ok();
        assert!(listed.starts_with("https://idp.partner.test  p 7  \"Partner\"  since "), "{listed}");
        assert!(listed.trim_end().ends_with("never used"), "{listed}");
        assert_eq!(run("list-identities", "otto", &[]).ok(), "");
        assert!(run("unlink-identity", "otto", &partner).refused().contains("is not linked to otto"));
        run("unlink-identity", "anna", &partner).ok();
        assert_eq!(run("list-identities", "anna", &[]).ok(), "");
        run("link-identity", "otto", &partner).ok();

        for wrong in [["--issuer", "idp", "--subject", "7"], ["--issuer", "https://idp.test", "--subject", " "]] {
            assert!(run("link-identity", "anna", &wrong).refused().contains("latchkey: --"));
        }
        assert!(run("link-identity", "nobody", &partner).refused().contains("has no user nobody"));
    });
}

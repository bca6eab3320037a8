use crate::support::{Installation, on_every_backend};

const STATE: &str = "version: 1
tenants:
  - slug: acme
    name: Acme
    settings:
      registration: {by: invitation}
  - slug: globex
    name: Globex
";

fn create(installation: &Installation, email: &str, more: &[&str]) -> crate::support::Run {
    installation.run(&[&["invitation", "create", "--tenant", "acme", "--email", email], more].concat())
}

fn list(installation: &Installation, tenant: &str) -> String {
    installation.run(&["invitation", "list", "--tenant", tenant]).ok()
}

#[test]
fn an_invitation_makes_an_account_with_that_address_which_is_listed_until_it_is_revoked() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        let more = ["--group", "crew", "--group", "night shift", "--language", "de"];
        let made = create(installation, "ida@acme.test", &more).ok();
        assert!(made.contains("ida@acme.test") && made.contains("/t/acme/invitation?token="), "{made}");
        let token = made.split("token=").nth(1).unwrap().trim();
        let listed = list(installation, "acme");
        assert!(listed.starts_with("acme  ida@acme.test  [crew night shift]  since "), "{listed}");
        assert!(listed.contains("  until ") && !listed.contains(token) && listed.lines().count() == 1, "{listed}");
        assert_eq!(list(installation, "globex"), "", "another tenant's");
        let state = installation.run(&["export", "--tenant", "acme"]).ok();
        for part in ["username: ida@acme.test", "night shift", "locale: de", "password: invite"] {
            assert!(state.contains(part), "{part}: {state}");
        }

        let again = create(installation, "IDA@acme.test", &[]).refused();
        assert!(again.contains("has a user with the address"), "{again}");
        let elsewhere = installation.run(&["invitation", "revoke", "--tenant", "globex", "ida@acme.test"]);
        assert!(elsewhere.refused().contains("has nobody invited"));
        let revoke = || installation.run(&["invitation", "revoke", "--tenant", "acme", "ida@acme.test"]);
        assert_eq!(revoke().ok(), "the invitation of ida@acme.test is revoked\n");
        assert!(revoke().refused().contains("has nobody invited"));
        assert_eq!(list(installation, "acme"), "");
        assert!(!installation.run(&["export", "--tenant", "acme"]).ok().contains("ida@acme.test"));
        create(installation, "ida@acme.test", &[]).ok();
    });
}

#[test]
fn what_is_no_address_no_language_or_nobody_invited_is_refused() {
    on_every_backend(|installation| {
        installation.apply(STATE, &[]).ok();
        assert!(create(installation, "ida", &[]).refused().contains("email"));
        assert!(create(installation, "ida@acme.test", &["--language", "de CH"]).refused().contains("no language tag"));
        assert!(create(installation, "ida@acme.test", &["--group", ""]).refused().contains("groups"));
        let user = ["user", "create", "--tenant", "acme", "--username", "otto", "--password-stdin"];
        installation.run_with_input(&user, "a kettle on the hob\n").ok();
        let active = installation.run(&["invitation", "revoke", "--tenant", "acme", "otto"]).refused();
        assert!(active.contains("has nobody invited"), "an account that is in use stays: {active}");
        assert_eq!(list(installation, "acme"), "");
    });
}

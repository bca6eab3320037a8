use std::time::{Duration, Instant};

use crate::serve::Serving;
use crate::support::{Installation, on_every_backend};

const DEMO: &str = include_str!("../../../../examples/demo.yaml");

#[test]
fn the_demo_is_applied_once_and_then_changes_nothing() {
    on_every_backend(|installation| {
        installation.run(&["migrate"]).ok();
        let rehearsal = installation.apply(DEMO, &["--dry-run"]);
        assert_eq!(rehearsal.code, 2, "{rehearsal:?}");
        assert!(rehearsal.stdout.contains("+++ b/tenants/demo/clients/demo-spa"), "{rehearsal:?}");
        for secret in ["demo-web-secret", "correct-horse-battery", "$argon2id$"] {
            assert!(!rehearsal.stdout.contains(secret), "{rehearsal:?}");
        }
        assert!(installation.apply(DEMO, &[]).ok().ends_with("7 created, 0 updated, 0 unchanged\n"));
        assert!(installation.apply(DEMO, &[]).ok().ends_with("0 created, 0 updated, 7 unchanged\n"));
        let second = installation.apply(DEMO, &["--dry-run"]);
        assert_eq!((second.code, second.stdout.as_str()), (0, ""), "{second:?}");
    });
}

#[test]
fn a_client_with_a_legacy_grant_is_applied_with_a_warning_once() {
    let state = "version: 1\ntenants:\n  - slug: old\n    name: Old\n    clients:\n      - client_id: implicit\n        \
                 name: Implicit\n        application_type: browser\n        token_endpoint_auth_method: none\n        \
                 redirect_uris: [https://old.example/cb]\n        grant_types: [implicit]\n        \
                 response_types: [id_token token]\n";
    on_every_backend(|installation| {
        let first = installation.apply(state, &[]).ok();
        assert!(first.contains("warning: old: client implicit uses the legacy grant implicit"), "{first}");
        let second = installation.apply(state, &[]).ok();
        assert!(!second.contains("warning"), "{second}");
    });
}

#[test]
fn a_rehearsal_writes_nothing() {
    on_every_backend(|installation| {
        installation.run(&["migrate"]).ok();
        let before = installation.run(&["export"]).ok();
        assert_eq!(installation.apply(DEMO, &["--dry-run"]).code, 2);
        assert_eq!(installation.run(&["export"]).ok(), before);
    });
}

#[test]
fn an_export_applies_without_a_change_and_is_the_same_each_time() {
    on_every_backend(|installation| {
        installation.apply(DEMO, &[]).ok();
        installation.apply(INVITED, &[]).ok();
        let export = installation.run(&["export"]).ok();
        assert_eq!(installation.run(&["export"]).ok(), export);
        let again = installation.apply(&export, &["--dry-run"]);
        assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{again:?}");

        let elsewhere = Installation::sqlite();
        elsewhere.apply(&export, &[]).ok();
        assert_eq!(elsewhere.run(&["export"]).ok(), export, "an export moves to another database");
        let one = installation.run(&["export", "--tenant", "acme"]).ok();
        assert!(one.contains("slug: acme") && !one.contains("slug: demo"), "{one}");
    });
}

const INVITED: &str = "version: 1\ntenants:\n- slug: acme\n  status: suspended\n  settings:\n    locale: de\n  domains:\n  \
     - host: login.acme.example\n    verified: true\n    issuer: true\n  users:\n  - username: zoe\n    password: invite\n";

#[test]
fn an_invited_user_gets_one_link() {
    on_every_backend(|installation| {
        let first = installation.apply(INVITED, &[]).ok();
        assert!(first.contains("invitation for zoe (7 days): https://login.acme.example/invitation?token="), "{first}");
        assert!(!installation.apply(INVITED, &[]).ok().contains("invitation"));
    });
}

#[test]
fn a_password_that_a_user_has_is_never_replaced() {
    on_every_backend(|installation| {
        installation.apply(DEMO, &[]).ok();
        let before = installation.run(&["export"]).ok();
        let other = DEMO.replace("password: correct-horse-battery", "password: another-password-altogether");
        assert!(installation.apply(&other, &[]).ok().ends_with("7 unchanged\n"));
        assert_eq!(installation.run(&["export"]).ok(), before);
    });
}

#[test]
fn what_the_file_does_not_name_is_left_alone() {
    on_every_backend(|installation| {
        installation.apply(DEMO, &[]).ok();
        let summary = installation.apply("version: 1\ntenants:\n- slug: demo\n  name: Other Name\n", &[]).ok();
        assert_eq!(summary, "updated tenants/demo\n0 created, 1 updated, 0 unchanged\n");
        let export = installation.run(&["export"]).ok();
        assert!(export.contains("name: Other Name") && export.contains("primary_color: \"#4338ca\""), "{export}");
        assert!(export.contains("demo-machine") && export.contains("username: bob"), "{export}");
    });
}

#[test]
fn a_changed_client_shows_as_a_difference() {
    on_every_backend(|installation| {
        installation.apply(DEMO, &[]).ok();
        let changed = DEMO.replace("demo-web-secret", "another-secret").replace("Demo Web Shop", "Demo Shop");
        let run = installation.apply(&changed, &["--dry-run"]);
        assert_eq!(run.code, 2);
        assert!(run.stdout.contains("-name: Demo Web Shop\n+name: Demo Shop\n"), "{run:?}");
        assert!(run.stdout.contains("[another secret]") && !run.stdout.contains("another-secret"), "{run:?}");
        assert!(installation.apply(&changed, &[]).ok().ends_with("0 created, 1 updated, 6 unchanged\n"));
    });
}

#[test]
fn an_error_names_file_line_and_field_and_applies_nothing() {
    on_every_backend(|installation| {
        installation.run(&["migrate"]).ok();
        let before = installation.run(&["export"]).ok();
        for (from, to, expected) in [
            (
                "application_type: browser",
                "application_typ: browser",
                "state.yaml:LINE: tenants[0].clients[1].application_typ: unknown field; did you mean \"application_type\"?",
            ),
            (
                "email: bob@demo.example",
                "email: alice@demo.example",
                "state.yaml:LINE: tenants[0].users[1].email: another user has this address",
            ),
            (
                "    scope: orders:read orders:write\n",
                "    scope: orders:delete\n",
                "state.yaml:LINE: tenants[0].clients[2].scope: orders:delete is neither",
            ),
            (
                "        scope: orders:read orders:write\n        audiences: [\"https://api.demo.example\"]\n",
                "        scope: orders:read orders:write\n",
                "state.yaml:LINE: tenants[0].clients[2].scope: orders:read can never be granted: add \
                 https://api.demo.example to audiences",
            ),
            (
                "password: staple-battery-horse",
                "password: short",
                "state.yaml:LINE: tenants[0].users[1].password: a password has at least 8 characters",
            ),
            ("slug: demo\n", "slug: health\n", "state.yaml:LINE: tenants[0].slug: this slug is reserved"),
            (
                "        secret: demo-machine-secret\n",
                "",
                "tenants[0].clients[2].secret: a confidential client needs secret",
            ),
            ("version: 1\n", "version: 1\nx: }\n", "state.yaml:LINE: "),
        ] {
            assert!(DEMO.contains(from), "{from}");
            let text = DEMO.replace(from, to);
            let changed = to.trim().lines().last().unwrap_or("the object itself").trim();
            let line = text.lines().collect::<Vec<_>>().iter().rposition(|line| line.contains(changed));
            let expected = expected.replace("LINE", &line.map_or(0, |line| line + 1).to_string());
            let refusal = installation.apply(&text, &[]).refused();
            assert!(refusal.contains(&expected), "{refusal}\nexpected {expected}");
            assert!(!refusal.contains("staple") && !refusal.contains("short\""), "{refusal}");
            assert_eq!(installation.run(&["export"]).ok(), before);
        }
    });
}

#[test]
fn a_missing_file_or_database_is_said_in_one_line() {
    let installation = Installation::sqlite();
    let line = installation.run(&["apply", "-f", "absent.yaml"]).refused();
    assert!(line.starts_with("latchkey: cannot read absent.yaml: "), "{line}");
    let line = installation.apply(DEMO, &["--dry-run"]).refused();
    assert!(line.contains("there is no database at") && line.contains("latchkey migrate"), "{line}");
    assert!(!installation.dir.path().join("data").exists());
}

#[test]
fn tenants_and_users_are_made_by_hand_as_well() {
    on_every_backend(|installation| {
        installation.run(&["tenant", "create", "acme", "--name", "Acme"]).ok();
        assert_eq!(
            installation.run(&["tenant", "create", "acme"]).refused(),
            "latchkey: there is a tenant acme already"
        );
        let create = ["user", "create", "--tenant", "acme", "--username", "zoe", "--email", "zoe@acme.example"];
        let invited = installation.run(&create).ok();
        assert!(invited.contains("/t/acme/invitation?token="), "{invited}");
        assert_eq!(installation.run(&create).refused(), "latchkey: there is a user of this name already");
        let create = ["user", "create", "--tenant", "acme", "--username", "max", "--password-stdin"];
        let refused = installation.run_with_input(&create, "short\n").refused();
        assert_eq!(refused, "latchkey: a password has at least 8 characters");
        installation.run_with_input(&create, "long enough for now\n").ok();
        let export = installation.run(&["export", "--tenant", "acme"]).ok();
        assert!(export.contains("username: max") && export.contains("$argon2id$"), "{export}");
        assert_eq!(
            installation.run(&["export", "--tenant", "nobody"]).refused(),
            "latchkey: there is no tenant nobody"
        );
    });
}

/// The same with mails as files in a directory.
fn with_mail(installation: Installation) -> Installation {
    let mails = installation.dir.path().join("mails");
    std::fs::create_dir(&mails).unwrap();
    installation.with("LATCHKEY_MAIL_DIRECTORY", mails.to_str().unwrap())
}

#[test]
fn where_mail_is_sent_an_invitation_is_mailed_and_its_link_is_not_shown() {
    for installation in [Some(Installation::sqlite()), Installation::postgres()].into_iter().flatten() {
        let installation = with_mail(installation);
        let with_address = INVITED.replace("password: invite", "email: zoe@acme.example\n    password: invite");
        let applied = installation.apply(&with_address, &[]).ok();
        assert!(
            applied.contains("invitation for zoe (7 days): the server mails it to zoe@acme.example\n"),
            "{applied}"
        );
        assert!(!applied.contains("token="), "accepting a mailed link proves the address: {applied}");

        let create = ["user", "create", "--tenant", "acme", "--username", "max", "--email", "max@acme.example"];
        let created = installation.run(&create).ok();
        assert!(
            created.contains("the server mails it to max@acme.example") && !created.contains("token="),
            "{created}"
        );
        let created = installation.run(&["user", "create", "--tenant", "acme", "--username", "eve"]).ok();
        assert!(created.contains("https://login.acme.example/invitation?token="), "no address: {created}");
    }
}

#[test]
fn a_mailed_invitation_is_sent_by_the_server() {
    let installation = with_mail(Installation::sqlite());
    installation.run(&["tenant", "create", "acme"]).ok();
    installation
        .run(&["user", "create", "--tenant", "acme", "--username", "zoe", "--email", "zoe@acme.example", "--invite"])
        .ok();
    let (server, installation) = Serving::start(installation, &[]);
    let mails = installation.dir.path().join("mails");
    let deadline = Instant::now() + Duration::from_secs(30);
    let mail = loop {
        let files = std::fs::read_dir(&mails).unwrap().map(|entry| entry.unwrap().path());
        let texts: Vec<String> = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        // The transport may be in the middle of writing.
        if let Some(mail) = texts.into_iter().find(|text| text.contains("/t/acme/invitation?token=")) {
            break mail;
        }
        assert!(Instant::now() < deadline, "no mail was sent");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(mail.contains("zoe@acme.example"), "{mail}");
    assert_eq!(server.terminate().0, 0);
}

#[test]
fn a_lost_link_is_replaced_while_the_user_is_still_invited() {
    on_every_backend(|installation| {
        let first = installation.apply(INVITED, &[]).ok();
        let invite = ["user", "invite", "--tenant", "acme", "--username", "zoe"];
        let second = installation.run(&invite).ok();
        let link = "invitation for zoe (7 days): https://login.acme.example/invitation?token=";
        assert!(second.starts_with(link), "{second}");
        assert!(!first.contains(second.trim()), "it is a new link");

        let unknown = ["user", "invite", "--tenant", "acme", "--username", "nobody"];
        assert_eq!(installation.run(&unknown).refused(), "latchkey: acme has no user nobody");
        installation.apply(DEMO, &[]).ok();
        let active = ["user", "invite", "--tenant", "demo", "--username", "alice"];
        assert_eq!(installation.run(&active).refused(), "latchkey: alice is active and needs no invitation");
    });
}

#[test]
fn the_tokens_of_a_user_are_revoked_by_name_address_or_id_and_of_nobody_else() {
    on_every_backend(|installation| {
        installation.run(&["tenant", "create", "acme"]).ok();
        let create = ["user", "create", "--tenant", "acme", "--username", "zoe", "--email", "zoe@acme.example"];
        let created = installation.run(&create).ok();
        let id = created.split(['(', ')']).nth(1).unwrap().to_owned();
        for user in ["zoe", "zoe@acme.example", &id] {
            let revoked = installation.run(&["user", "revoke-tokens", "--tenant", "acme", user]).ok();
            assert_eq!(revoked.trim(), "zoe: 0 grants revoked, 0 sessions ended");
        }
        for nobody in ["max", "usr_01a1fe77b8fa737598a2e0c800cfe201"] {
            let refused = installation.run(&["user", "revoke-tokens", "--tenant", "acme", nobody]).refused();
            assert_eq!(refused, format!("latchkey: acme has no user {nobody}"));
        }
    });
}

#[test]
fn a_link_can_be_asked_for_where_mail_is_sent() {
    let installation = with_mail(Installation::sqlite());
    let with_address = INVITED.replace("password: invite", "email: zoe@acme.example\n    password: invite");
    installation.apply(&with_address, &[]).ok();
    let invite = ["user", "invite", "--tenant", "acme", "--username", "zoe"];
    assert!(installation.run(&invite).ok().contains("the server mails it to zoe@acme.example"));
    let link = installation.run(&[&invite[..], &["--link"]].concat()).ok();
    assert!(link.contains("https://login.acme.example/invitation?token="), "{link}");
}

//! `latchkey mail test`, `latchkey tenant set-secret`, and `secrets` of a state file.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use crate::support::on_every_backend;

const PASSWORD: &str = "a password of a mail server";

/// Takes one mail after the other; refuses whoever has not this password. Returns its port.
fn mail_server(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            write!(stream, "220 ready\r\n").unwrap();
            let mut in_mail = false;
            while let Some(Ok(line)) = lines.next() {
                let said = match line.split(' ').next().unwrap() {
                    _ if in_mail && line != "." => continue,
                    "EHLO" => "250-here\r\n250 AUTH PLAIN",
                    // "\0latchkey\0a password of a mail server"
                    "AUTH" if line.ends_with("AGxhdGNoa2V5AGEgcGFzc3dvcmQgb2YgYSBtYWlsIHNlcnZlcg==") => "235 welcome",
                    "AUTH" => "535 5.7.8 No such user here",
                    "DATA" => "354 go ahead",
                    "." => answer,
                    _ => "250 ok",
                };
                in_mail = line == "DATA";
                if write!(stream, "{said}\r\n").is_err() {
                    break;
                }
            }
        }
    });
    port
}

fn state(port: u16, secrets: &str) -> String {
    format!(
        "version: 1\ntenants:\n  - slug: acme\n    name: Acme\n    settings:\n      outgoing:\n        \
         allow: [\"127.0.0.1:{port}\"]\n      mail:\n        from_address: post@acme.example\n        smtp:\n          \
         host: 127.0.0.1\n          port: {port}\n          tls: none\n          username: latchkey\n{secrets}"
    )
}

const TEST: [&str; 6] = ["mail", "test", "--tenant", "acme", "--to", "ivan@example.com"];

#[test]
fn a_test_mail_shows_what_the_mail_server_answered() {
    on_every_backend(|installation| {
        let port = mail_server("250 2.0.0 queued as 4XyZ");
        installation.apply(&state(port, ""), &[]).ok();
        assert!(installation.run(&TEST).refused().contains("password of the mail server is not set"));

        let set = ["tenant", "set-secret", "--tenant", "acme", "smtp_password"];
        installation.run_with_input(&set, "another\n").ok();
        let refused = installation.run(&TEST).refused();
        assert!(refused.contains("535") && refused.contains("No such user here"), "{refused}");
        assert!(!refused.contains("another"), "{refused}");

        installation.run_with_input(&set, &format!("{PASSWORD}\n")).ok();
        let said = installation.run(&TEST).ok();
        assert!(said.contains(&format!("from Acme <post@acme.example> by 127.0.0.1:{port}")), "{said}");
        assert!(said.contains("it answered: 250 2.0.0 queued as 4XyZ"), "{said}");

        installation.run(&["tenant", "set-secret", "--tenant", "acme", "smtp_password", "--remove"]).ok();
        assert!(installation.run(&TEST).refused().contains("password of the mail server is not set"));
    });
}

#[test]
fn a_secret_of_a_state_file_is_applied_once_and_shown_and_exported_never() {
    on_every_backend(|installation| {
        let state = state(2525, &format!("    secrets:\n      smtp_password: {PASSWORD}\n"));
        installation.run(&["migrate"]).ok();
        let rehearsed = installation.apply(&state, &["--dry-run"]);
        assert!(rehearsed.code == 2 && !rehearsed.stdout.contains(PASSWORD), "{rehearsed:?}");
        let applied = installation.apply(&state, &[]).ok();
        assert!(applied.contains("secrets/smtp_password") && !applied.contains(PASSWORD), "{applied}");
        let again = installation.apply(&state, &["--dry-run"]);
        assert_eq!(again.code, 0, "{again:?}");
        let other = installation.apply(&state.replace(PASSWORD, "hunter2"), &["--dry-run"]);
        assert_eq!(other.code, 2, "{other:?}");
        let shown = format!("{other:?}");
        assert!(!shown.contains("hunter2") && !shown.contains(PASSWORD), "{shown}");
        let exported = installation.run(&["export"]).ok();
        assert!(exported.contains("post@acme.example") && !exported.contains("secrets"), "{exported}");
    });
}

#[test]
fn a_secret_of_webhooks_is_made_and_shown_once_and_what_is_none_is_refused() {
    on_every_backend(|installation| {
        installation.run(&["tenant", "create", "acme"]).ok();
        let made = ["tenant", "set-secret", "--tenant", "acme", "webhook_secret", "--generate"];
        let secrets = [(), ()].map(|()| installation.run(&made).ok());
        assert!(secrets.iter().all(|secret| secret.starts_with("whsec_")), "{secrets:?}");
        assert_ne!(secrets[0], secrets[1]);
        let set = ["tenant", "set-secret", "--tenant", "acme", "webhook_secret"];
        let refused = installation.run_with_input(&set, "hunter2\n").refused();
        assert!(refused.contains("whsec_") && !refused.contains("hunter2"), "{refused}");
        let own = ["tenant", "set-secret", "--tenant", "acme", "smtp_password", "--generate"];
        assert!(installation.run(&own).refused().contains("given out by somebody else"));
    });
}

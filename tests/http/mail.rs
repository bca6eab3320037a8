//! A tenant's mails by a server of its own, and its messages, as a state file sets them up.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use latchkey_testkit::{TestApp, both_backends};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const PASSWORD: &str = "a password of a mail server";

/// Takes every mail; what it heard, line by line.
#[derive(Clone)]
struct MailServer {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = Self { port: listener.local_addr().expect("an address").port(), heard: Arc::default() };
        let heard = server.heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let heard = heard.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let _ = stream.write_all(b"220 ready\r\n").await;
                    let (mut line, mut in_mail) = (String::new(), false);
                    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                        heard.lock().expect("the lines").push(line.trim_end().to_owned());
                        let answer = match line.get(..4).unwrap_or(&line) {
                            _ if in_mail && line != ".\r\n" => "",
                            "EHLO" => "250-here\r\n250 AUTH PLAIN\r\n",
                            "AUTH" => "235 welcome\r\n",
                            "DATA" => "354 go ahead\r\n",
                            _ => "250 taken\r\n",
                        };
                        in_mail = answer.is_empty() || line.starts_with("DATA");
                        if stream.write_all(answer.as_bytes()).await.is_err() {
                            return;
                        }
                        line.clear();
                    }
                });
            }
        });
        server
    }

    fn heard(&self) -> String {
        self.heard.lock().expect("the lines").join("\n")
    }
}

/// A tenant whose mails leave by the servers on these ports of this machine.
fn tenant(server: &MailServer, allowed: &[u16], secret: &str) -> String {
    let allow = allowed.iter().map(|port| format!("\"127.0.0.1:{port}\"")).collect::<Vec<_>>().join(", ");
    format!(
        "version: 1\ntenants:\n  - slug: mailers\n    name: Mailers Ltd\n    settings:\n      outgoing:\n        \
         allow: [{allow}]\n      mail:\n        from_name: Post of Mailers\n        from_address: post@mailers.test\n        \
         smtp:\n          host: 127.0.0.1\n          port: {}\n          tls: none\n          username: latchkey\n{secret}",
        server.port
    )
}

fn secret() -> String {
    format!("    secrets:\n      smtp_password: {PASSWORD}\n")
}

both_backends! {
    async fn a_tenants_mail_leaves_by_the_server_that_its_state_file_names(app: TestApp) {
        let server = MailServer::start().await;
        app.apply(&tenant(&server, &[server.port], &secret()));
        app.queue_invitation("mailers", "ivan").await;
        app.empty_outbox().await;
        let heard = server.heard();
        // "\0latchkey\0a password of a mail server"
        assert!(heard.contains("AUTH PLAIN AGxhdGNoa2V5AGEgcGFzc3dvcmQgb2YgYSBtYWlsIHNlcnZlcg=="), "{heard}");
        assert!(heard.contains("From: \"Post of Mailers\" <post@mailers.test>"), "{heard}");
        assert!(heard.contains("RCPT TO:<ivan@mailers.test>"), "{heard}");
        assert!(app.mailer().sent().is_empty(), "not by the instance's transport too");
    }

    async fn a_password_of_a_mail_server_is_neither_exported_nor_sent_to_another_server(app: TestApp) {
        let (server, other) = (MailServer::start().await, MailServer::start().await);
        app.apply(&tenant(&server, &[server.port, other.port], &secret()));
        let exported = app.export("mailers");
        assert!(exported.contains("post@mailers.test") && !exported.contains(PASSWORD), "{exported}");

        // Whoever may write the settings names a server of their own.
        app.apply(&tenant(&other, &[server.port, other.port], ""));
        app.queue_invitation("mailers", "ivan").await;
        app.deliver_outbox().await;
        assert_eq!(other.heard(), "");
        assert_eq!(server.heard(), "");
        assert_eq!(app.waiting_in_outbox().await, [("mail.invitation".to_owned(), 0)], "no attempt is counted");

        app.apply(&tenant(&other, &[server.port, other.port], &secret()));
        app.advance(Duration::from_secs(60));
        app.empty_outbox().await;
        assert!(other.heard().contains("RCPT TO:<ivan@mailers.test>"), "{}", other.heard());
    }

    async fn a_tenants_mail_server_on_an_inner_address_is_not_connected_to_unless_the_operator_says_so(app: TestApp) {
        let server = MailServer::start().await;
        app.apply(&tenant(&server, &[], &secret()));
        app.queue_invitation("mailers", "ivan").await;
        app.deliver_outbox().await;
        assert_eq!(server.heard(), "");
        app.apply(&tenant(&server, &[server.port], &secret()));
        app.advance(Duration::from_secs(30));
        app.empty_outbox().await;
        assert!(server.heard().contains("RCPT TO:<ivan@mailers.test>"), "{}", server.heard());
    }

    async fn a_test_mail_shows_what_the_mail_server_answered(app: TestApp) {
        let server = MailServer::start().await;
        app.apply(&tenant(&server, &[server.port], &secret()));
        let tenant = app.tenant_id("mailers").await;
        let trial = app.services().send_test_mail(&tenant, "ivan@mailers.test").await.expect("it is taken");
        assert_eq!(trial.answer.as_deref(), Some("250 taken"));
        assert_eq!(trial.server, Some(format!("127.0.0.1:{}", server.port)));
        assert_eq!(trial.from, "Post of Mailers <post@mailers.test>");
        assert!(server.heard().contains("Subject: Test mail of Post of Mailers"), "{}", server.heard());

        app.apply(&self::tenant(&server, &[], ""));
        let refused = app.services().send_test_mail(&tenant, "ivan@mailers.test").await.expect_err("refused").explain();
        assert!(refused.contains("no address that may be connected to"), "{refused}");
    }

    async fn a_mail_speaks_the_language_of_its_reader_and_wears_the_colours_of_its_tenant(app: TestApp) {
        let yaml = "version: 1\ntenants:\n  - slug: mailers\n    name: Mailers Ltd\n    settings:\n      locale: de\n    \
                    branding:\n      primary_color: \"#ffcc00\"\n      logo_uri: https://mailers.test/logo.png\n    users:\n      \
                    - username: amal\n        email: amal@mailers.test\n        password: invite\n        claims:\n          \
                    locale: ar-EG\n      - username: bob\n        email: bob@mailers.test\n        password: invite\n";
        app.apply_with_mail(yaml);
        app.empty_outbox().await;
        let sent = app.mailer().sent();
        let of = |to: &str| sent.iter().find(|mail| mail.to[0] == to).expect("a mail");
        let (amal, bob) = (of("amal@mailers.test"), of("bob@mailers.test"));
        assert!(amal.html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", amal.html);
        assert!(bob.html.contains("<html lang=\"de\" dir=\"ltr\">"), "{}", bob.html);
        assert!(bob.html.contains("background: #ffcc00; color: #000000"), "{}", bob.html);
        assert!(bob.html.contains("src=\"https://mailers.test/logo.png\""), "{}", bob.html);
        assert!(bob.raw.contains("From: \"Mailers Ltd\" <latchkey@example.test>"), "{}", bob.raw);
    }
}

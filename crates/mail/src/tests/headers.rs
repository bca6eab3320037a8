//! No value ends the header that it stands in.

use proptest::prelude::*;

use super::*;
use crate::look::Look;

#[tokio::test]
async fn a_header_cannot_be_injected_by_any_value() {
    let mailer = memory();
    let evil = "x\r\nBcc: victim@example.com";
    for mail in [
        Mail { subject: evil.to_owned(), ..mail() },
        Mail { name: evil.to_owned(), ..mail() },
        Mail { address: format!("a@example.com{evil}"), ..mail() },
        Mail { id: evil.to_owned(), ..mail() },
        Mail { subject: "x\u{2028}Bcc: victim@example.com".to_owned(), ..mail() },
        Mail { name: "x\u{2029}Bcc: victim@example.com".to_owned(), ..mail() },
    ] {
        assert!(matches!(mailer.send(&mail).await, Err(MailError::ControlCharacter { .. })), "{mail:?}");
    }
    for address in ["a@example.com, victim@example.com", "<a@example.com>", "a", ""] {
        let mail = Mail { address: address.to_owned(), ..mail() };
        assert!(matches!(mailer.send(&mail).await, Err(MailError::Address { .. })), "{address}");
    }
    assert!(Mailer::memory("Latchkey\r\nBcc: x@example.com <a@example.com>").is_err());
    assert_eq!(mailer.sent(), []);
}

#[tokio::test]
async fn names_with_quotes_commas_and_letters_beyond_ascii_stay_one_recipient() {
    let mailer = memory();
    for name in ["Ivan \"<victim@example.com>\", Bob", "Žofie Ünal", "a@b, c@d"] {
        mailer.send(&Mail { name: name.to_owned(), ..mail() }).await.unwrap();
    }
    for sent in mailer.sent() {
        assert_eq!(sent.to, ["ivan@example.com"]);
        assert!(sent.raw.contains("Message-ID: <out_1@example.com>\r\n"), "{}", sent.raw);
    }
}

#[tokio::test]
async fn nobody_is_answered_by_a_machine() {
    let mailer = memory();
    mailer.send(&mail()).await.unwrap();
    assert!(mailer.sent()[0].raw.contains("Auto-Submitted: auto-generated\r\n"), "{}", mailer.sent()[0].raw);
}

/// Texts that somebody would try.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\u{85}".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("\u{2029}".to_owned()),
        Just("\0".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("\r\n\r\n<html>".to_owned()),
        Just("Bcc: victim@example.com".to_owned()),
        Just("=?utf-8?q?=0D=0ABcc:_victim=40example.com?=".to_owned()),
        Just("\"<victim@example.com>\", ".to_owned()),
        Just("x".repeat(1_200)),
        Just("ü".repeat(400)),
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// The names of the headers and the recipients of a message as it travels.
fn headers(raw: &str) -> Vec<String> {
    let (head, _) = raw.split_once("\r\n\r\n").expect("a body");
    let names = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    names.map(|line| line.split_once(':').expect("a header").0.to_owned()).collect()
}

proptest! {
    #[test]
    fn whatever_people_are_called_the_mail_has_its_headers_and_one_recipient(
        name in hostile(),
        tenant_name in hostile(),
        client_name in hostile(),
    ) {
        let now = UtcTime::from_unix_seconds(1_800_000_000);
        let message = Message::Approval(crate::messages::Approval {
            client_name,
            binding_message: Some(name.clone()),
            link: LINK.to_owned(),
            expires_at: now,
        });
        let item = OutboxItem::new(recipient(&name, "ivan@example.com"), &tenant_name, message);
        let mail = item.render("out_1", &Look::default(), now).unwrap();
        let message = mail.message(&FROM.parse().unwrap(), None).unwrap();
        let raw = String::from_utf8(message.formatted()).unwrap();
        prop_assert_eq!(message.envelope().to().len(), 1);
        prop_assert_eq!(message.envelope().to()[0].to_string(), "ivan@example.com");
        let expected =
            ["From", "To", "Subject", "Date", "Auto-Submitted", "Message-ID", "MIME-Version", "Content-Type"];
        prop_assert_eq!(headers(&raw), expected);
        prop_assert!(raw.split("\r\n").all(|line| line.len() <= 998), "RFC 5322 §2.1.1");
        prop_assert!(!raw.replace("\r\n", "").contains(['\r', '\n']));
    }
}

//! Every kind of mail has its words, its links and its frame.

use super::*;
use crate::messages::*;
use crate::{ButtonColors, Look, Whereabouts};

const CODE: &str = "482913";

fn link() -> Secret<String> {
    Secret::from(LINK)
}

fn somewhere() -> Whereabouts {
    Whereabouts {
        address: Some("192.0.2.7".to_owned()),
        browser: Some("Firefox <on> Linux".to_owned()),
        place: Some("Lisbon".to_owned()),
    }
}

fn changes() -> Vec<CredentialChange> {
    let name = "Blue <b>key</b>".to_owned();
    let number = "••• 42".to_owned();
    vec![
        CredentialChange::PasswordSet,
        CredentialChange::PasswordChanged,
        CredentialChange::PasswordReset,
        CredentialChange::PasskeyAdded { name: name.clone() },
        CredentialChange::PasskeyRemoved { name: name.clone() },
        CredentialChange::TotpAdded,
        CredentialChange::TotpRemoved,
        CredentialChange::RecoveryCodesReplaced,
        CredentialChange::RecoveryCodeUsed,
        CredentialChange::PhoneAdded { number: number.clone() },
        CredentialChange::PhoneRemoved { number },
        CredentialChange::DeviceAdded { name: name.clone() },
        CredentialChange::DeviceRemoved { name: name.clone() },
        CredentialChange::SecondFactorsRemoved,
        CredentialChange::IdentityLinked { name: name.clone() },
        CredentialChange::IdentityUnlinked { name },
    ]
}

fn reset(at: UtcTime, reason: ResetReason) -> Message {
    Message::ResetPassword(ResetPassword { link: link(), expires_at: at, reason })
}

/// Each kind, with what must stand in its mail.
pub(super) fn every_kind() -> Vec<(Vec<&'static str>, Message)> {
    let at = UtcTime::from_unix_seconds(1_800_600_000);
    let (time, seen) = ("2027-01-22 06:40 UTC", ["192.0.2.7", "Firefox", "Lisbon", "2027-01-22 06:40 UTC", LINK]);
    let approval = Approval {
        client_name: "Bank".to_owned(),
        binding_message: Some("W4SCT".to_owned()),
        link: LINK.to_owned(),
        expires_at: at,
    };
    let code = Some(Secret::from(CODE));
    let mut kinds = vec![
        (vec![LINK, time], Message::Invitation(Invitation { link: link(), expires_at: at })),
        (vec![LINK, time, "Bank", "W4SCT"], Message::Approval(approval)),
        (vec![LINK], Message::AccountExists(AccountExists { wanted: WantedAddress::NewAccount, link: link() })),
        (vec![LINK, time], Message::VerifyEmail(VerifyEmail { code: None, link: link(), expires_at: at })),
        (
            vec![LINK, time, CODE],
            Message::VerifyEmail(VerifyEmail { code: code.clone(), link: link(), expires_at: at }),
        ),
        (vec![LINK, time], reset(at, ResetReason::Forgotten)),
        (vec![LINK, time, "was not you"], reset(at, ResetReason::Disowned)),
        (vec![LINK, time], Message::EmailChangeConfirm(EmailChangeConfirm { link: link(), expires_at: at })),
        (seen.to_vec(), Message::EmailChanged(EmailChanged { at, from: somewhere(), not_me_link: Some(link()) })),
        (seen.to_vec(), Message::NewDevice(NewDevice { at, from: somewhere(), not_me_link: Some(link()) })),
        (vec![time], Message::NewDevice(NewDevice { at, from: Whereabouts::default(), not_me_link: None })),
        (vec!["192.0.2.7", time], Message::SignInBlocked(SignInBlocked { at, from: somewhere() })),
        (vec![CODE, time], Message::SignInCode(SignInCode { code: Secret::from(CODE), expires_at: at })),
        (vec![LINK, CODE, time], Message::MagicLink(MagicLink { link: link(), code, expires_at: at })),
        (vec![LINK, time], Message::MagicLink(MagicLink { link: link(), code: None, expires_at: at })),
        (vec![LINK, time], Message::AccountDeletionScheduled(AccountDeletionScheduled { at, undo_link: link() })),
        (vec![], Message::AccountDeleted(AccountDeleted {})),
        (vec![], Message::TestMail(TestMail {})),
        (vec![LINK], Message::AccountExists(AccountExists { wanted: WantedAddress::OtherAccount, link: link() })),
    ];
    kinds.extend(changes().into_iter().map(|what| {
        let changed = CredentialChanged { what, at, from: somewhere(), not_me_link: Some(link()) };
        (seen.to_vec(), Message::CredentialChanged(changed))
    }));
    kinds
}

fn render(message: Message, language: Option<&str>, look: &Look) -> Mail {
    let to = Recipient { language: language.map(str::to_owned), ..recipient("Ivan", "ivan@example.com") };
    OutboxItem::new(to, "Acme", message).render("out_1", look, UtcTime::from_unix_seconds(1_800_000_000)).unwrap()
}

#[test]
fn every_kind_of_mail_says_what_it_must_in_both_parts_and_lacks_no_words() {
    for (needed, message) in every_kind() {
        let mail = render(message.clone(), None, &Look::default());
        for part in [&mail.text, &mail.html] {
            for needed in needed.iter().chain(&["Hello Ivan,", "Acme"]) {
                assert!(part.contains(needed), "{message:?} lacks {needed}: {part}");
            }
            assert!(!part.contains("mail-") && !part.contains("{ $"), "{message:?}: {part}");
        }
        assert!(mail.subject.contains("Acme") || mail.subject.contains("Bank"), "{}", mail.subject);
        for mark in ["<b>", "<on>", "mail-"] {
            assert!(!mail.html.contains(mark), "{message:?}: {}", mail.html);
        }
        assert!(!mail.subject.contains(CODE), "a locked screen shows the subject");
    }
}

#[test]
fn no_kind_shows_its_secrets_in_a_log() {
    for (_, message) in every_kind().into_iter().filter(|(_, message)| !matches!(message, Message::Approval(_))) {
        let logged = format!("{message:?}");
        assert!(!logged.contains("SECRET-TOKEN") && !logged.contains(CODE), "{logged}");
    }
}

#[test]
fn every_kind_of_mail_has_a_kind_of_its_own_in_the_outbox() {
    let mut kinds: Vec<_> = every_kind().iter().map(|(_, message)| message.kind()).collect();
    assert!(kinds.iter().all(|kind| kind.starts_with(crate::MailDelivery::PREFIX)));
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 15);
}

#[test]
fn the_text_is_laid_out_to_be_read() {
    let (_, message) = every_kind().remove(4);
    let mail = render(message, None, &Look::default());
    let expected = "Hello Ivan,

Somebody, probably you, gave this address for an account at Acme. Confirm that it is yours.

Confirm the address:
https://id.example/t/acme/invitation?token=SECRET-TOKEN

Or type this code into the page that asks for it:

482913

This can be used once, until 2027-01-22 06:40 UTC.

If you did not expect this mail, ignore it: nothing happens.

-- 
Acme
You get this mail because of an account at Acme.
";
    assert_eq!(mail.text, expected);
}

#[test]
fn a_mail_looks_as_its_tenant_does() {
    let look = Look {
        logo_uri: Some("https://acme.example/logo.png?a=1&b=\"2".to_owned()),
        button: Some(ButtonColors { background: "#ffcc00".to_owned(), text: "#000000" }),
        support_uri: Some("mailto:help@acme.example".to_owned()),
        language: Some("de".to_owned()),
    };
    let mail = render(every_kind().remove(0).1, None, &look);
    for part in [
        "background: #ffcc00; color: #000000",
        "alt=\"Acme\"",
        "mailto:help@acme.example",
        "<html lang=\"de\" dir=\"ltr\">",
    ] {
        assert!(mail.html.contains(part), "{part}: {}", mail.html);
    }
    assert!(!mail.html.contains("b=\"2"), "{}", mail.html);
    assert!(mail.text.ends_with(": mailto:help@acme.example\n"), "{}", mail.text);
}

#[rstest::rstest]
#[case("ar", "<html lang=\"ar\" dir=\"rtl\">")]
#[case("ar-EG", "<html lang=\"ar\" dir=\"rtl\">")]
#[case("ja", "<html lang=\"ja\" dir=\"ltr\">")]
fn a_mail_runs_in_the_direction_of_its_language(#[case] language: &str, #[case] tag: &str) {
    let mail = render(every_kind().remove(0).1, Some(language), &Look::default());
    assert!(mail.html.contains(tag), "{}", mail.html);
}

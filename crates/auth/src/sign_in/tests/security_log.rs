//! Changes of credentials are recorded and told, in the transaction that makes them.

use latchkey_audit::{Outbox, RecordedEvent, event_store};
use latchkey_core::{Clock, Secret, UserId};
use latchkey_mail::messages::CredentialChange;
use latchkey_mail::{Mailer, SentMail, deliver_due};

use crate::testing::{Bench, address, benches, draft};
use crate::{Author, Origin, SecurityLog, UserDraft};

pub(super) fn outbox(bench: &Bench) -> Outbox {
    Outbox::new(Secret::new([7; 32]), bench.rng.clone())
}

fn visitor() -> Author {
    Author::Visitor(Origin { address: address(9), user_agent: "Mozilla/5.0 (X11; Linux) Firefox/140.0".to_owned() })
}

async fn owner(bench: &Bench, email_verified: bool) -> UserId {
    let draft = UserDraft { email_verified, ..draft("alice") };
    bench.user_of(&bench.tenant.id, draft, None).await.id
}

async fn events(bench: &Bench, user: &UserId) -> Vec<RecordedEvent> {
    let (tenant, user) = (bench.tenant.id.clone(), user.clone());
    bench.db.read(move |conn| event_store::list_of_user(conn, &tenant, &user, None, 100)).await.unwrap()
}

async fn mails(bench: &Bench) -> Vec<SentMail> {
    let mailer = Mailer::memory("Latchkey <no-reply@example.com>").unwrap();
    deliver_due(&bench.db, &mailer, &outbox(bench), &Clock::Frozen(bench.clock.clone())).await.unwrap();
    mailer.sent()
}

/// Records the change; whether the transaction is kept.
async fn change(bench: &Bench, user: &UserId, author: Author, what: CredentialChange) -> bool {
    let (tenant, user, now) = (bench.tenant.clone(), user.clone(), bench.clock.now());
    let log = SecurityLog::new(outbox(bench), bench.rng.clone(), "https://id.example.com".parse().unwrap());
    let written = bench.db.write(move |conn| {
        log.record_credential_change(conn, (&tenant, &user), (what.clone(), &author), now)?;
        if what == CredentialChange::TotpRemoved { Err(diesel::result::Error::RollbackTransaction) } else { Ok(()) }
    });
    written.await.is_ok()
}

#[tokio::test]
async fn a_change_leaves_an_event_and_a_mail_to_the_proved_address_that_name_it() {
    for bench in benches().await {
        let alice = owner(&bench, true).await;
        assert!(change(&bench, &alice, visitor(), CredentialChange::PasskeyAdded { name: "Key".to_owned() }).await);
        let events = events(&bench, &alice).await;
        let [event] = events.as_slice() else { panic!("{}: {events:?}", bench.name) };
        assert_eq!(
            (event.kind.as_str(), event.outcome.as_str(), event.actor.as_str()),
            ("passkey.added", "success", "user")
        );
        assert_eq!((event.address.as_deref(), event.details.find("name")), (Some("192.0.2.9"), Some(&"Key".into())));
        let mails = mails(&bench).await;
        let [mail] = mails.as_slice() else { panic!("{}: {mails:?}", bench.name) };
        assert_eq!(mail.to, ["alice@example.com"]);
        assert!(mail.text.contains("192.0.2.9") && mail.text.contains("Firefox, Linux"), "{}", mail.text);
    }
}

#[tokio::test]
async fn an_address_that_nobody_proved_gets_no_mail() {
    for bench in benches().await {
        let alice = owner(&bench, false).await;
        assert!(change(&bench, &alice, Author::Operator, CredentialChange::SecondFactorsRemoved).await);
        let events = events(&bench, &alice).await;
        assert_eq!(events.len(), 1, "{}", bench.name);
        assert_eq!((events[0].kind.as_str(), events[0].actor.as_str()), ("second_factors.removed", "operator"));
        assert!(mails(&bench).await.is_empty(), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_change_that_is_rolled_back_leaves_neither() {
    for bench in benches().await {
        let alice = owner(&bench, true).await;
        assert!(!change(&bench, &alice, visitor(), CredentialChange::TotpRemoved).await, "{}", bench.name);
        assert!(events(&bench, &alice).await.is_empty() && mails(&bench).await.is_empty(), "{}", bench.name);
    }
}

/// Every kind, once; a new one does not compile until it stands here.
fn every_change() -> Vec<(CredentialChange, &'static str)> {
    let name = || "Own".to_owned();
    let number = || "•••78".to_owned();
    let all = vec![
        CredentialChange::PasswordSet,
        CredentialChange::PasswordChanged,
        CredentialChange::PasswordReset,
        CredentialChange::PasskeyAdded { name: name() },
        CredentialChange::PasskeyRemoved { name: name() },
        CredentialChange::TotpAdded,
        CredentialChange::TotpRemoved,
        CredentialChange::RecoveryCodesReplaced,
        CredentialChange::RecoveryCodeUsed,
        CredentialChange::PhoneAdded { number: number() },
        CredentialChange::PhoneRemoved { number: number() },
        CredentialChange::DeviceAdded { name: name() },
        CredentialChange::DeviceRemoved { name: name() },
        CredentialChange::SecondFactorsRemoved,
        CredentialChange::IdentityLinked { name: name() },
        CredentialChange::IdentityUnlinked { name: name() },
    ];
    let kind = |change: &CredentialChange| match change {
        CredentialChange::PasswordSet => "password.set",
        CredentialChange::PasswordChanged => "password.changed",
        CredentialChange::PasswordReset => "password.reset",
        CredentialChange::PasskeyAdded { .. } => "passkey.added",
        CredentialChange::PasskeyRemoved { .. } => "passkey.removed",
        CredentialChange::TotpAdded => "totp.added",
        CredentialChange::TotpRemoved => "totp.removed",
        CredentialChange::RecoveryCodesReplaced => "recovery_codes.renewed",
        CredentialChange::RecoveryCodeUsed => "recovery_code.used",
        CredentialChange::PhoneAdded { .. } => "phone.added",
        CredentialChange::PhoneRemoved { .. } => "phone.removed",
        CredentialChange::DeviceAdded { .. } => "push_device.added",
        CredentialChange::DeviceRemoved { .. } => "push_device.removed",
        CredentialChange::SecondFactorsRemoved => "second_factors.removed",
        CredentialChange::IdentityLinked { .. } => "identity.linked",
        CredentialChange::IdentityUnlinked { .. } => "identity.unlinked",
    };
    all.into_iter().map(|change| (change.clone(), kind(&change))).collect()
}

#[tokio::test]
async fn every_kind_of_change_leaves_one_event_and_one_mail_with_a_link_of_its_own() {
    for bench in benches().await {
        let alice = owner(&bench, true).await;
        let mut links = std::collections::HashSet::new();
        for (turn, (what, kind)) in every_change().into_iter().enumerate() {
            bench.advance(1);
            let kept = what != CredentialChange::TotpRemoved;
            assert_eq!(change(&bench, &alice, visitor(), what).await, kept, "{}: {kind}", bench.name);
            if !kept {
                let (tenant, user, now) = (bench.tenant.clone(), alice.clone(), bench.clock.now());
                let log =
                    SecurityLog::new(outbox(&bench), bench.rng.clone(), "https://id.example.com".parse().unwrap());
                let what = CredentialChange::TotpRemoved;
                bench
                    .write(move |conn| {
                        log.record_credential_change(conn, (&tenant, &user), (what.clone(), &visitor()), now)
                    })
                    .await;
            }
            let events = events(&bench, &alice).await;
            assert_eq!(events.len(), turn + 1, "{}: {kind}", bench.name);
            assert!(events.iter().filter(|event| event.kind == kind).count() == 1, "{}: {kind}", bench.name);
            let mails = mails(&bench).await;
            let [mail] = mails.as_slice() else { panic!("{}: {kind}: {mails:?}", bench.name) };
            let link = mail.text.split_whitespace().find(|word| word.contains("/account/not-me?token="));
            assert!(links.insert(link.unwrap_or_else(|| panic!("{kind}: {}", mail.text)).to_owned()), "{kind}");
        }
    }
}

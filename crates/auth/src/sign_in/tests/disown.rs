//! Who had an account first has the last word.

use latchkey_audit::event_store;
use latchkey_core::{Clock, Secret, TenantId, UserId, UtcTime};
use latchkey_mail::messages::CredentialChange;
use latchkey_mail::{Mailer, SentMail, deliver_due};
use latchkey_storage::DbConnection;

use super::security_log::outbox;
use crate::one_time_link_store::{self, NewLink};
use crate::testing::{Bench, PASSWORD, address, benches, draft};
use crate::{
    Author, DisownOutcome, LinkPurpose, LinkToken, Origin, PasswordOutcome, SecurityLog, SinceThen, User, UserDraft,
    UserStatus, user_store,
};

const OWN: &str = "alice@example.com";

fn origin() -> Origin {
    Origin { address: address(9), user_agent: "Mozilla/5.0 (X11; Linux) Firefox/140.0".to_owned() }
}

fn no_grants(_: &mut DbConnection, _: &TenantId, _: &UserId, _: UtcTime) -> diesel::QueryResult<usize> {
    Ok(0)
}

async fn alice(bench: &Bench) -> User {
    let draft = UserDraft { email_verified: true, ..draft("alice") };
    bench.user_of(&bench.tenant.id, draft, Some(PASSWORD)).await
}

async fn mails(bench: &Bench) -> Vec<SentMail> {
    let mailer = Mailer::memory("Latchkey <no-reply@example.com>").unwrap();
    deliver_due(&bench.db, &mailer, &outbox(bench), &Clock::Frozen(bench.clock.clone())).await.unwrap();
    mailer.sent()
}

fn link_in(mail: &SentMail) -> Option<LinkToken> {
    let token = mail.text.split("/account/not-me?token=").nth(1)?.split_whitespace().next()?;
    Some(LinkToken::presented(Secret::from(token)))
}

/// The one link that was mailed since the last time, and to whom.
async fn notice(bench: &Bench) -> (LinkToken, String) {
    let mails = mails(bench).await;
    let [mail] = mails.as_slice() else { panic!("{}: {mails:?}", bench.name) };
    (link_in(mail).expect("a link"), mail.to[0].clone())
}

async fn find(bench: &Bench, user: &UserId) -> User {
    let (tenant, user) = (bench.tenant.id.clone(), user.clone());
    bench.db.read(move |conn| user_store::find_user(conn, &tenant, &user)).await.unwrap().expect("a user")
}

/// Gives the account another address, a second later; as the user does, or as an operator.
async fn move_to(bench: &Bench, user: &UserId, email: &str, told: bool) {
    bench.advance(1);
    let before = find(bench, user).await;
    let log = SecurityLog::new(outbox(bench), bench.rng.clone(), "https://id.example.com".parse().unwrap());
    let draft = UserDraft { email: Some(email.to_owned()), email_verified: true, ..draft("alice") };
    let (tenant, now, email) = (bench.tenant.clone(), bench.clock.now(), draft.check().unwrap());
    let rng = bench.rng.clone();
    bench
        .write(move |conn| {
            user_store::update_user(conn, &tenant.id, &before.id, &email, now)?;
            if told {
                let old = before.email.as_deref().unwrap_or_default();
                let back = NewLink { purpose: LinkPurpose::UndoEmail, user: &before.id, email: old, detail: Some(old) };
                one_time_link_store::insert_link(conn, &tenant.id, &LinkToken::generate(&rng), &back, now)?;
                log.record_email_change(conn, (&tenant, &before), (&Author::Visitor(origin()), None), now)?;
            }
            Ok(())
        })
        .await;
}

async fn change_password(bench: &Bench, user: &UserId) {
    bench.advance(1);
    let log = SecurityLog::new(outbox(bench), bench.rng.clone(), "https://id.example.com".parse().unwrap());
    let (tenant, user, now) = (bench.tenant.clone(), user.clone(), bench.clock.now());
    let what = CredentialChange::PasswordChanged;
    let author = Author::Visitor(origin());
    bench.write(move |conn| log.record_credential_change(conn, (&tenant, &user), (what.clone(), &author), now)).await;
}

async fn disown(bench: &Bench, token: &LinkToken) -> DisownOutcome {
    bench.advance(1);
    let said = (SinceThen::Removed, &origin());
    bench.sign_in.disown(&bench.tenant, token, said, no_grants).await.expect(bench.name).0
}

#[tokio::test]
async fn the_address_before_is_given_back_and_the_mail_goes_there_alone() {
    for bench in benches().await {
        let alice = alice(&bench).await;
        change_password(&bench, &alice.id).await;
        let (before, _) = notice(&bench).await;
        change_password(&bench, &alice.id).await;
        let (changed, _) = notice(&bench).await;
        move_to(&bench, &alice.id, "thief@example.com", true).await;
        assert_eq!(mails(&bench).await.pop().expect("a mail").to, [OWN]);
        change_password(&bench, &alice.id).await;
        let (of_thief, to) = notice(&bench).await;
        assert_eq!(to, "thief@example.com");

        let shown = bench.sign_in.find_disowned(&bench.tenant, &changed).await.unwrap().expect("a notice");
        assert!(shown.has_other_address && shown.has_password, "{shown:?}");
        let outcome = disown(&bench, &changed).await;
        assert_eq!(outcome, DisownOutcome::LinkMailed { address: OWN.to_owned() }, "{}", bench.name);
        let after = find(&bench, &alice.id).await;
        assert_eq!((after.email.as_deref(), after.email_verified, after.must_change_password), (Some(OWN), true, true));
        let sent = mails(&bench).await;
        let told: Vec<_> =
            sent.iter().map(|mail| (mail.to[0].as_str(), mail.text.contains("/reset-password"))).collect();
        assert_eq!(told.len(), 2, "{sent:?}");
        assert!(told.contains(&(OWN, true)) && told.contains(&("thief@example.com", false)), "{told:?}");
        assert!(sent.iter().all(|mail| link_in(mail).is_none()), "the thief has no last word: {sent:?}");
        assert_eq!(disown(&bench, &of_thief).await, DisownOutcome::Unusable, "{}", bench.name);
        assert_ne!(disown(&bench, &before).await, DisownOutcome::Unusable, "what the owner got before is still good");
    }
}

#[tokio::test]
async fn a_thief_who_says_so_first_ends_no_link_of_the_owner() {
    for bench in benches().await {
        let alice = alice(&bench).await;
        change_password(&bench, &alice.id).await;
        let (earlier, _) = notice(&bench).await;
        move_to(&bench, &alice.id, "thief@example.com", true).await;
        let _ = mails(&bench).await;
        change_password(&bench, &alice.id).await;
        let (of_thief, _) = notice(&bench).await;
        assert_ne!(disown(&bench, &of_thief).await, DisownOutcome::Unusable);
        mails(&bench).await;
        // Not even the notice of the change is needed.
        assert_eq!(disown(&bench, &earlier).await, DisownOutcome::LinkMailed { address: OWN.to_owned() });
        assert_eq!(find(&bench, &alice.id).await.email.as_deref(), Some(OWN), "{}", bench.name);
    }
}

#[tokio::test]
async fn an_address_that_an_operator_gave_is_not_taken_back_by_who_reads_the_old_one() {
    for bench in benches().await {
        let alice = alice(&bench).await;
        change_password(&bench, &alice.id).await;
        let (earlier, _) = notice(&bench).await;
        move_to(&bench, &alice.id, "new@example.com", false).await;
        assert!(bench.sign_in.find_disowned(&bench.tenant, &earlier).await.unwrap().is_none(), "{}", bench.name);
        assert_eq!(disown(&bench, &earlier).await, DisownOutcome::Unusable);
        assert_eq!(find(&bench, &alice.id).await.email.as_deref(), Some("new@example.com"));
    }
}

#[tokio::test]
async fn an_address_that_is_anothers_by_now_locks_the_account() {
    for bench in benches().await {
        let alice = alice(&bench).await;
        change_password(&bench, &alice.id).await;
        let (changed, _) = notice(&bench).await;
        move_to(&bench, &alice.id, "thief@example.com", true).await;
        let _ = mails(&bench).await;
        let other = UserDraft { email: Some(OWN.to_owned()), ..draft("other") };
        bench.user_of(&bench.tenant.id, other, None).await;
        assert_eq!(disown(&bench, &changed).await, DisownOutcome::Locked, "{}", bench.name);
        assert_eq!(find(&bench, &alice.id).await.status, UserStatus::Disabled);
        assert!(mails(&bench).await.iter().all(|mail| !mail.text.contains("/reset-password")));
    }
}

#[tokio::test]
async fn of_two_links_used_at_once_each_is_spent_once_and_the_session_is_over() {
    for bench in benches().await {
        let alice = alice(&bench).await;
        let session = bench.sign_in("alice").await;
        change_password(&bench, &alice.id).await;
        let (token, _) = notice(&bench).await;
        let (origin, other) = (origin(), bench.node(crate::testing::passwords(crate::testing::CHEAP)));
        let said = (SinceThen::Kept, &origin);
        let (one, two) = tokio::join!(
            bench.sign_in.disown(&bench.tenant, &token, said, no_grants),
            other.disown(&bench.tenant, &token, said, no_grants)
        );
        let outcomes = [one.unwrap().0, two.unwrap().0];
        let unusable = outcomes.iter().filter(|outcome| **outcome == DisownOutcome::Unusable).count();
        assert_eq!(unusable, 1, "{}: {outcomes:?}", bench.name);
        assert!(!bench.is_signed_in(&session).await);
        let refused = bench.submit(Bench::attempt("alice", PASSWORD)).await;
        assert!(matches!(refused, PasswordOutcome::Refused), "{refused:?}");
        let (tenant, user) = (bench.tenant.id.clone(), alice.id.clone());
        let events =
            bench.db.read(move |conn| event_store::list_of_user(conn, &tenant, &user, None, 100)).await.unwrap();
        assert_eq!(events.iter().filter(|event| event.kind == "account.disowned").count(), 1);
    }
}

#[tokio::test]
async fn who_never_had_a_password_needs_none_afterwards() {
    for bench in benches().await {
        let draft = UserDraft { email_verified: true, ..draft("alice") };
        let alice = bench.user_of(&bench.tenant.id, draft, None).await;
        change_password(&bench, &alice.id).await;
        let (token, _) = notice(&bench).await;
        assert_eq!(disown(&bench, &token).await, DisownOutcome::Ended, "{}", bench.name);
        assert!(!find(&bench, &alice.id).await.must_change_password);
        assert!(mails(&bench).await.is_empty());
    }
}

//! Invitations: single use, bound to tenant, user and address.

use std::time::Duration;

use latchkey_audit::Outbox;
use latchkey_core::{Clock, Secret};
use latchkey_mail::{Mailer, deliver_due};
use tokio::task::JoinSet;

use crate::testing::{Bench, address, benches, draft};
use crate::user_store::{self, UserWrite};
use crate::{AcceptOutcome, InvitationToken, Origin, PasswordRule, User, UserDraft, UserStatus, invitation_store};

const CHOSEN: &str = "a chosen password";

async fn invited(bench: &Bench) -> User {
    let draft = UserDraft { status: UserStatus::Invited, ..draft("ivan") };
    bench.user_of(&bench.tenant.id, draft, None).await
}

fn from() -> Origin {
    Origin { address: address(1), user_agent: "Browser/1".to_owned() }
}

async fn accept(bench: &Bench, token: &InvitationToken, password: &str) -> AcceptOutcome {
    bench.sign_in.accept_invitation(&bench.tenant, token, Secret::from(password), from()).await.expect(bench.name)
}

/// Mails an invitation and reads the token out of the mail.
async fn invite_by_mail(bench: &Bench, user: &User) -> InvitationToken {
    let outbox = Outbox::new(Secret::new([7; 32]), bench.rng.clone());
    let mailer = Mailer::memory("Latchkey <no-reply@example.com>").unwrap();
    let page = "https://id.example.com/t/acme/invitation";
    assert!(bench.sign_in.invite_by_mail(&bench.tenant, &user.id).await.unwrap(), "{}", bench.name);
    let clock = Clock::Frozen(bench.clock.clone());
    deliver_due(&bench.db, &mailer, &outbox, &clock).await.unwrap();
    let sent = mailer.sent();
    assert_eq!(sent.len(), 1, "{}", bench.name);
    assert_eq!(Some(sent[0].to[0].as_str()), user.email.as_deref());
    let link = sent[0].text.lines().find(|line| line.starts_with(page)).expect("a link");
    InvitationToken::presented(Secret::from(link.split_once("?token=").expect("a token").1))
}

#[tokio::test]
async fn an_accepted_invitation_sets_the_password_and_lets_the_user_in_once() {
    for bench in benches().await {
        let user = invited(&bench).await;
        let token = bench.sign_in.invite(&bench.tenant.id, &user.id).await.unwrap().expect("an invited user");
        let shown = bench.sign_in.find_invited_user(&bench.tenant.id, &token).await.unwrap();
        assert_eq!(shown, Some(user.clone()), "{}", bench.name);

        let AcceptOutcome::Accepted(accepted) = accept(&bench, &token, CHOSEN).await else { panic!("{}", bench.name) };
        assert_eq!((&accepted.id, accepted.status, accepted.email_verified), (&user.id, UserStatus::Active, false));
        assert_eq!(accept(&bench, &token, "another password").await, AcceptOutcome::Unknown, "{}", bench.name);
        assert_eq!(bench.sign_in.find_invited_user(&bench.tenant.id, &token).await.unwrap(), None);
        crate::testing::session_of(bench.submit(Bench::attempt("ivan", CHOSEN)).await);
        assert!(bench.sign_in.invite(&bench.tenant.id, &user.id).await.unwrap().is_none(), "{}", bench.name);
    }
}

#[tokio::test]
async fn of_racing_acceptances_one_wins() {
    for bench in benches().await {
        let user = invited(&bench).await;
        let token = bench.sign_in.invite(&bench.tenant.id, &user.id).await.unwrap().expect("an invited user");
        let mut racers = JoinSet::new();
        for turn in 0..20 {
            let (sign_in, tenant, token) = (bench.sign_in.clone(), bench.tenant.clone(), token.clone());
            racers.spawn(async move {
                let password = Secret::new(format!("chosen password {turn}"));
                let outcome = sign_in.accept_invitation(&tenant, &token, password, from()).await.unwrap();
                matches!(outcome, AcceptOutcome::Accepted(_))
            });
        }
        let winners = racers.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(winners, 1, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_token_is_good_for_seven_days_in_its_own_tenant_only() {
    for bench in benches().await {
        let user = invited(&bench).await;
        let token = bench.sign_in.invite(&bench.tenant.id, &user.id).await.unwrap().expect("an invited user");
        let other = bench.other_tenant().await;
        let elsewhere = bench.sign_in.accept_invitation(&other, &token, Secret::from(CHOSEN), from()).await.unwrap();
        assert_eq!(elsewhere, AcceptOutcome::Unknown, "{}", bench.name);
        let made_up = InvitationToken::presented(bench.rng.token());
        assert_eq!(accept(&bench, &made_up, CHOSEN).await, AcceptOutcome::Unknown, "{}", bench.name);
        bench.advance(7 * 24 * 60 * 60);
        assert_eq!(accept(&bench, &token, CHOSEN).await, AcceptOutcome::Unknown, "{}", bench.name);

        let ended_at = bench.clock.now();
        let sweep = async |before| bench.write(move |conn| invitation_store::delete_expired(conn, before, 100)).await;
        assert_eq!(sweep(ended_at).await, 0, "{}", bench.name);
        assert_eq!(sweep(ended_at.plus(Duration::from_secs(1))).await, 1, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_weak_password_is_named_and_does_not_spend_the_invitation() {
    for bench in benches().await {
        let user = invited(&bench).await;
        let token = bench.sign_in.invite(&bench.tenant.id, &user.id).await.unwrap().expect("an invited user");
        let long = "x".repeat(257);
        for (password, rule) in [
            ("seven77", PasswordRule::TooShort { least: 8 }),
            (long.as_str(), PasswordRule::TooLong),
            ("IVAN@example.com", PasswordRule::SameAsIdentifier),
        ] {
            assert_eq!(accept(&bench, &token, password).await, AcceptOutcome::PasswordRefused(rule), "{}", bench.name);
        }
        assert!(matches!(accept(&bench, &token, CHOSEN).await, AcceptOutcome::Accepted(_)), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_mailed_invitation_proves_the_address() {
    for bench in benches().await {
        let user = invited(&bench).await;
        let token = invite_by_mail(&bench, &user).await;
        let AcceptOutcome::Accepted(accepted) = accept(&bench, &token, CHOSEN).await else { panic!("{}", bench.name) };
        assert!(accepted.email_verified, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_mailed_invitation_does_not_prove_an_address_that_was_set_later() {
    for bench in benches().await {
        let user = invited(&bench).await;
        let token = invite_by_mail(&bench, &user).await;
        let changed =
            UserDraft { email: Some("victim@example.com".to_owned()), status: UserStatus::Invited, ..draft("ivan") };
        let changed = changed.check().unwrap();
        let (tenant, id, now) = (bench.tenant.id.clone(), user.id.clone(), bench.clock.now());
        let written = bench.write(move |conn| user_store::update_user(conn, &tenant, &id, &changed, now)).await;
        assert!(matches!(written, UserWrite::Written(_)), "{}", bench.name);
        let AcceptOutcome::Accepted(accepted) = accept(&bench, &token, CHOSEN).await else { panic!("{}", bench.name) };
        assert_eq!(accepted.email.as_deref(), Some("victim@example.com"));
        assert!(!accepted.email_verified, "{}", bench.name);
    }
}

#[tokio::test]
async fn accepting_one_invitation_ends_the_others_and_a_disabled_user_stays_out() {
    for bench in benches().await {
        let user = invited(&bench).await;
        let first = bench.sign_in.invite(&bench.tenant.id, &user.id).await.unwrap().expect("an invited user");
        let second = bench.sign_in.invite(&bench.tenant.id, &user.id).await.unwrap().expect("an invited user");
        assert!(matches!(accept(&bench, &second, CHOSEN).await, AcceptOutcome::Accepted(_)), "{}", bench.name);
        assert_eq!(accept(&bench, &first, "the old link's").await, AcceptOutcome::Unknown, "{}", bench.name);

        let draft = UserDraft { status: UserStatus::Invited, ..draft("dora") };
        let dora = bench.user_of(&bench.tenant.id, draft, None).await;
        let token = bench.sign_in.invite(&bench.tenant.id, &dora.id).await.unwrap().expect("an invited user");
        let (tenant, id, now) = (bench.tenant.id.clone(), dora.id.clone(), bench.clock.now());
        bench.write(move |conn| user_store::set_status(conn, &tenant, &id, UserStatus::Disabled, now)).await;
        assert_eq!(accept(&bench, &token, CHOSEN).await, AcceptOutcome::Unknown, "{}", bench.name);
    }
}

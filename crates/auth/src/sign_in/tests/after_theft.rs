//! Who knew a password once has nothing of it after the next one.

use std::time::Duration;

use latchkey_audit::Outbox;
use latchkey_core::{Clock, Secret};
use latchkey_mail::{Mailer, deliver_due};
use latchkey_tenants::{SecondFactorRule, Terms};

use crate::one_time_link::LinkToken;
use crate::passkey_device::PasskeyDevice;
use crate::sign_in::reset_password::ResetAsked;
use crate::sign_in::verify_email::CodeCheck;
use crate::testing::{Bench, PASSWORD, address, benches, session_of};
use crate::{
    ActionOutcome, ActionStage, AddedPasskey, AuthError, Entry, NewPasskeyAttempt, Origin, OwnAccount, PasskeyOwner,
    PasskeyRefusal, PasswordOutcome, RelyingParty, ResetOutcome, SecondFactorStage, SignedInWith, second_factor,
};

const ORIGIN: &str = "https://id.example.com";
const NEW_PASSWORD: &str = "a completely different one";

fn from() -> Origin {
    Origin { address: address(1), user_agent: "Browser/1.0".to_owned() }
}

fn with() -> SignedInWith {
    SignedInWith { from: from(), previous_session: None, device: None }
}

fn party(bench: &Bench) -> RelyingParty {
    RelyingParty::of(&bench.tenant, &format!("{ORIGIN}/t/{}", bench.tenant.slug)).expect("a domain")
}

async fn reset(bench: &Bench) {
    let asked = ResetAsked { identifier: Secret::from("alice"), interaction: None };
    bench.sign_in.mail_reset_link(&bench.tenant, &asked).await.unwrap();
    let mailer = Mailer::memory("Latchkey <no-reply@example.com>").unwrap();
    let outbox = Outbox::new(Secret::new([7; 32]), bench.rng.clone());
    deliver_due(&bench.db, &mailer, &outbox, &Clock::Frozen(bench.clock.clone())).await.unwrap();
    let text = mailer.sent().into_iter().map(|mail| mail.text).find(|text| text.contains("/reset-password?token="));
    let text = text.expect("a link");
    let token = text.split_once("?token=").and_then(|(_, rest)| rest.split_whitespace().next()).expect("a token");
    let token = LinkToken::presented(Secret::from(token));
    let revoke = |_: &mut _, _: &_, _: &_, _| Ok(0);
    let done = bench.sign_in.reset_password(&bench.tenant, &token, (Secret::from(NEW_PASSWORD), &from()), revoke).await;
    assert!(matches!(done.unwrap(), ResetOutcome::Done(_)), "{}", bench.name);
}

#[tokio::test]
async fn a_passkey_on_the_way_is_not_made_by_a_password_that_is_gone() {
    for mut bench in benches().await {
        bench.user("alice").await;
        bench.tenant.settings.authentication.second_factor = SecondFactorRule::Required;
        let interaction = bench.begin().await;
        let outcome =
            bench.sign_in.submit_password(&bench.tenant, &interaction, Bench::attempt("alice", PASSWORD)).await;
        assert!(matches!(outcome.unwrap(), PasswordOutcome::SecondFactorNeeded), "{}", bench.name);
        let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap();
        let interaction = found.expect("a sign-in");
        let stage = bench.sign_in.second_factor(&bench.tenant, &interaction, None).await.unwrap();
        let SecondFactorStage::Ask(step) = stage else { panic!("{}", bench.name) };
        let (mut device, owner, party) = (PasskeyDevice::at(ORIGIN), PasskeyOwner::OnTheWay(&step), party(&bench));
        let begun = bench.sign_in.begin_new_passkey(&bench.tenant, (&party, &interaction), owner).await.unwrap();
        let response = Secret::new(device.create(begun.expect("one may be made").as_str()));
        reset(&bench).await;

        let attempt = NewPasskeyAttempt { response, from: from(), name: None };
        let added = bench.sign_in.add_passkey(&bench.tenant, (&party, &interaction), owner, &attempt).await.unwrap();
        assert!(matches!(added, AddedPasskey::Refused(PasskeyRefusal::NoRoom)), "{}: {added:?}", bench.name);
    }
}

#[tokio::test]
async fn nothing_stays_of_who_made_an_account_with_the_address_of_somebody_else() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        assert!(!alice.email_verified);
        let interaction = bench.begin().await;
        let attempt = Bench::attempt("alice", PASSWORD);
        let session = session_of(bench.sign_in.submit_password(&bench.tenant, &interaction, attempt).await.unwrap());
        let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap();
        let interaction = found.expect("a sign-in");
        let cookie = session.cookie_value.expose().as_str();
        let own = bench.sign_in.own_account(&bench.tenant, &interaction, Some(cookie)).await.unwrap();
        let OwnAccount::Proved(own) = own else { panic!("{}", bench.name) };
        let (mut device, owner, party) = (PasskeyDevice::at(ORIGIN), PasskeyOwner::Own(&own), party(&bench));
        let begun = bench.sign_in.begin_new_passkey(&bench.tenant, (&party, &interaction), owner).await.unwrap();
        let response = Secret::new(device.create(begun.expect("one may be made").as_str()));
        let attempt = NewPasskeyAttempt { response, from: from(), name: None };
        let added = bench.sign_in.add_passkey(&bench.tenant, (&party, &interaction), owner, &attempt).await.unwrap();
        assert!(matches!(added, AddedPasskey::Added { .. }), "{}", bench.name);

        reset(&bench).await;
        let (tenant, id) = (bench.tenant.id.clone(), alice.id.clone());
        let has_any = bench.db.read(move |conn| second_factor::has_primary(conn, &tenant, &id)).await.unwrap();
        assert!(!has_any, "{}", bench.name);
        // With the address proved, a reset leaves what the owner has.
        let user = bench.sign_in.find_user(&bench.tenant, &alice.id).await.unwrap().expect("a user");
        assert!(user.email_verified, "{}", bench.name);
    }
}

#[tokio::test]
async fn what_is_done_before_a_session_does_not_make_the_sign_in_younger() {
    for mut bench in benches().await {
        bench.user("alice").await;
        let uri = Some("https://acme.example/terms".to_owned());
        bench.tenant.settings.terms = Some(Terms { version: "1".to_owned(), uri, texts: Default::default() });
        let interaction = bench.begin().await;
        let outcome =
            bench.sign_in.submit_password(&bench.tenant, &interaction, Bench::attempt("alice", PASSWORD)).await;
        assert!(matches!(outcome.unwrap(), PasswordOutcome::ActionRequired), "{}", bench.name);
        let proved_at = bench.clock.now();
        let mut entry = Entry::ActionRequired;
        for accepts in [false, false, true] {
            bench.advance(300);
            let found = bench.sign_in.find(&bench.tenant.id, &interaction.id, &bench.browser).await.unwrap();
            let interaction = found.expect("a sign-in");
            let stage = bench.sign_in.required_action(&bench.tenant, &interaction).await.unwrap();
            let ActionStage::Ask(step) = stage else { panic!("{}", bench.name) };
            let outcome = if accepts {
                bench.sign_in.accept_terms(&bench.tenant, &interaction, (&step, "1"), &with()).await.unwrap()
            } else {
                bench.sign_in.go_on_after_action(&bench.tenant, &interaction, &step, &with()).await.unwrap()
            };
            let ActionOutcome::Done(next) = outcome else { panic!("{}: {outcome:?}", bench.name) };
            entry = next;
        }
        let Entry::Opened(session) = entry else { panic!("{}", bench.name) };
        let found = bench.sign_in.find_session(&bench.tenant, session.cookie_value.expose()).await.unwrap();
        assert_eq!(found.expect("a session").session.authenticated_at, proved_at, "{}", bench.name);
    }
}

#[tokio::test]
async fn codes_of_addresses_are_bounded_for_all_of_a_tenant_together() {
    for bench in benches().await {
        let alice = bench.user("alice").await;
        let interaction = bench.begin().await;
        let owner = (&alice.id, "alice@example.com");
        bench.sign_in.keep_email_code(&bench.tenant, &interaction, owner).await.unwrap();
        let wrong = Secret::from("00000000");
        for _ in 0..1_000 {
            let checked = bench.sign_in.check_email_code(&bench.tenant.id, &interaction, &wrong).await.unwrap();
            assert!(!matches!(checked, CodeCheck::Right(_)), "{}", bench.name);
        }
        let (code, _) = bench.sign_in.keep_email_code(&bench.tenant, &interaction, owner).await.unwrap();
        let refused = bench.sign_in.check_email_code(&bench.tenant.id, &interaction, &code).await;
        let Err(AuthError::TooManyRequests { retry_after }) = refused else { panic!("{}", bench.name) };
        assert!(retry_after <= Duration::from_secs(600), "{}: {retry_after:?}", bench.name);
        bench.clock.advance(retry_after);
        let (code, _) = bench.sign_in.keep_email_code(&bench.tenant, &interaction, owner).await.unwrap();
        let checked = bench.sign_in.check_email_code(&bench.tenant.id, &interaction, &code).await.unwrap();
        assert!(matches!(checked, CodeCheck::Right(_)), "{}", bench.name);
    }
}

use latchkey_core::{Secret, TokenHash};
use latchkey_tenants::{
    AuthenticationPolicy, PasskeyAttestation, PasskeyPolicy, PasskeyUse, SecondFactorKind, SecondFactorRule, Tenant,
    UserVerification,
};
use tokio::task::JoinSet;

use crate::passkey_device::{Maker, PasskeyDevice};
use crate::testing::{Bench, PASSWORD, address, benches, draft, session_of};
use crate::{
    Acr, AddedPasskey, Entry, Interaction, NewPasskeyAttempt, NewSession, Origin, OwnAccount, OwnFactors,
    PasskeyAttempt, PasskeyFactorAttempt, PasskeyFactorOutcome, PasskeyOutcome, PasskeyOwner, PasskeyRefusal,
    PasswordOutcome, RelyingParty, SecondFactorStage, Session, SignedInWith, User, UserStatus, passkey, user_store,
};

const ORIGIN: &str = "https://id.example.com";
const MAKE: [u8; 16] = *b"0123456789abcdef";
const MAKE_TEXT: &str = "30313233-3435-3637-3839-616263646566";

fn party(tenant: &Tenant) -> RelyingParty {
    RelyingParty::of(tenant, &format!("{ORIGIN}/t/{}", tenant.slug)).expect("a domain")
}

fn with(session: Option<&NewSession>) -> SignedInWith {
    SignedInWith {
        from: Origin { address: address(1), user_agent: "Browser/1.0".to_owned() },
        previous_session: session.map(|session| session.cookie_value.clone()),
        device: None,
    }
}

impl Bench {
    fn allow(&mut self, change: impl FnOnce(&mut PasskeyPolicy)) {
        change(&mut self.tenant.settings.passkeys);
        self.tenant.settings.passkeys.validate().expect("a good policy");
    }

    async fn again(&self, interaction: &Interaction) -> Interaction {
        self.sign_in.find(&self.tenant.id, &interaction.id, &self.browser).await.unwrap().expect("it is there")
    }

    /// Signs in with the password and stays on the page of the own account.
    async fn own(&self, username: &str) -> (Interaction, NewSession, Box<OwnFactors>) {
        let interaction = self.begin().await;
        let attempt = Self::attempt(username, PASSWORD);
        let session = session_of(self.sign_in.submit_password(&self.tenant, &interaction, attempt).await.unwrap());
        let interaction = self.again(&interaction).await;
        let cookie = session.cookie_value.expose().as_str();
        match self.sign_in.own_account(&self.tenant, &interaction, Some(cookie)).await.unwrap() {
            OwnAccount::Proved(own) => (interaction, session, own),
            other => panic!("{}: {other:?}", self.name),
        }
    }

    async fn add(
        &self,
        (interaction, owner): (&Interaction, PasskeyOwner<'_>),
        device: &mut PasskeyDevice,
    ) -> AddedPasskey {
        let party = party(&self.tenant);
        let options = self.sign_in.begin_new_passkey(&self.tenant, (&party, interaction), owner).await.unwrap();
        let response = Secret::new(device.create(options.expect("one may be made").as_str()));
        let attempt = NewPasskeyAttempt { response, from: with(None).from, name: None };
        self.sign_in.add_passkey(&self.tenant, (&party, interaction), owner, &attempt).await.unwrap()
    }

    /// A user with a passkey on that device.
    async fn with_passkey(&self, username: &str, device: &mut PasskeyDevice) -> User {
        let user = self.user(username).await;
        let (interaction, _, own) = self.own(username).await;
        let added = self.add((&interaction, PasskeyOwner::Own(&own)), device).await;
        assert!(matches!(added, AddedPasskey::Added { .. }), "{}: {added:?}", self.name);
        user
    }

    async fn options(&self, interaction: &Interaction) -> String {
        let options = self.sign_in.begin_passkey(&self.tenant, &party(&self.tenant), interaction).await.unwrap();
        options.expect("it is a way to sign in").as_str().to_owned()
    }

    async fn answer(&self, interaction: &Interaction, response: &str) -> PasskeyOutcome {
        let attempt = PasskeyAttempt { response: Secret::from(response), with: with(None) };
        self.sign_in.submit_passkey(&self.tenant, &party(&self.tenant), interaction, attempt).await.unwrap()
    }

    async fn use_passkey(&self, device: &mut PasskeyDevice) -> PasskeyOutcome {
        let interaction = self.begin().await;
        let options = self.options(&interaction).await;
        let response = device.get(&options).expect("it keeps one");
        self.answer(&interaction, &response).await
    }

    async fn session(&self, session: &NewSession) -> Session {
        let found = self.sign_in.find_session(&self.tenant, session.cookie_value.expose()).await.unwrap();
        found.expect("a session").session
    }
}

fn signed_in(outcome: PasskeyOutcome) -> NewSession {
    match outcome {
        PasskeyOutcome::SignedIn(Entry::Opened(session)) => *session,
        other => panic!("not signed in: {other:?}"),
    }
}

fn refused(outcome: &PasskeyOutcome) -> PasskeyRefusal {
    match outcome {
        PasskeyOutcome::Refused(refusal) => *refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_passkey_that_recognizes_its_user_is_a_whole_sign_in_and_two_factors() {
    for bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        let alice = bench.with_passkey("alice", &mut device).await;
        let session = bench.session(&signed_in(bench.use_passkey(&mut device).await)).await;
        assert_eq!(session.user_id, alice.id);
        assert_eq!((session.acr.as_str(), session.factor.as_deref()), ("3", Some("passkey")), "{}", bench.name);
        assert_eq!(session.amr, ["pop", "user", "mfa"], "nothing proves what keeps the key");
    }
}

#[tokio::test]
async fn what_keeps_the_key_is_told_truthfully() {
    for mut bench in benches().await {
        let mut synced = PasskeyDevice::at(ORIGIN);
        synced.synced = true;
        bench.with_passkey("alice", &mut synced).await;
        let session = bench.session(&signed_in(bench.use_passkey(&mut synced).await)).await;
        assert_eq!(session.amr, ["swk", "user", "mfa"], "{}", bench.name);

        let maker = Maker::of(MAKE);
        bench.allow(|policy| {
            policy.attestation = PasskeyAttestation::Direct;
            policy.authenticators = vec![MAKE_TEXT.to_owned()];
            policy.attestation_roots = vec![maker.pem()];
        });
        let mut proved = PasskeyDevice::at(ORIGIN).made_by(&maker);
        bench.with_passkey("bob", &mut proved).await;
        let session = bench.session(&signed_in(bench.use_passkey(&mut proved).await)).await;
        assert_eq!(session.amr, ["hwk", "user", "mfa"], "{}", bench.name);
    }
}

#[tokio::test]
async fn without_recognition_of_the_user_it_is_refused_or_one_factor_as_the_tenant_says() {
    for mut bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        bench.with_passkey("alice", &mut device).await;
        device.verifies_user = false;
        assert_eq!(refused(&bench.use_passkey(&mut device).await), PasskeyRefusal::NotVerified, "{}", bench.name);

        bench.allow(|policy| policy.user_verification = UserVerification::Preferred);
        let mut plain = PasskeyDevice::at(ORIGIN);
        plain.verifies_user = false;
        bench.with_passkey("bob", &mut plain).await;
        let session = bench.session(&signed_in(bench.use_passkey(&mut plain).await)).await;
        assert_eq!((session.acr.as_str(), session.factor), ("1", None), "{}", bench.name);
        assert_eq!(session.amr, ["pop", "user"], "{}", bench.name);

        // The tenant of today counts, whatever the page was made with.
        let interaction = bench.begin().await;
        let options = bench.options(&interaction).await;
        let response = plain.get(&options).expect("a key");
        bench.allow(|policy| policy.user_verification = UserVerification::Required);
        assert_eq!(refused(&bench.answer(&interaction, &response).await), PasskeyRefusal::NotVerified);
    }
}

#[tokio::test]
async fn a_key_that_does_not_recognize_its_user_is_not_its_own_second_factor() {
    for mut bench in benches().await {
        bench.allow(|policy| policy.user_verification = UserVerification::Preferred);
        let mut device = PasskeyDevice::at(ORIGIN);
        device.verifies_user = false;
        bench.with_passkey("alice", &mut device).await;
        bench.tenant.settings.authentication =
            AuthenticationPolicy { second_factor: SecondFactorRule::Required, ..AuthenticationPolicy::default() };
        let interaction = bench.begin().await;
        let options = bench.options(&interaction).await;
        let outcome = bench.answer(&interaction, &device.get(&options).expect("a key")).await;
        assert!(matches!(outcome, PasskeyOutcome::SecondFactorNeeded), "{}: {outcome:?}", bench.name);
        let interaction = bench.again(&interaction).await;
        let stage = bench.sign_in.second_factor(&bench.tenant, &interaction, None).await.unwrap();
        let SecondFactorStage::Ask(step) = stage else { panic!("{}: {stage:?}", bench.name) };
        assert_eq!((step.kinds.len(), step.enrollable.contains(&SecondFactorKind::Totp)), (0, true), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_challenge_is_answered_once_within_its_sign_in() {
    for bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        device.counter = None;
        bench.with_passkey("alice", &mut device).await;
        let interaction = bench.begin().await;
        let options = bench.options(&interaction).await;
        assert_eq!(options, bench.options(&interaction).await, "a page that is loaded again asks the same");
        let response = device.get(&options).expect("a key");
        let elsewhere = bench.begin().await;
        bench.options(&elsewhere).await;
        assert_eq!(refused(&bench.answer(&elsewhere, &response).await), PasskeyRefusal::Wrong, "{}", bench.name);
        signed_in(bench.answer(&interaction, &response).await);
        assert_eq!(refused(&bench.answer(&interaction, &response).await), PasskeyRefusal::Wrong, "{}", bench.name);
        bench.options(&interaction).await;
        assert_eq!(refused(&bench.answer(&interaction, &response).await), PasskeyRefusal::Wrong, "{}", bench.name);
    }
}

#[tokio::test]
async fn of_answers_that_race_one_is_let_in() {
    for bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        device.counter = None;
        bench.with_passkey("alice", &mut device).await;
        let interaction = bench.begin().await;
        let response = device.get(&bench.options(&interaction).await).expect("a key");
        let mut racing = JoinSet::new();
        for _ in 0..10 {
            let (sign_in, tenant, interaction) = (bench.sign_in.clone(), bench.tenant.clone(), interaction.clone());
            let attempt = PasskeyAttempt { response: Secret::from(response.as_str()), with: with(None) };
            racing.spawn(async move {
                sign_in.submit_passkey(&tenant, &party(&tenant), &interaction, attempt).await.unwrap()
            });
        }
        let outcomes = racing.join_all().await;
        let let_in = outcomes.iter().filter(|outcome| matches!(outcome, PasskeyOutcome::SignedIn(_))).count();
        assert_eq!(let_in, 1, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_counter_that_goes_back_ends_the_passkey_and_nothing_else() {
    for bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        bench.with_passkey("alice", &mut device).await;
        signed_in(bench.use_passkey(&mut device).await);
        let mut copy = device.clone();
        signed_in(bench.use_passkey(&mut device).await);
        signed_in(bench.use_passkey(&mut device).await);
        assert_eq!(refused(&bench.use_passkey(&mut copy).await), PasskeyRefusal::Suspected, "{}", bench.name);
        // Nobody knows which of the two is the copy.
        for _ in 0..2 {
            assert_eq!(refused(&bench.use_passkey(&mut device).await), PasskeyRefusal::Suspected, "{}", bench.name);
        }
        let (_, _, own) = bench.own("alice").await;
        assert!(own.passkeys[0].suspected_at.is_some(), "{}: the password still lets in", bench.name);
    }
}

#[tokio::test]
async fn a_forged_answer_with_a_low_counter_does_not_end_a_passkey() {
    for bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        bench.with_passkey("alice", &mut device).await;
        let mut early = device.clone();
        signed_in(bench.use_passkey(&mut device).await);
        signed_in(bench.use_passkey(&mut device).await);
        let interaction = bench.begin().await;
        let options = bench.options(&interaction).await;
        let mut forged: serde_json::Value = serde_json::from_str(&early.get(&options).expect("a key")).unwrap();
        let other: serde_json::Value = serde_json::from_str(&device.clone().get(&options).expect("a key")).unwrap();
        forged["response"]["signature"] = other["response"]["signature"].clone();
        assert_eq!(refused(&bench.answer(&interaction, &forged.to_string()).await), PasskeyRefusal::Wrong);
        signed_in(bench.use_passkey(&mut device).await);
    }
}

#[tokio::test]
async fn a_passkey_of_one_tenant_is_unknown_to_another_on_the_same_host() {
    for bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        bench.with_passkey("alice", &mut device).await;
        let other = bench.other_tenant().await;
        bench.user_of(&other.id, draft("alice"), Some(PASSWORD)).await;
        let visitor = bench.visitor();
        let interaction = bench.sign_in.begin(&other, visitor, bench.request()).await.unwrap();
        let options = bench.sign_in.begin_passkey(&other, &party(&other), &interaction).await.unwrap();
        let response = device.get(options.expect("a way").as_str()).expect("the host is the same");
        let attempt = PasskeyAttempt { response: Secret::new(response), with: with(None) };
        let outcome = bench.sign_in.submit_passkey(&other, &party(&other), &interaction, attempt).await.unwrap();
        assert_eq!(refused(&outcome), PasskeyRefusal::Wrong, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_false_site_and_an_earlier_issuer_are_no_use() {
    for mut bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        bench.with_passkey("alice", &mut device).await;
        for origin in [
            "https://id.example.com.evil.test",
            "https://evil.test",
            "http://id.example.com",
            "https://id.example.com:8443",
            "https://a.id.example.com",
        ] {
            let outcome = bench.use_passkey(&mut device.clone().visiting(origin)).await;
            assert_eq!(refused(&outcome), PasskeyRefusal::Wrong, "{}: {origin}", bench.name);
        }
        bench.tenant.issuer_host = Some("id.example.com".to_owned());
        let outcome = bench.use_passkey(&mut device).await;
        assert_eq!(refused(&outcome), PasskeyRefusal::Wrong, "{}: made for the shared host", bench.name);
    }
}

#[tokio::test]
async fn whoever_may_not_sign_in_or_has_lost_the_passkey_is_refused() {
    for bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        let alice = bench.with_passkey("alice", &mut device).await;
        let (tenant, id, now) = (bench.tenant.id.clone(), alice.id.clone(), bench.clock.now());
        bench.write(move |conn| user_store::set_status(conn, &tenant, &id, UserStatus::Disabled, now)).await;
        assert_eq!(refused(&bench.use_passkey(&mut device).await), PasskeyRefusal::Wrong, "{}", bench.name);
        let (tenant, id) = (bench.tenant.id.clone(), alice.id.clone());
        bench
            .write(move |conn| {
                user_store::set_status(conn, &tenant, &id, UserStatus::Active, now)?;
                passkey::delete_all(conn, &tenant, &id)
            })
            .await;
        assert_eq!(refused(&bench.use_passkey(&mut device).await), PasskeyRefusal::Wrong, "{}", bench.name);
    }
}

#[tokio::test]
async fn junk_is_refused_and_counted_by_address() {
    for mut bench in benches().await {
        bench.tenant.settings.sign_in_attempts_per_address = 4;
        let mut device = PasskeyDevice::at(ORIGIN);
        bench.with_passkey("alice", &mut device).await;
        for _ in 0..3 {
            signed_in(bench.use_passkey(&mut device).await);
        }
        for junk in ["", "{}", "null", r#"{"id":"AA","rawId":"AA","type":"public-key","response":{}}"#] {
            let interaction = bench.begin().await;
            bench.options(&interaction).await;
            assert_eq!(refused(&bench.answer(&interaction, junk).await), PasskeyRefusal::Wrong, "{}", bench.name);
        }
        let outcome = bench.use_passkey(&mut device).await;
        assert!(matches!(outcome, PasskeyOutcome::Throttled { .. }), "{}: {outcome:?}", bench.name);
    }
}

#[tokio::test]
async fn as_second_factor_it_makes_the_strongest_class_and_only_the_users_own_counts() {
    for mut bench in benches().await {
        bench.allow(|policy| policy.purpose = PasskeyUse::SecondFactor);
        let (mut device, mut bobs) = (PasskeyDevice::at(ORIGIN), PasskeyDevice::at(ORIGIN));
        bench.with_passkey("alice", &mut device).await;
        bench.with_passkey("bob", &mut bobs).await;
        for (device, right) in [(&mut bobs, false), (&mut device, true)] {
            let interaction = bench.begin().await;
            assert!(
                bench
                    .sign_in
                    .begin_passkey(&bench.tenant, &party(&bench.tenant), &interaction)
                    .await
                    .unwrap()
                    .is_none()
            );
            let attempt = Bench::attempt("alice", PASSWORD);
            let outcome = bench.sign_in.submit_password(&bench.tenant, &interaction, attempt).await.unwrap();
            assert!(matches!(outcome, PasswordOutcome::SecondFactorNeeded), "{}: {outcome:?}", bench.name);
            let interaction = bench.again(&interaction).await;
            let stage = bench.sign_in.second_factor(&bench.tenant, &interaction, None).await.unwrap();
            let SecondFactorStage::Ask(step) = stage else { panic!("{}: {stage:?}", bench.name) };
            let party = party(&bench.tenant);
            let options = bench.sign_in.begin_passkey_factor(&bench.tenant, &party, &interaction, &step).await.unwrap();
            let response = Secret::new(device.get_with_any(options.expect("she has one").as_str()));
            let attempt = PasskeyFactorAttempt { response, remember: false, with: with(None) };
            let outcome = bench
                .sign_in
                .submit_passkey_factor(&bench.tenant, (&party, &interaction), &step, attempt)
                .await
                .unwrap();
            match (outcome, right) {
                (PasskeyFactorOutcome::Refused(PasskeyRefusal::Wrong), false) => {}
                (PasskeyFactorOutcome::SignedIn { entry: Entry::Opened(session), .. }, true) => {
                    let session = bench.session(&session).await;
                    assert_eq!((session.acr.as_str(), session.factor.as_deref()), ("3", Some("passkey")));
                    assert_eq!(session.amr, ["pwd", "pop", "user", "mfa"]);
                }
                (other, _) => panic!("{}: {other:?}", bench.name),
            }
        }
    }
}

#[tokio::test]
async fn where_it_takes_the_place_of_the_password_having_one_does_not_take_the_password_away() {
    for bench in benches().await {
        let mut device = PasskeyDevice::at(ORIGIN);
        bench.with_passkey("alice", &mut device).await;
        let session = bench.session(&bench.sign_in("alice").await).await;
        assert_eq!((session.acr.as_str(), session.amr), (Acr::OneFactor.as_str(), vec!["pwd".to_owned()]));
        // But a password alone looks after nothing any more.
        let interaction = bench.begin().await;
        let attempt = Bench::attempt("alice", PASSWORD);
        let session = session_of(bench.sign_in.submit_password(&bench.tenant, &interaction, attempt).await.unwrap());
        let interaction = bench.again(&interaction).await;
        let cookie = session.cookie_value.expose().as_str();
        let own = bench.sign_in.own_account(&bench.tenant, &interaction, Some(cookie)).await.unwrap();
        assert!(matches!(own, OwnAccount::SecondFactorFirst), "{}: {own:?}", bench.name);
    }
}

#[tokio::test]
async fn only_makes_of_the_list_that_can_show_it_are_taken() {
    for mut bench in benches().await {
        let (maker, forger) = (Maker::of(MAKE), Maker::of(MAKE));
        let another = Maker::of([9; 16]);
        bench.allow(|policy| {
            policy.attestation = PasskeyAttestation::Direct;
            policy.authenticators = vec![MAKE_TEXT.to_owned()];
            policy.attestation_roots = vec![maker.pem(), another.pem()];
        });
        bench.user("alice").await;
        let (interaction, _, own) = bench.own("alice").await;
        for (what, mut device) in [
            ("nothing shown", PasskeyDevice::at(ORIGIN).claiming(MAKE)),
            ("shown by somebody else", PasskeyDevice::at(ORIGIN).made_by(&forger)),
            ("not on the list", PasskeyDevice::at(ORIGIN).made_by(&another)),
        ] {
            let added = bench.add((&interaction, PasskeyOwner::Own(&own)), &mut device).await;
            assert!(matches!(added, AddedPasskey::Refused(_)), "{}: {what}: {added:?}", bench.name);
        }
        let mut device = PasskeyDevice::at(ORIGIN).made_by(&maker);
        let added = bench.add((&interaction, PasskeyOwner::Own(&own)), &mut device).await;
        assert!(matches!(added, AddedPasskey::Added { .. }), "{}: {added:?}", bench.name);
    }
}

#[tokio::test]
async fn the_answer_to_one_new_passkey_makes_no_second() {
    for bench in benches().await {
        bench.user("alice").await;
        let (interaction, _, own) = bench.own("alice").await;
        let (party, owner) = (party(&bench.tenant), PasskeyOwner::Own(&own));
        let options = bench.sign_in.begin_new_passkey(&bench.tenant, (&party, &interaction), owner).await.unwrap();
        let response = Secret::new(PasskeyDevice::at(ORIGIN).create(options.expect("allowed").as_str()));
        let attempt = NewPasskeyAttempt { response, from: with(None).from, name: Some(" \u{7}My\nphone ".to_owned()) };
        let add = || bench.sign_in.add_passkey(&bench.tenant, (&party, &interaction), owner, &attempt);
        assert!(matches!(add().await.unwrap(), AddedPasskey::Added { .. }), "{}", bench.name);
        assert!(matches!(add().await.unwrap(), AddedPasskey::Refused(PasskeyRefusal::Wrong)), "{}", bench.name);
        let (tenant, user) = (bench.tenant.id.clone(), own.active.user.id.clone());
        let kept = bench.write(move |conn| passkey::list_passkeys(conn, &tenant, &user)).await;
        assert_eq!(kept.iter().map(|passkey| passkey.name.as_str()).collect::<Vec<_>>(), ["Myphone"], "{}", bench.name);
    }
}

#[tokio::test]
async fn not_now_is_remembered_for_its_days() {
    for bench in benches().await {
        bench.user("alice").await;
        let offered = async |expected: bool| {
            let (interaction, session, _) = bench.own("alice").await;
            let cookie = Some(session.cookie_value.expose().as_str());
            let offer = bench.sign_in.passkey_offer(&bench.tenant, &interaction, cookie).await.unwrap();
            assert_eq!(offer.is_some(), expected, "{}", bench.name);
            offer
        };
        let own = offered(true).await.expect("an offer");
        bench.sign_in.put_off_passkey(&bench.tenant, &own).await.unwrap();
        offered(false).await;
        bench.advance(30 * 24 * 60 * 60);
        offered(true).await;
    }
}

#[tokio::test]
async fn a_user_handle_tells_nothing_and_differs_between_tenants() {
    for bench in benches().await {
        let (alice, other) = (bench.user("alice").await, bench.other_tenant().await);
        let handle = passkey::user_handle(&bench.tenant.id, &alice.id);
        assert_ne!(handle, passkey::user_handle(&other.id, &alice.id));
        assert_ne!(TokenHash::of(alice.id.as_str()).as_str().as_bytes(), handle);
    }
}

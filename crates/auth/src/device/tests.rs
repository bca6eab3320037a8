use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::*;
use crate::testing::{Bench, address, benches};

struct Setup {
    bench: Bench,
    devices: Devices,
    active: ActiveSession,
}

async fn setups() -> Vec<Setup> {
    let mut setups = Vec::new();
    for bench in benches().await {
        bench.user("alice").await;
        let session = bench.sign_in("alice").await;
        let active = bench.sign_in.find_session(&bench.tenant, session.cookie_value.expose()).await;
        let active = active.expect(bench.name).expect("a session");
        let devices = Devices::new(bench.cache.clone(), Clock::Frozen(bench.clock.clone()), bench.rng.clone());
        setups.push(Setup { bench, devices, active });
    }
    setups
}

fn tv() -> ClientId {
    "tv".parse().expect("a client id")
}

impl Setup {
    async fn begin(&self) -> DeviceCodes {
        let request = DeviceRequest {
            client_id: tv(),
            scope: Scope::from_iter(["openid"]),
            audience: Vec::new(),
            authorization_details: None,
        };
        self.devices.begin(&self.bench.tenant.id, request).await.expect(self.bench.name)
    }

    async fn poll(&self, codes: &DeviceCodes) -> Polled<DeviceRequest> {
        self.devices.poll(&self.bench.tenant.id, &tv(), &codes.device_code).await.expect(self.bench.name)
    }

    async fn answer(&self, codes: &DeviceCodes, answer: Answer) -> Answered {
        let tenant = &self.bench.tenant.id;
        self.devices.answer(tenant, &codes.user_code, &self.active, answer).await.expect(self.bench.name)
    }

    async fn look_up(&self, user_code: &UserCode, last: u8, browser: &BrowserBinding) -> LookUp {
        let typist = Typist { address: address(last), browser };
        self.devices.look_up(&self.bench.tenant.id, user_code, typist).await.expect(self.bench.name)
    }
}

#[tokio::test]
async fn an_approved_device_is_told_once_and_a_denied_one_each_time() {
    for setup in setups().await {
        let (approved, denied) = (setup.begin().await, setup.begin().await);
        assert_eq!(setup.poll(&approved).await, Polled::Pending);
        assert_eq!(setup.answer(&approved, Answer::Approve).await, Answered::Recorded);
        assert_eq!(setup.answer(&denied, Answer::Deny).await, Answered::Recorded);
        let Polled::Approved { approval, .. } = setup.poll(&approved).await else { panic!("not approved") };
        assert_eq!(
            (approval.user_id, approval.session_id),
            (setup.active.user.id.clone(), setup.active.session.id.clone())
        );
        assert_eq!(setup.poll(&approved).await, Polled::Unknown);
        assert_eq!(setup.poll(&denied).await, Polled::Denied);
        assert_eq!(setup.poll(&denied).await, Polled::Denied);
        // A code that was answered is over.
        assert_eq!(setup.answer(&denied, Answer::Approve).await, Answered::TooLate);
        assert_eq!(setup.answer(&approved, Answer::Approve).await, Answered::TooLate);
    }
}

#[tokio::test]
async fn of_racing_polls_one_is_approved_and_of_racing_answers_one_counts() {
    for setup in setups().await {
        let codes = setup.begin().await;
        let mut answers = JoinSet::new();
        for index in 0..8 {
            let (devices, tenant, active) =
                (setup.devices.clone(), setup.bench.tenant.id.clone(), setup.active.clone());
            let (user_code, answer) =
                (codes.user_code.clone(), if index % 2 == 0 { Answer::Approve } else { Answer::Deny });
            answers.spawn(async move {
                let answered = devices.answer(&tenant, &user_code, &active, answer).await.expect("answers");
                (answered == Answered::Recorded).then_some(answer)
            });
        }
        let counted: Vec<Answer> = answers.join_all().await.into_iter().flatten().collect();
        assert_eq!(counted.len(), 1, "{}: {counted:?}", setup.bench.name);

        let mut polls = JoinSet::new();
        for _ in 0..8 {
            let (devices, tenant, code) =
                (setup.devices.clone(), setup.bench.tenant.id.clone(), codes.device_code.clone());
            polls.spawn(async move { devices.poll(&tenant, &tv(), &code).await.expect("polls") });
        }
        let told = polls.join_all().await;
        let (approved, denied) = (
            told.iter().filter(|polled| matches!(polled, Polled::Approved { .. })).count(),
            told.iter().filter(|polled| **polled == Polled::Denied).count(),
        );
        let expected = if counted == [Answer::Approve] { (1, 0) } else { (0, 8) };
        assert_eq!((approved, denied), expected, "{}: {told:?}", setup.bench.name);
    }
}

#[tokio::test]
async fn a_code_is_worth_nothing_to_another_client_or_tenant_and_stays_unharmed() {
    for setup in setups().await {
        let codes = setup.begin().await;
        setup.answer(&codes, Answer::Approve).await;
        let other = setup.bench.other_tenant().await.id;
        let stranger: ClientId = "stranger".parse().expect("a client id");
        let (tenant, code) = (&setup.bench.tenant.id, &codes.device_code);
        assert_eq!(setup.devices.poll(tenant, &stranger, code).await.expect("polls"), Polled::Unknown);
        assert_eq!(setup.devices.poll(&other, &tv(), code).await.expect("polls"), Polled::Unknown);
        let waiting = setup.begin().await;
        assert_eq!(setup.devices.find(&other, &waiting.user_code).await.expect("finds"), None);
        let late = setup.devices.answer(&other, &waiting.user_code, &setup.active, Answer::Deny).await;
        assert_eq!(late.expect("answers"), Answered::TooLate);
        assert_eq!(setup.poll(&waiting).await, Polled::Pending);
        assert!(matches!(setup.poll(&codes).await, Polled::Approved { .. }));
    }
}

#[tokio::test]
async fn asking_too_often_costs_five_seconds_each_time() {
    for setup in setups().await {
        let codes = setup.begin().await;
        assert_eq!(setup.poll(&codes).await, Polled::Pending);
        // In time, with the second that the network may be off by.
        setup.bench.advance(4);
        assert_eq!(setup.poll(&codes).await, Polled::Pending);
        setup.bench.advance(2);
        assert_eq!(setup.poll(&codes).await, Polled::TooFast);
        setup.bench.advance(5);
        assert_eq!(setup.poll(&codes).await, Polled::TooFast, "{}: ten seconds now", setup.bench.name);
        setup.bench.advance(15);
        assert_eq!(setup.poll(&codes).await, Polled::Pending);
        setup.bench.advance(10);
        assert_eq!(setup.poll(&codes).await, Polled::TooFast, "{}: the interval stays", setup.bench.name);
    }
}

#[tokio::test]
async fn what_was_not_answered_in_time_is_expired_for_a_while_and_then_unknown() {
    for setup in setups().await {
        let (codes, approved) = (setup.begin().await, setup.begin().await);
        setup.bench.advance(599);
        assert!(setup.devices.find(&setup.bench.tenant.id, &codes.user_code).await.expect("finds").is_some());
        assert_eq!(setup.answer(&approved, Answer::Approve).await, Answered::Recorded);
        setup.bench.advance(1);
        assert_eq!(setup.devices.find(&setup.bench.tenant.id, &codes.user_code).await.expect("finds"), None);
        assert_eq!(setup.answer(&codes, Answer::Approve).await, Answered::TooLate);
        assert_eq!(setup.poll(&codes).await, Polled::Expired);
        assert_eq!(setup.poll(&approved).await, Polled::Expired);
        setup.bench.advance(600);
        assert_eq!(setup.poll(&codes).await, Polled::Unknown);
    }
}

#[tokio::test]
async fn guesses_are_bounded_by_browser_and_by_address_and_right_codes_cost_nothing() {
    for setup in setups().await {
        let codes = setup.begin().await;
        let wrong = UserCode::parse("BBBB-BBBB").expect("a code");
        let throttled = |looked: &LookUp| matches!(looked, LookUp::Throttled { .. });
        for _ in 0..15 {
            assert!(matches!(setup.look_up(&codes.user_code, 1, &setup.bench.browser).await, LookUp::Found(_)));
        }
        for _ in 0..10 {
            assert_eq!(setup.look_up(&wrong, 1, &setup.bench.browser).await, LookUp::Wrong);
        }
        assert!(throttled(&setup.look_up(&wrong, 1, &setup.bench.browser).await));
        // Not even a right code tells anything now, and another address does not help.
        assert!(throttled(&setup.look_up(&codes.user_code, 2, &setup.bench.browser).await));

        // An address with a new browser each time: 30, of which 10 are used up.
        let mut seen = BTreeSet::new();
        for index in 0..21 {
            let browser = BrowserBinding::new(setup.bench.rng.token());
            if throttled(&setup.look_up(&wrong, 1, &browser).await) {
                seen.insert(index);
            }
        }
        assert_eq!(seen, BTreeSet::from([20]), "{}", setup.bench.name);
        let elsewhere = BrowserBinding::new(setup.bench.rng.token());
        assert!(matches!(setup.look_up(&codes.user_code, 3, &elsewhere).await, LookUp::Found(_)));
        setup.bench.advance(600);
        assert_eq!(setup.look_up(&wrong, 1, &setup.bench.browser).await, LookUp::Wrong);
    }
}

#[tokio::test]
async fn a_tenant_bears_a_thousand_wrong_codes() {
    let setup = setups().await.swap_remove(0);
    let wrong = UserCode::parse("BBBB-BBBB").expect("a code");
    let mut wrongs = 0;
    for index in 0..=1_000_u16 {
        let [high, low] = index.to_be_bytes();
        let browser = BrowserBinding::new(setup.bench.rng.token());
        let typist = Typist { address: IpAddr::from([10, 0, high, low]), browser: &browser };
        if setup.devices.look_up(&setup.bench.tenant.id, &wrong, typist).await.expect("looks") == LookUp::Wrong {
            wrongs += 1;
        }
    }
    assert_eq!(wrongs, 1_000);
}

use latchkey_core::Secret;
use latchkey_mail::{Mailer, Outbox};
use tokio::task::JoinSet;

use super::*;
use crate::testing::{Bench, benches};

struct Setup {
    bench: Bench,
    backchannel: Backchannel,
    alice: ActiveSession,
    bob: ActiveSession,
}

async fn setups() -> Vec<Setup> {
    let mut setups = Vec::new();
    for bench in benches().await {
        let mut sessions = Vec::new();
        for name in ["alice", "bob"] {
            bench.user(name).await;
            let session = bench.sign_in(name).await;
            let active = bench.sign_in.find_session(&bench.tenant, session.cookie_value.expose()).await;
            sessions.push(active.expect(bench.name).expect("a session"));
        }
        let (bob, alice) = (sessions.pop().expect("bob"), sessions.pop().expect("alice"));
        let outbox = Outbox::new(Secret::new([7; 32]), bench.rng.clone());
        let notices = BackchannelNotices::new(outbox, Mailer::none());
        let clock = Clock::Frozen(bench.clock.clone());
        let backchannel = Backchannel::new(bench.db.clone(), bench.cache.clone(), clock, bench.rng.clone(), notices);
        setups.push(Setup { bench, backchannel, alice, bob });
    }
    setups
}

fn bank() -> ClientId {
    "bank".parse().expect("a client id")
}

impl Setup {
    async fn begin(&self, login: &str) -> Secret<String> {
        let now = self.bench.clock.now();
        let request = BackchannelRequest {
            client_id: bank(),
            client_name: "Bank".to_owned(),
            client_names: BTreeMap::new(),
            scope: Scope::from_iter(["openid"]),
            audience: Vec::new(),
            authorization_details: None,
            binding_message: None,
            delivery: Delivery::Poll,
            created_at: now,
            expires_at: now.plus(Duration::from_secs(300)),
        };
        let hint = Hint::Login(login.to_owned());
        self.backchannel.begin(&self.bench.tenant, hint, request, "https://id/requests").await.expect(self.bench.name)
    }

    async fn list(&self, active: &ActiveSession) -> Vec<PendingRequest> {
        self.backchannel.list(&self.bench.tenant.id, &active.user.id).await.expect(self.bench.name)
    }

    async fn answer(&self, id: &str, active: &ActiveSession, answer: Answer) -> Answered {
        self.backchannel.answer(&self.bench.tenant.id, id, active, answer).await.expect(self.bench.name)
    }

    async fn poll(&self, auth_req_id: &Secret<String>) -> Polled<BackchannelRequest> {
        self.backchannel.poll(&self.bench.tenant.id, &bank(), auth_req_id).await.expect(self.bench.name)
    }
}

#[tokio::test]
async fn only_the_user_who_is_meant_sees_and_answers_a_request_and_its_tokens_are_given_once() {
    for setup in setups().await {
        let auth_req_id = setup.begin(" ALICE@example.com ").await;
        assert!(setup.list(&setup.bob).await.is_empty());
        let [pending] = <[PendingRequest; 1]>::try_from(setup.list(&setup.alice).await).expect("one request");
        assert_ne!(pending.id, *auth_req_id.expose());
        assert_eq!(setup.answer(&pending.id, &setup.bob, Answer::Approve).await, Answered::TooLate);
        assert_eq!(setup.poll(&auth_req_id).await, Polled::Pending);
        assert_eq!(setup.answer(&pending.id, &setup.alice, Answer::Approve).await, Answered::Recorded);
        assert_eq!(setup.answer(&pending.id, &setup.alice, Answer::Deny).await, Answered::TooLate);
        assert!(setup.list(&setup.alice).await.is_empty());
        let Polled::Approved { approval, .. } = setup.poll(&auth_req_id).await else { panic!("not approved") };
        assert_eq!(approval.user_id, setup.alice.user.id);
        assert_eq!(setup.poll(&auth_req_id).await, Polled::Unknown);
    }
}

#[tokio::test]
async fn of_racing_answers_and_of_racing_polls_one_counts() {
    for setup in setups().await {
        let auth_req_id = setup.begin("alice").await;
        let id = setup.list(&setup.alice).await.swap_remove(0).id;
        let mut answers = JoinSet::new();
        for index in 0..8 {
            let (backchannel, tenant) = (setup.backchannel.clone(), setup.bench.tenant.id.clone());
            let (active, id) = (setup.alice.clone(), id.clone());
            let answer = if index % 2 == 0 { Answer::Approve } else { Answer::Deny };
            answers.spawn(async move {
                let answered = backchannel.answer(&tenant, &id, &active, answer).await.expect("answers");
                (answered == Answered::Recorded).then_some(answer)
            });
        }
        let counted: Vec<Answer> = answers.join_all().await.into_iter().flatten().collect();
        assert_eq!(counted.len(), 1, "{}: {counted:?}", setup.bench.name);
        let mut polls = JoinSet::new();
        for _ in 0..8 {
            let (backchannel, tenant) = (setup.backchannel.clone(), setup.bench.tenant.id.clone());
            let auth_req_id = auth_req_id.clone();
            polls.spawn(async move { backchannel.poll(&tenant, &bank(), &auth_req_id).await.expect("polls") });
        }
        let told = polls.join_all().await;
        let approved = told.iter().filter(|polled| matches!(polled, Polled::Approved { .. })).count();
        assert_eq!(approved, usize::from(counted == [Answer::Approve]), "{}: {told:?}", setup.bench.name);
    }
}

#[tokio::test]
async fn an_unknown_user_and_one_with_too_many_requests_are_waited_for_like_any_other() {
    for setup in setups().await {
        let nobody = setup.begin("nobody").await;
        assert_eq!(setup.poll(&nobody).await, Polled::Pending);
        for _ in 0..6 {
            assert_eq!(setup.poll(&setup.begin("alice").await).await, Polled::Pending);
        }
        assert_eq!(setup.list(&setup.alice).await.len(), 5, "{}", setup.bench.name);
        setup.bench.advance(300);
        assert_eq!(setup.poll(&nobody).await, Polled::Expired);
        assert!(setup.list(&setup.alice).await.is_empty());
        setup.begin("alice").await;
        assert_eq!(setup.list(&setup.alice).await.len(), 1);
    }
}

#[tokio::test]
async fn a_request_is_worth_nothing_to_another_client_or_tenant() {
    for setup in setups().await {
        let auth_req_id = setup.begin("alice").await;
        let id = setup.list(&setup.alice).await.swap_remove(0).id;
        let other = setup.bench.other_tenant().await.id;
        let late = setup.backchannel.answer(&other, &id, &setup.alice, Answer::Approve).await.expect("answers");
        assert_eq!(late, Answered::TooLate);
        setup.answer(&id, &setup.alice, Answer::Approve).await;
        let stranger: ClientId = "stranger".parse().expect("a client id");
        let (tenant, of) = (&setup.bench.tenant.id, &setup.backchannel);
        assert_eq!(of.poll(tenant, &stranger, &auth_req_id).await.expect("polls"), Polled::Unknown);
        assert_eq!(of.poll(&other, &bank(), &auth_req_id).await.expect("polls"), Polled::Unknown);
        assert!(matches!(setup.poll(&auth_req_id).await, Polled::Approved { .. }));
    }
}

#[tokio::test]
async fn one_client_asks_one_user_sixty_times_an_hour_however_short_its_requests_live() {
    for setup in setups().await {
        let mut asked = 0;
        for _ in 0..70 {
            let auth_req_id = setup.begin("alice").await;
            asked += setup.list(&setup.alice).await.len();
            assert_eq!(setup.poll(&auth_req_id).await, Polled::Pending, "{}: the client is not told", setup.bench.name);
            // The place is free again.
            if let Some(pending) = setup.list(&setup.alice).await.pop() {
                assert_eq!(setup.answer(&pending.id, &setup.alice, Answer::Deny).await, Answered::Recorded);
            }
        }
        assert_eq!(asked, 60, "{}", setup.bench.name);
        let _ = setup.begin("bob").await;
        assert_eq!(setup.list(&setup.bob).await.len(), 1, "another user is not meant");
        setup.bench.clock.advance(ASKED_WINDOW);
        let _ = setup.begin("alice").await;
        assert_eq!(setup.list(&setup.alice).await.len(), 1);
    }
}

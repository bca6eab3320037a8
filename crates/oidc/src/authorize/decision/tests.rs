use std::time::Duration;

use latchkey_core::{Rng, SessionId, TokenHash};
use latchkey_protocol::Params;
use latchkey_tenants::{ClientMetadata, ClientOrigin, StepUp};
use serde_json::json;

use super::super::kept::Origin;
use super::*;

const NOW: i64 = 1_700_000_000;

fn now() -> UtcTime {
    UtcTime::from_unix_seconds(NOW)
}

fn id(text: &str) -> UserId {
    format!("usr_{text:0>32}").parse().expect("a user id")
}

fn scope(text: &str) -> Scope {
    Scope::parse(text).expect("a scope")
}

fn client(consent: ConsentPolicy) -> Client {
    let metadata = ClientMetadata { require_pkce: false, consent, ..ClientMetadata::default() };
    Client {
        client_id: "web".parse().expect("a client id"),
        name: "Web".to_owned(),
        metadata,
        secrets: Vec::new(),
        origin: ClientOrigin::Managed,
    }
}

/// A session of user `1` that was opened `age` seconds ago.
fn session(age: u64) -> Session {
    let opened = now().minus(Duration::from_secs(age));
    Session {
        id: SessionId::generate(opened, &Rng::seeded(age)),
        user_id: id("1"),
        amr: vec!["pwd".to_owned()],
        acr: "1".to_owned(),
        user_agent: String::new(),
        address: String::new(),
        created_at: opened,
        authenticated_at: opened,
        last_seen_at: opened,
        expires_at: now().plus(Duration::from_secs(1_000)),
        ended_at: None,
        device_id: None,
        factor: None,
        first_factor: None,
    }
}

/// One row: a request and everything around it.
struct Case<'a> {
    query: &'a str,
    policy: ConsentPolicy,
    session: Option<Session>,
    allowed_before: &'a str,
    interaction: Option<Interaction>,
    subject: Option<UserId>,
    accounts: usize,
    sign_up: SignUpPolicy,
    access: Outcome,
    sufficiency: Sufficiency,
}

impl Case<'_> {
    fn new(query: &str) -> Case<'_> {
        let session = Some(session(100));
        Case {
            query,
            policy: ConsentPolicy::Remembered,
            session,
            allowed_before: "openid email",
            interaction: None,
            subject: None,
            accounts: 1,
            sign_up: SignUpPolicy::Off,
            access: Outcome::Admit,
            sufficiency: Sufficiency::Sufficient,
        }
    }

    fn decide(&self) -> Next {
        let client = client(self.policy);
        let query = format!("response_type=code&scope=openid+email&{}", self.query);
        let params = Params::parse(query.as_bytes()).expect("a query");
        let request = AuthorizationRequest::parse(params, &client, &Origin::Browser).expect("a valid request");
        let requirement = Requirement {
            fresh_after: request.prompt.demands_sign_in().then_some(now()),
            max_age: request.max_age,
            subject: self.subject.clone(),
            account: request.prompt.account(),
            acr: None,
            essential_acr: None,
        };
        let allowed_before = scope(self.allowed_before);
        Situation {
            request: &request,
            scope: &scope("openid email"),
            requirement: &requirement,
            consent: &initial_consent(&request, &client),
            session: self.session.as_ref().map(|session| (session, &allowed_before)),
            accounts: self.accounts,
            sign_up: self.sign_up,
            interaction: self.interaction.as_ref(),
            policy: &self.access,
            sufficiency: self.sufficiency,
            now: now(),
        }
        .decide()
    }

    fn error(&self) -> Option<ErrorCode> {
        match self.decide() {
            Next::Refuse(error) => Some(error.code),
            _ => None,
        }
    }
}

fn interaction(requirement: Requirement, consent: ConsentState, signed_in: Option<&Session>) -> Interaction {
    serde_json::from_value(json!({
        "id": format!("int_{:0>32}", "1"),
        "client_id": "web",
        "client_name": "Web",
        "scope": "openid email",
        "requirement": requirement,
        "login_hint": null,
        "ui_locales": [],
        "consent": consent,
        "continue_path": "/oauth2/authorize/continue",
        "authorization": {},
        "created_at": now(),
        "signed_in": signed_in.map(|session| json!({ "user_id": session.user_id, "at": session.authenticated_at })),
        "browser": TokenHash::of("browser"),
    }))
    .expect("an interaction")
}

#[test]
fn a_good_session_and_consent_issue_a_code_at_once() {
    assert_eq!(Case::new("").decide(), Next::Issue);
    assert_eq!(Case::new("prompt=none").decide(), Next::Issue);
    assert_eq!(Case::new("max_age=100").decide(), Next::Issue);
}

#[test]
fn without_a_good_session_the_user_signs_in() {
    let none = |query| Case { session: None, accounts: 0, ..Case::new(query) };
    assert_eq!(none("").decide(), Next::SignIn);
    assert_eq!(none("prompt=none").error(), Some(ErrorCode::LoginRequired));
    assert_eq!(none("prompt=select_account").decide(), Next::ChooseAccount);
    for query in ["prompt=login", "prompt=login+consent", "max_age=99", "max_age=0"] {
        assert_eq!(Case::new(query).decide(), Next::SignIn, "{query}");
    }
    assert_eq!(Case::new("prompt=none&max_age=99").error(), Some(ErrorCode::LoginRequired));
}

#[test]
fn select_account_shows_the_accounts_until_one_is_said() {
    for query in ["prompt=select_account", "prompt=select_account+login", "prompt=select_account&max_age=1"] {
        assert_eq!(Case::new(query).decide(), Next::ChooseAccount, "{query}");
    }
    let asked = ConsentState::Asked { prompt: ConsentPrompt::WhenMissing };
    let requirement = Requirement { account: AccountPrompt::Choose, ..Requirement::default() };
    let within = |requirement, chosen: bool, query| {
        let mut interaction = interaction(requirement, asked.clone(), None);
        interaction.chosen = chosen.then(|| session(100).id);
        Case { interaction: Some(interaction), ..Case::new(query) }.decide()
    };
    assert_eq!(within(requirement.clone(), false, "prompt=select_account"), Next::ChooseAccount);
    assert_eq!(within(requirement.clone(), true, "prompt=select_account"), Next::Issue);
    let young = Requirement { max_age: Some(Duration::from_secs(99)), ..requirement.clone() };
    assert_eq!(within(young, true, "prompt=select_account&max_age=99"), Next::SignIn);
    let fresh = Requirement { fresh_after: Some(now()), ..requirement };
    assert_eq!(within(fresh, true, "prompt=select_account+login"), Next::SignIn);
}

#[test]
fn an_account_that_is_not_the_one_asked_for_is_login_required_once_it_was_chosen() {
    let asked = ConsentState::Asked { prompt: ConsentPrompt::WhenMissing };
    let requirement = Requirement { subject: Some(id("2")), ..Requirement::default() };
    let mut chosen = interaction(requirement, asked, None);
    chosen.chosen = Some(session(100).id);
    let case = Case { interaction: Some(chosen), subject: Some(id("2")), ..Case::new("") };
    assert_eq!(case.error(), Some(ErrorCode::LoginRequired));
}

#[test]
fn with_no_active_account_the_person_says_which_one_unless_a_hint_does() {
    let unclear = |query| Case { session: None, accounts: 2, ..Case::new(query) };
    assert_eq!(unclear("").decide(), Next::ChooseAccount);
    assert_eq!(unclear("prompt=none").error(), Some(ErrorCode::AccountSelectionRequired));
    assert_eq!(unclear("login_hint=eve").decide(), Next::SignIn);
    assert_eq!(unclear("login_hint=eve&prompt=none").error(), Some(ErrorCode::LoginRequired));
    let hinted = |query| Case { subject: Some(id("2")), ..unclear(query) };
    assert_eq!(hinted("").decide(), Next::SignIn);
    assert_eq!(hinted("prompt=none").error(), Some(ErrorCode::LoginRequired));
}

#[test]
fn create_leads_to_the_sign_up_page_where_there_is_one_and_else_to_the_sign_in_page() {
    for accounts in [0, 1] {
        let with = |sign_up| Case { sign_up, accounts, ..Case::new("prompt=create") }.decide();
        assert_eq!(with(SignUpPolicy::Open), Next::SignUp);
        assert_eq!(with(SignUpPolicy::Off), Next::SignIn);
    }
    let requirement = Requirement { account: AccountPrompt::Create, ..Requirement::default() };
    let asked = ConsentState::Asked { prompt: ConsentPrompt::WhenMissing };
    let made_here = session(0);
    let interaction = Some(interaction(requirement, asked, Some(&made_here)));
    let case =
        Case { session: Some(made_here), interaction, sign_up: SignUpPolicy::Open, ..Case::new("prompt=create") };
    assert_eq!(case.decide(), Next::Issue);
}

#[test]
fn consent_is_asked_by_policy_and_by_prompt() {
    let with = |query, policy, allowed_before| Case { policy, allowed_before, ..Case::new(query) };
    assert_eq!(with("", ConsentPolicy::Remembered, "openid").decide(), Next::Consent);
    assert_eq!(with("", ConsentPolicy::Remembered, "openid email phone").decide(), Next::Issue);
    assert_eq!(with("", ConsentPolicy::Always, "openid email").decide(), Next::Consent);
    assert_eq!(with("", ConsentPolicy::Implied, "").decide(), Next::Issue);
    assert_eq!(with("prompt=consent", ConsentPolicy::Implied, "openid email").decide(), Next::Consent);
    assert_eq!(with("prompt=consent", ConsentPolicy::Remembered, "openid email").decide(), Next::Consent);
    assert_eq!(with("prompt=none", ConsentPolicy::Remembered, "openid").error(), Some(ErrorCode::ConsentRequired));
    assert_eq!(with("prompt=none", ConsentPolicy::Always, "openid email").error(), Some(ErrorCode::ConsentRequired));
}

#[test]
fn a_hint_of_another_user_is_login_required_or_a_sign_in() {
    let hinted = |query| Case { subject: Some(id("2")), ..Case::new(query) };
    assert_eq!(hinted("prompt=none").error(), Some(ErrorCode::LoginRequired));
    assert_eq!(hinted("").decide(), Next::SignIn);
    let opened_here = session(0);
    let requirement = Requirement { subject: Some(id("2")), ..Requirement::default() };
    let asked = ConsentState::Asked { prompt: ConsentPrompt::WhenMissing };
    let interaction = Some(interaction(requirement, asked, Some(&opened_here)));
    let signed_in_as_another = Case { session: Some(opened_here), interaction, ..hinted("") };
    assert_eq!(signed_in_as_another.error(), Some(ErrorCode::LoginRequired));
}

#[test]
fn within_an_interaction_only_a_sign_in_that_happened_in_it_is_fresh() {
    let requirement = Requirement { fresh_after: Some(now()), ..Requirement::default() };
    let asked = ConsentState::Asked { prompt: ConsentPrompt::WhenMissing };
    let opened_here = session(0);
    let fresh = Some(interaction(requirement.clone(), asked.clone(), Some(&opened_here)));
    assert_eq!(
        Case { session: Some(opened_here), interaction: fresh, ..Case::new("prompt=login") }.decide(),
        Next::Issue
    );
    let stale = Some(interaction(requirement, asked, None));
    assert_eq!(Case { interaction: stale, ..Case::new("prompt=login") }.decide(), Next::SignIn);
}

#[test]
fn a_consent_counts_for_the_user_who_gave_it_and_a_refusal_ends_the_request() {
    let allowed_by = |user, what| {
        let consent = ConsentState::Allowed { user: id(user), scope: scope(what) };
        let interaction = Some(interaction(Requirement::default(), consent, None));
        Case { interaction, policy: ConsentPolicy::Always, ..Case::new("prompt=consent") }.decide()
    };
    assert_eq!(allowed_by("1", "openid email"), Next::Issue);
    assert_eq!(allowed_by("2", "openid email"), Next::Consent);
    assert_eq!(allowed_by("1", "openid"), Next::Consent);
    let denied = Some(interaction(Requirement::default(), ConsentState::Denied, None));
    assert_eq!(Case { interaction: denied, ..Case::new("") }.error(), Some(ErrorCode::AccessDenied));
}

#[test]
fn an_essential_acr_must_be_met_and_a_voluntary_one_need_not() {
    let claims = |acr: &str| format!("claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B{acr}%7D%7D%7D");
    let essential = claims("%22essential%22%3Atrue%2C%22values%22%3A%5B%222%22%5D");
    assert_eq!(Case::new(&essential).error(), Some(ErrorCode::UnmetAuthenticationRequirements));
    let met = claims("%22essential%22%3Atrue%2C%22values%22%3A%5B%222%22%2C%221%22%5D");
    assert_eq!(Case::new(&met).decide(), Next::Issue);
    let voluntary = claims("%22values%22%3A%5B%222%22%5D");
    assert_eq!(Case::new(&voluntary).decide(), Next::Issue);
}

#[test]
fn an_access_policy_denies_or_asks_for_a_sign_in_once() {
    let step_up = || Outcome::StepUp(StepUp { acr_values: vec!["9".to_owned()], max_age: None });
    let denied = Case { access: Outcome::Deny("no".to_owned()), ..Case::new("") };
    assert_eq!(denied.error(), Some(ErrorCode::AccessDenied));
    assert_eq!(Case { access: step_up(), ..Case::new("") }.decide(), Next::StepUp);
    assert_eq!(Case { access: step_up(), ..Case::new("prompt=none") }.error(), Some(ErrorCode::LoginRequired));

    let fresh = session(0);
    let allowed = ConsentState::Allowed { user: id("1"), scope: scope("openid email") };
    let again = interaction(Requirement::default(), allowed, Some(&fresh));
    let tried = Case { access: step_up(), interaction: Some(again), session: Some(fresh), ..Case::new("") };
    assert_eq!(tried.error(), Some(ErrorCode::UnmetAuthenticationRequirements));
}

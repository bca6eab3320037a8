//! What was really proved, kept beside the state machine, and what follows from it.

mod actions;
mod mail;
mod passkeys;

use std::collections::{HashMap, HashSet};

use latchkey_core::{InteractionId, Secret, UserId, UtcTime};
use latchkey_tenants::{FirstFactorKind, SecondFactorKind, SecondFactorRule, Tenant};

use self::mail::Sent;
use self::passkeys::Answer;
use super::{Place, Step, TypedCode};
use crate::passkey_device::PasskeyDevice;
use crate::second_factor::{NewTotp, TotpSecret, insert_totp, replace_codes, totp_context};
use crate::testing::{Bench, PASSWORD, address, draft};
use crate::{
    BrowserBinding, EnrolmentAttempt, EnrolmentOutcome, Entry, Interaction, NewSession, Origin, PasswordAttempt,
    PasswordOutcome, RecoveryCode, SecondFactorAttempt, SecondFactorOutcome, SecondFactorStage, SecondFactorStep,
    SignedInWith, UserDraft, Visitor,
};

const FIRST_FACTOR_LIFETIME: u64 = 15 * 60;
const SIGN_IN_LIFETIME: u64 = 30 * 60;
const FIRST_FACTORS: [FirstFactorKind; 4] =
    [FirstFactorKind::Password, FirstFactorKind::Passkey, FirstFactorKind::EmailCode, FirstFactorKind::MagicLink];
const RULES: [SecondFactorRule; 3] = [SecondFactorRule::Off, SecondFactorRule::Enrolled, SecondFactorRule::Required];

/// A violation, in words.
type Checked = Result<(), String>;

pub(super) struct World {
    bench: Bench,
    tenants: [Tenant; 2],
    browsers: [BrowserBinding; 2],
    /// Session cookies of each browser at each tenant.
    cookies: HashMap<(usize, usize), Secret<String>>,
    people: Vec<Person>,
    sign_ins: Vec<Known>,
    last_passed: Option<String>,
    last_answer: Option<Answer>,
    mails: Vec<Sent>,
    opened: Opened,
    generation: usize,
}

/// An account.
struct Person {
    tenant: usize,
    number: usize,
    id: UserId,
    authenticators: Vec<TotpSecret>,
    recovery_codes: Vec<RecoveryCode>,
    used: HashSet<String>,
    passkey: Option<PasskeyDevice>,
    /// The version of the terms that was accepted last.
    accepted: usize,
}

/// A sign-in, with what was proved in it.
struct Known {
    id: InteractionId,
    tenant: usize,
    browser: usize,
    began: UtcTime,
    /// The account whose first factor was right last, and when.
    first_factor: Option<(UserId, UtcTime)>,
    /// The account that passed every factor and has something to do, with the class that was reached.
    awaiting: Option<(UserId, &'static str)>,
    finished: bool,
}

/// How sessions came about: a test in which nothing happens proves nothing.
#[derive(Debug, Default)]
struct Opened {
    by_password: usize,
    by_both: usize,
    by_set_up: usize,
    by_passkey: usize,
    by_passkey_factor: usize,
    by_mail: usize,
    by_action: usize,
    put_off: usize,
}

impl World {
    pub(super) async fn new(bench: Bench) -> Self {
        let mut tenants = [bench.tenant.clone(), bench.other_tenant().await];
        for tenant in &mut tenants {
            // What throttles people is tested elsewhere; here it would end every sequence.
            tenant.settings.sign_in_attempts_per_account = 1_000;
            tenant.settings.sign_in_attempts_per_address = 1_000_000;
            tenant.settings.anonymous_requests_per_address = 1_000_000;
            tenant.settings.authentication.first_factors = FIRST_FACTORS.to_vec();
        }
        let browsers = [BrowserBinding::new(bench.rng.token()), BrowserBinding::new(bench.rng.token())];
        Self {
            bench,
            tenants,
            browsers,
            cookies: HashMap::new(),
            people: Vec::new(),
            sign_ins: Vec::new(),
            last_passed: None,
            last_answer: None,
            mails: Vec::new(),
            opened: Opened::default(),
            generation: 0,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.bench.name
    }

    /// Nobody is signed in, and there are new people: in each tenant one with an authenticator, one with nothing but a
    /// password, and one with a passkey.
    pub(super) async fn begin_anew(&mut self) {
        self.sign_ins.clear();
        self.cookies.clear();
        self.people.clear();
        self.mails.clear();
        self.last_answer = None;
        self.generation += 1;
        self.write_policy(SecondFactorRule::Off, 0, 0);
        for tenant in 0..2 {
            self.add_person(tenant, 0, true).await;
            self.add_person(tenant, 1, false).await;
            self.add_person(tenant, 2, false).await;
            self.add_passkey(tenant, 2).await;
        }
    }

    pub(super) fn was_worth_it(&self) {
        let Opened { by_password, by_both, by_set_up, put_off, .. } = self.opened;
        assert!(by_password > 20 && by_both > 5 && by_set_up > 3 && put_off > 0, "{:?}", self.opened);
        let Opened { by_passkey, by_passkey_factor, by_mail, by_action, .. } = self.opened;
        assert!(by_passkey > 10 && by_passkey_factor > 1 && by_mail > 3 && by_action > 5, "{:?}", self.opened);
    }

    async fn add_person(&mut self, tenant: usize, number: usize, with_factors: bool) {
        let id = self.tenants[tenant].id.clone();
        // Both tenants know the same names with the same passwords.
        let draft = UserDraft { email_verified: true, ..draft(&self.username(number)) };
        let user = self.bench.user_of(&id, draft, Some(PASSWORD)).await;
        let mut person = Person {
            tenant,
            number,
            id: user.id.clone(),
            authenticators: Vec::new(),
            recovery_codes: Vec::new(),
            used: HashSet::new(),
            passkey: None,
            accepted: 0,
        };
        if with_factors {
            let secret = TotpSecret::generate(Default::default(), &self.bench.rng);
            let sealer = crate::testing::sealer();
            let sealed_secret =
                sealer.seal(&totp_context(&id, &user.id), secret.bytes(), &self.bench.rng).expect("sealed");
            let (algorithm, now) = (secret.algorithm(), self.bench.clock.now());
            let factor = latchkey_core::FactorId::generate(now, &self.bench.rng);
            let totp = NewTotp { id: factor, name: "App".to_owned(), sealed_secret, algorithm, step: 0 };
            person.recovery_codes = (0..3).map(|_| RecoveryCode::generate(&self.bench.rng)).collect();
            let hashes: Vec<_> = person.recovery_codes.iter().map(RecoveryCode::hash).collect();
            person.authenticators.push(secret);
            self.bench
                .write(move |conn| {
                    insert_totp(conn, &id, &user.id, &totp, now)?;
                    replace_codes(conn, &id, &user.id, &hashes, now)
                })
                .await;
        }
        self.people.push(person);
    }

    pub(super) async fn take(&mut self, step: &Step) -> Checked {
        match step {
            Step::Begin { tenant, browser } => self.begin(*tenant, *browser).await,
            Step::Password { at, user, right } => self.type_password(at, *user, *right).await,
            Step::Code { at, code } => self.type_code(at, code).await,
            Step::SetUp { at, right } => self.set_up(at, *right).await,
            Step::PutOff { at } => self.put_off(at).await,
            Step::Passkey { at, user, challenge } => self.use_passkey(at, *user, *challenge).await,
            Step::PasskeyFactor { at, user, challenge } => self.add_passkey_factor(at, *user, *challenge).await,
            Step::AskForMail { at, user, link } => self.ask_for_mail(at, *user, *link).await,
            Step::ShowMail { at, shown } => self.show_mail(at, *shown).await,
            Step::AcceptTerms { at } => self.accept_terms(at).await,
            Step::SkipAction { at } => self.skip_action(at).await,
            Step::Finish { at } => self.finish(at).await,
            Step::Wait { seconds } => {
                self.bench.advance(*seconds);
                Ok(())
            }
            Step::Policy { rule, grace_days, terms } => {
                self.write_policy(RULES[*rule], *grace_days, *terms);
                Ok(())
            }
        }
    }

    async fn begin(&mut self, tenant: usize, browser: usize) -> Checked {
        let visitor = Visitor { address: address(1), browser: &self.browsers[browser] };
        let begun = self.bench.sign_in.begin(&self.tenants[tenant], visitor, self.bench.request()).await;
        let interaction = begun.map_err(|error| error.to_string())?;
        let (id, began) = (interaction.id, self.bench.clock.now());
        self.sign_ins.push(Known { id, tenant, browser, began, first_factor: None, awaiting: None, finished: false });
        Ok(())
    }

    async fn type_password(&mut self, at: &Place, user: usize, right: bool) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let password = if right { PASSWORD } else { "not the password" };
        let attempt = PasswordAttempt {
            identifier: self.username(user),
            password: Secret::from(password),
            from: self.origin(),
            previous_session: self.cookies.get(&(browser, tenant)).cloned(),
            device: None,
            known: None,
            work: None,
        };
        let outcome = self.bench.sign_in.submit_password(&self.tenants[tenant], &interaction, attempt).await;
        let person = self.person(tenant, user);
        let (id, asked) = (person.id.clone(), self.asks_second_factor(person));
        match outcome.map_err(|error| error.to_string())? {
            PasswordOutcome::SignedIn { session, user_id } => {
                ensure(right && !asked && user_id == id, "a session came of a password alone")?;
                self.opened.by_password += 1;
                self.enter((index, tenant, browser), Entry::Opened(Box::new(session)), (&id, "1")).await
            }
            PasswordOutcome::SecondFactorNeeded => {
                ensure(right && asked, "a second factor is asked for without need, or after a wrong password")?;
                self.await_second_factor(index, id);
                Ok(())
            }
            PasswordOutcome::ActionRequired => {
                ensure(right && !asked, "something is to be done after a password that is not enough")?;
                self.enter((index, tenant, browser), Entry::ActionRequired, (&id, "1")).await
            }
            PasswordOutcome::Refused => ensure(!right, "a right password was refused"),
            PasswordOutcome::Throttled { .. } | PasswordOutcome::WorkNeeded => Ok(()),
        }
    }

    async fn type_code(&mut self, at: &Place, code: &TypedCode) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let Some(step) = self.asked(tenant, browser, &interaction).await? else { return Ok(()) };
        self.may_be_asked(index, &step.user.id)?;
        let (kind, text) = self.text_of(tenant, code);
        let attempt = SecondFactorAttempt {
            kind,
            code: Secret::new(text.clone()),
            remember: false,
            with: self.with(tenant, browser),
        };
        let outcome =
            self.bench.sign_in.submit_second_factor(&self.tenants[tenant], &interaction, &step, attempt).await;
        let entry = match outcome.map_err(|error| error.to_string())? {
            SecondFactorOutcome::SignedIn { entry, .. } => entry,
            SecondFactorOutcome::Over => return self.start_over(index),
            _ => return Ok(()),
        };
        let now = self.bench.clock.now();
        let person = self.people.iter_mut().find(|person| person.id == step.user.id).ok_or("nobody has this id")?;
        let own = match kind {
            SecondFactorKind::RecoveryCode => person.recovery_codes.iter().any(|own| own.text().expose() == &text),
            _ => person.authenticators.iter().any(|secret| secret.step_of(&text, 1, now).is_some()),
        };
        ensure(own, "somebody else's code passed")?;
        ensure(person.used.insert(text.clone()), "a code passed twice")?;
        self.last_passed = Some(text);
        self.opened.by_both += 1;
        self.enter((index, tenant, browser), entry, (&step.user.id, "2")).await
    }

    async fn set_up(&mut self, at: &Place, right: bool) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let Some(step) = self.asked(tenant, browser, &interaction).await? else { return Ok(()) };
        self.may_be_asked(index, &step.user.id)?;
        let place = &self.tenants[tenant];
        let begun =
            self.bench.sign_in.begin_totp(place, &interaction, &step).await.map_err(|error| error.to_string())?;
        let Some(enrolment) = begun else { return Ok(()) };
        let secret = secret_of(&enrolment.secret);
        let code = if right { secret.code_at(self.bench.clock.now()) } else { "000000".to_owned() };
        let attempt =
            EnrolmentAttempt { code: Secret::new(code.clone()), remember: false, with: self.with(tenant, browser) };
        let outcome = self.bench.sign_in.confirm_totp(place, &interaction, &step, &attempt).await;
        let EnrolmentOutcome::Enrolled { entry, recovery_codes, .. } = outcome.map_err(|error| error.to_string())?
        else {
            return Ok(());
        };
        let known = &self.sign_ins[index];
        let typed = known.first_factor.as_ref().is_some_and(|(user, _)| *user == step.user.id);
        let person = self.people.iter_mut().find(|person| person.id == step.user.id).ok_or("nobody has this id")?;
        ensure(!person.has_factor(), "a factor was set up beside one that was not proved")?;
        ensure(right, "an authenticator was set up with a wrong code")?;
        ensure(typed || self.cookies.contains_key(&(browser, tenant)), "set up without a password")?;
        person.used.insert(code);
        person.authenticators.push(secret);
        person.recovery_codes = recovery_codes;
        self.opened.by_set_up += 1;
        self.enter((index, tenant, browser), entry, (&step.user.id, "2")).await
    }

    async fn put_off(&mut self, at: &Place) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let Some(step) = self.asked(tenant, browser, &interaction).await? else { return Ok(()) };
        self.may_be_asked(index, &step.user.id)?;
        let with = self.with(tenant, browser);
        let put_off = self.bench.sign_in.put_off_second_factor(&self.tenants[tenant], &interaction, &step, &with).await;
        let Some(entry) = put_off.map_err(|error| error.to_string())? else { return Ok(()) };
        let grace = self.tenants[tenant].settings.authentication.enrolment_grace_days;
        let person = self.people.iter().find(|person| person.id == step.user.id).ok_or("nobody has this id")?;
        ensure(grace > 0 && !person.has_factor(), "a factor that is there was put off")?;
        ensure(self.rule() == SecondFactorRule::Required, "nothing was asked for that could be put off")?;
        self.opened.put_off += 1;
        self.enter((index, tenant, browser), entry, (&step.user.id, "1")).await
    }

    async fn finish(&mut self, at: &Place) -> Checked {
        let Some((index, tenant, ..)) = self.open(at).await? else { return Ok(()) };
        let id = self.sign_ins[index].id.clone();
        let first =
            self.bench.sign_in.finish(&self.tenants[tenant].id, &id).await.map_err(|error| error.to_string())?;
        let second =
            self.bench.sign_in.finish(&self.tenants[tenant].id, &id).await.map_err(|error| error.to_string())?;
        self.sign_ins[index].finished = true;
        ensure(first.is_some() && second.is_none(), "a sign-in ends exactly once")
    }

    /// The sign-in as it is found at that place: only where it began, until it ends.
    async fn open(&self, at: &Place) -> Result<Option<(usize, usize, usize, Interaction)>, String> {
        let Some(index) = self.sign_ins.len().checked_sub(1 + at.sign_in) else { return Ok(None) };
        let known = &self.sign_ins[index];
        let (tenant, browser) = ((known.tenant + at.tenant) % 2, (known.browser + at.browser) % 2);
        let found = self.bench.sign_in.find(&self.tenants[tenant].id, &known.id, &self.browsers[browser]).await;
        let found = found.map_err(|error| error.to_string())?;
        let age = self.bench.clock.now().since(known.began).as_secs();
        let is_there = tenant == known.tenant && browser == known.browser && !known.finished && age < SIGN_IN_LIFETIME;
        if found.is_some() != is_there && age != SIGN_IN_LIFETIME {
            return Err(format!("found: {}, but it should be: {is_there}", found.is_some()));
        }
        Ok(found.map(|interaction| (index, tenant, browser, interaction)))
    }

    async fn asked(
        &self,
        tenant: usize,
        browser: usize,
        interaction: &Interaction,
    ) -> Result<Option<Box<SecondFactorStep>>, String> {
        let cookie = self.cookies.get(&(browser, tenant)).map(|cookie| cookie.expose().as_str());
        let stage = self.bench.sign_in.second_factor(&self.tenants[tenant], interaction, cookie).await;
        Ok(match stage.map_err(|error| error.to_string())? {
            SecondFactorStage::Ask(step) => Some(step),
            SecondFactorStage::SignInFirst | SecondFactorStage::Passed => None,
        })
    }

    /// Whoever is asked typed the password in this sign-in lately, or is signed in to this browser.
    fn may_be_asked(&self, index: usize, user: &UserId) -> Checked {
        let known = &self.sign_ins[index];
        let now = self.bench.clock.now();
        let proved = known
            .first_factor
            .as_ref()
            .is_some_and(|(proved, at)| proved == user && now.since(*at).as_secs() <= FIRST_FACTOR_LIFETIME);
        let pending = known.first_factor.is_some();
        let held = self.cookies.contains_key(&(known.browser, known.tenant));
        ensure(proved || (!pending && held), "somebody is asked for a code who proved nothing")
    }

    /// The session is of that user and tenant and says what happened; the browser holds it from now on.
    async fn hold(&mut self, tenant: usize, browser: usize, session: NewSession, said: (&UserId, &str)) -> Checked {
        let value = session.cookie_value.expose();
        let found = self.bench.sign_in.find_session(&self.tenants[tenant], value).await;
        let active = found.map_err(|error| error.to_string())?.ok_or("the session does not live")?;
        ensure(active.user.id == *said.0, "the session is somebody else's")?;
        ensure(active.session.acr == said.1, "the session says more or less than what happened")?;
        let is_mfa = active.session.amr.iter().any(|method| method == "mfa");
        ensure(is_mfa == (said.1 != "1"), "the methods say more or less than what happened")?;
        let elsewhere = self.bench.sign_in.find_session(&self.tenants[1 - tenant], value).await;
        ensure(elsewhere.map_err(|error| error.to_string())?.is_none(), "the session lives at another tenant")?;
        self.cookies.insert((browser, tenant), session.cookie_value);
        Ok(())
    }

    fn text_of(&self, tenant: usize, code: &TypedCode) -> (SecondFactorKind, String) {
        let wrong = (SecondFactorKind::Totp, "000000".to_owned());
        match code {
            TypedCode::Shown { user } => {
                let secret = self.person(tenant, *user).authenticators.first();
                secret.map_or(wrong, |secret| (SecondFactorKind::Totp, secret.code_at(self.bench.clock.now())))
            }
            TypedCode::Recovery { user, number } => {
                let code = self.person(tenant, *user).recovery_codes.get(*number);
                code.map_or(wrong, |code| (SecondFactorKind::RecoveryCode, code.text().expose().clone()))
            }
            TypedCode::Replayed => match &self.last_passed {
                Some(text) if text.len() > 6 => (SecondFactorKind::RecoveryCode, text.clone()),
                Some(text) => (SecondFactorKind::Totp, text.clone()),
                None => wrong,
            },
            TypedCode::Wrong => wrong,
        }
    }

    fn with(&self, tenant: usize, browser: usize) -> SignedInWith {
        SignedInWith {
            from: self.origin(),
            previous_session: self.cookies.get(&(browser, tenant)).cloned(),
            device: None,
        }
    }

    fn person(&self, tenant: usize, number: usize) -> &Person {
        let found = self.people.iter().find(|person| (person.tenant, person.number) == (tenant, number));
        found.expect("a person")
    }

    fn username(&self, number: usize) -> String {
        format!("person-{}-{number}", self.generation)
    }

    fn rule(&self) -> SecondFactorRule {
        self.tenants[0].settings.authentication.second_factor
    }

    fn write_policy(&mut self, rule: SecondFactorRule, grace_days: u16, terms: usize) {
        for tenant in &mut self.tenants {
            tenant.settings.authentication.second_factor = rule;
            tenant.settings.authentication.enrolment_grace_days = grace_days;
            tenant.settings.terms = actions::terms(terms);
        }
    }

    /// Whether a first factor that is one factor is not enough for that person.
    fn asks_second_factor(&self, person: &Person) -> bool {
        match self.rule() {
            SecondFactorRule::Off => false,
            // A passkey that signs in alone makes nobody type more than before.
            SecondFactorRule::Enrolled => !person.authenticators.is_empty(),
            SecondFactorRule::Required => true,
        }
    }

    fn await_second_factor(&mut self, index: usize, user: UserId) {
        self.sign_ins[index].first_factor = Some((user, self.bench.clock.now()));
        self.sign_ins[index].awaiting = None;
    }

    fn start_over(&mut self, index: usize) -> Checked {
        self.sign_ins[index].first_factor = None;
        self.sign_ins[index].awaiting = None;
        Ok(())
    }

    /// Other addresses for other people, since what one address asks for is counted.
    fn origin(&self) -> Origin {
        let last = u8::try_from(self.generation % 250).expect("an octet");
        Origin { address: address(last), user_agent: "Browser/1.0".to_owned() }
    }
}

impl Person {
    fn has_factor(&self) -> bool {
        !self.authenticators.is_empty() || self.passkey.is_some()
    }
}

fn secret_of(text: &Secret<String>) -> TotpSecret {
    let base32: String = text.expose().chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = totp_rs::Secret::try_from_base32(&base32).expect("base32").as_ref().to_vec();
    TotpSecret::new(Secret::new(bytes), Default::default())
}

fn ensure(holds: bool, otherwise: &str) -> Checked {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

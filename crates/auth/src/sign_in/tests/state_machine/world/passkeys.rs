//! Passkeys, alone and as second factor.

use latchkey_core::{InteractionId, Secret};

use super::super::Challenge;
use super::{Checked, Place, World, ensure};
use crate::passkey_device::PasskeyDevice;
use crate::testing::{Bench, PASSWORD, session_of};
use crate::{
    AddedPasskey, Entry, Interaction, NewPasskeyAttempt, OwnAccount, PasskeyAttempt, PasskeyFactorAttempt,
    PasskeyFactorOutcome, PasskeyOutcome, PasskeyOwner, RelyingParty, SecondFactorStep, Visitor,
};

const ORIGIN: &str = "https://id.example.com";

/// What a device answered.
#[derive(Clone)]
pub(super) struct Answer {
    text: String,
    posed: Posed,
    passed: bool,
}

/// Where a challenge was posed, and what for.
#[derive(Clone, PartialEq, Eq)]
struct Posed {
    sign_in: InteractionId,
    is_second: bool,
}

impl World {
    /// With a password, while no second factor is asked for.
    pub(super) async fn add_passkey(&mut self, tenant: usize, number: usize) {
        let (bench, place, party) = (&self.bench, &self.tenants[tenant], self.party(tenant));
        let visitor = Visitor { address: self.origin().address, browser: &self.browsers[0] };
        let begun = bench.sign_in.begin(place, visitor, bench.request()).await.expect("a sign-in");
        let attempt = Bench::attempt(&self.username(number), PASSWORD);
        let session = session_of(bench.sign_in.submit_password(place, &begun, attempt).await.expect("an outcome"));
        let found = bench.sign_in.find(&place.id, &begun.id, &self.browsers[0]).await.expect("found");
        let interaction = found.expect("a sign-in");
        let cookie = session.cookie_value.expose().as_str();
        let own = match bench.sign_in.own_account(place, &interaction, Some(cookie)).await.expect("an account") {
            OwnAccount::Proved(own) => own,
            other => panic!("{other:?}"),
        };
        let (mut device, owner) = (PasskeyDevice::at(ORIGIN), PasskeyOwner::Own(&own));
        let options = bench.sign_in.begin_new_passkey(place, (&party, &interaction), owner).await.expect("options");
        let response = Secret::new(device.create(options.expect("one may be made").as_str()));
        let attempt = NewPasskeyAttempt { response, from: self.origin(), name: None };
        let added =
            bench.sign_in.add_passkey(place, (&party, &interaction), owner, &attempt).await.expect("an outcome");
        assert!(matches!(added, AddedPasskey::Added { .. }), "{added:?}");
        let person = self.people.iter_mut().find(|person| (person.tenant, person.number) == (tenant, number));
        person.expect("a person").passkey = Some(device);
    }

    pub(super) async fn use_passkey(&mut self, at: &Place, user: usize, challenge: Challenge) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let posed = match self.challenged(index, challenge).await? {
            Some(interaction) => interaction,
            None => interaction.clone(),
        };
        let (posed_at, here) = (Posed::at(&posed, false), Posed::at(&interaction, false));
        let (place, party) = (&self.tenants[tenant], self.party(tenant));
        let options = self.bench.sign_in.begin_passkey(place, &party, &posed).await.map_err(|e| e.to_string())?;
        let options = options.ok_or("a passkey is no way to sign in")?.as_str().to_owned();
        let Some(answer) = self.answer((tenant, user), (&options, posed_at), challenge) else { return Ok(()) };
        let attempt = PasskeyAttempt { response: Secret::new(answer.text.clone()), with: self.with(tenant, browser) };
        let outcome = self.bench.sign_in.submit_passkey(&self.tenants[tenant], &party, &interaction, attempt).await;
        match outcome.map_err(|error| error.to_string())? {
            PasskeyOutcome::SignedIn(entry) => {
                self.passes(&answer, &here)?;
                if matches!(entry, Entry::Opened(_)) {
                    self.opened.by_passkey += 1;
                }
                let id = self.person(tenant, user).id.clone();
                self.enter((index, tenant, browser), entry, (&id, "3")).await
            }
            PasskeyOutcome::SecondFactorNeeded => Err("a passkey that knows its user is two factors".to_owned()),
            PasskeyOutcome::Refused(_) | PasskeyOutcome::Throttled { .. } => Ok(()),
        }
    }

    pub(super) async fn add_passkey_factor(&mut self, at: &Place, user: usize, challenge: Challenge) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let Some(step) = self.asked(tenant, browser, &interaction).await? else { return Ok(()) };
        self.may_be_asked(index, &step.user.id)?;
        let Some(options) = self.options(tenant, &interaction, &step).await? else { return Ok(()) };
        let here = Posed::at(&interaction, true);
        let Some(answer) = self.answer((tenant, user), (&options, here.clone()), challenge) else { return Ok(()) };
        let attempt = PasskeyFactorAttempt {
            response: Secret::new(answer.text.clone()),
            remember: false,
            with: self.with(tenant, browser),
        };
        let (place, party) = (&self.tenants[tenant], self.party(tenant));
        let outcome = self.bench.sign_in.submit_passkey_factor(place, (&party, &interaction), &step, attempt).await;
        match outcome.map_err(|error| error.to_string())? {
            PasskeyFactorOutcome::SignedIn { entry, .. } => {
                self.passes(&answer, &here)?;
                ensure(self.person(tenant, user).id == step.user.id, "somebody else's passkey passed")?;
                self.opened.by_passkey_factor += 1;
                self.enter((index, tenant, browser), entry, (&step.user.id, "3")).await
            }
            PasskeyFactorOutcome::Over => self.start_over(index),
            PasskeyFactorOutcome::Refused(_) | PasskeyFactorOutcome::Throttled { .. } => Ok(()),
        }
    }

    async fn options(
        &self,
        tenant: usize,
        interaction: &Interaction,
        step: &SecondFactorStep,
    ) -> Result<Option<String>, String> {
        let (place, party) = (&self.tenants[tenant], self.party(tenant));
        let options = self.bench.sign_in.begin_passkey_factor(place, &party, interaction, step).await;
        Ok(options.map_err(|error| error.to_string())?.map(|options| options.as_str().to_owned()))
    }

    /// The sign-in whose challenge is answered, when it is another one in the same tenant.
    async fn challenged(&self, index: usize, challenge: Challenge) -> Result<Option<Interaction>, String> {
        let (Challenge::OfAnother, Some(before)) = (challenge, index.checked_sub(1)) else { return Ok(None) };
        let other = &self.sign_ins[before];
        if other.tenant != self.sign_ins[index].tenant {
            return Ok(None);
        }
        let (tenant, browser) = (&self.tenants[other.tenant].id, &self.browsers[other.browser]);
        self.bench.sign_in.find(tenant, &other.id, browser).await.map_err(|error| error.to_string())
    }

    /// What the device of that person answers; `None` without a device.
    fn answer(
        &mut self,
        (tenant, number): (usize, usize),
        (options, posed): (&str, Posed),
        challenge: Challenge,
    ) -> Option<Answer> {
        if let (Challenge::Answered, Some(answer)) = (challenge, &self.last_answer) {
            return Some(answer.clone());
        }
        let person = self.people.iter_mut().find(|person| (person.tenant, person.number) == (tenant, number))?;
        let answer = Answer { text: person.passkey.as_mut()?.get_with_any(options), posed, passed: false };
        self.last_answer = Some(answer.clone());
        Some(answer)
    }

    fn passes(&mut self, answer: &Answer, here: &Posed) -> Checked {
        ensure(answer.posed == *here, "an answer to another challenge passed")?;
        ensure(!answer.passed, "an answer passed twice")?;
        self.last_answer = Some(Answer { passed: true, ..answer.clone() });
        Ok(())
    }

    fn party(&self, tenant: usize) -> RelyingParty {
        let place = &self.tenants[tenant];
        RelyingParty::of(place, &format!("{ORIGIN}/t/{}", place.slug)).expect("a domain")
    }
}

impl Posed {
    fn at(interaction: &Interaction, is_second: bool) -> Self {
        Self { sign_in: interaction.id.clone(), is_second }
    }
}

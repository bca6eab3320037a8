//! What is to be done between the last factor and the session: here, accepting the terms of service.

use latchkey_core::UserId;
use latchkey_tenants::Terms;

use super::{Checked, Place, World, ensure};
use crate::{ActionOutcome, ActionStage, ActionStep, Entry, Interaction};

/// The terms of that version; zero: there are none.
pub(super) fn terms(version: usize) -> Option<Terms> {
    let uri = Some("https://acme.example/terms".to_owned());
    (version > 0).then(|| Terms { version: version.to_string(), uri, texts: Default::default() })
}

impl World {
    /// Every factor is passed: there is a session exactly if nothing is left to be done.
    pub(super) async fn enter(
        &mut self,
        (index, tenant, browser): (usize, usize, usize),
        entry: Entry,
        said: (&UserId, &'static str),
    ) -> Checked {
        let owes = self.owes(said.0);
        self.sign_ins[index].first_factor = None;
        self.sign_ins[index].awaiting = None;
        match entry {
            Entry::Opened(session) => {
                ensure(!owes, "a session came before what is to be done")?;
                self.hold(tenant, browser, *session, said).await
            }
            Entry::ActionRequired => {
                ensure(owes, "something is to be done although nothing is")?;
                self.sign_ins[index].awaiting = Some((said.0.clone(), said.1));
                Ok(())
            }
        }
    }

    pub(super) async fn accept_terms(&mut self, at: &Place) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let Some(step) = self.action(index, tenant, &interaction).await? else { return Ok(()) };
        let version = self.version();
        let place = &self.tenants[tenant];
        let with = self.with(tenant, browser);
        let accepted = self.bench.sign_in.accept_terms(place, &interaction, (&step, &version.to_string()), &with).await;
        let person = self.people.iter_mut().find(|person| person.id == step.user.id).ok_or("nobody has this id")?;
        if version > 0 {
            person.accepted = version;
        }
        self.done((index, tenant, browser), &step, accepted.map_err(|error| error.to_string())?).await
    }

    pub(super) async fn skip_action(&mut self, at: &Place) -> Checked {
        let Some((index, tenant, browser, interaction)) = self.open(at).await? else { return Ok(()) };
        let Some(step) = self.action(index, tenant, &interaction).await? else { return Ok(()) };
        let with = self.with(tenant, browser);
        let outcome = self.bench.sign_in.go_on_after_action(&self.tenants[tenant], &interaction, &step, &with).await;
        self.done((index, tenant, browser), &step, outcome.map_err(|error| error.to_string())?).await
    }

    async fn action(
        &self,
        index: usize,
        tenant: usize,
        interaction: &Interaction,
    ) -> Result<Option<Box<ActionStep>>, String> {
        let stage = self.bench.sign_in.required_action(&self.tenants[tenant], interaction).await;
        let ActionStage::Ask(step) = stage.map_err(|error| error.to_string())? else { return Ok(None) };
        let awaiting = self.sign_ins[index].awaiting.as_ref();
        ensure(awaiting.is_some_and(|(user, _)| *user == step.user.id), "somebody is asked who passed no factor")?;
        Ok(Some(step))
    }

    async fn done(&mut self, place: (usize, usize, usize), step: &ActionStep, outcome: ActionOutcome) -> Checked {
        let Some((user, acr)) = self.sign_ins[place.0].awaiting.clone() else {
            return Err("nothing was to be done".to_owned());
        };
        match outcome {
            ActionOutcome::Done(entry) => {
                ensure(user == step.user.id, "the session would be somebody else's")?;
                if matches!(entry, Entry::Opened(_)) {
                    self.opened.by_action += 1;
                }
                self.enter(place, entry, (&user, acr)).await
            }
            ActionOutcome::Over => self.start_over(place.0),
            other => Err(format!("{other:?}")),
        }
    }

    fn owes(&self, user: &UserId) -> bool {
        let person = self.people.iter().find(|person| person.id == *user).expect("a person");
        self.version() > 0 && person.accepted != self.version()
    }

    fn version(&self) -> usize {
        let terms = self.tenants[0].settings.terms.as_ref();
        terms.map_or(0, |terms| terms.version.parse().expect("a number"))
    }
}

//! What a user has to do between the last factor and the session: verify the address, change the password, accept the
//! terms of service. What is missing is asked anew from the gate after each step, within the transaction that opens the
//! session, so that none can be left out by going on elsewhere.

use std::time::Duration;

use diesel::QueryResult;
use latchkey_audit::EventKind;
use latchkey_core::{Secret, TenantId};
use latchkey_mail::messages::CredentialChange;
use latchkey_storage::DbConnection;
use latchkey_tenants::{RequiredAction, Tenant, Withheld};

use super::SignIn;
use super::open_session::{Along, Arrival};
use super::second_factor::SignedInWith;
use super::watch::UnderWay;
use crate::authentication::{AwaitsAction, FirstFactor};
use crate::interaction::Progress;
use crate::{
    AuthError, Author, ConsentState, Interaction, NewSession, PasswordOwner, PasswordRule, User, interaction,
    password_store, session_store, user_store,
};

/// How long what was proved before stays good: a mail may take its time.
const PROVED_FOR: Duration = interaction::LIFETIME;

/// What passing every factor leads to.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A session.
    Opened(Box<NewSession>),
    /// Something is to be done first; the sign-in under way knows who it is.
    ActionRequired,
}

/// Where a sign-in stands with what has to be done.
#[derive(Debug)]
pub enum ActionStage {
    /// The person is asked for this.
    Ask(Box<ActionStep>),
    /// Nobody has passed every factor lately.
    SignInFirst,
}

/// A person who has something to do.
#[derive(Debug)]
pub struct ActionStep {
    /// Who passed every factor.
    pub user: User,
    /// What is to be done; `None` when it has been done meanwhile, perhaps in another window.
    pub action: Option<RequiredAction>,
    /// Whether a new password is chosen by a mailed link alone: the one before was taken away, and every other way in may be
    /// somebody else's.
    pub is_by_mail: bool,
    pub(super) awaiting: AwaitsAction,
}

/// What became of doing it.
#[derive(Clone, Debug)]
pub enum ActionOutcome {
    /// It is done.
    Done(Entry),
    /// The new password is not good enough.
    PasswordRefused(PasswordRule),
    /// The new password is the old one.
    PasswordUnchanged,
    /// The code is not the one that was mailed.
    WrongCode,
    /// No code that was mailed is good any more.
    CodeExpired,
    /// The user may not go on: it starts with the sign-in again.
    Over,
}

impl SignIn {
    /// Where the sign-in stands with what has to be done.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn required_action(&self, tenant: &Tenant, interaction: &Interaction) -> Result<ActionStage, AuthError> {
        let Some(awaiting) = interaction.awaiting.clone() else { return Ok(ActionStage::SignInFirst) };
        if self.clock.now().since(awaiting.at) > PROVED_FOR {
            return Ok(ActionStage::SignInFirst);
        }
        let Some(user) = self.find_user_signing_in(tenant, awaiting.user_id()).await? else {
            return Ok(ActionStage::SignInFirst);
        };
        let action = match tenant.gate_of_sign_in(&user.standing()) {
            Err(Withheld::Until(action)) => Some(action),
            _ => None,
        };
        let is_by_mail = action == Some(RequiredAction::ChangePassword) && {
            let (id, user, first) = (tenant.id.clone(), user.clone(), awaiting.first().clone());
            self.db.read(move |conn| needs_link(conn, &id, &user, &first)).await?
        };
        Ok(ActionStage::Ask(Box::new(ActionStep { user, action, is_by_mail, awaiting })))
    }

    /// Goes on to the session once nothing is left to be done; else to what is.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn go_on_after_action(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &ActionStep,
        with: &SignedInWith,
    ) -> Result<ActionOutcome, AuthError> {
        self.enter(tenant, interaction, step.awaiting.clone(), with).await
    }

    /// Accepts the terms of service in the version that the person saw; another one that came meanwhile is asked for next.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn accept_terms(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (step, version): (&ActionStep, &str),
        with: &SignedInWith,
    ) -> Result<ActionOutcome, AuthError> {
        let is_present = tenant.settings.terms.as_ref().is_some_and(|terms| terms.version == version);
        if is_present && step.action == Some(RequiredAction::AcceptTerms) {
            let (id, user, version) = (tenant.id.clone(), step.user.id.clone(), version.to_owned());
            let (now, security) = (self.clock.now(), self.security.clone());
            let event = Author::Visitor(with.from.clone()).event(EventKind::TermsAccepted).of(&user);
            let (event, first) = (event.with("version", version.as_str()), step.awaiting.first().clone());
            self.db
                .write(move |conn| {
                    if !user_store::confirm_first_factor(conn, &id, &user, &first)? {
                        return Ok(());
                    }
                    user_store::accept_terms(conn, &id, &user, &version, now)?;
                    security.record(conn, &id, &event, now)
                })
                .await?;
        }
        self.enter(tenant, interaction, step.awaiting.clone(), with).await
    }

    /// The person declines the terms of service: the application is told that the user said no.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn decline_terms(&self, tenant: &Tenant, interaction: &Interaction) -> Result<(), AuthError> {
        let progress = Progress { consent: Some(ConsentState::Denied), ..Progress::default() };
        self.record_progress(&tenant.id, interaction, &progress).await
    }

    /// Changes the password of a user who has to; the one that was used to sign in is no new one.
    ///
    /// # Errors
    /// [`AuthError::Busy`] and unavailable stores: 503.
    pub async fn change_required_password(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (step, new_password): (&ActionStep, Secret<String>),
        with: &SignedInWith,
    ) -> Result<ActionOutcome, AuthError> {
        if step.action != Some(RequiredAction::ChangePassword) {
            return self.enter(tenant, interaction, step.awaiting.clone(), with).await;
        }
        if self.is_password_of(tenant, &step.user, new_password.clone()).await? {
            return Ok(ActionOutcome::PasswordUnchanged);
        }
        let chosen = match self.judge_password(tenant, &PasswordOwner::of(&step.user), new_password).await? {
            Ok(chosen) => chosen,
            Err(rule) => return Ok(ActionOutcome::PasswordRefused(rule)),
        };
        let hash = chosen.hash().clone();
        let (id, user, now) = (tenant.id.clone(), step.user.id.clone(), self.clock.now());
        let first = step.awaiting.first().clone();
        let (of, security, author) = (tenant.clone(), self.security.clone(), Author::Visitor(with.from.clone()));
        let owner = step.user.clone();
        let changed = self
            .db
            .write(move |conn| {
                // Only in the place of the one that was proved: of two that race one changes it.
                if !user_store::confirm_first_factor(conn, &id, &user, &first)?
                    || needs_link(conn, &id, &owner, &first)?
                {
                    return Ok(false);
                }
                session_store::end_sessions_of_user(conn, &id, &user, now)?;
                password_store::set_password(conn, &id, &user, &chosen, now)?;
                let changed = (CredentialChange::PasswordChanged, &author);
                security.record_credential_change(conn, (&of, &user), changed, now)?;
                Ok(true)
            })
            .await?;
        if !changed {
            return Ok(ActionOutcome::Over);
        }
        self.enter(tenant, interaction, step.awaiting.clone().with_password(&hash), with).await
    }

    async fn is_password_of(&self, tenant: &Tenant, user: &User, password: Secret<String>) -> Result<bool, AuthError> {
        let (id, user) = (tenant.id.clone(), user.id.clone());
        let hash = self.db.read(move |conn| user_store::find_password_hash(conn, &id, &user)).await?;
        self.passwords.verify(&tenant.id, password, hash.as_ref()).await
    }

    pub(super) async fn enter(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        awaiting: AwaitsAction,
        with: &SignedInWith,
    ) -> Result<ActionOutcome, AuthError> {
        let held = with.previous_session.as_ref();
        let arrival = Arrival { from: &with.from, held, along: Along::default() };
        let under_way = UnderWay::of(interaction, &with.from);
        let entry = self.let_in(tenant, under_way, awaiting.try_again(), arrival).await?;
        Ok(entry.map_or(ActionOutcome::Over, ActionOutcome::Done))
    }

    pub(super) async fn record_awaiting(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
        awaiting: AwaitsAction,
    ) -> Result<(), AuthError> {
        let progress = Progress { awaiting: Some(awaiting), ..Progress::default() };
        self.record_progress(tenant, interaction, &progress).await
    }
}

/// Whether a new password takes a mailed link: there is none any more, and who signed in has not shown that they read the
/// mails of the account.
fn needs_link(conn: &mut DbConnection, tenant: &TenantId, user: &User, first: &FirstFactor) -> QueryResult<bool> {
    let reads_mails = matches!(first, FirstFactor::Mailbox(_));
    if user.email.is_none() || reads_mails {
        return Ok(false);
    }
    Ok(user_store::find_password_hash(conn, tenant, &user.id)?.is_none())
}

//! The next step of a checked request: the code, a page, or an error.

use actix_web::HttpResponse;
use latchkey_auth::{
    AccountWish, Accounts, ActiveSession, AskedAcr, BrowserBinding, Interaction, NewInteraction, Requirement,
    Sufficiency, Visitor,
};
use latchkey_core::{ClientId, UtcTime};
use latchkey_protocol::{AuthorizationDetails, Scope};
use latchkey_tokens::Authentication;
use latchkey_web::cookies::read_session;
use latchkey_web::redirect::see_other;
use latchkey_web::{Browser, RequestOrigin, WebError};
use serde_json::json;

use super::decision::{Next, Situation, asked_acr, initial_consent};
use super::kept::Kept;
use super::policy::Judged;
use super::response::AuthorizationResponse;
use super::understand::Checked;
use super::{CONTINUE_PATH, Exchange};
use crate::page_error::unavailable_or_internal;
use crate::rules::Outcome;

/// The request inside [`Interaction::authorization`].
const KEPT_REQUEST: &str = "request";
/// Where the answer will go, for the `form-action` of the pages on the way (a browser applies it to redirects too).
const REDIRECT_URI: &str = "redirect_uri";
/// What the user is asked about in detail (RFC 9396): what the consent page shows is what is granted.
pub(super) const AUTHORIZATION_DETAILS: &str = "authorization_details";

impl Exchange<'_> {
    /// A new request.
    pub(super) async fn begin(&self, query: &[u8]) -> Result<HttpResponse, WebError> {
        match self.understand(query).await {
            Ok(checked) => self.proceed(&checked, None).await,
            Err(refusal) => self.refuse(refusal).await,
        }
    }

    /// A posted request.
    pub(super) async fn begin_kept(&self, kept: &Kept) -> Result<HttpResponse, WebError> {
        match self.understand_kept(kept).await {
            Ok(checked) => self.proceed(&checked, None).await,
            Err(refusal) => self.refuse(refusal).await,
        }
    }

    /// A sign-in under way: its request is read and judged as if it were new.
    pub(super) async fn go_on(&self, interaction: Interaction) -> Result<HttpResponse, WebError> {
        let kept = interaction.authorization.get(KEPT_REQUEST).cloned().unwrap_or_default();
        let kept = serde_json::from_value(kept).map_err(|_| WebError::Expired)?;
        match self.understand_kept(&kept).await {
            Ok(checked) => self.proceed(&checked, Some(&interaction)).await,
            Err(refusal) => self.refuse(refusal).await,
        }
    }

    async fn proceed(&self, checked: &Checked, interaction: Option<&Interaction>) -> Result<HttpResponse, WebError> {
        let now = self.services.clock.now();
        let (accounts, session) = self.find_accounts(checked, interaction).await?;
        let requirement = requirement(checked, now);
        let policy = match &session {
            Some((active, _)) => {
                let signed_in = interaction.is_some_and(|interaction| interaction.has_signed_in(&active.session));
                let (client, request, scope) = (&checked.client, &checked.request, &checked.scope);
                let judged = Judged { client, request, scope, active, signed_in };
                self.services.judge_authorization(self.context, &judged)
            }
            None => Outcome::Admit,
        };
        let asked = asked_acr(&checked.request, &policy);
        let sufficiency = match &session {
            Some((active, _)) => self.sufficiency(active, &checked.client.client_id, asked).await?,
            None => Sufficiency::Sufficient,
        };
        let situation = Situation {
            request: &checked.request,
            scope: &checked.consent_scope,
            requirement: &requirement,
            consent: &initial_consent(&checked.request, &checked.client),
            session: session.as_ref().map(|(active, allowed)| (&active.session, allowed)),
            accounts: accounts.iter().count(),
            sign_up: self.context.tenant.settings.registration().as_sign_up(),
            interaction,
            policy: &policy,
            sufficiency,
            now,
        };
        match (situation.decide(), session) {
            (Next::Issue, Some((active, _))) => self.issue(checked, interaction, &active, now).await,
            (Next::Consent, _) => self.show("/consent", checked, interaction, requirement).await,
            (Next::SecondFactor, _) => self.show_second_factor(checked, interaction, (requirement, asked)).await,
            (Next::RequiredAction, _) => self.show("/required-action", checked, interaction, requirement).await,
            (Next::ChooseAccount, _) => self.show("/choose-account", checked, interaction, requirement).await,
            (Next::SignUp, _) => self.show("/sign-up", checked, interaction, requirement).await,
            // The session that there is does not count, so that only a sign-in from now on will do.
            (Next::StepUp, _) => {
                let requirement = Requirement { fresh_after: Some(now), ..requirement };
                self.show("/sign-in", checked, None, requirement).await
            }
            (Next::Issue | Next::SignIn, _) => self.show("/sign-in", checked, interaction, requirement).await,
            (Next::Refuse(error), _) => {
                self.finish(interaction).await?;
                self.answer(checked, AuthorizationResponse::Error(error)).await
            }
        }
    }

    async fn sufficiency(
        &self,
        active: &ActiveSession,
        client: &ClientId,
        asked: AskedAcr,
    ) -> Result<Sufficiency, WebError> {
        let found = self.services.sign_in.sufficiency(&self.context.tenant, active, client, asked).await;
        found.map_err(unavailable_or_internal)
    }

    /// The browser's accounts, the one that is meant, and what its user allowed this client before: one read.
    async fn find_accounts(
        &self,
        checked: &Checked,
        interaction: Option<&Interaction>,
    ) -> Result<(Accounts, Option<(ActiveSession, Scope)>), WebError> {
        let Some(cookie) = read_session(self.http, self.context) else { return Ok((Accounts::default(), None)) };
        let wish = interaction.map_or_else(|| account_wish(checked), Interaction::account_wish);
        let (tenant, client_id) = (&self.context.tenant, &checked.client.client_id);
        let found = self.services.sign_in.find_accounts_and_consent(tenant, &cookie, &wish, client_id).await;
        found.map_err(unavailable_or_internal)
    }

    pub(super) async fn finish(&self, interaction: Option<&Interaction>) -> Result<(), WebError> {
        let Some(interaction) = interaction else { return Ok(()) };
        let taken = self.services.sign_in.finish(&self.context.tenant.id, &interaction.id).await;
        taken.map_err(unavailable_or_internal)?.map(|_| ()).ok_or(WebError::Expired)
    }

    /// Sends the browser to a page, of the sign-in under way or of a new one.
    async fn show(
        &self,
        page: &str,
        checked: &Checked,
        interaction: Option<&Interaction>,
        requirement: Requirement,
    ) -> Result<HttpResponse, WebError> {
        let id = match interaction {
            Some(interaction) => interaction.id.clone(),
            None => self.begin_interaction(checked, requirement).await?.id,
        };
        see_other(&self.context.path(&format!("{page}?interaction={id}")))
    }

    /// What a rule asks of this user was not known when the sign-in began.
    async fn show_second_factor(
        &self,
        checked: &Checked,
        interaction: Option<&Interaction>,
        (mut requirement, asked): (Requirement, AskedAcr),
    ) -> Result<HttpResponse, WebError> {
        if let Some(interaction) = interaction {
            let tenant = &self.context.tenant.id;
            let required = self.services.sign_in.require_class(tenant, interaction, asked.essential).await;
            required.map_err(unavailable_or_internal)?;
        }
        requirement.acr = requirement.acr.max(asked.essential);
        requirement.essential_acr = requirement.essential_acr.max(asked.essential);
        self.show("/second-factor", checked, interaction, requirement).await
    }

    async fn begin_interaction(&self, checked: &Checked, requirement: Requirement) -> Result<Interaction, WebError> {
        let binding = BrowserBinding::new(Browser::of(self.http, self.context)?.binding().clone());
        let details = checked.request.authorization_details.as_ref();
        let new = NewInteraction {
            client_id: checked.client.client_id.clone(),
            client_name: checked.client.name.clone(),
            scope: checked.consent_scope.clone(),
            requirement,
            login_hint: checked.request.login_hint.clone(),
            ui_locales: checked.request.ui_locales.clone(),
            consent: initial_consent(&checked.request, &checked.client),
            continue_path: CONTINUE_PATH.to_owned(),
            authorization: json!({
                KEPT_REQUEST: checked.kept,
                REDIRECT_URI: checked.target.redirect_uri,
                AUTHORIZATION_DETAILS: details.map(AuthorizationDetails::to_value),
            }),
        };
        let visitor = Visitor { address: RequestOrigin::of(self.http)?.client, browser: &binding };
        let begun = self.services.sign_in.begin(&self.context.tenant, visitor, new).await;
        begun.map_err(unavailable_or_internal)
    }
}

pub(super) fn authentication(active: &ActiveSession) -> Authentication {
    Authentication {
        auth_time: active.session.authenticated_at,
        amr: active.session.amr.clone(),
        acr: active.session.acr.clone(),
    }
}

fn requirement(checked: &Checked, now: UtcTime) -> Requirement {
    let asked = asked_acr(&checked.request, &Outcome::Admit);
    Requirement {
        fresh_after: checked.request.prompt.demands_sign_in().then_some(now),
        max_age: checked.request.max_age,
        subject: checked.subject.clone(),
        account: checked.request.prompt.account(),
        acr: asked.essential.max(asked.voluntary),
        essential_acr: asked.essential,
    }
}

/// Whom a new request means.
fn account_wish(checked: &Checked) -> AccountWish {
    let (subject, login_hint) = (checked.subject.clone(), checked.request.login_hint.clone());
    AccountWish { subject, login_hint, ..AccountWish::default() }
}

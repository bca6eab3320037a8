//! The next step of a checked request: the code, a page, or an error.

use actix_web::HttpResponse;
use latchkey_auth::{AccountWish, Accounts, ActiveSession, BrowserBinding, Interaction, NewInteraction, Requirement};
use latchkey_core::{Secret, UtcTime};
use latchkey_protocol::{GrantType, Scope};
use latchkey_tokens::{Authentication, CodePayload, NewGrant};
use latchkey_web::cookies::read_session;
use latchkey_web::redirect::see_other;
use latchkey_web::{Browser, WebError};
use serde_json::{Value, json};

use super::decision::{Next, Situation, initial_consent};
use super::response::{AuthorizationResponse, ResponseTarget};
use super::understand::Checked;
use super::{CONTINUE_PATH, Exchange};
use crate::claims_policy::granted_claims;
use crate::page_error::unavailable_or_internal;
use crate::scope_policy::audience;

/// The request inside [`Interaction::authorization`].
const KEPT_REQUEST: &str = "request";
/// Where the answer will go, for the `form-action` of the pages on the way (a browser applies it to redirects too).
const REDIRECT_URI: &str = "redirect_uri";

impl Exchange<'_> {
    /// A new request.
    pub(super) async fn begin(&self, query: &[u8]) -> Result<HttpResponse, WebError> {
        match self.understand(query).await {
            Ok(checked) => self.proceed(&checked, None).await,
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// A sign-in under way: its request is read and judged as if it were new.
    pub(super) async fn go_on(&self, interaction: Interaction) -> Result<HttpResponse, WebError> {
        let kept = interaction.authorization.get(KEPT_REQUEST).and_then(Value::as_str).ok_or(WebError::Expired)?;
        match self.understand(kept.as_bytes()).await {
            Ok(checked) => self.proceed(&checked, Some(&interaction)).await,
            Err(refusal) => self.refuse(refusal),
        }
    }

    async fn proceed(&self, checked: &Checked, interaction: Option<&Interaction>) -> Result<HttpResponse, WebError> {
        let now = self.services.clock.now();
        let (accounts, session) = self.find_accounts(checked, interaction).await?;
        let requirement = requirement(checked, now);
        let situation = Situation {
            request: &checked.request,
            scope: &checked.consent_scope,
            requirement: &requirement,
            consent: &initial_consent(&checked.request, &checked.client),
            session: session.as_ref().map(|(active, allowed)| (&active.session, allowed)),
            accounts: accounts.iter().count(),
            sign_up: self.context.tenant.settings.sign_up,
            interaction,
            now,
        };
        match (situation.decide(), session) {
            (Next::Issue, Some((active, _))) => self.issue(checked, interaction, &active, now).await,
            (Next::Consent, _) => self.show("/consent", checked, interaction, requirement).await,
            (Next::ChooseAccount, _) => self.show("/choose-account", checked, interaction, requirement).await,
            (Next::SignUp, _) => self.show("/sign-up", checked, interaction, requirement).await,
            (Next::Issue | Next::SignIn, _) => self.show("/sign-in", checked, interaction, requirement).await,
            (Next::Refuse(error), _) => {
                self.finish(interaction).await?;
                self.respond(&checked.target, AuthorizationResponse::Error(error))
            }
        }
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

    /// Issues a code. An interaction is taken first: of two continuations that race, one gets here.
    async fn issue(
        &self,
        checked: &Checked,
        interaction: Option<&Interaction>,
        active: &ActiveSession,
        now: UtcTime,
    ) -> Result<HttpResponse, WebError> {
        if checked.request.misses_acr_values(&active.session.acr) {
            let client_id = &checked.client.client_id;
            tracing::debug!(%client_id, acr = active.session.acr, "issuing a code with none of the acr_values");
        }
        self.finish(interaction).await?;
        let payload = self.code_payload(checked, active, now).await?;
        let code: Secret<String> = self
            .services
            .tokens
            .begin_code(&self.context.tenant.id, &payload)
            .await
            .map_err(unavailable_or_internal)?;
        // A request that is no OpenID Connect request has no session to manage.
        let (client_id, redirect_uri) = (&checked.client.client_id, &checked.target.redirect_uri);
        let session_state = checked.scope.contains("openid").then(|| self.session_state(client_id, redirect_uri));
        let session_state = session_state.transpose()?.flatten();
        let target = ResponseTarget { session_state, ..checked.target.clone() };
        self.respond(&target, AuthorizationResponse::Code(code))
    }

    async fn code_payload(
        &self,
        checked: &Checked,
        active: &ActiveSession,
        now: UtcTime,
    ) -> Result<CodePayload, WebError> {
        let request = &checked.request;
        let servers = self.services.directory.resource_servers(&self.context.tenant.id).await?;
        let claims = granted_claims(&request.claims, &checked.client);
        let claims = (!claims.is_empty()).then(|| serde_json::to_value(&claims));
        let grant = NewGrant {
            grant_type: GrantType::AuthorizationCode,
            client_id: checked.client.client_id.clone(),
            user_id: active.user.id.clone(),
            session_id: Some(active.session.id.clone()),
            scope: checked.scope.clone(),
            audience: audience(&checked.scope, &checked.client, &servers),
            authentication: Authentication {
                auth_time: active.session.authenticated_at,
                amr: active.session.amr.clone(),
                acr: active.session.acr.clone(),
            },
            claims: claims.transpose().map_err(WebError::internal)?,
            offline: checked.scope.contains("offline_access"),
            confirmation: None,
            authorization_details: None,
            actor: None,
        };
        Ok(CodePayload {
            grant,
            redirect_uri: checked.target.redirect_uri.clone(),
            nonce: request.nonce.clone(),
            code_challenge: request.code_challenge.as_ref().map(|challenge| challenge.as_str().to_owned()),
            issued_at: now,
        })
    }

    async fn finish(&self, interaction: Option<&Interaction>) -> Result<(), WebError> {
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

    async fn begin_interaction(&self, checked: &Checked, requirement: Requirement) -> Result<Interaction, WebError> {
        let binding = BrowserBinding::new(Browser::of(self.http, self.context)?.binding().clone());
        let new = NewInteraction {
            client_id: checked.client.client_id.clone(),
            client_name: checked.client.name.clone(),
            scope: checked.consent_scope.clone(),
            requirement,
            login_hint: checked.request.login_hint.clone(),
            ui_locales: checked.request.ui_locales.clone(),
            consent: initial_consent(&checked.request, &checked.client),
            continue_path: CONTINUE_PATH.to_owned(),
            authorization: json!({ KEPT_REQUEST: checked.kept, REDIRECT_URI: checked.target.redirect_uri }),
        };
        let begun = self.services.sign_in.begin(&self.context.tenant.id, &binding, new).await;
        begun.map_err(unavailable_or_internal)
    }
}

fn requirement(checked: &Checked, now: UtcTime) -> Requirement {
    Requirement {
        fresh_after: checked.request.prompt.demands_sign_in().then_some(now),
        max_age: checked.request.max_age,
        subject: checked.subject.clone(),
        account: checked.request.prompt.account(),
    }
}

/// Whom a new request means.
fn account_wish(checked: &Checked) -> AccountWish {
    let (subject, login_hint) = (checked.subject.clone(), checked.request.login_hint.clone());
    AccountWish { subject, login_hint, ..AccountWish::default() }
}

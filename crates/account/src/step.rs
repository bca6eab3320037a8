//! One step of a sign-in under way: the interaction, who asks, and the browser that it is bound to.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use latchkey_auth::{
    Accounts, Acr, ActiveSession, BrowserBinding, ConsentState, Entry, Interaction, NewInteraction, Requirement, User,
    Visitor,
};
use latchkey_core::ClientId;
use latchkey_protocol::{Params, Scope};
use latchkey_tenants::Client;
use latchkey_web::{Browser, Layout, RequestOrigin, TenantContext, WebError, WebState, cookies, csrf, form, redirect};

use crate::Services;
use crate::console::gate;
use crate::passkeys;
use crate::remembered;
use crate::required_action;
use crate::services::failed;

/// What every page of a sign-in shows and needs.
pub(crate) struct Step {
    pub(crate) interaction: Interaction,
    /// `None` when the client was deleted meanwhile.
    pub(crate) client: Option<Arc<Client>>,
    pub(crate) context: TenantContext,
    pub(crate) browser: Browser,
}

impl Step {
    /// Finds the step that the request's query names.
    pub(crate) async fn of_query(
        request: &HttpRequest,
        services: &Services,
        context: TenantContext,
        browser: Browser,
    ) -> Result<Self, WebError> {
        let id = form::query(request)?.optional("interaction").ok_or(WebError::Expired)?;
        Self::find(request, services, context, browser, &id).await
    }

    /// Finds a step; [`WebError::Expired`] when it is unknown, over, or began in another browser.
    pub(crate) async fn find(
        request: &HttpRequest,
        services: &Services,
        context: TenantContext,
        browser: Browser,
        id: &str,
    ) -> Result<Self, WebError> {
        let id = id.parse().map_err(|_| WebError::Expired)?;
        let tenant = &context.tenant.id;
        let binding = BrowserBinding::new(browser.binding().clone());
        let found = services.sign_in.find(tenant, &id, &binding).await.map_err(failed)?;
        let interaction = found.ok_or_else(|| browser.has_nothing_under_way())?;
        let client = WebState::of(request)?.directory.find_client(tenant, &interaction.client_id).await?;
        Ok(Self { interaction, client, context, browser })
    }

    /// The frame of the step's page. Its form may lead to any redirect URI of the client.
    pub(crate) fn layout(&self, request: &HttpRequest) -> Result<Layout, WebError> {
        let layout = Layout::new(request, &self.context.tenant)?.ask_for(&self.interaction.ui_locales);
        let uris = self.client.iter().flat_map(|client| &client.metadata.redirect_uris);
        Ok(uris.fold(layout, |layout, uri| layout.allow_form_redirect(uri.as_str())))
    }

    /// The name of the application in the language of the page; at a page of the tenant's own, the tenant's.
    pub(crate) fn client_name(&self, layout: &Layout) -> String {
        let name = self.client.as_ref().map(|client| client.name_in(layout.lang()));
        name.unwrap_or(&self.interaction.client_name).to_owned()
    }

    pub(crate) fn csrf_token(&self) -> String {
        csrf::token(&self.browser, &self.context.tenant.id, self.interaction.id.as_str())
    }

    /// The accounts that the browser is signed in to.
    pub(crate) async fn find_accounts(&self, request: &HttpRequest, services: &Services) -> Result<Accounts, WebError> {
        let Some(cookie) = cookies::read_session(request, &self.context) else { return Ok(Accounts::default()) };
        services.sign_in.find_accounts(&self.context.tenant, &cookie).await.map_err(failed)
    }

    /// Whether a second factor is missing that this step's client needs.
    pub(crate) async fn lacks_second_factor(
        &self,
        services: &Services,
        active: &ActiveSession,
    ) -> Result<bool, WebError> {
        let needs = (&self.interaction.client_id, self.interaction.requirement.acr);
        services.lacks_second_factor(&self.context.tenant, active, needs).await
    }

    /// Whether people may make an account at this tenant.
    pub(crate) fn offers_sign_up(&self) -> bool {
        self.context.tenant.settings.registration().is_offered()
    }

    /// The path of a page of this step.
    pub(crate) fn page(&self, path: &str) -> String {
        self.context.path(&format!("{path}?interaction={}", self.interaction.id))
    }

    /// Gives the browser its session and sends it on, or to what has to be done first.
    pub(crate) fn enter(&self, request: &HttpRequest, entry: &Entry) -> Result<HttpResponse, WebError> {
        if let Entry::Opened(session) = entry {
            cookies::put_session(request, &self.context, Some(&session.cookie_value))?;
            remembered::note(request, &self.context, session)?;
        }
        redirect::see_other(&self.next_after(entry))
    }

    /// Where the browser goes once every factor was passed.
    pub(crate) fn next_after(&self, entry: &Entry) -> String {
        match entry {
            Entry::Opened(_) if self.offers_passkey() => self.page(passkeys::OFFER_PATH),
            Entry::Opened(_) => self.context.path(&self.interaction.continue_path),
            Entry::ActionRequired => self.page(required_action::PATH),
        }
    }

    /// Whether who signed in may be offered a passkey: in a browser that can keep one, where none is asked for anyway.
    fn offers_passkey(&self) -> bool {
        self.interaction.kept.can_make_passkeys
            && self.interaction.requirement.acr < Some(Acr::PhishingResistant)
            && !gate::is_for_console(self)
    }

    /// Sends the browser to where the next step is decided.
    pub(crate) fn go_on(&self) -> Result<HttpResponse, WebError> {
        redirect::see_other(&self.context.path(&self.interaction.continue_path))
    }
}

/// Begins a sign-in to a page of the tenant's own, which no application asks for; the browser is sent to `page` of it,
/// and comes back to `path`. It is judged as a sign-in to `client`.
pub(crate) async fn begin_for_own_page(
    request: &HttpRequest,
    (context, browser): (&TenantContext, &Browser),
    services: &Services,
    client: ClientId,
    (page, path): (&str, &str),
) -> Result<HttpResponse, WebError> {
    let new = NewInteraction {
        client_id: client,
        client_name: context.tenant.name.clone(),
        scope: Scope::default(),
        requirement: Requirement::default(),
        login_hint: None,
        ui_locales: Vec::new(),
        consent: ConsentState::NotAsked,
        continue_path: path.to_owned(),
        authorization: serde_json::Value::Null,
    };
    let binding = BrowserBinding::new(browser.binding().clone());
    let visitor = Visitor { address: RequestOrigin::of(request)?.client, browser: &binding };
    let interaction = services.sign_in.begin(&context.tenant, visitor, new).await.map_err(failed)?;
    redirect::see_other(&context.path(&format!("{page}?interaction={}", interaction.id)))
}

/// What tells a user from another of the same name: the address, or else the user name.
pub(crate) fn user_detail(user: &User) -> Option<String> {
    let detail = user.email.as_ref().unwrap_or(&user.username);
    (detail != user.display_name()).then(|| detail.clone())
}

/// A hidden field that our page always sends.
pub(crate) fn hidden(params: &mut Params, name: &str) -> Result<String, WebError> {
    params.optional(name).ok_or(WebError::BadRequest("The form is incomplete."))
}

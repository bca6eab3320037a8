//! The gate of the account console: who may look, and who may change something.

use actix_web::{HttpRequest, HttpResponse};
use latchkey_auth::{
    ActiveSession, BrowserBinding, ConsentState, NewInteraction, OwnProof, OwnSession, Requirement, User, Visitor,
};
use latchkey_core::ClientId;
use latchkey_protocol::{Params, Scope};
use latchkey_web::{
    Browser, CsrfForm, PageForm, RequestOrigin, TenantContext, WebError, cookies, csrf, form, redirect,
};

use crate::Services;
use crate::second_factor;
use crate::services::failed;
use crate::step::{Step, hidden};

/// Which application a sign-in to the console is for: none. Settings that differ by application know it by this name.
const CLIENT: &str = "account";
const SIGN_IN: &str = "/sign-in";

/// What comes of a request, or where the browser goes instead.
pub(crate) type Passage<T> = Result<Result<T, HttpResponse>, WebError>;

/// What a page asks of who wants to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// To be signed in.
    Session,
    /// To have proved for the console, within the last quarter of an hour, that it is they.
    Proof,
}

/// Who is at the console, let in by [`enter`] or [`change`] alone.
pub(crate) struct Owner {
    pub(crate) context: TenantContext,
    pub(crate) browser: Browser,
    pub(crate) own: OwnSession,
}

impl Owner {
    /// Whoever a page of the console that goes on within a sign-in has let in.
    pub(crate) fn of_step(step: &Step, active: &ActiveSession) -> Self {
        let own = OwnSession { active: active.clone(), proved: true };
        Self { context: step.context.clone(), browser: step.browser.clone(), own }
    }

    pub(crate) fn user(&self) -> &User {
        &self.own.active.user
    }

    /// The token of every form of the console in this browser and this session.
    pub(crate) fn csrf_token(&self) -> String {
        csrf::token(&self.browser, &self.context.tenant.id, self.own.active.session.id.as_str())
    }

    /// To a page of the console, where the note of that name is shown.
    pub(crate) fn see(&self, path: &str, note: &str) -> Result<HttpResponse, WebError> {
        redirect::see_other(&self.context.path(&format!("{path}?note={note}")))
    }
}

/// The fields of a form of the console.
pub(crate) trait OwnFields: Sized {
    /// Takes them out.
    fn from_params(params: &mut Params) -> Result<Self, WebError>;
}

/// A form of the console: its fields, and the session that its page spoke to.
pub(crate) struct Own<F> {
    account: String,
    fields: F,
}

impl<F: OwnFields> PageForm for Own<F> {
    fn purpose(&self) -> &str {
        &self.account
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self { account: hidden(params, "account")?, fields: F::from_params(params)? })
    }
}

/// Lets in who may see the page at `path`; else where the browser goes first, to come back to it.
pub(crate) async fn enter(
    request: &HttpRequest,
    services: &Services,
    (context, browser): (TenantContext, Browser),
    (path, need): (&str, Need),
) -> Passage<Owner> {
    if let Some(elsewhere) = come_back(request, services, (&context, &browser), (path, need)).await? {
        return Ok(Err(elsewhere));
    }
    let own = match cookies::read_session(request, &context) {
        Some(cookie) => services.sign_in.own_session(&context.tenant, &cookie, &client()?).await.map_err(failed)?,
        None => None,
    };
    let Some(own) = own else {
        return leave(request, services, (&context, &browser, None), (SIGN_IN, path)).await.map(Err);
    };
    if services.lacks_second_factor(&context.tenant, &own.active, (&client()?, None)).await? {
        return leave(request, services, (&context, &browser, None), (second_factor::PATH, path)).await.map(Err);
    }
    if need == Need::Proof && !own.proved {
        let user = own.active.user.clone();
        return leave(request, services, (&context, &browser, Some(&user)), (SIGN_IN, path)).await.map(Err);
    }
    Ok(Ok(Owner { context, browser, own }))
}

/// Lets pass a form of the page at `path`: from who proved that it is they, and from the account that the page spoke to.
///
/// Every form of the console that changes something comes by here.
pub(crate) async fn change<F: OwnFields>(
    request: &HttpRequest,
    services: &Services,
    form: CsrfForm<Own<F>>,
    path: &str,
) -> Passage<(Owner, F)> {
    let CsrfForm { fields: Own { account, fields }, context, browser } = form;
    Ok(match enter(request, services, (context, browser), (path, Need::Proof)).await? {
        Ok(owner) if owner.own.active.session.id.as_str() == account => Ok((owner, fields)),
        // Another account became the active one in another tab, or this one signed in anew: nothing is changed.
        Ok(owner) => Err(owner.see(path, "switched")?),
        Err(elsewhere) => Err(elsewhere),
    })
}

/// Whether the sign-in was begun for the console.
pub(crate) fn is_for_console(step: &Step) -> bool {
    step.interaction.client_id.as_str() == CLIENT
}

/// Sends the browser to a page of a new sign-in to the console, from which it comes back to `path`. The name of `user`
/// stands in its form.
pub(crate) async fn leave(
    request: &HttpRequest,
    services: &Services,
    (context, browser, user): (&TenantContext, &Browser, Option<&User>),
    (page, path): (&str, &str),
) -> Result<HttpResponse, WebError> {
    let binding = BrowserBinding::new(browser.binding().clone());
    let visitor = Visitor { address: RequestOrigin::of(request)?.client, browser: &binding };
    let new = new_sign_in(context, user, path)?;
    let interaction = services.sign_in.begin(&context.tenant, visitor, new).await.map_err(failed)?;
    redirect::see_other(&context.path(&format!("{page}?interaction={}", interaction.id)))
}

/// Begins a sign-in at `path`, a page that goes on within one; it is past the first factor if that was proved before.
pub(crate) async fn go_on_within(
    request: &HttpRequest,
    services: &Services,
    owner: &Owner,
    path: &str,
) -> Result<HttpResponse, WebError> {
    let context = &owner.context;
    let binding = BrowserBinding::new(owner.browser.binding().clone());
    let visitor = Visitor { address: RequestOrigin::of(request)?.client, browser: &binding };
    let new = new_sign_in(context, Some(owner.user()), path)?;
    let begun = services.sign_in.begin_proved(&context.tenant, visitor, new, &owner.own).await;
    redirect::see_other(&context.path(&begun.map_err(failed)?.continue_path))
}

fn new_sign_in(context: &TenantContext, user: Option<&User>, path: &str) -> Result<NewInteraction, WebError> {
    Ok(NewInteraction {
        client_id: client()?,
        client_name: context.tenant.name.clone(),
        scope: Scope::default(),
        requirement: Requirement::default(),
        login_hint: user.map(|user| user.email.clone().unwrap_or_else(|| user.username.clone())),
        ui_locales: Vec::new(),
        consent: ConsentState::NotAsked,
        continue_path: path.to_owned(),
        authorization: serde_json::Value::Null,
    })
}

fn client() -> Result<ClientId, WebError> {
    CLIENT.parse().map_err(WebError::internal)
}

/// Where the browser goes that comes from a sign-in to the console: to the page itself, whose address names no sign-in,
/// or to what is missing. `None` when it comes from none, or from one that is over.
async fn come_back(
    request: &HttpRequest,
    services: &Services,
    (context, browser): (&TenantContext, &Browser),
    (path, need): (&str, Need),
) -> Result<Option<HttpResponse>, WebError> {
    let Some(id) = form::query(request)?.optional("interaction") else { return Ok(None) };
    let step = match Step::find(request, services, context.clone(), browser.clone(), &id).await {
        Ok(step) if is_for_console(&step) => step,
        Ok(_) | Err(WebError::Expired) => return Ok(None),
        Err(error) => return Err(error),
    };
    let cookie = cookies::read_session(request, context);
    let proof = services.sign_in.prove_own(&context.tenant, &step.interaction, cookie.as_deref()).await;
    let page = match proof.map_err(failed)? {
        OwnProof::SecondFactorFirst => step.page(second_factor::PATH),
        OwnProof::SignInFirst if need == Need::Proof => step.page(SIGN_IN),
        OwnProof::Proved | OwnProof::SignInFirst => context.path(path),
    };
    redirect::see_other(&page).map(Some)
}

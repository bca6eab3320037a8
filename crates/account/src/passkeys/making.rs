//! The page on which a passkey is made: for the own account, or on the way to an application that asks for a second
//! factor.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{
    AddedPasskey, NewPasskeyAttempt, OwnFactors, PasskeyOwner, PasskeyRefusal, RecoveryCode, SecondFactorStep, User,
};
use latchkey_core::Secret;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_tenants::SecondFactorKind;
use latchkey_web::{
    Browser, ClientAddress, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, redirect,
};

use super::{FACTOR_PATH, NEW_PATH, PasskeyForm, refusal_text, relying_party};
use crate::Services;
use crate::second_factor::{self, find_stage, set_up, signed_in_with};
use crate::security;
use crate::services::failed;
use crate::sign_in::origin;
use crate::step::{Step, hidden, user_detail};

pub(crate) struct Fields {
    interaction: String,
    /// Empty when the form was sent by hand.
    credential: Secret<String>,
    name: Option<String>,
    later: bool,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self {
            interaction: hidden(params, "interaction")?,
            credential: Secret::new(params.optional("credential").unwrap_or_default()),
            name: params.optional("name"),
            later: params.optional("later").is_some(),
        })
    }
}

/// Whose passkey it is to be.
enum Owner {
    Own(Box<OwnFactors>),
    OnTheWay(Box<SecondFactorStep>),
}

impl Owner {
    fn proved(&self) -> PasskeyOwner<'_> {
        match self {
            Self::Own(own) => PasskeyOwner::Own(own),
            Self::OnTheWay(asked) => PasskeyOwner::OnTheWay(asked),
        }
    }

    fn user(&self) -> &User {
        match self {
            Self::Own(own) => &own.active.user,
            Self::OnTheWay(asked) => &asked.user,
        }
    }
}

#[derive(Template)]
#[template(path = "passkey_new.html")]
struct NewPage {
    layout: Layout,
    interaction: String,
    csrf_token: String,
    action: String,
    /// `None` when none can be made here.
    form: Option<PasskeyForm>,
    client_name: String,
    user_name: String,
    user_detail: Option<String>,
    /// Whether an application waits for it.
    on_the_way: bool,
    /// Where the person goes without.
    back: Option<String>,
    /// The last day on which it may be put off.
    due_on: Option<String>,
    /// Whether the person may go on without.
    may_decline: bool,
    name: String,
    alert: Option<Words>,
}

impl PageTemplate for NewPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl NewPage {
    fn on_the_way_words(&self) -> Words {
        Words::new("passkeys-new-on-the-way").with("tenant", &self.layout.name).with("client", &self.client_name)
    }
}

/// `GET {base}/passkeys/new?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let step = Step::of_query(&request, &services, context, browser).await?;
    match find_owner(&request, &services, &step).await? {
        Ok(owner) => Page::new(page(&request, &services, &step, &owner).await?).render(),
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST {base}/passkeys/new`
pub(crate) async fn submit(
    request: HttpRequest,
    form: CsrfForm<Fields>,
    address: ClientAddress,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let step = Step::find(&request, &services, context, browser, &fields.interaction).await?;
    let owner = match find_owner(&request, &services, &step).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if let (true, Owner::OnTheWay(asked)) = (fields.later, &owner) {
        if asked.is_wish() {
            let (tenant, interaction) = (&step.context.tenant.id, &step.interaction);
            services.sign_in.decline_class(tenant, interaction).await.map_err(failed)?;
            return step.go_on();
        }
        return put_off(&request, &services, (&step, asked), &address).await;
    }
    let Some(party) = relying_party(&request, &step.context)? else {
        return redirect::see_other(&step.page(NEW_PATH));
    };
    let from = origin(&request, &address);
    let attempt = NewPasskeyAttempt { response: fields.credential, from, name: fields.name.clone() };
    let (tenant, interaction) = (&step.context.tenant, &step.interaction);
    let added = services.sign_in.add_passkey(tenant, (&party, interaction), owner.proved(), &attempt).await;
    match (added.map_err(failed)?, &owner) {
        (AddedPasskey::Added { recovery_codes }, Owner::OnTheWay(_)) => {
            // Making one proves little: it is used before it opens the door.
            codes_then(&request, &step, &recovery_codes, FACTOR_PATH)
        }
        (AddedPasskey::Added { recovery_codes }, Owner::Own(_)) => {
            codes_then(&request, &step, &recovery_codes, security::PATH)
        }
        (AddedPasskey::Refused(refusal), _) => {
            let mut page = page(&request, &services, &step, &owner).await?;
            page.name = fields.name.unwrap_or_default();
            refused(page, refusal)
        }
    }
}

/// The recovery codes, once, with the way on; without new ones straight on.
fn codes_then(
    request: &HttpRequest,
    step: &Step,
    codes: &[RecoveryCode],
    path: &str,
) -> Result<HttpResponse, WebError> {
    if codes.is_empty() {
        return redirect::see_other(&step.page(path));
    }
    set_up::show_codes_before(request, step, (codes, step.page(path)))
}

fn refused(mut page: NewPage, refusal: PasskeyRefusal) -> Result<HttpResponse, WebError> {
    let text = match refusal {
        PasskeyRefusal::Wrong => "passkeys-not-made",
        other => refusal_text(other),
    };
    page.alert = Some(text.into());
    Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
}

async fn put_off(
    request: &HttpRequest,
    services: &Services,
    (step, asked): (&Step, &SecondFactorStep),
    address: &ClientAddress,
) -> Result<HttpResponse, WebError> {
    let with = signed_in_with(request, step, address);
    let entry = services.sign_in.put_off_second_factor(&step.context.tenant, &step.interaction, asked, &with).await;
    match entry.map_err(failed)? {
        Some(entry) => {
            set_up::signed_in(request, &entry)?;
            step.enter(request, &entry)
        }
        None => redirect::see_other(&step.page(second_factor::PATH)),
    }
}

/// Who may make one; else where the browser goes instead.
async fn find_owner(
    request: &HttpRequest,
    services: &Services,
    step: &Step,
) -> Result<Result<Owner, HttpResponse>, WebError> {
    if security::is_own(step) {
        return Ok(security::find_own(request, services, step).await?.map(Owner::Own));
    }
    match find_stage(request, services, step).await? {
        Ok(asked) if asked.enrollable.contains(&SecondFactorKind::Passkey) => Ok(Ok(Owner::OnTheWay(asked))),
        Ok(_) => redirect::see_other(&step.page(second_factor::PATH)).map(Err),
        Err(elsewhere) => Ok(Err(elsewhere)),
    }
}

async fn page(request: &HttpRequest, services: &Services, step: &Step, owner: &Owner) -> Result<NewPage, WebError> {
    let options = match relying_party(request, &step.context)? {
        Some(party) => {
            let place = (&party, &step.interaction);
            services.sign_in.begin_new_passkey(&step.context.tenant, place, owner.proved()).await.map_err(failed)?
        }
        None => None,
    };
    let (back, due_at) = match owner {
        Owner::Own(_) => (Some(step.page(security::PATH)), None),
        Owner::OnTheWay(asked) => {
            let otherwise = asked.enrollable.iter().any(|kind| *kind != SecondFactorKind::Passkey);
            (otherwise.then(|| step.page(second_factor::SET_UP_PATH)), asked.due_at)
        }
    };
    let layout = match owner {
        Owner::Own(_) => Layout::new(request, &step.context.tenant)?,
        Owner::OnTheWay(_) => step.layout(request)?,
    };
    let layout = layout.of_account(owner.user().locale());
    Ok(NewPage {
        interaction: step.interaction.id.to_string(),
        csrf_token: step.csrf_token(),
        action: step.context.path(NEW_PATH),
        form: options.map(|options| PasskeyForm::new(step, NEW_PATH, &options)),
        client_name: step.client_name(&layout),
        user_name: owner.user().display_name().to_owned(),
        user_detail: user_detail(owner.user()),
        on_the_way: matches!(owner, Owner::OnTheWay(_)),
        back,
        due_on: due_at.map(|due_at| due_at.to_string().chars().take(10).collect()),
        may_decline: matches!(owner, Owner::OnTheWay(asked) if asked.is_wish()),
        name: String::new(),
        alert: None,
        layout,
    })
}

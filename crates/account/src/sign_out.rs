//! Sign-out: the question, and the page afterwards.
//!
//! The end-session endpoint sends the browser here when the user has to be asked. A confirmation is proved to it by a
//! token that only this browser can carry ([`csrf::sign_out_confirmation`]), so that a link alone signs nobody out.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::Accounts;
use latchkey_core::InteractionId;
use latchkey_language::Words;
use latchkey_protocol::Params;
use latchkey_web::csrf::SignOutOf;
use latchkey_web::{
    Browser, CsrfForm, Layout, Page, PageForm, PageTemplate, TenantContext, WebError, cookies, csrf, form, redirect,
};

use crate::Services;
use crate::services::failed;
use crate::step::hidden;

pub(crate) struct Fields {
    interaction: String,
    of: SignOutOf,
}

impl PageForm for Fields {
    fn purpose(&self) -> &str {
        &self.interaction
    }

    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        let interaction: InteractionId = hidden(params, "interaction")?.parse().map_err(|_| WebError::Expired)?;
        let of = params.optional("accounts").map_or(Some(SignOutOf::ActiveAccount), |text| SignOutOf::parse(&text));
        let of = of.ok_or(WebError::BadRequest("The form holds an unknown answer."))?;
        Ok(Self { interaction: interaction.to_string(), of })
    }
}

#[derive(Template)]
#[template(path = "sign_out.html")]
struct SignOutPage {
    layout: Layout,
    action: String,
    interaction: String,
    csrf_token: String,
    /// The active account.
    user_name: Option<String>,
    /// How many more there are.
    others: usize,
}

impl PageTemplate for SignOutPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl SignOutPage {
    fn lead(&self) -> Words {
        let words = match (&self.user_name, self.others) {
            (Some(name), 0) => Words::new("sign-out-signed-in").with("name", name),
            (Some(name), others) => {
                Words::new("sign-out-signed-in-and-others").with("name", name).with("others", others)
            }
            (None, 0) => Words::new("sign-out-session"),
            (None, others) => Words::new("sign-out-others").with("others", others),
        };
        words.with("tenant", &self.layout.name)
    }
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    layout: Layout,
}

impl PageTemplate for SignedOutPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/sign-out?interaction=…`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    // Somebody who typed the address: the end-session endpoint begins the sign-out.
    let Some(id) = form::query(&request)?.optional("interaction") else {
        return redirect::see_other(&context.path("/oauth2/logout"));
    };
    let id: InteractionId = id.parse().map_err(|_| WebError::Expired)?;
    let accounts = match cookies::read_session(&request, &context) {
        Some(cookie) => services.sign_in.find_accounts(&context.tenant, &cookie).await.map_err(failed)?,
        None => Accounts::default(),
    };
    // The confirmation may end at the application's post_logout_redirect_uri, which this page does not know.
    let layout = Layout::new(&request, &context.tenant)?.allow_any_form_redirect();
    Page::new(SignOutPage {
        layout,
        action: context.path("/sign-out"),
        csrf_token: csrf::token(&browser, &context.tenant.id, id.as_str()),
        interaction: id.to_string(),
        user_name: accounts.active().map(|active| active.user.display_name().to_owned()),
        others: accounts.iter().count().saturating_sub(accounts.active().iter().count()),
    })
    .render()
}

/// `POST {base}/sign-out`
pub(crate) async fn confirm(form: CsrfForm<Fields>) -> Result<HttpResponse, WebError> {
    let CsrfForm { fields, context, browser } = form;
    let Fields { interaction, of } = fields;
    let proof = csrf::sign_out_confirmation(&browser, &context.tenant.id, &interaction, of);
    let of = of.as_str();
    let next = format!("/oauth2/logout/continue?interaction={interaction}&accounts={of}&confirmation={proof}");
    redirect::see_other(&context.path(&next))
}

/// `GET {base}/signed-out`
pub(crate) async fn signed_out(request: HttpRequest, context: TenantContext) -> Result<HttpResponse, WebError> {
    Page::new(SignedOutPage { layout: Layout::new(&request, &context.tenant)? }).render()
}

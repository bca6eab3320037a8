//! The identities at other issuers that are linked to a user, and the end of such a link.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{IdentityUnlinked, LinkedIdentity};
use latchkey_protocol::Params;
use latchkey_web::{Browser, CsrfForm, Layout, Page, PageTemplate, TenantContext, WebError};

use super::frame::{self, Frame, day};
use super::gate::{self, Need, Own, OwnFields, Owner};
use crate::Services;
use crate::services::failed;
use crate::step::hidden;

pub(crate) const PATH: &str = "/account/identities";

/// The link that is to end.
pub(crate) struct Fields(String);

impl OwnFields for Fields {
    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        Ok(Self(hidden(params, "unlink")?))
    }
}

struct IdentityLine {
    id: String,
    label: String,
    subject: String,
    since: String,
    used_at: Option<String>,
}

#[derive(Template)]
#[template(path = "console/identities.html")]
struct IdentitiesPage {
    layout: Layout,
    frame: Frame,
    identities: Vec<IdentityLine>,
    /// Whether a link was to end that is the last way in.
    is_last: bool,
}

impl PageTemplate for IdentitiesPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/identities`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let owner = match gate::enter(&request, &services, (context, browser), (PATH, Need::Session)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Page::new(page(&request, &services, &owner).await?).render()
}

/// `POST {base}/account/identities`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let (owner, Fields(id)) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let unlinked = services.sign_in.unlink_own_identity(&owner.context.tenant, &owner.own, &id).await;
    match unlinked.map_err(failed)? {
        IdentityUnlinked::Unlinked => owner.see(PATH, "unlinked"),
        IdentityUnlinked::LastWayIn => {
            let page = IdentitiesPage { is_last: true, ..page(&request, &services, &owner).await? };
            Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
        }
    }
}

async fn page(request: &HttpRequest, services: &Services, owner: &Owner) -> Result<IdentitiesPage, WebError> {
    let identities = services.sign_in.own_identities(&owner.context.tenant, &owner.own).await.map_err(failed)?;
    let (layout, frame) = frame::of(request, owner, PATH)?;
    Ok(IdentitiesPage { layout, frame, identities: identities.into_iter().map(line).collect(), is_last: false })
}

fn line(identity: LinkedIdentity) -> IdentityLine {
    IdentityLine {
        id: identity.id().as_str().to_owned(),
        label: identity.label,
        subject: identity.subject,
        since: day(identity.linked_at),
        used_at: identity.last_used_at.map(day),
    }
}

//! What is kept of a user: the whole of it as a file, and the way to have it deleted.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_protocol::Params;
use latchkey_web::{Browser, CsrfForm, Layout, Page, PageTemplate, TenantContext, WebError};
use serde_json::{Value, json};

use super::delete;
use super::frame::{self, Frame};
use super::gate::{self, Need, Own, OwnFields, Owner};
use crate::Services;
use crate::services::{failed, tokens_failed};

pub(crate) const PATH: &str = "/account/data";

/// The form has nothing but its button.
pub(crate) struct Fields;

impl OwnFields for Fields {
    fn from_params(_: &mut Params) -> Result<Self, WebError> {
        Ok(Self)
    }
}

#[derive(Template)]
#[template(path = "console/data.html")]
struct DataPage {
    layout: Layout,
    frame: Frame,
    /// Where the account is deleted, if the tenant lets its users.
    delete: Option<String>,
}

impl PageTemplate for DataPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/data`
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
    let (layout, frame) = frame::of(&request, &owner, PATH)?;
    let delete = owner.context.tenant.settings.account.deletion.then(|| owner.context.path(delete::PATH));
    Page::new(DataPage { layout, frame, delete }).render()
}

/// `POST {base}/account/data`: the file.
pub(crate) async fn download(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let (owner, Fields) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let record = record(&services, &owner).await?;
    let text = serde_json::to_string_pretty(&record).map_err(WebError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"account.json\""))
        .body(text))
}

/// Everything that is kept of the user, without secrets.
async fn record(services: &Services, owner: &Owner) -> Result<Value, WebError> {
    let tenant = &owner.context.tenant;
    let mut record = services.sign_in.own_record(tenant, &owner.own).await.map_err(failed)?;
    let granted = services.tokens.clients_of_user(&tenant.id, &owner.user().id).await.map_err(tokens_failed)?;
    let granted: Vec<Value> = granted
        .into_iter()
        .map(|granted| {
            json!({
                "client_id": granted.client_id,
                "scope": granted.scope.to_string(),
                "since": granted.since.to_string(),
                "last_used_at": granted.last_used_at.to_string(),
                "offline": granted.offline,
            })
        })
        .collect();
    if let Some(members) = record.as_object_mut() {
        members.insert("issuer".to_owned(), owner.context.issuer.clone().into());
        members.insert("applications".to_owned(), granted.into());
    }
    Ok(record)
}

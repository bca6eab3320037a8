//! What is said of the person: the claims that the tenant lets its users change.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use latchkey_auth::{InvalidProfile, ProfileOutcome};
use latchkey_protocol::Params;
use latchkey_tenants::ProfileClaim;
use latchkey_web::{Browser, CsrfForm, Layout, Page, PageTemplate, TenantContext, WebError};

use super::frame::{self, Frame};
use super::gate::{self, Need, Own, OwnFields, Owner};
use crate::Services;
use crate::services::failed;

pub(crate) const PATH: &str = "/account/profile";

/// A claim with the name of its field, the id of its text, and what browsers fill it with.
type Row = (ProfileClaim, &'static str, &'static str, &'static str);

/// The fields in the order of the page. The language has a page of its own.
const ROWS: [Row; 13] = [
    (ProfileClaim::Name, "name", "account-profile-name", "name"),
    (ProfileClaim::GivenName, "given_name", "account-profile-given-name", "given-name"),
    (ProfileClaim::FamilyName, "family_name", "account-profile-family-name", "family-name"),
    (ProfileClaim::MiddleName, "middle_name", "account-profile-middle-name", "additional-name"),
    (ProfileClaim::Nickname, "nickname", "account-profile-nickname", "nickname"),
    (ProfileClaim::PhoneNumber, "phone_number", "account-profile-phone-number", "tel"),
    (ProfileClaim::Birthdate, "birthdate", "account-profile-birthdate", "bday"),
    (ProfileClaim::Gender, "gender", "account-profile-gender", "sex"),
    (ProfileClaim::Address, "address", "account-profile-address", "street-address"),
    (ProfileClaim::Zoneinfo, "zoneinfo", "account-profile-zoneinfo", "off"),
    (ProfileClaim::Picture, "picture", "account-profile-picture", "photo"),
    (ProfileClaim::Profile, "profile", "account-profile-profile", "url"),
    (ProfileClaim::Website, "website", "account-profile-website", "url"),
];

/// What was typed, by claim; a field that was not sent is left alone.
pub(crate) struct Fields(Vec<(ProfileClaim, String)>);

impl OwnFields for Fields {
    fn from_params(params: &mut Params) -> Result<Self, WebError> {
        // An empty field comes as one that was left out; the page says which ones it showed.
        let shown = params.optional("shown").unwrap_or_default();
        let shown: Vec<&str> = shown.split(' ').collect();
        let of_page = ROWS.iter().filter(|(_, field, ..)| shown.contains(field));
        let typed = of_page.map(|(claim, field, ..)| (*claim, params.optional(field).unwrap_or_default()));
        Ok(Self(typed.collect()))
    }
}

struct Field {
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    value: String,
    hint: Option<&'static str>,
    has_lines: bool,
    error: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "console/profile.html")]
struct ProfilePage {
    layout: Layout,
    frame: Frame,
    fields: Vec<Field>,
    /// The names of the fields.
    shown: String,
    has_errors: bool,
}

impl PageTemplate for ProfilePage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// `GET {base}/account/profile`
pub(crate) async fn show(
    request: HttpRequest,
    context: TenantContext,
    browser: Browser,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let owner = match gate::enter(&request, &services, (context, browser), (PATH, Need::Proof)).await? {
        Ok(owner) => owner,
        Err(elsewhere) => return Ok(elsewhere),
    };
    Page::new(page(&request, &owner, None, &[])?).render()
}

/// `POST {base}/account/profile`
pub(crate) async fn change(
    request: HttpRequest,
    form: CsrfForm<Own<Fields>>,
    services: web::Data<Services>,
) -> Result<HttpResponse, WebError> {
    let (owner, Fields(typed)) = match gate::change(&request, &services, form, PATH).await? {
        Ok(passed) => passed,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let outcome = services.sign_in.change_own_profile(&owner.context.tenant, &owner.own, typed.clone()).await;
    match outcome.map_err(failed)? {
        ProfileOutcome::Saved => owner.see(PATH, "saved"),
        ProfileOutcome::Refused(wrong) => {
            let page = page(&request, &owner, Some(&typed), &wrong)?;
            Page::new(page).status(StatusCode::UNPROCESSABLE_ENTITY).render()
        }
    }
}

/// The page with what stands, or with what was typed and what is wrong with it.
fn page(
    request: &HttpRequest,
    owner: &Owner,
    typed: Option<&[(ProfileClaim, String)]>,
    wrong: &[(ProfileClaim, InvalidProfile)],
) -> Result<ProfilePage, WebError> {
    let (layout, frame) = frame::of(request, owner, PATH)?;
    let policy = &owner.context.tenant.settings.account;
    let value = |claim: ProfileClaim| {
        let sent = typed.and_then(|typed| typed.iter().find(|(known, _)| *known == claim));
        sent.map_or_else(|| owner.user().claims.typed(claim), |(_, text)| text.clone())
    };
    let field = |(claim, name, label, autocomplete): Row| Field {
        name,
        label,
        autocomplete,
        value: value(claim),
        hint: hint(claim),
        has_lines: claim == ProfileClaim::Address,
        error: wrong.iter().find(|(known, _)| *known == claim).map(|(_, why)| text_of(*why)),
    };
    let fields: Vec<Field> = ROWS.into_iter().filter(|(claim, ..)| policy.lets_edit(*claim)).map(field).collect();
    let shown = fields.iter().map(|field| field.name).collect::<Vec<_>>().join(" ");
    Ok(ProfilePage { layout, frame, fields, shown, has_errors: !wrong.is_empty() })
}

fn hint(claim: ProfileClaim) -> Option<&'static str> {
    match claim {
        ProfileClaim::PhoneNumber => Some("account-profile-phone-number-hint"),
        ProfileClaim::Birthdate => Some("account-profile-birthdate-hint"),
        ProfileClaim::Zoneinfo => Some("account-profile-zoneinfo-hint"),
        ProfileClaim::Picture | ProfileClaim::Profile | ProfileClaim::Website => Some("account-profile-uri-hint"),
        _ => None,
    }
}

fn text_of(why: InvalidProfile) -> &'static str {
    match why {
        InvalidProfile::Text => "account-profile-wrong-text",
        InvalidProfile::Birthdate => "account-profile-wrong-birthdate",
        InvalidProfile::PhoneNumber => "account-profile-wrong-phone-number",
        InvalidProfile::Uri => "account-profile-wrong-uri",
        InvalidProfile::Zoneinfo => "account-profile-wrong-zoneinfo",
        InvalidProfile::Locale => "account-profile-wrong-locale",
    }
}

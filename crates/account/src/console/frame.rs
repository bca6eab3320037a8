//! What every page of the console has around its content: who is signed in, and the way to the other pages.

use actix_web::HttpRequest;
use latchkey_core::UtcTime;
use latchkey_web::{Layout, WebError, form};

use super::gate::Owner;
use super::{activity, applications, data, email, identities, language, overview, password, profile, sessions};
use crate::security;
use crate::step::user_detail;

/// Names of notes with the ids of their texts. A link can name one, so none says anything that is not true anyway or
/// that matters.
const NOTES: [(&str, &str); 8] = [
    ("switched", "account-note-switched"),
    ("ended", "account-note-ended"),
    ("saved", "account-note-saved"),
    ("revoked", "account-note-revoked"),
    ("password", "account-note-password"),
    ("mailed", "email-note-mailed"),
    ("canceled", "email-note-canceled"),
    ("unlinked", "identity-note-unlinked"),
];

/// A page of the console in the navigation.
pub(crate) struct NavLink {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) is_current: bool,
}

/// The frame of a page; its template holds it as `frame`, beside `layout`, and extends `console.html`.
pub(crate) struct Frame {
    pub(crate) links: Vec<NavLink>,
    pub(crate) user_name: String,
    pub(crate) user_detail: Option<String>,
    /// Where another account is chosen.
    pub(crate) switch: String,
    pub(crate) sign_out: String,
    /// Where the page's form posts to.
    pub(crate) action: String,
    /// The session that the page speaks to.
    pub(crate) account: String,
    pub(crate) csrf_token: String,
    /// What came of the form before.
    pub(crate) note: Option<String>,
}

/// The layout and the frame of the page at `path`, in the language of the account.
pub(crate) fn of(request: &HttpRequest, owner: &Owner, path: &'static str) -> Result<(Layout, Frame), WebError> {
    let (context, user) = (&owner.context, owner.user());
    let locale = user.claims.locale.as_ref().map(latchkey_auth::ClaimText::as_str);
    let layout = Layout::new(request, &context.tenant)?.of_account(locale);
    let noted = form::query(request)?.optional("note");
    let note = NOTES.iter().find(|(name, _)| Some(*name) == noted.as_deref()).map(|(_, id)| layout.t(id));
    let frame = Frame {
        links: links(&layout, owner, path),
        user_name: user.display_name().to_owned(),
        user_detail: user_detail(user),
        switch: context.path(overview::SWITCH_PATH),
        sign_out: context.path("/sign-out"),
        action: context.path(path),
        account: owner.own.active.session.id.to_string(),
        csrf_token: owner.csrf_token(),
        note,
    };
    Ok((layout, frame))
}

fn links(layout: &Layout, owner: &Owner, current: &str) -> Vec<NavLink> {
    let settings = &owner.context.tenant.settings;
    let pages = [
        Some((overview::PATH, "account-nav-overview")),
        Some((profile::PATH, "account-nav-profile")),
        Some((email::PATH, "email-nav")),
        Some((password::PATH, "account-nav-password")),
        Some((security::PATH, "account-nav-security")),
        Some((identities::PATH, "identity-nav")),
        Some((sessions::PATH, "account-nav-sessions")),
        Some((applications::PATH, "account-nav-applications")),
        Some((activity::PATH, "account-nav-activity")),
        Some((data::PATH, "account-nav-data")),
        language::is_offered(settings).then_some((language::PATH, "account-nav-language")),
    ];
    let link = |(path, id): (&str, &str)| NavLink {
        path: owner.context.path(path),
        text: layout.t(id),
        is_current: path == current,
    };
    pages.into_iter().flatten().map(link).collect()
}

/// A day, as `2026-11-21`.
pub(crate) fn day(time: UtcTime) -> String {
    time.to_string().chars().take(10).collect()
}

/// A minute, as `2026-11-21 20:15 UTC`.
pub(crate) fn minute(time: UtcTime) -> String {
    let text = time.to_string();
    let (day, rest) = text.split_once('T').unwrap_or((&text, ""));
    format!("{day} {} UTC", rest.chars().take(5).collect::<String>())
}

//! What every page has around its content: language, look, links, and what its Content-Security-Policy allows.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};
use askama::filters::Safe;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::Rng;
use latchkey_language::{Direction, Language, Value, Words};
use latchkey_tenants::{Branding, PageTexts, Tenant};
use url::Url;

use crate::languages::{self, Preferred};
use crate::{WebError, WebState, theme};

const STYLE: &str = include_str!("../templates/style.css");

/// The frame of a page; a page's template holds it as `layout` and extends `base.html`.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Marks our own style and script; a new one for each answer.
    pub nonce: String,
    /// Name of the tenant, or of the product where there is no tenant.
    pub name: String,
    /// Address of the logo.
    pub logo_uri: Option<String>,
    /// Address of the logo for dark pages.
    pub logo_dark_uri: Option<String>,
    /// Help, privacy policy and terms, each by the id of its text.
    links: Vec<(&'static str, String)>,
    preferred: Preferred,
    /// This page's query in each language, where it can be shown in another.
    switches: Vec<(Language, String)>,
    texts: BTreeMap<String, PageTexts>,
    has_backdrop: bool,
    variables: String,
    custom_css: String,
    image_sources: Vec<String>,
    form_targets: Vec<String>,
    frame_sources: Vec<String>,
    asks_server: bool,
}

impl Layout {
    /// The layout of a tenant's pages, for an answer to `request`.
    ///
    /// # Errors
    /// [`WebError::Internal`] when the app was built without a [`WebState`].
    pub fn new(request: &HttpRequest, tenant: &Tenant) -> Result<Self, WebError> {
        let preferred = Preferred::of(request, Some(tenant));
        let layout = Self::build(&WebState::of(request)?.rng, preferred, &tenant.name, &tenant.branding);
        Ok(layout.with_switches(request, Some(tenant)))
    }

    /// The layout for an answer to `request`: its tenant's when it has been found.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let rng = WebState::of(request).map_or_else(|_| Rng::system(), |state| state.rng.clone());
        let tenant = request.extensions().get::<Arc<Tenant>>().map(Arc::clone);
        let preferred = Preferred::of(request, tenant.as_deref());
        let layout = match &tenant {
            Some(tenant) => Self::build(&rng, preferred, &tenant.name, &tenant.branding),
            None => Self::build(&rng, preferred, "Latchkey", &Branding::default()),
        };
        layout.with_switches(request, tenant.as_deref())
    }

    fn with_switches(self, request: &HttpRequest, tenant: Option<&Tenant>) -> Self {
        Self { switches: languages::switches(request, tenant), ..self }
    }

    fn build(rng: &Rng, preferred: Preferred, name: &str, branding: &Branding) -> Self {
        let links = [
            ("page-help", &branding.support_uri),
            ("page-privacy", &branding.policy_uri),
            ("page-terms", &branding.tos_uri),
        ];
        let links = links.into_iter().filter_map(|(text, uri)| Some((text, uri.clone()?))).collect();
        let layout = Self {
            nonce: URL_SAFE_NO_PAD.encode(rng.bytes::<16>()),
            name: name.to_owned(),
            logo_uri: branding.logo_uri.clone(),
            logo_dark_uri: branding.logo_dark_uri.clone(),
            links,
            preferred,
            switches: Vec::new(),
            texts: branding.texts.clone(),
            has_backdrop: branding.background_image_uri.is_some(),
            variables: theme::variables(branding),
            custom_css: custom_css(branding),
            image_sources: Vec::new(),
            form_targets: Vec::new(),
            frame_sources: Vec::new(),
            asks_server: false,
        };
        let images = [&branding.logo_uri, &branding.logo_dark_uri, &branding.background_image_uri];
        images.into_iter().flatten().fold(layout, |layout, uri| layout.allow_image(uri))
    }

    /// Speaks the first of these languages (`ui_locales`) that is offered, before every other wish.
    #[must_use]
    pub fn ask_for(mut self, tags: &[String]) -> Self {
        self.preferred.asked = latchkey_language::first_known(tags.iter().map(String::as_str));
        self
    }

    /// Speaks the language of the account, unless the application asked for another.
    #[must_use]
    pub fn of_account(mut self, locale: Option<&str>) -> Self {
        self.preferred.account = locale.and_then(Language::of_tag);
        self
    }

    /// The language of the texts.
    #[must_use]
    pub fn language(&self) -> Language {
        self.preferred.language()
    }

    /// The tag of that language.
    #[must_use]
    pub fn lang(&self) -> &'static str {
        self.language().tag()
    }

    /// The direction of that language.
    #[must_use]
    pub fn dir(&self) -> &'static str {
        self.language().direction().as_str()
    }

    /// Whether that language is written from right to left.
    #[must_use]
    pub fn is_right_to_left(&self) -> bool {
        self.language().direction() == Direction::RightToLeft
    }

    /// What the message of this id says.
    #[must_use]
    pub fn t(&self, id: &str) -> String {
        self.language().text(id)
    }

    /// What these words say, as plain text.
    #[must_use]
    pub fn say(&self, words: impl AsRef<Words>) -> String {
        self.language().say(words.as_ref())
    }

    /// The title of a page; of one that refuses what was typed it says so, for those who hear it first.
    #[must_use]
    pub fn title(&self, id: &'static str, refuses: bool) -> String {
        let title = self.t(id);
        if refuses { self.t1("page-error-title", "title", title) } else { title }
    }

    /// Who the page speaks to, and by which address when that is not the name.
    #[must_use]
    pub fn signed_in_as(&self, name: &str, detail: &Option<String>) -> Safe<String> {
        self.who(("page-signed-in-as", "page-signed-in-as-of"), name, detail.as_deref())
    }

    /// Who is about to be signed in.
    #[must_use]
    pub fn signing_in_as(&self, name: &str, detail: &Option<String>) -> Safe<String> {
        self.who(("page-signing-in-as", "page-signing-in-as-of"), name, detail.as_deref())
    }

    fn who(&self, (id, id_of): (&'static str, &'static str), name: &str, detail: Option<&str>) -> Safe<String> {
        self.rich(match detail {
            Some(detail) => Words::new(id_of).with("name", name).with("detail", detail),
            None => Words::new(id).with("name", name),
        })
    }

    /// What the message of this id says with one value in it, as plain text.
    #[must_use]
    pub fn t1(&self, id: &'static str, name: &'static str, value: impl Into<Value>) -> String {
        self.say(Words::new(id).with(name, value))
    }

    /// What these words say, with the names in them emphasised and in their own direction.
    #[must_use]
    pub fn rich(&self, words: impl AsRef<Words>) -> Safe<String> {
        Safe(self.language().say_html(words.as_ref()))
    }

    /// [`Layout::rich`] of a message with one value in it.
    #[must_use]
    pub fn rich1(&self, id: &'static str, name: &'static str, value: impl Into<Value>) -> Safe<String> {
        self.rich(Words::new(id).with(name, value))
    }

    /// Help, privacy policy and terms: text and address.
    #[must_use]
    pub fn links(&self) -> Vec<(String, &str)> {
        self.links.iter().map(|(id, uri)| (self.t(id), uri.as_str())).collect()
    }

    /// The languages to choose from, each with the query that shows this page in it.
    #[must_use]
    pub fn languages(&self) -> &[(Language, String)] {
        &self.switches
    }

    /// The heading of the sign-in page: the tenant's, or ours.
    #[must_use]
    pub fn sign_in_headline(&self) -> String {
        self.own(|texts| texts.sign_in_headline.as_ref()).cloned().unwrap_or_else(|| self.t("sign-in-title"))
    }

    /// The line below it.
    #[must_use]
    pub fn sign_in_lead(&self, client: &str) -> Safe<String> {
        match self.own(|texts| texts.sign_in_lead.as_ref()) {
            Some(text) => Safe(latchkey_language::fill_html(text, "{client}", client)),
            None => self.rich1("sign-in-lead", "client", client),
        }
    }

    /// The heading of the sign-up page: the tenant's, or ours.
    #[must_use]
    pub fn sign_up_headline(&self) -> String {
        self.own(|texts| texts.sign_up_headline.as_ref()).cloned().unwrap_or_else(|| self.t("sign-up-title"))
    }

    /// The line below it.
    #[must_use]
    pub fn sign_up_lead(&self, client: &str) -> Safe<String> {
        match self.own(|texts| texts.sign_up_lead.as_ref()) {
            Some(text) => Safe(latchkey_language::fill_html(text, "{client}", client)),
            None => self.rich(Words::new("sign-up-lead").with("tenant", &self.name).with("client", client)),
        }
    }

    /// Whether anything stands below the card.
    #[must_use]
    pub fn has_footer(&self) -> bool {
        !self.links.is_empty() || !self.switches.is_empty() || self.footer().is_some()
    }

    /// What the tenant has to say at the end of every page.
    #[must_use]
    pub fn footer(&self) -> Option<&String> {
        self.own(|texts| texts.footer.as_ref())
    }

    fn own(&self, pick: impl Fn(&PageTexts) -> Option<&String>) -> Option<&String> {
        self.texts.get(self.lang()).and_then(pick)
    }

    /// Whether a picture is behind the card, on which bare text could not be read.
    #[must_use]
    pub fn has_backdrop(&self) -> bool {
        self.has_backdrop
    }

    /// Lets the page show the image at `uri`, and no other from elsewhere.
    #[must_use]
    pub fn allow_image(mut self, uri: &str) -> Self {
        if let Some(origin) = web_origin(uri).filter(|origin| !self.image_sources.contains(origin)) {
            self.image_sources.push(origin);
        }
        self
    }

    /// Lets a form of the page end, by redirects, at `redirect_uri`.
    ///
    /// Chromium applies `form-action` to every redirect that follows a form's POST, those that the application makes
    /// after its callback included (measured: with the callback's origin listed, a callback that redirects to another
    /// host is blocked). The sign-in and consent forms answer with 303 to the continue endpoint, which redirects to
    /// the application; so the page has to allow the scheme, not only the origin, of `redirect_uri`, and https.
    #[must_use]
    pub fn allow_form_redirect(mut self, redirect_uri: &str) -> Self {
        let own = Url::parse(redirect_uri).ok().map(|url| format!("{}:", url.scheme()));
        for target in std::iter::once("https:".to_owned()).chain(own) {
            if !self.form_targets.contains(&target) {
                self.form_targets.push(target);
            }
        }
        self
    }

    /// Lets a form of the page end at any application: for a page that does not know which one.
    #[must_use]
    pub fn allow_any_form_redirect(mut self) -> Self {
        self.form_targets.extend(["https:".to_owned(), "http:".to_owned()]);
        self
    }

    /// Lets a script of the page ask this server.
    #[must_use]
    pub fn allow_own_requests(mut self) -> Self {
        self.asks_server = true;
        self
    }

    /// Lets the page show frames of the origin of `uri`.
    #[must_use]
    pub fn allow_frame(mut self, uri: &str) -> Self {
        if let Some(origin) = web_origin(uri).filter(|origin| !self.frame_sources.contains(origin)) {
            self.frame_sources.push(origin);
        }
        self
    }

    /// The style sheet.
    #[must_use]
    pub fn css(&self) -> String {
        format!("{}{STYLE}{}", self.variables, self.custom_css)
    }

    /// Stands for a logo: the first letter of the name.
    #[must_use]
    pub fn initial(&self) -> String {
        initial(&self.name)
    }

    /// Whether this page leaves for an application, by a form or by itself.
    pub(crate) fn leads_to_application(&self) -> bool {
        !self.form_targets.is_empty() || !self.frame_sources.is_empty()
    }

    pub(crate) fn content_security_policy(&self) -> String {
        let nonce = &self.nonce;
        let list = |sources: &[String]| sources.iter().map(|source| format!(" {source}")).collect::<String>();
        let (images, targets) = (list(&self.image_sources), list(&self.form_targets));
        let frames = match self.frame_sources.as_slice() {
            [] => String::new(),
            sources => format!(" frame-src{};", list(sources)),
        };
        let requests = if self.asks_server { " connect-src 'self';" } else { "" };
        format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self' data:{images};{frames}{requests} \
             form-action 'self'{targets}; frame-ancestors 'none'; base-uri 'none'"
        )
    }
}

/// The first letter of a name, capital.
#[must_use]
pub fn initial(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map_or_else(|| "?".to_owned(), |c| c.to_uppercase().collect())
}

/// The tenant's own rules. They were checked when they were written; rules that a later release refuses are left out.
fn custom_css(branding: &Branding) -> String {
    let Some(css) = &branding.custom_css else { return String::new() };
    css.sanitised().unwrap_or_else(|error| {
        tracing::warn!(%error, "style rules of a tenant are left out");
        String::new()
    })
}

fn web_origin(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    Some(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_knows_no_left_and_no_right() {
        for (property, value) in STYLE.split(['{', '}', ';']).filter_map(|part| part.split_once(':')) {
            let sided = |text: &str| text.split(['-', ' ', ',']).any(|word| word == "left" || word == "right");
            assert!(!sided(property) && !sided(value), "{property}:{value}");
            if matches!(property, "margin" | "padding" | "inset" | "border-width") {
                let sides: Vec<&str> = value.split(' ').collect();
                assert!(!matches!(sides.as_slice(), [_, right, _, left] if right != left), "{property}:{value}");
            }
        }
    }
}

//! A browser without a window: cookies, redirects within Latchkey, forms.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::TenantId;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, LOCATION};
use reqwest::{Client, RequestBuilder};
use url::Url;

use crate::request::REDIRECT_URI;
use crate::response::Callback;

/// One browser with its own cookies.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    accept_language: Option<String>,
    cookies: Arc<Jar>,
    origin: String,
}

/// Where following redirects ended.
#[derive(Debug)]
pub enum Landing {
    /// At the application.
    Callback(Callback),
    /// On a page of Latchkey.
    Page(Page),
}

/// A page, with its form if it has one.
#[derive(Debug)]
pub struct Page {
    /// Where it is.
    pub url: String,
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The HTML.
    pub html: String,
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Self {
        let cookies = Arc::new(Jar::default());
        let http = Client::builder()
            .cookie_provider(Arc::clone(&cookies))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("an HTTP client");
        Self { http, accept_language: None, cookies, origin: origin.to_owned() }
    }

    /// The token that a form of this tenant would hold in this browser, had it been shown: with it, what refuses a
    /// forged form is not the CSRF check but what stands behind it.
    #[must_use]
    pub fn csrf_token(&self, tenant: &TenantId, purpose: &str) -> String {
        let origin = Url::parse(&self.origin).expect("a URL");
        let header = self.cookies.cookies(&origin).expect("cookies");
        let name = format!("latchkey-browser-{tenant}=");
        let binding = header.to_str().expect("text").split("; ").find_map(|pair| pair.strip_prefix(name.as_str()));
        let message = format!("csrf\0{tenant}\0{purpose}");
        let key = binding.expect("the browser has seen a page of the tenant").as_bytes();
        URL_SAFE_NO_PAD.encode(latchkey_core::hmac_sha256(key, message.as_bytes()))
    }

    /// The value of the cookie whose name ends so, if the browser has it.
    #[must_use]
    pub fn cookie(&self, name_end: &str) -> Option<String> {
        let header = self.cookies.cookies(&Url::parse(&self.origin).expect("a URL"))?;
        let pairs = header.to_str().expect("text").split("; ").filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| name.ends_with(name_end)).map(|(_, value)| value.to_owned()).next()
    }

    /// The session that is the active one at this tenant.
    #[must_use]
    pub fn session_id(&self, tenant: &TenantId) -> String {
        let cookie = self.cookie(&format!("latchkey-session-{tenant}")).expect("a session");
        cookie.split('.').next().unwrap_or_default().to_owned()
    }

    /// The same browser, set to these languages.
    #[must_use]
    pub fn speaking(&self, accept_language: &str) -> Self {
        Self { accept_language: Some(accept_language.to_owned()), ..self.clone() }
    }

    /// One GET, no redirect followed.
    pub async fn get(&self, url: &str) -> Page {
        let request = self.localized(self.http.get(url)).header("accept", "text/html");
        Page::read(url, request.send().await.expect("an answer")).await
    }

    fn localized(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.accept_language {
            Some(languages) => request.header(ACCEPT_LANGUAGE, languages),
            None => request,
        }
    }

    /// One POST of a form from a page of this origin, no redirect followed.
    pub async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(&self.origin, url, fields).await
    }

    /// One POST of a form from a page of another origin.
    pub async fn post_from(&self, origin: &str, url: &str, fields: &[(&str, &str)]) -> Page {
        let request =
            self.localized(self.http.post(url)).header("origin", origin).header("accept", "text/html").form(fields);
        Page::read(url, request.send().await.expect("an answer")).await
    }

    /// Follows redirects until the browser leaves for the application or sees a page.
    pub async fn visit(&self, url: &str) -> Landing {
        self.follow(self.get(url).await).await
    }

    /// Goes on from a page just loaded.
    pub async fn follow(&self, mut page: Page) -> Landing {
        for _ in 0..10 {
            let Some(location) = page.headers.get(LOCATION) else {
                return Landing::of(page);
            };
            let location = location.to_str().expect("a URL");
            let next = Url::parse(&page.url).and_then(|base| base.join(location)).expect("a URL");
            if !next.as_str().starts_with(&self.origin) {
                return Landing::Callback(Callback { params: response_params(&next), url: next.into() });
            }
            page = self.get(next.as_str()).await;
        }
        panic!("redirects without end at {}", page.url);
    }

    /// Fills in the form of `page` and follows where it leads.
    pub async fn submit(&self, page: &Page, fields: &[(&str, &str)]) -> Landing {
        let answer = self.submit_once(page, fields).await;
        self.follow(answer).await
    }

    /// Fills in the form of `page`; follows nothing.
    pub async fn submit_once(&self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden_fields();
        let mut all: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend_from_slice(fields);
        self.post(&page.form_action(), &all).await
    }

    /// Runs a request to its end: signs in as `login` and allows whatever is asked.
    pub async fn sign_in(&self, authorization_url: &str, login: &str, password: &str) -> Callback {
        let mut landing = self.visit(authorization_url).await;
        for _ in 0..5 {
            landing = match landing {
                Landing::Callback(callback) => return callback,
                Landing::Page(page) if page.is_sign_in() => {
                    self.submit(&page, &[("login", login), ("password", password)]).await
                }
                Landing::Page(page) if page.is_account_chooser() => self.submit(&page, &[("account", "another")]).await,
                Landing::Page(page) if page.is_consent() => self.submit(&page, &[("decision", "allow")]).await,
                Landing::Page(page) => panic!("{} {}: {}", page.status, page.url, page.html),
            };
        }
        panic!("the sign-in does not end: {landing:?}");
    }
}

impl Landing {
    fn of(page: Page) -> Self {
        // A form_post page is the application's answer in another shape.
        if page.status == 200 && page.html.contains(&format!("action=\"{REDIRECT_URI}")) {
            return Self::Callback(Callback { url: page.form_action(), params: page.hidden_fields() });
        }
        Self::Page(page)
    }

    /// Fails unless the browser arrived at the application.
    #[must_use]
    pub fn callback(self) -> Callback {
        match self {
            Self::Callback(callback) => callback,
            Self::Page(page) => panic!("still on a page: {} {}: {}", page.status, page.url, page.html),
        }
    }

    /// Fails unless the browser is on a page.
    #[must_use]
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Callback(callback) => panic!("left for {}", callback.url),
        }
    }
}

impl Page {
    pub(crate) async fn read(url: &str, response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        Self { url: url.to_owned(), status, headers, html: response.text().await.expect("the body arrives") }
    }

    /// Whether this is the sign-in page.
    #[must_use]
    pub fn is_sign_in(&self) -> bool {
        self.html.contains("name=\"password\"") && self.html.contains("name=\"login\"")
    }

    /// Whether this is the page that asks for the second factor.
    #[must_use]
    pub fn is_second_factor(&self) -> bool {
        self.html.contains("name=\"code\"") && self.html.contains("name=\"method\"")
    }

    /// Whether this is the page on which a person sets up a second factor.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.html.contains("id=\"secret\"")
    }

    /// The texts of the `code` elements: a secret, or recovery codes.
    #[must_use]
    pub fn shown_codes(&self) -> Vec<String> {
        let starts = self.html.match_indices("<code").filter_map(|(start, _)| self.html.get(start..));
        starts.filter_map(|rest| Some(rest.split_once('>')?.1.split_once('<')?.0.to_owned())).collect()
    }

    /// Whether this is the consent page.
    #[must_use]
    pub fn is_consent(&self) -> bool {
        self.html.contains("name=\"decision\"")
    }

    /// Whether this is the page with the accounts that are signed in.
    #[must_use]
    pub fn is_account_chooser(&self) -> bool {
        self.html.contains("name=\"sign_out\"")
    }

    /// Whether this is the page on which a person makes an account.
    #[must_use]
    pub fn is_sign_up(&self) -> bool {
        self.html.contains("name=\"username\"") && self.html.contains("name=\"password_confirmation\"")
    }

    /// The sessions of the accounts that the page offers, in its order.
    #[must_use]
    pub fn offered_accounts(&self) -> Vec<String> {
        let buttons = tags(&self.html, "button").into_iter();
        let offered = buttons.filter(|tag| attribute(tag, "name").as_deref() == Some("account"));
        offered.filter_map(|tag| attribute(tag, "value")).filter(|value| value != "another").collect()
    }

    /// Where the first form posts to.
    #[must_use]
    pub fn form_action(&self) -> String {
        let tag = tags(&self.html, "form").into_iter().next().unwrap_or_else(|| panic!("no form: {}", self.html));
        let action = attribute(tag, "action").unwrap_or_default();
        Url::parse(&self.url).and_then(|base| base.join(&action)).expect("a URL").into()
    }

    /// The hidden fields of the page's forms.
    #[must_use]
    pub fn hidden_fields(&self) -> BTreeMap<String, String> {
        tags(&self.html, "input")
            .into_iter()
            .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
            .collect()
    }
}

fn response_params(url: &Url) -> BTreeMap<String, String> {
    let encoded = url.fragment().or(url.query()).unwrap_or_default();
    url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
}

fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!("<{name}");
    html.split(open.as_str()).skip(1).filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag)).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let entities = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
    ];
    let text = entities.iter().fold(value.to_owned(), |text, (entity, character)| text.replace(entity, character));
    // Last, so that an escaped entity stays one.
    Some(text.replace("&#38;", "&").replace("&amp;", "&"))
}

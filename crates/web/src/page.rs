//! Pages: HTML that no cache keeps, under a strict Content-Security-Policy.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use latchkey_language::Words;

use crate::{Layout, WebError};

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The template of a page: it extends `base.html`.
pub trait PageTemplate: Template {
    /// What stands around the content.
    fn layout(&self) -> &Layout;
}

/// A page as an answer.
pub struct Page<T> {
    status: StatusCode,
    template: T,
}

impl<T: PageTemplate> Page<T> {
    /// The page with status 200.
    pub fn new(template: T) -> Self {
        Self { status: StatusCode::OK, template }
    }

    /// The page with another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// [`WebError::Internal`] when the template fails.
    pub fn render(&self) -> Result<HttpResponse, WebError> {
        let layout = self.template.layout();
        let policy = HeaderValue::from_str(&layout.content_security_policy()).map_err(WebError::internal)?;
        let html = self.template.render().map_err(WebError::internal)?;
        let mut response = HttpResponse::build(self.status);
        response
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
            .insert_header((CONTENT_LANGUAGE, HeaderValue::from_static(layout.lang())))
            .insert_header((CONTENT_SECURITY_POLICY, policy));
        if layout.leads_to_application() {
            // An application may run the sign-in in a window that it opened, and waits there for word from its
            // callback: `same-origin` on the way would cut the two apart for good.
            response.insert_header((CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("unsafe-none")));
        }
        Ok(response.body(html))
    }
}

impl<T: PageTemplate> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.render().unwrap_or_else(HttpResponse::from_error)
    }
}

/// What went wrong and what to do now.
#[derive(Clone, Debug)]
pub struct ErrorPage {
    status: StatusCode,
    title: Words,
    message: Words,
    what_to_do: Option<Words>,
    error_id: Option<String>,
    detail: Option<String>,
}

impl ErrorPage {
    /// A page with a title and one sentence on what went wrong, by their messages.
    pub fn new(status: StatusCode, title: impl Into<Words>, message: impl Into<Words>) -> Self {
        Self { status, title: title.into(), message: message.into(), what_to_do: None, error_id: None, detail: None }
    }

    /// Adds what the person can do.
    #[must_use]
    pub fn what_to_do(mut self, words: impl Into<Words>) -> Self {
        self.what_to_do = Some(words.into());
        self
    }

    /// Adds the id under which the log has the error.
    #[must_use]
    pub fn error_id(mut self, id: impl Into<String>) -> Self {
        self.error_id = Some(id.into());
        self
    }

    /// Adds a line for the application's developer, such as `invalid_request: invalid redirect_uri`; in English.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// The answer to `request`, in the look of its tenant when that is known.
    #[must_use]
    pub fn respond(self, request: &HttpRequest) -> HttpResponse {
        let status = self.status;
        let page = Page::new(ErrorTemplate { layout: Layout::of(request), page: self }).status(status);
        page.render().unwrap_or_else(|_| HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR))
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate {
    layout: Layout,
    page: ErrorPage,
}

impl PageTemplate for ErrorTemplate {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// The page of OAuth 2.0 Form Post Response Mode §2: a form that sends itself to the application, or, without
/// JavaScript, on the press of its button.
#[derive(Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    layout: Layout,
    action: String,
    fields: Vec<(String, String)>,
}

impl FormPostPage {
    /// The page that posts `fields` to `redirect_uri`.
    #[must_use]
    pub fn new(layout: Layout, redirect_uri: &str, fields: Vec<(String, String)>) -> Page<Self> {
        let layout = layout.allow_form_redirect(redirect_uri);
        Page::new(Self { layout, action: redirect_uri.to_owned(), fields })
    }
}

impl PageTemplate for FormPostPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

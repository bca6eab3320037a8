//! The frame that every mail stands in, as HTML and as text.

use askama::Template;

use crate::OutboxItem;
use crate::content::Block;
use crate::look::Look;
use crate::one_line::{greeting_name, one_line};
use crate::words::Words;

const BUTTON: &str = "#1d4ed8";
const BUTTON_TEXT: &str = "#ffffff";
/// Languages whose script runs from right to left.
const RIGHT_TO_LEFT: [&str; 4] = ["ar", "fa", "he", "ur"];

/// A mail with its words, without its looks.
pub(crate) struct Frame<'a> {
    pub(crate) subject: String,
    language: &'a str,
    tenant: String,
    greeting: String,
    blocks: Vec<Said>,
    copy_link: String,
    footer: String,
    help: String,
    look: &'a Look,
}

/// A block in the language of the recipient.
enum Said {
    Text(String),
    Quote(String),
    Button { label: String, link: String },
    Code(String),
    Facts(Vec<(String, String)>),
}

#[derive(Template)]
#[template(path = "frame.html")]
struct Html<'a> {
    frame: &'a Frame<'a>,
}

#[derive(Template)]
#[template(path = "frame.txt")]
struct Text<'a> {
    frame: &'a Frame<'a>,
}

impl<'a> Frame<'a> {
    pub(crate) fn of(item: &'a OutboxItem, look: &'a Look) -> Self {
        let tenant = one_line(&item.tenant_name);
        let content = item.message.content();
        let greeting = match greeting_name(&item.to.name, &item.to.address) {
            Some(name) => Words::new("mail-hello").with("name", name),
            None => Words::new("mail-hello-nobody"),
        };
        Self {
            subject: one_line(&content.subject(&tenant).say()),
            language: item.to.language.as_deref().or(look.language.as_deref()).unwrap_or("en"),
            greeting: greeting.say(),
            blocks: content.blocks(&tenant).into_iter().map(Said::of).collect(),
            copy_link: Words::new("mail-copy-link").say(),
            footer: Words::new("mail-footer").with("tenant", &*tenant).say(),
            help: Words::new("mail-help").say(),
            tenant,
            look,
        }
    }

    /// The text and the HTML.
    pub(crate) fn render(&self) -> Result<(String, String), askama::Error> {
        Ok((Text { frame: self }.render()?, Html { frame: self }.render()?))
    }

    fn direction(&self) -> &'static str {
        let primary = self.language.split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.iter().any(|known| known.eq_ignore_ascii_case(primary)) { "rtl" } else { "ltr" }
    }

    fn button(&self) -> &str {
        self.look.button.as_ref().map_or(BUTTON, |button| button.background.as_str())
    }

    fn button_text(&self) -> &'static str {
        self.look.button.as_ref().map_or(BUTTON_TEXT, |button| button.text)
    }

    fn logo(&self) -> Option<&str> {
        self.look.logo_uri.as_deref()
    }

    fn support(&self) -> Option<&str> {
        self.look.support_uri.as_deref()
    }
}

impl Said {
    fn of(block: Block) -> Self {
        match block {
            Block::Text(words) => Self::Text(words.say()),
            Block::Quote(text) => Self::Quote(one_line(&text)),
            Block::Button { label, link } => Self::Button { label: label.say(), link: link.expose().clone() },
            Block::Code(code) => Self::Code(code.expose().clone()),
            Block::Facts(facts) => Self::Facts(facts.into_iter().map(|(label, value)| (label.say(), value)).collect()),
        }
    }
}

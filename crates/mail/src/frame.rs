//! The frame that every mail stands in, as HTML and as text.

use askama::Template;
use latchkey_language::{Language, Words, first_known};

use crate::OutboxItem;
use crate::content::Block;
use crate::look::Look;
use crate::one_line::{greeting_name, one_line};

const BUTTON: &str = "#1d4ed8";
const BUTTON_TEXT: &str = "#ffffff";

/// A mail with its words, without its looks.
pub(crate) struct Frame<'a> {
    pub(crate) subject: String,
    language: Language,
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
        let tags = [item.to.language.as_deref(), look.language.as_deref()];
        let language = first_known(tags.into_iter().flatten()).unwrap_or_default();
        let greeting = match greeting_name(&item.to.name, &item.to.address) {
            Some(name) => Words::new("mail-hello").with("name", name),
            None => Words::new("mail-hello-nobody"),
        };
        Self {
            subject: one_line(&language.say(&content.subject(&tenant))),
            greeting: language.say(&greeting),
            blocks: content.blocks(&tenant).into_iter().map(|block| Said::of(block, language)).collect(),
            copy_link: language.text("mail-copy-link"),
            footer: language.say(&Words::new("mail-footer").with("tenant", &*tenant)),
            help: language.text("mail-help"),
            language,
            tenant,
            look,
        }
    }

    /// The text and the HTML.
    pub(crate) fn render(&self) -> Result<(String, String), askama::Error> {
        Ok((Text { frame: self }.render()?, Html { frame: self }.render()?))
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
    fn of(block: Block, language: Language) -> Self {
        match block {
            Block::Text(words) => Self::Text(language.say(&words)),
            Block::Quote(text) => Self::Quote(one_line(&text)),
            Block::Button { label, link } => Self::Button { label: language.say(&label), link: link.expose().clone() },
            Block::Code(code) => Self::Code(code.expose().clone()),
            Block::Facts(facts) => {
                Self::Facts(facts.into_iter().map(|(label, value)| (language.say(&label), value)).collect())
            }
        }
    }
}

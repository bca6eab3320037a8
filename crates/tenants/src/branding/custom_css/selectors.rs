//! Which parts of a page may be styled.

use cssparser::{ParseError, Parser, Token};

use super::{CssError, refuse};

const ELEMENTS: [&str; 14] =
    ["h1", "h2", "h3", "p", "a", "label", "input", "button", "strong", "ul", "li", "header", "main", "footer"];

/// Not among them: alerts, field errors, the marks of sensitive scopes and unverified applications.
const CLASSES: [&str; 20] = [
    "brand",
    "brand-name",
    "logo",
    "initial",
    "card",
    "lead",
    "field",
    "hint",
    "button",
    "primary",
    "actions",
    "links",
    "fine",
    "account",
    "accounts",
    "ways",
    "parties",
    "below",
    "languages",
    "more",
];

const STATES: [&str; 5] = ["hover", "active", "focus-visible", "first-child", "last-child"];

/// Parts that hold nothing but a line of text, whose colours can be judged as a pair.
const TEXTS: [&str; 11] =
    ["h1", "h2", "h3", "label", "button", "primary", "lead", "hint", "fine", "brand-name", "initial"];

const HINT: &str =
    "a selector names parts of the page that may be styled (h1, .card, .button, …), joined by spaces or `>`";

/// The selectors of one rule.
pub(super) struct Selectors {
    /// Written anew, each below `.shell`.
    pub(super) css: String,
    /// Whether every one of them means a line of text.
    pub(super) only_texts: bool,
}

/// Reads up to the block of the rule, which is the next to be parsed.
pub(super) fn read(parser: &mut Parser<'_>) -> Result<Selectors, ParseError<CssError>> {
    let mut selectors = Selectors { css: String::new(), only_texts: true };
    let mut current = Current::default();
    loop {
        let Ok(token) = parser.next_including_whitespace().cloned() else { return refuse(parser, HINT) };
        match token {
            Token::WhiteSpace(_) => current.pending_space = current.is_compound,
            Token::Delim('>') if current.is_compound => current.combine(" > "),
            Token::Ident(name) => {
                current.descend();
                let Some(element) = listed(&ELEMENTS, &name).filter(|_| !current.is_compound) else {
                    return refuse(parser, HINT);
                };
                current.push("", element);
            }
            Token::Delim('.') => {
                current.descend();
                let class = parser.next_including_whitespace().ok().cloned();
                let Some(class) = class.and_then(|token| ident(&CLASSES, &token)) else { return refuse(parser, HINT) };
                current.push(".", class);
            }
            Token::Colon if current.is_compound && !current.pending_space => {
                let state = parser.next_including_whitespace().ok().cloned();
                let Some(state) = state.and_then(|token| ident(&STATES, &token)) else { return refuse(parser, HINT) };
                current.css.push(':');
                current.css.push_str(state);
            }
            Token::Comma if current.is_compound => std::mem::take(&mut current).end(&mut selectors),
            Token::CurlyBracketBlock if current.is_compound => {
                current.end(&mut selectors);
                return Ok(selectors);
            }
            _ => return refuse(parser, HINT),
        }
    }
}

/// The selector that is being read.
#[derive(Default)]
struct Current {
    css: String,
    /// Whether the compound that is being read has a part.
    is_compound: bool,
    pending_space: bool,
    is_text: bool,
}

impl Current {
    fn combine(&mut self, combinator: &str) {
        self.css.push_str(combinator);
        (self.is_compound, self.pending_space, self.is_text) = (false, false, false);
    }

    fn descend(&mut self) {
        if self.pending_space {
            self.combine(" ");
        }
    }

    fn push(&mut self, prefix: &str, name: &'static str) {
        self.css.push_str(prefix);
        self.css.push_str(name);
        self.is_compound = true;
        self.is_text |= TEXTS.contains(&name);
    }

    fn end(self, selectors: &mut Selectors) {
        if !selectors.css.is_empty() {
            selectors.css.push(',');
        }
        selectors.css.push_str(".shell ");
        selectors.css.push_str(&self.css);
        selectors.only_texts &= self.is_text;
    }
}

fn ident(names: &[&'static str], token: &Token<'_>) -> Option<&'static str> {
    match token {
        Token::Ident(name) => listed(names, name),
        _ => None,
    }
}

fn listed(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

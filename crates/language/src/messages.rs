//! What a message says in a language.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::{Direction, Language, Value, Words};

type Bundle = FluentBundle<FluentResource>;

/// Stand for the texts within a message while it is made safe for HTML; these code points mean nothing to anybody.
const FIRST_MARK: u32 = 0xE000;
const LAST_MARK: u32 = 0xE0FF;

impl Language {
    /// What the message of this id says.
    #[must_use]
    pub fn text(self, id: &str) -> String {
        say(self, id, None)
    }

    /// What a message with something in it says, as plain text.
    #[must_use]
    pub fn say(self, words: &Words) -> String {
        let arguments: FluentArgs<'_> =
            words.arguments.iter().map(|(name, value)| (*name, fluent_value(value))).collect();
        say(self, words.id, Some(&arguments))
    }

    /// What a message says, as HTML: the texts in it are emphasised, each in its own direction.
    #[must_use]
    pub fn say_html(self, words: &Words) -> String {
        let mut texts = Vec::new();
        let mut arguments = FluentArgs::new();
        for (name, value) in &words.arguments {
            let value = match value {
                Value::Text(text) => {
                    let mark = mark(texts.len());
                    texts.push(text.as_str());
                    FluentValue::from(mark)
                }
                Value::Number(number) => FluentValue::from(*number),
            };
            arguments.set(*name, value);
        }
        let said = say(self, words.id, Some(&arguments));
        said.chars().fold(String::with_capacity(said.len() * 2), |mut html, character| {
            match text_of(character, &texts) {
                Some(text) => {
                    html.push_str("<strong dir=\"auto\">");
                    text.chars().for_each(|character| push_escaped(&mut html, character));
                    html.push_str("</strong>");
                }
                None => push_escaped(&mut html, character),
            }
            html
        })
    }
}

/// A text of somebody else's as HTML, with `value` emphasised wherever `placeholder` stands.
#[must_use]
pub fn fill_html(text: &str, placeholder: &str, value: &str) -> String {
    let escaped = |text: &str| {
        text.chars().fold(String::with_capacity(text.len()), |mut html, character| {
            push_escaped(&mut html, character);
            html
        })
    };
    let value = format!("<strong dir=\"auto\">{}</strong>", escaped(value));
    text.split(placeholder).map(escaped).collect::<Vec<_>>().join(&value)
}

fn say(language: Language, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
    [language, Language::English].into_iter().find_map(|language| format(language, id, arguments)).unwrap_or_else(
        || {
            tracing::error!(id, "a message is missing");
            id.to_owned()
        },
    )
}

fn format(language: Language, id: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
    let bundle = bundle(language);
    let pattern = bundle.get_message(id)?.value()?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, arguments, &mut errors).into_owned();
    if !errors.is_empty() {
        tracing::error!(id, language = language.tag(), ?errors, "a message is not whole");
    }
    Some(text)
}

fn fluent_value(value: &Value) -> FluentValue<'_> {
    match value {
        Value::Text(text) => FluentValue::from(text.as_str()),
        Value::Number(number) => FluentValue::from(*number),
    }
}

fn mark(index: usize) -> String {
    let point = u32::try_from(index).ok().and_then(|index| FIRST_MARK.checked_add(index)).unwrap_or(LAST_MARK);
    char::from_u32(point.min(LAST_MARK)).map(String::from).unwrap_or_default()
}

fn text_of<'a>(character: char, texts: &[&'a str]) -> Option<&'a str> {
    let index = u32::from(character).checked_sub(FIRST_MARK)?;
    texts.get(usize::try_from(index).ok()?).copied()
}

/// As askama does.
fn push_escaped(html: &mut String, character: char) {
    match character {
        '&' => html.push_str("&#38;"),
        '<' => html.push_str("&#60;"),
        '>' => html.push_str("&#62;"),
        '"' => html.push_str("&#34;"),
        '\'' => html.push_str("&#39;"),
        other => html.push(other),
    }
}

/// The sources of one language, one for each area.
macro_rules! texts {
    ($language:literal) => {
        texts!($language: "pages", "errors", "consent", "passkeys", "passwords", "mail", "recovery", "risk", "account", "codes", "email", "push", "identities")
    };
    ($language:literal: $($area:literal),*) => {
        &[$(include_str!(concat!("../texts/", $language, "/", $area, ".ftl"))),*]
    };
}

fn sources(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => texts!("en"),
        Language::German => texts!("de"),
        Language::French => texts!("fr"),
        Language::Spanish => texts!("es"),
        Language::Japanese => texts!("ja"),
        Language::Arabic => texts!("ar"),
    }
}

fn bundle(language: Language) -> &'static Bundle {
    static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| read(Language::English));
    static GERMAN: LazyLock<Bundle> = LazyLock::new(|| read(Language::German));
    static FRENCH: LazyLock<Bundle> = LazyLock::new(|| read(Language::French));
    static SPANISH: LazyLock<Bundle> = LazyLock::new(|| read(Language::Spanish));
    static JAPANESE: LazyLock<Bundle> = LazyLock::new(|| read(Language::Japanese));
    static ARABIC: LazyLock<Bundle> = LazyLock::new(|| read(Language::Arabic));
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
        Language::Spanish => &SPANISH,
        Language::Japanese => &JAPANESE,
        Language::Arabic => &ARABIC,
    }
}

fn read(language: Language) -> Bundle {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // Marks of direction around what stands in a message: where it is written the other way, they keep names whole.
    bundle.set_use_isolating(language.direction() == Direction::RightToLeft);
    for source in sources(language) {
        // The tests below hold that every source is well-formed and says nothing twice.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_well_formed_and_says_nothing_twice() {
        for language in Language::ALL {
            let mut bundle = Bundle::new_concurrent(vec![language.tag().parse().unwrap()]);
            for source in sources(language) {
                let resource = FluentResource::try_new((*source).to_owned())
                    .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?} in\n{source}", language.tag()));
                bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{}: {errors:?}", language.tag()));
            }
        }
    }

    #[test]
    fn what_stands_in_html_cannot_be_markup() {
        let words = Words::new("page-continue-to").with("client", "<b>\u{E000}&");
        assert_eq!(
            Language::English.say_html(&words),
            "to continue to <strong dir=\"auto\">&#60;b&#62;\u{E000}&#38;</strong>"
        );
    }

    #[test]
    fn a_text_of_somebody_else_cannot_be_markup() {
        assert_eq!(
            fill_html("<i>{client} & {client}", "{client}", "{client}<b>"),
            "&#60;i&#62;<strong dir=\"auto\">{client}&#60;b&#62;</strong> &#38; <strong dir=\"auto\">{client}&#60;b&#62;</strong>"
        );
    }

    #[test]
    fn a_text_is_said_as_it_is() {
        let words = Words::new("page-continue-to").with("client", "A & B");
        assert_eq!(Language::English.say(&words), "to continue to A & B");
    }

    #[test]
    fn an_unknown_message_is_named() {
        assert_eq!(Language::German.text("no-such-message"), "no-such-message");
    }
}

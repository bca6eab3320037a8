//! The terms of service that users accept, by version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::defaults::is_web_uri;

const MEMBER: &str = "terms";
const MAX_VERSION_CHARS: usize = 64;
const MAX_LANGUAGES: usize = 50;
const MAX_TEXT_CHARS: usize = 200_000;

/// The terms of service that a user accepts before there is a session or a token. Another version is another text: who
/// accepted the one before is asked again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The name of the version, such as a date.
    pub version: String,
    /// The page on which they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The texts themselves, plain, by language tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

impl Terms {
    /// The text in the first of the languages that there is, else in any.
    #[must_use]
    pub fn text_in<'a>(&self, languages: impl IntoIterator<Item = &'a str>) -> Option<(&str, &str)> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let find = |wanted: &str| {
            let exact = self.texts.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(wanted));
            exact.or_else(|| self.texts.iter().find(|(tag, _)| primary(tag) == primary(wanted)))
        };
        let found = languages.into_iter().find_map(find).or_else(|| self.texts.first_key_value());
        found.map(|(tag, text)| (tag.as_str(), text.as_str()))
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        let version = self.version.trim();
        if version.is_empty() || version != self.version || version.chars().count() > MAX_VERSION_CHARS {
            return Err(InvalidMember::new(MEMBER, "version must be a text of 1 to 64 characters"));
        }
        if self.version.chars().any(char::is_control) {
            return Err(InvalidMember::new(MEMBER, "version must not hold control characters"));
        }
        if self.uri.is_none() && self.texts.is_empty() {
            return Err(InvalidMember::new(MEMBER, "must have a uri or texts"));
        }
        if self.uri.as_ref().is_some_and(|uri| !is_web_uri(uri)) {
            return Err(InvalidMember::new(MEMBER, "uri must be an https URI"));
        }
        let subtag = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_tag = |tag: &String| tag.len() <= 35 && tag.split('-').all(subtag);
        let is_text = |text: &String| !text.trim().is_empty() && text.chars().count() <= MAX_TEXT_CHARS;
        if self.texts.len() > MAX_LANGUAGES || !self.texts.iter().all(|(tag, text)| is_tag(tag) && is_text(text)) {
            return Err(InvalidMember::new(
                MEMBER,
                "texts must be texts by language tag, of 200000 characters at most",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(texts: &[(&str, &str)]) -> Terms {
        let texts = texts.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect();
        Terms { version: "1".to_owned(), uri: None, texts }
    }

    #[test]
    fn the_text_is_in_the_best_language_that_there_is() {
        let terms = terms(&[("de", "Gut"), ("en", "Good"), ("pt-BR", "Bom")]);
        let cases: [(&[&str], &str); 5] =
            [(&["en"], "Good"), (&["fr", "en-GB"], "Good"), (&["pt"], "Bom"), (&["ja"], "Gut"), (&[], "Gut")];
        for (languages, expected) in cases {
            assert_eq!(terms.text_in(languages.iter().copied()).map(|(_, text)| text), Some(expected), "{languages:?}");
        }
    }

    #[test]
    fn terms_without_a_version_or_without_a_text_are_refused() {
        assert!(terms(&[("en", "Good")]).validate().is_ok());
        let refused = [
            terms(&[]),
            terms(&[("en", " ")]),
            terms(&[("e n", "Good")]),
            Terms { version: String::new(), ..terms(&[("en", "Good")]) },
            Terms { version: " 1".to_owned(), ..terms(&[("en", "Good")]) },
            Terms { uri: Some("http://example.com".to_owned()), ..terms(&[]) },
        ];
        for terms in refused {
            assert!(terms.validate().is_err(), "{terms:?}");
        }
    }
}

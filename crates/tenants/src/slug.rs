//! The name of a tenant in its issuer's path.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use serde::{Deserialize, Deserializer, Serialize};

/// Slugs that would be mistaken for a part of the server.
const RESERVED: [&str; 9] = ["admin", "api", "assets", "health", "metrics", "oauth2", "static", "system", "t"];

/// Why a text is no slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSlug {
    /// The grammar.
    #[error("a slug is 1 to 63 characters a-z, 0-9 and -, and neither starts nor ends with -")]
    Malformed,
    /// The word means something else.
    #[error("this slug is reserved")]
    Reserved,
}

/// `[a-z0-9-]{1,63}`, unique among tenants; capital letters are folded when it is parsed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// The slug of the operators' tenant, which only the bootstrap may make.
    #[must_use]
    pub fn system() -> Self {
        Self("system".to_owned())
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The spelling under which a tenant may be looked up, reserved words included; `None` when no tenant can have it.
    pub(crate) fn fold(text: &str) -> Option<Cow<'_, str>> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let well_formed = !text.is_empty()
            && text.len() <= 63
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        well_formed.then(|| {
            if text.bytes().any(|b| b.is_ascii_uppercase()) {
                Cow::Owned(text.to_ascii_lowercase())
            } else {
                Cow::Borrowed(text)
            }
        })
    }
}

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        let folded = Self::fold(text).ok_or(InvalidSlug::Malformed)?;
        if RESERVED.contains(&folded.as_ref()) {
            return Err(InvalidSlug::Reserved);
        }
        Ok(Self(folded.into_owned()))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Slug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

latchkey_core::text_column!(Slug);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capital_letters_are_folded_and_the_demo_tenant_may_have_its_name() {
        for (text, slug) in [("acme", "acme"), ("Acme-42", "acme-42"), ("demo", "demo"), ("7", "7")] {
            assert_eq!(text.parse::<Slug>().expect("is a slug").as_str(), slug);
        }
        let longest = "a".repeat(63);
        assert_eq!(longest.parse::<Slug>().expect("is a slug").as_str(), longest);
    }

    #[test]
    fn what_breaks_the_grammar_is_refused() {
        let too_long = "a".repeat(64);
        for text in ["", "-", "-a", "a-", "a_b", "a b", "a.b", "a/b", "é", "a\0", too_long.as_str()] {
            assert_eq!(text.parse::<Slug>(), Err(InvalidSlug::Malformed), "{text}");
        }
    }

    #[test]
    fn reserved_words_are_refused_in_any_case() {
        for text in RESERVED {
            assert_eq!(text.parse::<Slug>(), Err(InvalidSlug::Reserved), "{text}");
            assert_eq!(text.to_uppercase().parse::<Slug>(), Err(InvalidSlug::Reserved), "{text}");
        }
        assert_eq!(Slug::system().as_str(), "system");
    }
}

//! What a person types to say who they are: a user name or an email address.

use std::fmt;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use latchkey_core::TokenHash;
use unicode_normalization::UnicodeNormalization;

use crate::InvalidUser;

const MAX_USERNAME_CHARS: usize = 128;
/// RFC 5321 §4.5.3.1.3: a path has at most 256 octets, two of them brackets.
const MAX_EMAIL_BYTES: usize = 254;

/// The form in which identifiers are compared: NFKC, lower case, trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct IdentifierKey(String);

impl IdentifierKey {
    /// The key of what was typed.
    #[must_use]
    pub fn of(typed: &str) -> Self {
        // Lower-casing can undo the composition (U+0130), so it is normalized once more.
        let folded: String = typed.trim().nfkc().flat_map(char::to_lowercase).collect();
        Self(folded.nfkc().collect::<String>().trim().to_owned())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is to be looked up among the email addresses: a user name holds an `@` only when it is the user's own address.
    #[must_use]
    pub fn is_email(&self) -> bool {
        self.0.contains('@')
    }

    /// A digest for keys of the short-lived store, so that no address stands there in clear.
    #[must_use]
    pub fn digest(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

latchkey_core::text_column!(IdentifierKey);

/// A user name: 1 to 128 characters, none of them a control character, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Checks and trims.
    ///
    /// # Errors
    /// [`InvalidUser::Username`].
    pub fn parse(text: &str) -> Result<Self, InvalidUser> {
        let text = text.trim();
        let usable =
            !text.is_empty() && text.chars().count() <= MAX_USERNAME_CHARS && !text.chars().any(char::is_control);
        if !usable || IdentifierKey::of(text).as_str().is_empty() {
            return Err(InvalidUser::Username);
        }
        Ok(Self(text.to_owned()))
    }

    /// The user name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which it is compared.
    #[must_use]
    pub fn key(&self) -> IdentifierKey {
        IdentifierKey::of(&self.0)
    }
}

/// An email address: one `@` between two parts without white space or control characters, at most 254 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Checks and trims.
    ///
    /// # Errors
    /// [`InvalidUser::Email`].
    pub fn parse(text: &str) -> Result<Self, InvalidUser> {
        let text = text.trim();
        let forbidden = |c: char| c.is_control() || c.is_whitespace() || "<>()[],;:\\\"".contains(c);
        let parts = text.split_once('@').filter(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        });
        let key = IdentifierKey::of(text);
        if parts.is_none()
            || text.len() > MAX_EMAIL_BYTES
            || text.chars().any(forbidden)
            || key.as_str().matches('@').count() != 1
        {
            return Err(InvalidUser::Email);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which it is compared.
    #[must_use]
    pub fn key(&self) -> IdentifierKey {
        IdentifierKey::of(&self.0)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_composition_and_outer_space_do_not_matter() {
        let cases = [
            ("  Alice ", "alice"),
            ("ＡＬＩＣＥ", "alice"),
            ("Zoe\u{308}", "zoë"),
            ("ﬁn", "fin"),
            ("A＠B.example", "a@b.example"),
        ];
        for (typed, key) in cases {
            assert_eq!(IdentifierKey::of(typed).as_str(), key, "{typed}");
        }
    }

    #[test]
    fn a_key_of_a_key_is_the_same_key() {
        for typed in ["İstanbul", "STRASSE", "ǅ", "K", "Ω", "ﷺ"] {
            let once = IdentifierKey::of(typed);
            assert_eq!(IdentifierKey::of(once.as_str()), once, "{typed}");
        }
    }

    #[test]
    fn malformed_addresses_and_user_names_are_refused() {
        for text in
            ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "a@.b", "a@b.", "a＠x@b", "a\u{0}@b", "<a@b>"]
        {
            assert!(Email::parse(text).is_err(), "{text}");
        }
        assert!(Email::parse(" Alice@Example.com ").is_ok());
        let long = "x".repeat(129);
        for text in ["", "  ", "a\u{7}b", "a\nb", long.as_str()] {
            assert!(Username::parse(text).is_err(), "{text:?}");
        }
    }
}

//! `response_type`: RFC 6749 §3.1.1 and OAuth 2.0 Multiple Response Type Encoding Practices §3 and §5.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ResponseMode;

/// What the authorization endpoint answers with; the order of the words does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResponseType {
    /// The authorization code flow.
    Code,
    /// Implicit flow, ID token only.
    IdToken,
    /// Implicit flow, plain OAuth 2.
    Token,
    /// Implicit flow.
    IdTokenToken,
    /// Hybrid flow.
    CodeIdToken,
    /// Hybrid flow.
    CodeToken,
    /// Hybrid flow.
    CodeIdTokenToken,
}

/// A text that is no response type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown response_type")]
pub struct UnknownResponseType;

impl ResponseType {
    /// Every value, for metadata documents.
    pub const ALL: &'static [Self] = &[
        Self::Code,
        Self::IdToken,
        Self::Token,
        Self::IdTokenToken,
        Self::CodeIdToken,
        Self::CodeToken,
        Self::CodeIdTokenToken,
    ];

    /// The value as it is sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::Token => "token",
            Self::IdTokenToken => "id_token token",
            Self::CodeIdToken => "code id_token",
            Self::CodeToken => "code token",
            Self::CodeIdTokenToken => "code id_token token",
        }
    }

    /// Whether the answer holds a code.
    #[must_use]
    pub fn has_code(self) -> bool {
        self.has("code")
    }

    /// Whether the answer holds an ID token.
    #[must_use]
    pub fn has_id_token(self) -> bool {
        self.has("id_token")
    }

    /// Whether the answer holds an access token.
    #[must_use]
    pub fn has_token(self) -> bool {
        self.has("token")
    }

    /// How the answer travels unless `response_mode` says otherwise (Multiple Response Types §5).
    #[must_use]
    pub fn default_mode(self) -> ResponseMode {
        if self == Self::Code { ResponseMode::Query } else { ResponseMode::Fragment }
    }

    /// The mode itself, with what `jwt` stands for (JARM §2.3.4).
    #[must_use]
    pub fn resolve_mode(self, mode: ResponseMode) -> ResponseMode {
        match (mode, self.default_mode()) {
            (ResponseMode::Jwt, ResponseMode::Query) => ResponseMode::QueryJwt,
            (ResponseMode::Jwt, _) => ResponseMode::FragmentJwt,
            (mode, _) => mode,
        }
    }

    fn has(self, word: &str) -> bool {
        self.as_str().split(' ').any(|other| other == word)
    }
}

impl ResponseMode {
    /// Whether the answer is one signed JWT (JARM).
    #[must_use]
    pub fn is_jwt(self) -> bool {
        matches!(self, Self::Jwt | Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }

    /// Whether the answer stands in the query, where logs and `Referer` headers find it.
    #[must_use]
    pub fn is_in_query(self) -> bool {
        matches!(self, Self::Query | Self::QueryJwt)
    }
}

impl FromStr for ResponseType {
    type Err = UnknownResponseType;

    fn from_str(text: &str) -> Result<Self, UnknownResponseType> {
        let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        let sorted = words.join(" ");
        Self::ALL.iter().copied().find(|known| known.as_str() == sorted).ok_or(UnknownResponseType)
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ResponseType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ResponseType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_words_does_not_count_and_a_repeat_does() {
        assert_eq!("token id_token code".parse(), Ok(ResponseType::CodeIdTokenToken));
        assert_eq!(" code ".parse(), Ok(ResponseType::Code));
        for text in ["", "none", "code code", "code none", "Code", "id_token  token x"] {
            assert_eq!(text.parse::<ResponseType>(), Err(UnknownResponseType), "{text}");
        }
        for value in ResponseType::ALL {
            assert_eq!(value.as_str().parse(), Ok(*value));
        }
    }

    #[test]
    fn what_an_answer_holds_follows_from_its_words() {
        let hybrid = ResponseType::CodeIdToken;
        assert!(hybrid.has_code() && hybrid.has_id_token() && !hybrid.has_token());
        assert_eq!(hybrid.default_mode(), ResponseMode::Fragment);
        assert_eq!(ResponseType::Code.default_mode(), ResponseMode::Query);
        assert!(ResponseType::IdTokenToken.has_token());
        assert_eq!(ResponseType::Code.resolve_mode(ResponseMode::Jwt), ResponseMode::QueryJwt);
        assert_eq!(hybrid.resolve_mode(ResponseMode::Jwt), ResponseMode::FragmentJwt);
        assert_eq!(hybrid.resolve_mode(ResponseMode::FormPost), ResponseMode::FormPost);
        for mode in ResponseMode::ALL {
            assert_eq!(mode.is_jwt(), mode.as_str().ends_with("jwt"), "{mode}");
        }
    }
}

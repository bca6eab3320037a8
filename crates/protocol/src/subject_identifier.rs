//! Subject identifiers, [RFC 9493](https://www.rfc-editor.org/rfc/rfc9493): how others name a user of ours.

use serde::Deserialize;
use serde_json::Value;

/// The longest name that is looked up, in bytes.
const MAX_BYTES: usize = 512;

/// A name of a user, in one of the formats that mean something here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
// §3: a member that the format does not describe makes it malformed.
#[serde(tag = "format", rename_all = "snake_case", deny_unknown_fields)]
pub enum SubjectIdentifier {
    /// §3.2.3: as tokens name the user.
    IssSub {
        /// Who issues those tokens.
        iss: String,
        /// The name there.
        sub: String,
    },
    /// §3.2.4: as the recipient names the user.
    Opaque {
        /// The name.
        id: String,
    },
    /// §3.2.2.
    Email {
        /// The address.
        email: String,
    },
}

/// Why a value is no subject identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no subject identifier of the format iss_sub, opaque or email")]
pub struct InvalidSubjectIdentifier;

impl SubjectIdentifier {
    /// Reads the value.
    ///
    /// # Errors
    /// When the format is another, or its members are not what it says: texts of 1 to 512 bytes.
    pub fn parse(value: &Value) -> Result<Self, InvalidSubjectIdentifier> {
        let read = Self::deserialize(value).map_err(|_| InvalidSubjectIdentifier)?;
        let texts = match &read {
            Self::IssSub { iss, sub } => [iss, sub],
            Self::Opaque { id: text } | Self::Email { email: text } => [text, text],
        };
        let usable = |text: &&String| (1..=MAX_BYTES).contains(&text.len()) && !text.contains('\0');
        if texts.iter().all(usable) { Ok(read) } else { Err(InvalidSubjectIdentifier) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_formats_of_rfc_9493_that_name_a_user_here_are_read() {
        let read = |value: Value| SubjectIdentifier::parse(&value);
        // The examples of §3.2.2 to §3.2.4.
        let email = SubjectIdentifier::Email { email: "user@example.com".to_owned() };
        assert_eq!(read(json!({"format": "email", "email": "user@example.com"})), Ok(email));
        let iss_sub =
            SubjectIdentifier::IssSub { iss: "https://issuer.example.com/".to_owned(), sub: "145234573".to_owned() };
        let value = json!({"format": "iss_sub", "iss": "https://issuer.example.com/", "sub": "145234573"});
        assert_eq!(read(value), Ok(iss_sub));
        let opaque = SubjectIdentifier::Opaque { id: "11112222333344445555".to_owned() };
        assert_eq!(read(json!({"format": "opaque", "id": "11112222333344445555"})), Ok(opaque));
    }

    #[test]
    fn everything_else_is_refused() {
        let long = "x".repeat(MAX_BYTES + 1);
        for value in [
            json!(null),
            json!("user@example.com"),
            json!([]),
            json!({}),
            json!({"email": "user@example.com"}),
            json!({"format": "email"}),
            json!({"format": "email", "email": ""}),
            json!({"format": "email", "email": 1}),
            json!({"format": "email", "email": "a\u{0}b"}),
            json!({"format": "email", "email": "a@b", "phone_number": "1"}),
            json!({"format": "opaque", "id": long}),
            json!({"format": "iss_sub", "iss": "https://a"}),
            json!({"format": "phone_number", "phone_number": "+12065550100"}),
            json!({"format": "aliases", "identifiers": [{"format": "email", "email": "a@b"}]}),
            json!({"format": "IssSub", "iss": "a", "sub": "b"}),
        ] {
            assert_eq!(SubjectIdentifier::parse(&value), Err(InvalidSubjectIdentifier), "{value}");
        }
    }
}

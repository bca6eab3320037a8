//! The standard claims of a user: [OpenID Connect Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use latchkey_protocol::Scope;
use latchkey_storage::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::User;

const MAX_CLAIM_BYTES: usize = 2048;

/// The claims that the scope `profile` asks for (OpenID Connect Core §5.4).
pub const PROFILE_CLAIMS: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// A claim value that the specification does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClaim {
    /// Empty, longer than 2048 bytes, or with a control character.
    #[error("a claim is 1 to 2048 bytes without control characters")]
    Text,
    /// Not a date of OpenID Connect Core §5.1.
    #[error("a birthdate is YYYY-MM-DD, 0000-MM-DD or YYYY")]
    Birthdate,
}

/// A claim that is text: never empty, since an empty string is not a value (OpenID Connect Core §5.3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimText(String);

impl ClaimText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClaimText {
    type Error = InvalidClaim;

    fn try_from(text: String) -> Result<Self, InvalidClaim> {
        // A formatted address has line breaks (§5.1.1); no other control character has a use.
        let allowed = |c: char| !c.is_control() || c == '\n' || c == '\r';
        if text.trim().is_empty() || text.len() > MAX_CLAIM_BYTES || !text.chars().all(allowed) {
            return Err(InvalidClaim::Text);
        }
        Ok(Self(text))
    }
}

impl FromStr for ClaimText {
    type Err = InvalidClaim;

    fn from_str(text: &str) -> Result<Self, InvalidClaim> {
        Self::try_from(text.to_owned())
    }
}

impl From<ClaimText> for String {
    fn from(text: ClaimText) -> Self {
        text.0
    }
}

impl fmt::Display for ClaimText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A birthdate: `YYYY-MM-DD`, `0000-MM-DD` when the year is withheld, or `YYYY`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Birthdate(String);

impl TryFrom<String> for Birthdate {
    type Error = InvalidClaim;

    fn try_from(text: String) -> Result<Self, InvalidClaim> {
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<u32>().ok())
                .flatten()
        };
        let mut parts = text.split('-');
        let year = parts.next().and_then(|part| digits(part, 4));
        let valid = match (year, parts.next(), parts.next(), parts.next()) {
            (Some(year), None, None, None) => year > 0,
            (Some(year), Some(month), Some(day), None) => {
                digits(month, 2).zip(digits(day, 2)).is_some_and(|(month, day)| day >= 1 && day <= days_in(year, month))
            }
            _ => false,
        };
        if valid { Ok(Self(text)) } else { Err(InvalidClaim::Birthdate) }
    }
}

/// Days of a month; the year 0000 stands for "withheld", and counts as a leap year.
fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

impl FromStr for Birthdate {
    type Err = InvalidClaim;

    fn from_str(text: &str) -> Result<Self, InvalidClaim> {
        Self::try_from(text.to_owned())
    }
}

impl From<Birthdate> for String {
    fn from(date: Birthdate) -> Self {
        date.0
    }
}

/// The `address` claim, §5.1.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The whole address for display, with line breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatted: Option<ClaimText>,
    /// Street, house number, extended lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_address: Option<ClaimText>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<ClaimText>,
    /// State, province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<ClaimText>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<ClaimText>,
    /// Country name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<ClaimText>,
}

/// Every standard claim that is kept as it was given; `sub`, `preferred_username`, `email`, `email_verified` and
/// `updated_at` come from the user's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardClaims {
    /// Full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ClaimText>,
    /// Given name(s).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<ClaimText>,
    /// Surname(s).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<ClaimText>,
    /// Middle name(s).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<ClaimText>,
    /// Casual name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<ClaimText>,
    /// URL of the profile page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ClaimText>,
    /// URL of a picture of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<ClaimText>,
    /// URL of the person's page or blog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<ClaimText>,
    /// Gender; any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<ClaimText>,
    /// Birthdate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<Birthdate>,
    /// Time zone name, as `Europe/Paris`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<ClaimText>,
    /// BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<ClaimText>,
    /// Telephone number, E.164 recommended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<ClaimText>,
    /// Whether the number was verified; told only together with a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

impl From<Json<StandardClaims>> for StandardClaims {
    fn from(json: Json<StandardClaims>) -> Self {
        json.0
    }
}

impl User {
    /// The claims that the scopes and the `claims` parameter ask for, each of its right JSON type; what the user
    /// does not have is left out. `sub` is not among them.
    ///
    /// `requested` holds the member names of the `userinfo` or `id_token` object of the `claims` parameter (§5.5).
    /// Whether the client may have them is for the caller to decide.
    #[must_use]
    pub fn claims_for(&self, scope: &Scope, requested: &BTreeSet<String>) -> Map<String, Value> {
        let mut claims = self.all_claims();
        claims.retain(|name, _| {
            requested.contains(name) || scope_of_claim(name).is_some_and(|needed| scope.contains(needed))
        });
        claims
    }

    /// Every standard claim that the user has, for the tenant's own rules; never for a client as it is.
    #[must_use]
    pub fn standard_claims(&self) -> Map<String, Value> {
        self.all_claims()
    }

    fn all_claims(&self) -> Map<String, Value> {
        // Serialization of owned strings, bools and an object of strings cannot fail; were it to, claims are left out.
        let mut claims = match serde_json::to_value(&self.claims) {
            Ok(Value::Object(claims)) => claims,
            _ => Map::new(),
        };
        if self.claims.phone_number.is_none() {
            claims.remove("phone_number_verified");
        } else {
            claims.entry("phone_number_verified").or_insert(Value::Bool(false));
        }
        if self.claims.address.as_ref().is_some_and(|address| *address == Address::default()) {
            claims.remove("address");
        }
        claims.insert("preferred_username".to_owned(), Value::from(self.username.as_str()));
        claims.insert("updated_at".to_owned(), Value::from(self.updated_at.unix_seconds()));
        if let Some(email) = &self.email {
            claims.insert("email".to_owned(), Value::from(email.as_str()));
            claims.insert("email_verified".to_owned(), Value::Bool(self.email_verified));
        }
        claims
    }
}

/// The scope that brings a claim, OpenID Connect Core §5.4; `None` for one that no user has.
#[must_use]
pub fn scope_of_claim(claim: &str) -> Option<&'static str> {
    match claim {
        "email" | "email_verified" => Some("email"),
        "address" => Some("address"),
        "phone_number" | "phone_number_verified" => Some("phone"),
        _ if PROFILE_CLAIMS.contains(&claim) => Some("profile"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

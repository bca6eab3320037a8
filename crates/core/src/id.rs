//! Typed ids: a prefix that says what it names, and a sortable UUIDv7.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::{Rng, UtcTime};

/// A text that is not an id of the expected kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {expected}")]
pub struct InvalidId {
    expected: &'static str,
}

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Text)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        $crate::text_column!($name);
    };
}

macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        text_newtype!($(#[$doc])* $name);

        impl $name {
            /// A new id; ids made later sort later.
            #[must_use]
            pub fn generate(now: UtcTime, rng: &Rng) -> Self {
                Self(format!(concat!($prefix, "_{}"), uuid_v7(now, rng).simple()))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|rest| rest.len() == 32 && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
                    .map(|_| Self(text.to_owned()))
                    .ok_or(InvalidId { expected: concat!($prefix, "_ id") })
            }
        }
    };
}

fn uuid_v7(now: UtcTime, rng: &Rng) -> Uuid {
    let millis = u64::try_from(now.unix_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &rng.bytes::<10>()).into_uuid()
}

prefixed_id!(
    /// A tenant: `tnt_` and a UUIDv7.
    TenantId,
    "tnt"
);
prefixed_id!(
    /// A user, and the `sub` of its tokens: `usr_` and a UUIDv7. Never used again after deletion.
    UserId,
    "usr"
);
prefixed_id!(
    /// A browser session, and the `sid` of its tokens: `ses_` and a UUIDv7.
    SessionId,
    "ses"
);
prefixed_id!(
    /// What one authorization code bought, with its refresh-token family: `grt_` and a UUIDv7.
    GrantId,
    "grt"
);
prefixed_id!(
    /// A sign-in under way: `int_` and a UUIDv7.
    InteractionId,
    "int"
);
prefixed_id!(
    /// An API key, the `sub` that introspection tells of it: `apk_` and a UUIDv7.
    ApiKeyId,
    "apk"
);
prefixed_id!(
    /// A second factor of a user: `fac_` and a UUIDv7.
    FactorId,
    "fac"
);
prefixed_id!(
    /// A browser that a user let us remember: `dev_` and a UUIDv7.
    DeviceId,
    "dev"
);
prefixed_id!(
    /// A security event: `evt_` and a UUIDv7.
    EventId,
    "evt"
);
prefixed_id!(
    /// A signing key, the `kid` of its JWK: `key_` and a UUIDv7.
    KeyId,
    "key"
);

impl EventId {
    /// Sorts before every event of that moment and later ones, and after all earlier ones.
    #[must_use]
    pub fn first_at(moment: UtcTime) -> Self {
        let millis = u64::try_from(moment.unix_millis()).unwrap_or(0);
        Self(format!("evt_{millis:012x}{:020x}", 0))
    }
}

text_newtype!(
    /// A `client_id` (RFC 6749 §2.2), unique within its tenant: 1 to 200 characters `A-Z a-z 0-9 - . _ ~ : /`,
    /// never like the id of a user.
    ClientId
);

impl ClientId {
    /// A new id for a client that was given none.
    #[must_use]
    pub fn generate(now: UtcTime, rng: &Rng) -> Self {
        Self(format!("cli_{}", uuid_v7(now, rng).simple()))
    }
}

impl FromStr for ClientId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/".contains(&b);
        // RFC 9068 §5: `sub` is a client_id or a user's id, so one must not be able to pass for the other.
        if text.is_empty() || text.len() > 200 || !text.bytes().all(allowed) || text.starts_with("usr_") {
            return Err(InvalidId { expected: "client_id" });
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let rng = Rng::seeded(1);
        let early = UserId::generate(UtcTime::from_unix_seconds(1_000), &rng);
        let late = UserId::generate(UtcTime::from_unix_seconds(2_000), &rng);
        assert!(early < late);
        assert_eq!(early.as_str().parse(), Ok(early));
    }

    #[test]
    fn the_bound_of_a_moment_sorts_between_what_was_before_and_what_is_then() {
        let (rng, moment) = (Rng::seeded(1), UtcTime::from_unix_seconds(2_000));
        let bound = EventId::first_at(moment);
        assert!(EventId::generate(UtcTime::from_unix_seconds(1_999), &rng) < bound);
        assert!(bound < EventId::generate(moment, &rng));
        assert_eq!(bound.as_str().parse(), Ok(bound));
    }

    #[test]
    fn another_kind_or_a_damaged_id_is_refused() {
        let rng = Rng::seeded(1);
        let user = UserId::generate(UtcTime::from_unix_seconds(1), &rng);
        assert!(user.as_str().parse::<TenantId>().is_err());
        for text in
            ["", "usr_", "usr_XYZ", "usr_0123456789abcdef0123456789abcde", "usr_0123456789ABCDEF0123456789ABCDEF"]
        {
            assert!(text.parse::<UserId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_client_id_has_no_space_quote_or_control_character() {
        assert!("https://app.example/client".parse::<ClientId>().is_ok());
        for text in ["", "a b", "a\"b", "a\0b", "é", "usr_0123"] {
            assert!(text.parse::<ClientId>().is_err(), "{text}");
        }
    }
}

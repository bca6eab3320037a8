//! What users of a tenant may do with their accounts alone.

use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::defaults::is_true;

const MEMBER: &str = "account";
const MAX_DELETION_DELAY_DAYS: u16 = 90;
const DELETION_DELAY_DAYS: u16 = 14;

/// A standard claim that users may be let change themselves (OpenID Connect Core §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileClaim {
    /// Full name.
    Name,
    /// Given names.
    GivenName,
    /// Surnames.
    FamilyName,
    /// Middle names.
    MiddleName,
    /// Casual name.
    Nickname,
    /// Telephone number; a number that is changed is not verified any more.
    PhoneNumber,
    /// Birthdate.
    Birthdate,
    /// Gender.
    Gender,
    /// Postal address.
    Address,
    /// Time zone.
    Zoneinfo,
    /// URL of a picture.
    Picture,
    /// URL of the profile page.
    Profile,
    /// URL of the person's page or blog.
    Website,
    /// Language of the pages and mails.
    Locale,
}

impl ProfileClaim {
    /// Every claim, in the order of the page.
    pub const ALL: [Self; 14] = [
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::MiddleName,
        Self::Nickname,
        Self::PhoneNumber,
        Self::Birthdate,
        Self::Gender,
        Self::Address,
        Self::Zoneinfo,
        Self::Picture,
        Self::Profile,
        Self::Website,
        Self::Locale,
    ];
}

/// What users may do with their accounts alone; every member has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountPolicy {
    /// The claims that users may change themselves.
    #[serde(skip_serializing_if = "is_every_claim")]
    pub editable_claims: Vec<ProfileClaim>,
    /// Whether users may change their email addresses.
    #[serde(skip_serializing_if = "is_true")]
    pub email_change: bool,
    /// Whether users may have their accounts deleted.
    #[serde(skip_serializing_if = "is_true")]
    pub deletion: bool,
    /// How many days an account that its user had deleted can still be kept, 0 to 90.
    #[serde(skip_serializing_if = "is_fortnight")]
    pub deletion_delay_days: u16,
    /// Whether a browser remembers who was signed in, and offers their names.
    #[serde(skip_serializing_if = "is_true")]
    pub remembered_accounts: bool,
}

impl Default for AccountPolicy {
    fn default() -> Self {
        Self {
            editable_claims: ProfileClaim::ALL.to_vec(),
            email_change: true,
            deletion: true,
            deletion_delay_days: DELETION_DELAY_DAYS,
            remembered_accounts: true,
        }
    }
}

impl AccountPolicy {
    /// Whether users may change that claim.
    #[must_use]
    pub fn lets_edit(&self, claim: ProfileClaim) -> bool {
        self.editable_claims.contains(&claim)
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        if self.deletion_delay_days > MAX_DELETION_DELAY_DAYS {
            let reason = format!("deletion_delay_days must be between 0 and {MAX_DELETION_DELAY_DAYS}");
            return Err(InvalidMember::new(MEMBER, reason));
        }
        let twice = |claim: &ProfileClaim| self.editable_claims.iter().filter(|other| *other == claim).count() > 1;
        if self.editable_claims.iter().any(twice) {
            return Err(InvalidMember::new(MEMBER, "editable_claims must not name a claim twice"));
        }
        Ok(())
    }
}

fn is_every_claim(claims: &[ProfileClaim]) -> bool {
    claims == ProfileClaim::ALL
}

fn is_fortnight(days: &u16) -> bool {
    *days == DELETION_DELAY_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<AccountPolicy, String> {
        let policy: AccountPolicy = serde_json::from_str(json).map_err(|error| error.to_string())?;
        policy.validate().map_err(|error| error.to_string()).map(|()| policy)
    }

    #[test]
    fn defaults_are_left_out_and_read_again() {
        assert_eq!(serde_json::to_string(&AccountPolicy::default()).unwrap(), "{}");
        assert_eq!(read("{}").unwrap(), AccountPolicy::default());
        let own = read(r#"{"editable_claims":["name","locale"],"deletion":false,"deletion_delay_days":0}"#).unwrap();
        assert!(own.lets_edit(ProfileClaim::Locale) && !own.lets_edit(ProfileClaim::PhoneNumber) && !own.deletion);
        let text = serde_json::to_string(&own).unwrap();
        assert_eq!(read(&text).unwrap(), own);
    }

    #[test]
    fn what_is_unknown_twice_or_out_of_bounds_is_refused() {
        for wrong in [
            r#"{"editable_claims":["email"]}"#,
            r#"{"editable_claims":["name","name"]}"#,
            r#"{"deletion_delay_days":91}"#,
            r#"{"deletion_delay_days":-1}"#,
            r#"{"delay":1}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}

//! A tenant: one front door with its own keys and house rules.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use latchkey_core::{ClientId, TenantId};
use latchkey_fetch::OnBehalfOf;
use serde::{Deserialize, Serialize};

use crate::defaults::check_name;
use crate::{
    Branding, FirstFactorKind, InvalidMember, PasskeyUse, PublicUrl, SecondFactorKind, SecondFactorPolicy, Slug,
    TenantSettings,
};

/// A tenant as a request needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id, never reused.
    pub id: TenantId,
    /// Its name in the issuer's path; fixed, as the issuer is.
    pub slug: Slug,
    /// Its name on pages.
    pub name: String,
    /// Whether it may be used.
    pub status: TenantStatus,
    /// Its house rules.
    pub settings: TenantSettings,
    /// How its pages look.
    pub branding: Branding,
    /// The verified host that was made the issuer.
    pub issuer_host: Option<String>,
}

impl Tenant {
    /// In whose name outgoing requests are made, and what they may reach.
    #[must_use]
    pub fn outgoing(&self) -> OnBehalfOf<'_> {
        OnBehalfOf { tenant: &self.id, policy: &self.settings.outgoing }
    }

    /// What holds for the second factor of a user of these groups at a client; passkeys count only where there are any.
    #[must_use]
    pub fn second_factors_of(&self, groups: &[String], client: &ClientId) -> SecondFactorPolicy {
        let mut policy = self.settings.authentication.of(groups, client);
        policy.passkeys = self.settings.passkeys.purpose;
        if policy.passkeys == PasskeyUse::Off {
            policy.kinds.retain(|kind| *kind != SecondFactorKind::Passkey);
        }
        policy
    }

    /// What a user of these groups can begin with at a client; a passkey only where it takes the place of the password.
    #[must_use]
    pub fn first_factors_of(&self, groups: &[String], client: &ClientId) -> Vec<FirstFactorKind> {
        let mut kinds = self.settings.authentication.first_factors_of(groups, client);
        if self.settings.passkeys.purpose != PasskeyUse::FirstFactor {
            kinds.retain(|kind| *kind != FirstFactorKind::Passkey);
        }
        kinds
    }

    /// The issuer: `https://{host}` when a verified host was made the issuer, else `{public_url}/t/{slug}`.
    #[must_use]
    pub fn issuer(&self, public_url: &PublicUrl) -> String {
        match &self.issuer_host {
            Some(host) => format!("https://{host}"),
            None => format!("{public_url}/t/{}", self.slug),
        }
    }
}

/// What an operator may change of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantProfile {
    /// Its name on pages.
    pub name: String,
    /// Its house rules.
    pub settings: TenantSettings,
    /// How its pages look.
    pub branding: Branding,
}

impl TenantProfile {
    /// Checks name, settings and branding.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        check_name("name", &self.name)?;
        self.settings.validate()?;
        self.branding.validate()
    }
}

/// Whether a tenant may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// It may.
    #[default]
    Active,
    /// Every grant, session and token of it stands still.
    Suspended,
}

impl TenantStatus {
    /// The status as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

impl fmt::Display for TenantStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<DB: Backend> ToSql<Text, DB> for TenantStatus
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.as_str().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for TenantStatus
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        match String::from_sql(bytes)?.as_str() {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            other => Err(format!("unknown tenant status {other}").into()),
        }
    }
}

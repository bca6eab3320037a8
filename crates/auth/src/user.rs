//! A user of one tenant.

use std::collections::BTreeSet;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::{Queryable, Selectable};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use latchkey_core::{UserId, UtcTime};
use latchkey_mail::{Message, OutboxItem, Recipient};
use latchkey_storage::{Json, schema::users};
use latchkey_tenants::{Standing, Tenant};
use serde::{Deserialize, Serialize};

use crate::text_list::TextList;
use crate::{Email, IdentifierKey, StandardClaims, Username};

/// More groups, or roles, than this belong into a directory, not into a row.
const MAX_NAMES: usize = 1000;
const MAX_NAME_CHARS: usize = 200;

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// May not, whatever they present.
    Disabled,
    /// Has yet to choose a password by an invitation.
    Invited,
}

impl UserStatus {
    /// The status as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Invited => "invited",
        }
    }
}

impl<DB: Backend> ToSql<Text, DB> for UserStatus
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.as_str().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for UserStatus
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        match String::from_sql(bytes)?.as_str() {
            "active" => Ok(Self::Active),
            "disabled" => Ok(Self::Disabled),
            "invited" => Ok(Self::Invited),
            other => Err(format!("unknown user status {other:?}").into()),
        }
    }
}

/// A user as stored, without the password hash.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// The id, and the `sub` of the user's tokens.
    pub id: UserId,
    /// The user name, and the `preferred_username`.
    pub username: String,
    /// The email address.
    pub email: Option<String>,
    /// Whether the address was proved to be the user's.
    pub email_verified: bool,
    /// The other standard claims.
    #[diesel(deserialize_as = Json<StandardClaims>)]
    pub claims: StandardClaims,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// When the user was made.
    pub created_at: UtcTime,
    /// When anything of the above changed last.
    pub updated_at: UtcTime,
    /// The names of the groups that the user is in, for claims and access policies.
    #[diesel(deserialize_as = TextList)]
    pub groups: Vec<String>,
    /// The names of the roles that the user has, for claims and access policies.
    #[diesel(deserialize_as = TextList)]
    pub roles: Vec<String>,
    /// Until when the user may do without the second factor that the tenant asks for; set when it is first asked for.
    pub second_factor_due_at: Option<UtcTime>,
    /// Whether the password has to be changed before there is a session.
    pub must_change_password: bool,
    /// The version of the terms of service that was accepted last.
    pub terms_version: Option<String>,
    /// When the user had the account deleted, while that waits.
    pub deletion_requested_at: Option<UtcTime>,
}

impl User {
    /// The language that the user wants to be spoken to in, a BCP 47 tag; the standard claim `locale`.
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        self.claims.locale.as_ref().map(crate::ClaimText::as_str)
    }

    /// Whether the account is one that somebody can sign in to; what else is asked for, the gate says.
    #[must_use]
    pub fn may_sign_in(&self) -> bool {
        self.status == UserStatus::Active
    }

    /// What the gate looks at.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            status: self.status.as_str().to_owned(),
            email: self.email.clone(),
            email_verified: self.email_verified,
            must_change_password: self.must_change_password,
            terms_version: self.terms_version.clone(),
            deletion_requested_at: self.deletion_requested_at,
        }
    }

    /// The name to greet with: the full name, or else the user name.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.claims.name.as_ref().map_or(self.username.as_str(), crate::ClaimText::as_str)
    }

    /// A mail to the user's address in the user's language, or else the tenant's; `None` without an address.
    ///
    /// Whether the address is proved to be the user's is for the caller to judge.
    #[must_use]
    pub fn mail(&self, tenant: &Tenant, message: Message) -> Option<OutboxItem> {
        let address = self.email.clone()?;
        let language = Some(self.mail_language(tenant).to_owned());
        let to = Recipient { name: self.display_name().to_owned(), address, language };
        Some(OutboxItem::new(to, &tenant.name, message))
    }

    /// The language of mails to the user, a BCP 47 tag.
    pub(crate) fn mail_language<'a>(&'a self, tenant: &'a Tenant) -> &'a str {
        self.claims.locale.as_ref().map_or(tenant.settings.locale.as_str(), crate::ClaimText::as_str)
    }
}

/// What a user is to be, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDraft {
    /// The user name; may hold an `@` only when it is the email address.
    pub username: String,
    /// The email address.
    pub email: Option<String>,
    /// Whether the address was proved to be the user's.
    pub email_verified: bool,
    /// The other standard claims.
    pub claims: StandardClaims,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// The names of the groups that the user is in.
    pub groups: Vec<String>,
    /// The names of the roles that the user has.
    pub roles: Vec<String>,
}

/// A [`UserDraft`] that was found good; the store takes nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedUser {
    pub(crate) username: Username,
    pub(crate) email: Option<Email>,
    pub(crate) email_verified: bool,
    pub(crate) claims: StandardClaims,
    pub(crate) status: UserStatus,
    pub(crate) groups: Vec<String>,
    pub(crate) roles: Vec<String>,
}

/// What is wrong with a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUser {
    /// The user name.
    #[error("username: 1 to 128 characters without control characters")]
    Username,
    /// The email address.
    #[error("email: not an email address")]
    Email,
    /// The user name looks like an address, but is not the user's own.
    #[error("username: may contain @ only when it is the user's own email")]
    UsernameIsForeignEmail,
    /// There is no address to be verified.
    #[error("email_verified: there is no email")]
    VerifiedWithoutEmail,
    /// The names of the groups.
    #[error("groups: up to 1000 different names of 1 to 200 characters without control characters")]
    Groups,
    /// The names of the roles.
    #[error("roles: up to 1000 different names of 1 to 200 characters without control characters")]
    Roles,
}

impl InvalidUser {
    /// The member that is wrong.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Self::Username | Self::UsernameIsForeignEmail => "username",
            Self::Email => "email",
            Self::VerifiedWithoutEmail => "email_verified",
            Self::Groups => "groups",
            Self::Roles => "roles",
        }
    }
}

impl UserDraft {
    /// Checks every rule that needs no database.
    ///
    /// # Errors
    /// [`InvalidUser`] names the member.
    pub fn check(self) -> Result<CheckedUser, InvalidUser> {
        let username = Username::parse(&self.username)?;
        let email = self.email.as_deref().map(Email::parse).transpose()?;
        let key = username.key();
        // Otherwise whoever takes another's address as a user name would receive that person's sign-in.
        if key.is_email() && email.as_ref().map(Email::key) != Some(key) {
            return Err(InvalidUser::UsernameIsForeignEmail);
        }
        if self.email_verified && email.is_none() {
            return Err(InvalidUser::VerifiedWithoutEmail);
        }
        if !are_names(&self.groups) {
            return Err(InvalidUser::Groups);
        }
        if !are_names(&self.roles) {
            return Err(InvalidUser::Roles);
        }
        Ok(CheckedUser {
            username,
            email,
            email_verified: self.email_verified,
            claims: self.claims,
            status: self.status,
            groups: self.groups,
            roles: self.roles,
        })
    }
}

fn are_names(names: &[String]) -> bool {
    let is_name = |name: &&String| {
        !name.trim().is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control)
    };
    let different: BTreeSet<&String> = names.iter().filter(is_name).collect();
    different.len() == names.len() && names.len() <= MAX_NAMES
}

impl CheckedUser {
    pub(crate) fn username_key(&self) -> IdentifierKey {
        self.username.key()
    }

    pub(crate) fn email_key(&self) -> Option<IdentifierKey> {
        self.email.as_ref().map(Email::key)
    }
}

//! The gate: whether a user may have a session or a token now.
//!
//! Every look-up of a session, every grant and every refresh asks [`Tenant::gate`] about the user's row as it is then, so
//! that a reason which is added here holds everywhere. It stands in this crate because those who open sessions and those
//! who issue tokens do not know each other.

use diesel::prelude::{Queryable, Selectable};
use latchkey_core::UtcTime;
use latchkey_storage::schema::users;

use crate::{Tenant, TenantStatus};

const ACTIVE: &str = "active";

/// What of a user's row decides.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Standing {
    /// The status as it is stored.
    pub status: String,
    /// The email address.
    pub email: Option<String>,
    /// Whether the address was proved to be the user's.
    pub email_verified: bool,
    /// Whether the password has to be changed first.
    pub must_change_password: bool,
    /// The version of the terms of service that was accepted last.
    pub terms_version: Option<String>,
    /// When the user had the account deleted, while that waits.
    pub deletion_requested_at: Option<UtcTime>,
}

/// Why a user may have neither a session nor a token now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    TenantSuspended,
    /// The user was disabled, or has yet to accept an invitation.
    #[error("the user is not active")]
    UserInactive,
    /// The user had the account deleted; signing in keeps it.
    #[error("the account is to be deleted")]
    DeletionWaits,
    /// The user has something to do first, in a sign-in.
    #[error("the user has to sign in and {0} first")]
    Until(RequiredAction),
}

/// What a user has to do in a sign-in before there is a session; asked for in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequiredAction {
    /// Prove that the email address is theirs.
    #[error("verify the email address")]
    VerifyEmail,
    /// Choose another password.
    #[error("change the password")]
    ChangePassword,
    /// Accept the terms of service in their present version.
    #[error("accept the terms of service")]
    AcceptTerms,
}

impl Tenant {
    /// Whether a user who stands like this may have a session or a token now.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn gate(&self, standing: &Standing) -> Result<(), Withheld> {
        self.gate_of_sign_in(standing)?;
        if standing.deletion_requested_at.is_some() {
            return Err(Withheld::DeletionWaits);
        }
        Ok(())
    }

    /// The gate for a session that is being opened: with it the user keeps an account that was to be deleted.
    ///
    /// # Errors
    /// The first reason why not; never [`Withheld::DeletionWaits`].
    pub fn gate_of_sign_in(&self, standing: &Standing) -> Result<(), Withheld> {
        self.lets_sign_in(standing)?;
        let verifies = self.settings.registration().verify_email;
        if verifies && standing.email.is_some() && !standing.email_verified {
            return Err(Withheld::Until(RequiredAction::VerifyEmail));
        }
        if standing.must_change_password {
            return Err(Withheld::Until(RequiredAction::ChangePassword));
        }
        match &self.settings.terms {
            Some(terms) if standing.terms_version.as_ref() != Some(&terms.version) => {
                Err(Withheld::Until(RequiredAction::AcceptTerms))
            }
            _ => Ok(()),
        }
    }

    /// The part of the gate that no sign-in leads through: what a user has to do is done within one.
    ///
    /// # Errors
    /// [`Withheld::TenantSuspended`], [`Withheld::UserInactive`].
    pub fn lets_sign_in(&self, standing: &Standing) -> Result<(), Withheld> {
        if self.status != TenantStatus::Active {
            return Err(Withheld::TenantSuspended);
        }
        if standing.status != ACTIVE {
            return Err(Withheld::UserInactive);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use latchkey_core::{Rng, TenantId};

    use super::*;
    use crate::{Branding, RegistrationPolicy, TenantSettings, Terms};

    fn tenant() -> Tenant {
        Tenant {
            id: TenantId::generate(UtcTime::from_unix_seconds(1), &Rng::seeded(1)),
            slug: "acme".parse().expect("a slug"),
            name: "Acme".to_owned(),
            status: TenantStatus::Active,
            settings: TenantSettings::default(),
            branding: Branding::default(),
            issuer_host: None,
        }
    }

    fn strict() -> Tenant {
        let registration = Some(RegistrationPolicy { verify_email: true, ..RegistrationPolicy::default() });
        let terms = Some(Terms { version: "2".to_owned(), ..Terms::default() });
        Tenant { settings: TenantSettings { registration, terms, ..TenantSettings::default() }, ..tenant() }
    }

    fn good() -> Standing {
        Standing {
            status: ACTIVE.to_owned(),
            email: Some("anna@example.com".to_owned()),
            email_verified: true,
            must_change_password: false,
            terms_version: Some("2".to_owned()),
            deletion_requested_at: None,
        }
    }

    #[test]
    fn each_reason_withholds_and_the_first_one_is_told() {
        let until = |action| Err(Withheld::Until(action));
        let suspended = Tenant { status: TenantStatus::Suspended, ..strict() };
        let waits = Some(UtcTime::from_unix_seconds(1));
        let unverified = Standing { email_verified: false, must_change_password: true, ..good() };
        let cases = [
            (strict(), good(), Ok(())),
            (suspended, good(), Err(Withheld::TenantSuspended)),
            (strict(), Standing { status: "disabled".to_owned(), ..good() }, Err(Withheld::UserInactive)),
            (strict(), Standing { status: "invited".to_owned(), ..good() }, Err(Withheld::UserInactive)),
            (strict(), unverified.clone(), until(RequiredAction::VerifyEmail)),
            (tenant(), unverified, until(RequiredAction::ChangePassword)),
            (strict(), Standing { email: None, email_verified: false, ..good() }, Ok(())),
            (strict(), Standing { must_change_password: true, ..good() }, until(RequiredAction::ChangePassword)),
            (strict(), Standing { terms_version: None, ..good() }, until(RequiredAction::AcceptTerms)),
            (strict(), Standing { terms_version: Some("1".to_owned()), ..good() }, until(RequiredAction::AcceptTerms)),
            (tenant(), Standing { terms_version: Some("1".to_owned()), ..good() }, Ok(())),
            (tenant(), Standing { deletion_requested_at: waits, ..good() }, Err(Withheld::DeletionWaits)),
        ];
        for (tenant, standing, expected) in cases {
            assert_eq!(tenant.gate(&standing), expected, "{standing:?}");
        }
    }

    #[test]
    fn what_is_to_be_done_keeps_nobody_from_signing_in() {
        let pending = Standing { email_verified: false, must_change_password: true, terms_version: None, ..good() };
        assert_eq!(strict().lets_sign_in(&pending), Ok(()));
        let leaving = Standing { deletion_requested_at: Some(UtcTime::from_unix_seconds(1)), ..good() };
        assert_eq!(strict().gate_of_sign_in(&leaving), Ok(()), "signing in keeps the account");
        let disabled = Standing { status: "disabled".to_owned(), ..pending };
        assert_eq!(strict().lets_sign_in(&disabled), Err(Withheld::UserInactive));
    }
}

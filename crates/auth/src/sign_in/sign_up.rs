//! Making an account oneself, within a sign-in: [OpenID Connect Prompt Create](https://openid.net/specs/openid-connect-prompt-create-1_0.html).

use std::time::Duration;

use latchkey_audit::EventKind;
use latchkey_core::{Secret, UserId};
use latchkey_tenants::{FirstFactorKind, Tenant};

use super::SignIn;
use super::demand::Destination;
use super::open_session::{Along, Arrival};
use super::required_action::Entry;
use super::verify_email::CodeMail;
use super::watch::UnderWay;
use crate::authentication::FirstFactorPassed;
use crate::interaction::Progress;
use crate::throttle::Admission;
use crate::user_store::{self, UserWrite};
use crate::{
    AuthError, Author, CheckedUser, ChosenPassword, ClaimText, IdentifierKey, Interaction, InvalidUser, NewSession,
    Origin, PasswordOwner, PasswordRule, StandardClaims, User, UserDraft, UserStatus, one_time_link_store,
    password_store,
};

const MAX_NAME_CHARS: usize = 200;

/// An account that somebody asks for.
#[derive(Clone, Debug)]
pub struct SignUpAttempt {
    /// The user name or address as typed.
    pub identifier: String,
    /// The full name, if one was typed.
    pub name: Option<String>,
    /// The password as typed.
    pub password: Secret<String>,
    /// Where the request comes from.
    pub from: Origin,
    /// The session cookie that the browser holds for this tenant, if any: those accounts stay.
    pub previous_session: Option<Secret<String>>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum SignUpOutcome {
    /// The user has an account and a session.
    SignedUp {
        /// The session and its cookie.
        session: Box<NewSession>,
        /// The new user.
        user_id: UserId,
    },
    /// The user has an account, and everybody needs a second factor: the sign-in under way knows who it is.
    SecondFactorNeeded {
        /// The new user.
        user_id: UserId,
    },
    /// The user has an account, and something to do first: the sign-in under way knows who it is.
    ActionRequired {
        /// The new user.
        user_id: UserId,
    },
    /// A code was mailed, or word of the account that there is: [`SignIn::complete_registration`] goes on.
    AddressToVerify,
    /// Too many mails were sent to that address lately.
    TooManyMails,
    /// The tenant takes no accounts with that address, or none without one.
    NotAdmitted,
    /// The tenant's accounts are made by operators.
    Closed,
    /// The user name or the address cannot be one.
    InvalidIdentifier(InvalidUser),
    /// The full name has a control character or is too long.
    InvalidName,
    /// The password is not good enough.
    PasswordRefused(PasswordRule),
    /// Another user has that user name.
    UsernameTaken,
    /// Another user has that address.
    EmailTaken,
    /// Too many attempts from this address.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
}

/// How a sign-in goes on with a new account.
pub(super) enum NewAccount {
    /// As with any other.
    Entered(Entry),
    /// The tenant asks for a second factor first.
    SecondFactorNeeded,
    /// It may not go on.
    Over,
}

impl SignIn {
    /// Makes an account with an unverified address and opens a session. A name that is taken costs as much work as one
    /// that is free.
    ///
    /// # Errors
    /// [`AuthError::Busy`] and unavailable stores: 503.
    pub async fn sign_up(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        attempt: SignUpAttempt,
    ) -> Result<SignUpOutcome, AuthError> {
        let offered = tenant.settings.authentication.first_factors_of(&[], &interaction.client_id);
        let registration = tenant.settings.registration();
        if !registration.is_offered() || !offered.contains(&FirstFactorKind::Password) {
            return Ok(SignUpOutcome::Closed);
        }
        let (user, owner) = match check(&attempt) {
            Ok(user) => user,
            Err(refused) => return Ok(refused),
        };
        let email = user.email.as_ref().map(|email| email.as_str().to_owned());
        if !registration.admits(email.as_deref()) {
            return Ok(SignUpOutcome::NotAdmitted);
        }
        let admission = self.throttle.admit_sign_up(tenant, attempt.from.address).await?;
        if let Admission::Throttled { retry_after } = admission {
            return Ok(SignUpOutcome::Throttled { retry_after });
        }
        // Before anything is looked up, so that the time does not tell what is taken.
        let password = match self.judge_password(tenant, &owner, attempt.password.clone()).await? {
            Ok(password) => password,
            Err(rule) => return Ok(SignUpOutcome::PasswordRefused(rule)),
        };
        if registration.verify_email
            && let Some(email) = email
        {
            return Ok(match self.begin_registration(tenant, interaction, (user, email), &password).await? {
                CodeMail::Sent => SignUpOutcome::AddressToVerify,
                CodeMail::TooMany => SignUpOutcome::TooManyMails,
            });
        }
        let user_id = UserId::generate(self.clock.now(), &self.rng);
        // The user name of a user with an address is the address, so what is taken is the address.
        let taken = if user.email.is_some() { SignUpOutcome::EmailTaken } else { SignUpOutcome::UsernameTaken };
        let Some(user) = self.insert(tenant, (&user_id, user), password.clone(), &attempt.from).await? else {
            return Ok(taken);
        };
        let held = attempt.previous_session.as_ref();
        let arrival = Arrival { from: &attempt.from, held, along: Along::default() };
        Ok(match self.enter_new_account(tenant, interaction, (user, &password), arrival).await? {
            NewAccount::Entered(Entry::Opened(session)) => SignUpOutcome::SignedUp { session, user_id },
            NewAccount::Entered(Entry::ActionRequired) => SignUpOutcome::ActionRequired { user_id },
            NewAccount::SecondFactorNeeded => SignUpOutcome::SecondFactorNeeded { user_id },
            // An operator has disabled the user in this very moment: the account is there, and is of no use.
            NewAccount::Over => taken,
        })
    }

    /// Goes on with a user who has just made the account and chosen its password.
    pub(super) async fn enter_new_account(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (user, password): (User, &ChosenPassword),
        arrival: Arrival<'_>,
    ) -> Result<NewAccount, AuthError> {
        let destination = Destination { client: &interaction.client_id, acr: interaction.requirement.acr };
        let first_factor = FirstFactorPassed::of_new_account(user, password.hash());
        let demand = self.demand(tenant, &first_factor, destination, None).await?;
        match first_factor.go_on(demand, self.clock.now()) {
            Ok(authenticated) => {
                let under_way = UnderWay::of(interaction, arrival.from);
                let entry = self.let_in(tenant, under_way, authenticated, arrival).await?;
                Ok(entry.map_or(NewAccount::Over, NewAccount::Entered))
            }
            Err(pending) => {
                let progress = Progress { pending: Some(pending), ..Progress::default() };
                self.record_progress(&tenant.id, interaction, &progress).await?;
                Ok(NewAccount::SecondFactorNeeded)
            }
        }
    }

    /// `None` when user name or address were taken.
    pub(super) async fn insert(
        &self,
        tenant: &Tenant,
        (id, user): (&UserId, CheckedUser),
        password: ChosenPassword,
        from: &Origin,
    ) -> Result<Option<User>, AuthError> {
        let (tenant, id, now) = (tenant.id.clone(), id.clone(), self.clock.now());
        let security = self.security.clone();
        let event = Author::Visitor(from.clone()).event(EventKind::AccountCreated).of(&id);
        let written = self
            .db
            .write(move |conn| match user_store::insert_user(conn, &tenant, &id, &user, now)? {
                UserWrite::Written(user) => {
                    // Looked up when the address is this user's already: whoever gives it up at the same time has either
                    // done so, and is seen, or not yet, and then the address was taken.
                    let kept = (user.email.as_deref()).map(IdentifierKey::of);
                    if let Some(email) = kept
                        && one_time_link_store::is_kept_for_another(conn, &tenant, (&email, &id), now)?
                    {
                        user_store::delete_user(conn, &tenant, &id)?;
                        return Ok(None);
                    }
                    password_store::set_password(conn, &tenant, &id, &password, now)?;
                    security.record(conn, &tenant, &event, now)?;
                    Ok(Some(*user))
                }
                UserWrite::UsernameTaken | UserWrite::EmailTaken | UserWrite::NotFound => Ok(None),
            })
            .await?;
        Ok(written)
    }
}

/// The user that the attempt asks for, or why there cannot be one; and whose the password is going to be.
fn check(attempt: &SignUpAttempt) -> Result<(CheckedUser, PasswordOwner), SignUpOutcome> {
    let identifier = attempt.identifier.trim();
    // An address is the user name too: a name with an @ may be nobody else's address.
    let email = IdentifierKey::of(identifier).is_email().then(|| identifier.to_owned());
    let name = attempt.name.as_ref().map(|name| one_line(name)).transpose()?;
    let owner = PasswordOwner::of_new_account(identifier, name.as_ref().map(ClaimText::as_str));
    let draft = UserDraft {
        username: identifier.to_owned(),
        email,
        email_verified: false,
        claims: StandardClaims { name, ..StandardClaims::default() },
        status: UserStatus::Active,
        groups: Vec::new(),
        roles: Vec::new(),
    };
    draft.check().map(|user| (user, owner)).map_err(SignUpOutcome::InvalidIdentifier)
}

fn one_line(name: &str) -> Result<ClaimText, SignUpOutcome> {
    let fits = name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    name.trim().parse().ok().filter(|_| fits).ok_or(SignUpOutcome::InvalidName)
}

//! A second factor that is sent: a code to the user's address or phone.

use latchkey_core::{Secret, TokenHash};
use latchkey_mail::{Message, messages};
use latchkey_storage::DbConnection;
use latchkey_tenants::{SecondFactorKind, Tenant};
use std::time::Duration;

use super::SignIn;
use super::second_factor::SecondFactorStep;
use super::sent_codes::{Fresh, Place, Purpose, Redeemed};
use crate::authentication::SecondFactorPassed;
use crate::second_factor::{self, masked_number};
use crate::sent_code::{SECOND_FACTOR_DIGITS, Shown};
use crate::throttle::Admission;
use crate::{AuthError, IdentifierKey, Interaction, SignedInWith, User};

/// What became of a code that was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondCodeSent {
    /// It is on its way.
    Sent,
    /// One was sent before; whether it is too old.
    Before {
        /// It is.
        is_over: bool,
    },
    /// It was asked for too often, or too soon after the last time.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// The user has no such factor, or it does not count here.
    NotOffered,
}

impl SignIn {
    /// Sends a code, unless one was sent since the first factor was passed.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn send_first_code(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (step, kind): (&SecondFactorStep, SecondFactorKind),
        with: &SignedInWith,
    ) -> Result<SecondCodeSent, AuthError> {
        if let Some(sent) = self.find_sent(place_of(tenant, interaction, step, kind)).await? {
            return Ok(SecondCodeSent::Before { is_over: sent.expires_at() <= self.clock.now() });
        }
        self.send_code(tenant, interaction, (step, kind), with).await
    }

    /// Sends a code, in the place of the one before.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn send_code(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (step, kind): (&SecondFactorStep, SecondFactorKind),
        with: &SignedInWith,
    ) -> Result<SecondCodeSent, AuthError> {
        let found = self.find_destination(tenant, &step.user, kind).await?;
        let Some(destination) = found.filter(|_| step.kinds.contains(&kind)) else {
            return Ok(SecondCodeSent::NotOffered);
        };
        let place = place_of(tenant, interaction, step, kind);
        let admission = match self.admit_sending(place).await? {
            Admission::Admitted => {
                let is_known = self.knows_browser(tenant, &step.user, with.device.as_ref()).await?;
                let account = format!("{}:{}", kind.as_str(), step.user.id);
                match (self.admit_to_account(&tenant.id, &account, is_known).await?, &destination) {
                    (Admission::Admitted, Destination::Phone(number)) => self.admit_sms(tenant, number, with).await?,
                    (admission, _) => admission,
                }
            }
            refused @ Admission::Throttled { .. } => refused,
        };
        if let Admission::Throttled { retry_after } = admission {
            return Ok(SecondCodeSent::Throttled { retry_after });
        }
        let to = (Some(step.user.id.clone()), destination.digest());
        let fresh = self.put_fresh(place, to, SECOND_FACTOR_DIGITS, None).await?;
        match &destination {
            Destination::Mailbox(_) => self.mail_second_code(tenant, &step.user, fresh).await?,
            Destination::Phone(number) => self.send_sms(tenant, &step.user, number, fresh).await?,
        }
        Ok(SecondCodeSent::Sent)
    }

    async fn mail_second_code(&self, tenant: &Tenant, user: &User, fresh: Fresh) -> Result<(), AuthError> {
        let Fresh { code, expires_at, .. } = fresh;
        let message = Message::SignInCode(messages::SignInCode { code, expires_at });
        let Some(mail) = user.mail(tenant, message) else { return Ok(()) };
        let (outbox, tenant, now) = (self.outbox.clone(), tenant.id.clone(), self.clock.now());
        Ok(self.db.write(move |conn: &mut DbConnection| outbox.enqueue(conn, &tenant, &mail, now)).await?)
    }

    /// Uses up a code that was sent; `None` when there is none to be right, `Some(None)` when it is wrong.
    pub(super) async fn check_sent_code(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &SecondFactorStep,
        (kind, code): (SecondFactorKind, &Secret<String>),
    ) -> Result<Option<Option<SecondFactorPassed>>, AuthError> {
        let place = place_of(tenant, interaction, step, kind);
        let sent = match self.redeem_sent(place, &Shown::Code(code.clone())).await? {
            Redeemed::Right(sent) => sent,
            Redeemed::Wrong => return Ok(Some(None)),
            Redeemed::Expired => return Ok(None),
        };
        // It was sent to this user, who has not moved on since.
        let destination = self.find_destination(tenant, &step.user, kind).await?;
        let stands = destination.as_ref().is_some_and(|destination| destination.digest() == sent.destination);
        let is_own = sent.user_id.as_ref() == Some(&step.user.id) && stands;
        if let (true, Some(Destination::Phone(number))) = (is_own, destination) {
            let (id, user, now) = (tenant.id.clone(), step.user.id.clone(), self.clock.now());
            let touch = move |conn: &mut DbConnection| second_factor::touch_phone(conn, &id, &user, &number, now);
            if !self.db.write(touch).await? {
                return Ok(Some(None));
            }
        }
        Ok(Some(is_own.then(|| SecondFactorPassed::by(kind))))
    }

    /// Where codes of that kind go, so far that its owner knows it.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn masked_destination(
        &self,
        tenant: &Tenant,
        step: &SecondFactorStep,
        kind: SecondFactorKind,
    ) -> Result<String, AuthError> {
        let destination = self.find_destination(tenant, &step.user, kind).await?;
        Ok(destination.map(|destination| destination.masked()).unwrap_or_default())
    }

    async fn find_destination(
        &self,
        tenant: &Tenant,
        user: &User,
        kind: SecondFactorKind,
    ) -> Result<Option<Destination>, AuthError> {
        match kind {
            SecondFactorKind::EmailCode => {
                Ok(user.email.clone().filter(|_| user.email_verified).map(Destination::Mailbox))
            }
            SecondFactorKind::Sms => {
                let (tenant, user) = (tenant.id.clone(), user.id.clone());
                let phone = self.db.read(move |conn| second_factor::find_phone(conn, &tenant, &user)).await?;
                Ok(phone.map(|phone| Destination::Phone(phone.number)))
            }
            _ => Ok(None),
        }
    }
}

/// Where a code goes.
enum Destination {
    Mailbox(String),
    Phone(String),
}

impl Destination {
    fn digest(&self) -> TokenHash {
        match self {
            Self::Mailbox(address) => IdentifierKey::of(address).digest(),
            Self::Phone(number) => TokenHash::of(number),
        }
    }

    /// Whoever has stolen the password does not learn the rest from it.
    fn masked(&self) -> String {
        match self {
            Self::Mailbox(address) => match address.rsplit_once('@') {
                Some((local, domain)) => format!("{}•••@{domain}", local.chars().next().unwrap_or('•')),
                None => "•••".to_owned(),
            },
            Self::Phone(number) => masked_number(number),
        }
    }
}

fn place_of<'a>(
    tenant: &'a Tenant,
    interaction: &'a Interaction,
    step: &SecondFactorStep,
    kind: SecondFactorKind,
) -> Place<'a> {
    Place { tenant, interaction: &interaction.id, purpose: Purpose::SecondFactor(kind, step.candidate.since()) }
}

//! Proving that an address is the user's, within a sign-in: a code of eight digits is mailed to it, and typed into the
//! browser that signs in.
//!
//! The link in the mail leads to the page of that sign-in with the code filled in; it is of no use in another browser, so
//! that nobody who merely follows a link proves the address for somebody else's account.

use std::time::Duration;

use latchkey_audit::EventKind;
use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{Secret, TenantId, UserId, UtcTime, constant_time_eq};
use latchkey_mail::{Message, messages};
use latchkey_tenants::{RequiredAction, Tenant};
use serde::{Deserialize, Serialize};

use super::SignIn;
use super::required_action::{ActionOutcome, ActionStep};
use super::second_factor::SignedInWith;
use crate::interaction::Progress;
use crate::{AuthError, Author, IdentifierKey, Interaction, User, user_store};

/// Digits of a code.
pub const EMAIL_CODE_DIGITS: usize = 8;
/// How long a code can be used.
pub(super) const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Wrong codes before another one has to be mailed.
const TRIES_PER_CODE: u64 = 5;
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Codes to one address; with the tries of each, a chance of one in a million a day to guess one.
const CODES_PER_HOUR: u64 = 5;
const CODES_PER_DAY: u64 = 20;
/// Tries of everybody in a tenant within [`TENANT_WINDOW`]: a chance of one in 700 a day to guess any code.
const TRIES_PER_TENANT: u64 = 1_000;
const TENANT_WINDOW: Duration = Duration::from_secs(10 * 60);

/// A code that was mailed; kept beside the sign-in.
#[derive(Serialize, Deserialize)]
pub(super) struct MailedCode {
    pub(super) user_id: UserId,
    pub(super) email: String,
    /// For the counter of its tries.
    id: Secret<String>,
    sealed_code: String,
}

/// Whether a code was mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMail {
    /// It is on its way.
    Sent,
    /// Too many were mailed to that address lately.
    TooMany,
}

/// What a mail is for that anybody can have sent.
#[derive(Clone, Copy)]
pub(super) enum MailPurpose {
    Verification,
    Registration,
    Reset,
}

impl MailPurpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Registration => "registration",
            Self::Reset => "reset",
        }
    }
}

/// What became of a code that somebody typed.
pub(super) enum CodeCheck {
    /// It is right, and spent.
    Right(MailedCode),
    Wrong,
    /// There is none, or it was tried too often.
    Expired,
}

impl SignIn {
    /// Mails another code to the user's address.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn mail_email_code(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        step: &ActionStep,
    ) -> Result<CodeMail, AuthError> {
        if step.action != Some(RequiredAction::VerifyEmail) {
            return Ok(CodeMail::Sent);
        }
        self.mail_code(tenant, interaction, &step.user).await
    }

    /// Checks a code that was mailed, and goes on.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn verify_email(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (step, code): (&ActionStep, &Secret<String>),
        with: &SignedInWith,
    ) -> Result<ActionOutcome, AuthError> {
        if step.action != Some(RequiredAction::VerifyEmail) {
            return self.enter(tenant, interaction, step.awaiting.clone(), with).await;
        }
        if !self.tries.admit_to_sign_in(tenant, &interaction.id, step.awaiting.at).await? {
            self.record_progress(&tenant.id, interaction, &Progress::default()).await?;
            return Ok(ActionOutcome::Over);
        }
        let mailed = match self.check_email_code(&tenant.id, interaction, code).await? {
            CodeCheck::Right(mailed) if mailed.user_id == step.user.id => mailed,
            CodeCheck::Wrong => return Ok(ActionOutcome::WrongCode),
            CodeCheck::Right(_) | CodeCheck::Expired => return Ok(ActionOutcome::CodeExpired),
        };
        let (id, now, security) = (tenant.id.clone(), self.clock.now(), self.security.clone());
        let event = Author::Visitor(with.from.clone()).event(EventKind::EmailVerified).of(&mailed.user_id);
        let verified = self
            .db
            .write(move |conn| {
                let proved = user_store::prove_email(conn, &id, (&mailed.user_id, &mailed.email), now)?;
                if proved {
                    security.record(conn, &id, &event, now)?;
                }
                Ok(proved)
            })
            .await?;
        if !verified {
            return Ok(ActionOutcome::CodeExpired);
        }
        self.enter(tenant, interaction, step.awaiting.clone(), with).await
    }

    /// Mails the first code of a sign-in that cannot go on without; reloading the page mails none.
    pub(super) async fn mail_first_code(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        user: &UserId,
    ) -> Result<(), AuthError> {
        let Some(user) = self.load_user(&tenant.id, user).await? else { return Ok(()) };
        let known: Option<MailedCode> = self.cache.find(&code_key(&tenant.id, interaction)).await?;
        if known.is_some_and(|known| known.user_id == user.id && Some(&known.email) == user.email.as_ref()) {
            return Ok(());
        }
        self.mail_code(tenant, interaction, &user).await.map(|_| ())
    }

    async fn mail_code(&self, tenant: &Tenant, interaction: &Interaction, user: &User) -> Result<CodeMail, AuthError> {
        let Some(email) = user.email.clone() else { return Ok(CodeMail::Sent) };
        if !self.admit_mail_to(tenant, (MailPurpose::Verification, &email)).await? {
            return Ok(CodeMail::TooMany);
        }
        let (code, expires_at) = self.keep_email_code(tenant, interaction, (&user.id, &email)).await?;
        let page = format!("{}/required-action", tenant.issuer(&self.public_url));
        let link = Secret::new(format!("{page}?interaction={}&code={}", interaction.id, code.expose()));
        let message = Message::VerifyEmail(messages::VerifyEmail { link, code: Some(code), expires_at });
        let Some(mail) = user.mail(tenant, message) else { return Ok(CodeMail::Sent) };
        let (outbox, id, now) = (self.outbox.clone(), tenant.id.clone(), self.clock.now());
        self.db.write(move |conn| outbox.enqueue(conn, &id, &mail, now)).await?;
        Ok(CodeMail::Sent)
    }

    /// Makes a code; an earlier one of the sign-in is of no use from now on.
    pub(super) async fn keep_email_code(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (user, email): (&UserId, &str),
    ) -> Result<(Secret<String>, UtcTime), AuthError> {
        let code =
            Secret::new(format!("{:0EMAIL_CODE_DIGITS$}", u64::from_be_bytes(self.rng.bytes::<8>()) % 100_000_000));
        let context = code_context(&tenant.id, interaction);
        let mailed = MailedCode {
            user_id: user.clone(),
            email: email.to_owned(),
            id: self.rng.token(),
            sealed_code: self.sealer.seal(&context, code.expose().as_bytes(), &self.rng)?,
        };
        self.cache.put(&code_key(&tenant.id, interaction), &mailed, CODE_LIFETIME).await?;
        Ok((code, self.clock.now().plus(CODE_LIFETIME)))
    }

    /// Of two that race with the right code one spends it.
    pub(super) async fn check_email_code(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
        typed: &Secret<String>,
    ) -> Result<CodeCheck, AuthError> {
        let key = code_key(tenant, interaction);
        let Some(mailed) = self.cache.find::<MailedCode>(&key).await? else { return Ok(CodeCheck::Expired) };
        self.admit_email_code(tenant).await?;
        let tries = CacheKey::new(tenant, Kind::Throttle, &format!("email-code:tries:{}", mailed.id.expose()));
        if self.cache.increment(&tries, CODE_LIFETIME).await?.count > TRIES_PER_CODE {
            return Ok(CodeCheck::Expired);
        }
        let Some(code) = self.sealer.open(&code_context(tenant, interaction), &mailed.sealed_code) else {
            return Ok(CodeCheck::Expired);
        };
        let digits: String = typed.expose().chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if !constant_time_eq(digits.as_bytes(), code.expose()) {
            return Ok(CodeCheck::Wrong);
        }
        let taken = self.cache.take::<MailedCode>(&key).await?;
        Ok(taken.filter(|taken| taken.id == mailed.id).map_or(CodeCheck::Expired, CodeCheck::Right))
    }

    /// Bounds what all together may try in a tenant: whoever wants any address of a mail domain, and not a certain one,
    /// tries at many.
    async fn admit_email_code(&self, tenant: &TenantId) -> Result<(), AuthError> {
        let key = CacheKey::new(tenant, Kind::Throttle, "email-code:tried");
        let tried = self.cache.increment(&key, TENANT_WINDOW).await?;
        if tried.count > TRIES_PER_TENANT {
            return Err(AuthError::TooManyRequests { retry_after: tried.resets_at.since(self.clock.now()) });
        }
        Ok(())
    }

    /// Counts a mail that somebody has sent to an address which may not be theirs, and says whether it may be. Each purpose
    /// has its own count: who has other mails sent does not keep the owner from a reset.
    pub(super) async fn admit_mail_to(
        &self,
        tenant: &Tenant,
        (purpose, email): (MailPurpose, &str),
    ) -> Result<bool, AuthError> {
        let digest = IdentifierKey::of(email).digest();
        let id = |what: &str| format!("mail:{}:{what}:{}", purpose.as_str(), digest.as_str());
        let key = |what: &str| CacheKey::new(&tenant.id, Kind::Throttle, &id(what));
        let hour = self.cache.increment(&key("hour"), HOUR).await?;
        if hour.count > CODES_PER_HOUR {
            return Ok(false);
        }
        Ok(self.cache.increment(&key("day"), DAY).await?.count <= CODES_PER_DAY)
    }
}

fn code_context(tenant: &TenantId, interaction: &Interaction) -> String {
    format!("email-code\n{tenant}\n{}", interaction.id)
}

fn code_key(tenant: &TenantId, interaction: &Interaction) -> CacheKey {
    CacheKey::new(tenant, Kind::EmailCode, interaction.id.as_str())
}

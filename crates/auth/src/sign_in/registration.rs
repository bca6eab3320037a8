//! Making an account whose address is verified first: until then there is no user, but a draft beside the sign-in.
//!
//! What the browser is told, and the work, are the same for an address that is free and for one that has an account; the
//! mail alone differs, which nobody but the owner of the address reads. An account that another makes with a foreign
//! address never comes to be, so nobody finds it waiting with a password that the other knows.

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{Secret, TenantId, UserId, UtcTime};
use latchkey_mail::messages::WantedAddress;
use latchkey_mail::{Message, OutboxItem, Recipient, messages};
use latchkey_tenants::Tenant;
use serde::{Deserialize, Serialize};

use super::SignIn;
use super::open_session::{Along, Arrival};
use super::required_action::Entry;
use super::second_factor::SignedInWith;
use super::sign_up::NewAccount;
use super::verify_email::{CodeCheck, CodeMail, MailPurpose};
use crate::{
    AuthError, CheckedUser, ChosenPassword, ClaimText, IdentifierKey, Interaction, StandardClaims, UserDraft,
    UserStatus, interaction, user_store,
};

/// An account to be, while its address is being verified.
#[derive(Serialize, Deserialize)]
struct Draft {
    user_id: UserId,
    email: String,
    name: Option<ClaimText>,
    password_hash: String,
    /// How many former passwords are kept beside it.
    keep_former: u8,
    at: UtcTime,
    /// Whether the address has an account already: then no code was mailed, and none leads on.
    is_taken: bool,
}

/// Where making an account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRegistration {
    /// The address that is to be verified.
    pub email: String,
}

/// What became of a code that verifies the address of an account to be.
#[derive(Clone, Debug)]
pub enum RegistrationOutcome {
    /// The account is there, and its user has passed the password.
    Registered(Entry),
    /// The account is there, and a second factor is asked for.
    SecondFactorNeeded,
    /// The code is not the one that was mailed.
    WrongCode,
    /// No code that was mailed is good any more.
    CodeExpired,
    /// Too many wrong codes, or nothing to verify: it starts again.
    Over,
}

impl SignIn {
    /// Keeps the draft of an account, and mails either a code or word of the account that there is.
    pub(super) async fn begin_registration(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (user, email): (CheckedUser, String),
        password: &ChosenPassword,
    ) -> Result<CodeMail, AuthError> {
        if !self.admit_mail_to(tenant, (MailPurpose::Registration, &email)).await? {
            return Ok(CodeMail::TooMany);
        }
        let (id, key) = (tenant.id.clone(), IdentifierKey::of(&email));
        let taken = self.db.read(move |conn| user_store::find_user_by_identifier(conn, &id, &key)).await?;
        let draft = Draft {
            user_id: UserId::generate(self.clock.now(), &self.rng),
            email,
            name: user.claims.name,
            password_hash: password.hash.expose().clone(),
            keep_former: password.keep,
            at: self.clock.now(),
            is_taken: taken.is_some(),
        };
        self.keep_draft(&tenant.id, interaction, &draft).await?;
        self.mail_registration(tenant, interaction, &draft).await?;
        Ok(CodeMail::Sent)
    }

    /// The account to be of this sign-in, if one is being made.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn find_registration(
        &self,
        tenant: &TenantId,
        interaction: &Interaction,
    ) -> Result<Option<PendingRegistration>, AuthError> {
        let draft = self.find_draft(tenant, interaction).await?;
        Ok(draft.map(|draft| PendingRegistration { email: draft.email }))
    }

    /// Mails another code.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn mail_registration_again(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
    ) -> Result<CodeMail, AuthError> {
        let Some(draft) = self.find_draft(&tenant.id, interaction).await? else { return Ok(CodeMail::Sent) };
        if !self.admit_mail_to(tenant, (MailPurpose::Registration, &draft.email)).await? {
            return Ok(CodeMail::TooMany);
        }
        self.mail_registration(tenant, interaction, &draft).await?;
        Ok(CodeMail::Sent)
    }

    /// Makes the account once the code that was mailed is typed in this browser, and goes on with the sign-in.
    ///
    /// # Errors
    /// [`AuthError::Busy`] and unavailable stores: 503.
    pub async fn complete_registration(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        code: &Secret<String>,
        with: &SignedInWith,
    ) -> Result<RegistrationOutcome, AuthError> {
        let Some(draft) = self.find_draft(&tenant.id, interaction).await? else {
            return Ok(RegistrationOutcome::Over);
        };
        let key = draft_key(&tenant.id, interaction);
        if !self.tries.admit_to_sign_in(tenant, &interaction.id, draft.at).await? {
            self.cache.take::<String>(&key).await?;
            return Ok(RegistrationOutcome::Over);
        }
        // The settings may have changed since the form was sent.
        if !tenant.settings.registration().admits(Some(&draft.email)) {
            return Ok(RegistrationOutcome::Over);
        }
        match self.check_email_code(&tenant.id, interaction, code).await? {
            CodeCheck::Right(mailed) if mailed.user_id == draft.user_id && !draft.is_taken => {}
            CodeCheck::Wrong => return Ok(RegistrationOutcome::WrongCode),
            CodeCheck::Right(_) | CodeCheck::Expired => return Ok(RegistrationOutcome::CodeExpired),
        }
        // Of two that race one makes the account.
        if self.cache.take::<String>(&key).await?.is_none() {
            return Ok(RegistrationOutcome::Over);
        }
        self.register(tenant, interaction, draft, with).await
    }

    async fn register(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        draft: Draft,
        with: &SignedInWith,
    ) -> Result<RegistrationOutcome, AuthError> {
        let user = UserDraft {
            username: draft.email.clone(),
            email: Some(draft.email),
            email_verified: true,
            claims: StandardClaims { name: draft.name, ..StandardClaims::default() },
            status: UserStatus::Active,
            groups: Vec::new(),
            roles: Vec::new(),
        };
        let Ok(checked) = user.check() else { return Ok(RegistrationOutcome::Over) };
        let password = ChosenPassword { hash: Secret::new(draft.password_hash), keep: draft.keep_former };
        let made = self.insert(tenant, (&draft.user_id, checked), password.clone(), &with.from).await?;
        // The address got an account meanwhile, perhaps in another window of the same person.
        let Some(user) = made else { return Ok(RegistrationOutcome::Over) };
        let arrival = Arrival { from: &with.from, held: with.previous_session.as_ref(), along: Along::default() };
        Ok(match self.enter_new_account(tenant, interaction, (user, &password), arrival).await? {
            NewAccount::Entered(entry) => RegistrationOutcome::Registered(entry),
            NewAccount::SecondFactorNeeded => RegistrationOutcome::SecondFactorNeeded,
            NewAccount::Over => RegistrationOutcome::Over,
        })
    }

    async fn mail_registration(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        draft: &Draft,
    ) -> Result<(), AuthError> {
        let (code, expires_at) = self.keep_email_code(tenant, interaction, (&draft.user_id, &draft.email)).await?;
        let issuer = tenant.issuer(&self.public_url);
        let message = if draft.is_taken {
            let link = Secret::new(format!("{issuer}/forgot-password"));
            Message::AccountExists(messages::AccountExists { wanted: WantedAddress::NewAccount, link })
        } else {
            let link = format!("{issuer}/sign-up/verify?interaction={}&code={}", interaction.id, code.expose());
            Message::VerifyEmail(messages::VerifyEmail { link: Secret::new(link), code: Some(code), expires_at })
        };
        // Without the name that was typed: a stranger's words have no place in a mail to somebody else.
        let language = interaction.ui_locales.first().cloned();
        let to = Recipient { name: String::new(), address: draft.email.clone(), language };
        let mail = OutboxItem::new(to, &tenant.name, message);
        let (outbox, id, now) = (self.outbox.clone(), tenant.id.clone(), self.clock.now());
        self.db.write(move |conn| outbox.enqueue(conn, &id, &mail, now)).await?;
        Ok(())
    }

    async fn keep_draft(&self, tenant: &TenantId, interaction: &Interaction, draft: &Draft) -> Result<(), AuthError> {
        let clear = Secret::new(serde_json::to_vec(draft).unwrap_or_default());
        let sealed = self.sealer.seal(&draft_context(tenant, interaction), clear.expose(), &self.rng)?;
        self.cache.put(&draft_key(tenant, interaction), &sealed, interaction::LIFETIME).await?;
        Ok(())
    }

    async fn find_draft(&self, tenant: &TenantId, interaction: &Interaction) -> Result<Option<Draft>, AuthError> {
        let sealed: Option<String> = self.cache.find(&draft_key(tenant, interaction)).await?;
        let clear = sealed.and_then(|sealed| self.sealer.open(&draft_context(tenant, interaction), &sealed));
        Ok(clear.and_then(|clear| serde_json::from_slice(clear.expose()).ok()))
    }
}

fn draft_context(tenant: &TenantId, interaction: &Interaction) -> String {
    format!("registration\n{tenant}\n{}", interaction.id)
}

fn draft_key(tenant: &TenantId, interaction: &Interaction) -> CacheKey {
    CacheKey::new(tenant, Kind::Registration, interaction.id.as_str())
}

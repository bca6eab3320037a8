//! Signing in by mail: a code or a link that is sent to the user's address stands for the password.
//!
//! Nobody is told whether there is such an account: for one that there is not, a code is made that goes nowhere, and every
//! page, answer and limit is the same.

use std::time::Duration;

use latchkey_cache::{CacheKey, Inserted, Kind};
use latchkey_core::{Secret, TenantId};
use latchkey_mail::{Message, OutboxItem, Recipient, messages};
use latchkey_storage::DbConnection;
use latchkey_tenants::{FirstFactorKind, Tenant};

use super::SignIn;
use super::demand::Destination;
use super::open_session::{Along, Arrival};
use super::required_action::Entry;
use super::sent_codes::{Fresh, Place, Purpose, Redeemed};
use super::watch::{Refusal, UnderWay};
use crate::authentication::{FirstFactorPassed, VerifiedMailbox};
use crate::interaction::Progress;
use crate::sent_code::{FIRST_FACTOR_DIGITS, Shown};
use crate::throttle::Admission;
use crate::user_store::Credentials;
use crate::{AuthError, IdentifierKey, Interaction, SignedInWith, User, user_store};

/// The page where a link leads to; `?interaction=…&token=…` is added.
pub const LINK_PAGE: &str = "/sign-in/link";

/// Somebody asks for a mail to sign in with.
#[derive(Clone, Debug)]
pub struct MailRequest {
    /// The user name or address as typed.
    pub identifier: String,
    /// A code or a link.
    pub kind: FirstFactorKind,
    /// The browser.
    pub with: SignedInWith,
    /// The cookie of accounts that were signed in to in it, if any ([`SignIn::know_browser`]).
    pub known: Option<Secret<String>>,
}

/// What became of a [`MailRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailRequested {
    /// If there is such an account, it has mail.
    Sent,
    /// It was asked for too often, or too soon after the last time.
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// People do not sign in that way here.
    NotOffered,
    /// Ten wrong codes in this sign-in: it does not go on by mail.
    Over,
}

/// What was sent within a sign-in, or seems to have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMail {
    /// To whom, as typed.
    pub identifier: String,
    /// A code or a link.
    pub kind: FirstFactorKind,
    /// Whether it is too old, or was used.
    pub is_over: bool,
}

/// Somebody shows what was sent.
#[derive(Clone, Debug)]
pub struct MailAttempt {
    /// The code or the link.
    pub shown: Shown,
    /// The browser.
    pub with: SignedInWith,
}

/// What became of what somebody showed.
#[derive(Clone, Debug)]
pub enum MailOutcome {
    /// The user has a session, unless something is to be done first.
    SignedIn(Entry),
    /// It is right, and a second factor is asked for; the sign-in under way knows who it is.
    SecondFactorNeeded,
    /// It is wrong.
    Refused,
    /// Nothing was sent, or it is too old, or it was used: another can be sent.
    Expired,
    /// Ten wrong ones: this sign-in does not go on by mail.
    Over,
}

impl SignIn {
    /// What people may sign in with at that client, before it is known who they are; nothing by mail where none is sent.
    #[must_use]
    pub fn offered_first_factors(&self, tenant: &Tenant, interaction: &Interaction) -> Vec<FirstFactorKind> {
        let mut kinds = tenant.first_factors_of(&[], &interaction.client_id);
        if !self.transports.can_mail(tenant) {
            kinds.retain(|kind| !kind.is_by_mail());
        }
        kinds
    }

    /// Sends a code or a link, if there is an account that it can be sent to.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn request_mail(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        request: MailRequest,
    ) -> Result<MailRequested, AuthError> {
        let MailRequest { identifier, kind, with, known } = request;
        let is_offered = self.offered_first_factors(tenant, interaction).contains(&kind);
        if !kind.is_by_mail() || !is_offered {
            return Ok(MailRequested::NotOffered);
        }
        if self.tries.are_used_up(tenant, &interaction.id, interaction.created_at).await? {
            return Ok(MailRequested::Over);
        }
        let key = IdentifierKey::of(&identifier);
        let found = self.find_mailed(&tenant.id, &key).await?;
        let place = first_factor_of(tenant, interaction);
        let admission = match self.admit_sending(place).await? {
            Admission::Admitted => self.admit_mail(tenant, &key, (&with, known.as_ref())).await?,
            refused @ Admission::Throttled { .. } => refused,
        };
        if let Admission::Throttled { retry_after } = admission {
            return Ok(MailRequested::Throttled { retry_after });
        }
        let allowed = |user: &User| {
            tenant.settings.authentication.first_factors_of(&user.groups, &interaction.client_id).contains(&kind)
        };
        let user = found.filter(allowed);
        // The digest of what was typed, where there is no address: nothing ever equals it that counts.
        let address = user.as_ref().and_then(|user| user.email.as_deref()).map(IdentifierKey::of);
        let destination = address.unwrap_or(key).digest();
        let link_token = (kind == FirstFactorKind::MagicLink).then(|| self.rng.token());
        let to = (user.as_ref().map(|user| user.id.clone()), destination);
        let fresh = self.put_fresh(place, to, FIRST_FACTOR_DIGITS, link_token).await?;
        self.record_mail_request(tenant, interaction, &identifier, kind).await?;
        self.send_or_seem_to(tenant, interaction, (user, &identifier), fresh).await?;
        Ok(MailRequested::Sent)
    }

    /// By address, and by what was typed: the same for who exists and who does not.
    async fn admit_mail(
        &self,
        tenant: &Tenant,
        key: &IdentifierKey,
        (with, known): (&SignedInWith, Option<&Secret<String>>),
    ) -> Result<Admission, AuthError> {
        let by_address = self.throttle.admit_mail_request(tenant, with.from.address).await?;
        if by_address != Admission::Admitted {
            return Ok(by_address);
        }
        let is_known = self.known_browser(&tenant.id, key, known).await?.is_some();
        self.admit_to_account(&tenant.id, key.digest().as_str(), is_known).await
    }

    /// The user of that name who can be mailed to: an address is enough when it was proved, or when nobody could have
    /// chosen a password for an address that is not theirs.
    async fn find_mailed(&self, tenant: &TenantId, key: &IdentifierKey) -> Result<Option<User>, AuthError> {
        let (tenant, key) = (tenant.clone(), key.clone());
        let found = self.db.read(move |conn| user_store::find_credentials(conn, &tenant, &key)).await?;
        let can_be_mailed = |found: &Credentials| {
            let Credentials { user, password_hash } = found;
            user.may_sign_in() && user.email.is_some() && (user.email_verified || password_hash.is_none())
        };
        Ok(found.filter(can_be_mailed).map(|found| found.user))
    }

    /// Remembers what was asked for, so that the page can say it and ask again.
    async fn record_mail_request(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        identifier: &str,
        kind: FirstFactorKind,
    ) -> Result<(), AuthError> {
        let asked = (identifier, kind);
        self.cache.put(&asked_key(&tenant.id, interaction), &asked, crate::interaction::LIFETIME).await?;
        Ok(())
    }

    /// One write in either case, so that the time does not tell.
    async fn send_or_seem_to(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        (user, identifier): (Option<User>, &str),
        fresh: Fresh,
    ) -> Result<(), AuthError> {
        let Fresh { code, link_token, expires_at } = fresh;
        let message = match link_token {
            Some(token) => Message::MagicLink(messages::MagicLink {
                link: self.link(tenant, interaction, &token),
                code: Some(code),
                expires_at,
            }),
            None => Message::SignInCode(messages::SignInCode { code, expires_at }),
        };
        let mail = user.as_ref().and_then(|user| user.mail(tenant, message.clone()));
        let decoy = OutboxItem::new(
            Recipient { name: String::new(), address: identifier.to_owned(), language: None },
            &tenant.name,
            message,
        );
        let (outbox, tenant, now) = (self.outbox.clone(), tenant.id.clone(), self.clock.now());
        self.db
            .write(move |conn: &mut DbConnection| match &mail {
                Some(mail) => outbox.enqueue(conn, &tenant, mail, now),
                None => outbox.enqueue_nothing(conn, &tenant, &decoy, now),
            })
            .await?;
        Ok(())
    }

    fn link(&self, tenant: &Tenant, interaction: &Interaction, token: &Secret<String>) -> Secret<String> {
        let (issuer, id) = (tenant.issuer(&self.public_url), &interaction.id);
        Secret::new(format!("{issuer}{LINK_PAGE}?interaction={id}&token={}", token.expose()))
    }

    /// What was sent within the sign-in; `None` when nobody asked for anything.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn find_sent_mail(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
    ) -> Result<Option<SentMail>, AuthError> {
        let asked: Option<(String, FirstFactorKind)> = self.cache.find(&asked_key(&tenant.id, interaction)).await?;
        let Some((identifier, kind)) = asked else { return Ok(None) };
        let sent = self.find_sent(first_factor_of(tenant, interaction)).await?;
        let is_over = sent.is_none_or(|sent| sent.expires_at() <= self.clock.now());
        Ok(Some(SentMail { identifier, kind, is_over }))
    }

    /// Whether the token of a link is good, without using it up.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn knows_link(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        token: &Secret<String>,
    ) -> Result<bool, AuthError> {
        self.is_good(first_factor_of(tenant, interaction), &Shown::Link(token.clone())).await
    }

    /// Checks a code or a link, and goes on as with a password that was right.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn submit_mail(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        attempt: MailAttempt,
    ) -> Result<MailOutcome, AuthError> {
        let (place, under_way) = (first_factor_of(tenant, interaction), UnderWay::of(interaction, &attempt.with.from));
        if !self.tries.admit_to_sign_in(tenant, &interaction.id, interaction.created_at).await? {
            self.void_sent(place).await?;
            // Once in a sign-in: who goes on does not fill the database.
            let key = CacheKey::new(&tenant.id, Kind::SentCode, &format!("over:{}", interaction.id));
            let reported = self.cache.put_if_absent(&key, &true, crate::interaction::LIFETIME).await?;
            if reported == Inserted::Inserted {
                self.report_refusal(&tenant.id, under_way, &Refusal::of_nobody("too_many_wrong_codes")).await?;
            }
            return Ok(MailOutcome::Over);
        }
        let asked: Option<(String, FirstFactorKind)> = self.cache.find(&asked_key(&tenant.id, interaction)).await?;
        let Some((_, kind)) = asked else { return Ok(MailOutcome::Expired) };
        let sent = match self.redeem_sent(place, &attempt.shown).await? {
            Redeemed::Right(sent) => sent,
            Redeemed::Wrong => {
                self.report_refusal(&tenant.id, under_way, &Refusal::of_nobody("wrong_code")).await?;
                return Ok(MailOutcome::Refused);
            }
            Redeemed::Expired => {
                self.report_refusal(&tenant.id, under_way, &Refusal::of_nobody("code_expired")).await?;
                return Ok(MailOutcome::Expired);
            }
        };
        // Nobody has a code that was sent to nobody.
        let Some(id) = &sent.user_id else { return Ok(MailOutcome::Refused) };
        let mailbox = VerifiedMailbox { address: sent.destination, kind };
        let user = self.find_user_signing_in(tenant, id).await?;
        let passed = user.and_then(|user| FirstFactorPassed::by_mail(user, mailbox));
        let Some(passed) = passed.filter(|passed| passed.counts_at(tenant, &interaction.client_id)) else {
            self.report_refusal(&tenant.id, under_way, &Refusal::of(id, "first_factor_not_allowed")).await?;
            return Ok(MailOutcome::Refused);
        };
        self.go_on_by_mail(tenant, interaction, passed, &attempt.with).await
    }

    async fn go_on_by_mail(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        passed: FirstFactorPassed,
        with: &SignedInWith,
    ) -> Result<MailOutcome, AuthError> {
        let destination = Destination { client: &interaction.client_id, acr: interaction.requirement.acr };
        let under_way = UnderWay::of(interaction, &with.from);
        let Some(risk) = self.judge(tenant, &passed, under_way).await? else { return Ok(MailOutcome::Refused) };
        let demand = self.demand(tenant, &passed, destination, with.device.as_ref()).await?;
        let demand = self.stiffen(tenant, &passed, (under_way, &risk), demand).await?;
        let user = passed.user().id.clone();
        match passed.go_on(demand, self.clock.now()) {
            Ok(authenticated) => {
                let arrival =
                    Arrival { from: &with.from, held: with.previous_session.as_ref(), along: Along::default() };
                let entry = self.let_in(tenant, under_way, authenticated, arrival).await?;
                Ok(entry.map_or(MailOutcome::Refused, MailOutcome::SignedIn))
            }
            Err(pending) => {
                let progress = Progress { pending: Some(pending), ..Progress::default() };
                self.record_progress(&tenant.id, interaction, &progress).await?;
                self.report_second_factor_asked(&tenant.id, under_way, (&user, &risk)).await?;
                Ok(MailOutcome::SecondFactorNeeded)
            }
        }
    }
}

fn first_factor_of<'a>(tenant: &'a Tenant, interaction: &'a Interaction) -> Place<'a> {
    Place { tenant, interaction: &interaction.id, purpose: Purpose::FirstFactor }
}

fn asked_key(tenant: &TenantId, interaction: &Interaction) -> CacheKey {
    CacheKey::new(tenant, Kind::SentCode, &format!("asked:{}", interaction.id))
}

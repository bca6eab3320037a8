//! What is sent to somebody within a sign-in, and what becomes of it: it counts once, in that sign-in, for that purpose.

use std::time::Duration;

use latchkey_cache::{CacheKey, Kind};
use latchkey_core::{InteractionId, Secret, TenantId, TokenHash, UserId, UtcTime};
use latchkey_tenants::{SecondFactorKind, Tenant};

use super::SignIn;
use crate::sent_code::{DigitCode, SentCode, Shown};
use crate::throttle::Admission;
use crate::{AuthError, interaction};

/// How often something may be sent within one sign-in, for one purpose.
const SENT_PER_SIGN_IN: u64 = 5;
/// How long a person waits before asking again.
const RESEND_AFTER: Duration = Duration::from_secs(30);
/// What one account gets within [`HOUR`], whoever asks.
const SENT_PER_HOUR: u64 = 10;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What a code is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// It stands for a password.
    FirstFactor,
    /// It comes beside a first factor that was passed at that time: with a new one a new code is due.
    SecondFactor(SecondFactorKind, UtcTime),
    /// It proves a number that is being set up.
    Phone(UtcTime),
}

/// Where a code counts.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) interaction: &'a InteractionId,
    pub(super) purpose: Purpose,
}

/// What is to be sent.
pub(super) struct Fresh {
    /// As it is to be shown.
    pub(super) code: Secret<String>,
    pub(super) link_token: Option<Secret<String>>,
    pub(super) expires_at: UtcTime,
}

/// What a code turned out to be.
pub(super) enum Redeemed {
    Right(SentCode),
    Wrong,
    /// Nothing was sent, or it is too old, or it was used.
    Expired,
}

impl Place<'_> {
    fn id(&self) -> String {
        let interaction = self.interaction;
        match self.purpose {
            Purpose::FirstFactor => format!("first:{interaction}"),
            Purpose::Phone(since) => format!("phone:{interaction}:{}", since.unix_millis()),
            Purpose::SecondFactor(kind, since) => {
                format!("{}:{interaction}:{}", kind.as_str(), since.unix_millis())
            }
        }
    }

    fn key(&self) -> CacheKey {
        CacheKey::new(&self.tenant.id, Kind::SentCode, &self.id())
    }

    /// Binds what is sealed to its place.
    fn context(&self) -> String {
        format!("sent-code\n{}\n{}", self.tenant.id, self.id())
    }

    fn counter(&self) -> CacheKey {
        CacheKey::new(&self.tenant.id, Kind::Throttle, &format!("sent:{}", self.id()))
    }
}

impl SignIn {
    /// Counts that something is to be sent within the sign-in, and says whether it may be: a while after the last time,
    /// and not too often.
    pub(super) async fn admit_sending(&self, place: Place<'_>) -> Result<Admission, AuthError> {
        let now = self.clock.now();
        let waiting = self.find_sent(place).await?.map(|sent| sent.sent_at.plus(RESEND_AFTER));
        if let Some(until) = waiting.filter(|until| now < *until) {
            return Ok(Admission::Throttled { retry_after: until.since(now) });
        }
        let counted = self.cache.increment(&place.counter(), interaction::LIFETIME).await?;
        if counted.count > SENT_PER_SIGN_IN {
            return Ok(Admission::Throttled { retry_after: counted.resets_at.since(now) });
        }
        Ok(Admission::Admitted)
    }

    /// Counts that something is to be sent to an account, under the name by which it is known here, and says whether it
    /// may be. What the user's own browsers ask for is counted apart, so that nobody else can use it up.
    pub(super) async fn admit_to_account(
        &self,
        tenant: &TenantId,
        account: &str,
        is_known: bool,
    ) -> Result<Admission, AuthError> {
        let browser = if is_known { "known" } else { "other" };
        let key = CacheKey::new(tenant, Kind::Throttle, &format!("sent:account:{browser}:{account}"));
        let counted = self.cache.increment(&key, HOUR).await?;
        if counted.count > SENT_PER_HOUR {
            return Ok(Admission::Throttled { retry_after: counted.resets_at.since(self.clock.now()) });
        }
        Ok(Admission::Admitted)
    }

    /// Makes what is to be sent, in the place of what was sent before.
    pub(super) async fn put_fresh(
        &self,
        place: Place<'_>,
        to: (Option<UserId>, TokenHash),
        digits: usize,
        link_token: Option<Secret<String>>,
    ) -> Result<Fresh, AuthError> {
        let code = DigitCode::generate(digits, &self.rng);
        let by = (&self.sealer, place.context(), &self.rng);
        let sent = SentCode::seal(to, &code, link_token.as_ref(), (by.0, &by.1, by.2), self.clock.now())?;
        // Longer than it can be used, so that the page can tell what is over from what never was.
        self.cache.put(&place.key(), &sent, interaction::LIFETIME).await?;
        Ok(Fresh { code: code.grouped(), link_token, expires_at: sent.expires_at() })
    }

    /// What was sent last; it may be too old.
    pub(super) async fn find_sent(&self, place: Place<'_>) -> Result<Option<SentCode>, AuthError> {
        Ok(self.cache.find(&place.key()).await?)
    }

    /// Whether this is what was sent, and still good; uses nothing up.
    pub(super) async fn is_good(&self, place: Place<'_>, shown: &Shown) -> Result<bool, AuthError> {
        let sent = self.find_sent(place).await?.filter(|sent| self.clock.now() < sent.expires_at());
        Ok(sent.is_some_and(|sent| sent.is_shown(shown, (&self.sealer, &place.context()))))
    }

    /// Uses up what was sent, if this is it: of two that race exactly one gets it.
    pub(super) async fn redeem_sent(&self, place: Place<'_>, shown: &Shown) -> Result<Redeemed, AuthError> {
        let context = place.context();
        let is_live = |sent: &SentCode| self.clock.now() < sent.expires_at();
        let Some(sent) = self.find_sent(place).await?.filter(is_live) else { return Ok(Redeemed::Expired) };
        if !sent.is_shown(shown, (&self.sealer, &context)) {
            return Ok(Redeemed::Wrong);
        }
        let taken: Option<SentCode> = self.cache.take(&place.key()).await?;
        // Another may have been sent in between, and this one with it be over.
        let taken = taken.filter(|taken| is_live(taken) && taken.is_shown(shown, (&self.sealer, &context)));
        Ok(taken.map_or(Redeemed::Expired, Redeemed::Right))
    }

    /// What was sent counts no more.
    pub(super) async fn void_sent(&self, place: Place<'_>) -> Result<(), AuthError> {
        Ok(self.cache.delete(&place.key()).await?)
    }
}

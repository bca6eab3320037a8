//! Requests that a client makes behind the browser's back and the user answers here: OpenID Connect CIBA Core 1.0.
//!
//! Each waits in the short-lived store under the hash of its `auth_req_id`. Beside it the user has a few places, which
//! the page lists: they also bound how many questions a user can be bothered with at a time. A request for a user who
//! does not exist, or whose places are taken, waits like any other, and nobody answers it: the client cannot tell.

mod notice;
mod places;

use std::collections::BTreeMap;
use std::time::Duration;

use latchkey_cache::{Cache, CacheKey, Inserted, Kind};
use latchkey_core::{ClientId, Clock, Rng, Secret, TenantId, TokenHash, UserId, UtcTime};
use latchkey_protocol::{DeliveryMode, Scope};
use latchkey_storage::Db;
use latchkey_tenants::Tenant;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::Decision;
use crate::polling::{self, Pace};
use crate::{ActiveSession, Answer, Answered, Approval, AuthError, IdentifierKey, Polled, User, user_store};

pub use notice::{BackchannelNotices, DecisionNotice, PushNotice};
use places::{Place, Places};

/// How often one client may ask one user something within [`ASKED_WINDOW`]. A request that expires after a second frees its
/// place: what is bounded beside the places is how many pass through them.
const QUESTIONS_OF_CLIENT: u64 = 60;
/// How many mails of this kind one user gets within [`ASKED_WINDOW`], whoever asks. The page shows what was not mailed.
const MAILS_TO_USER: u64 = 20;
const ASKED_WINDOW: Duration = Duration::from_secs(60 * 60);
/// How much longer a client is told that its request has expired, rather than that nobody knows it.
const AFTERWARDS: Duration = Duration::from_secs(600);

/// Requests that wait. Clones share the stores.
#[derive(Clone)]
pub struct Backchannel {
    db: Db,
    cache: Cache,
    clock: Clock,
    rng: Rng,
    places: Places,
    notices: BackchannelNotices,
}

/// What a client asks of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackchannelRequest {
    /// The client.
    pub client_id: ClientId,
    /// Its name, for the mail.
    pub client_name: String,
    /// The same in other languages, by BCP 47 tag.
    #[serde(default)]
    pub client_names: BTreeMap<String, String>,
    /// What it asks for.
    pub scope: Scope,
    /// The resource servers that it is for.
    #[serde(default)]
    pub audience: Vec<String>,
    /// What it asks for in detail, RFC 9396.
    #[serde(default)]
    pub authorization_details: Option<Value>,
    /// A text that the user compares with one that the client shows (§7.1).
    pub binding_message: Option<String>,
    /// How it learns of the answer.
    pub delivery: Delivery,
    /// When it asked.
    pub created_at: UtcTime,
    /// Until when it can be answered, and its tokens fetched.
    pub expires_at: UtcTime,
}

/// How a client learns of the answer, §5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It asks.
    Poll,
    /// It is told to ask.
    Ping {
        /// `client_notification_token`: proves to the client that it is us.
        token: Secret<String>,
    },
    /// It is sent the tokens.
    Push {
        /// `client_notification_token`.
        token: Secret<String>,
    },
}

impl Delivery {
    /// The mode.
    #[must_use]
    pub fn mode(&self) -> DeliveryMode {
        match self {
            Self::Poll => DeliveryMode::Poll,
            Self::Ping { .. } => DeliveryMode::Ping,
            Self::Push { .. } => DeliveryMode::Push,
        }
    }
}

/// Whom a client means.
#[derive(Clone, Debug)]
pub enum Hint {
    /// `login_hint`: a user name or an email address.
    Login(String),
    /// The subject of an `id_token_hint`.
    User(UserId),
}

/// A request as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRequest {
    /// Names it on the page; it is not the `auth_req_id`, which buys tokens.
    pub id: String,
    /// What is asked.
    pub request: BackchannelRequest,
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    request: BackchannelRequest,
    /// Kept for those that are notified: the notice has to name it.
    auth_req_id: Option<Secret<String>>,
}

impl Backchannel {
    /// Sets up requests over the stores; `notices` tells users and clients.
    #[must_use]
    pub fn new(db: Db, cache: Cache, clock: Clock, rng: Rng, notices: BackchannelNotices) -> Self {
        let places = Places::new(cache.clone());
        Self { db, cache, clock, rng, places, notices }
    }

    /// Makes the `auth_req_id` of a request (§7.3); `page` is the address where its user answers.
    ///
    /// # Errors
    /// [`AuthError::Cache`], [`AuthError::Db`].
    pub async fn begin(
        &self,
        tenant: &Tenant,
        hint: Hint,
        request: BackchannelRequest,
        page: &str,
    ) -> Result<Secret<String>, AuthError> {
        let auth_req_id = self.rng.token();
        let hash = TokenHash::of(auth_req_id.expose());
        let life = request.expires_at.since(self.clock.now());
        let kept = (request.delivery != Delivery::Poll).then(|| auth_req_id.clone());
        let waiting = Waiting { request, auth_req_id: kept };
        self.cache.put(&request_key(&tenant.id, &hash), &waiting, life.saturating_add(AFTERWARDS)).await?;
        let Some(user) = self.find_user(&tenant.id, hint).await? else { return Ok(auth_req_id) };
        let client_id = &waiting.request.client_id;
        let asked = self.count(&tenant.id, &format!("ciba:asked:{}:{client_id}", user.id)).await?;
        let place = Place { id: self.rng.token().expose().clone(), hash };
        if asked > QUESTIONS_OF_CLIENT
            || self.places.take(&tenant.id, &user.id, &place, life).await? == Inserted::AlreadyThere
        {
            tracing::info!(%client_id, "a user has too many backchannel requests already");
            return Ok(auth_req_id);
        }
        if self.count(&tenant.id, &format!("ciba:mailed:{}", user.id)).await? <= MAILS_TO_USER {
            self.notices.tell_user(&self.db, tenant, (&user, &waiting.request), page).await?;
        }
        Ok(auth_req_id)
    }

    async fn count(&self, tenant: &TenantId, what: &str) -> Result<u64, AuthError> {
        Ok(self.cache.increment(&CacheKey::new(tenant, Kind::Throttle, what), ASKED_WINDOW).await?.count)
    }

    /// What waits for the user, the oldest first.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn list(&self, tenant: &TenantId, user: &UserId) -> Result<Vec<PendingRequest>, AuthError> {
        let mut pending = Vec::new();
        for place in self.places.list(tenant, user).await? {
            if let Some(waiting) = self.find_unanswered(tenant, &place.hash).await? {
                pending.push(PendingRequest { id: place.id, request: waiting.request });
            }
        }
        pending.sort_by_key(|pending| pending.request.created_at);
        Ok(pending)
    }

    /// Records the answer of the session's user to a request of the list; of answers that race the first counts.
    ///
    /// # Errors
    /// [`AuthError::Cache`], [`AuthError::Db`]; then it can be answered again.
    pub async fn answer(
        &self,
        tenant: &TenantId,
        id: &str,
        active: &ActiveSession,
        answer: Answer,
    ) -> Result<Answered, AuthError> {
        let places = self.places.list(tenant, &active.user.id).await?;
        let Some(place) = places.into_iter().find(|place| place.id == id) else { return Ok(Answered::TooLate) };
        let Some(waiting) = self.find_unanswered(tenant, &place.hash).await? else { return Ok(Answered::TooLate) };
        let left = waiting.request.expires_at.since(self.clock.now()).saturating_add(AFTERWARDS);
        let (key, decision) = (decision_key(tenant, &place.hash), Decision::new(answer, active, self.clock.now()));
        if self.cache.put_if_absent(&key, &decision, left).await? == Inserted::AlreadyThere {
            return Ok(Answered::TooLate);
        }
        if let Some(auth_req_id) = waiting.auth_req_id {
            let notice = DecisionNotice { client_id: waiting.request.client_id, auth_req_id };
            if let Err(error) = self.notices.tell_client(&self.db, tenant, notice, self.clock.now()).await {
                // Nobody would ever hear of this answer: let it be given once more.
                self.cache.delete(&key).await?;
                return Err(error);
            }
        }
        self.places.free(tenant, &active.user.id, &place).await?;
        Ok(Answered::Recorded)
    }

    /// What the client is told when it asks, §11. Of questions that race one gets [`Polled::Approved`].
    ///
    /// # Errors
    /// [`AuthError::Cache`]; the request may be spent then.
    pub async fn poll(
        &self,
        tenant: &TenantId,
        client: &ClientId,
        auth_req_id: &Secret<String>,
    ) -> Result<Polled<BackchannelRequest>, AuthError> {
        let told = self.look(tenant, client, auth_req_id).await?;
        if told != Polled::Pending {
            return Ok(told);
        }
        let hash = TokenHash::of(auth_req_id.expose());
        let life = Duration::from_secs(MAX_EXPIRY_SECONDS);
        let pace = polling::note(&self.cache, tenant, (Kind::BackchannelRequest, &hash), life).await?;
        Ok(if pace == Pace::InTime { Polled::Pending } else { Polled::TooFast })
    }

    /// [`Backchannel::poll`] by ourselves, who may ask at any time: to push the tokens (§10.3.1).
    ///
    /// # Errors
    /// [`AuthError::Cache`]; the request may be spent then.
    pub async fn look(
        &self,
        tenant: &TenantId,
        client: &ClientId,
        auth_req_id: &Secret<String>,
    ) -> Result<Polled<BackchannelRequest>, AuthError> {
        let hash = TokenHash::of(auth_req_id.expose());
        let key = request_key(tenant, &hash);
        let waiting: Option<Waiting> = self.cache.find(&key).await?;
        let Some(waiting) = waiting.filter(|waiting| waiting.request.client_id == *client) else {
            return Ok(Polled::Unknown);
        };
        if self.clock.now() >= waiting.request.expires_at {
            return Ok(Polled::Expired);
        }
        match self.cache.find(&decision_key(tenant, &hash)).await? {
            Some(Decision::Denied) => Ok(Polled::Denied),
            Some(Decision::Approved(approval)) => self.redeem(&key, approval).await,
            None => Ok(Polled::Pending),
        }
    }

    /// The request of that client, whether it was answered or not.
    ///
    /// # Errors
    /// [`AuthError::Cache`].
    pub async fn find(
        &self,
        tenant: &TenantId,
        client: &ClientId,
        auth_req_id: &Secret<String>,
    ) -> Result<Option<BackchannelRequest>, AuthError> {
        let key = request_key(tenant, &TokenHash::of(auth_req_id.expose()));
        let waiting: Option<Waiting> = self.cache.find(&key).await?;
        Ok(waiting.map(|waiting| waiting.request).filter(|request| request.client_id == *client))
    }

    /// Puts what is to be pushed into the outbox.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn enqueue_push(&self, tenant: &TenantId, notice: PushNotice) -> Result<(), AuthError> {
        self.notices.tell_client(&self.db, tenant, notice, self.clock.now()).await
    }

    async fn redeem(&self, key: &CacheKey, approval: Approval) -> Result<Polled<BackchannelRequest>, AuthError> {
        Ok(match self.cache.take::<Waiting>(key).await? {
            Some(waiting) => Polled::Approved { request: waiting.request, approval: Box::new(approval) },
            None => Polled::Unknown,
        })
    }

    async fn find_unanswered(&self, tenant: &TenantId, hash: &TokenHash) -> Result<Option<Waiting>, AuthError> {
        let waiting: Option<Waiting> = self.cache.find(&request_key(tenant, hash)).await?;
        let now = self.clock.now();
        let Some(waiting) = waiting.filter(|waiting| now < waiting.request.expires_at) else { return Ok(None) };
        let answered: Option<Decision> = self.cache.find(&decision_key(tenant, hash)).await?;
        Ok(answered.is_none().then_some(waiting))
    }

    async fn find_user(&self, tenant: &TenantId, hint: Hint) -> Result<Option<User>, AuthError> {
        let tenant = tenant.clone();
        let found = match hint {
            Hint::Login(login) => {
                let key = IdentifierKey::of(&login);
                self.db.read(move |conn| user_store::find_user_by_identifier(conn, &tenant, &key)).await?
            }
            Hint::User(id) => self.db.read(move |conn| user_store::find_user(conn, &tenant, &id)).await?,
        };
        Ok(found.filter(User::may_sign_in))
    }
}

/// The longest life of a request, whatever `requested_expiry` says, in seconds.
pub const MAX_EXPIRY_SECONDS: u64 = 1_800;

fn request_key(tenant: &TenantId, hash: &TokenHash) -> CacheKey {
    CacheKey::new(tenant, Kind::BackchannelRequest, hash.as_str())
}

fn decision_key(tenant: &TenantId, hash: &TokenHash) -> CacheKey {
    CacheKey::new(tenant, Kind::Decision, &format!("ciba:{}", hash.as_str()))
}

#[cfg(test)]
mod tests;

//! Keys of the short-lived store: none can be built without a tenant and a kind.

use std::fmt;
use std::time::Duration;

use latchkey_core::{TenantId, UtcTime};

/// What a stored value is; a value of one kind is never found under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The payload of an authorization code (RFC 6749 §4.1.2).
    AuthorizationCode,
    /// An authorization request that was posted and goes on by GET.
    AuthorizationRequest,
    /// A sign-in under way.
    Interaction,
    /// What the user has done within a sign-in under way.
    Progress,
    /// A sign-out that waits for the user's confirmation.
    SignOut,
    /// A counter that bounds attempts.
    Throttle,
    /// What a browser has to compute before a password is looked at.
    Work,
    /// The `jti` of an assertion that was seen, so that it is not accepted twice (RFC 7523 §3).
    SeenAssertion,
    /// The `jti` of a DPoP proof that was seen (RFC 9449 §11.1).
    SeenProof,
    /// A pushed authorization request (RFC 9126 §2.2).
    PushedRequest,
    /// A pushed authorization request that was answered, so that it is not answered twice (RFC 9126 §7.3).
    SpentRequest,
    /// A device that waits for its user (RFC 8628 §3.2).
    DeviceCode,
    /// Which device a user code names (RFC 8628 §6.1).
    UserCode,
    /// A request of CIBA that waits for its user (OpenID Connect CIBA Core §7.3).
    BackchannelRequest,
    /// What the user answered to a device or to CIBA.
    Decision,
    /// What was sent to somebody, to be typed or followed within a sign-in under way.
    SentCode,
    /// The secret of an authenticator that is being set up.
    TotpSetup,
    /// A device that approves sign-ins, while it is being set up.
    PushEnrolment,
    /// A sign-in that waits for the approval of a device.
    PushApproval,
    /// An account to be, while its address is being verified.
    Registration,
    /// A code that was mailed within a sign-in, to prove an address.
    EmailCode,
    /// The challenge of a passkey, in a sign-in under way (Web Authentication §13.4.3).
    PasskeyChallenge,
    /// An authorization challenge under way (OAuth 2.0 for First-Party Applications §5.3).
    AuthSession,
    /// A user whose every grant was revoked a while ago, so that what they approved before buys nothing.
    RevokedUser,
    /// A client that a user took every grant from a while ago, so that a code of before buys nothing.
    RevokedClient,
    /// A session whose user proved, for the account console, that it is they.
    OwnProof,
}

impl Kind {
    /// The kind as it stands in a key: lower-case letters and hyphens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "code",
            Self::AuthorizationRequest => "authorization-request",
            Self::Interaction => "interaction",
            Self::Progress => "progress",
            Self::SignOut => "sign-out",
            Self::Throttle => "throttle",
            Self::Work => "work",
            Self::SeenAssertion => "seen-assertion",
            Self::SeenProof => "seen-proof",
            Self::PushedRequest => "pushed-request",
            Self::SpentRequest => "spent-request",
            Self::DeviceCode => "device-code",
            Self::UserCode => "user-code",
            Self::BackchannelRequest => "backchannel-request",
            Self::Decision => "decision",
            Self::SentCode => "sent-code",
            Self::TotpSetup => "totp-setup",
            Self::PushEnrolment => "push-enrolment",
            Self::PushApproval => "push-approval",
            Self::Registration => "registration",
            Self::EmailCode => "email-code",
            Self::PasskeyChallenge => "passkey-challenge",
            Self::AuthSession => "auth-session",
            Self::RevokedUser => "revoked-user",
            Self::RevokedClient => "revoked-client",
            Self::OwnProof => "own-proof",
        }
    }
}

/// The kinds that what has begun needs to come to its end: a code on its way, a person who is signing in.
const FINISHING: [Kind; 13] = [
    Kind::AuthorizationCode,
    Kind::SpentRequest,
    Kind::Progress,
    Kind::Decision,
    Kind::Throttle,
    Kind::SentCode,
    Kind::TotpSetup,
    Kind::PushEnrolment,
    Kind::PushApproval,
    Kind::PasskeyChallenge,
    Kind::RevokedUser,
    Kind::RevokedClient,
    Kind::OwnProof,
];

/// Whether a value or a counter of that key is of one of the [`FINISHING`] kinds.
pub(crate) fn finishes_what_has_begun(key: &str) -> bool {
    let kind = key.split_once("}:").and_then(|(_, rest)| rest.split([':', '.']).next());
    FINISHING.iter().any(|finishing| kind == Some(finishing.as_str()))
}

/// The tenant whose value or counter a key names.
pub(crate) fn tenant_of(key: &str) -> &str {
    key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(tenant, _)| tenant)
}

/// Names one value: (tenant, kind, id).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CacheKey {
    text: String,
    id_at: usize,
}

impl CacheKey {
    /// The key of `id` among the values of that kind and tenant; `id` may hold any character.
    #[must_use]
    pub fn new(tenant: &TenantId, kind: Kind, id: &str) -> Self {
        // The braces are a Redis Cluster hash tag: all keys of a tenant live in one slot.
        let mut text = format!("lk:{{{tenant}}}:{}:", kind.as_str());
        let id_at = text.len();
        text.push_str(id);
        Self { text, id_at }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The key of the counter of the window that `now` lies in, and when that window ends.
    pub(crate) fn in_window(&self, now: UtcTime, window: Duration) -> (String, UtcTime) {
        let length = i64::try_from(window.as_millis()).unwrap_or(i64::MAX).max(1);
        let bucket = now.unix_millis().div_euclid(length);
        let resets_at = UtcTime::from_unix_millis(bucket.saturating_add(1).saturating_mul(length));
        let (prefix, id) = self.text.split_at(self.id_at);
        let prefix = prefix.trim_end_matches(':');
        // No kind holds a dot, so a counter never meets a value.
        (format!("{prefix}.{length}.{bucket}:{id}"), resets_at)
    }
}

// An id may be half of a credential: the key names its tenant and kind only.
impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheKey({}..)", self.text.split_at(self.id_at).0)
    }
}

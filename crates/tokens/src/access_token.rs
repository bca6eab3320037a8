//! Access tokens: JWTs of [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068), or opaque strings kept as a hash.

use std::time::Duration;

use latchkey_core::{ClientId, GrantId, Rng, Secret, UserId, UtcTime};
use latchkey_protocol::{AccessTokenFormat, Confirmation, Scope, SigningAlgorithm};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Authentication, Grant};

/// No token lives longer, whatever the settings say: a retired key is published that long, and a grant kept.
pub const MAX_TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// For whom an access token is made.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A user, by a grant.
    User {
        /// What the token hangs on: it ends with it.
        grant: &'a Grant,
        /// `sub`, as this client knows the user.
        sub: &'a str,
    },
    /// The client itself (`client_credentials`), or another client in whose name it acts (RFC 8693).
    Client {
        /// `sub`.
        sub: &'a ClientId,
    },
}

/// What an access token should say.
#[derive(Clone, Copy, Debug)]
pub struct AccessTokenRequest<'a> {
    /// The client that gets it.
    pub client_id: &'a ClientId,
    /// For whom it acts.
    pub subject: Subject<'a>,
    /// Its scope: the grant's, or less.
    pub scope: &'a Scope,
    /// The resource servers it is for; none means the issuer's own endpoints.
    pub audience: &'a [String],
    /// JWT or opaque.
    pub format: AccessTokenFormat,
    /// How a JWT is signed.
    pub alg: SigningAlgorithm,
    /// How long it lives, [`MAX_TOKEN_LIFETIME`] at most.
    pub lifetime: Duration,
    /// The key that it is bound to.
    pub confirmation: Option<&'a Confirmation>,
    /// Who acts for the subject, RFC 8693 §4.1.
    pub actor: Option<&'a Value>,
    /// What it allows in detail, RFC 9396 §9.1.
    pub authorization_details: Option<&'a Value>,
    /// What the tenant adds.
    pub claims: &'a Map<String, Value>,
}

/// An access token as it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedAccessToken {
    /// The token.
    pub token: Secret<String>,
    /// `expires_in`.
    pub lifetime: Duration,
    /// When it expires.
    pub expires_at: UtcTime,
}

/// An access token that is good now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveAccessToken {
    /// `jti`.
    pub jti: String,
    /// `iss`.
    pub issuer: String,
    /// `sub`: the user's id, or the client's.
    pub subject: String,
    /// The user, unless the client acts for itself.
    pub user_id: Option<UserId>,
    /// The client that it was issued to.
    pub client_id: ClientId,
    /// Its scope.
    pub scope: Scope,
    /// The resource servers that it is for.
    pub audience: Vec<String>,
    /// `iat`.
    pub issued_at: UtcTime,
    /// `exp`.
    pub expires_at: UtcTime,
    /// The grant that it hangs on, unless the client acts for itself.
    pub grant: Option<Box<Grant>>,
    /// JWT or opaque.
    pub format: AccessTokenFormat,
    /// The key that it is bound to.
    pub confirmation: Option<Confirmation>,
    /// Who acts for the subject.
    pub actor: Option<Value>,
    /// What it allows in detail.
    pub authorization_details: Option<Value>,
    /// What the tenant added.
    pub claims: Map<String, Value>,
}

/// The claims of RFC 9068 §2.2; an opaque token keeps the same ones in its row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessTokenClaims {
    pub iss: String,
    pub sub: String,
    #[serde(with = "crate::audience")]
    pub aud: Vec<String>,
    pub client_id: ClientId,
    pub iat: i64,
    pub exp: i64,
    pub jti: String,
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<Value>,
    #[serde(flatten)]
    pub added: Map<String, Value>,
}

impl AccessTokenClaims {
    pub(crate) fn new(issuer: &str, request: &AccessTokenRequest<'_>, now: UtcTime, rng: &Rng) -> Self {
        let authentication: Option<&Authentication> = match request.subject {
            Subject::User { grant, .. } => Some(&grant.authentication),
            Subject::Client { .. } => None,
        };
        let unique = URL_SAFE_NO_PAD.encode(rng.bytes::<16>());
        let (sub, jti) = match request.subject {
            Subject::User { grant, sub } => (sub.to_owned(), format!("{}.{unique}", grant.id)),
            Subject::Client { sub } => (sub.to_string(), unique),
        };
        let aud = if request.audience.is_empty() { vec![issuer.to_owned()] } else { request.audience.to_vec() };
        let iat = now.unix_seconds();
        let lifetime = i64::try_from(lifetime_of(request).as_secs()).unwrap_or(0);
        Self {
            iss: issuer.to_owned(),
            sub,
            aud,
            client_id: request.client_id.clone(),
            iat,
            exp: iat.saturating_add(lifetime),
            jti,
            scope: request.scope.clone(),
            auth_time: authentication.map(|made| made.auth_time.unix_seconds()),
            acr: authentication.map(|made| made.acr.clone()),
            amr: authentication.map(|made| made.amr.clone()).unwrap_or_default(),
            cnf: request.confirmation.cloned(),
            act: request.actor.cloned(),
            authorization_details: request.authorization_details.cloned(),
            added: request.claims.clone(),
        }
    }

    /// The grant that the token hangs on, as its `jti` says.
    pub(crate) fn grant_id(&self) -> Option<GrantId> {
        self.jti.split_once('.').and_then(|(grant, _)| grant.parse().ok())
    }

    pub(crate) fn into_active(self, grant: Option<Grant>, format: AccessTokenFormat) -> ActiveAccessToken {
        ActiveAccessToken {
            jti: self.jti,
            issuer: self.iss,
            subject: self.sub,
            user_id: grant.as_ref().map(|grant| grant.user_id.clone()),
            client_id: self.client_id,
            scope: self.scope,
            audience: self.aud,
            issued_at: UtcTime::from_unix_seconds(self.iat),
            expires_at: UtcTime::from_unix_seconds(self.exp),
            grant: grant.map(Box::new),
            format,
            confirmation: self.cnf,
            actor: self.act,
            authorization_details: self.authorization_details,
            claims: self.added,
        }
    }
}

pub(crate) fn lifetime_of(request: &AccessTokenRequest<'_>) -> Duration {
    request.lifetime.min(MAX_TOKEN_LIFETIME)
}

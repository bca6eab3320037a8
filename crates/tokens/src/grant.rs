//! A grant: what one authorization code bought, and what its tokens hang on.

use latchkey_core::{ClientId, GrantId, Secret, SessionId, UserId, UtcTime};
use latchkey_protocol::{Confirmation, GrantType, Scope};
use latchkey_tenants::Withheld;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How and when the user proved who they are; never better than what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// `auth_time` of the tokens.
    pub auth_time: UtcTime,
    /// `amr`, RFC 8176.
    pub amr: Vec<String>,
    /// `acr`.
    pub acr: String,
}

/// What a user grants a client, before it is stored; [`Grant`] is what it becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewGrant {
    /// By which grant type.
    pub grant_type: GrantType,
    /// To whom.
    pub client_id: ClientId,
    /// By whom.
    pub user_id: UserId,
    /// In which session; an assertion of another issuer brings none.
    pub session_id: Option<SessionId>,
    /// What is granted.
    pub scope: Scope,
    /// The resource servers.
    pub audience: Vec<String>,
    /// How the user had signed in.
    pub authentication: Authentication,
    /// The `claims` request parameter (OpenID Connect Core §5.5), as it was granted.
    #[serde(default)]
    pub claims: Option<Value>,
    /// Whether it outlives the session (`offline_access`).
    pub offline: bool,
    /// The key that code and refresh tokens are bound to.
    #[serde(default)]
    pub confirmation: Option<Confirmation>,
    /// What is granted in detail, RFC 9396.
    #[serde(default)]
    pub authorization_details: Option<Value>,
    /// Who acts for the user, RFC 8693 §4.1.
    #[serde(default)]
    pub actor: Option<Value>,
}

/// What a user granted a client in one authorization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Also the first part of the code, of the refresh tokens and of each `jti`.
    pub id: GrantId,
    /// By which grant type.
    pub grant_type: GrantType,
    /// To whom.
    pub client_id: ClientId,
    /// By whom.
    pub user_id: UserId,
    /// In which session; an assertion of another issuer brings none.
    pub session_id: Option<SessionId>,
    /// What was granted; a refresh may ask for less, never for more.
    pub scope: Scope,
    /// The resource servers that its access tokens are for.
    pub audience: Vec<String>,
    /// How the user had signed in.
    pub authentication: Authentication,
    /// The `claims` request parameter (OpenID Connect Core §5.5), as it was granted.
    pub claims: Option<Value>,
    /// Whether it outlives the session (`offline_access`).
    pub offline: bool,
    /// The key that its refresh tokens are bound to.
    pub confirmation: Option<Confirmation>,
    /// What was granted in detail, RFC 9396.
    pub authorization_details: Option<Value>,
    /// Who acts for the user, RFC 8693 §4.1.
    pub actor: Option<Value>,
    /// When it was granted.
    pub created_at: UtcTime,
    /// When it ends whatever happens.
    pub expires_at: UtcTime,
}

/// What an authorization code stands for until it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePayload {
    /// What it buys.
    pub grant: NewGrant,
    /// The `redirect_uri` of the authorization request, exactly.
    pub redirect_uri: String,
    /// `nonce`, repeated in the ID token.
    pub nonce: Option<String>,
    /// `code_challenge`, method S256.
    pub code_challenge: Option<String>,
    /// When the code was issued.
    pub issued_at: UtcTime,
}

/// What became of a grant that was to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granting {
    /// It is stored.
    Granted {
        /// The grant.
        grant: Box<Grant>,
        /// The first refresh token of the family, when one was asked for.
        refresh_token: Option<Secret<String>>,
    },
    /// Its user or its session is no more.
    Refused(CodeRefusal),
}

/// Whether a redeemed code also buys a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshIssue {
    /// The client may refresh and the scope asks for it.
    Issue,
    /// Access token only.
    Withhold,
}

/// Why a genuine code buys nothing; the code is spent all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// It was issued to another client.
    #[error("the code was issued to another client")]
    WrongClient,
    /// `redirect_uri` is missing or not the one of the authorization request (RFC 6749 §4.1.3).
    #[error("redirect_uri is not the one of the authorization request")]
    WrongRedirectUri,
    /// The request does not prove that it holds the key that the code is bound to (RFC 9449 §10).
    #[error("the code is bound to another key")]
    WrongKey,
    /// `code_verifier` is missing, wrong, or sent without a challenge (RFC 7636 §4.6, RFC 9700 §2.1.1).
    #[error("code_verifier does not fit")]
    WrongCodeVerifier,
    /// The session ended since.
    #[error("the session has ended")]
    SessionEnded,
    /// The user was deleted since.
    #[error("there is no such user")]
    UserGone,
    /// The gate withholds tokens from the user now.
    #[error("{0}")]
    Withheld(Withheld),
}

/// What became of a code that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// First and only use.
    Redeemed {
        /// What it bought.
        grant: Box<Grant>,
        /// The first refresh token of the family, when one was asked for.
        refresh_token: Option<Secret<String>>,
        /// What the code stood for.
        payload: Box<CodePayload>,
    },
    /// Genuine, but not for this request; spent.
    Refused(CodeRefusal),
    /// Used before: the grant that it bought is revoked, and that is committed.
    Replayed,
    /// Never issued by this tenant, or expired unused.
    Unknown,
}

/// What became of a refresh token that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was the live one.
    Rotated {
        /// The grant.
        grant: Box<Grant>,
        /// Its successor; for a client that does not rotate, the same token.
        refresh_token: Secret<String>,
    },
    /// Its successor was issued moments ago and the answer may have been lost: the same successor again.
    Repeated {
        /// The grant.
        grant: Box<Grant>,
        /// The same token as the first time.
        refresh_token: Secret<String>,
    },
    /// Used before, outside the grace window: the grant is revoked, and that is committed.
    Reused,
    /// Its idle or absolute life time is over.
    Expired,
    /// The grant was revoked, its session ended, or the gate withholds tokens from its user now.
    Revoked,
    /// Never issued by this tenant.
    Unknown,
    /// Issued to another client.
    WrongClient,
    /// Bound to a key that the request does not prove to hold.
    WrongKey,
}

/// What a request to revoke a token did (RFC 7009 §2.2 answers all but `NotYours` alike).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The token is dead, and that is committed; a refresh token takes its whole grant along.
    Revoked,
    /// It was issued to another client; nothing happened.
    NotYours,
    /// It is unknown or dead already.
    Nothing,
}

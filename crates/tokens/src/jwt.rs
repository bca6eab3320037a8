//! Compact JWS (RFC 7515 §3.1) before and after verification, with the checks of
//! [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{KeyId, UtcTime};
use latchkey_jose::RegisteredPublicKey;
use latchkey_protocol::SigningAlgorithm;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::InvalidToken;

const MAX_LENGTH: usize = 16 * 1024;

/// The kinds of JWT that Latchkey issues, told apart by `typ` (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// An ID token, OpenID Connect Core §2.
    IdToken,
    /// An access token, RFC 9068 §2.1.
    AccessToken,
    /// A logout token, OpenID Connect Back-Channel Logout §2.4.
    LogoutToken,
}

impl TokenType {
    /// The `typ` header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "JWT",
            Self::AccessToken => "at+jwt",
            Self::LogoutToken => "logout+jwt",
        }
    }
}

/// Whether a token whose time is over is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It is not.
    Enforced,
    /// It is: an `id_token_hint` says who, not that they may (OpenID Connect RP-Initiated Logout §2).
    Ignored,
}

/// What a token must be to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Its kind.
    pub typ: TokenType,
    /// `iss`, exactly one of these.
    pub issuers: &'a [&'a str],
    /// One of `aud`, unless any will do.
    pub audience: Option<&'a str>,
    /// Whether `exp` counts.
    pub expiry: Expiry,
}

/// A string that has the form of a JWT; nothing in it may be believed.
#[derive(Clone, Debug)]
pub struct UnverifiedJwt {
    text: String,
    payload_at: usize,
    signature_at: usize,
    kid: Option<KeyId>,
    alg: SigningAlgorithm,
    typ: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

#[derive(Serialize)]
struct OwnHeader<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

impl UnverifiedJwt {
    /// Reads the header.
    ///
    /// # Errors
    /// When it is no compact JWS of at most 16 KiB, has critical extensions, or an algorithm that is not ours.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidToken::Malformed);
        }
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidToken::Malformed);
        };
        let payload_at = header.len() + 1;
        let signature_at = payload_at + payload.len() + 1;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| InvalidToken::Malformed)?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| InvalidToken::Malformed)?;
        if header.crit.is_some() {
            return Err(InvalidToken::CriticalExtension);
        }
        let alg = header.alg.parse().map_err(|_| InvalidToken::WrongAlgorithm)?;
        let kid = header.kid.and_then(|kid| kid.parse().ok());
        Ok(Self { text: text.to_owned(), payload_at, signature_at, kid, alg, typ: header.typ })
    }

    pub(crate) fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// Checks the signature with that key, then what the token says.
    pub(crate) fn verify(
        &self,
        key: &RegisteredPublicKey,
        key_alg: SigningAlgorithm,
        expected: Expected<'_>,
        now: UtcTime,
    ) -> Result<VerifiedClaims, InvalidToken> {
        if self.alg != key_alg {
            return Err(InvalidToken::WrongAlgorithm);
        }
        if self.typ.as_deref() != Some(expected.typ.as_str()) {
            return Err(InvalidToken::WrongType);
        }
        self.check_signature(key)?;
        let payload = self.text.get(self.payload_at..self.signature_at.saturating_sub(1)).unwrap_or_default();
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| InvalidToken::Malformed)?;
        let claims: Map<String, Value> = serde_json::from_slice(&payload).map_err(|_| InvalidToken::Malformed)?;
        let claims = VerifiedClaims(claims);
        claims.check(expected, now)?;
        Ok(claims)
    }

    fn check_signature(&self, key: &RegisteredPublicKey) -> Result<(), InvalidToken> {
        let signature = self.text.get(self.signature_at..).ok_or(InvalidToken::Malformed)?;
        let message = self.text.get(..self.signature_at.saturating_sub(1)).ok_or(InvalidToken::Malformed)?;
        if key.verifies(message.as_bytes(), signature) { Ok(()) } else { Err(InvalidToken::BadSignature) }
    }
}

/// The claims of a token whose signature, kind, issuer, audience and time were checked.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedClaims(Map<String, Value>);

impl VerifiedClaims {
    /// A claim that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `sid`: the session, in ID tokens.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.text("sid")
    }

    /// `aud`, one or several.
    #[must_use]
    pub fn audience(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Every claim.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(crate) fn into_typed<T: DeserializeOwned>(self) -> Result<T, InvalidToken> {
        serde_json::from_value(Value::Object(self.0)).map_err(|_| InvalidToken::Malformed)
    }

    fn check(&self, expected: Expected<'_>, now: UtcTime) -> Result<(), InvalidToken> {
        if !self.text("iss").is_some_and(|issuer| expected.issuers.contains(&issuer)) {
            return Err(InvalidToken::WrongIssuer);
        }
        if expected.audience.is_some_and(|audience| !self.audience().contains(&audience)) {
            return Err(InvalidToken::WrongAudience);
        }
        let exp = self.0.get("exp").and_then(Value::as_i64).ok_or(InvalidToken::Malformed)?;
        // RFC 7519 §4.1.4: on or after which it must not be accepted. No leeway: this clock also issued it.
        if expected.expiry == Expiry::Enforced && now.unix_seconds() >= exp {
            return Err(InvalidToken::Expired);
        }
        Ok(())
    }
}

/// `base64url(header) "." base64url(claims)`, ready to be signed.
pub(crate) fn signing_input<T: Serialize>(
    kid: &KeyId,
    alg: SigningAlgorithm,
    typ: &str,
    claims: &T,
) -> Result<String, serde_json::Error> {
    let header = serde_json::to_vec(&OwnHeader { alg: alg.as_str(), kid: kid.as_str(), typ })?;
    let claims = serde_json::to_vec(claims)?;
    // Room for an RSA signature too: one allocation.
    let mut text = String::with_capacity((header.len() + claims.len()) * 4 / 3 + 360);
    URL_SAFE_NO_PAD.encode_string(header, &mut text);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut text);
    Ok(text)
}

//! What a device sends that approves sign-ins: compact JWS under a key of its own, so that whoever only carries its messages
//! can neither enrol a device nor answer for one.

use std::time::Duration;

use latchkey_core::{FactorId, Secret, UtcTime};
use latchkey_jose::{Jwk, PublicJwk, PublicKey, UnverifiedJws, VerifiedPayload};
use latchkey_protocol::SigningAlgorithm;

/// The `typ` of what enrols a device.
const ENROLMENT_TYPE: &str = "push-device+jwt";
/// The `typ` of what answers an approval.
const ANSWER_TYPE: &str = "push-approval+jwt";
/// What devices sign with.
const ALGORITHMS: [SigningAlgorithm; 3] = [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa, SigningAlgorithm::Ed25519];
/// So old a message may be.
const MOST_AGE: Duration = Duration::from_secs(120);
/// So far the clock of a phone may be ahead.
const LEEWAY: Duration = Duration::from_secs(60);
const MAX_NAME_CHARS: usize = 60;
const MAX_ADDRESS_BYTES: usize = 2_048;

/// Why a message is refused, for the application's developer.
pub(crate) type Reason = &'static str;

/// A device that asks to be enrolled, and has shown that it has the key.
pub(crate) struct Enrolment {
    /// The code that the user's browser shows.
    pub(crate) code: Secret<String>,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) key: PublicJwk,
}

/// What somebody says who has the device in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is they, and the browser shows this number.
    Approve {
        /// As typed.
        number: String,
    },
    /// It is not they.
    Deny,
}

/// An answer to an approval, of which nothing may be believed yet.
pub(crate) struct UnverifiedAnswer {
    jws: UnverifiedJws,
    /// The device that it says to come from.
    pub(crate) device: FactorId,
}

impl Enrolment {
    /// Reads what an application sends, signed with the key that it brings along.
    pub(crate) fn read(text: &str, issuer: &str, now: UtcTime) -> Result<Self, Reason> {
        let jws = UnverifiedJws::parse(text.trim()).map_err(|_| "the body is no JWS")?;
        if !jws.has_typ(ENROLMENT_TYPE) {
            return Err("typ must be push-device+jwt");
        }
        let jwk: Jwk = jws.unverified_jwk().map_err(|_| "the header needs the public key as jwk")?;
        if !is_allowed(jwk.members()) {
            return Err("the key must be P-256 or Ed25519");
        }
        let payload = jws.verify_jwk(&jwk, &ALGORITHMS).map_err(|_| "alg or signature")?;
        check_time_and_audience(&payload, issuer, now)?;
        let text = |name: &str| payload.text(name).map(str::trim).unwrap_or_default().to_owned();
        let (name, address) = (text("name"), text("address"));
        let is_line = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        if !is_line(&name) || name.chars().count() > MAX_NAME_CHARS {
            return Err("name must be 1 to 60 characters");
        }
        if !is_line(&address) || address.len() > MAX_ADDRESS_BYTES {
            return Err("address must be 1 to 2048 bytes");
        }
        Ok(Self { code: Secret::new(text("code")), name, address, key: jwk.members().clone() })
    }
}

impl UnverifiedAnswer {
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let jws = UnverifiedJws::parse(text.trim()).map_err(|_| "the body is no JWS")?;
        if !jws.has_typ(ANSWER_TYPE) {
            return Err("typ must be push-approval+jwt");
        }
        let device = jws.kid().and_then(|kid| kid.parse().ok()).ok_or("kid must be the id of the device")?;
        Ok(Self { jws, device })
    }

    /// Whether it is an answer of that key to that approval.
    pub(crate) fn verify(
        &self,
        key: &PublicJwk,
        (issuer, approval): (&str, &str),
        now: UtcTime,
    ) -> Result<Verdict, Reason> {
        let key = PublicKey::from_jwk(key).ok_or("the key of the device cannot be read")?;
        let payload = self.jws.verify(&key, &ALGORITHMS).map_err(|_| "alg or signature")?;
        check_time_and_audience(&payload, issuer, now)?;
        if payload.text("approval") != Some(approval) {
            return Err("approval must be the id in the address");
        }
        match payload.text("decision") {
            Some("approve") => {
                let number = payload.text("number").ok_or("number must be what the person typed, as text")?;
                Ok(Verdict::Approve { number: number.trim().to_owned() })
            }
            Some("deny") => Ok(Verdict::Deny),
            _ => Err("decision must be approve or deny"),
        }
    }
}

fn is_allowed(key: &PublicJwk) -> bool {
    match key {
        PublicJwk::Ec { crv, .. } => crv == "P-256",
        PublicJwk::Okp { crv, .. } => crv == "Ed25519",
        PublicJwk::Rsa { .. } => false,
    }
}

fn check_time_and_audience(payload: &VerifiedPayload, issuer: &str, now: UtcTime) -> Result<(), Reason> {
    payload.require_sole_audience(&[issuer]).map_err(|_| "aud must be the issuer")?;
    payload.require_issued_within(now, MOST_AGE, LEEWAY).map(|_| ()).map_err(|_| "iat must be now")
}

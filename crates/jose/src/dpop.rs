//! A DPoP proof, [RFC 9449 §4](https://www.rfc-editor.org/rfc/rfc9449#section-4): one line per check of §4.3.

use std::time::Duration;

use latchkey_core::{UtcTime, constant_time_eq, sha256};
use latchkey_protocol::SigningAlgorithm;
use url::Url;

use crate::{UnverifiedJws, VerifiedPayload, jwk};

/// How far `iat` may be from this clock, either way.
pub const WINDOW: Duration = Duration::from_secs(60);
/// A `jti` is remembered under a hash, but there is no need to read a book.
const MAX_JTI: usize = 512;

/// What proofs may be signed with: RSASSA-PKCS1-v1_5 has no place in anything new (RFC 8725 §3.2).
pub const ALGORITHMS: &[SigningAlgorithm] = &[
    SigningAlgorithm::Es256,
    SigningAlgorithm::Es384,
    SigningAlgorithm::Es512,
    SigningAlgorithm::Ps256,
    SigningAlgorithm::Ps384,
    SigningAlgorithm::Ps512,
    SigningAlgorithm::EdDsa,
    SigningAlgorithm::Ed25519,
];

/// What a proof has to be for.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// `htm`.
    pub method: &'a str,
    /// `htu`, one of these without query and fragment.
    pub uris: &'a [String],
    /// The access token that it comes with, for `ath`.
    pub access_token: Option<&'a str>,
}

/// A proof that holds, but for its nonce and its single use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of its key, RFC 7638.
    pub jkt: String,
    /// Its id, to be accepted once.
    pub jti: String,
    /// A nonce that a server gave out.
    pub nonce: Option<String>,
    iat: UtcTime,
}

/// Why a proof does not hold, for the client's developer.
pub type Reason = &'static str;

impl Proof {
    /// Checks everything that needs no memory.
    ///
    /// # Errors
    /// What does not hold.
    pub fn verify(unverified: &str, expected: &Expected<'_>) -> Result<Self, Reason> {
        let jws = UnverifiedJws::parse(unverified).map_err(|_| "the DPoP proof is no JWT")?;
        if !jws.has_typ("dpop+jwt") {
            return Err("typ of the DPoP proof must be dpop+jwt");
        }
        let jwk = jws.unverified_jwk().map_err(|_| "the DPoP proof needs a public key as jwk")?;
        let payload = jws.verify(jwk.public_key(), ALGORITHMS).map_err(|_| "alg or signature of the DPoP proof")?;
        if payload.text("htm") != Some(expected.method) {
            return Err("htm is not the method of the request");
        }
        check_uri(&payload, expected.uris)?;
        check_access_token(&payload, expected.access_token)?;
        let jti = payload.require_text("jti").map_err(|_| "jti of the DPoP proof is missing")?;
        if jti.len() > MAX_JTI {
            return Err("jti of the DPoP proof is too long");
        }
        let iat = payload.date("iat").ok().flatten().ok_or("iat of the DPoP proof is missing")?;
        let nonce = payload.text("nonce").map(str::to_owned);
        Ok(Self { jkt: jwk.thumbprint(), jti: jti.to_owned(), nonce, iat })
    }

    /// Whether it was made about now.
    ///
    /// # Errors
    /// When it was not.
    pub fn check_time(&self, now: UtcTime) -> Result<(), Reason> {
        let recent = self.iat <= now.plus(WINDOW) && now <= self.iat.plus(WINDOW);
        if recent { Ok(()) } else { Err("iat of the DPoP proof is too far from now") }
    }
}

/// §4.3 step 9: compared after normalization, without query and fragment.
fn check_uri(payload: &VerifiedPayload, accepted: &[String]) -> Result<(), Reason> {
    let bare = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    let htu = payload.text("htu").and_then(bare).ok_or("htu of the DPoP proof is missing or no URI")?;
    let fits = accepted.iter().filter_map(|uri| bare(uri)).any(|uri| uri == htu);
    if fits { Ok(()) } else { Err("htu is not the address of the request") }
}

/// §4.3 step 12.
fn check_access_token(payload: &VerifiedPayload, access_token: Option<&str>) -> Result<(), Reason> {
    let Some(access_token) = access_token else { return Ok(()) };
    let expected = jwk::encode(&sha256(access_token.as_bytes()));
    let fits = payload.text("ath").is_some_and(|ath| constant_time_eq(ath.as_bytes(), expected.as_bytes()));
    if fits { Ok(()) } else { Err("ath is not the hash of the access token") }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 9449 §4.1, figure 2: `jti` -BwC3ESc6acc2lTc, `iat` 1562262616.
    const PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    // RFC 9449 §7.1, figure 13, and the access token that it is sent with.
    const AT_A_RESOURCE: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    const ACCESS_TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

    fn expected<'a>(method: &'a str, uris: &'a [String]) -> Expected<'a> {
        Expected { method, uris, access_token: None }
    }

    #[test]
    fn the_proof_of_the_rfc_holds_for_its_request_and_no_other() {
        let uris = ["https://server.example.com/token".to_owned()];
        let proof = Proof::verify(PROOF, &expected("POST", &uris)).expect("holds");
        assert_eq!((proof.jti.as_str(), proof.nonce.as_deref()), ("-BwC3ESc6acc2lTc", None));
        // The jkt of RFC 9449 §6.1 is of the same key.
        assert_eq!(proof.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert!(Proof::verify(PROOF, &expected("GET", &uris)).is_err());
        for other in ["https://server.example.com/", "http://server.example.com/token", "https://evil.example/token"] {
            assert!(Proof::verify(PROOF, &expected("POST", &[other.to_owned()])).is_err(), "{other}");
        }
        for same in ["https://SERVER.example.com:443/token?a=b#c", "HTTPS://server.example.com/token"] {
            assert!(Proof::verify(PROOF, &expected("POST", &[same.to_owned()])).is_ok(), "{same}");
        }
        let with_token = Expected { method: "POST", uris: &uris, access_token: Some("x") };
        assert!(Proof::verify(PROOF, &with_token).is_err(), "no ath");
    }

    #[test]
    fn the_proof_of_the_rfc_at_a_resource_holds_for_its_token_and_no_other() {
        let uris = ["https://resource.example.org/protectedresource".to_owned()];
        let with = |access_token| Expected { method: "GET", uris: &uris, access_token: Some(access_token) };
        let proof = Proof::verify(AT_A_RESOURCE, &with(ACCESS_TOKEN)).expect("holds");
        assert_eq!(proof.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert!(proof.check_time(UtcTime::from_unix_seconds(1_562_262_618)).is_ok());
        for other in ["", "Kz", &ACCESS_TOKEN.to_lowercase()] {
            assert_eq!(Proof::verify(AT_A_RESOURCE, &with(other)), Err("ath is not the hash of the access token"));
        }
    }

    #[test]
    fn a_changed_character_breaks_it() {
        let uris = ["https://server.example.com/token".to_owned()];
        for at in (0..PROOF.len()).step_by(7) {
            let mut bytes = PROOF.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("text");
            assert!(Proof::verify(&changed, &expected("POST", &uris)).is_err(), "{at}");
        }
    }

    #[test]
    fn a_minute_either_way_is_now() {
        let uris = ["https://server.example.com/token".to_owned()];
        let proof = Proof::verify(PROOF, &expected("POST", &uris)).expect("holds");
        let at = |seconds: i64| proof.check_time(UtcTime::from_unix_seconds(1_562_262_616 + seconds));
        assert!(at(60).is_ok() && at(-60).is_ok());
        assert!(at(61).is_err() && at(-61).is_err() && at(3600).is_err());
    }
}

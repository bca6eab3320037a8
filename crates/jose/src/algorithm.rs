//! What the JWS algorithms (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2) have in common.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use latchkey_core::sha256;
use latchkey_protocol::SigningAlgorithm;
use openssl::hash::MessageDigest;

use crate::curve::Curve;

/// The hash function of an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashFunction {
    Sha256,
    Sha384,
    Sha512,
}

impl HashFunction {
    /// Of Ed25519 too, which hashes with SHA-512 inside.
    pub(crate) fn of(alg: SigningAlgorithm) -> Self {
        use SigningAlgorithm as Alg;
        match alg {
            Alg::Rs256 | Alg::Ps256 | Alg::Es256 => Self::Sha256,
            Alg::Rs384 | Alg::Ps384 | Alg::Es384 => Self::Sha384,
            Alg::Rs512 | Alg::Ps512 | Alg::Es512 | Alg::EdDsa | Alg::Ed25519 => Self::Sha512,
        }
    }

    pub(crate) fn digest(self, message: &[u8]) -> Vec<u8> {
        // As in `latchkey_core::sha256`: the low-level digests do not initialize OpenSSL themselves.
        openssl::init();
        match self {
            Self::Sha256 => sha256(message).to_vec(),
            Self::Sha384 => openssl::sha::sha384(message).to_vec(),
            Self::Sha512 => openssl::sha::sha512(message).to_vec(),
        }
    }

    pub(crate) fn message_digest(self) -> MessageDigest {
        match self {
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

/// The value of `at_hash` or `c_hash` (OpenID Connect Core §3.1.3.6, §3.3.2.11) of `value`.
///
/// The hash is the one of the ID token's `alg`; Ed25519 hashes with SHA-512.
#[must_use]
pub fn left_half_hash(value: &str, alg: SigningAlgorithm) -> String {
    let digest = HashFunction::of(alg).digest(value.as_bytes());
    let (left, _) = digest.split_at(digest.len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

/// The curve whose keys the algorithm uses.
pub(crate) fn curve_of(alg: SigningAlgorithm) -> Option<Curve> {
    match alg {
        SigningAlgorithm::Es256 => Some(Curve::P256),
        SigningAlgorithm::Es384 => Some(Curve::P384),
        SigningAlgorithm::Es512 => Some(Curve::P521),
        _ => None,
    }
}

/// Two names of one algorithm: RFC 9864 §4.1.2 deprecates the older, which most software knows.
pub(crate) fn is_ed25519(alg: SigningAlgorithm) -> bool {
    matches!(alg, SigningAlgorithm::EdDsa | SigningAlgorithm::Ed25519)
}

pub(crate) fn is_pss(alg: SigningAlgorithm) -> bool {
    matches!(alg, SigningAlgorithm::Ps256 | SigningAlgorithm::Ps384 | SigningAlgorithm::Ps512)
}

/// The name in `jsonwebtoken`; `None` for those that it does not have.
pub(crate) fn to_jsonwebtoken(alg: SigningAlgorithm) -> Option<Algorithm> {
    Some(match alg {
        SigningAlgorithm::Rs256 => Algorithm::RS256,
        SigningAlgorithm::Rs384 => Algorithm::RS384,
        SigningAlgorithm::Rs512 => Algorithm::RS512,
        SigningAlgorithm::Ps256 => Algorithm::PS256,
        SigningAlgorithm::Ps384 => Algorithm::PS384,
        SigningAlgorithm::Ps512 => Algorithm::PS512,
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::Es384 => Algorithm::ES384,
        SigningAlgorithm::Es512 | SigningAlgorithm::Ed25519 => return None,
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
    })
}

/// Ours of an algorithm of `jsonwebtoken`; `None` for HMAC, which is not offered through it.
pub(crate) fn from_jsonwebtoken(alg: Algorithm) -> Option<SigningAlgorithm> {
    SigningAlgorithm::ALL.iter().copied().find(|known| to_jsonwebtoken(*known) == Some(alg))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_the_left_half_of_the_digest_of_the_algorithm() {
        // OpenID Connect Core, appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(left_half_hash(token, SigningAlgorithm::Rs256), "77QmUPtjPfzWtF2AnpK9RQ");
        // Appendix A.6: c_hash.
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        assert_eq!(left_half_hash(code, SigningAlgorithm::Rs256), "LDktKdoQak3Pk0cnXxCltA");
        for alg in SigningAlgorithm::ALL {
            let octets = match &alg.as_str()[2..] {
                "256" => 16,
                "384" => 24,
                _ => 32,
            };
            let hash = URL_SAFE_NO_PAD.decode(left_half_hash(code, *alg)).expect("base64url");
            assert_eq!(hash.len(), octets, "{alg}");
        }
    }
}

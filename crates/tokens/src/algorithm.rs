//! What the JWS algorithms (RFC 7518 §3.1, RFC 8037 §3.1) have in common.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use latchkey_core::sha256;
use latchkey_protocol::SigningAlgorithm;
use openssl::hash::{MessageDigest, hash};

/// The value of `at_hash` or `c_hash` (OpenID Connect Core §3.1.3.6, §3.3.2.11) of `value`.
///
/// The hash is the one of the ID token's `alg`; Ed25519 hashes with SHA-512.
#[must_use]
pub fn left_half_hash(value: &str, alg: SigningAlgorithm) -> String {
    let digest = match alg {
        SigningAlgorithm::EdDsa => match hash(MessageDigest::sha512(), value.as_bytes()) {
            Ok(digest) => digest.to_vec(),
            Err(_) => return String::new(),
        },
        SigningAlgorithm::Es256 | SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            sha256(value.as_bytes()).to_vec()
        }
    };
    let (left, _) = digest.split_at(digest.len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

pub(crate) fn jws_algorithm(alg: SigningAlgorithm) -> Algorithm {
    match alg {
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::Rs256 => Algorithm::RS256,
        SigningAlgorithm::Ps256 => Algorithm::PS256,
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_the_left_half_of_the_digest() {
        // OpenID Connect Core, appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(left_half_hash(token, SigningAlgorithm::Rs256), "77QmUPtjPfzWtF2AnpK9RQ");
        // Appendix A.6: c_hash.
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        assert_eq!(left_half_hash(code, SigningAlgorithm::Rs256), "LDktKdoQak3Pk0cnXxCltA");
        assert_eq!(left_half_hash(code, SigningAlgorithm::EdDsa).len(), 43);
    }
}

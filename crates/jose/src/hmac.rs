//! JWS with a shared secret, RFC 7518 §3.2.

use latchkey_protocol::HmacAlgorithm;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// The authentication code of the message.
pub(crate) fn hmac(function: MessageDigest, key: &[u8], message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let key = PKey::hmac(key)?;
    Signer::new(function, &key)?.sign_oneshot_to_vec(message)
}

pub(crate) fn function_of(alg: HmacAlgorithm) -> MessageDigest {
    match alg {
        HmacAlgorithm::Hs256 => MessageDigest::sha256(),
        HmacAlgorithm::Hs384 => MessageDigest::sha384(),
        HmacAlgorithm::Hs512 => MessageDigest::sha512(),
    }
}

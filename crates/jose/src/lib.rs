//! JOSE over OpenSSL, the only cryptographic library of the house: keys, JWK sets, JWS and JWE. No I/O.
//!
//! Latchkey's own keys are [`PrivateKey`]s behind a [`RegisteredPrivateKey`]. What others send is parsed into
//! [`UnverifiedJws`] and [`JwkSet`], and says nothing that may be believed until it is a [`VerifiedPayload`].

mod algorithm;
mod certificate;
mod curve;
pub mod dpop;
mod error;
mod hmac;
mod jwe;
mod jwe_content;
mod jwe_key;
mod jwk;
mod jwk_set;
mod jws;
mod payload;
mod private_key;
mod provider;
mod public_key;
mod registry;

#[cfg(test)]
mod tests;

pub use algorithm::left_half_hash;
pub use certificate::{certificate_key_thumbprint, certificate_of_header, certificate_sha256};
pub use error::{InvalidJwe, InvalidJwk, InvalidJws, SigningError};
pub use jwe::{EncryptedJwe, Encryption, MAX_JWE_LENGTH, encrypt};
pub use jwk::{Jwk, PublicJwk, contains_private_members};
pub use jwk_set::JwkSet;
pub use jws::{MAX_JWS_LENGTH, UnverifiedJws};
pub use payload::VerifiedPayload;
pub use private_key::PrivateKey;
pub use public_key::PublicKey;
pub use registry::{RegisteredPrivateKey, RegisteredPublicKey};

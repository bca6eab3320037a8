//! Algorithms of JWS with a shared secret and of JWE, [RFC 7518](https://www.rfc-editor.org/rfc/rfc7518).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::values::{UnknownValue, values};

values!(
    /// A JWS algorithm with a shared secret, RFC 7518 §3.2: for `client_secret_jwt` alone.
    HmacAlgorithm, "signing algorithm" {
        /// HMAC, SHA-256.
        Hs256 = "HS256",
        /// HMAC, SHA-384.
        Hs384 = "HS384",
        /// HMAC, SHA-512.
        Hs512 = "HS512",
    }
);
values!(
    /// `alg` of a JWE: how the content encryption key reaches the recipient, RFC 7518 §4.1.
    KeyManagementAlgorithm, "key management algorithm" {
        /// RSAES OAEP, SHA-256 and MGF1 with SHA-256.
        RsaOaep256 = "RSA-OAEP-256",
        /// ECDH-ES, the agreed key is the content encryption key.
        EcdhEs = "ECDH-ES",
        /// ECDH-ES, the agreed key wraps it with AES-128.
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        /// ECDH-ES, the agreed key wraps it with AES-256.
        EcdhEsA256Kw = "ECDH-ES+A256KW",
    }
);
values!(
    /// `enc` of a JWE: how the content is encrypted, RFC 7518 §5.1.
    ContentEncryption, "content encryption algorithm" {
        /// AES-128 in CBC mode, HMAC SHA-256: what a client gets that names an `alg` only.
        A128CbcHs256 = "A128CBC-HS256",
        /// AES-256 in CBC mode, HMAC SHA-512.
        A256CbcHs512 = "A256CBC-HS512",
        /// AES-128 in Galois/Counter mode.
        A128Gcm = "A128GCM",
        /// AES-256 in Galois/Counter mode.
        A256Gcm = "A256GCM",
    }
);

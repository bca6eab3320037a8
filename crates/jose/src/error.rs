//! Why a key or a token was refused; for the log, and for a description that names no secret.

/// Why a JWK or a JWK Set was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwk {
    /// Not the JSON of one.
    #[error("not a JWK")]
    Malformed,
    /// Above 64 KiB or 100 keys.
    #[error("too large")]
    TooLarge,
    /// Private or symmetric members where a public key is expected.
    #[error("contains a private key")]
    Private,
    /// A kind, curve or size that is not accepted.
    #[error("unsupported key")]
    Unsupported,
    /// `x5c` is no certificate of this key (RFC 7517 §4.7).
    #[error("certificate of another key")]
    OtherCertificate,
}

/// Why a JWS of another party was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJws {
    /// Not a compact JWS of a JSON object, or above 16 KiB.
    #[error("not a signed JWT")]
    Malformed,
    /// `crit` names extensions that are not understood (RFC 7515 §4.1.11).
    #[error("critical header extension")]
    CriticalExtension,
    /// `alg` is `none`, unknown, or not one of those allowed here (RFC 8725 §3.1).
    #[error("signature algorithm that is not allowed")]
    AlgorithmNotAllowed,
    /// No key of the sender can have signed it.
    #[error("no key for this signature")]
    UnknownKey,
    /// The shared secret is shorter than the hash (RFC 7518 §3.2).
    #[error("secret too short for the algorithm")]
    SecretTooShort,
    /// The signature does not fit.
    #[error("bad signature")]
    BadSignature,
    /// A claim is missing.
    #[error("claim missing: {0}")]
    MissingClaim(&'static str),
    /// A claim has another type than its specification says.
    #[error("claim of the wrong type: {0}")]
    MalformedClaim(&'static str),
    /// `iss` is someone else.
    #[error("other issuer")]
    WrongIssuer,
    /// `sub` is someone else.
    #[error("other subject")]
    WrongSubject,
    /// `aud` is someone else.
    #[error("other audience")]
    WrongAudience,
    /// `exp` is over.
    #[error("expired")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("not valid yet")]
    NotYetValid,
    /// `iat` is too long ago, or `exp` too far away.
    #[error("lives too long")]
    TooOld,
}

/// Why a JWE was refused, or could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwe {
    /// Not a compact JWE, or above 32 KiB.
    #[error("not an encrypted JWT")]
    Malformed,
    /// `crit` or `zip`: neither is understood.
    #[error("critical header extension")]
    CriticalExtension,
    /// `alg` or `enc` is not one of ours.
    #[error("encryption algorithm that is not supported")]
    AlgorithmNotSupported,
    /// No key for it.
    #[error("no key for this encryption")]
    UnknownKey,
    /// The key, the tag or the padding does not fit; which one is not told.
    #[error("cannot be decrypted")]
    NotDecrypted,
    /// OpenSSL failed.
    #[error("a cryptographic operation failed")]
    Crypto,
}

/// Why a signature could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// `jsonwebtoken` refused.
    #[error("jsonwebtoken could not sign")]
    Jsonwebtoken(#[from] jsonwebtoken::errors::Error),
    /// OpenSSL refused.
    #[error("openssl could not sign")]
    OpenSsl(#[from] openssl::error::ErrorStack),
    /// The key is not one of the algorithm.
    #[error("the key does not fit the algorithm")]
    OtherAlgorithm,
}

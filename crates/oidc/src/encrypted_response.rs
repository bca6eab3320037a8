//! Answers encrypted to the client, OpenID Connect Core §10.2 and Dynamic Client Registration §2: signed, then encrypted.

use latchkey_jose::{Encryption, InvalidJwe, encrypt};
use latchkey_protocol::{ContentEncryption, ErrorCode, KeyManagementAlgorithm, OAuthError};
use latchkey_tenants::{Client, Tenant};

use crate::Services;
use crate::error::EndpointError;

/// How a kind of answer is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResponseEncryption {
    alg: KeyManagementAlgorithm,
    enc: ContentEncryption,
}

impl ResponseEncryption {
    /// From the two members of the client's metadata; `None` when it wants no encryption.
    pub(crate) fn of(alg: Option<KeyManagementAlgorithm>, enc: Option<ContentEncryption>) -> Option<Self> {
        alg.map(|alg| Self { alg, enc: enc.unwrap_or(ContentEncryption::A128CbcHs256) })
    }
}

impl Services {
    /// The signed JWT as the client wants it: nested in a JWE, or as it is when it wants no encryption. When its keys
    /// do not allow what it registered the answer is an error, never the plain JWT.
    pub(crate) async fn nest_for(
        &self,
        (tenant, client): (&Tenant, &Client),
        jws: String,
        how: Option<ResponseEncryption>,
    ) -> Result<String, EndpointError> {
        match how {
            None => Ok(jws),
            // RFC 7519 §5.2: `cty` says that a JWT is inside.
            Some(how) => self.encrypt_for((tenant, client), jws.as_bytes(), how, Some("JWT")).await,
        }
    }

    /// Encrypts to the client, with the key that it registered or has at its `jwks_uri`.
    pub(crate) async fn encrypt_for(
        &self,
        (tenant, client): (&Tenant, &Client),
        content: &[u8],
        how: ResponseEncryption,
        cty: Option<&str>,
    ) -> Result<String, EndpointError> {
        let keys = self.client_keys.find(tenant, client).await.map_err(|error| {
            tracing::info!(client_id = %client.client_id, %error, "no key to encrypt an answer for");
            no_key()
        })?;
        let key = keys.encrypting(how.alg).ok_or_else(no_key)?;
        let encryption = Encryption { alg: how.alg, enc: how.enc, typ: None, cty };
        encrypt(content, key, encryption, &self.rng).map_err(|error| match error {
            InvalidJwe::UnknownKey => no_key().into(),
            error => EndpointError::Internal(error.into()),
        })
    }
}

fn no_key() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, "the client has no key that this answer can be encrypted for")
}

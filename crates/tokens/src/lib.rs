//! Signing keys and their rotation, JWKS, grants, access tokens and refresh tokens.
//!
//! [`Keys`] signs and verifies for each tenant; [`Tokens`] redeems codes, rotates refresh tokens, issues access tokens,
//! looks them up and revokes them. What is single-use is decided by one compare-and-set in one transaction.

mod access_token;
mod access_token_store;
mod api_key;
mod audience;
mod cleanup;
mod device_secret;
mod error;
mod grant;
mod granting;
mod jwt;
mod key_pool;
mod key_store;
mod keys;
mod master_key;
mod opaque;
mod proof_nonce;
mod redemption;
mod refresh_token;
mod revocation;
mod ring;
mod rotation;
mod session_client;
mod session_client_store;
mod tokens;
mod user_grants;

pub mod api_key_store;
pub mod grant_store;

#[cfg(test)]
mod tests;

pub use access_token::{AccessTokenRequest, ActiveAccessToken, IssuedAccessToken, MAX_TOKEN_LIFETIME, Subject};
pub use api_key::{ApiKey, ApiKeyRefusal, NewApiKey, is_api_key};
pub use cleanup::delete_expired;
pub use device_secret::DeviceSecret;
pub use error::{InvalidToken, TokensError};
pub use grant::{
    Authentication, CodePayload, CodeRefusal, Grant, Granting, NewGrant, Redemption, RefreshIssue, Revocation, Rotation,
};
pub use jwt::{Expected, Expiry, TokenType, UnverifiedJwt, VerifiedClaims};
pub use key_pool::KeyPool;
pub use keys::{ANNOUNCE_WINDOW, KeyInfo, KeyRotation, KeyState, Keys};
pub use latchkey_jose::left_half_hash;
pub use master_key::{MasterKey, MasterKeyError};
pub use proof_nonce::ProofNonces;
pub use session_client::{LogoutNotice, SessionClient};
pub use tokens::Tokens;
pub use user_grants::GrantedClient;

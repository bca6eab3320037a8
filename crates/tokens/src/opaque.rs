//! Opaque access tokens: claims sealed under a key of this installation, so that issuing one writes no row.
//!
//! `lkat_` and base64url of `salt(16) || ciphertext || tag(16)`, AES-256-GCM. Each token has a key of its own, an HMAC
//! of the tenant and the salt, so the nonce may be fixed and no number of tokens wears the key out. The prefix lets a
//! secret scanner recognize a token that was leaked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{Rng, Secret, TenantId, hmac_sha256};
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use zeroize::Zeroizing;

use crate::TokensError;
use crate::access_token::AccessTokenClaims;
use crate::master_key::MasterKey;

const PREFIX: &str = "lkat_";
const SALT_BYTES: usize = 16;
const TAG_BYTES: usize = 16;
/// The key is used for one message.
const NONCE: [u8; 12] = [0; 12];

/// Seals and opens the opaque tokens of all tenants.
#[derive(Clone)]
pub(crate) struct Sealer(Secret<[u8; 32]>);

impl Sealer {
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(master.derive("opaque access tokens"))
    }

    pub(crate) fn seal(
        &self,
        tenant: &TenantId,
        claims: &AccessTokenClaims,
        rng: &Rng,
    ) -> Result<Secret<String>, TokensError> {
        let clear = serde_json::to_vec(claims).map_err(TokensError::Claims)?;
        let salt = rng.bytes::<SALT_BYTES>();
        let key = self.token_key(tenant, &salt);
        let mut tag = [0_u8; TAG_BYTES];
        let sealed =
            encrypt_aead(Cipher::aes_256_gcm(), key.as_slice(), Some(&NONCE), PREFIX.as_bytes(), &clear, &mut tag)?;
        let text = URL_SAFE_NO_PAD.encode([salt.as_slice(), &sealed, &tag].concat());
        Ok(Secret::new(format!("{PREFIX}{text}")))
    }

    /// The claims of a token that this tenant issued; they may be expired or revoked.
    pub(crate) fn open(&self, tenant: &TenantId, token: &str) -> Option<AccessTokenClaims> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (salt, rest) = bytes.split_at_checked(SALT_BYTES)?;
        let (sealed, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_BYTES)?)?;
        let key = self.token_key(tenant, salt);
        let aad = PREFIX.as_bytes();
        let clear = decrypt_aead(Cipher::aes_256_gcm(), key.as_slice(), Some(&NONCE), aad, sealed, tag).ok()?;
        serde_json::from_slice(&clear).ok()
    }

    fn token_key(&self, tenant: &TenantId, salt: &[u8]) -> Zeroizing<[u8; 32]> {
        let message = [tenant.as_str().as_bytes(), b"|", salt].concat();
        Zeroizing::new(hmac_sha256(self.0.expose(), &message))
    }
}

/// Whether the text has the form of an opaque token, which no JWT has.
pub(crate) fn is_opaque(token: &str) -> bool {
    token.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use latchkey_core::UtcTime;
    use latchkey_protocol::Scope;

    use super::*;

    fn claims() -> AccessTokenClaims {
        AccessTokenClaims {
            iss: "https://id.example/t/a".to_owned(),
            sub: "machine".to_owned(),
            aud: vec!["https://api.example".to_owned()],
            client_id: "machine".parse().expect("a client id"),
            iat: 1,
            exp: 301,
            jti: "unique".to_owned(),
            scope: Scope::parse("read").expect("a scope"),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            cnf: None,
            act: None,
            authorization_details: None,
            added: serde_json::Map::new(),
        }
    }

    #[test]
    fn a_token_opens_in_its_tenant_only_and_no_changed_bit_passes() {
        let rng = Rng::seeded(7);
        let master = MasterKey::parse(&Secret::new("ab".repeat(32))).expect("a key");
        let sealer = Sealer::new(&master);
        let tenants = [1, 2].map(|second| TenantId::generate(UtcTime::from_unix_seconds(second), &rng));
        let token = sealer.seal(&tenants[0], &claims(), &rng).expect("sealed");
        assert_eq!(sealer.open(&tenants[0], token.expose()).expect("opens").jti, "unique");
        assert!(sealer.open(&tenants[1], token.expose()).is_none());

        let body = token.expose().strip_prefix(PREFIX).expect("the prefix");
        let bytes = URL_SAFE_NO_PAD.decode(body).expect("base64url");
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(changed));
            assert!(sealer.open(&tenants[0], &changed).is_none(), "bit {bit}");
        }
        for junk in ["", "lkat_", "lkat_AAAA", "lkat_!", body] {
            assert!(sealer.open(&tenants[0], junk).is_none(), "{junk}");
        }
    }

    #[test]
    fn two_tokens_with_the_same_claims_differ() {
        let rng = Rng::seeded(8);
        let sealer = Sealer::new(&MasterKey::parse(&Secret::new("cd".repeat(32))).expect("a key"));
        let tenant = TenantId::generate(UtcTime::from_unix_seconds(1), &rng);
        let token = || sealer.seal(&tenant, &claims(), &rng).expect("sealed").expose().clone();
        assert_ne!(token(), token());
    }
}

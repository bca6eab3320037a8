//! The refresh token: `{grant id}.{generation}.{secret}`.
//!
//! The secret is 32 bytes that only the holder knows, and 16 bytes of a MAC over grant, generation and those 32, under
//! a random key of the grant's row. One row per grant is updated in place: it holds the hash of the live token and of
//! the one before, so an older token cannot be compared with anything. The MAC is what tells a replayed token of any
//! age from an invented one. Without it, whoever reads a grant id in the `jti` of an access token (every resource
//! server does) could end the family by sending `{grant id}.0.x`.
//!
//! The next secret is an HMAC of the present one and a nonce of the row, so a client that lost the answer gets the very
//! same successor again within the grace window, although the server keeps hashes only: reading the database
//! gives no usable token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{GrantId, Rng, Secret, TokenHash, constant_time_eq, hmac_sha256};
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 32;
const MAC_BYTES: usize = 16;
/// 48 bytes fill 64 characters without a spare bit, so each token has one spelling.
const SECRET_CHARACTERS: usize = 64;

/// The key of a grant's MACs, as its row holds it.
#[derive(Clone)]
pub(crate) struct FamilyKey(Zeroizing<[u8; 32]>);

impl FamilyKey {
    pub(crate) fn generate(rng: &Rng) -> Self {
        Self(Zeroizing::new(rng.bytes::<32>()))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    pub(crate) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_slice())
    }
}

/// A refresh token taken apart; [`RefreshToken::is_genuine`] says whether it was ever issued.
#[derive(Clone)]
pub(crate) struct RefreshToken {
    grant_id: GrantId,
    generation: i32,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    mac: [u8; MAC_BYTES],
}

impl RefreshToken {
    /// The first token of a family.
    pub(crate) fn first(grant_id: GrantId, family: &FamilyKey, rng: &Rng) -> Self {
        Self::sealed(grant_id, 0, Zeroizing::new(rng.bytes::<SECRET_BYTES>()), family)
    }

    /// Takes a token apart; `None` unless it is spelled exactly as one that is issued.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (grant_id, generation, secret) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || secret.len() != SECRET_CHARACTERS {
            return None;
        }
        let number: i32 = generation.parse().ok()?;
        if number < 0 || number.to_string() != generation {
            return None;
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(secret).ok()?);
        let (secret, mac) = bytes.split_at_checked(SECRET_BYTES)?;
        Some(Self {
            grant_id: grant_id.parse().ok()?,
            generation: number,
            secret: Zeroizing::new(secret.try_into().ok()?),
            mac: mac.try_into().ok()?,
        })
    }

    pub(crate) fn grant_id(&self) -> &GrantId {
        &self.grant_id
    }

    pub(crate) fn generation(&self) -> i32 {
        self.generation
    }

    /// Whether this family issued it, in whatever generation.
    pub(crate) fn is_genuine(&self, family: &FamilyKey) -> bool {
        constant_time_eq(&self.mac, &mac(&self.grant_id, self.generation, &self.secret, family))
    }

    /// The token that follows; the same one each time for the same nonce. `None` after two billion generations.
    pub(crate) fn next(&self, nonce: &str, family: &FamilyKey) -> Option<Self> {
        let message = format!("latchkey refresh token rotation|{nonce}");
        let secret = Zeroizing::new(hmac_sha256(self.secret.as_slice(), message.as_bytes()));
        Some(Self::sealed(self.grant_id.clone(), self.generation.checked_add(1)?, secret, family))
    }

    pub(crate) fn to_text(&self) -> Secret<String> {
        let bytes = Zeroizing::new([self.secret.as_slice(), &self.mac].concat());
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()));
        Secret::new(format!("{}.{}.{}", self.grant_id, self.generation, secret.as_str()))
    }

    /// What the row holds of it.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(self.to_text().expose())
    }

    fn sealed(grant_id: GrantId, generation: i32, secret: Zeroizing<[u8; 32]>, family: &FamilyKey) -> Self {
        let mac = mac(&grant_id, generation, &secret, family);
        Self { grant_id, generation, secret, mac }
    }
}

fn mac(grant_id: &GrantId, generation: i32, secret: &[u8; SECRET_BYTES], family: &FamilyKey) -> [u8; MAC_BYTES] {
    let name = format!("{grant_id}|{generation}|");
    let message = Zeroizing::new([name.as_bytes(), secret.as_slice()].concat());
    let full = hmac_sha256(family.0.as_slice(), &message);
    let mut short = [0; MAC_BYTES];
    short.iter_mut().zip(full).for_each(|(slot, byte)| *slot = byte);
    short
}

#[cfg(test)]
mod tests {
    use latchkey_core::Rng;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_a_token_has_one_spelling(
            text in "\\PC{0,120}|grt_[0-9a-f]{32}\\.[0-9+-]{1,11}\\.[A-Za-z0-9_=-]{63,65}"
        ) {
            if let Some(token) = RefreshToken::parse(&text) {
                let secret = token.secret.iter().chain(&token.mac).copied().collect::<Vec<_>>();
                let spelled = format!("{}.{}.{}", token.grant_id, token.generation, URL_SAFE_NO_PAD.encode(secret));
                prop_assert_eq!(spelled, text);
                prop_assert!(!token.is_genuine(&FamilyKey::generate(&Rng::seeded(1))));
            }
        }
    }
}

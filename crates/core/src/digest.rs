//! SHA-256, HMAC and comparison in constant time, all by OpenSSL or `subtle`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    // The low-level digests do not do it themselves. Left to itself, OpenSSL registers an exit handler that frees its
    // state under the feet of threads that still use it; this once-only call keeps it from doing so.
    openssl::init();
    openssl::sha::sha256(bytes)
}

/// HMAC-SHA-256 (RFC 2104) of `message` under `key`.
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    openssl::init();
    let mut block = [0_u8; BLOCK];
    let digest;
    let key = if key.len() > BLOCK {
        digest = sha256(key);
        digest.as_slice()
    } else {
        key
    };
    block.iter_mut().zip(key).for_each(|(slot, byte)| *slot = *byte);

    let mut inner = openssl::sha::Sha256::new();
    inner.update(&block.map(|byte| byte ^ 0x36));
    inner.update(message);
    let mut outer = openssl::sha::Sha256::new();
    outer.update(&block.map(|byte| byte ^ 0x5c));
    outer.update(&inner.finish());
    outer.finish()
}

/// Whether both are the same bytes, in a time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// SHA-256 of a random 256-bit token: what is stored instead of the token.
#[derive(Clone, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct TokenHash(String);

impl TokenHash {
    /// The hash of `token` as 43 base64url characters.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(sha256(token.as_bytes())))
    }

    /// The hash as text, for keys of the short-lived store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a hash that `latchkey export` wrote; `None` unless it is 43 base64url characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

crate::text_column!(TokenHash);

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn hmac_matches_rfc_4231_test_cases_1_2_and_6() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, message, expected) in cases {
            assert_eq!(hex(&hmac_sha256(key, message)), expected);
        }
    }

    #[test]
    fn a_hash_round_trips_through_its_text() {
        let hash = TokenHash::of("token");
        assert_eq!(TokenHash::parse(hash.as_str()), Some(hash));
        assert_eq!(TokenHash::parse("short"), None);
    }
}

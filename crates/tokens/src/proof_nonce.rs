//! Nonces for DPoP proofs, [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8): a time under a MAC, so that
//! no node has to remember what another gave out.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::{Secret, TenantId, UtcTime, constant_time_eq, hmac_sha256};

use crate::master_key::MasterKey;

/// A nonce is replaced after so long, and accepted for twice as long.
const STEP: Duration = Duration::from_secs(150);
const TIME_BYTES: usize = 8;

/// Makes and recognizes nonces. Clones share the key.
#[derive(Clone)]
pub struct ProofNonces(Secret<[u8; 32]>);

impl ProofNonces {
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(master.derive("DPoP nonces"))
    }

    /// The nonce of this tenant to be used from now on.
    #[must_use]
    pub fn issue(&self, tenant: &TenantId, now: UtcTime) -> String {
        self.at_step(tenant, step_of(now))
    }

    /// Whether this tenant gave it out within the last five minutes.
    #[must_use]
    pub fn accepts(&self, tenant: &TenantId, nonce: &str, now: UtcTime) -> bool {
        let step = step_of(now);
        [step, step.saturating_sub(1)]
            .iter()
            .any(|step| constant_time_eq(self.at_step(tenant, *step).as_bytes(), nonce.as_bytes()))
    }

    fn at_step(&self, tenant: &TenantId, step: i64) -> String {
        let time: [u8; TIME_BYTES] = step.to_be_bytes();
        let message = [time.as_slice(), tenant.as_str().as_bytes()].concat();
        URL_SAFE_NO_PAD.encode([time.as_slice(), &hmac_sha256(self.0.expose(), &message)].concat())
    }
}

fn step_of(now: UtcTime) -> i64 {
    let length = i64::try_from(STEP.as_secs()).unwrap_or(i64::MAX);
    now.unix_seconds().div_euclid(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_core::Rng;

    #[test]
    fn a_nonce_is_good_for_a_few_minutes_and_for_its_tenant_only() {
        let master = MasterKey::parse(&Secret::from("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=")).expect("a key");
        let nonces = ProofNonces::new(&master);
        let (rng, now) = (Rng::seeded(1), UtcTime::from_unix_seconds(1_800_000_000));
        let (one, other) = (TenantId::generate(now, &rng), TenantId::generate(now, &rng));
        let nonce = nonces.issue(&one, now);
        assert!(nonces.accepts(&one, &nonce, now));
        assert!(nonces.accepts(&one, &nonce, now.plus(Duration::from_secs(150))));
        assert!(!nonces.accepts(&one, &nonce, now.plus(Duration::from_secs(301))));
        assert!(!nonces.accepts(&other, &nonce, now));
        for invented in ["", "AAAA", &nonce.to_lowercase(), &nonce[1..]] {
            assert!(!nonces.accepts(&one, invented, now), "{invented}");
        }
    }
}

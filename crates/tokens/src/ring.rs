//! The keys of one tenant as a node holds them for a few seconds.

use std::sync::Arc;
use std::time::Instant;

use latchkey_core::{KeyId, UtcTime};
use latchkey_jose::{PublicJwk, RegisteredPrivateKey, RegisteredPublicKey};
use latchkey_protocol::{KeyManagementAlgorithm, SigningAlgorithm};
use serde::Serialize;

use crate::jwt::Expiry;
use crate::keys::{EncryptionKey, KeyInfo, KeyState};

/// A key with its parsed parts; only an active one has the private part.
pub(crate) struct RingKey {
    pub info: KeyInfo,
    pub jwk: PublicJwk,
    pub public: Arc<RegisteredPublicKey>,
    pub private: Option<Arc<RegisteredPrivateKey>>,
}

/// Every key that was ever used, and what is published of them now.
pub(crate) struct Ring {
    keys: Vec<Arc<RingKey>>,
    encryption: Vec<EncryptionKey>,
    jwks: Arc<str>,
    /// When the first of the retiring keys has to go.
    good_until: Option<UtcTime>,
    loaded_at: Instant,
}

#[derive(Serialize)]
struct JwkSet<'a> {
    keys: Vec<PublishedJwk<'a>>,
}

#[derive(Serialize)]
struct PublishedJwk<'a> {
    #[serde(flatten)]
    key: &'a PublicJwk,
    kid: &'a str,
    r#use: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'static str>,
}

impl Ring {
    pub(crate) fn new(keys: Vec<Arc<RingKey>>, encryption: Vec<EncryptionKey>) -> Result<Self, serde_json::Error> {
        let published = keys.iter().filter(|key| key.info.state != KeyState::Retired).map(|key| PublishedJwk {
            key: &key.jwk,
            kid: key.info.kid.as_str(),
            r#use: "sig",
            alg: Some(key.info.alg.as_str()),
        });
        let encrypted_for = encryption.iter().map(|key| PublishedJwk {
            key: &key.jwk,
            kid: key.kid.as_str(),
            r#use: "enc",
            alg: key.published_alg(),
        });
        let published = published.chain(encrypted_for);
        let jwks = serde_json::to_string(&JwkSet { keys: published.collect() })?;
        let good_until =
            keys.iter().filter(|key| key.info.state == KeyState::Retiring).filter_map(|key| key.info.retire_at).min();
        Ok(Self { keys, encryption, jwks: jwks.into(), good_until, loaded_at: Instant::now() })
    }

    pub(crate) fn active(&self, alg: SigningAlgorithm) -> Option<&Arc<RingKey>> {
        self.keys.iter().find(|key| key.info.state == KeyState::Active && key.info.alg == alg)
    }

    /// A key that may have signed something that is still good. A retired one only did when expiry is ignored: a hint
    /// may be as old as its user's last visit.
    pub(crate) fn verifying(&self, kid: &KeyId, expiry: Expiry) -> Option<&Arc<RingKey>> {
        self.keys.iter().find(|key| key.info.kid == *kid && may_have_signed(key.info.state, expiry))
    }

    pub(crate) fn encryption_key(&self, alg: KeyManagementAlgorithm) -> Option<&EncryptionKey> {
        self.encryption.iter().find(|key| key.alg == alg)
    }

    pub(crate) fn encryption_keys(&self) -> &[EncryptionKey] {
        &self.encryption
    }

    pub(crate) fn active_algorithms(&self) -> Vec<SigningAlgorithm> {
        self.keys.iter().filter(|key| key.info.state == KeyState::Active).map(|key| key.info.alg).collect()
    }

    pub(crate) fn jwks(&self) -> Arc<str> {
        Arc::clone(&self.jwks)
    }

    pub(crate) fn is_good_at(&self, now: UtcTime) -> bool {
        self.good_until.is_none_or(|until| now < until)
    }

    pub(crate) fn loaded_at(&self) -> Instant {
        self.loaded_at
    }
}

fn may_have_signed(state: KeyState, expiry: Expiry) -> bool {
    match state {
        // Another node may have promoted an announced one a moment ago.
        KeyState::Announced | KeyState::Active | KeyState::Retiring => true,
        KeyState::Retired => expiry == Expiry::Ignored,
    }
}

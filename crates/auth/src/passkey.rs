//! Passkeys: public-key credentials of [Web Authentication](https://www.w3.org/TR/webauthn-3/), which a device or a
//! password manager keeps for the user.
//!
//! The protocol is checked by `webauthn-rs-core`; here is what a tenant makes of it.

mod ceremony;
mod makes;
mod passkey_store;
mod relying_party;

use std::fmt;

use latchkey_core::{FactorId, TenantId, UserId, sha256};
use serde::{Deserialize, Serialize};
use webauthn_rs_core::proto::Credential;

use crate::acr::{AMR_HARDWARE_KEY, AMR_KEY, AMR_SOFTWARE_KEY, AMR_USER_PRESENCE};

pub use passkey_store::{Passkey, delete_all};
pub use relying_party::RelyingParty;

pub(crate) use ceremony::{
    Ceremony, Registered, credential_id_of, finish_authentication, finish_registration, start_authentication,
    start_registration,
};
pub(crate) use makes::name_of as name_of_make;
pub(crate) use passkey_store::{
    KeptPasskey, NewPasskey, count_passkeys, delete_passkey, find_passkey, has_credential, insert_passkey, is_good,
    list_credentials, list_passkeys, offer_is_due, put_off_offer, record_use, rename_passkey, suspect,
};

/// A passkey that was used just now; made by nothing but the check of its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProvedPasskey {
    pub(crate) id: FactorId,
    /// Whether the authenticator recognized its user.
    pub(crate) user_verified: bool,
    pub(crate) keeper: Keeper,
}

/// What is known of where the key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Keeper {
    /// Hardware of a make that was proved, and the key does not leave it.
    Hardware,
    /// The key may be on several devices.
    Software,
    /// Only that the browser says so.
    Unknown,
}

/// Why a passkey was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyRefusal {
    /// Unknown here, forged, made for another page, or too late: the reason is told to nobody.
    Wrong,
    /// The authenticator did not recognize its user, and the tenant insists.
    NotVerified,
    /// Its counter went back, now or before: there may be a copy of it.
    Suspected,
    /// It is of no make that the tenant allows; only when it is made.
    MakeNotAllowed,
    /// The user has it already, or has as many as may be; only when it is made.
    NoRoom,
}

/// What the script of a page hands to the browser: JSON.
#[derive(Clone, Debug)]
pub struct PasskeyOptions(String);

impl PasskeyOptions {
    pub(crate) fn new(options: &serde_json::Value) -> Self {
        Self(without_nulls(options).to_string())
    }

    /// The members `publicKey` of `CredentialCreationOptions` or `CredentialRequestOptions`, binary values in base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A browser takes `null` for a member that is there.
fn without_nulls(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(members) => {
            let there = members.iter().filter(|(_, value)| !value.is_null());
            there.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        other => other.clone(),
    }
}

impl ProvedPasskey {
    /// The methods, RFC 8176 §2, without the one that says that there were several factors.
    pub(crate) fn methods(&self) -> Vec<&'static str> {
        let key = match self.keeper {
            Keeper::Hardware => AMR_HARDWARE_KEY,
            Keeper::Software => AMR_SOFTWARE_KEY,
            Keeper::Unknown => AMR_KEY,
        };
        vec![key, AMR_USER_PRESENCE]
    }

    pub(crate) fn amr(&self) -> Vec<String> {
        self.methods().into_iter().map(str::to_owned).collect()
    }
}

impl Keeper {
    pub(crate) fn of(credential: &Credential, attested: bool) -> Self {
        match (credential.backup_eligible, attested) {
            (true, _) => Self::Software,
            (false, true) => Self::Hardware,
            (false, false) => Self::Unknown,
        }
    }
}

/// The user handle: it says nothing of the user, and differs between tenants, which may share a host.
pub(crate) fn user_handle(tenant: &TenantId, user: &UserId) -> [u8; 32] {
    sha256(format!("passkey user\n{tenant}\n{user}").as_bytes())
}

impl fmt::Display for PasskeyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wrong => "wrong",
            Self::NotVerified => "user not verified",
            Self::Suspected => "counter went back",
            Self::MakeNotAllowed => "make not allowed",
            Self::NoRoom => "no room",
        })
    }
}

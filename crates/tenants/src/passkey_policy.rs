//! What passkeys are good for at a tenant, and which of them.

use openssl::x509::X509;
use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::defaults::{is_default, is_true};

const MEMBER: &str = "passkeys";
const MAX_AUTHENTICATORS: usize = 200;
const MAX_ROOTS: usize = 50;
const MAX_ROOT_BYTES: usize = 16 * 1024;
const MAX_OFFER_DAYS: u16 = 365;
const OFFER_DAYS: u16 = 30;

/// What a passkey may stand for, the least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyUse {
    /// For nothing: there are none.
    Off,
    /// For the second factor, after a password.
    SecondFactor,
    /// For the whole sign-in; also for the second factor.
    #[default]
    FirstFactor,
}

/// Whether the authenticator has to recognize its user, by a fingerprint or a PIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserVerification {
    /// Otherwise the passkey is refused.
    #[default]
    Required,
    /// Otherwise the passkey is one factor, not two.
    Preferred,
}

/// Whether the authenticator has to show of which make it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyAttestation {
    /// It is not asked.
    #[default]
    None,
    /// By a certificate of one of the roots, and it must be one of the list.
    Direct,
}

/// Which passkeys a tenant takes; every member has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasskeyPolicy {
    /// What a passkey may stand for.
    #[serde(rename = "use", skip_serializing_if = "is_default")]
    pub purpose: PasskeyUse,
    /// Whether the authenticator has to recognize its user.
    #[serde(skip_serializing_if = "is_default")]
    pub user_verification: UserVerification,
    /// Whether the authenticator has to show of which make it is.
    #[serde(skip_serializing_if = "is_default")]
    pub attestation: PasskeyAttestation,
    /// The AAGUIDs of the makes that are allowed; with `direct` alone, because nothing else proves them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authenticators: Vec<String>,
    /// Certificates (PEM) of the authorities that vouch for those makes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attestation_roots: Vec<String>,
    /// Whether people are offered to make one after they typed a password.
    #[serde(skip_serializing_if = "is_true")]
    pub offer: bool,
    /// For how many days "Not now" is remembered.
    #[serde(skip_serializing_if = "is_thirty")]
    pub offer_again_days: u16,
}

impl Default for PasskeyPolicy {
    fn default() -> Self {
        Self {
            purpose: PasskeyUse::default(),
            user_verification: UserVerification::default(),
            attestation: PasskeyAttestation::default(),
            authenticators: Vec::new(),
            attestation_roots: Vec::new(),
            offer: true,
            offer_again_days: OFFER_DAYS,
        }
    }
}

impl PasskeyPolicy {
    /// Whether people are offered to make one after they signed in otherwise.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.offer && self.purpose == PasskeyUse::FirstFactor
    }

    /// Checks the bounds of every member.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        if self.authenticators.len() > MAX_AUTHENTICATORS || !self.authenticators.iter().all(|text| is_aaguid(text)) {
            return Err(invalid(format!(
                "authenticators must be at most {MAX_AUTHENTICATORS} AAGUIDs, each 32 hexadecimal digits in five groups"
            )));
        }
        let is_root = |pem: &String| {
            pem.len() <= MAX_ROOT_BYTES && X509::stack_from_pem(pem.as_bytes()).is_ok_and(|stack| !stack.is_empty())
        };
        if self.attestation_roots.len() > MAX_ROOTS || !self.attestation_roots.iter().all(is_root) {
            return Err(invalid(format!("attestation_roots must be at most {MAX_ROOTS} texts of certificates in PEM")));
        }
        let lists = [self.authenticators.is_empty(), self.attestation_roots.is_empty()];
        match self.attestation {
            PasskeyAttestation::None if lists != [true, true] => {
                Err(invalid("authenticators and attestation_roots prove something with attestation: direct only"))
            }
            PasskeyAttestation::Direct if lists != [false, false] => {
                Err(invalid("attestation: direct needs authenticators, and attestation_roots that vouch for them"))
            }
            _ if self.offer_again_days > MAX_OFFER_DAYS => {
                Err(invalid(format!("offer_again_days must be at most {MAX_OFFER_DAYS}")))
            }
            _ => Ok(()),
        }
    }
}

/// FIDO writes it as a UUID is written.
fn is_aaguid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn invalid(reason: impl Into<std::borrow::Cow<'static, str>>) -> InvalidMember {
    InvalidMember::new(MEMBER, reason)
}

fn is_thirty(days: &u16) -> bool {
    *days == OFFER_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    const AAGUID: &str = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

    fn refused(policy: &PasskeyPolicy) -> bool {
        policy.validate().is_err_and(|error| error.member == MEMBER)
    }

    #[test]
    fn a_list_of_makes_that_nothing_proves_is_refused() {
        let listed = PasskeyPolicy { authenticators: vec![AAGUID.to_owned()], ..PasskeyPolicy::default() };
        assert!(refused(&listed));
        let direct = PasskeyPolicy { attestation: PasskeyAttestation::Direct, ..listed };
        assert!(refused(&direct), "without roots anybody could say to be that make");
        assert!(refused(&PasskeyPolicy { authenticators: Vec::new(), ..direct }));
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        for wrong in ["", "2fc0579f", "2fc0579f-8113-47ea-b116-bb5a8db9202g", "2fc0579f811347eab116bb5a8db9202a"] {
            assert!(refused(&PasskeyPolicy { authenticators: vec![wrong.to_owned()], ..PasskeyPolicy::default() }));
        }
        assert!(refused(&PasskeyPolicy { attestation_roots: vec!["x".to_owned()], ..PasskeyPolicy::default() }));
        assert!(refused(&PasskeyPolicy { offer_again_days: 366, ..PasskeyPolicy::default() }));
    }

    #[test]
    fn what_is_the_default_is_good_and_not_written() {
        assert_eq!(PasskeyPolicy::default().validate(), Ok(()));
        assert_eq!(serde_json::to_value(PasskeyPolicy::default()).expect("serializes"), serde_json::json!({}));
        let read: PasskeyPolicy = serde_json::from_value(serde_json::json!({ "use": "second_factor" })).expect("reads");
        assert_eq!(read.purpose, PasskeyUse::SecondFactor);
    }
}

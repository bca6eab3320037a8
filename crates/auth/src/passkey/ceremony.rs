//! The two ceremonies of Web Authentication §7: a passkey is made, a passkey is used.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_tenants::{PasskeyAttestation, PasskeyPolicy, PasskeyUse, UserVerification};
use serde::{Deserialize, Serialize};
use serde_cbor_2::Value as Cbor;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::internals::AuthenticatorData;
use webauthn_rs_core::proto::{
    AttestationCaList, AttestationCaListBuilder, AttestationConveyancePreference, AttestationMetadata,
    AuthenticationResult, AuthenticationState, Credential, CredentialID, PublicKeyCredential,
    RegisterPublicKeyCredential, Registration, RegistrationState, UserVerificationPolicy,
};

use super::{PasskeyRefusal, RelyingParty};
use crate::AuthError;

/// What is kept while the browser asks its user, and what it was told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ceremony<S> {
    pub(crate) options: Value,
    pub(crate) state: S,
}

/// A passkey that was made.
pub(crate) struct Registered {
    pub(crate) credential: Credential,
    pub(crate) aaguid: Option<Uuid>,
    /// Whether the AAGUID was proved.
    pub(crate) attested: bool,
}

/// Web Authentication §7.1 up to step 3; `names` are what the authenticator shows: who, and who in full.
pub(crate) fn start_registration(
    party: &RelyingParty,
    policy: &PasskeyPolicy,
    (handle, names): (&[u8], (&str, &str)),
    known: Vec<CredentialID>,
) -> Result<Ceremony<RegistrationState>, AuthError> {
    let core = party.core();
    let attestation = match policy.attestation {
        PasskeyAttestation::None => AttestationConveyancePreference::None,
        PasskeyAttestation::Direct => AttestationConveyancePreference::Direct,
    };
    let builder = core
        .new_challenge_register_builder(handle, names.0, names.1)?
        .attestation(attestation)
        .user_verification_policy(verification(policy))
        // Without a name only a key that its authenticator lists can be found.
        .require_resident_key(policy.purpose == PasskeyUse::FirstFactor)
        .exclude_credentials(Some(known));
    let (challenge, state) = core.generate_challenge_register(builder)?;
    Ok(Ceremony { options: serde_json::to_value(&challenge).map_err(AuthError::passkey)?, state })
}

/// Web Authentication §7.1 from step 5 on.
pub(crate) fn finish_registration(
    party: &RelyingParty,
    policy: &PasskeyPolicy,
    state: &RegistrationState,
    response: &str,
) -> Result<Result<Registered, PasskeyRefusal>, AuthError> {
    let Ok(response) = serde_json::from_str::<RegisterPublicKeyCredential>(response) else {
        return Ok(Err(PasskeyRefusal::Wrong));
    };
    let roots = match policy.attestation {
        PasskeyAttestation::None => None,
        PasskeyAttestation::Direct => Some(roots(policy)?),
    };
    let credential = match party.core().register_credential(&response, state, roots.as_ref()) {
        Ok(credential) => credential,
        Err(error) => return Ok(Err(refusal(&error, policy))),
    };
    if policy.user_verification == UserVerification::Required && !credential.user_verified {
        return Ok(Err(PasskeyRefusal::NotVerified));
    }
    let attested = roots.is_some();
    let aaguid = match (&credential.attestation.metadata, attested) {
        (AttestationMetadata::Packed { aaguid } | AttestationMetadata::Tpm { aaguid, .. }, true) => Some(*aaguid),
        _ => claimed_aaguid(&response),
    };
    // The library has checked it against its own list; here it is checked against today's.
    if attested && !aaguid.is_some_and(|aaguid| is_allowed(policy, aaguid)) {
        return Ok(Err(PasskeyRefusal::MakeNotAllowed));
    }
    Ok(Ok(Registered { credential, aaguid: aaguid.filter(|aaguid| !aaguid.is_nil()), attested }))
}

/// Web Authentication §7.2 up to step 3; without credentials the authenticator looks for its own.
pub(crate) fn start_authentication(
    party: &RelyingParty,
    policy: &PasskeyPolicy,
    credentials: Vec<Credential>,
) -> Result<Ceremony<AuthenticationState>, AuthError> {
    let core = party.core();
    let builder = core
        .new_challenge_authenticate_builder(credentials, Some(verification(policy)))?
        // A keeper may learn to copy keys later on; not where it had to show that it does not.
        .allow_backup_eligible_upgrade(policy.attestation == PasskeyAttestation::None);
    let (challenge, state) = core.generate_challenge_authenticate(builder)?;
    let mut options = serde_json::to_value(&challenge).map_err(AuthError::passkey)?;
    // The page says whether the browser asks by itself.
    if let Some(members) = options.as_object_mut() {
        members.remove("mediation");
    }
    Ok(Ceremony { options, state })
}

/// The credential that an answer names, base64url; `None` when the answer is none.
pub(crate) fn credential_id_of(response: &str) -> Option<String> {
    let response: PublicKeyCredential = serde_json::from_str(response).ok()?;
    Some(URL_SAFE_NO_PAD.encode(response.get_credential_id()))
}

/// Web Authentication §7.2 from step 5 on, with the credential as it is stored.
pub(crate) fn finish_authentication(
    party: &RelyingParty,
    policy: &PasskeyPolicy,
    (mut state, credential, handle): (AuthenticationState, Credential, &[u8]),
    response: &str,
) -> Result<AuthenticationResult, PasskeyRefusal> {
    let response: PublicKeyCredential = serde_json::from_str(response).map_err(|_| PasskeyRefusal::Wrong)?;
    // Step 6: whoever names no user has to name it by the handle.
    if response.get_user_unique_id().is_some_and(|unverified| unverified != handle) {
        return Err(PasskeyRefusal::Wrong);
    }
    state.set_allowed_credentials(vec![credential]);
    let checked = party.core().authenticate_credential(&response, &state);
    let result = checked.map_err(|error| refusal(&error, policy))?;
    // The tenant may have become stricter since the page was shown.
    if policy.user_verification == UserVerification::Required && !result.user_verified() {
        return Err(PasskeyRefusal::NotVerified);
    }
    Ok(result)
}

fn verification(policy: &PasskeyPolicy) -> UserVerificationPolicy {
    match policy.user_verification {
        UserVerification::Required => UserVerificationPolicy::Required,
        UserVerification::Preferred => UserVerificationPolicy::Preferred,
    }
}

fn refusal(error: &WebauthnError, policy: &PasskeyPolicy) -> PasskeyRefusal {
    tracing::debug!(%error, "a passkey was refused");
    match error {
        WebauthnError::CredentialPossibleCompromise => PasskeyRefusal::Suspected,
        WebauthnError::UserNotVerified => PasskeyRefusal::NotVerified,
        WebauthnError::AttestationUntrustedAaguid
        | WebauthnError::AttestationChainNotTrusted(_)
        | WebauthnError::AttestationNotVerifiable
        | WebauthnError::AttestationNotSupported
        | WebauthnError::AttestationLeafCertMissing
        | WebauthnError::AttestationFormatMissingAaguid
        | WebauthnError::AttestationTrustFailure
        | WebauthnError::AttestationCertificateRequirementsNotMet
            if policy.attestation == PasskeyAttestation::Direct =>
        {
            PasskeyRefusal::MakeNotAllowed
        }
        _ => PasskeyRefusal::Wrong,
    }
}

/// Every root vouches for every make of the list: which of them belong together is for the roots to know.
fn roots(policy: &PasskeyPolicy) -> Result<AttestationCaList, AuthError> {
    let mut builder = AttestationCaListBuilder::new();
    for pem in &policy.attestation_roots {
        for root in openssl::x509::X509::stack_from_pem(pem.as_bytes())? {
            for aaguid in policy.authenticators.iter().filter_map(|text| Uuid::parse_str(text).ok()) {
                builder.insert_device_x509(root.clone(), aaguid, aaguid.to_string(), BTreeMap::new())?;
            }
        }
    }
    Ok(builder.build())
}

fn is_allowed(policy: &PasskeyPolicy, aaguid: Uuid) -> bool {
    policy.authenticators.iter().any(|text| Uuid::parse_str(text).is_ok_and(|allowed| allowed == aaguid))
}

/// What the authenticator says to be, Web Authentication §6.5.1; for the name alone.
fn claimed_aaguid(response: &RegisterPublicKeyCredential) -> Option<Uuid> {
    let object: Cbor = serde_cbor_2::from_slice(response.response.attestation_object.as_ref()).ok()?;
    let Cbor::Map(members) = object else { return None };
    let Some(Cbor::Bytes(unverified)) = members.get(&Cbor::Text("authData".to_owned())) else { return None };
    let data: AuthenticatorData<Registration> = unverified.as_slice().try_into().ok()?;
    data.acd.and_then(|attested| Uuid::from_slice(&attested.aaguid).ok())
}

//! Passkeys are made, named and taken away by their user.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::QueryResult;
use latchkey_audit::EventKind;
use latchkey_core::{FactorId, Secret, TenantId, TokenHash, UserId, UtcTime};
use latchkey_mail::messages::CredentialChange;
use latchkey_storage::DbConnection;
use latchkey_tenants::{PasskeyUse, SecondFactorKind, Tenant};
use webauthn_rs_core::proto::RegistrationState;

use super::SignIn;
use super::own_factors::{OwnAccount, OwnChange, OwnFactors};
use super::passkey::{Purpose, challenge_key};
use super::proof::Proof;
use super::second_factor::SecondFactorStep;
use crate::passkey::{self, Ceremony, NewPasskey, Passkey, Registered, user_handle};
use crate::second_factor::{self, RECOVERY_CODES};
use crate::{
    AuthError, Author, Interaction, Origin, PasskeyOptions, PasskeyRefusal, RecoveryCode, RelyingParty, User,
    interaction, user_store,
};

/// Passkeys that one user may have.
const MAX_PASSKEYS: usize = 20;
const MAX_NAME_CHARS: usize = 60;
const NAME: &str = "Passkey";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Who may make a passkey now; got by nothing but the proof of it.
#[derive(Clone, Copy, Debug)]
pub enum PasskeyOwner<'a> {
    /// A user who looks after the own account, or was let in just now.
    Own(&'a OwnFactors),
    /// A user on the way to an application that asks for a second factor, who has none.
    OnTheWay(&'a SecondFactorStep),
}

/// What the browser made.
#[derive(Clone, Debug)]
pub struct NewPasskeyAttempt {
    /// A `PublicKeyCredential` as JSON; any text.
    pub response: Secret<String>,
    /// Where the request comes from.
    pub from: Origin,
    /// What the user calls it; without a name it gets one.
    pub name: Option<String>,
}

/// What became of it.
#[derive(Debug)]
pub enum AddedPasskey {
    /// It counts from now on.
    Added {
        /// Codes for the day when nothing else is at hand, where that day may come. Nobody can read them again.
        recovery_codes: Vec<RecoveryCode>,
    },
    /// It was not accepted.
    Refused(PasskeyRefusal),
}

impl PasskeyOwner<'_> {
    /// What has to stand still when the passkey is written.
    fn proof(&self) -> Proof {
        match self {
            Self::Own(own) => Proof::Session(own.active.session.id.clone()),
            Self::OnTheWay(step) => Proof::of(&step.candidate),
        }
    }

    fn user(&self) -> &User {
        match self {
            Self::Own(own) => &own.active.user,
            Self::OnTheWay(step) => &step.user,
        }
    }

    fn author(&self, from: &Origin) -> Author {
        match self {
            Self::Own(own) => Author::in_session(&own.active),
            Self::OnTheWay(_) => Author::Visitor(from.clone()),
        }
    }

    fn may_add(&self, tenant: &Tenant) -> bool {
        match self {
            Self::Own(own) => tenant.settings.passkeys.purpose != PasskeyUse::Off && own.passkeys.len() < MAX_PASSKEYS,
            Self::OnTheWay(step) => step.enrollable.contains(&SecondFactorKind::Passkey),
        }
    }

    /// Whether sign-ins may depend on it from now on.
    fn needs_recovery_codes(&self, tenant: &Tenant) -> bool {
        let (policy, has_codes) = match self {
            Self::Own(own) => (tenant.settings.passkeys.purpose == PasskeyUse::SecondFactor, own.recovery_codes > 0),
            Self::OnTheWay(step) => (true, step.has_recovery_codes),
        };
        let kinds = &tenant.settings.authentication.second_factors;
        policy && !has_codes && kinds.contains(&SecondFactorKind::RecoveryCode)
    }
}

impl SignIn {
    /// What the page hands to the browser; `None` when none may be made.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn begin_new_passkey(
        &self,
        tenant: &Tenant,
        (party, interaction): (&RelyingParty, &Interaction),
        owner: PasskeyOwner<'_>,
    ) -> Result<Option<PasskeyOptions>, AuthError> {
        if !owner.may_add(tenant) {
            return Ok(None);
        }
        let user = owner.user();
        let (of, id, host) = (tenant.id.clone(), user.id.clone(), party.issuer_host().map(str::to_owned));
        let known = self.db.read(move |conn| passkey::list_credentials(conn, &of, &id, host.as_deref())).await?;
        let known = known.iter().map(|passkey| passkey.credential().cred_id).collect();
        let handle = user_handle(&tenant.id, &user.id);
        let names = (user.email.as_ref().unwrap_or(&user.username).as_str(), user.display_name());
        let begun = passkey::start_registration(party, &tenant.settings.passkeys, (&handle, names), known)?;
        let key = challenge_key(&tenant.id, interaction, Purpose::New(&user.id));
        self.cache.put(&key, &begun, interaction::LIFETIME).await?;
        Ok(Some(PasskeyOptions::new(&begun.options)))
    }

    /// Takes a passkey into use.
    ///
    /// # Errors
    /// Unavailable stores: 503.
    pub async fn add_passkey(
        &self,
        tenant: &Tenant,
        (party, interaction): (&RelyingParty, &Interaction),
        owner: PasskeyOwner<'_>,
        attempt: &NewPasskeyAttempt,
    ) -> Result<AddedPasskey, AuthError> {
        let user = owner.user();
        let key = challenge_key(&tenant.id, interaction, Purpose::New(&user.id));
        let taken: Option<Ceremony<RegistrationState>> = self.cache.take(&key).await?;
        let Some(begun) = taken.filter(|_| owner.may_add(tenant)) else {
            return Ok(AddedPasskey::Refused(PasskeyRefusal::Wrong));
        };
        let (policy, response) = (&tenant.settings.passkeys, attempt.response.expose());
        let registered = match passkey::finish_registration(party, policy, &begun.state, response)? {
            Ok(registered) => registered,
            Err(refusal) => return Ok(AddedPasskey::Refused(refusal)),
        };
        let new = self.name_passkey(party, registered, attempt.name.as_deref());
        let fresh: Vec<_> = if owner.needs_recovery_codes(tenant) {
            (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(&self.rng)).collect()
        } else {
            Vec::new()
        };
        let codes: Vec<TokenHash> = fresh.iter().map(RecoveryCode::hash).collect();
        let first = matches!(owner, PasskeyOwner::OnTheWay(step) if !step.is_addition());
        let (of, tenant, user, now) = (tenant.clone(), tenant.id.clone(), user.id.clone(), self.clock.now());
        let host = party.issuer_host().map(str::to_owned);
        let (security, author, proof) = (self.security.clone(), owner.author(&attempt.from), owner.proof());
        let added = self
            .db
            .write(move |conn| {
                if !proof.stands(conn, &tenant, &user)? {
                    return Ok(false);
                }
                // A password alone adds nothing to what somebody has.
                if first && !second_factor::list_kinds(conn, &tenant, (&user, host.as_deref()))?.is_empty() {
                    return Ok(false);
                }
                if !insert_if_there_is_room(conn, &tenant, &user, (&new, &codes), now)? {
                    return Ok(false);
                }
                let what = CredentialChange::PasskeyAdded { name: new.name.clone() };
                security.record_credential_change(conn, (&of, &user), (what, &author), now)?;
                if !codes.is_empty() {
                    let what = CredentialChange::RecoveryCodesReplaced;
                    security.record_credential_change(conn, (&of, &user), (what, &author), now)?;
                }
                Ok(true)
            })
            .await?;
        Ok(if added {
            AddedPasskey::Added { recovery_codes: fresh }
        } else {
            AddedPasskey::Refused(PasskeyRefusal::NoRoom)
        })
    }

    fn name_passkey(&self, party: &RelyingParty, registered: Registered, wished: Option<&str>) -> NewPasskey {
        let aaguid = registered.aaguid.map(|aaguid| aaguid.to_string());
        let make = aaguid.as_deref().and_then(passkey::name_of_make);
        let name = wished.and_then(checked_name).or_else(|| make.map(str::to_owned));
        NewPasskey {
            id: FactorId::generate(self.clock.now(), &self.rng),
            credential_id: URL_SAFE_NO_PAD.encode(&registered.credential.cred_id),
            issuer_host: party.issuer_host().map(str::to_owned),
            credential: registered.credential,
            name: name.unwrap_or_else(|| NAME.to_owned()),
            aaguid,
            attested: registered.attested,
        }
    }

    /// Gives a passkey another name; nothing changes when the name is none.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn rename_passkey(
        &self,
        tenant: &Tenant,
        own: &OwnFactors,
        passkey: &FactorId,
        name: &str,
    ) -> Result<bool, AuthError> {
        let Some(name) = checked_name(name) else { return Ok(false) };
        let passkey = passkey.clone();
        self.write_own(tenant, own, move |conn, change| {
            let (tenant, user) = (&change.tenant.id, change.user());
            if !passkey::rename_passkey(conn, tenant, user, (&passkey, &name))? {
                return Ok(false);
            }
            let event = change.author.event(EventKind::PasskeyRenamed).of(user).with("name", name.as_str());
            change.security.record(conn, tenant, &event, change.now).map(|()| true)
        })
        .await
    }

    /// Takes a passkey away; with the last factor go the recovery codes and the remembered browsers. Returns whether the
    /// user had it.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn remove_passkey(
        &self,
        tenant: &Tenant,
        own: &OwnFactors,
        passkey: &FactorId,
    ) -> Result<bool, AuthError> {
        let passkey = passkey.clone();
        self.write_own(tenant, own, move |conn, change| {
            let (tenant, user) = (&change.tenant.id, change.user());
            let Some(name) = passkey::delete_passkey(conn, tenant, user, &passkey)? else { return Ok(false) };
            if !second_factor::has_primary(conn, tenant, user)? {
                second_factor::delete_stand_ins(conn, tenant, user)?;
            }
            change.record(conn, CredentialChange::PasskeyRemoved { name }).map(|()| true)
        })
        .await
    }

    /// Whether the user who has just signed in, within this sign-in, is to be offered a passkey, and what is offered by.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn passkey_offer(
        &self,
        tenant: &Tenant,
        interaction: &Interaction,
        session_cookie: Option<&str>,
    ) -> Result<Option<Box<OwnFactors>>, AuthError> {
        let policy = &tenant.settings.passkeys;
        if !policy.offer || policy.purpose != PasskeyUse::FirstFactor {
            return Ok(None);
        }
        let OwnAccount::Proved(own) = self.own_account(tenant, interaction, session_cookie).await? else {
            return Ok(None);
        };
        let host = tenant.issuer_host.as_deref();
        let works_here = |passkey: &Passkey| passkey.issuer_host.as_deref() == host && passkey.suspected_at.is_none();
        if own.passkeys.iter().any(works_here) || own.passkeys.len() >= MAX_PASSKEYS {
            return Ok(None);
        }
        let (of, user, now) = (tenant.id.clone(), own.active.user.id.clone(), self.clock.now());
        let due = self.db.read(move |conn| passkey::offer_is_due(conn, &of, &user, now)).await?;
        Ok(due.then_some(own))
    }

    /// The user does not want a passkey now, and is not asked again for some time.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn put_off_passkey(&self, tenant: &Tenant, own: &OwnFactors) -> Result<(), AuthError> {
        let after = self.clock.now().plus(DAY * u32::from(tenant.settings.passkeys.offer_again_days));
        let put_off = move |conn: &mut DbConnection, change: &OwnChange| {
            passkey::put_off_offer(conn, &change.tenant.id, change.user(), after)
        };
        self.write_own(tenant, own, put_off).await
    }
}

/// Within the transaction: the user is active, has room, and nobody of the tenant has that credential.
fn insert_if_there_is_room(
    conn: &mut DbConnection,
    tenant: &TenantId,
    user: &UserId,
    (new, codes): (&NewPasskey, &[TokenHash]),
    now: UtcTime,
) -> QueryResult<bool> {
    let room = user_store::confirm_active(conn, tenant, user)?
        && passkey::list_passkeys(conn, tenant, user)?.len() < MAX_PASSKEYS
        && !passkey::has_credential(conn, tenant, &new.credential_id)?;
    if !room {
        return Ok(false);
    }
    passkey::insert_passkey(conn, tenant, user, new, now)?;
    if !codes.is_empty() {
        second_factor::replace_codes(conn, tenant, user, codes, now)?;
    }
    Ok(true)
}

/// A name as it is kept: one line; `None` when nothing is left.
pub(super) fn checked_name(name: &str) -> Option<String> {
    let kept: String = name.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    (!kept.is_empty()).then_some(kept)
}

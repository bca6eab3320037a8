//! Everything that is kept of a user, for that user: as JSON, without secrets and their hashes.

use diesel::QueryResult;
use latchkey_audit::{EventKind, RecordedEvent, event_store};
use latchkey_core::TenantId;
use latchkey_storage::DbConnection;
use latchkey_tenants::Tenant;
use serde_json::{Value, json};

use super::{OwnSession, SignIn};
use crate::{
    AuthError, Author, LinkedIdentity, Session, User, consent_store, linked_identity_store, passkey, second_factor,
    session_store, user_store,
};

/// Events in one file.
const MAX_EVENTS: i64 = 10_000;

impl SignIn {
    /// What this crate keeps of the user. What others keep (grants) is for the caller to add.
    ///
    /// # Errors
    /// [`AuthError::Db`].
    pub async fn own_record(&self, tenant: &Tenant, own: &OwnSession) -> Result<Value, AuthError> {
        let (id, user, now) = (tenant.id.clone(), own.active.user.clone(), self.clock.now());
        let security = self.security.clone();
        let event = Author::in_session(&own.active).event(EventKind::AccountExported).of(&user.id);
        let record = self.db.write(move |conn| {
            security.record(conn, &id, &event, now)?;
            let mut record = json!({
                "exported_at": now.to_string(),
                "profile": profile(&user),
                "sessions": sessions(conn, &id, &user)?,
                "consents": consents(conn, &id, &user)?,
                "linked_identities": identities(conn, &id, &user)?,
                "events": events(conn, &id, &user)?,
            });
            if let Some(members) = record.as_object_mut() {
                members.insert("credentials".to_owned(), credentials(conn, &id, &user)?);
            }
            Ok(record)
        });
        Ok(record.await?)
    }
}

fn profile(user: &User) -> Value {
    json!({
        "sub": user.id,
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified,
        "claims": user.claims,
        "groups": user.groups,
        "roles": user.roles,
        "status": user.status,
        "created_at": user.created_at.to_string(),
        "updated_at": user.updated_at.to_string(),
    })
}

fn sessions(conn: &mut DbConnection, tenant: &TenantId, user: &User) -> QueryResult<Vec<Value>> {
    let rows = session_store::list_all_sessions_of_user(conn, tenant, &user.id)?;
    Ok(rows.iter().map(session).collect())
}

fn session(session: &Session) -> Value {
    json!({
        "id": session.id,
        "user_agent": session.user_agent,
        "address": session.address,
        "amr": session.amr,
        "acr": session.acr,
        "created_at": session.created_at.to_string(),
        "authenticated_at": session.authenticated_at.to_string(),
        "last_seen_at": session.last_seen_at.to_string(),
        "expires_at": session.expires_at.to_string(),
        "ended_at": session.ended_at.map(|time| time.to_string()),
    })
}

fn consents(conn: &mut DbConnection, tenant: &TenantId, user: &User) -> QueryResult<Vec<Value>> {
    let rows = consent_store::list_remembered(conn, tenant, &user.id)?;
    let consent = |consent: consent_store::RememberedConsent| {
        json!({
            "client_id": consent.client_id,
            "scope": consent.scope.to_string(),
            "since": consent.since.to_string(),
            "updated_at": consent.updated_at.to_string(),
        })
    };
    Ok(rows.into_iter().map(consent).collect())
}

fn identities(conn: &mut DbConnection, tenant: &TenantId, user: &User) -> QueryResult<Vec<Value>> {
    let rows = linked_identity_store::list_identities(conn, tenant, &user.id)?;
    let identity = |identity: LinkedIdentity| {
        json!({
            "issuer": identity.issuer,
            "subject": identity.subject,
            "label": identity.label,
            "linked_at": identity.linked_at.to_string(),
            "last_used_at": identity.last_used_at.map(|time| time.to_string()),
        })
    };
    Ok(rows.into_iter().map(identity).collect())
}

/// The last of what happened, as far as it is for the user's eye.
fn events(conn: &mut DbConnection, tenant: &TenantId, user: &User) -> QueryResult<Vec<Value>> {
    let rows = event_store::list_of_user(conn, tenant, &user.id, None, MAX_EVENTS)?;
    let event = |event: RecordedEvent| {
        json!({
            "at": event.at.to_string(),
            "kind": event.kind,
            "outcome": event.outcome,
            "client_id": event.client_id,
            "address": event.address,
            "user_agent": event.user_agent,
        })
    };
    Ok(rows.into_iter().map(event).collect())
}

fn credentials(conn: &mut DbConnection, tenant: &TenantId, user: &User) -> QueryResult<Value> {
    let authenticators = second_factor::list_factors(conn, tenant, &user.id)?;
    let authenticators: Vec<Value> = authenticators
        .iter()
        .map(|factor| {
            json!({
                "name": factor.name,
                "created_at": factor.created_at.to_string(),
                "last_used_at": factor.last_used_at.map(|time| time.to_string()),
            })
        })
        .collect();
    let passkeys = passkey::list_passkeys(conn, tenant, &user.id)?;
    let passkeys: Vec<Value> = passkeys
        .iter()
        .map(|passkey| {
            json!({
                "name": passkey.name,
                "created_at": passkey.created_at.to_string(),
                "last_used_at": passkey.last_used_at.map(|time| time.to_string()),
            })
        })
        .collect();
    let browsers = second_factor::list_devices(conn, tenant, &user.id)?;
    let browsers: Vec<Value> = browsers
        .iter()
        .map(|browser| {
            json!({
                "user_agent": browser.user_agent,
                "address": browser.address,
                "created_at": browser.created_at.to_string(),
                "last_used_at": browser.last_used_at.to_string(),
                "expires_at": browser.expires_at.to_string(),
            })
        })
        .collect();
    Ok(json!({
        "password": user_store::find_password_hash(conn, tenant, &user.id)?.is_some(),
        "passkeys": passkeys,
        "authenticators": authenticators,
        "push_devices": push_devices(conn, tenant, user)?,
        "recovery_codes_left": second_factor::count_unused(conn, tenant, &user.id)?,
        "remembered_browsers": browsers,
    }))
}

fn push_devices(conn: &mut DbConnection, tenant: &TenantId, user: &User) -> QueryResult<Vec<Value>> {
    let devices = second_factor::list_push_devices(conn, tenant, &user.id)?;
    let device = |device: &second_factor::PushDevice| {
        json!({
            "name": device.name,
            "created_at": device.created_at.to_string(),
            "last_used_at": device.last_used_at.map(|time| time.to_string()),
        })
    };
    Ok(devices.iter().map(device).collect())
}

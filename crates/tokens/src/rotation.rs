//! Using a refresh token, [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6) with the rotation and reuse
//! detection of [RFC 9700 §4.14.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::QueryResult;
use latchkey_core::{ClientId, Secret, TenantId, UtcTime};
use latchkey_protocol::Confirmation;
use latchkey_storage::DbConnection;
use latchkey_tenants::{Client, RefreshTokenRotation, Tenant, TenantSettings};

use crate::grant_store::{self, GrantRow, Holder, NextGeneration};
use crate::refresh_token::{FamilyKey, RefreshToken};
use crate::{Rotation, Tokens, TokensError};

/// Each lost race shows a newer generation, so one more look settles it.
const ATTEMPTS: u32 = 3;

struct Terms {
    client_id: ClientId,
    confirmation: Option<Confirmation>,
    policy: RefreshTokenRotation,
    tenant: Tenant,
    nonce: String,
    now: UtcTime,
}

/// Where a genuine token of a live grant stands in its family.
enum Place {
    Live,
    /// Replaced within the grace window, by the token that the nonce gives again.
    JustReplaced,
    Older,
    /// Not of this row: the database was restored from a backup.
    Stranger,
}

impl Tokens {
    /// Uses a refresh token in one transaction: of racing uses one is [`Rotation::Rotated`], the others get the same
    /// successor as [`Rotation::Repeated`]. A reuse outside the grace window revokes the grant, and that is committed.
    ///
    /// # Errors
    /// When the database fails; then nothing has changed, or the successor can be had again within the grace window.
    pub async fn rotate_refresh_token(
        &self,
        tenant: &Tenant,
        client: &Client,
        token: &Secret<String>,
        confirmation: Option<&Confirmation>,
    ) -> Result<Rotation, TokensError> {
        let Some(token) = RefreshToken::parse(token.expose()) else {
            return Ok(Rotation::Unknown);
        };
        let terms = Terms {
            client_id: client.client_id.clone(),
            confirmation: confirmation.cloned(),
            policy: client.rules().refresh_token_rotation,
            tenant: tenant.clone(),
            nonce: URL_SAFE_NO_PAD.encode(self.rng.bytes::<16>()),
            now: self.clock.now(),
        };
        Ok(self.db.write(move |conn| use_token(conn, &token, &terms)).await?)
    }
}

/// The grant of a token that is the live one of its family.
pub(crate) fn find_live(
    conn: &mut DbConnection,
    tenant: &Tenant,
    token: &RefreshToken,
    now: UtcTime,
) -> QueryResult<Option<GrantRow>> {
    let Some((row, holder, _)) = find_genuine(conn, &tenant.id, token)? else {
        return Ok(None);
    };
    let is_live = matches!(place(&row, token, &tenant.settings, now), Place::Live);
    let usable = is_live && obstacle(&row, &holder, tenant, now).is_none();
    Ok(usable.then_some(row))
}

/// The row of a token that this tenant issued, in whatever generation.
pub(crate) fn find_genuine(
    conn: &mut DbConnection,
    tenant: &TenantId,
    token: &RefreshToken,
) -> QueryResult<Option<(GrantRow, Holder, FamilyKey)>> {
    let Some((row, holder)) = grant_store::find_grant(conn, tenant, token.grant_id())? else {
        return Ok(None);
    };
    let family = row.family_key.as_deref().and_then(FamilyKey::parse);
    Ok(family.filter(|family| token.is_genuine(family)).map(|family| (row, holder, family)))
}

fn use_token(conn: &mut DbConnection, token: &RefreshToken, terms: &Terms) -> QueryResult<Rotation> {
    let tenant = &terms.tenant.id;
    for _ in 0..ATTEMPTS {
        let Some((row, holder, family)) = find_genuine(conn, tenant, token)? else {
            return Ok(Rotation::Unknown);
        };
        if row.client_id != terms.client_id {
            return Ok(Rotation::WrongClient);
        }
        // RFC 9449 §5: whoever holds the token without the key is not the client.
        let bound_to = &row.authentication.0.confirmation;
        if bound_to.is_some() && *bound_to != terms.confirmation {
            return Ok(Rotation::WrongKey);
        }
        if let Some(obstacle) = obstacle(&row, &holder, &terms.tenant, terms.now) {
            return Ok(obstacle);
        }
        match place(&row, token, &terms.tenant.settings, terms.now) {
            Place::Live => match advance(conn, &row, token, &family, terms)? {
                Some(successor) => {
                    return Ok(Rotation::Rotated { grant: Box::new(row.into()), refresh_token: successor.to_text() });
                }
                None => continue,
            },
            Place::JustReplaced => return Ok(repeat(row, token, &family)),
            Place::Older => {
                grant_store::revoke_grant(conn, tenant, &row.id, terms.now)?;
                return Ok(Rotation::Reused);
            }
            Place::Stranger => return Ok(Rotation::Unknown),
        }
    }
    Ok(Rotation::Revoked)
}

fn obstacle(row: &GrantRow, holder: &Holder, tenant: &Tenant, now: UtcTime) -> Option<Rotation> {
    if row.revoked_at.is_some() || holder.refusal(row, tenant, now).is_some() {
        return Some(Rotation::Revoked);
    }
    let idle_end = row.last_used_at().plus(Duration::from_secs(tenant.settings.refresh_token_idle_seconds));
    (now >= row.expires_at || now >= idle_end).then_some(Rotation::Expired)
}

fn place(row: &GrantRow, token: &RefreshToken, settings: &TenantSettings, now: UtcTime) -> Place {
    let hash = Some(token.hash());
    if token.generation() == row.generation {
        return if row.secret_hash == hash { Place::Live } else { Place::Stranger };
    }
    if token.generation() > row.generation {
        return Place::Stranger;
    }
    let grace = Duration::from_secs(settings.refresh_token_grace_seconds);
    let in_grace = row.rotated_at.is_some_and(|rotated_at| now < rotated_at.plus(grace));
    let is_previous = token.generation().checked_add(1) == Some(row.generation) && row.previous_secret_hash == hash;
    if is_previous && in_grace { Place::JustReplaced } else { Place::Older }
}

/// The token to use from now on; `None` when another request came in between.
fn advance(
    conn: &mut DbConnection,
    row: &GrantRow,
    token: &RefreshToken,
    family: &FamilyKey,
    terms: &Terms,
) -> QueryResult<Option<RefreshToken>> {
    if terms.policy == RefreshTokenRotation::Static {
        let live = grant_store::touch_generation(conn, &row.tenant_id, &row.id, row.generation, terms.now)?;
        return Ok((live == 1).then(|| token.clone()));
    }
    let Some(successor) = token.next(&terms.nonce, family) else {
        return Ok(None);
    };
    let next = NextGeneration {
        generation: successor.generation(),
        secret_hash: successor.hash(),
        previous_secret_hash: token.hash(),
        rotation_nonce: terms.nonce.clone(),
        rotated_at: terms.now,
    };
    let moved = grant_store::advance_generation(conn, &row.tenant_id, &row.id, row.generation, &next)?;
    Ok((moved == 1).then_some(successor))
}

fn repeat(row: GrantRow, token: &RefreshToken, family: &FamilyKey) -> Rotation {
    let successor = row.rotation_nonce.as_deref().and_then(|nonce| token.next(nonce, family));
    match successor.filter(|successor| row.secret_hash == Some(successor.hash())) {
        Some(successor) => Rotation::Repeated { grant: Box::new(row.into()), refresh_token: successor.to_text() },
        None => Rotation::Unknown,
    }
}

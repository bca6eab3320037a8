//! Makes one client agree with a state file.

use latchkey_cache::Invalidation;
use latchkey_protocol::TokenEndpointAuthMethod;
use latchkey_storage::DbConnection;
use latchkey_tenants::{Client, ClientOrigin, ClientSecret, OIDC_SCOPES, ResourceServer, Tenant, client_store};

use crate::state::StateError;
use crate::state::document::ClientState;
use crate::state::forms::{ClientForm, SecretForm};
use crate::state::reconcile::{Run, Stop, object_name};

pub(crate) fn reconcile(
    conn: &mut DbConnection,
    run: &mut Run<'_>,
    tenant: &Tenant,
    state: &ClientState,
    servers: &[ResourceServer],
) -> Result<(), Stop> {
    check_references(state, servers)?;
    let existing = client_store::find_client(conn, &tenant.id, &state.client_id)?;
    let before = existing.as_ref().map(ClientForm::from);
    let secrets = wanted_secrets(run, tenant, state, existing.as_ref())?;
    let client = Client {
        client_id: state.client_id.clone(),
        name: state.name.clone(),
        metadata: state.metadata.clone(),
        secrets,
        origin: origin(existing.as_ref()),
    };
    client.validate().map_err(|error| state.position.error(error.member, error.reason))?;
    let after = ClientForm::from(&client);

    match &before {
        None => {
            let _ = client_store::insert_client(conn, &tenant.id, &client, run.now)?;
        }
        Some(before) => {
            let taken_over = existing.as_ref().is_some_and(|existing| existing.origin != client.origin);
            if taken_over || (&before.name, &before.metadata) != (&after.name, &after.metadata) {
                let _ = client_store::update_client(conn, &tenant.id, &client, run.now)?;
            }
            if before.secret_hashes != after.secret_hashes
                || sealed_ones(existing.as_ref()) != sealed_ones(Some(&client))
            {
                client_store::replace_secrets(conn, &tenant.id, &client.client_id, &client.secrets)?;
            }
        }
    }
    let changed = before.as_ref().is_none_or(|before| before.metadata != after.metadata);
    if let Some(warning) = client.legacy_warning().filter(|_| changed) {
        tracing::warn!(tenant = tenant.slug.as_str(), client_id = client.client_id.as_str(), "{warning}");
        run.applied.warnings.push(format!("{}: {warning}", tenant.slug));
    }
    let name = object_name(&tenant.slug, "clients", state.client_id.as_str());
    let invalidation = Invalidation::Client(tenant.id.clone(), state.client_id.clone());
    run.note(name, before.as_ref(), &after, Some(invalidation))
}

/// What an operator writes is the operator's; a client that registered itself can still be managed by whoever registered it.
fn origin(existing: Option<&Client>) -> ClientOrigin {
    match existing.map(|client| client.origin) {
        Some(ClientOrigin::Registered) => ClientOrigin::Registered,
        _ => ClientOrigin::Managed,
    }
}

/// A scope or an audience that nobody defines is a slip of the pen: no request could ever ask for it.
fn check_references(state: &ClientState, servers: &[ResourceServer]) -> Result<(), StateError> {
    let known = |token: &str| OIDC_SCOPES.contains(&token) || servers.iter().any(|server| server.defines(token));
    if let Some(token) = state.metadata.scope.iter().find(|token| !known(token)) {
        let reason = format!("{token} is neither a scope of OpenID Connect nor of a resource server of the tenant");
        return Err(state.position.error("scope", reason));
    }
    let defined = |audience: &String| servers.iter().any(|server| server.audience == *audience);
    if let Some(audience) = state.metadata.audiences.iter().find(|audience| !defined(audience)) {
        return Err(state.position.error("audiences", format!("the tenant has no resource server {audience}")));
    }
    match state.metadata.scope.iter().find_map(|token| audience_to_add(token, state, servers).map(|to| (token, to))) {
        Some((token, audience)) => {
            let reason = format!("{token} can never be granted: add {audience} to audiences, or leave {token} out");
            Err(state.position.error("scope", reason))
        }
        None => Ok(()),
    }
}

/// A resource server that defines the scope, when none of the client's audiences does.
fn audience_to_add<'a>(token: &str, state: &ClientState, servers: &'a [ResourceServer]) -> Option<&'a str> {
    let mut defining = servers.iter().filter(|server| server.defines(token)).map(|server| server.audience.as_str());
    let first = defining.next().filter(|_| !OIDC_SCOPES.contains(&token))?;
    let metadata = &state.metadata;
    // An exchange reaches audiences that the client cannot ask for otherwise.
    let named = |audience: &str| {
        metadata.audiences.iter().chain(&metadata.token_exchange.audiences).any(|known| known == audience)
    };
    (!named(first) && !defining.any(named)).then_some(first)
}

fn sealed_ones(client: Option<&Client>) -> usize {
    client.map_or(0, |client| client.secrets.iter().filter(|secret| secret.sealed.is_some()).count())
}

fn wanted_secrets(
    run: &Run<'_>,
    tenant: &Tenant,
    state: &ClientState,
    existing: Option<&Client>,
) -> Result<Vec<ClientSecret>, StateError> {
    let method = state.metadata.token_endpoint_auth_method;
    if !method.uses_secret() {
        return Ok(Vec::new());
    }
    let has = existing.map_or(&[][..], |client| client.secrets.as_slice());
    let mut secrets: Vec<ClientSecret> = match &state.secrets {
        None => has.to_vec(),
        Some(wanted) => wanted.iter().map(|secret| record(secret, has, run)).collect(),
    };
    if secrets.is_empty() {
        return Err(state.position.error("secret", "a confidential client needs secret or secret_hashes"));
    }
    if method != TokenEndpointAuthMethod::ClientSecretJwt {
        secrets.iter_mut().for_each(|secret| secret.sealed = None);
        return Ok(secrets);
    }
    seal(run, tenant, state, &mut secrets)?;
    Ok(secrets)
}

/// An assertion is verified with the secret itself, so it is kept sealed as long as the client uses that method.
fn seal(run: &Run<'_>, tenant: &Tenant, state: &ClientState, secrets: &mut [ClientSecret]) -> Result<(), StateError> {
    let refuse = |reason: &'static str| Err(state.position.error("secret", reason));
    if let Some(plain) = &state.plain_secret {
        // RFC 7518 §3.2: as long as the hash at least.
        if plain.expose().len() < 32 {
            return refuse("client_secret_jwt needs a secret of 32 characters or more");
        }
        for secret in secrets.iter_mut().filter(|secret| secret.sealed.is_none()) {
            match run.sealer.seal(&tenant.id, &state.client_id, plain, run.rng) {
                Ok(sealed) => secret.sealed = Some(sealed),
                Err(_) => return refuse("cannot be encrypted"),
            }
        }
    }
    if secrets.iter().all(|secret| secret.sealed.is_none()) {
        return refuse("client_secret_jwt needs the secret itself: a hash cannot verify an assertion");
    }
    Ok(())
}

fn record(wanted: &SecretForm, has: &[ClientSecret], run: &Run<'_>) -> ClientSecret {
    let known = has.iter().find(|secret| secret.hash == wanted.hash);
    ClientSecret {
        hash: wanted.hash.clone(),
        created_at: known.map_or(run.now, |secret| secret.created_at),
        expires_at: wanted.expires_at,
        sealed: known.and_then(|secret| secret.sealed.clone()),
    }
}

//! Makes the database agree with a state file, in one transaction.

use latchkey_cache::Invalidation;
use latchkey_core::{Clock, Rng, TenantId, UtcTime};
use latchkey_storage::{Db, DbConnection, DbError};
use latchkey_tenants::{
    Inserted, SecretSealer, Slug, Tenant, TenantProfile, TenantStatus, Verification, domain_store,
    resource_server_store, tenant_store,
};
use serde::Serialize;

use crate::state::document::TenantState;
use crate::state::fields::Position;
use crate::state::forms::{DomainForm, ProfileForm};
use crate::state::{Change, Prepared, State, StateError, reconcile_client, reconcile_secret, reconcile_user};
use crate::{Delivery, Inviter};

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Commit.
    Commit,
    /// Only find out what would change.
    DryRun,
}

/// What was done, or would be.
#[derive(Debug, Default)]
pub struct Applied {
    /// Each object that differed, by name.
    pub changes: Vec<(String, Change)>,
    /// How many objects were as the file says.
    pub unchanged: usize,
    /// Invitations made.
    pub invitations: Vec<Invitation>,
    /// What an operator should hear of what was written: one line each.
    pub warnings: Vec<String>,
    /// What every node must forget, once committed.
    pub invalidations: Vec<Invalidation>,
}

/// An invitation that was made.
#[derive(Debug)]
pub struct Invitation {
    /// The user.
    pub username: String,
    /// How the user gets it.
    pub delivery: Delivery,
}

/// What applying needs besides the database.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The clock.
    pub clock: &'a Clock,
    /// The source of ids.
    pub rng: &'a Rng,
    /// Invites the users whom the file invites.
    pub inviter: &'a Inviter,
    /// Keeps secrets that are needed again.
    pub sealer: &'a SecretSealer,
}

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The file asks for what cannot be.
    #[error(transparent)]
    State(StateError),
    /// The database failed.
    #[error(transparent)]
    Db(DbError),
}

/// Why the transaction stops.
pub(crate) enum Stop {
    Refused(StateError),
    Db(diesel::result::Error),
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error)
    }
}

impl From<StateError> for Stop {
    fn from(error: StateError) -> Self {
        Self::Refused(error)
    }
}

/// One attempt at the transaction.
pub(crate) struct Run<'a> {
    pub(crate) now: UtcTime,
    pub(crate) rng: &'a Rng,
    pub(crate) inviter: &'a Inviter,
    pub(crate) sealer: &'a SecretSealer,
    pub(crate) prepared: &'a Prepared,
    pub(crate) applied: Applied,
}

impl Run<'_> {
    /// Notes how an object differs, and tells whether it must be written.
    pub(crate) fn note<T: Serialize>(
        &mut self,
        name: String,
        before: Option<&T>,
        after: &T,
        invalidation: Option<Invalidation>,
    ) -> Result<(), Stop> {
        let change = Change::between(&name, before, after)
            .map_err(|error| Stop::Db(diesel::result::Error::SerializationError(Box::new(error))))?;
        if change == Change::Unchanged {
            self.applied.unchanged += 1;
        } else {
            self.applied.changes.push((name, change));
            self.applied.invalidations.extend(invalidation);
        }
        Ok(())
    }
}

/// Makes the database agree with the file, or finds out what that would change. Blocks.
///
/// # Errors
/// The first thing that cannot be; then nothing was applied.
pub fn apply(
    db: &Db,
    state: &State,
    prepared: &Prepared,
    surroundings: Surroundings<'_>,
    mode: Mode,
) -> Result<Applied, ApplyError> {
    let mut applied = None;
    let mut refusal = None;
    let outcome = db.write_blocking(|conn| {
        let Surroundings { clock, rng, inviter, sealer } = surroundings;
        let mut run = Run { now: clock.now(), rng, inviter, sealer, prepared, applied: Applied::default() };
        for tenant in &state.tenants {
            match reconcile_tenant(conn, &mut run, tenant) {
                Ok(()) => {}
                Err(Stop::Db(error)) => return Err(error),
                Err(Stop::Refused(error)) => {
                    refusal = Some(error);
                    return Err(diesel::result::Error::RollbackTransaction);
                }
            }
        }
        applied = Some(run.applied);
        match mode {
            Mode::Commit => Ok(()),
            // The rehearsal made every change; now it undoes them.
            Mode::DryRun => Err(diesel::result::Error::RollbackTransaction),
        }
    });
    match (outcome, refusal, applied) {
        (_, Some(error), _) => Err(ApplyError::State(error)),
        (Ok(()) | Err(DbError::Query(diesel::result::Error::RollbackTransaction)), None, Some(applied)) => Ok(applied),
        (Err(error), _, _) => Err(ApplyError::Db(error)),
        (Ok(()), None, None) => Ok(Applied::default()),
    }
}

fn reconcile_tenant(conn: &mut DbConnection, run: &mut Run<'_>, state: &TenantState) -> Result<(), Stop> {
    let tenant = reconcile_profile(conn, run, state)?;
    reconcile_secret::reconcile(conn, run, &tenant, state)?;
    for (position, domain) in &state.domains {
        reconcile_domain(conn, run, &tenant, (position, domain))?;
    }
    reconcile_resource_servers(conn, run, &tenant, state)?;
    let servers = resource_server_store::list(conn, &tenant.id)?;
    for client in &state.clients {
        reconcile_client::reconcile(conn, run, &tenant, client, &servers)?;
    }
    // The domains may have changed the issuer, which invitation links start with.
    let tenant = tenant_store::load_tenant(conn, &tenant.id)?;
    for user in &state.users {
        reconcile_user::reconcile(conn, run, &tenant, user)?;
    }
    Ok(())
}

fn reconcile_profile(conn: &mut DbConnection, run: &mut Run<'_>, state: &TenantState) -> Result<Tenant, Stop> {
    let existing = tenant_store::find_tenant_by_slug(conn, state.slug.as_str())?;
    let before = existing.as_ref().map(profile_form);
    let after = ProfileForm {
        slug: state.slug.clone(),
        name: state
            .name
            .clone()
            .or_else(|| before.as_ref().map(|form| form.name.clone()))
            .unwrap_or_else(|| state.slug.to_string()),
        status: state.status.or(before.as_ref().map(|form| form.status)).unwrap_or(TenantStatus::Active),
        settings: state
            .settings
            .clone()
            .or_else(|| before.as_ref().map(|form| form.settings.clone()))
            .unwrap_or_default(),
        branding: state
            .branding
            .clone()
            .or_else(|| before.as_ref().map(|form| form.branding.clone()))
            .unwrap_or_default(),
    };
    let profile =
        TenantProfile { name: after.name.clone(), settings: after.settings.clone(), branding: after.branding.clone() };
    profile.validate().map_err(|error| state.position.error(error.member, error.reason))?;

    let id = match &existing {
        Some(tenant) => tenant.id.clone(),
        None => insert_tenant(conn, run, state, &profile)?,
    };
    if before.as_ref() != Some(&after) {
        let _ = tenant_store::update_tenant(conn, &id, &profile, run.now)?;
        if before.as_ref().map_or(TenantStatus::Active, |form| form.status) != after.status {
            let _ = tenant_store::set_status(conn, &id, after.status, run.now)?;
        }
    }
    run.note(format!("tenants/{}", state.slug), before.as_ref(), &after, Some(Invalidation::Tenant(id.clone())))?;
    Ok(tenant_store::load_tenant(conn, &id)?)
}

fn insert_tenant(
    conn: &mut DbConnection,
    run: &Run<'_>,
    state: &TenantState,
    profile: &TenantProfile,
) -> Result<TenantId, Stop> {
    let id = TenantId::generate(run.now, run.rng);
    match tenant_store::insert_tenant(conn, &id, &state.slug, profile, run.now)? {
        Inserted::Inserted => Ok(id),
        Inserted::AlreadyThere => Err(state.position.error("slug", "was taken just now; apply again").into()),
    }
}

/// A tenant alone, as it is written.
pub(crate) fn profile_form(tenant: &Tenant) -> ProfileForm {
    ProfileForm {
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
        status: tenant.status,
        settings: tenant.settings.clone(),
        branding: tenant.branding.clone(),
    }
}

fn reconcile_domain(
    conn: &mut DbConnection,
    run: &mut Run<'_>,
    tenant: &Tenant,
    (position, wanted): (&Position, &DomainForm),
) -> Result<(), Stop> {
    let host = &wanted.host;
    let domains = domain_store::list_domains(conn, &tenant.id)?;
    let before = domains.iter().find(|domain| domain.host == *host).map(DomainForm::from);
    let was = before.clone().unwrap_or(DomainForm { host: host.clone(), verified: false, issuer: false });
    // What was proved stays proved.
    let after = DomainForm { verified: wanted.verified || was.verified, ..wanted.clone() };

    if before.is_none() {
        let _ = domain_store::insert_domain(conn, &tenant.id, host, run.now)?;
    }
    if after.verified && !was.verified {
        match domain_store::verify_domain(conn, &tenant.id, host, run.now)? {
            Verification::Verified => {}
            Verification::HeldByAnother => {
                return Err(position.error("host", "another tenant has proved that it holds this host").into());
            }
            Verification::NotFound => return Err(position.error("host", "is not there any more").into()),
        }
    }
    if after.issuer != was.issuer {
        let _ = domain_store::make_issuer(conn, &tenant.id, after.issuer.then_some(host))?;
    }
    let name = object_name(&tenant.slug, "domains", host.as_str());
    run.note(name, before.as_ref(), &after, Some(Invalidation::Tenant(tenant.id.clone())))
}

fn reconcile_resource_servers(
    conn: &mut DbConnection,
    run: &mut Run<'_>,
    tenant: &Tenant,
    state: &TenantState,
) -> Result<(), Stop> {
    let existing = resource_server_store::list(conn, &tenant.id)?;
    for server in &state.resource_servers {
        let before = existing.iter().find(|other| other.audience == server.audience);
        if before != Some(server) {
            resource_server_store::upsert(conn, &tenant.id, server, run.now)?;
        }
        let name = object_name(&tenant.slug, "resource_servers", &server.audience);
        run.note(name, before, server, Some(Invalidation::ResourceServers(tenant.id.clone())))?;
    }
    Ok(())
}

pub(crate) fn object_name(tenant: &Slug, section: &str, name: &str) -> String {
    format!("tenants/{tenant}/{section}/{name}")
}

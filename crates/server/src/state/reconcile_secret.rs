//! The secrets of a tenant that a file names. One that it does not name stays, and none is ever written into an export.

use latchkey_cache::Invalidation;
use latchkey_core::Secret;
use latchkey_storage::DbConnection;
use latchkey_tenants::{Tenant, TenantSecret, tenant_secret_store};
use serde::Serialize;

use crate::state::document::TenantState;
use crate::state::reconcile::{Run, Stop, object_name};

/// A secret as the difference shows it: by its member's name it is never printed.
#[derive(Serialize)]
struct SecretForm {
    secret: Secret<String>,
}

pub(crate) fn reconcile(
    conn: &mut DbConnection,
    run: &mut Run<'_>,
    tenant: &Tenant,
    state: &TenantState,
) -> Result<(), Stop> {
    for (name, wanted) in &state.secrets {
        let sealed = tenant_secret_store::find(conn, &tenant.id, *name)?;
        let known = sealed.and_then(|sealed| run.sealer.open_of_tenant(tenant, *name, &sealed));
        if known.as_ref() != Some(wanted) {
            write(conn, run, tenant, (*name, wanted))?;
        }
        let [before, after] = [known, Some(wanted.clone())].map(|secret| secret.map(|secret| SecretForm { secret }));
        let Some(after) = after else { continue };
        let change = Some(Invalidation::Tenant(tenant.id.clone()));
        run.note(object_name(&tenant.slug, "secrets", name.as_str()), before.as_ref(), &after, change)?;
    }
    Ok(())
}

fn write(
    conn: &mut DbConnection,
    run: &Run<'_>,
    tenant: &Tenant,
    (name, secret): (TenantSecret, &Secret<String>),
) -> Result<(), Stop> {
    let sealed = run
        .sealer
        .seal_of_tenant(tenant, name, secret, run.rng)
        .map_err(|error| Stop::Db(diesel::result::Error::SerializationError(Box::new(error))))?;
    Ok(tenant_secret_store::put(conn, &tenant.id, name, &sealed, run.now)?)
}

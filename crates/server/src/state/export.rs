//! Writes the state of tenants in the format that `apply` reads: the same state gives the same bytes.

use diesel::QueryResult;
use latchkey_auth::user_store;
use latchkey_core::TenantId;
use latchkey_storage::{Db, DbConnection, DbError};
use latchkey_tenants::{ClientOrigin, Tenant, client_store, domain_store, resource_server_store, tenant_store};

use crate::state::forms::{ClientForm, DocumentForm, DomainForm, TenantForm, UserForm, VERSION, to_yaml};
use crate::state::reconcile::profile_form;

const PAGE: i64 = 500;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// There is no such tenant.
    #[error("there is no tenant {0}")]
    UnknownTenant(String),
    /// The state cannot be written as YAML.
    #[error("the state cannot be written as YAML")]
    Yaml(#[source] serde_saphyr::SerializeError),
}

/// The state of one tenant, or of all, as YAML. Blocks.
///
/// # Errors
/// When the tenant is unknown or the database fails.
pub fn export(db: &Db, only: Option<&str>) -> Result<String, ExportError> {
    // One transaction: what belongs together is read together.
    let found = db.write_blocking(|conn| document(conn, only))?;
    let document = found.ok_or_else(|| ExportError::UnknownTenant(only.unwrap_or_default().to_owned()))?;
    to_yaml(&document).map_err(ExportError::Yaml)
}

fn document(conn: &mut DbConnection, only: Option<&str>) -> QueryResult<Option<DocumentForm>> {
    let tenants = match only {
        None => all_tenants(conn)?,
        Some(slug) => match tenant_store::find_tenant_by_slug(conn, slug)? {
            Some(tenant) => vec![tenant],
            None => return Ok(None),
        },
    };
    let tenants = tenants.iter().map(|tenant| tenant_form(conn, tenant)).collect::<QueryResult<_>>()?;
    Ok(Some(DocumentForm { version: VERSION, tenants }))
}

fn all_tenants(conn: &mut DbConnection) -> QueryResult<Vec<Tenant>> {
    let mut tenants: Vec<Tenant> = Vec::new();
    loop {
        let page = tenant_store::list_tenants(conn, tenants.last().map(|tenant| &tenant.slug), PAGE)?;
        if page.is_empty() {
            return Ok(tenants);
        }
        tenants.extend(page);
    }
}

fn tenant_form(conn: &mut DbConnection, tenant: &Tenant) -> QueryResult<TenantForm> {
    Ok(TenantForm {
        profile: profile_form(tenant),
        domains: domain_store::list_domains(conn, &tenant.id)?.iter().map(DomainForm::from).collect(),
        resource_servers: resource_server_store::list(conn, &tenant.id)?,
        clients: clients(conn, &tenant.id)?,
        users: users(conn, &tenant.id)?,
    })
}

fn clients(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Vec<ClientForm>> {
    let mut clients: Vec<ClientForm> = Vec::new();
    let mut last = None;
    loop {
        let page = client_store::list_clients(conn, tenant, last.as_ref(), PAGE)?;
        let Some(end) = page.last() else { return Ok(clients) };
        last = Some(end.client_id.clone());
        // A copy of a document comes again by itself, and must not become an operator's client.
        let lasting = page.iter().filter(|client| !matches!(client.origin, ClientOrigin::Document { .. }));
        clients.extend(lasting.map(ClientForm::from));
    }
}

fn users(conn: &mut DbConnection, tenant: &TenantId) -> QueryResult<Vec<UserForm>> {
    let mut users: Vec<UserForm> = Vec::new();
    loop {
        let page = user_store::list_users(conn, tenant, users.last().and_then(|user| user.id.as_ref()), PAGE)?;
        if page.is_empty() {
            return Ok(users);
        }
        for user in &page {
            let hash = user_store::find_password_hash(conn, tenant, &user.id)?;
            users.push(UserForm::new(user, hash.map(|hash| hash.expose().clone())));
        }
    }
}

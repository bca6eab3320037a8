//! The one path by which a request gets its tenant: the Host first, then the path.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use latchkey_tenants::{PublicUrl, Tenant, TenantStatus};

use crate::{Host, RequestOrigin, WebError, WebState};

/// The tenant that a request is for, and where it lives.
#[derive(Clone)]
pub struct TenantContext {
    /// The tenant, active.
    pub tenant: Arc<Tenant>,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// What its paths start with: `/t/{slug}`, or nothing on a host of its own.
    pub base_path: String,
    /// The client's address, after trusted proxies; none outside of a request.
    pub address: Option<IpAddr>,
}

impl TenantContext {
    /// Resolves the tenant of a request for `host` whose path names `slug`.
    ///
    /// # Errors
    /// [`WebError::UnknownTenant`], never a default tenant; [`WebError::AmbiguousTenant`] when a tenant's own host
    /// is asked for a tenant by path; [`WebError::TenantSuspended`].
    pub async fn resolve(state: &WebState, host: &Host, slug: Option<&str>) -> Result<Self, WebError> {
        let tenant = if state.is_shared_host(host.as_str()) {
            let slug = slug.ok_or(WebError::NotFound)?;
            // Paths are compared byte for byte: an issuer has one spelling.
            state.directory.find_tenant_by_slug(slug).await?.filter(|tenant| tenant.slug.as_str() == slug)
        } else {
            state.directory.find_tenant_by_host(host.as_str()).await?
        };
        let tenant = tenant.ok_or(WebError::UnknownTenant)?;
        let base_path = match slug {
            Some(_) if !state.is_shared_host(host.as_str()) => return Err(WebError::AmbiguousTenant),
            Some(slug) => format!("/t/{slug}"),
            None => String::new(),
        };
        if tenant.status == TenantStatus::Suspended {
            return Err(WebError::TenantSuspended);
        }
        Ok(Self { issuer: tenant.issuer(&state.public_url), tenant, base_path, address: None })
    }

    /// A tenant outside of any request, as a command needs it; not even its status counts.
    #[must_use]
    pub fn without_request(tenant: Arc<Tenant>, public_url: &PublicUrl) -> Self {
        Self { issuer: tenant.issuer(public_url), base_path: format!("/t/{}", tenant.slug), tenant, address: None }
    }

    /// The path of a page or an endpoint of this tenant; `rest` starts with a slash.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.base_path)
    }
}

impl FromRequest for TenantContext {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let origin = RequestOrigin::of(&request)?;
            let resolved =
                Self::resolve(WebState::of(&request)?, &origin.host, request.match_info().get("tenant")).await?;
            let context = Self { address: Some(origin.client), ..resolved };
            // For the access log and for the look of an error page.
            request.extensions_mut().insert(Arc::clone(&context.tenant));
            Ok(context)
        })
    }
}

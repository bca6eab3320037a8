//! The accounts that a browser remembers: those that signed in there, whether or not they still are.

use actix_web::HttpRequest;
use latchkey_auth::{NewSession, RememberedAccounts};
use latchkey_web::{TenantContext, WebError, cookies};

use crate::Services;
use crate::services::failed;

/// What the browser remembers of this tenant.
pub(crate) fn find(request: &HttpRequest, context: &TenantContext) -> Result<RememberedAccounts, WebError> {
    let cookie = cookies::read_accounts(request, context);
    Ok(Services::of(request)?.sign_in.remembered_accounts(&context.tenant, cookie.as_ref()))
}

/// Has the browser remember who has just signed in.
pub(crate) fn note(request: &HttpRequest, context: &TenantContext, session: &NewSession) -> Result<(), WebError> {
    let Some(account) = &session.account else { return Ok(()) };
    if !context.tenant.settings.account.remembered_accounts {
        return Ok(());
    }
    let mut remembered = find(request, context)?;
    remembered.remember(account.clone());
    keep(request, context, remembered)
}

/// Has the browser remember these and no others.
pub(crate) fn keep(
    request: &HttpRequest,
    context: &TenantContext,
    remembered: RememberedAccounts,
) -> Result<(), WebError> {
    let cookie = Services::of(request)?.sign_in.remembered_cookie(&context.tenant, remembered).map_err(failed)?;
    cookies::put_accounts(request, context, cookie.as_ref())
}

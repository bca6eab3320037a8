//! What a client asks a user for, at whichever endpoint its request begins: a scope, resource servers
//! ([RFC 8707 §2.1](https://www.rfc-editor.org/rfc/rfc8707#section-2.1)) and details
//! ([RFC 9396 §2](https://www.rfc-editor.org/rfc/rfc9396#section-2)), held against what it may have.

use latchkey_protocol::{AuthorizationDetails, ErrorCode, OAuthError, Scope};
use latchkey_tenants::{Client, ResourceServers};

use crate::authorization_details::{audiences_of, check_details};
use crate::resource_policy::{named_resources, scope_at};
use crate::scope_policy::{OnBehalfOf, audience, grantable};

/// What a request says.
pub(crate) struct Asked<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) unverified_resources: &'a [String],
    pub(crate) unverified_details: Option<&'a AuthorizationDetails>,
}

/// What of it may be granted, if the user allows it; the details are granted as they stand or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grantable {
    /// Asked for, registered, known, and defined by a resource server that the request names, if it names one.
    pub(crate) scope: Scope,
    /// The resource servers that it is for: those it names, or those of the scope and of the details.
    pub(crate) audience: Vec<String>,
}

impl Asked<'_> {
    /// Holds the request against the client's registration. A scope that is not understood is left out (OpenID Connect
    /// Core §3.1.2.1); a resource or a detail that is not, is an error.
    ///
    /// # Errors
    /// `invalid_target`, `invalid_authorization_details`; `invalid_scope` when nothing is left.
    pub(crate) fn check(&self, client: &Client, servers: &ResourceServers) -> Result<Grantable, OAuthError> {
        let resources = named_resources(self.unverified_resources, client, servers)?;
        self.unverified_details.map_or(Ok(()), |details| check_details(details, client, servers, &resources))?;
        let scope = scope_at(&resources, &grantable(self.scope, client, servers, OnBehalfOf::User), servers);
        if scope.is_empty() && self.unverified_details.is_none() {
            return Err(OAuthError::new(ErrorCode::InvalidScope, "the client may not have any of this scope"));
        }
        let audience = if resources.is_empty() {
            whole_audience(&scope, self.unverified_details, client, servers)
        } else {
            resources
        };
        Ok(Grantable { scope, audience })
    }
}

/// The resource servers of a request that names none.
fn whole_audience(
    scope: &Scope,
    details: Option<&AuthorizationDetails>,
    client: &Client,
    servers: &ResourceServers,
) -> Vec<String> {
    let mut audiences = details.map(|details| audiences_of(details, client, servers)).unwrap_or_default();
    audiences.extend(audience(scope, client, servers));
    audiences.into_iter().collect()
}

//! What the expressions of a tenant may know.

use latchkey_auth::User;
use latchkey_core::UtcTime;
use latchkey_expressions::Variables;
use latchkey_protocol::Scope;
use latchkey_tenants::Client;
use latchkey_tokens::Authentication;
use latchkey_web::TenantContext;
use serde_json::{Map, Value, json};

/// Where a rule is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The browser of the user is there.
    Authorize,
    /// The client is there.
    Token,
    /// Whoever holds the access token is there.
    Userinfo,
}

impl Endpoint {
    fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
        }
    }
}

/// What is known when a rule is asked.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) endpoint: Endpoint,
    /// `None` when a client acts for itself.
    pub(crate) user: Option<&'a User>,
    pub(crate) client: &'a Client,
    pub(crate) authentication: Option<&'a Authentication>,
    /// As `grant_type` is sent, or `userinfo`.
    pub(crate) grant_type: &'a str,
    pub(crate) scope: &'a Scope,
    pub(crate) audience: &'a [String],
    pub(crate) requested: Requested<'a>,
}

/// What an authorization request asked for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Requested<'a> {
    pub(crate) scope: Option<&'a Scope>,
    pub(crate) acr_values: &'a [String],
    pub(crate) max_age: Option<u64>,
    pub(crate) response_type: Option<&'a str>,
}

impl Facts<'_> {
    /// The variables of the expressions, in the form of `latchkey_expressions::VARIABLES`.
    pub(crate) fn variables(&self, context: &TenantContext, now: UtcTime) -> Variables {
        let mut given = Map::new();
        given.insert("user".to_owned(), self.user.map_or(Value::Null, user));
        given.insert("client".to_owned(), client(self.client));
        given.insert("session".to_owned(), self.authentication.map_or(Value::Null, session));
        // A resource server is the audience of what is granted for it (RFC 8707 §2).
        given.insert(
            "grant".to_owned(),
            json!({
                "type": self.grant_type,
                "scope": words(self.scope),
                "audience": self.audience,
                "resource": self.audience,
            }),
        );
        given.insert(
            "requested".to_owned(),
            json!({
                "scope": self.requested.scope.map(words),
                "acr_values": self.requested.acr_values,
                "max_age": self.requested.max_age,
                "response_type": self.requested.response_type,
            }),
        );
        let address = context.address.map(|address| address.to_canonical().to_string());
        given.insert("network".to_owned(), json!({ "address": address, "endpoint": self.endpoint.as_str() }));
        let tenant = &context.tenant;
        given.insert("tenant".to_owned(), json!({ "id": tenant.id.as_str(), "slug": tenant.slug.as_str() }));
        given.insert("now".to_owned(), Value::from(now.unix_seconds()));
        Variables::new(&given)
    }
}

fn words(scope: &Scope) -> Vec<&str> {
    scope.iter().collect()
}

fn user(user: &User) -> Value {
    json!({
        "id": user.id.as_str(),
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified,
        "claims": user.standard_claims(),
        "groups": user.groups,
        "roles": user.roles,
    })
}

fn client(client: &Client) -> Value {
    let metadata = &client.metadata;
    json!({
        "id": client.client_id.as_str(),
        "name": client.name,
        "scope": words(&metadata.scope),
        "metadata": {
            "client_uri": metadata.client_uri,
            "token_endpoint_auth_method": metadata.token_endpoint_auth_method,
            "grant_types": metadata.grant_types,
            "contacts": metadata.contacts,
        },
    })
}

fn session(authentication: &Authentication) -> Value {
    json!({
        "auth_time": authentication.auth_time.unix_seconds(),
        "acr": authentication.acr,
        "amr": authentication.amr,
    })
}

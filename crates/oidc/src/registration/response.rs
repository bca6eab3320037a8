//! The client information response, [RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1), RFC 7592 §3.

use latchkey_core::{Secret, UtcTime};
use latchkey_tenants::Client;
use serde_json::{Map, Value};

/// What a registered client is told about itself.
pub(super) struct ClientInformation<'a> {
    pub(super) client: &'a Client,
    pub(super) registered_at: UtcTime,
    /// What manages it.
    pub(super) management: &'a Secret<String>,
    /// A secret that was just made; older ones are kept as hashes and cannot be told again.
    pub(super) secret: Option<Secret<String>>,
}

impl ClientInformation<'_> {
    pub(super) fn members(&self, issuer: &str, software_statement: Option<String>) -> Map<String, Value> {
        let client_id = self.client.client_id.as_str();
        let mut members = self.client.metadata.for_stranger();
        members.insert("client_id".to_owned(), Value::from(client_id));
        members.insert("client_name".to_owned(), Value::from(self.client.name.as_str()));
        members.insert("client_id_issued_at".to_owned(), Value::from(self.registered_at.unix_seconds()));
        let uri = format!("{issuer}/oauth2/register/{client_id}");
        members.insert("registration_client_uri".to_owned(), Value::from(uri));
        members.insert("registration_access_token".to_owned(), Value::from(self.management.expose().as_str()));
        if self.client.metadata.token_endpoint_auth_method.uses_secret() {
            members.insert("client_secret_expires_at".to_owned(), Value::from(0));
        }
        if let Some(secret) = &self.secret {
            members.insert("client_secret".to_owned(), Value::from(secret.expose().as_str()));
        }
        if let Some(statement) = software_statement {
            members.insert("software_statement".to_owned(), Value::from(statement));
        }
        members
    }
}

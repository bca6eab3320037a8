//! What a client may exchange: [RFC 8693](https://www.rfc-editor.org/rfc/rfc8693). Nothing, unless it is said here.

use serde::{Deserialize, Serialize};

use crate::InvalidMember;
use crate::defaults::is_default;
use crate::resource_server::check_audience;

/// The allow-list of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenExchangePolicy {
    /// Audiences that it may exchange a token for, whatever its own `audiences` are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Whether it may get a token of the subject without saying who it is (no `act`).
    #[serde(skip_serializing_if = "is_default")]
    pub impersonation: bool,
    /// Whether it may get a token of the subject with itself, or the holder of an actor token, as `act`.
    #[serde(skip_serializing_if = "is_default")]
    pub delegation: bool,
}

impl TokenExchangePolicy {
    /// Whether a token may be exchanged for one of that audience.
    #[must_use]
    pub fn allows_audience(&self, audience: &str) -> bool {
        self.audiences.iter().any(|allowed| allowed == audience)
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidMember> {
        for audience in &self.audiences {
            check_audience("token_exchange.audiences", audience)?;
        }
        Ok(())
    }
}

//! A request between its steps: its parameters as they count, whichever way they came.

use latchkey_protocol::Params;
use serde::{Deserialize, Serialize};

use super::request::canonical_query;

/// Which way the parameters of a request came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// In the query or in a form, through the browser: whoever had it in hand may have changed it.
    Browser,
    /// In a request object that the client signed (RFC 9101).
    RequestObject,
    /// Pushed by the client (RFC 9126), under this id.
    Pushed(String),
}

impl Origin {
    /// Whether the client authenticated when it sent the request.
    pub(crate) fn is_pushed(&self) -> bool {
        matches!(self, Self::Pushed(_))
    }
}

/// A request that is read again when the browser comes back: nobody else has written it, so what was verified once is
/// not verified again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The parameters that count, as a query.
    pub(crate) query: String,
    /// Which way they came.
    pub(crate) origin: Origin,
}

impl Kept {
    /// Keeps the parameters that are known.
    pub(crate) fn new(params: &Params, origin: Origin) -> Self {
        Self { query: canonical_query(params), origin }
    }
}

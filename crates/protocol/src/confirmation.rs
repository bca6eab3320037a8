//! `cnf`, [RFC 7800 §3](https://www.rfc-editor.org/rfc/rfc7800#section-3): which key a token is bound to.

use serde::{Deserialize, Serialize};

/// The key that whoever uses the token must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// The SHA-256 thumbprint of a JWK (RFC 7638), proved by DPoP: RFC 9449 §6.1.
    #[serde(rename = "jkt")]
    Jkt(String),
    /// The SHA-256 of a certificate, proved by mutual TLS: RFC 8705 §3.1.
    #[serde(rename = "x5t#S256")]
    X5tS256(String),
}

impl Confirmation {
    /// The thumbprint of the DPoP key, when it is one.
    #[must_use]
    pub fn jkt(&self) -> Option<&str> {
        match self {
            Self::Jkt(thumbprint) => Some(thumbprint),
            Self::X5tS256(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_the_specifications_show_it() {
        let dpop = Confirmation::Jkt("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".to_owned());
        let written = serde_json::json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"});
        assert_eq!(serde_json::to_value(&dpop).expect("serializes"), written);
        assert_eq!(serde_json::from_value::<Confirmation>(written).expect("parses"), dpop);
        let mtls = Confirmation::X5tS256("A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0".to_owned());
        let written = serde_json::json!({"x5t#S256": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"});
        assert_eq!(serde_json::to_value(&mtls).expect("serializes"), written);
    }
}

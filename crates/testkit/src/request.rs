//! Authorization requests, with everything that a test doesn't care about filled in.

use std::collections::BTreeMap;

/// RFC 7636 appendix B.
pub(crate) const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The redirect URI that every client of the fixture registered.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:7000/callback";

/// An authorization request that would succeed as it is.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    pub(crate) issuer: String,
    pub(crate) params: BTreeMap<String, String>,
}

impl AuthorizationRequest {
    pub(crate) fn new(issuer: String, client_id: &str) -> Self {
        let params = [
            ("client_id", client_id),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "openid profile email"),
            ("state", "state-0123456789"),
            ("nonce", "nonce-0123456789"),
            ("code_challenge", CODE_CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        Self { issuer, params: params.map(|(name, value)| (name.to_owned(), value.to_owned())).into() }
    }

    /// Adds or replaces a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Leaves a parameter out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.params.remove(name);
        self
    }

    /// The endpoint without parameters.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{}/oauth2/authorize", self.issuer)
    }

    /// The parameters.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<String, String> {
        &self.params
    }

    /// The parameters, form-encoded.
    #[must_use]
    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.params).finish()
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}?{}", self.endpoint(), self.encoded())
    }
}

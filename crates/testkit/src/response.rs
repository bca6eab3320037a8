//! What comes back, in a shape that a test can ask.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// The answer of an API endpoint.
#[derive(Debug)]
pub struct JsonAnswer {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, when it is JSON; null otherwise.
    pub json: Value,
    /// The body as text.
    pub text: String,
}

impl JsonAnswer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        Self::try_read(response).await.expect("the body arrives")
    }

    pub(crate) async fn try_read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let status = StatusCode::as_u16(&response.status());
        let headers = response.headers().clone();
        let text = response.text().await?;
        Ok(Self { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text })
    }

    /// A member that must be a string.
    #[must_use]
    pub fn string(&self, name: &str) -> String {
        self.json[name].as_str().unwrap_or_else(|| panic!("no {name} in {} {}", self.status, self.text)).to_owned()
    }

    /// The `error` member; empty when there is none.
    #[must_use]
    pub fn error(&self) -> &str {
        self.json["error"].as_str().unwrap_or_default()
    }

    /// A header that must be there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no header {name}: {:?}", self.headers));
        value.to_str().expect("text")
    }

    /// Fails unless the answer is 200; gives itself back.
    #[must_use]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.text);
        self
    }

    /// Fails unless this is that error with that status.
    pub fn expect_error(&self, status: u16, error: &str) {
        assert_eq!((self.status, self.error()), (status, error), "{}", self.text);
    }
}

/// Where the browser left for: the parameters that the application gets.
#[derive(Debug)]
pub struct Callback {
    /// The whole URL, or the action of the form for `form_post`.
    pub url: String,
    /// The response parameters.
    pub params: BTreeMap<String, String>,
}

impl Callback {
    /// A parameter that must be there.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).unwrap_or_else(|| panic!("no {name} in {}", self.url))
    }

    /// The `code`.
    #[must_use]
    pub fn code(&self) -> &str {
        self.param("code")
    }
}

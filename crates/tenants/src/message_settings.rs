//! How a tenant's short messages and push notices leave: by a webhook of the tenant's, to whatever provider it has.

use latchkey_fetch::{Fetcher, OutgoingPolicy};
use serde::{Deserialize, Serialize};

use crate::InvalidMember;

const MEMBER: &str = "messages";
const MAX_URL_BYTES: usize = 2_000;

/// Where short messages and push notices go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessageSettings {
    /// What takes them; its secret is the tenant's secret `webhook_secret`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<MessageWebhook>,
}

/// An endpoint that takes messages and gives them to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageWebhook {
    /// Where each message is posted: `https`, or what the tenant's `outgoing` allows.
    pub url: String,
}

impl MessageSettings {
    /// Checks the address.
    ///
    /// # Errors
    /// When no request would be made to it.
    pub fn validate(&self, outgoing: &OutgoingPolicy) -> Result<(), InvalidMember> {
        let Some(webhook) = &self.webhook else { return Ok(()) };
        if webhook.url.len() > MAX_URL_BYTES {
            return Err(InvalidMember::new(
                MEMBER,
                format!("webhook.url must not be longer than {MAX_URL_BYTES} bytes"),
            ));
        }
        Fetcher::check(outgoing, &webhook.url)
            .map_err(|error| InvalidMember::new(MEMBER, format!("webhook.url: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validate(url: &str, allow: &[&str]) -> Result<(), InvalidMember> {
        let allow = allow.iter().map(|rule| rule.parse().expect("a rule")).collect();
        let outgoing = OutgoingPolicy { allow, trust_anchors: Vec::new() };
        MessageSettings { webhook: Some(MessageWebhook { url: url.to_owned() }) }.validate(&outgoing)
    }

    #[test]
    fn a_webhook_is_reached_by_https_or_by_what_the_operator_allows() {
        assert_eq!(validate("https://sms.example/send", &[]), Ok(()));
        for url in
            ["http://sms.example/send", "http://localhost:9/", "https://127.0.0.1/", "https://u:p@sms.example/", "sms"]
        {
            assert_eq!(validate(url, &[]).expect_err("refused").member, MEMBER, "{url}");
        }
        assert_eq!(validate("http://localhost:9/", &["http://localhost:9"]), Ok(()));
    }
}

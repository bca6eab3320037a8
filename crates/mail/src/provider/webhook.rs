//! What is posted to a webhook, and how it is signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_audit::OutboxEntry;
use latchkey_core::{Secret, UtcTime, hmac_sha256};
use latchkey_fetch::{HeaderMap, HeaderName, HeaderValue, OutgoingPolicy};
use serde_json::json;

use super::item::Posted;

/// Where the messages of a tenant are posted.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The address.
    pub url: String,
    /// The key that signs.
    pub key: Secret<Vec<u8>>,
    /// What the tenant's requests may reach.
    pub outgoing: OutgoingPolicy,
}

/// The value of `webhook-signature`: HMAC-SHA-256 over id, seconds since 1970 and body, Standard Webhooks 1.0.
#[must_use]
pub fn signature(key: &Secret<Vec<u8>>, id: &str, seconds: i64, body: &str) -> String {
    let signed = format!("{id}.{seconds}.{body}");
    format!("v1,{}", STANDARD.encode(hmac_sha256(key.expose(), signed.as_bytes())))
}

/// The body: the same at every attempt.
pub(crate) fn body(entry: &OutboxEntry, item: &dyn Posted) -> Secret<String> {
    let body = json!({
        "type": entry.kind,
        "timestamp": entry.created_at.to_string(),
        "data": item.data(&entry.tenant_id),
    });
    Secret::new(body.to_string())
}

/// The headers of one attempt; `None` when the id cannot stand in one.
pub(crate) fn headers(key: &Secret<Vec<u8>>, id: &str, now: UtcTime, body: &Secret<String>) -> Option<HeaderMap> {
    let seconds = now.unix_seconds();
    let header = |name, value: &str| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?));
    Some(HeaderMap::from_iter([
        header("webhook-id", id)?,
        header("webhook-timestamp", &seconds.to_string())?,
        header("webhook-signature", &signature(key, id, seconds, body.expose()))?,
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_signature_is_what_the_libraries_for_standard_webhooks_expect() {
        let key = Secret::new(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}

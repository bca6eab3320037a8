//! Nobody guesses a code, a token or a reference: RFC 6749 §10.10, RFC 9126 §7.1, FAPI 1.0 Part 1 §5.2.2.

use std::collections::BTreeMap;

use latchkey_testkit::{TestApp, both_backends};
use serde_json::json;

use crate::{ciba, device};

/// The characters at the end that are random in every kind of secret.
const RANDOM: usize = 32;

/// Shannon's entropy of the text, as conformance suites measure it: bits for each character, times characters.
fn entropy(text: &str) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).expect("a small number"));
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    for character in text.chars() {
        *counts.entry(character).or_default() += 1;
    }
    let length = number(text.len());
    -counts.into_values().map(|count| number(count) * (number(count) / length).log2()).sum::<f64>()
}

/// Everything that one round hands out, by what it is.
async fn handed_out(app: &TestApp) -> BTreeMap<&'static str, String> {
    let request = app.authorization("web").with("scope", "openid offline_access");
    let code = app.sign_in("alice", &request).await.code().to_owned();
    let tokens = app.redeem("web", &code).await.ok();
    let opaque = app.tokens("opaque", "alice", "openid").await.string("access_token");
    let fields: Vec<(&str, &str)> =
        request.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pushed = app.post_as("web", "par", &fields).await;
    let registered = app.register("acme", None, &json!({ "redirect_uris": ["http://127.0.0.1:7000/callback"] })).await;
    [
        ("code", code),
        ("access_token", tokens.string("access_token")),
        ("opaque access_token", opaque),
        ("refresh_token", tokens.string("refresh_token")),
        (
            "rotated refresh_token",
            app.refresh("web", &tokens.string("refresh_token")).await.ok().string("refresh_token"),
        ),
        ("request_uri", pushed.string("request_uri").replace("urn:ietf:params:oauth:request_uri:", "")),
        ("device_code", device::begin(app, "dev-tv", "openid").await.device_code),
        ("auth_req_id", ciba::begin(app, "ciba-poll", &[]).await),
        ("client_secret", registered.string("client_secret")),
        ("registration_access_token", registered.string("registration_access_token")),
    ]
    .into()
}

both_backends! {
    async fn each_has_more_than_96_bits_of_entropy_and_is_made_anew_each_time(app: TestApp) {
        app.set_settings(&json!({ "client_registration": { "mode": "open" } }));
        let (one, other) = (handed_out(&app).await, handed_out(&app).await);
        for (what, text) in &one {
            assert!(text.len() >= RANDOM && text.is_ascii(), "{what}: {text}");
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{what}: {text}");
            let (random, next) = (&text[text.len() - RANDOM..], &other[what][other[what].len() - RANDOM..]);
            assert!(entropy(random) > 96.0, "{what}: {text}");
            // Of two random texts of this length hardly more than a few places agree.
            let same = random.bytes().zip(next.bytes()).filter(|(a, b)| a == b).count();
            assert!(same <= 8, "{what}: {random} {next}");
        }
    }
}

//! Expressions of a tenant: a result within its bound or an error with a place in the text, soon.
#![no_main]

use std::sync::LazyLock;

use latchkey_expressions::{MAX_RESULT_BYTES, MAX_TEXT_BYTES, Program, Variables};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

static GIVEN: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let given = json!({
        "user": {
            "id": "usr_1", "username": "alice", "email": "alice@acme.test", "email_verified": true,
            "claims": { "name": "Alice", "address": { "country": "NL", "lines": ["1", "2"] }, "updated_at": 1 },
            "groups": ["staff", "admins"], "roles": ["reader"],
        },
        "client": { "id": "web", "name": "Web", "scope": ["openid", "email"] },
        "session": { "auth_time": 1_700_000_000, "acr": "1", "amr": ["pwd"] },
        "grant": { "type": "authorization_code", "scope": ["openid"] },
        "network": { "address": "10.1.2.3", "endpoint": "token" },
        "tenant": { "id": "tnt_1", "slug": "acme" },
        "now": 1_700_000_100,
    });
    given.as_object().cloned().unwrap_or_default()
});

fuzz_target!(
    init: {
        // libFuzzer's hook ends the process at every panic, but `compile` catches those of the CEL parser.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |text: &str| {
        let outcome = Program::compile(text);
        assert!(outcome.is_err() || text.len() <= MAX_TEXT_BYTES);
        match outcome {
            Ok(program) => evaluate(&program),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
);

fn evaluate(program: &Program) {
    match program.evaluate(&Variables::new(&GIVEN)) {
        Ok(value) => assert!(value.to_string().len() <= MAX_RESULT_BYTES),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

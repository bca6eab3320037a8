//! The `claims` parameter: what is understood of it is read back as it is stored.
#![no_main]

use latchkey_protocol::ClaimsRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(request) = ClaimsRequest::parse(text) else {
        return;
    };
    let stored = serde_json::to_string(&request).expect("serializes");
    assert_eq!(ClaimsRequest::parse(&stored).as_ref(), Ok(&request), "{stored}");
    for place in [&request.userinfo, &request.id_token] {
        assert_eq!(place.is_empty(), place.names().next().is_none());
        for name in place.names() {
            assert!(place.contains(name));
            assert_eq!(place.required_value(name), place.find(name).and_then(|claim| claim.value.as_ref()));
        }
    }
});

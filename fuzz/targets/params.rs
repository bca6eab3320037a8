//! Queries and forms: `Params` agrees with another decoder, and what is written as a form is read back.
#![no_main]

use latchkey_protocol::Params;
use latchkey_protocol::params::form_decode;
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded::{Serializer, byte_serialize, parse};

fuzz_target!(|data: &[u8]| {
    if let Ok(params) = Params::parse(data) {
        agrees_with_another_decoder(&params, data);
        let (lenient, repeated) = Params::parse_leniently(data).expect("strict is narrower than lenient");
        assert!(lenient == params && repeated.is_empty());
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let encoded: String = byte_serialize(data).collect();
        assert_eq!(form_decode(encoded.as_bytes()).is_ok(), !text.contains('\0'));
        assert!(form_decode(encoded.as_bytes()).is_ok_and(|decoded| decoded == text) || text.contains('\0'));
    }
    if let Ok(claims) = serde_json::from_slice::<serde_json::Map<_, _>>(data) {
        let names: Vec<String> = claims.keys().cloned().collect();
        if let Ok(params) = Params::from_claims(claims) {
            let values = names.iter().filter_map(|name| params.peek(name));
            assert!(values.into_iter().all(|value| !value.is_empty() && !value.contains('\0')));
        }
    }
});

fn agrees_with_another_decoder(params: &Params, encoded: &[u8]) {
    let pairs: Vec<_> = parse(encoded).filter(|(_, value)| !value.is_empty()).collect();
    let written = Serializer::new(String::new()).extend_pairs(&pairs).finish();
    assert!(Params::parse(written.as_bytes()).as_ref() == Ok(params), "{written}");
    for (name, _) in &pairs {
        let first = pairs.iter().find(|(other, _)| other == name).map(|(_, value)| &**value);
        assert_eq!(params.peek(name), first);
    }
}

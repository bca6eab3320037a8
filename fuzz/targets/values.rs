//! Parameters with a closed set of values, and code challenges: what is accepted is printed as it came.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use latchkey_protocol::{
    CodeChallenge, ContentEncryption, Display as DisplayMode, GrantType, HmacAlgorithm, KeyManagementAlgorithm, Prompt,
    ResponseMode, ResponseType, SigningAlgorithm, TokenEndpointAuthMethod, TokenTypeIdentifier,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    printed_as_it_came::<GrantType>(text);
    printed_as_it_came::<ResponseMode>(text);
    printed_as_it_came::<Prompt>(text);
    printed_as_it_came::<DisplayMode>(text);
    printed_as_it_came::<SigningAlgorithm>(text);
    printed_as_it_came::<HmacAlgorithm>(text);
    printed_as_it_came::<KeyManagementAlgorithm>(text);
    printed_as_it_came::<ContentEncryption>(text);
    printed_as_it_came::<TokenEndpointAuthMethod>(text);
    printed_as_it_came::<TokenTypeIdentifier>(text);
    if let Ok(response_type) = text.parse::<ResponseType>() {
        assert_eq!(response_type.to_string().parse(), Ok(response_type));
        assert!(response_type.has_code() || response_type.has_id_token() || response_type.has_token());
        assert!(ResponseMode::ALL.iter().all(|mode| response_type.resolve_mode(*mode) != ResponseMode::Jwt));
    }
    if let Some(challenge) = CodeChallenge::parse(text) {
        assert_eq!(challenge.as_str(), text);
        // Nobody finds a verifier that is its own hash.
        assert!(!challenge.verify(text));
    }
});

fn printed_as_it_came<T: FromStr + Display + Debug>(text: &str) {
    if let Ok(value) = T::from_str(text) {
        assert_eq!(value.to_string(), text);
    }
}

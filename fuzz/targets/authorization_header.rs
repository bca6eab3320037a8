//! The `Authorization` header: what is read as credentials or as a token is written and read back as the same.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_protocol::{BasicCredentials, parse_access_token};
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded::byte_serialize;

fuzz_target!(|data: &[u8]| {
    let basic = BasicCredentials::parse(data);
    let token = parse_access_token(data);
    assert!(basic.is_none() || token.is_none(), "a header of two schemes");
    if let Some(read) = basic {
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&read.client_id), encode(read.client_secret.expose()));
        let header = format!("Basic {}", STANDARD.encode(pair));
        assert!(BasicCredentials::parse(header.as_bytes()).as_ref() == Some(&read));
    }
    if let Some((scheme, token)) = token {
        assert!(!token.expose().is_empty() && token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
        let header = format!("{scheme:?} {}", token.expose());
        assert!(parse_access_token(header.as_bytes()) == Some((scheme, token)));
    }
});

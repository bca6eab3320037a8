//! The certificate that a trusted proxy passes on: one certificate in DER, and the same in each way of writing it.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_jose::{certificate_key_thumbprint, certificate_of_header, certificate_sha256};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(der) = certificate_of_header(text) else { return };
    assert_eq!(certificate_sha256(&der).len(), 43);
    let _ = certificate_key_thumbprint(&der);
    let base64 = STANDARD.encode(&der);
    assert_eq!(certificate_of_header(&base64).as_ref(), Some(&der));
    assert_eq!(certificate_of_header(&format!(":{base64}:")), Some(der));
});

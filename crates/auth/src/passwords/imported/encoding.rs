//! How hashes write bytes and parameters.

use std::str::FromStr;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bytes of a salt that anybody would use.
const MAX_SALT_BYTES: usize = 1024;
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Base64 of any make: with or without padding, URL-safe, or with `.` for `+` as Passlib and OpenLDAP write it.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let standard: String = text
        .chars()
        .map(|c| match c {
            '-' | '.' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    LENIENT.decode(standard).ok()
}

/// A salt in Base64.
pub(super) fn salt(text: &str) -> Option<Vec<u8>> {
    base64(text).filter(|salt| salt.len() <= MAX_SALT_BYTES)
}

/// A salt that stands there as it is.
pub(super) fn literal_salt(text: &str) -> Option<Vec<u8>> {
    (!text.is_empty() && text.len() <= MAX_SALT_BYTES).then(|| text.as_bytes().to_vec())
}

/// So many bytes, in hexadecimal digits or in Base64.
pub(super) fn hex_or_base64(text: &str, length: usize) -> Option<Vec<u8>> {
    let bytes = if text.len() == 2 * length { hex(text)? } else { base64(text)? };
    (bytes.len() == length).then_some(bytes)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    Some(pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// A parameter of a list such as `ln=14,r=8`.
pub(super) fn parameter<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    list.split(',').find_map(|member| member.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// A number of such a list.
pub(super) fn number<T: FromStr>(list: &str, name: &str) -> Option<T> {
    parameter(list, name)?.parse().ok()
}

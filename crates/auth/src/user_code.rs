//! The code that a person types to connect a device, [RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1).

use std::fmt;

use latchkey_core::{Rng, TokenHash};

/// Consonants only: no code spells a word, and none of them is mistaken for a digit or another letter when read aloud.
const ALPHABET: [u8; 20] = *b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
/// The largest multiple of the alphabet's size that a byte can hold; a byte beyond it would favour the first letters.
const FAIR_BYTES: u8 = 240;

/// Eight letters of twenty, 34.6 bits; it lives for ten minutes and each guess is counted.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    pub(crate) fn generate(rng: &Rng) -> Self {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            for byte in rng.bytes::<LENGTH>().into_iter().filter(|byte| *byte < FAIR_BYTES) {
                let index = usize::from(byte) % ALPHABET.len();
                code.extend(ALPHABET.get(index).copied().map(char::from));
            }
        }
        code.truncate(LENGTH);
        Self(code)
    }

    /// Reads what a person typed: case, spaces and punctuation do not matter. `None` for what was never a code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let ignored =
            |c: &char| c.is_whitespace() || matches!(c, '-' | '.' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}');
        // One character more than a code has is enough to see that it is too long.
        let letters = typed.chars().filter(|c| !ignored(c)).take(LENGTH + 1);
        let code: String = letters.map(|c| c.to_ascii_uppercase()).collect();
        (code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte))).then_some(Self(code))
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

/// As it is shown: `WDJB-MJHT`.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at_checked(LENGTH / 2).unwrap_or((&self.0, ""));
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use latchkey_core::Rng;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_typed_means_the_same_code_however_it_is_written() {
        for typed in ["WDJB-MJHT", "wdjbmjht", " wd jb mj ht ", "WdJb\u{2013}mJhT", "wdjb.mjht", "WDJB_MJHT\n"] {
            assert_eq!(UserCode::parse(typed).expect("a code").to_string(), "WDJB-MJHT", "{typed}");
        }
    }

    #[test]
    fn what_was_never_a_code_is_none() {
        let long = "B".repeat(100_000);
        for typed in
            ["", "WDJB-MJH", "WDJB-MJHTB", "WDJA-MJHT", "WDJ8-MJHT", "WDJB/MJHT", "WDJB-MJHÉ", "ＷDJBMJHT", &long]
        {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn codes_use_the_whole_alphabet_and_do_not_repeat() {
        let rng = Rng::seeded(8628);
        let codes: BTreeSet<String> = (0..1_000).map(|_| UserCode::generate(&rng).to_string()).collect();
        assert_eq!(codes.len(), 1_000);
        let letters: BTreeSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(letters.len(), ALPHABET.len() + 1, "{letters:?}");
        assert!(codes.iter().all(|code| UserCode::parse(code).is_some_and(|parsed| parsed.to_string() == *code)));
    }

    proptest! {
        #[test]
        fn nothing_typed_makes_the_parser_panic_and_a_code_is_read_as_it_is_shown(typed in "\\PC{0,20}|[BCDFGHJKLMNPQRSTVWXZ.\\- ]{8,12}") {
            if let Some(code) = UserCode::parse(&typed) {
                let shown = code.to_string();
                prop_assert!(shown.len() == LENGTH + 1 && shown.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)));
                prop_assert_eq!(UserCode::parse(&shown), Some(code));
            }
        }
    }
}

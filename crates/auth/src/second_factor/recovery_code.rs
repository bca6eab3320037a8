//! Codes for the day when nothing else is at hand: sixteen characters, 80 random bits, each good for one sign-in.

use std::fmt::Write;

use latchkey_core::{Rng, Secret, TokenHash};

/// How many a user gets at a time.
pub(crate) const RECOVERY_CODES: usize = 10;
const CHARS: usize = 16;
/// Crockford's base 32: no `i`, `l`, `o` and `u`; the first three are read as the digits that they look like.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A code as it is shown: `xxxx-xxxx-xxxx-xxxx`.
#[derive(Clone, Debug)]
pub struct RecoveryCode(Secret<String>);

impl RecoveryCode {
    pub(crate) fn generate(rng: &Rng) -> Self {
        let mut text = String::with_capacity(CHARS + 3);
        for (index, byte) in rng.bytes::<CHARS>().into_iter().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push('-');
            }
            // 32 divides 256: every letter is as likely as the next.
            let letter = ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
            let _ = write!(text, "{}", char::from(letter));
        }
        Self(Secret::new(text))
    }

    /// The code as it is shown; nobody can read it again.
    #[must_use]
    pub fn text(&self) -> &Secret<String> {
        &self.0
    }

    pub(crate) fn hash(&self) -> TokenHash {
        hash_of(self.0.expose())
    }
}

/// The hash of a code as somebody typed it: case, spaces and hyphens do not count.
pub(crate) fn hash_of(typed: &str) -> TokenHash {
    let letters = typed.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let code: Secret<String> = Secret::new(
        letters
            .map(|letter| match letter {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            })
            .collect(),
    );
    TokenHash::of(code.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_four_groups_of_four_letters_that_cannot_be_confused() {
        let code = RecoveryCode::generate(&Rng::seeded(4));
        let groups: Vec<_> = code.text().expose().split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4, 4, 4, 4]);
        assert!(groups.concat().bytes().all(|b| ALPHABET.contains(&b)));
    }

    #[test]
    fn how_it_is_typed_does_not_matter() {
        let code = RecoveryCode(Secret::from("0a1b-2c3d-4e5f-6g7h"));
        for typed in ["0a1b-2c3d-4e5f-6g7h", "OAIB 2C3D 4E5F 6G7H", " oalb2c3d4e5f6g7h "] {
            assert!(hash_of(typed) == code.hash(), "{typed}");
        }
        assert!(hash_of("0a1b-2c3d-4e5f-6g7j") != code.hash());
    }
}

//! Codes that are sent to somebody, by mail or as a text message, and typed in the browser that asked for them.

use std::fmt::Write;
use std::time::Duration;

use latchkey_core::{Rng, Sealer, Secret, TokenHash, UserId, UtcTime, constant_time_eq};
use openssl::error::ErrorStack;
use serde::{Deserialize, Serialize};

/// How long what was sent can be used.
pub const SENT_CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Digits of a code that stands for a password; with ten tries a chance of one in ten million.
pub(crate) const FIRST_FACTOR_DIGITS: usize = 8;
/// Digits of a code beside another factor.
pub(crate) const SECOND_FACTOR_DIGITS: usize = 6;
/// The largest multiple of ten that a byte holds: below it each digit is as likely as the next.
const FAIR_BYTES: u8 = 250;

/// A code of decimal digits.
#[derive(Clone, Debug)]
pub(crate) struct DigitCode(Secret<String>);

/// What was sent, as it waits in the short-lived store: whoever reads that store learns no code.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SentCode {
    /// Whose it is; nobody's where no user was found, so that this cannot be told.
    pub(crate) user_id: Option<UserId>,
    /// The digest of where it went: it counts for nobody who has moved on from there.
    pub(crate) destination: TokenHash,
    sealed_code: String,
    /// Of the token in the link, where a link was sent.
    link_hash: Option<TokenHash>,
    /// When it was sent.
    pub(crate) sent_at: UtcTime,
}

/// What somebody shows of what was sent.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A code, as typed.
    Code(Secret<String>),
    /// The token of a link.
    Link(Secret<String>),
}

impl DigitCode {
    pub(crate) fn generate(digits: usize, rng: &Rng) -> Self {
        let mut text = String::with_capacity(digits);
        while text.len() < digits {
            for byte in rng.bytes::<16>().into_iter().filter(|byte| *byte < FAIR_BYTES).take(digits - text.len()) {
                let _ = write!(text, "{}", byte % 10);
            }
        }
        Self(Secret::new(text))
    }

    /// As it is shown: in groups of three, or of four when there are eight digits.
    pub(crate) fn grouped(&self) -> Secret<String> {
        let digits = self.0.expose();
        let (left, right) = digits.split_at_checked(digits.len() / 2).unwrap_or((digits, ""));
        Secret::new(format!("{left} {right}"))
    }

    fn digits(&self) -> &str {
        self.0.expose()
    }
}

impl SentCode {
    /// Seals a code for the place where it counts.
    pub(crate) fn seal(
        (user_id, destination): (Option<UserId>, TokenHash),
        code: &DigitCode,
        link_token: Option<&Secret<String>>,
        (sealer, context, rng): (&Sealer, &str, &Rng),
        now: UtcTime,
    ) -> Result<Self, ErrorStack> {
        let sealed_code = sealer.seal(context, code.digits().as_bytes(), rng)?;
        let link_hash = link_token.map(|token| TokenHash::of(token.expose()));
        Ok(Self { user_id, destination, sealed_code, link_hash, sent_at: now })
    }

    /// Until when it can be used.
    pub(crate) fn expires_at(&self) -> UtcTime {
        self.sent_at.plus(SENT_CODE_LIFETIME)
    }

    /// Whether this is what was sent; the caller sees to it that it counts once.
    pub(crate) fn is_shown(&self, shown: &Shown, (sealer, context): (&Sealer, &str)) -> bool {
        match shown {
            Shown::Link(token) => self.link_hash.as_ref() == Some(&TokenHash::of(token.expose())),
            Shown::Code(typed) => {
                let Some(code) = sealer.open(context, &self.sealed_code) else { return false };
                let digits = typed.expose().chars().filter(|c| !c.is_whitespace() && *c != '-');
                let digits = Secret::new(digits.collect::<String>());
                constant_time_eq(digits.expose().as_bytes(), code.expose())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: &str = "here";

    fn sealer() -> Sealer {
        Sealer::new(Secret::new([3; 32]))
    }

    fn sent(code: &DigitCode, link: Option<&Secret<String>>) -> SentCode {
        let now = UtcTime::from_unix_seconds(1_800_000_000);
        let to = (None, TokenHash::of("alice@acme.test"));
        SentCode::seal(to, code, link, (&sealer(), CONTEXT, &Rng::seeded(7)), now).expect("sealed")
    }

    fn code(text: &str) -> Shown {
        Shown::Code(Secret::from(text))
    }

    #[test]
    fn codes_have_as_many_digits_as_asked_and_every_digit_is_as_likely() {
        let rng = Rng::seeded(1);
        let mut counts = [0_u32; 10];
        for digits in [SECOND_FACTOR_DIGITS, FIRST_FACTOR_DIGITS] {
            for _ in 0..2_000 {
                let code = DigitCode::generate(digits, &rng);
                assert_eq!(code.digits().len(), digits);
                code.digits().chars().filter_map(|c| c.to_digit(10)).for_each(|digit| {
                    counts[usize::try_from(digit).expect("a digit")] += 1;
                });
            }
        }
        assert_eq!(counts.iter().sum::<u32>(), 28_000);
        assert!(counts.iter().all(|count| (2_600..3_000).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_code_is_right_however_it_is_spaced_and_wrong_otherwise() {
        let generated = DigitCode::generate(FIRST_FACTOR_DIGITS, &Rng::seeded(1));
        let sent = sent(&generated, None);
        let digits = generated.digits().to_owned();
        for typed in [digits.clone(), generated.grouped().expose().clone(), format!(" {digits}- ")] {
            assert!(sent.is_shown(&code(&typed), (&sealer(), CONTEXT)), "{typed}");
        }
        let mut other = digits.clone();
        other.replace_range(..1, if digits.starts_with('0') { "1" } else { "0" });
        for typed in [other.as_str(), "", &digits[1..], &format!("{digits}0")] {
            assert!(!sent.is_shown(&code(typed), (&sealer(), CONTEXT)), "{typed}");
        }
        assert!(!sent.is_shown(&code(&digits), (&sealer(), "elsewhere")));
        assert!(!sent.is_shown(&Shown::Link(Secret::from(digits.as_str())), (&sealer(), CONTEXT)));
    }

    #[test]
    fn a_link_is_right_by_its_token_and_the_code_beside_it_as_well() {
        let generated = DigitCode::generate(FIRST_FACTOR_DIGITS, &Rng::seeded(2));
        let token = Rng::seeded(3).token();
        let sent = sent(&generated, Some(&token));
        assert!(sent.is_shown(&Shown::Link(token.clone()), (&sealer(), CONTEXT)));
        assert!(sent.is_shown(&code(generated.digits()), (&sealer(), CONTEXT)));
        assert!(!sent.is_shown(&code(token.expose()), (&sealer(), CONTEXT)));
        assert!(!sent.is_shown(&Shown::Link(Secret::from("")), (&sealer(), CONTEXT)));
    }

    #[test]
    fn what_is_kept_does_not_hold_the_code() {
        let generated = DigitCode::generate(FIRST_FACTOR_DIGITS, &Rng::seeded(4));
        let kept = serde_json::to_string(&sent(&generated, None)).expect("json");
        assert!(!kept.contains(generated.digits()), "{kept}");
    }
}

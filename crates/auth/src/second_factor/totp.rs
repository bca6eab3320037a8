//! Codes of authenticator applications, [RFC 6238](https://www.rfc-editor.org/rfc/rfc6238).

use latchkey_core::{Rng, Secret, UserId, UtcTime};
use latchkey_tenants::TotpAlgorithm;
use serde::{Deserialize, Serialize};
use totp_rs::{Algorithm, Builder};

use crate::AuthError;

const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;

/// The secret that an authenticator shares with us.
#[derive(Clone, Debug)]
pub(crate) struct TotpSecret {
    bytes: Secret<Vec<u8>>,
    algorithm: TotpAlgorithm,
}

/// A secret that was shown and not yet confirmed by a code; sealed in the short-lived store.
#[derive(Serialize, Deserialize)]
pub(crate) struct TotpSetup {
    pub(crate) user_id: UserId,
    pub(crate) sealed_secret: String,
    pub(crate) algorithm: TotpAlgorithm,
}

impl TotpSecret {
    /// RFC 6238 §5.1: as long as the digest.
    pub(crate) fn generate(algorithm: TotpAlgorithm, rng: &Rng) -> Self {
        let bytes = match algorithm {
            TotpAlgorithm::Sha1 => rng.bytes::<20>().to_vec(),
            TotpAlgorithm::Sha256 => rng.bytes::<32>().to_vec(),
            TotpAlgorithm::Sha512 => rng.bytes::<64>().to_vec(),
        };
        Self { bytes: Secret::new(bytes), algorithm }
    }

    pub(crate) fn new(bytes: Secret<Vec<u8>>, algorithm: TotpAlgorithm) -> Self {
        Self { bytes, algorithm }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.expose()
    }

    pub(crate) fn algorithm(&self) -> TotpAlgorithm {
        self.algorithm
    }

    /// The secret as it is typed where no camera is at hand: base32 (RFC 4648 §6) in groups of four.
    pub(crate) fn to_text(&self) -> Secret<String> {
        let text = Secret::new(totp_rs::Secret::from(self.bytes.expose().as_slice()).to_base32());
        let mut grouped = String::with_capacity(text.expose().len() * 2);
        for (index, letter) in text.expose().chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(letter);
        }
        Secret::new(grouped)
    }

    /// The `otpauth` URI of the QR code.
    ///
    /// # Errors
    /// [`AuthError::Totp`] when the names cannot stand in it.
    pub(crate) fn to_uri(&self, issuer: &str, account: &str) -> Result<Secret<String>, AuthError> {
        // A colon separates the two in the label.
        let named = |name: &str| name.replace(':', " ");
        let builder = self.builder().with_account_name(named(account)).with_issuer(Some(named(issuer)));
        let uri = builder.build().and_then(|totp| totp.to_url());
        uri.map(Secret::new).map_err(|error| AuthError::Totp(format!("{error:?}")))
    }

    /// The time step of the code, if it is right now or was or will be within so many steps, for clocks that differ and
    /// people who type slowly; the caller sees to it that each counts once (RFC 6238 §5.2).
    pub(crate) fn step_of(&self, code: &str, drift: u8, now: UtcTime) -> Option<i64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if digits.len() != usize::from(DIGITS) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let seconds = u64::try_from(now.unix_seconds()).ok()?;
        let totp = self.builder().with_skew(u16::from(drift)).build_noncompliant();
        i64::try_from(totp.check(&digits, seconds)?).ok()
    }

    /// The code that an authenticator shows.
    #[cfg(test)]
    pub(crate) fn code_at(&self, now: UtcTime) -> String {
        let seconds = u64::try_from(now.unix_seconds()).expect("a time");
        self.builder().build_noncompliant().generate(seconds).to_string()
    }

    fn builder(&self) -> Builder {
        let algorithm = match self.algorithm {
            TotpAlgorithm::Sha1 => Algorithm::SHA1,
            TotpAlgorithm::Sha256 => Algorithm::SHA256,
            TotpAlgorithm::Sha512 => Algorithm::SHA512,
        };
        Builder::new()
            .with_algorithm(algorithm)
            .with_digits(DIGITS)
            .with_step_duration(STEP_SECONDS)
            .with_secret(self.bytes.expose().as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UtcTime {
        UtcTime::from_unix_seconds(seconds)
    }

    /// RFC 6238 appendix B has eight digits; six are their last.
    #[test]
    fn the_codes_are_those_of_rfc_6238_appendix_b() {
        let secrets = [
            (TotpAlgorithm::Sha1, "12345678901234567890"),
            (TotpAlgorithm::Sha256, "12345678901234567890123456789012"),
            (TotpAlgorithm::Sha512, "1234567890123456789012345678901234567890123456789012345678901234"),
        ];
        let times = [
            (59, ["287082", "119246", "693936"]),
            (1_111_111_109, ["081804", "084774", "091201"]),
            (1_234_567_890, ["005924", "819424", "441116"]),
            (20_000_000_000, ["353130", "737706", "863826"]),
        ];
        for (time, codes) in times {
            for ((algorithm, secret), code) in secrets.iter().zip(codes) {
                let secret = TotpSecret::new(Secret::new(secret.as_bytes().to_vec()), *algorithm);
                assert_eq!(secret.step_of(code, 1, at(time)), Some(time / 30), "{algorithm:?} {time}");
            }
        }
    }

    #[test]
    fn a_code_counts_as_many_steps_early_or_late_as_are_allowed_and_no_longer() {
        let secret = TotpSecret::new(Secret::new(b"12345678901234567890".to_vec()), TotpAlgorithm::Sha1);
        let step = 1_111_111_109 / 30;
        for drift in 0..=2_u8 {
            for steps in -3..=3_i64 {
                let expected = (steps.abs() <= i64::from(drift)).then_some(step);
                assert_eq!(secret.step_of("081804", drift, at((step + steps) * 30)), expected, "{drift} {steps}");
            }
        }
    }

    #[test]
    fn spaces_are_allowed_and_anything_else_is_wrong() {
        let secret = TotpSecret::new(Secret::new(b"12345678901234567890".to_vec()), TotpAlgorithm::Sha1);
        assert!(secret.step_of(" 081 804 ", 1, at(1_111_111_109)).is_some());
        for wrong in ["", "81804", "0818040", "08180a", "\u{0661}81804", "000000"] {
            assert_eq!(secret.step_of(wrong, 1, at(1_111_111_109)), None, "{wrong}");
        }
    }

    #[test]
    fn the_uri_holds_what_an_authenticator_needs() {
        let secret = TotpSecret::new(Secret::new(b"12345678901234567890".to_vec()), TotpAlgorithm::Sha1);
        let uri = secret.to_uri("Acme: Shop", "alice@example.com").expect("a uri");
        assert!(uri.expose().starts_with("otpauth://totp/"), "{}", uri.expose());
        assert!(uri.expose().contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{}", uri.expose());
        assert!(uri.expose().contains("issuer=Acme"), "{}", uri.expose());
        assert_eq!(secret.to_text().expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}

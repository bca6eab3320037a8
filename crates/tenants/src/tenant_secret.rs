//! Secrets of a tenant that must be known again. They stand beside the settings, never in them, so nothing that shows or
//! exports settings can show one.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::{Rng, Secret};
use serde::{Deserialize, Serialize};

use crate::TenantSettings;

/// What a secret of webhooks begins with, <https://www.standardwebhooks.com>.
const WEBHOOK_PREFIX: &str = "whsec_";
/// Of the key behind it: what the specification asks for.
const WEBHOOK_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

const MAX_PASSWORD_BYTES: usize = 1024;

/// Which secret of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantSecret {
    /// Signs in at the server of `mail`.
    SmtpPassword,
    /// Signs what is posted to the webhook of `messages`.
    WebhookSecret,
}

/// Why a secret cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTenantSecret {
    /// There is no secret of that name.
    #[error("must be smtp_password or webhook_secret")]
    Name,
    /// Not a password.
    #[error("must have 1 to 1024 bytes, none of them a control character")]
    Password,
    /// Not a secret of webhooks.
    #[error("must be whsec_ and the base64 of 24 to 64 random bytes")]
    Webhook,
}

impl TenantSecret {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::SmtpPassword, Self::WebhookSecret];

    /// The name as it is stored and said.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SmtpPassword => "smtp_password",
            Self::WebhookSecret => "webhook_secret",
        }
    }

    /// Checks that `value` can be used as this secret.
    ///
    /// # Errors
    /// [`InvalidTenantSecret`] says what it must be.
    pub fn check(self, value: &Secret<String>) -> Result<(), InvalidTenantSecret> {
        match self {
            Self::SmtpPassword => is_password(value.expose()).then_some(()).ok_or(InvalidTenantSecret::Password),
            Self::WebhookSecret => webhook_key(value).map(|_| ()).ok_or(InvalidTenantSecret::Webhook),
        }
    }

    /// A new one; `None` for one that somebody else gives out.
    #[must_use]
    pub fn generate(self, rng: &Rng) -> Option<Secret<String>> {
        match self {
            Self::SmtpPassword => None,
            Self::WebhookSecret => Some(Secret::new(format!("{WEBHOOK_PREFIX}{}", STANDARD.encode(rng.bytes::<32>())))),
        }
    }

    /// What the secret was given for: sealed with it, a secret does not open for anything else.
    ///
    /// A password is sent to the server. Whoever may write settings but does not know it could otherwise name a server of
    /// their own and be sent it.
    pub(crate) fn purpose(self, settings: &TenantSettings) -> String {
        match self {
            Self::SmtpPassword => settings.mail.smtp.as_ref().map_or_else(String::new, |smtp| {
                format!(
                    "{}\n{}\n{:?}\n{}",
                    smtp.host,
                    smtp.port(),
                    smtp.tls,
                    smtp.username.as_deref().unwrap_or_default()
                )
            }),
            Self::WebhookSecret => String::new(),
        }
    }
}

impl fmt::Display for TenantSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TenantSecret {
    type Err = InvalidTenantSecret;

    fn from_str(name: &str) -> Result<Self, InvalidTenantSecret> {
        Self::ALL.into_iter().find(|secret| secret.as_str() == name).ok_or(InvalidTenantSecret::Name)
    }
}

fn is_password(text: &str) -> bool {
    (1..=MAX_PASSWORD_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// The key behind a secret of webhooks; `None` for a text that is none.
#[must_use]
pub fn webhook_key(secret: &Secret<String>) -> Option<Secret<Vec<u8>>> {
    let key = Secret::new(STANDARD.decode(secret.expose().strip_prefix(WEBHOOK_PREFIX)?).ok()?);
    WEBHOOK_BYTES.contains(&key.expose().len()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_webhooks_is_the_base64_of_a_key_that_is_long_enough() {
        let of = |bytes: usize| Secret::new(format!("whsec_{}", STANDARD.encode(vec![7; bytes])));
        for (bytes, good) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
            assert_eq!(TenantSecret::WebhookSecret.check(&of(bytes)).is_ok(), good, "{bytes}");
        }
        for text in ["", "whsec_", "whsec_!", "secret"] {
            assert!(TenantSecret::WebhookSecret.check(&Secret::from(text)).is_err(), "{text}");
        }
        assert_eq!(webhook_key(&of(32)).map(|key| key.expose().len()), Some(32));
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for secret in TenantSecret::ALL {
            assert_eq!(secret.as_str().parse(), Ok(secret));
        }
        assert_eq!("other".parse::<TenantSecret>(), Err(InvalidTenantSecret::Name));
    }
}

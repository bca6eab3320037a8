//! Browsers in which a user is not asked for a second factor again: a row, and a cookie of the same form as that of the
//! sessions, `{device id}.{secret}~…`, one part for each user who let the browser be remembered.

use latchkey_core::{DeviceId, Rng, Secret, TokenHash, UtcTime};

const SEPARATOR: char = '~';
/// As many as a browser holds sessions.
const MAX_DEVICES: usize = 5;
const MAX_COOKIE_BYTES: usize = 512;

/// One part of the cookie, as unproved as the cookie itself.
#[derive(Clone, Debug)]
pub(crate) struct DeviceCookie {
    pub(crate) id: DeviceId,
    pub(crate) secret_hash: TokenHash,
    value: Secret<String>,
}

impl DeviceCookie {
    pub(crate) fn generate(now: UtcTime, rng: &Rng) -> Self {
        let (id, secret) = (DeviceId::generate(now, rng), rng.token());
        let value = Secret::new(format!("{id}.{}", secret.expose()));
        Self { id, secret_hash: TokenHash::of(secret.expose()), value }
    }

    fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.split_once('.')?;
        Some(Self { id: id.parse().ok()?, secret_hash: TokenHash::of(secret), value: Secret::from(text) })
    }

    /// What the cookie is to hold: this one, and as many of the others as fit.
    pub(crate) fn beside(&self, others: &[Self]) -> Secret<String> {
        let mut text = self.value.expose().clone();
        for other in others.iter().filter(|other| other.id != self.id).take(MAX_DEVICES - 1) {
            text.push(SEPARATOR);
            text.push_str(other.value.expose());
        }
        Secret::new(text)
    }
}

/// Reads a cookie; what is malformed or one too many is left out.
pub(crate) fn held_devices(cookie: Option<&Secret<String>>) -> Vec<DeviceCookie> {
    let text = cookie.map(|cookie| cookie.expose().as_str()).filter(|text| text.len() <= MAX_COOKIE_BYTES);
    text.unwrap_or_default().split(SEPARATOR).filter_map(DeviceCookie::parse).take(MAX_DEVICES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_holds_five_the_newest_first_and_forgets_the_oldest() {
        let now = UtcTime::from_unix_seconds(1_700_000_000);
        let mut cookie = None;
        let mut made = Vec::new();
        for seed in 0..7 {
            let device = DeviceCookie::generate(now, &Rng::seeded(seed));
            cookie = Some(device.beside(&held_devices(cookie.as_ref())));
            made.insert(0, device.id);
        }
        assert!(cookie.as_ref().is_some_and(|cookie| cookie.expose().len() <= MAX_COOKIE_BYTES));
        let held: Vec<_> = held_devices(cookie.as_ref()).into_iter().map(|device| device.id).collect();
        assert_eq!(held, made[..5]);
    }

    #[test]
    fn what_is_no_device_is_left_out() {
        for text in ["", "~~", "dev_x.y", "ses_00000000000000000000000000000000.x", &"x".repeat(600)] {
            assert!(held_devices(Some(&Secret::from(text))).is_empty(), "{text}");
        }
    }
}

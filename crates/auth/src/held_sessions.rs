//! The session cookie of a browser that may hold several sessions: `{active}~{other}~…`, each `{session id}.{secret}`.
//!
//! The first place is empty when no account is active: its session was ended, and it is for the person to say which of
//! the others follows, not for us. Neither part of a session holds a `~`.

use latchkey_core::Secret;

use crate::session::SessionCookie;

/// Sessions that one browser holds at a tenant.
pub(crate) const MAX_SESSIONS: usize = 5;
const SEPARATOR: char = '~';
/// Five sessions have 404 bytes; a longer cookie is not ours.
const MAX_COOKIE_BYTES: usize = 512;

/// One session of the cookie, as unproved as the cookie itself.
#[derive(Clone, Debug)]
pub(crate) struct HeldSession {
    pub(crate) cookie: SessionCookie,
    /// `{session id}.{secret}`.
    pub(crate) value: Secret<String>,
}

/// What a session cookie holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldSessions {
    pub(crate) active: Option<HeldSession>,
    /// The one that was active last comes first.
    pub(crate) others: Vec<HeldSession>,
}

impl HeldSessions {
    /// Reads a cookie; what is malformed, held twice or one too many is left out.
    pub(crate) fn parse(cookie_value: &str) -> Self {
        let mut held = Self::default();
        if cookie_value.len() > MAX_COOKIE_BYTES {
            return held;
        }
        for (place, text) in cookie_value.split(SEPARATOR).enumerate() {
            let Some(cookie) = SessionCookie::parse(text) else { continue };
            if held.iter().any(|known| known.cookie.id == cookie.id) || held.iter().count() == MAX_SESSIONS {
                continue;
            }
            let session = HeldSession { cookie, value: Secret::from(text) };
            if place == 0 {
                held.active = Some(session);
            } else {
                held.others.push(session);
            }
        }
        held
    }

    /// All of them, the active one first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &HeldSession> {
        self.active.iter().chain(&self.others)
    }
}

/// The cookie that holds these sessions; `None` when there are none.
pub(crate) fn cookie_value<'a>(
    active: Option<&Secret<String>>,
    others: impl Iterator<Item = &'a Secret<String>>,
) -> Option<Secret<String>> {
    let mut text = active.map(|value| value.expose().clone()).unwrap_or_default();
    for other in others {
        text.push(SEPARATOR);
        text.push_str(other.expose());
    }
    (!text.is_empty()).then(|| Secret::new(text))
}

#[cfg(test)]
mod tests {
    use latchkey_core::{Rng, SessionId, UtcTime};
    use proptest::prelude::*;

    use super::*;

    fn value(seed: u64) -> Secret<String> {
        let rng = Rng::seeded(seed);
        let id = SessionId::generate(UtcTime::from_unix_seconds(1_700_000_000), &rng);
        SessionCookie::value(&id, &rng.token())
    }

    fn written(held: &HeldSessions) -> Option<String> {
        let active = held.active.as_ref().map(|session| &session.value);
        let text = cookie_value(active, held.others.iter().map(|session| &session.value));
        text.map(|text| text.expose().clone())
    }

    #[test]
    fn a_cookie_reads_as_it_was_written_with_or_without_an_active_session() {
        let values: Vec<_> = (0..5).map(value).collect();
        for active in [values.first(), None] {
            for others in 0..5 {
                let text = cookie_value(active, values.iter().skip(1).take(others));
                let held = HeldSessions::parse(text.as_ref().map_or("", |text| text.expose()));
                assert_eq!(written(&held), text.map(|text| text.expose().clone()));
                assert_eq!(held.active.is_some(), active.is_some());
                assert_eq!(held.others.len(), others);
            }
        }
    }

    #[test]
    fn five_sessions_fit_and_a_sixth_is_left_out() {
        let values: Vec<_> = (0..6).map(value).collect();
        let five = cookie_value(values.first(), values.iter().skip(1).take(4)).expect("a cookie");
        assert!(five.expose().len() <= MAX_COOKIE_BYTES);
        let six = cookie_value(values.first(), values.iter().skip(1)).expect("a cookie");
        assert_eq!(written(&HeldSessions::parse(six.expose())).as_ref(), Some(five.expose()));
    }

    #[test]
    fn what_is_no_session_or_held_twice_is_left_out() {
        let (one, other) = (value(1).expose().clone(), value(2).expose().clone());
        let cases = [
            (String::new(), None),
            ("~~~".to_owned(), None),
            ("ses_x.y~..~a.b.c".to_owned(), None),
            (format!("nonsense~{one}"), Some(format!("~{one}"))),
            (format!("{one}~{one}~{other}"), Some(format!("{one}~{other}"))),
            (format!("{one}~{}", "x".repeat(MAX_COOKIE_BYTES)), None),
        ];
        for (text, expected) in cases {
            assert_eq!(written(&HeldSessions::parse(&text)), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_cookie_makes_the_parser_panic_and_what_is_read_is_read_again(
            junk in "[ -~]{0,60}", seeds in prop::collection::vec(0_u64..8, 0..8), at in 0_usize..8
        ) {
            let mut parts: Vec<String> = seeds.into_iter().map(|seed| value(seed).expose().clone()).collect();
            parts.insert(at.min(parts.len()), junk);
            let held = HeldSessions::parse(&parts.join("~"));
            prop_assert!(held.iter().count() <= MAX_SESSIONS);
            if let Some(text) = written(&held) {
                prop_assert_eq!(written(&HeldSessions::parse(&text)), Some(text));
            }
        }
    }
}

//! How long an answer may be reused, [RFC 9111 §4.2](https://www.rfc-editor.org/rfc/rfc9111#section-4.2).

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};

/// The life that `Cache-Control` leaves to the answer; zero when it must not be reused, `None` when nothing is said.
pub(crate) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut seconds = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or_default().split(',').map(str::trim) {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
                return Some(Duration::ZERO);
            }
            if name.eq_ignore_ascii_case("max-age") {
                // RFC 9111 §4.2.1: what cannot be read counts as stale.
                let stated = argument.trim_matches('"').parse::<u64>().unwrap_or(0);
                seconds = Some(seconds.map_or(stated, |earlier: u64| earlier.min(stated)));
            }
        }
    }
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
    seconds.map(|seconds| Duration::from_secs(seconds.saturating_sub(age)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(&[], None)]
    #[case(&["public"], None)]
    #[case(&["max-age=300"], Some(300))]
    #[case(&["public, Max-Age=\"300\", must-revalidate"], Some(300))]
    #[case(&["max-age=300", "max-age=60"], Some(60))]
    #[case(&["max-age=soon"], Some(0))]
    #[case(&["max-age=300, no-cache"], Some(0))]
    #[case(&["NO-STORE"], Some(0))]
    fn the_life_of_an_answer_is_what_cache_control_leaves(#[case] values: &[&str], #[case] seconds: Option<u64>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CACHE_CONTROL, value.parse().expect("a header"));
        }
        assert_eq!(max_age(&headers), seconds.map(Duration::from_secs));
        headers.insert(AGE, "100".parse().expect("a header"));
        assert_eq!(max_age(&headers), seconds.map(|seconds| Duration::from_secs(seconds.saturating_sub(100))));
    }
}

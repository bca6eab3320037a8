//! A service of the range protocol: asked for five digits, it answers with the other 35 of every hash that begins so.

use std::sync::Arc;
use std::time::Duration;

use latchkey_core::TenantId;
use latchkey_fetch::{FetchError, Fetcher, HeaderMap, HeaderName, HeaderValue, Limits, OnBehalfOf, OutgoingPolicy};

const PREFIX_DIGITS: usize = 5;
/// Answers are of about 40 KiB, and longer by the padding.
const MAX_ANSWER_BYTES: usize = 512 * 1024;
/// A person waits for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Has the service add lines that mean nothing, so that the length of the answer tells nothing of what was asked.
const ADD_PADDING: HeaderName = HeaderName::from_static("add-padding");

/// A service of the operator's choice.
#[derive(Clone)]
pub struct BreachService {
    /// The five digits come behind it.
    url: Arc<str>,
    /// Opens this one host, which the operator named, wherever it is.
    policy: Arc<OutgoingPolicy>,
    fetcher: Fetcher,
}

impl BreachService {
    /// The service whose ranges are at `{url}{five digits}`; `None` unless that is an http or https address.
    #[must_use]
    pub fn new(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let host = rest.split('/').next()?;
        let rule = if scheme == "http" { format!("http://{host}") } else { host.to_owned() };
        let policy = OutgoingPolicy { allow: vec![rule.parse().ok()?], ..OutgoingPolicy::default() };
        Fetcher::check(&policy, url).ok()?;
        let limits = Limits { time: PATIENCE, body: MAX_ANSWER_BYTES, ..Limits::default() };
        Some(Self { url: url.into(), policy: Arc::new(policy), fetcher: Fetcher::new(limits) })
    }

    pub(super) async fn contains(&self, tenant: &TenantId, digest: [u8; 20]) -> Result<bool, FetchError> {
        let digits: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        let Some((prefix, suffix)) = digits.split_at_checked(PREFIX_DIGITS) else { return Ok(false) };
        let by = OnBehalfOf { tenant, policy: &self.policy };
        let padded = HeaderMap::from_iter([(ADD_PADDING, HeaderValue::from_static("true"))]);
        let answer = self.fetcher.get_text(by, &format!("{}{prefix}", self.url), padded).await?;
        let text = String::from_utf8_lossy(&answer.body);
        Ok(text.lines().any(|line| names(line, suffix)))
    }
}

/// Whether a line is about this hash; those of the padding have been seen zero times.
fn names(line: &str, suffix: &str) -> bool {
    let Some((digits, seen)) = line.trim().split_once(':') else { return false };
    digits.eq_ignore_ascii_case(suffix) && seen.trim().parse::<u64>().is_ok_and(|seen| seen > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_padding_names_nothing() {
        let suffix = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        for (line, expected) in [
            (format!("{suffix}:9545824"), true),
            (format!("{}:1\r", suffix.to_lowercase()), true),
            (format!("{suffix}:0"), false),
            (suffix.to_owned(), false),
            (format!("{}:7", suffix.replace('1', "2")), false),
            (String::new(), false),
        ] {
            assert_eq!(names(&line, suffix), expected, "{line:?}");
        }
    }

    #[test]
    fn only_an_address_of_the_web_is_a_service() {
        assert!(BreachService::new("https://ranges.example/range/").is_some());
        assert!(BreachService::new("http://127.0.0.1:8081/range/").is_some());
        for url in ["", "ranges.example", "ftp://ranges.example/", "https://", "https://user:pass@ranges.example/"] {
            assert!(BreachService::new(url).is_none(), "{url}");
        }
    }
}

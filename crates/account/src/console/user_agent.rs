//! A browser's `User-Agent` in plain words.

use latchkey_auth::UserAgentSummary;
use latchkey_language::Words;

/// Which browser it is, and on which system, as far as that is known.
pub(crate) fn describe(user_agent: &str) -> Words {
    let UserAgentSummary { browser, system } = UserAgentSummary::of(user_agent);
    match (browser, system) {
        (Some(browser), Some(system)) => {
            Words::new("account-browser-on").with("browser", browser).with("system", system)
        }
        (Some(name), None) => Words::new("account-browser").with("name", name),
        (None, Some(name)) => Words::new("account-browser-unknown-on").with("system", name),
        (None, None) => Words::new("account-browser-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use latchkey_language::Language;

    use super::*;

    #[test]
    fn browsers_are_told_by_the_most_telling_mark() {
        let cases = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("SomeTv (Linux)", "A browser on Linux"),
            ("", "A browser"),
            ("<script>alert(1)</script>", "A browser"),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::English.say(&describe(header)), expected, "{header}");
        }
    }
}

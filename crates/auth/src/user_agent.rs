//! A browser's `User-Agent` in a few words. Only what many people use is told apart; it is a hint for the eye and proves
//! nothing, since a browser may send what it likes.

/// Marks in the header and the browser that they stand for; the first that fits counts, since most browsers also name
/// those that they want to be taken for.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// Marks and the systems that they stand for.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// What a browser says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserAgentSummary {
    /// The browser, if it is a known one.
    pub browser: Option<&'static str>,
    /// The system that it runs on, if it is a known one.
    pub system: Option<&'static str>,
}

impl UserAgentSummary {
    /// Reads a `User-Agent` header; any text.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        Self { browser: find(&BROWSERS, user_agent), system: find(&SYSTEMS, user_agent) }
    }

    /// The names alone, such as `Firefox, Linux`, which need no language; `None` when neither is known.
    #[must_use]
    pub fn names(self) -> Option<String> {
        let names: Vec<_> = [self.browser, self.system].into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

fn find(marks: &[(&str, &'static str)], user_agent: &str) -> Option<&'static str> {
    marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_the_most_telling_mark() {
        let cases = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", Some("Firefox, Linux")),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                Some("Edge, Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile Safari/604.1",
                Some("Chrome, iPhone"),
            ),
            ("curl/8.5.0", Some("curl")),
            ("SomeTv (Linux)", Some("Linux")),
            ("<script>alert(1)</script>", None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(UserAgentSummary::of(header).names().as_deref(), expected, "{header}");
        }
    }
}

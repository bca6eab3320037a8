//! Texts that people chose, where they may not look like more than a name.

/// Longer names are cut.
const MAX_CHARS: usize = 200;

/// A text on one line: line breaks of any kind become spaces, and what reorders text is left out.
///
/// A line break would end the header that it stands in; a mark of direction would turn around what stands beside it.
pub(crate) fn one_line(text: &str) -> String {
    one_line_of(text, MAX_CHARS)
}

/// The same, of at most `most` characters.
pub(crate) fn one_line_of(text: &str, most: usize) -> String {
    let parts = text.split(|c: char| c.is_control() || c.is_whitespace() || is_invisible(c));
    let line = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(most).collect()
}

/// A name to greet with; `None` when there is none, or when it might be taken for an address of the web.
///
/// Whoever can register with somebody else's address chooses what that person reads first.
pub(crate) fn greeting_name(name: &str, address: &str) -> Option<String> {
    const MAX_GREETING_CHARS: usize = 60;
    let name = one_line(name);
    let is_link = name.contains(['/', '@', '\\']) || name.split_whitespace().any(is_host);
    (!name.is_empty() && !is_link && name != address && name.chars().count() <= MAX_GREETING_CHARS).then_some(name)
}

/// What mail programs turn into a link by themselves.
fn is_host(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.rsplit_once(['.', '。', '．', '｡'])
        .is_some_and(|(before, last)| last.chars().count() >= 2 && before.chars().count() >= 2)
}

/// Marks of direction, and the separators that are no control characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("Ivan", "Ivan")]
    #[case(" Ivan \t the \r\n Great ", "Ivan the Great")]
    #[case("a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{0}f", "a b c d e f")]
    #[case("\u{202e}nimda\u{202c}", "nimda")]
    #[case("\r\n", "")]
    fn a_text_becomes_one_line(#[case] text: &str, #[case] line: &str) {
        assert_eq!(one_line(text), line);
    }

    #[test]
    fn a_long_name_is_cut_between_letters() {
        assert_eq!(one_line(&"ü".repeat(100_000)).chars().count(), MAX_CHARS);
    }

    #[test]
    fn a_name_that_could_be_followed_is_no_greeting() {
        for name in ["Ivan", "Dr. Ünal", "J. R. R. Tolkien", "J.R.R. Tolkien", "محمد", "山田 太郎"] {
            assert_eq!(greeting_name(name, "a@b.example").as_deref(), Some(name));
        }
        let bait =
            ["", "evil.com", "You won: evil.example!", "http://x", "a@b", "(evil.example)", "Win at evil。com", "a\\b"];
        for name in bait.into_iter().chain([&*"x".repeat(61)]) {
            assert_eq!(greeting_name(name, "a@b.example"), None, "{name}");
        }
    }
}

//! Which of the languages that somebody prefers is offered.

use crate::Language;

/// The first of these tags whose language is offered.
#[must_use]
pub fn first_known<'a>(tags: impl IntoIterator<Item = &'a str>) -> Option<Language> {
    tags.into_iter().find_map(Language::of_tag)
}

/// The language that an `Accept-Language` header prefers among those that are offered, RFC 9110 §12.5.4.
#[must_use]
pub fn accepted(header: &str) -> Option<Language> {
    let ranges = header.split(',').take(MOST_RANGES).filter_map(weighted);
    // Of equal weights the first counts.
    ranges
        .fold(None, |best: Option<(Language, u16)>, next| match best {
            Some(best) if best.1 >= next.1 => Some(best),
            _ => Some(next),
        })
        .map(|(language, _)| language)
}

/// More are not looked at: a browser sends fewer than ten.
const MOST_RANGES: usize = 32;

/// A range and its weight in thousandths; `None` when it is not offered or not acceptable.
fn weighted(range: &str) -> Option<(Language, u16)> {
    let mut parts = range.split(';');
    let language = Language::of_tag(parts.next()?)?;
    let weight = parts.find_map(|parameter| parameter.trim().strip_prefix("q=")).map_or(Some(1000), thousandths)?;
    (weight > 0).then_some((language, weight))
}

fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction = format!("{fraction:0<3}");
    let (whole, fraction): (u16, u16) = (whole.parse().ok()?, fraction.get(..3)?.parse().ok()?);
    (whole <= 1).then(|| whole * 1000 + fraction)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("de", Some(Language::German))]
    #[case::the_first_of_equals("fr, de", Some(Language::French))]
    #[case::by_weight("fr;q=0.4, de;q=0.8, en;q=0.1", Some(Language::German))]
    #[case::what_is_not_offered_is_passed_over("nl, ja;q=0.5", Some(Language::Japanese))]
    #[case::not_acceptable("de;q=0, ar;q=0.001", Some(Language::Arabic))]
    #[case::nonsense(";;q=,,=;q=abc", None)]
    #[case::any("*", None)]
    fn a_header_says_what_is_preferred(#[case] header: &str, #[case] expected: Option<Language>) {
        assert_eq!(accepted(header), expected);
    }

    #[test]
    fn the_first_tag_that_is_offered_counts() {
        assert_eq!(first_known(["nl", "es-MX", "de"]), Some(Language::Spanish));
        assert_eq!(first_known(["nl"]), None);
    }
}

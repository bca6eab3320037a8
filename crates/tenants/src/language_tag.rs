//! Which of several texts is for a language: tags of [BCP 47](https://www.rfc-editor.org/info/bcp47).

use std::collections::BTreeMap;

use crate::InvalidMember;
use crate::defaults::check_name;

/// Of one object.
const MAX_TAGS: usize = 50;
/// As long as RFC 5646 §4.4.1 lets an implementation stop.
const MAX_TAG_LENGTH: usize = 35;

/// What stands there for a language: under its tag, else under a wider one (RFC 4647 §3.4), else under one of the same
/// language for some region or script.
pub(crate) fn look_up<'a, T>(by_tag: &'a BTreeMap<String, T>, language: &str) -> Option<&'a T> {
    let mut range = language;
    loop {
        if let Some((_, found)) = by_tag.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(range)) {
            return Some(found);
        }
        match range.rsplit_once('-') {
            Some((wider, _)) => range = wider,
            None => break,
        }
    }
    by_tag.iter().find(|(tag, _)| primary(tag).eq_ignore_ascii_case(range)).map(|(_, found)| found)
}

/// Checks that the keys are tags, of which none stands there twice, and that there are not too many.
pub(crate) fn check_tags<T>(member: &'static str, by_tag: &BTreeMap<String, T>) -> Result<(), InvalidMember> {
    if by_tag.len() > MAX_TAGS {
        return Err(InvalidMember::new(member, format!("at most {MAX_TAGS} languages")));
    }
    for (index, tag) in by_tag.keys().enumerate() {
        if !is_tag(tag) {
            return Err(InvalidMember::new(member, format!("{tag:?} is not a language tag (BCP 47)")));
        }
        if by_tag.keys().take(index).any(|other| other.eq_ignore_ascii_case(tag)) {
            return Err(InvalidMember::new(member, format!("{tag} stands there twice")));
        }
    }
    Ok(())
}

/// Checks names by language.
pub(crate) fn check_names(member: &'static str, by_tag: &BTreeMap<String, String>) -> Result<(), InvalidMember> {
    check_tags(member, by_tag)?;
    by_tag.values().try_for_each(|name| check_name(member, name))
}

/// Checks descriptions by language: 1 to 500 bytes without control characters.
pub(crate) fn check_descriptions(member: &'static str, by_tag: &BTreeMap<String, String>) -> Result<(), InvalidMember> {
    check_tags(member, by_tag)?;
    let is_wrong = |text: &String| text.trim().is_empty() || text.len() > 500 || text.chars().any(char::is_control);
    match by_tag.iter().find(|(_, text)| is_wrong(text)) {
        Some((tag, _)) => {
            Err(InvalidMember::new(member, format!("the text for {tag} is empty, too long or has control characters")))
        }
        None => Ok(()),
    }
}

/// Letters and digits in parts of at most eight, RFC 5646 §2.1; the first is a language.
fn is_tag(tag: &str) -> bool {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let language = primary(tag);
    tag.len() <= MAX_TAG_LENGTH
        && (2..=8).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && tag.split('-').all(is_part)
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_tag(tags: &[&str]) -> BTreeMap<String, String> {
        tags.iter().map(|tag| ((*tag).to_owned(), format!("in {tag}"))).collect()
    }

    #[test]
    fn the_nearest_tag_counts() {
        for (tags, language, found) in [
            (&["de", "de-CH", "fr"][..], "de-CH", Some("in de-CH")),
            (&["de", "de-CH", "fr"], "de-AT", Some("in de")),
            (&["DE", "fr"], "de", Some("in DE")),
            (&["de-CH", "fr"], "de", Some("in de-CH")),
            (&["ja-Jpan-JP"], "ja", Some("in ja-Jpan-JP")),
            (&["zh-Hant", "zh-Hans"], "zh-Hant-TW", Some("in zh-Hant")),
            (&["deu"], "de", None),
            (&["fr"], "de", None),
            (&[], "de", None),
        ] {
            assert_eq!(look_up(&by_tag(tags), language).map(String::as_str), found, "{language} of {tags:?}");
        }
    }

    #[test]
    fn only_tags_are_tags() {
        for tag in ["de", "de-CH", "ja-Jpan-JP", "es-419", "sl-rozaj-biske", "de-x-simple"] {
            assert_eq!(check_tags("names", &by_tag(&[tag])), Ok(()), "{tag}");
        }
        for tag in ["", "d", "de_CH", "de-", "-de", "german9", "d€", "de--CH", "de-123456789", &"de-abcdefgh".repeat(4)]
        {
            assert!(check_tags("names", &by_tag(&[tag])).is_err(), "{tag}");
        }
        assert!(check_tags("names", &by_tag(&["de", "DE"])).is_err());
    }

    #[test]
    fn a_text_is_there_and_can_be_seen() {
        let of = |text: &str| BTreeMap::from([("de".to_owned(), text.to_owned())]);
        assert_eq!(check_names("names", &of("Werkstatt")), Ok(()));
        assert_eq!(check_descriptions("descriptions", &of("Bestellungen sehen")), Ok(()));
        for text in ["", " ", "a\u{7}b", &"x".repeat(501)] {
            assert!(check_names("names", &of(text)).is_err(), "{text:?}");
            assert!(check_descriptions("descriptions", &of(text)).is_err(), "{text:?}");
        }
    }
}

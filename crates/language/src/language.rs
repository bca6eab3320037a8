//! The languages that pages and mails are offered in.

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Japanese.
    Japanese,
    /// Arabic.
    Arabic,
}

/// Which way a language is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    LeftToRight,
    /// From right to left.
    RightToLeft,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::English, Self::German, Self::French, Self::Spanish, Self::Japanese, Self::Arabic];

    /// The tags of all of them, in the same order.
    pub const TAGS: [&'static str; 6] = ["en", "de", "fr", "es", "ja", "ar"];

    /// The language subtag of BCP 47.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Japanese => "ja",
            Self::Arabic => "ar",
        }
    }

    /// The name of the language in itself.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Japanese => "日本語",
            Self::Arabic => "العربية",
        }
    }

    /// Which way it is written.
    #[must_use]
    pub fn direction(self) -> Direction {
        match self {
            Self::Arabic => Direction::RightToLeft,
            _ => Direction::LeftToRight,
        }
    }

    /// The language of a tag such as `de-CH`; `None` when it is not offered. RFC 4647 §3.4: region and script are
    /// dropped until something fits.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

impl Direction {
    /// The value of HTML's `dir`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_list_of_tags_is_that_of_the_languages() {
        assert_eq!(Language::ALL.map(Language::tag), Language::TAGS);
    }

    #[rstest]
    #[case::exact("de", Some(Language::German))]
    #[case::region("de-CH", Some(Language::German))]
    #[case::case_of_letters("AR-eg", Some(Language::Arabic))]
    #[case::posix("fr_FR", Some(Language::French))]
    #[case::not_offered("nl", None)]
    #[case::a_prefix_is_no_match("deu", None)]
    #[case::empty("", None)]
    fn a_tag_finds_its_language(#[case] tag: &str, #[case] expected: Option<Language>) {
        assert_eq!(Language::of_tag(tag), expected);
    }
}

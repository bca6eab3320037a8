//! Colours as a tenant writes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written #rgb or #rrggbb")]
pub struct InvalidColor;

/// `#rrggbb` in small letters: nothing else may reach a style sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct HexColor(String);

impl HexColor {
    /// The colour as `#rrggbb`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `#000000` or `#ffffff`, whichever reads better on this colour (WCAG 2.2 contrast ratio).
    #[must_use]
    pub fn readable_text(&self) -> &'static str {
        let luminance = self.luminance();
        // (1.05 / (L + 0.05)) is the contrast with white, ((L + 0.05) / 0.05) the one with black.
        if (luminance + 0.05).powi(2) < 1.05 * 0.05 { "#ffffff" } else { "#000000" }
    }

    /// The contrast ratio with `other` (WCAG 2.2 §1.4.3): 1 to 21.
    #[must_use]
    pub fn contrast(&self, other: &Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// WCAG 2.2 relative luminance, 0 to 1.
    #[must_use]
    pub fn luminance(&self) -> f64 {
        let channel = |range: std::ops::Range<usize>| {
            let value = self.0.get(range).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1..3) + 0.7152 * channel(3..5) + 0.0722 * channel(5..7)
    }
}

impl FromStr for HexColor {
    type Err = InvalidColor;

    fn from_str(text: &str) -> Result<Self, InvalidColor> {
        let digits = text.strip_prefix('#').ok_or(InvalidColor)?.to_ascii_lowercase();
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidColor);
        }
        match digits.len() {
            6 => Ok(Self(format!("#{digits}"))),
            3 => Ok(Self(std::iter::once('#').chain(digits.chars().flat_map(|digit| [digit, digit])).collect())),
            _ => Err(InvalidColor),
        }
    }
}

impl fmt::Display for HexColor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for HexColor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

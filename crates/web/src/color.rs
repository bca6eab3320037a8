//! Colours and their contrast, WCAG 2.2 §1.4.3.

use std::fmt;

/// The least contrast of text with what is behind it.
pub(crate) const READABLE: f64 = 4.5;

/// A colour of the sRGB space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    pub(crate) const WHITE: Self = Self(255, 255, 255);
    pub(crate) const BLACK: Self = Self(0, 0, 0);

    /// Reads `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let channel = |at: usize| u8::from_str_radix(digits.get(at..at.checked_add(2)?)?, 16).ok();
        Some(Self(channel(0)?, channel(2)?, channel(4)?))
    }

    /// The contrast ratio with `other`: 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// White or black, whichever reads better on this colour; always at least 4.5.
    #[must_use]
    pub fn readable_text(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }

    /// This colour moved towards white or black until text in it reads on `background`.
    #[must_use]
    pub fn made_readable_on(self, background: Self) -> Self {
        let target = background.readable_text();
        (0..=100)
            .step_by(4)
            .map(|percent| self.mixed(target, percent))
            .find(|c| c.contrast(background) >= READABLE)
            .unwrap_or(target)
    }

    /// This colour with `percent` of `other`.
    #[must_use]
    pub fn mixed(self, other: Self, percent: u32) -> Self {
        let mix = |one: u8, two: u8| {
            let sum = u32::from(one) * 100_u32.saturating_sub(percent) + u32::from(two) * percent.min(100);
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Relative luminance, 0 to 1.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> impl Iterator<Item = Rgb> {
        (0..=255_u8).step_by(15).flat_map(|r| {
            (0..=255_u8).step_by(15).flat_map(move |g| (0..=255_u8).step_by(51).map(move |b| Rgb(r, g, b)))
        })
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((Rgb::WHITE.contrast(Rgb::BLACK) - 21.0).abs() < 0.001);
        let gray = Rgb::parse("#767676").expect("parses");
        assert!((gray.contrast(Rgb::WHITE) - 4.54).abs() < 0.01);
        assert_eq!(Rgb::parse("#0a80ff").expect("parses").to_string(), "#0a80ff");
        for text in ["", "0a80ff", "#0a80f", "#0a80fff", "#0a80fg", "#é0a80"] {
            assert_eq!(Rgb::parse(text), None, "{text}");
        }
    }

    #[test]
    fn text_on_any_colour_and_any_colour_as_text_can_be_read() {
        for color in samples() {
            assert!(color.contrast(color.readable_text()) >= READABLE, "{color}");
            for background in [Rgb::WHITE, Rgb(28, 31, 38)] {
                let readable = color.made_readable_on(background);
                assert!(readable.contrast(background) >= READABLE, "{color} on {background}");
            }
        }
    }
}

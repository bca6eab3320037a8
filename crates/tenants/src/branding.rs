//! How a tenant's pages look.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};

use crate::InvalidMember;
use crate::defaults::{check_page, is_web_uri};

/// An inline logo stands in every page, so it has to be small.
const MAX_DATA_URI: usize = 64 * 1024;

/// Logo, colours and links of a tenant's pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Branding {
    /// An `https` URI, a path on this server, or `data:image/…;base64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Colour of buttons and links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_color: Option<HexColor>,
    /// Colour behind the page's card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_color: Option<HexColor>,
    /// Where a user finds help: `https` or `mailto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_uri: Option<String>,
    /// The privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// The terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
}

impl Branding {
    /// Checks every URI.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        if let Some(uri) = &self.logo_uri
            && !(is_web_uri(uri) || is_path(uri) || is_inline_image(uri))
        {
            return Err(InvalidMember::new(
                "logo_uri",
                "must be an https URI, a path, or data:image/png, svg+xml, webp or jpeg in base64 of at most 64 KiB",
            ));
        }
        if let Some(uri) = &self.support_uri
            && !(is_web_uri(uri) || is_mail(uri))
        {
            return Err(InvalidMember::new("support_uri", "must be an https or mailto URI"));
        }
        check_page("policy_uri", self.policy_uri.as_ref())?;
        check_page("tos_uri", self.tos_uri.as_ref())
    }
}

// Two slashes, or a slash and a backslash, name another host to a browser.
fn is_path(uri: &str) -> bool {
    uri.starts_with('/')
        && !uri.starts_with("//")
        && uri.len() <= 2_000
        && uri.bytes().all(|b| (0x21..0x7f).contains(&b) && !b"\\\"'<>".contains(&b))
}

fn is_mail(uri: &str) -> bool {
    uri.len() <= 320
        && uri.strip_prefix("mailto:").is_some_and(|address| address.contains('@'))
        && uri.bytes().all(|b| (0x21..0x7f).contains(&b) && !b"\\\"'<>".contains(&b))
}

fn is_inline_image(uri: &str) -> bool {
    const TYPES: [&str; 4] = ["png", "svg+xml", "webp", "jpeg"];
    let Some((kind, body)) = uri.strip_prefix("data:image/").and_then(|rest| rest.split_once(";base64,")) else {
        return false;
    };
    TYPES.contains(&kind) && !body.is_empty() && uri.len() <= MAX_DATA_URI && STANDARD.decode(body).is_ok()
}

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

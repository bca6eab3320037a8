//! How a tenant's pages look.

mod custom_css;
mod hex_color;
mod page_texts;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

pub use self::custom_css::{CssError, CustomCss};
pub use self::hex_color::{HexColor, InvalidColor};
pub use self::page_texts::PageTexts;
use crate::InvalidMember;
use crate::defaults::{check_page, is_web_uri};

/// An inline image stands in every page, so it has to be small.
const MAX_DATA_URI: usize = 64 * 1024;
const MAX_CORNER_RADIUS: u8 = 24;
const IMAGE_RULE: &str =
    "must be an https URI, a path, or data:image/png, svg+xml, webp or jpeg in base64 of at most 64 KiB";

/// Logo, colours, shapes, texts and links of a tenant's pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Branding {
    /// An `https` URI, a path on this server, or `data:image/…;base64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// The logo for dark pages, where the other would not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_dark_uri: Option<String>,
    /// Colour of buttons and links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_color: Option<HexColor>,
    /// Colour behind the page's card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_color: Option<HexColor>,
    /// Picture behind the page's card, as for the logo; it covers the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_image_uri: Option<String>,
    /// Radius of the corners of buttons and fields, in CSS pixels, 0 to 24; those of the card follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corner_radius: Option<u8>,
    /// The typeface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font: Option<Font>,
    /// Texts of the tenant's own in place of ours, by language tag.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, PageTexts>,
    /// Style rules of the tenant's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_css: Option<CustomCss>,
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

/// A typeface that people have on their devices: no page loads one from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Font {
    /// The one of the device's own menus; the default.
    System,
    /// Without serifs, drawn after handwriting.
    Humanist,
    /// Without serifs, drawn with compasses.
    Geometric,
    /// Without serifs, with round ends.
    Rounded,
    /// With serifs.
    Serif,
    /// Every letter as wide as the next.
    Monospace,
}

impl Branding {
    /// Checks every URI, bound, text and style rule.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub fn validate(&self) -> Result<(), InvalidMember> {
        check_image("logo_uri", self.logo_uri.as_ref())?;
        check_image("logo_dark_uri", self.logo_dark_uri.as_ref())?;
        if self.logo_dark_uri.is_some() && self.logo_uri.is_none() {
            return Err(InvalidMember::new("logo_dark_uri", "needs logo_uri beside it, for light pages"));
        }
        check_image("background_image_uri", self.background_image_uri.as_ref())?;
        if self.background_image_uri.as_ref().is_some_and(|uri| uri.contains(['"', '\'', '(', ')', '\\', '<', '>'])) {
            return Err(InvalidMember::new(
                "background_image_uri",
                "must have quotes, brackets and angles percent-encoded",
            ));
        }
        if self.corner_radius.is_some_and(|radius| radius > MAX_CORNER_RADIUS) {
            return Err(InvalidMember::new("corner_radius", format!("must be between 0 and {MAX_CORNER_RADIUS}")));
        }
        page_texts::validate(&self.texts)?;
        if let Some(css) = &self.custom_css {
            css.sanitised().map_err(|error| InvalidMember::new("custom_css", error.to_string()))?;
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

fn check_image(member: &'static str, uri: Option<&String>) -> Result<(), InvalidMember> {
    let Some(uri) = uri else { return Ok(()) };
    if is_web_uri(uri) || is_path(uri) || is_inline_image(uri) {
        return Ok(());
    }
    Err(InvalidMember::new(member, IMAGE_RULE))
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

//! The colours of a tenant as CSS variables, moved where people could not read them.

use latchkey_tenants::{Branding, Font, HexColor};

use crate::Rgb;

/// In CSS pixels.
const CORNER_RADIUS: u8 = 12;
const BRAND: Rgb = Rgb(0x3b, 0x4f, 0xc9);
const CARD_LIGHT: Rgb = Rgb::WHITE;
const CARD_DARK: Rgb = Rgb(0x1c, 0x1f, 0x26);
// A little darker than the light card, a little lighter than the dark one: what reads on it reads on the card.
const SOFT_LIGHT: Rgb = Rgb(0xf3, 0xf5, 0xf9);
const SOFT_DARK: Rgb = Rgb(0x25, 0x29, 0x32);
const PAGE_LIGHT: Rgb = Rgb(0xf2, 0xf4, 0xf8);
const PAGE_DARK: Rgb = Rgb(0x10, 0x12, 0x17);
const INK: Rgb = Rgb(0x17, 0x1a, 0x21);
const PAPER: Rgb = Rgb(0xec, 0xee, 0xf3);

/// A style sheet that sets the variables; made of our own numbers and names, and an address that cannot end its quotes.
pub(crate) fn variables(branding: &Branding) -> String {
    let brand = rgb(branding.primary_color.as_ref()).unwrap_or(BRAND);
    let on_brand = brand.readable_text();
    // Away from the text on it, so that the pressed button reads better, never worse.
    let away = if on_brand == Rgb::WHITE { Rgb::BLACK } else { Rgb::WHITE };
    let hover = brand.mixed(away, 14);
    let page = rgb(branding.background_color.as_ref()).unwrap_or(PAGE_LIGHT);
    let page_dark = rgb(branding.background_color.as_ref()).map_or(PAGE_DARK, darkened);
    let (light, dark) = (brand.made_readable_on(SOFT_LIGHT), brand.made_readable_on(SOFT_DARK));
    let radius = branding.corner_radius.unwrap_or(CORNER_RADIUS);
    let font = typeface(branding.font);
    let backdrop = branding.background_image_uri.as_deref().and_then(quoted);
    let backdrop = backdrop.map(|uri| format!(";--backdrop:url({uri})")).unwrap_or_default();
    format!(
        ":root{{--brand:{brand};--on-brand:{on_brand};--hover:{hover};--accent:{light};--card:{CARD_LIGHT};--soft:{SOFT_LIGHT};--page:{page};--on-page:{};--radius:{radius}px;--font:{font}{backdrop}}}\
         @media (prefers-color-scheme:dark){{:root{{--accent:{dark};--card:{CARD_DARK};--soft:{SOFT_DARK};--page:{page_dark};--on-page:{}}}}}",
        on(page),
        on(page_dark),
    )
}

/// Names of typefaces that devices have; the scripts that a typeface lacks come from the device's own.
fn typeface(font: Option<Font>) -> &'static str {
    match font {
        None | Some(Font::System) => {
            r#"system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,sans-serif"#
        }
        Some(Font::Humanist) => r#"Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",sans-serif"#,
        Some(Font::Geometric) => r#"Avenir,Montserrat,Corbel,"URW Gothic",sans-serif"#,
        Some(Font::Rounded) => {
            r#"ui-rounded,"Hiragino Maru Gothic ProN",Quicksand,Comfortaa,"Arial Rounded MT Bold",sans-serif"#
        }
        Some(Font::Serif) => r#"Charter,"Bitstream Charter","Sitka Text",Cambria,"Noto Serif",serif"#,
        Some(Font::Monospace) => r#"ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace"#,
    }
}

/// The address in quotes, unless something in it could end them, or the style sheet.
fn quoted(uri: &str) -> Option<String> {
    let harmless = |byte: u8| (0x21..0x7f).contains(&byte) && !b"\"'()\\<>".contains(&byte);
    uri.bytes().all(harmless).then(|| format!("\"{uri}\""))
}

fn rgb(color: Option<&HexColor>) -> Option<Rgb> {
    color.and_then(|color| Rgb::parse(color.as_str()))
}

/// Soft black or soft white where either reads very well, else the harder one.
fn on(page: Rgb) -> Rgb {
    [INK, PAPER].into_iter().find(|ink| ink.contrast(page) >= 7.0).unwrap_or_else(|| page.readable_text())
}

// Somebody who asked for dark pages gets a dark one, in the tenant's hue.
fn darkened(color: Rgb) -> Rgb {
    (0..=100)
        .step_by(5)
        .map(|percent| color.mixed(Rgb::BLACK, percent))
        .find(|c| c.luminance() <= 0.02)
        .unwrap_or(Rgb::BLACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(css: &str, name: &str) -> Rgb {
        let start = css.find(name).expect("is set") + name.len();
        Rgb::parse(&css[start..start + 7]).expect("is a colour")
    }

    #[test]
    fn an_address_that_could_leave_its_quotes_is_left_out() {
        let css =
            |uri: &str| variables(&Branding { background_image_uri: Some(uri.to_owned()), ..Branding::default() });
        assert!(css("/back.png").contains(";--backdrop:url(\"/back.png\")"));
        for uri in ["/a\"b", "/a)b", "/a\\b", "/a b", "/</style>", "/a\nb", "/a'b"] {
            assert!(!css(uri).contains("--backdrop"), "{uri}");
        }
    }

    #[test]
    fn a_colour_that_nobody_could_read_is_moved() {
        for color in ["#ffff00", "#ffffff", "#000000", "#777777", "#e0f0ff", "#123456", "#ff0055"] {
            let color: HexColor = color.parse().expect("is a colour");
            let branding =
                Branding { primary_color: Some(color.clone()), background_color: Some(color), ..Branding::default() };
            let css = variables(&branding);
            let (light, dark) = css.split_once("@media").expect("has both");
            assert!(value(light, "--brand:").contrast(value(light, "--on-brand:")) >= 4.5, "{css}");
            assert!(value(light, "--hover:").contrast(value(light, "--on-brand:")) >= 4.5, "{css}");
            for scheme in [light, dark] {
                assert!(value(scheme, "--accent:").contrast(value(scheme, "--card:")) >= 4.5, "{css}");
                assert!(value(scheme, "--accent:").contrast(value(scheme, "--soft:")) >= 4.5, "{css}");
                assert!(value(scheme, "--page:").contrast(value(scheme, "--on-page:")) >= 4.5, "{css}");
            }
        }
    }
}

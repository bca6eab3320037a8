//! Which properties may be set, and to what.

use cssparser::{ParseError, Parser, Token};

use super::{CssError, refuse};
use crate::HexColor;

/// WCAG 2.2 §1.4.3.
const READABLE: f64 = 4.5;

#[derive(Clone, Copy)]
enum Kind {
    /// One to so many lengths, in CSS pixels from the least to the most.
    Lengths { count: usize, least: f32, most: f32 },
    /// A number without a unit.
    Number { least: f32, most: f32 },
    /// One of these words.
    Words(&'static [&'static str]),
    /// A colour that separates parts and carries no text.
    Color,
    /// A colour of text or behind it: both are set at once, and text must be readable.
    PairedColor,
}

const fn lengths(count: usize, least: f32, most: f32) -> Kind {
    Kind::Lengths { count, least, most }
}

/// Not among them, on purpose: whatever positions, hides, clips, covers, transforms, animates, loads or generates content.
const PROPERTIES: [(&str, Kind); 28] = [
    ("background-color", Kind::PairedColor),
    ("border-block-width", lengths(2, 0.0, 8.0)),
    ("border-color", Kind::Color),
    ("border-inline-width", lengths(2, 0.0, 8.0)),
    ("border-radius", lengths(4, 0.0, 64.0)),
    ("border-style", Kind::Words(&["solid", "dashed", "dotted", "double", "none"])),
    ("border-width", lengths(4, 0.0, 8.0)),
    ("box-shadow", Kind::Words(&["none"])),
    ("color", Kind::PairedColor),
    ("font-size", lengths(1, 12.0, 64.0)),
    ("font-style", Kind::Words(&["normal", "italic"])),
    ("font-weight", Kind::Number { least: 300.0, most: 900.0 }),
    ("gap", lengths(2, 0.0, 48.0)),
    ("justify-content", Kind::Words(&["start", "center", "end", "space-between"])),
    ("letter-spacing", lengths(1, -1.0, 4.0)),
    ("line-height", Kind::Number { least: 1.2, most: 3.0 }),
    ("margin-block", lengths(2, 0.0, 96.0)),
    ("margin-block-end", lengths(1, 0.0, 96.0)),
    ("margin-block-start", lengths(1, 0.0, 96.0)),
    ("min-height", lengths(1, 24.0, 120.0)),
    ("padding", lengths(4, 0.0, 64.0)),
    ("padding-block", lengths(2, 0.0, 64.0)),
    ("padding-block-end", lengths(1, 0.0, 64.0)),
    ("padding-block-start", lengths(1, 0.0, 64.0)),
    ("padding-inline", lengths(2, 0.0, 32.0)),
    ("text-align", Kind::Words(&["start", "center", "end"])),
    ("text-transform", Kind::Words(&["none", "uppercase", "capitalize"])),
    ("text-wrap", Kind::Words(&["wrap", "balance", "pretty"])),
];

/// Reads the declarations of a rule; text colours only where the rule means lines of text.
pub(super) fn read(parser: &mut Parser<'_>, only_texts: bool) -> Result<String, ParseError<CssError>> {
    let mut css = String::new();
    let (mut text, mut behind) = (None, None);
    loop {
        parser.skip_whitespace();
        let name = match parser.next().cloned() {
            Err(_) => break,
            Ok(Token::Semicolon) => continue,
            Ok(Token::Ident(name)) => name,
            Ok(_) => return refuse(parser, "expected a property"),
        };
        let Some((property, kind)) = PROPERTIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)) else {
            return refuse(parser, format!("`{name}` is not among the properties that may be set"));
        };
        if parser.expect_colon().is_err() {
            return refuse(parser, "expected a colon");
        }
        let value = if matches!(kind, Kind::PairedColor) {
            if !only_texts {
                return refuse(parser, format!("`{property}` may be set on lines of text only: h1, .lead, .button, …"));
            }
            let color = color(parser)?;
            let written = color.to_string();
            if *property == "color" {
                text = Some(color)
            } else {
                behind = Some(color)
            }
            written
        } else {
            value(parser, property, *kind)?
        };
        css.push_str(&format!("{property}:{value};"));
        match parser.next() {
            Err(_) => break,
            Ok(Token::Semicolon) => {}
            Ok(_) => return refuse(parser, format!("`{property}` has more than it can take")),
        }
    }
    check_contrast(parser, text.as_ref(), behind.as_ref())?;
    Ok(css)
}

fn check_contrast(
    parser: &Parser<'_>,
    text: Option<&HexColor>,
    behind: Option<&HexColor>,
) -> Result<(), ParseError<CssError>> {
    match (text, behind) {
        (None, None) => Ok(()),
        (Some(text), Some(behind)) => {
            let contrast = text.contrast(behind);
            if contrast >= READABLE {
                return Ok(());
            }
            refuse(parser, format!("{text} on {behind} has a contrast of {contrast:.1}; text needs {READABLE}"))
        }
        _ => refuse(parser, "a rule that sets `color` or `background-color` sets both, so that the text can be read"),
    }
}

fn value(parser: &mut Parser<'_>, property: &str, kind: Kind) -> Result<String, ParseError<CssError>> {
    match kind {
        Kind::Lengths { count, least, most } => {
            let mut lengths = Vec::new();
            while lengths.len() < count && (lengths.is_empty() || !at_end(parser)) {
                lengths.push(length(parser, property, least, most)?);
            }
            Ok(lengths.join(" "))
        }
        Kind::Number { least, most } => match parser.next().cloned() {
            Ok(Token::Number { value, .. }) if (least..=most).contains(&value) => Ok(number(value)),
            _ => refuse(parser, format!("`{property}` takes a number from {least} to {most}")),
        },
        Kind::Words(words) => {
            let word = match parser.next().cloned() {
                Ok(Token::Ident(word)) => words.iter().find(|known| known.eq_ignore_ascii_case(&word)),
                _ => None,
            };
            match word {
                Some(word) => Ok((*word).to_owned()),
                None => refuse(parser, format!("`{property}` takes {}", words.join(", "))),
            }
        }
        Kind::Color | Kind::PairedColor => Ok(color(parser)?.to_string()),
    }
}

fn at_end(parser: &mut Parser<'_>) -> bool {
    let state = parser.state();
    let end = matches!(parser.next(), Err(_) | Ok(Token::Semicolon));
    parser.reset(&state);
    end
}

fn length(parser: &mut Parser<'_>, property: &str, least: f32, most: f32) -> Result<String, ParseError<CssError>> {
    let (value, unit, pixels) = match parser.next().cloned() {
        Ok(Token::Number { value: 0.0, .. }) => (0.0, "px", 0.0),
        Ok(Token::Dimension { value, unit, .. }) if unit.eq_ignore_ascii_case("px") => (value, "px", value),
        Ok(Token::Dimension { value, unit, .. }) if unit.eq_ignore_ascii_case("rem") => (value, "rem", value * 16.0),
        _ => return refuse(parser, format!("`{property}` takes lengths in px or rem")),
    };
    if !(least..=most).contains(&pixels) {
        return refuse(parser, format!("`{property}` takes {least}px to {most}px (1rem is 16px)"));
    }
    Ok(format!("{}{unit}", number(value)))
}

/// The value has passed its bounds, so neither an exponent nor a name such as `inf` can come out.
fn number(value: f32) -> String {
    let written = format!("{value:.4}");
    written.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn color(parser: &mut Parser<'_>) -> Result<HexColor, ParseError<CssError>> {
    let color = match parser.next().cloned() {
        Ok(Token::Hash(digits) | Token::IDHash(digits)) => format!("#{digits}").parse().ok(),
        _ => None,
    };
    match color {
        Some(color) => Ok(color),
        None => refuse(parser, "a colour is written #rgb or #rrggbb"),
    }
}

/// One condition of `@media`, without what is around it.
pub(super) fn media_feature(parser: &mut Parser<'_>) -> Result<String, ParseError<CssError>> {
    let name = match parser.next().cloned() {
        Ok(Token::Ident(name)) => name.to_ascii_lowercase(),
        _ => return refuse(parser, "expected the name of a media feature"),
    };
    if parser.expect_colon().is_err() {
        return refuse(parser, "expected a colon");
    }
    match name.as_str() {
        "prefers-color-scheme" => {
            let scheme = value(parser, "prefers-color-scheme", Kind::Words(&["light", "dark"]))?;
            Ok(format!("(prefers-color-scheme:{scheme})"))
        }
        "min-width" => Ok(format!("(min-width:{})", length(parser, "min-width", 0.0, 4_000.0)?)),
        "max-width" => Ok(format!("(max-width:{})", length(parser, "max-width", 0.0, 4_000.0)?)),
        _ => refuse(parser, "@media takes (prefers-color-scheme), (min-width) and (max-width)"),
    }
}

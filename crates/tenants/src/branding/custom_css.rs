//! A tenant's own style rules, of which only what cannot harm gets into a page.
//!
//! Text is parsed and written anew from lists of ours: selectors of parts that may be styled, below `.shell`, and properties
//! of shape and type within bounds. Nothing of the text itself is copied, so nothing can end the `<style>` element, load
//! from elsewhere, put words on the page, or hide, cover or move away what a person has to see.

mod properties;
mod selectors;

use std::fmt;

use cssparser::{ParseError, ParseErrorKind, Parser, Token};
use serde::{Deserialize, Serialize};

/// The most that a tenant may write, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// Rules within `@media` count too; a page carries them all.
const MAX_RULES: usize = 200;

/// Style rules as the tenant wrote them; [`CustomCss::sanitised`] is what a page may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomCss(String);

impl CustomCss {
    /// Rules as somebody wrote them.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The rules as a page may hold them: letters, digits and ``.:;,#%(){}>@-`` only.
    ///
    /// # Errors
    /// The first place that is not allowed, and why.
    pub fn sanitised(&self) -> Result<String, CssError> {
        if self.0.len() > MAX_BYTES {
            return Err(CssError { line: 1, column: 1, reason: format!("is longer than {MAX_BYTES} bytes") });
        }
        let mut parser = Parser::new(&self.0);
        let mut sheet = Sheet { css: String::new(), rules: 0 };
        sheet.read(&mut parser, Level::Top).map_err(|error| unnested(error, &parser))?;
        Ok(sheet.css)
    }
}

/// Where style rules hold something that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CssError {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What is not allowed there.
    pub reason: String,
}

impl fmt::Display for CssError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

impl CssError {
    fn at(parser: &Parser<'_>, reason: impl Into<String>) -> Self {
        let place = parser.current_source_location();
        Self { line: place.line.saturating_add(1), column: place.column, reason: reason.into() }
    }
}

/// The error in the shape that nested blocks pass on.
fn refuse<T>(parser: &Parser<'_>, reason: impl Into<String>) -> Result<T, ParseError<CssError>> {
    Err(ParseError::custom(CssError::at(parser, reason)))
}

fn unnested(error: ParseError<CssError>, parser: &Parser<'_>) -> CssError {
    match error.kind {
        ParseErrorKind::Custom(error) => error,
        ParseErrorKind::Basic(kind) => CssError::at(parser, kind.to_string()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    Media,
}

/// What has been written anew so far.
struct Sheet {
    css: String,
    rules: usize,
}

impl Sheet {
    fn read(&mut self, parser: &mut Parser<'_>, level: Level) -> Result<(), ParseError<CssError>> {
        loop {
            parser.skip_whitespace();
            let start = parser.state();
            let Ok(token) = parser.next().cloned() else { return Ok(()) };
            match token {
                Token::AtKeyword(name) if level == Level::Top && name.eq_ignore_ascii_case("media") => {
                    self.media(parser)?;
                }
                Token::AtKeyword(_) => {
                    return refuse(parser, "of the @-rules only @media is allowed, and not within another");
                }
                _ => {
                    parser.reset(&start);
                    self.rule(parser)?;
                }
            }
        }
    }

    fn media(&mut self, parser: &mut Parser<'_>) -> Result<(), ParseError<CssError>> {
        let mut conditions = Vec::new();
        loop {
            match parser.next().cloned() {
                Ok(Token::ParenthesisBlock) => conditions.push(parser.parse_nested_block(properties::media_feature)?),
                Ok(Token::Ident(word)) if word.eq_ignore_ascii_case("and") && !conditions.is_empty() => {}
                Ok(Token::CurlyBracketBlock) if !conditions.is_empty() => break,
                _ => {
                    return refuse(
                        parser,
                        "@media takes (prefers-color-scheme), (min-width) and (max-width), joined by `and`",
                    );
                }
            }
        }
        self.css.push_str(&format!("@media {}{{", conditions.join(" and ")));
        parser.parse_nested_block(|block| self.read(block, Level::Media))?;
        self.css.push('}');
        Ok(())
    }

    fn rule(&mut self, parser: &mut Parser<'_>) -> Result<(), ParseError<CssError>> {
        self.rules = self.rules.saturating_add(1);
        if self.rules > MAX_RULES {
            return refuse(parser, format!("there are more than {MAX_RULES} rules"));
        }
        let selectors = selectors::read(parser)?;
        let declarations = parser.parse_nested_block(|block| properties::read(block, selectors.only_texts))?;
        self.css.push_str(&format!("{}{{{}}}", selectors.css, declarations));
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! How deep a text could nest, found before any parser recurses into it.

use crate::error::{CompileError, Position};

/// Brackets within brackets; what people write stays below ten.
const MAX_BRACKETS: usize = 20;
/// Punctuation and `in`: bounds the height of a chain that has no brackets, such as `a.b.c` or `1 + 1 + 1`.
const MAX_OPERATORS: usize = 600;

/// Refuses a text whose parse could recurse deeper than the stack allows.
///
/// Strings and comments are counted like the rest: what is not understood here cannot hide anything either.
///
/// # Errors
/// The first bracket or operator that is too much.
pub(crate) fn check(text: &str) -> Result<(), CompileError> {
    let mut depth = 0_usize;
    let mut operators = 0_usize;
    let mut word = String::new();
    for (offset, character) in text.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if character.is_alphanumeric() || character == '_' {
            word.push(character);
        } else {
            operators += usize::from(character.is_ascii_punctuation()) + usize::from(word == "in");
            word.clear();
        }
        if depth > MAX_BRACKETS || operators > MAX_OPERATORS {
            let message = format!(
                "at most {MAX_BRACKETS} brackets within each other and {MAX_OPERATORS} operators; split the expression"
            );
            return Err(CompileError::at(Position::of(text, offset), message));
        }
    }
    Ok(())
}

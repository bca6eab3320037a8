//! What is wrong with an expression, and where.

use std::fmt;

/// A place in an expression; both numbers count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character of the line.
    pub column: usize,
}

impl Position {
    /// The place of the character that stands `offset` bytes into the text.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.char_indices().take_while(|(start, _)| *start < offset);
        before.fold(Self { line: 1, column: 1 }, |at, (_, character)| match character {
            '\n' => Self { line: at.line + 1, column: 1 },
            _ => Self { column: at.column + 1, ..at },
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// An expression that can never be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct CompileError {
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// What to change.
    pub message: String,
}

impl CompileError {
    pub(crate) fn at(position: Position, message: impl Into<String>) -> Self {
        Self { line: position.line, column: position.column, message: message.into() }
    }
}

/// An expression that gave no value for these variables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The worst case would take too long or too much memory; nothing was evaluated.
    #[error("the expression would do too much work on values of this size")]
    TooExpensive,
    /// The value would be longer than [`crate::MAX_RESULT_BYTES`] as JSON.
    #[error("the value is longer than 8 KiB")]
    TooLarge,
    /// An operation failed: a missing member, a wrong type, a division by zero.
    #[error("{}{message}", .position.map(|at| format!("{at}: ")).unwrap_or_default())]
    Failed {
        /// Where, when the failing operation stands outside of a macro's body.
        position: Option<Position>,
        /// Why.
        message: String,
    },
    /// The value has no JSON form: infinity, a type, bytes.
    #[error("a value of type {0} cannot be part of a token")]
    NotJson(&'static str),
}

//! Expressions of a tenant's rules, in the [Common Expression Language](https://github.com/google/cel-spec).
//!
//! A tenant writes them, so they are untrusted: a [`Program`] knows every name it uses before it runs, and
//! [`Program::evaluate`] refuses, before the first step, an evaluation whose upper bound in time or memory is too high.
//! There is no regular expression, no loop but the bounded macros, and no way to reach anything but the [`Variables`].

mod check;
mod cost;
mod declarations;
mod environment;
mod error;
mod json;
mod nesting;
mod program;
mod programs;
mod variables;

pub use declarations::{FUNCTIONS, Member, Type, VARIABLES};
pub use error::{CompileError, EvaluationError, Position};
pub use program::{MAX_RESULT_BYTES, MAX_TEXT_BYTES, Program};
pub use programs::Programs;
pub use variables::Variables;

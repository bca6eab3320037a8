//! A compiled expression.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::{Context, ExecutionError, Value};

use crate::check;
use crate::cost::{BUDGET, cost};
use crate::environment::{ENVIRONMENT, IN_NETWORK};
use crate::error::{CompileError, EvaluationError, Position};
use crate::json::to_json;
use crate::nesting;
use crate::variables::Variables;

/// The longest expression, in bytes.
pub const MAX_TEXT_BYTES: usize = 4096;
/// The longest value, in bytes of its JSON.
pub const MAX_RESULT_BYTES: usize = 8192;

/// How deep the parser may recurse; each level takes several frames of its stack.
const MAX_RECURSION: u16 = 32;
/// An error stops the parse soon: what comes after the first few is noise.
const MAX_RECOVERIES: u32 = 3;

/// An expression that is known to parse and to name only what exists.
#[derive(Debug)]
pub struct Program {
    root: IdedExpr,
    source: SourceInfo,
}

impl Program {
    /// Parses and checks an expression.
    ///
    /// # Errors
    /// What is wrong first, with its line and column.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        let start = Position { line: 1, column: 1 };
        if text.len() > MAX_TEXT_BYTES {
            return Err(CompileError::at(start, format!("longer than {MAX_TEXT_BYTES} bytes")));
        }
        if text.trim().is_empty() {
            return Err(CompileError::at(start, "an expression is missing here"));
        }
        nesting::check(text)?;
        // The second wall: whatever the parser may still stumble over is an error of this text, not the end of the request.
        let parsed = catch_unwind(AssertUnwindSafe(|| parse(text)));
        let (root, source) = parsed.unwrap_or_else(|_| Err(CompileError::at(start, "not an expression")))?;
        check::check(&root, &source)?;
        Ok(Self { root, source })
    }

    /// Evaluates the expression.
    ///
    /// # Errors
    /// See [`EvaluationError`]; the time and memory of an evaluation are bounded whatever the result.
    pub fn evaluate(&self, variables: &Variables) -> Result<serde_json::Value, EvaluationError> {
        if !variables.charge(cost(&self.root, variables)) {
            return Err(EvaluationError::TooExpensive);
        }
        let value = run(&self.root, variables).map_err(|error| self.failure(&error, variables))?;
        let json = to_json(&value)?;
        if json.to_string().len() > MAX_RESULT_BYTES {
            return Err(EvaluationError::TooLarge);
        }
        Ok(json)
    }

    fn failure(&self, error: &ExecutionError, variables: &Variables) -> EvaluationError {
        let culprit = culprit(&self.root, error, variables);
        EvaluationError::Failed { position: check::position(culprit, &self.source), message: self.explain(error) }
    }

    /// The message without the values, which are a user's: errors are logged and shown.
    fn explain(&self, error: &ExecutionError) -> String {
        match error {
            // A name that is computed may be a value.
            ExecutionError::NoSuchKey(name) if self.source.source.contains(name.as_str()) => {
                format!("no member `{name}`")
            }
            ExecutionError::NoSuchOverload(overload) if overload.function() == "_._" => {
                let of = overload.argument_types().first().map_or("nothing", String::as_str);
                format!("a value of type {of} has no members")
            }
            ExecutionError::NoSuchOverload(overload) => overload.to_string(),
            ExecutionError::UndeclaredReference(name) => format!("no `{name}`"),
            ExecutionError::FunctionError { function, message } if function == IN_NETWORK => {
                format!("{function}: {message}")
            }
            ExecutionError::FunctionError { function, .. } => format!("`{function}` cannot be done on this value"),
            ExecutionError::UnexpectedType { got, want } => format!("{got} where {want} belongs"),
            ExecutionError::ValuesNotComparable(left, right) => {
                format!("{} and {} cannot be compared", left.type_of(), right.type_of())
            }
            ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
                format!("no `{operator}` of {} and {}", left.type_of(), right.type_of())
            }
            ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero".to_owned(),
            ExecutionError::Overflow(..) => "the number is too large".to_owned(),
            ExecutionError::IndexOutOfBounds(_) => "no element of this index".to_owned(),
            ExecutionError::DuplicateKey(_) => "two entries of the same name".to_owned(),
            ExecutionError::UnsupportedKeyType(_) => "the name of an entry is a string, a number or a bool".to_owned(),
            _ => "the operation cannot be done on these values".to_owned(),
        }
    }
}

fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), CompileError> {
    let parser = ENVIRONMENT.parser().max_recursion_depth(MAX_RECURSION).error_recovery_limit(MAX_RECOVERIES);
    parser.parse_with_source_info(text).map_err(|errors| {
        let first = errors.errors.into_iter().next();
        let (line, column) = first.as_ref().map_or((1, 1), |error| error.pos);
        let at = |number: isize| usize::try_from(number).unwrap_or(1).max(1);
        let message = first.map_or_else(|| "not an expression".to_owned(), |error| plain(&error.msg));
        CompileError { line: at(line), column: at(column), message }
    })
}

/// The parser's message on one line, without the list of everything that it would have taken instead.
fn plain(message: &str) -> String {
    let first = message.lines().next().unwrap_or(message).trim();
    let first = first.strip_prefix("Syntax error: ").unwrap_or(first);
    match first.split_once(" expecting {") {
        Some((found, _)) => format!("{found}: an operand, or another operator, belongs here"),
        None => first.to_owned(),
    }
}

fn run(expression: &IdedExpr, variables: &Variables) -> Result<Value, ExecutionError> {
    let mut context = Context::with_env(ENVIRONMENT.clone());
    context.set_variable_resolver(variables);
    // The second wall: an operation that panics is an expression that fails.
    catch_unwind(AssertUnwindSafe(|| Value::resolve(expression, &context)))
        .unwrap_or_else(|_| Err(ExecutionError::InternalError("the operation cannot be done".to_owned())))
}

/// The innermost part that fails alone as the whole does, as far as looking for it stays within the budget.
fn culprit<'a>(root: &'a IdedExpr, error: &ExecutionError, variables: &Variables) -> &'a IdedExpr {
    let mut at = root;
    let mut left = BUDGET;
    'deeper: loop {
        for part in parts(at) {
            let Some(rest) = left.checked_sub(cost(part, variables)) else {
                return at;
            };
            left = rest;
            if run(part, variables).is_err_and(|inner| inner == *error) {
                at = part;
                continue 'deeper;
            }
        }
        return at;
    }
}

/// The parts that can be evaluated alone: the body of a macro cannot.
fn parts(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Comprehension(comprehension) => vec![&comprehension.iter_range],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;

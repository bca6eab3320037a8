//! An upper bound of the work of an evaluation, found without evaluating.
//!
//! The interpreter cannot be interrupted, so nothing may start that could take long. A value is bounded by the number
//! of its elements and by its weight (about 32 bytes each); every operation costs at least one unit and the weight of
//! what it reads and makes. A macro costs its body times the largest possible number of elements.

use std::collections::BTreeMap;

use cel::Value;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators};

use crate::variables::Variables;

/// Units that an evaluation may cost: a few milliseconds on a slow machine, measured by `tests::adversarial`.
pub(crate) const BUDGET: u64 = 20_000;
/// Units that all evaluations over the same variables may cost, so that a hundred rules do not cost a hundred times that.
pub(crate) const TOTAL_BUDGET: u64 = 5 * BUDGET;

const BYTES_PER_WEIGHT: usize = 32;

/// An upper bound of a value.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bound {
    /// Elements of a list, entries of a map.
    length: u64,
    /// The value with all that it holds.
    weight: u64,
    /// The heaviest element.
    element: u64,
}

/// The bound of a variable, and those of its declared members.
#[derive(Debug)]
pub(crate) struct Sizes {
    pub(crate) bound: Bound,
    pub(crate) members: BTreeMap<&'static str, Sizes>,
}

impl Sizes {
    /// Measures a value as a whole.
    pub(crate) fn of(value: &Value) -> Self {
        Self { bound: Bound::of(value), members: BTreeMap::new() }
    }
}

impl Bound {
    const SCALAR: Self = Self { length: 0, weight: 1, element: 0 };

    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::text(text.len()),
            Value::List(list) => list.iter().fold(Self::SCALAR, |sum, one| sum.with(Self::of(one))),
            Value::Map(map) => map.map.iter().fold(Self::SCALAR, |sum, (_, one)| {
                // Keys are declared names or claim names, a few weights each.
                let entry = Self::of(one);
                sum.with(Self { weight: entry.weight.saturating_add(2), ..entry })
            }),
            _ => Self::SCALAR,
        }
    }

    fn text(bytes: usize) -> Self {
        Self { weight: weight_of(bytes), ..Self::SCALAR }
    }

    /// A value of unknown kind that was part of one of this weight.
    fn part(weight: u64) -> Self {
        Self { length: weight, weight, element: weight }
    }

    fn with(self, element: Self) -> Self {
        Self {
            length: self.length.saturating_add(1),
            weight: self.weight.saturating_add(element.weight),
            element: self.element.max(element.weight),
        }
    }

    fn joined(self, other: Self) -> Self {
        Self {
            length: self.length.saturating_add(other.length),
            weight: self.weight.saturating_add(other.weight),
            element: self.element.max(other.element),
        }
    }

    fn either(self, other: Self) -> Self {
        Self {
            length: self.length.max(other.length),
            weight: self.weight.max(other.weight),
            element: self.element.max(other.element),
        }
    }

    fn times(self, count: u64) -> Self {
        Self {
            length: self.length.saturating_mul(count),
            weight: self.weight.saturating_mul(count).saturating_add(1),
            ..self
        }
    }
}

/// What an expression costs at most.
pub(crate) fn cost(expression: &IdedExpr, variables: &Variables) -> u64 {
    let mut meter = Meter { variables, bound: Vec::new(), spent: 0 };
    let result = meter.expression(expression, 1);
    // The value is copied out, and once more into JSON.
    meter.spent.saturating_add(result.weight.saturating_mul(2))
}

struct Meter<'a> {
    variables: &'a Variables,
    /// The variables of the macros around, innermost last.
    bound: Vec<(&'a str, Bound)>,
    spent: u64,
}

impl<'a> Meter<'a> {
    /// Adds what `expression` costs when it runs `times` over, and bounds its value.
    fn expression(&mut self, expression: &'a IdedExpr, times: u64) -> Bound {
        let (value, cost) = match &expression.expr {
            Expr::Literal(literal) => (literal_bound(literal), 1),
            Expr::Ident(name) => (self.path(&[name]), 1),
            Expr::Select(select) => self.select(expression, select, times),
            Expr::Call(call) => self.call(call, times),
            Expr::List(list) => {
                let parts = list.elements.iter().map(|element| self.expression(element, times));
                let value = parts.collect::<Vec<_>>().into_iter().fold(Bound::SCALAR, Bound::with);
                (value, value.weight)
            }
            Expr::Map(map) => {
                let mut value = Bound::SCALAR;
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        let key = self.expression(&entry.key, times);
                        let inner = self.expression(&entry.value, times);
                        value = value.with(key.joined(inner));
                    }
                }
                (value, value.weight.saturating_mul(2))
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, times),
            Expr::Struct(_) | Expr::Unspecified => (Bound::SCALAR, u64::MAX),
        };
        self.spend(cost.saturating_add(1), times);
        value
    }

    fn spend(&mut self, cost: u64, times: u64) {
        self.spent = self.spent.saturating_add(cost.saturating_mul(times));
    }

    fn path(&self, path: &[&str]) -> Bound {
        if let [name] = path
            && let Some((_, bound)) = self.bound.iter().rev().find(|(bound, _)| bound == name)
        {
            return *bound;
        }
        self.variables.sizes(path).map_or(Bound::SCALAR, |sizes| sizes.bound)
    }

    fn select(&mut self, expression: &'a IdedExpr, select: &'a SelectExpr, times: u64) -> (Bound, u64) {
        if select.test {
            let operand = self.expression(&select.operand, times);
            return (Bound::SCALAR, operand.weight.min(8));
        }
        if let Some(path) = declared_path(&expression.expr)
            && let Some(sizes) = self.variables.sizes(&path)
        {
            // A path of declared names is borrowed all the way: one look-up for each.
            return (sizes.bound, u64::try_from(path.len()).unwrap_or(u64::MAX).saturating_mul(2));
        }
        let operand = self.expression(&select.operand, times);
        (Bound::part(operand.element), operand.weight)
    }

    fn call(&mut self, call: &'a CallExpr, times: u64) -> (Bound, u64) {
        let operands: Vec<Bound> =
            call.target.iter().map(AsRef::as_ref).chain(&call.args).map(|one| self.expression(one, times)).collect();
        let read = operands.iter().fold(0_u64, |sum, one| sum.saturating_add(one.weight));
        let first = operands.first().copied().unwrap_or_default();
        let second = operands.get(1).copied().unwrap_or_default();
        let third = operands.get(2).copied().unwrap_or_default();
        let (value, extra) = match call.func_name.as_str() {
            operators::CONDITIONAL => return (second.either(third), 1),
            operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => return (Bound::SCALAR, 1),
            operators::NOT_STRICTLY_FALSE => return (Bound::SCALAR, 1),
            operators::ADD => (first.joined(second), 0),
            operators::INDEX => (Bound::part(first.element), 0),
            // The naive search of a needle compares it at every place.
            "indexOf" | "lastIndexOf" => (Bound::SCALAR, first.weight.saturating_mul(second.weight).saturating_mul(8)),
            "split" => (split(first), 0),
            "join" => (
                Bound {
                    weight: first.weight.saturating_add(first.length.saturating_mul(second.weight)),
                    ..Bound::SCALAR
                },
                0,
            ),
            "replace" => (Bound { weight: replaced(first, third), ..Bound::SCALAR }, 0),
            // A number may be written with hundreds of digits.
            "string" => (Bound { weight: first.weight.saturating_mul(2).saturating_add(16), ..Bound::SCALAR }, 0),
            "lowerAscii" | "upperAscii" | "trim" | "substring" | "charAt" => {
                (Bound { weight: first.weight, ..Bound::SCALAR }, first.weight)
            }
            _ => (Bound::SCALAR, 0),
        };
        (value, read.saturating_add(value.weight).saturating_add(extra))
    }

    fn comprehension(&mut self, macro_: &'a ComprehensionExpr, times: u64) -> (Bound, u64) {
        let range = self.expression(&macro_.iter_range, times);
        let start = self.expression(&macro_.accu_init, times);
        let rounds = range.length.saturating_mul(times);
        // The accumulator of a macro is a flag, a count, or a list that only grows by the elements of one step.
        self.bound.push((&macro_.iter_var, Bound::part(range.element)));
        self.bound.push((&macro_.accu_var, Bound::default()));
        self.expression(&macro_.loop_cond, rounds);
        let step = self.expression(&macro_.loop_step, rounds);
        self.bound.truncate(self.bound.len().saturating_sub(2));
        // Each element is copied into the scope of its round.
        self.spend(range.element.saturating_add(4), rounds);
        let value = match &macro_.accu_init.expr {
            Expr::List(_) => start.joined(step.times(range.length)),
            _ => Bound::SCALAR,
        };
        (value, range.weight.saturating_add(value.weight))
    }
}

/// The names of `user.claims.name`, when the expression is nothing else.
fn declared_path(expression: &Expr) -> Option<Vec<&str>> {
    let mut path = Vec::new();
    let mut at = expression;
    loop {
        match at {
            Expr::Ident(name) => {
                path.push(name.as_str());
                path.reverse();
                return Some(path);
            }
            Expr::Select(select) => {
                path.push(select.field.as_str());
                at = &select.operand.expr;
            }
            _ => return None,
        }
    }
}

fn literal_bound(literal: &LiteralValue) -> Bound {
    match literal {
        LiteralValue::String(text) => Bound::text(text.len()),
        LiteralValue::Bytes(bytes) => Bound::text(bytes.len()),
        _ => Bound::SCALAR,
    }
}

/// A separator of no characters makes an element of each.
fn split(text: Bound) -> Bound {
    let characters = text.weight.saturating_mul(32);
    Bound { length: characters, weight: characters.saturating_add(text.weight), element: text.weight }
}

/// A needle of no characters is found before each.
fn replaced(text: Bound, replacement: Bound) -> u64 {
    text.weight.saturating_add(text.weight.saturating_mul(32).saturating_mul(replacement.weight))
}

fn weight_of(bytes: usize) -> u64 {
    u64::try_from(bytes / BYTES_PER_WEIGHT).unwrap_or(u64::MAX).saturating_add(1)
}

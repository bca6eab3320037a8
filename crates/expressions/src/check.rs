//! Names, functions and nesting of a parsed expression, checked before it may run.

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo};

use crate::declarations::{FUNCTIONS, Member, Type, VARIABLES, find};
use crate::environment::parse_network;
use crate::error::{CompileError, Position};

/// Macros within macros: the work grows with the power of this.
const MAX_MACROS: usize = 3;
/// Height of the parsed tree, which evaluation recurses into.
const MAX_HEIGHT: usize = 64;

/// Checks the whole tree.
///
/// # Errors
/// The first name that does not exist, or the first part that is nested too deep.
pub(crate) fn check(root: &IdedExpr, source: &SourceInfo) -> Result<(), CompileError> {
    Checker { source, bound: Vec::new(), height: 0 }.expression(root)
}

/// Where an expression stands in its text.
pub(crate) fn position(expression: &IdedExpr, source: &SourceInfo) -> Option<Position> {
    let (start, _) = source.offset_for(expression.id)?;
    Some(Position::of(&source.source, usize::try_from(start).unwrap_or(usize::MAX)))
}

struct Checker<'a> {
    source: &'a SourceInfo,
    /// The variables of the macros around, innermost last; two per macro.
    bound: Vec<&'a str>,
    height: usize,
}

impl<'a> Checker<'a> {
    fn expression(&mut self, expression: &'a IdedExpr) -> Result<(), CompileError> {
        self.height += 1;
        if self.height > MAX_HEIGHT {
            return Err(self.error(expression, format!("nested deeper than {MAX_HEIGHT} levels; split the expression")));
        }
        match &expression.expr {
            Expr::Literal(_) => {}
            Expr::Ident(name) => drop(self.variable(expression, name)?),
            Expr::Select(select) => drop(self.select(expression, select)?),
            Expr::Call(call) => self.call(expression, call)?,
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.expression(element))?,
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.expression(&entry.key)?;
                    self.expression(&entry.value)
                }
                EntryExpr::StructField(field) => self.expression(&field.value),
            })?,
            Expr::Comprehension(comprehension) => self.comprehension(expression, comprehension)?,
            Expr::Struct(message) => {
                let message = format!("there is no type `{}`; write a map: {{\"name\": value}}", message.type_name);
                return Err(self.error(expression, message));
            }
            Expr::Unspecified => return Err(self.error(expression, "an expression is missing here")),
        }
        self.height -= 1;
        Ok(())
    }

    /// The type of a variable; `None` for one that a macro binds.
    fn variable(&self, at: &IdedExpr, name: &str) -> Result<Option<Type>, CompileError> {
        if self.bound.contains(&name) {
            return Ok(None);
        }
        match find(&VARIABLES, name) {
            Some(variable) => Ok(Some(variable.r#type)),
            None => Err(self.error(at, unknown("variable", name, VARIABLES.iter().map(|one| one.name)))),
        }
    }

    /// The type of a member; `None` where it is known only when the expression runs.
    fn select(&mut self, at: &'a IdedExpr, select: &'a SelectExpr) -> Result<Option<Type>, CompileError> {
        let operand = match &select.operand.expr {
            Expr::Ident(name) => self.variable(&select.operand, name)?,
            Expr::Select(inner) => self.nested(|this| this.select(&select.operand, inner), &select.operand)?,
            _ => {
                self.expression(&select.operand)?;
                None
            }
        };
        match operand {
            Some(Type::Members(members)) => self.member(at, members, &select.field).map(Some),
            None | Some(Type::Any) => Ok(None),
            Some(_) => Err(self.error(at, format!("`{}` is a member of something that has none", select.field))),
        }
    }

    fn nested<T>(
        &mut self,
        check: impl FnOnce(&mut Self) -> Result<T, CompileError>,
        at: &IdedExpr,
    ) -> Result<T, CompileError> {
        self.height += 1;
        if self.height > MAX_HEIGHT {
            return Err(self.error(at, format!("nested deeper than {MAX_HEIGHT} levels; split the expression")));
        }
        let checked = check(self)?;
        self.height -= 1;
        Ok(checked)
    }

    fn member(&self, at: &IdedExpr, members: &'static [Member], name: &str) -> Result<Type, CompileError> {
        find(members, name)
            .map(|member| member.r#type)
            .ok_or_else(|| self.error(at, unknown("member", name, members.iter().map(|one| one.name))))
    }

    fn call(&mut self, at: &'a IdedExpr, call: &'a CallExpr) -> Result<(), CompileError> {
        let is_operator = !call.func_name.starts_with(|first: char| first.is_ascii_alphabetic());
        if !is_operator && !FUNCTIONS.contains(&call.func_name.as_str()) {
            let message = match call.func_name.as_str() {
                "matches" => "there are no regular expressions; use startsWith, endsWith, contains or split".to_owned(),
                other => unknown("function", other, FUNCTIONS.into_iter()),
            };
            return Err(self.error(at, message));
        }
        if call.func_name == "inNetwork"
            && let [argument] = call.args.as_slice()
            && let Expr::Literal(LiteralValue::String(network)) = &argument.expr
            && parse_network(network).is_none()
        {
            return Err(self.error(argument, "not a network such as \"10.0.0.0/8\" or \"2001:db8::/32\""));
        }
        if let Some(target) = &call.target {
            self.expression(target)?;
        }
        call.args.iter().try_for_each(|argument| self.expression(argument))
    }

    fn comprehension(&mut self, at: &'a IdedExpr, macro_: &'a ComprehensionExpr) -> Result<(), CompileError> {
        self.expression(&macro_.iter_range)?;
        self.expression(&macro_.accu_init)?;
        if self.bound.len() / 2 >= MAX_MACROS {
            return Err(self.error(at, format!("macros nest deeper than {MAX_MACROS}")));
        }
        if find(&VARIABLES, &macro_.iter_var).is_some() {
            return Err(self.error(at, format!("`{}` is a variable already; choose another name", macro_.iter_var)));
        }
        self.bound.extend([macro_.iter_var.as_str(), macro_.accu_var.as_str()]);
        for part in [&macro_.loop_cond, &macro_.loop_step, &macro_.result] {
            self.expression(part)?;
        }
        self.bound.truncate(self.bound.len().saturating_sub(2));
        Ok(())
    }

    fn error(&self, at: &IdedExpr, message: impl Into<String>) -> CompileError {
        CompileError::at(position(at, self.source).unwrap_or(Position { line: 1, column: 1 }), message)
    }
}

fn unknown(kind: &str, name: &str, known: impl Iterator<Item = &'static str>) -> String {
    let known: Vec<_> = known.collect();
    let nearest = known.iter().map(|one| (strsim::damerau_levenshtein(one, name), *one)).min();
    match nearest {
        Some((distance, one)) if distance <= 2 => format!("no {kind} `{name}`; did you mean `{one}`?"),
        _ if known.len() < 20 => format!("no {kind} `{name}`; there are {}", known.join(", ")),
        _ => format!("no {kind} `{name}`"),
    }
}

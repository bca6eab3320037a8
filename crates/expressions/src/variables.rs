//! The values that the variables of an expression have.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use cel::Value;
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use chrono::DateTime;
use serde_json::{Map, Value as Json};

use crate::cost::{BUDGET, Sizes, TOTAL_BUDGET};
use crate::declarations::{Member, Type, VARIABLES};

/// The variables of one evaluation, or of many: built once per token, read by every expression.
#[derive(Debug)]
pub struct Variables {
    values: BTreeMap<&'static str, (Box<dyn Val>, Sizes)>,
    /// What the evaluations so far may have cost.
    spent: AtomicU64,
}

impl Variables {
    /// Takes the values by the names of [`VARIABLES`]. A time is given as whole seconds since 1970.
    ///
    /// What is not given, or is of another type, is `null`, `false` or empty; what is not declared is left out.
    #[must_use]
    pub fn new(given: &Map<String, Json>) -> Self {
        let values = VARIABLES.iter().filter_map(|variable| {
            let (value, sizes) = typed(variable.r#type, given.get(variable.name));
            Some((variable.name, (value.try_into().ok()?, sizes)))
        });
        Self { values: values.collect(), spent: AtomicU64::new(0) }
    }

    /// Counts the cost of an evaluation; whether all of them together stay within the budget.
    pub(crate) fn charge(&self, cost: u64) -> bool {
        // Relaxed: a sum, which guards nothing else.
        let before = self.spent.fetch_add(cost.min(TOTAL_BUDGET), Ordering::Relaxed);
        cost <= BUDGET && before.saturating_add(cost) <= TOTAL_BUDGET
    }

    /// How large the value is that a path of names leads to.
    pub(crate) fn sizes(&self, path: &[&str]) -> Option<&Sizes> {
        let (first, members) = path.split_first()?;
        let (_, sizes) = self.values.get::<str>(first)?;
        members.iter().try_fold(sizes, |sizes, member| sizes.members.get::<str>(member))
    }
}

impl VariableResolver for Variables {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        self.values.get(variable).map(|(value, _)| CowVal::Borrowed(value.as_ref()))
    }
}

fn typed(r#type: Type, given: Option<&Json>) -> (Value, Sizes) {
    let value = match (r#type, given) {
        (Type::Members(members), given) => return object(members, given.and_then(Json::as_object)),
        (Type::Texts, given) => {
            let texts = given.and_then(Json::as_array).into_iter().flatten().filter(|one| one.is_string());
            Value::List(texts.map(any).collect::<Vec<_>>().into())
        }
        (Type::Bool, given) => Value::Bool(given.and_then(Json::as_bool).unwrap_or(false)),
        (Type::Text, Some(text @ Json::String(_))) => any(text),
        (Type::Int, Some(number)) => number.as_i64().map_or(Value::Null, Value::Int),
        (Type::Timestamp, Some(seconds)) => seconds
            .as_i64()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map_or(Value::Null, |time| Value::Timestamp(time.fixed_offset())),
        (Type::Any, Some(value)) => any(value),
        _ => Value::Null,
    };
    let sizes = Sizes::of(&value);
    (value, sizes)
}

fn object(members: &'static [Member], given: Option<&Map<String, Json>>) -> (Value, Sizes) {
    let mut values = HashMap::new();
    let mut sizes = BTreeMap::new();
    for member in members {
        let (value, size) = typed(member.r#type, given.and_then(|given| given.get(member.name)));
        values.insert(member.name, value);
        sizes.insert(member.name, size);
    }
    let value = Value::Map(values.into());
    let own = Sizes { members: sizes, ..Sizes::of(&value) };
    (value, own)
}

/// A JSON value as it is.
fn any(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => {
            number.as_i64().map(Value::Int).or_else(|| number.as_f64().map(Value::Float)).unwrap_or(Value::Null)
        }
        Json::String(text) => Value::String(text.clone().into()),
        Json::Array(list) => Value::List(list.iter().map(any).collect::<Vec<_>>().into()),
        Json::Object(map) => {
            Value::Map(map.iter().map(|(name, value)| (name.clone(), any(value))).collect::<HashMap<_, _>>().into())
        }
    }
}

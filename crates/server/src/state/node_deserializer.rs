//! Reads typed values out of a [`Node`], so that an error of any type's `Deserialize` names its line and field.

use serde::de::value::StringDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::state::StateError;
use crate::state::node::{Content, Entry, Node};

/// A deserializer over a borrowed tree.
#[derive(Clone, Copy, Debug)]
pub struct NodeDeserializer<'a>(pub &'a Node);

impl<'de> serde::Deserializer<'de> for NodeDeserializer<'_> {
    type Error = StateError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StateError> {
        let outcome = match &self.0.content {
            Content::Null => visitor.visit_unit(),
            Content::Bool(value) => visitor.visit_bool(*value),
            Content::Integer(value) => match u64::try_from(*value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_i64(*value),
            },
            Content::Float(value) => visitor.visit_f64(*value),
            Content::Text(text) => visitor.visit_str(text),
            Content::Sequence(items) => visitor.visit_seq(Items { items: items.iter(), index: 0 }),
            Content::Mapping(entries) => visitor.visit_map(Members::new(entries.iter().collect())),
        };
        outcome.map_err(|error| on_line(error, self.0.line))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StateError> {
        match &self.0.content {
            Content::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, StateError> {
        visitor.visit_newtype_struct(self).map_err(|error| on_line(error, self.0.line))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, StateError> {
        match &self.0.content {
            Content::Text(text) => visitor.visit_enum(Variant(text)).map_err(|error| on_line(error, self.0.line)),
            _ => Err(StateError::new(self.0.line, "expected one word")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

fn on_line(mut error: StateError, line: u64) -> StateError {
    if error.line == 0 {
        error.line = line;
    }
    error
}

struct Items<'a> {
    items: std::slice::Iter<'a, Node>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = StateError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, StateError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(NodeDeserializer(item))
            .map(Some)
            .map_err(|error| error.within(&format!("[{index}]"), item.line))
    }
}

/// Some members of a mapping as a map; an error names the member.
pub(crate) struct Members<'a> {
    entries: std::vec::IntoIter<&'a Entry>,
    current: Option<&'a Entry>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(entries: Vec<&'a Entry>) -> Self {
        Self { entries: entries.into_iter(), current: None }
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = StateError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, StateError> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.current = Some(entry);
        let key: StringDeserializer<StateError> = entry.key.clone().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.within(&entry.key, entry.line))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, StateError> {
        let Some(entry) = self.current.take() else {
            return Err(serde::de::Error::custom("a value without a name"));
        };
        seed.deserialize(NodeDeserializer(&entry.value)).map_err(|error| error.within(&entry.key, entry.line))
    }
}

struct Variant<'a>(&'a str);

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = StateError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), StateError> {
        let name: StringDeserializer<StateError> = self.0.to_owned().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = StateError;

    fn unit_variant(self) -> Result<(), StateError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, StateError> {
        Err(StateError::new(0, "expected one word"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, StateError> {
        Err(StateError::new(0, "expected one word"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, StateError> {
        Err(StateError::new(0, "expected one word"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Shop {
        name: String,
        #[serde(default)]
        doors: Vec<Door>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Door {
        width: u32,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Front,
    }

    #[test]
    fn an_error_names_line_and_field() {
        for (text, expected) in [
            ("name: a\ndoors:\n- width: 1\n  kind: front\n", None),
            (
                "name: 5\n",
                Some("line 1: name: expected a string, found a number (a text that looks like a number needs quotes)"),
            ),
            ("name: a\ncolour: b\n", Some("line 2: colour: unknown field; known are name, doors")),
            ("name: a\ndors: b\n", Some("line 2: dors: unknown field; did you mean \"doors\"?")),
            ("name: a\ndoors:\n- width: 1\n- width: -1\n", Some("line 4: doors[1].width: expected u32")),
            ("name: a\ndoors:\n- kind: front\n", Some("line 3: doors[0]: missing field `width`")),
            (
                "name: a\ndoors:\n- width: 1\n  kind: back\n",
                Some("line 4: doors[0].kind: unknown variant `back`, expected `Front`"),
            ),
        ] {
            let node = Node::parse(text).expect(text);
            let error = Shop::deserialize(NodeDeserializer(&node)).err().map(|error| error.to_string());
            match (error, expected) {
                (Some(error), Some(expected)) if expected.contains("variant") => {
                    assert!(error.starts_with("line 4: doors[0].kind:"), "{error}")
                }
                (error, expected) => assert_eq!(error.as_deref(), expected, "{text}"),
            }
        }
    }
}

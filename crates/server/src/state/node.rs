//! A YAML document as a tree that remembers on which line each thing stands.

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::state::StateError;

/// A value and its line.
#[derive(Clone, Debug)]
pub struct Node {
    /// The line it starts on, from 1.
    pub line: u64,
    /// What stands there.
    pub content: Content,
}

/// The kinds of YAML values.
#[derive(Clone, Debug)]
pub enum Content {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text, quoted or not.
    Text(String),
    /// A list.
    Sequence(Vec<Node>),
    /// Members in the order written.
    Mapping(Vec<Entry>),
}

/// One member of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// The line its name stands on, from 1.
    pub line: u64,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// Reads one YAML document.
    ///
    /// # Errors
    /// The line and what is wrong with the YAML there.
    pub fn parse(text: &str) -> Result<Self, StateError> {
        // A duplicate key is refused by the parser's default, as are alias bombs.
        let tree: Spanned<Content> = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map_or(1, |location| location.line());
            let message = error.without_snippet().to_string();
            let message = message.lines().next().unwrap_or("not YAML");
            // The line stands in front already.
            StateError::new(line, message.split_once(" at line ").map_or(message, |(reason, _)| reason))
        })?;
        Ok(Self::from(tree))
    }
}

impl From<Spanned<Content>> for Node {
    fn from(spanned: Spanned<Content>) -> Self {
        Self { line: spanned.referenced.line(), content: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Content, E> {
        i64::try_from(value).map(Content::Integer).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Content, E> {
        Ok(Content::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Content, E> {
        Ok(Content::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_none<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        Content::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Content, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Content>>()? {
            items.push(Node::from(item));
        }
        Ok(Content::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            let value = Node::from(access.next_value::<Spanned<Content>>()?);
            let line = if key.referenced.line() == 0 { value.line } else { key.referenced.line() };
            entries.push(Entry { key: key.value, line, value });
        }
        Ok(Content::Mapping(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_knows_its_line() {
        let node = Node::parse("# comment\na: 1\nb:\n  - x\n  - c: true\n    d: ~\n").expect("parses");
        let Content::Mapping(entries) = node.content else { panic!("not a mapping") };
        let lines: Vec<(&str, u64)> = entries.iter().map(|entry| (entry.key.as_str(), entry.line)).collect();
        assert_eq!(lines, [("a", 2), ("b", 3)]);
        let Content::Sequence(items) = &entries[1].value.content else { panic!("not a sequence") };
        let Content::Mapping(inner) = &items[1].content else { panic!("not a mapping") };
        assert_eq!((inner[0].line, inner[1].line), (5, 6));
    }

    #[test]
    fn what_is_not_yaml_names_its_line() {
        for (text, line) in [("a: 1\nb: [1, 2\n", 2), ("a: 1\na: 2\n", 2), ("a: 1\nb: }\n", 2)] {
            let error = Node::parse(text).expect_err(text);
            assert_eq!(error.line, line, "{text:?}: {error}");
        }
    }
}

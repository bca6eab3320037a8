//! The members of one object of a state file, read by name.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde::de::value::MapAccessDeserializer;

use crate::state::StateError;
use crate::state::error::unknown;
use crate::state::node::{Content, Entry, Node};
use crate::state::node_deserializer::{Members, NodeDeserializer};

/// Where an object stands, for mistakes that are found only when it is compared with others.
#[derive(Clone, Debug, Default)]
pub struct Position {
    path: String,
    line: u64,
    members: BTreeMap<String, u64>,
}

impl Position {
    /// A mistake in the member `name` of the object, or in the object when it has no such member.
    pub fn error(&self, name: &str, message: impl Display) -> StateError {
        let line = self.members.get(name).copied().unwrap_or(self.line);
        let field = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        StateError { line, field, message: message.to_string() }
    }

    /// A mistake of the object as a whole.
    pub fn whole(&self, message: impl Display) -> StateError {
        StateError { line: self.line, field: self.path.clone(), message: message.to_string() }
    }
}

/// The members not read so far.
pub struct Fields<'a> {
    entries: Vec<&'a Entry>,
    position: Position,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The members of `node`, which stands at `path`.
    ///
    /// # Errors
    /// When it is not a mapping.
    pub fn of(node: &'a Node, path: String) -> Result<Self, StateError> {
        let Content::Mapping(entries) = &node.content else {
            return Err(StateError { line: node.line, field: path, message: "expected a mapping".to_owned() });
        };
        let members = entries.iter().map(|entry| (entry.key.clone(), entry.line)).collect();
        let position = Position { path, line: node.line, members };
        Ok(Self { entries: entries.iter().collect(), position, known: Vec::new() })
    }

    /// Where the object stands.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position.clone()
    }

    /// Takes out a member; `None` when it is absent or null.
    ///
    /// # Errors
    /// When its value is not a `T`.
    pub fn optional<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, StateError> {
        match self.take(name) {
            Some(entry) => T::deserialize(NodeDeserializer(&entry.value))
                .map(Some)
                .map_err(|error| self.prefixed(error.within(name, entry.line))),
            None => Ok(None),
        }
    }

    /// Takes out a member that must be there.
    ///
    /// # Errors
    /// When it is missing or not a `T`.
    pub fn required<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, StateError> {
        let missing = self.position.error(name, "is missing");
        self.optional(name)?.ok_or(missing)
    }

    /// Takes out a list of objects, each with its path; empty when the member is absent.
    ///
    /// # Errors
    /// When it is not a list.
    pub fn objects(&mut self, name: &'static str) -> Result<Vec<(&'a Node, String)>, StateError> {
        let Some(entry) = self.take(name) else { return Ok(Vec::new()) };
        let Content::Sequence(items) = &entry.value.content else {
            return Err(self.position.error(name, "expected a list"));
        };
        let base =
            if self.position.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.position.path) };
        Ok(items.iter().enumerate().map(|(index, item)| (item, format!("{base}[{index}]"))).collect())
    }

    /// All members not taken so far, as one value.
    ///
    /// # Errors
    /// When they are not a `T`.
    pub fn rest<T: DeserializeOwned>(mut self) -> Result<T, StateError> {
        let entries = std::mem::take(&mut self.entries);
        T::deserialize(MapAccessDeserializer::new(Members::new(entries))).map_err(|mut error| {
            if error.line == 0 {
                error.line = self.position.line;
            }
            self.prefixed(error)
        })
    }

    /// Ends the object: nothing may be left.
    ///
    /// # Errors
    /// Names the first member that is not known.
    pub fn finish(self) -> Result<(), StateError> {
        match self.entries.first() {
            Some(entry) => {
                let error =
                    StateError::new(entry.line, unknown(&entry.key, &self.known)).within(&entry.key, entry.line);
                Err(self.prefixed(error))
            }
            None => Ok(()),
        }
    }

    fn take(&mut self, name: &'static str) -> Option<&'a Entry> {
        self.known.push(name);
        let index = self.entries.iter().position(|entry| entry.key == name)?;
        let entry = self.entries.remove(index);
        (!matches!(entry.value.content, Content::Null)).then_some(entry)
    }

    fn prefixed(&self, error: StateError) -> StateError {
        if self.position.path.is_empty() { error } else { error.within(&self.position.path, self.position.line) }
    }
}

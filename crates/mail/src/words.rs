//! Words by their ids; English until the language files come.

const ENGLISH: &str = include_str!("../texts/mail.ftl");

/// A message of the language files with what stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    id: &'static str,
    arguments: Vec<(&'static str, String)>,
}

impl Words {
    pub(crate) fn new(id: &'static str) -> Self {
        Self { id, arguments: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }

    pub(crate) fn say(&self) -> String {
        let pattern = ENGLISH.lines().filter_map(|line| line.split_once(" = ")).find(|(id, _)| *id == self.id);
        let mut said = String::new();
        for (index, part) in pattern.map_or(self.id, |(_, text)| text).split("{ $").enumerate() {
            let (name, rest) = if index == 0 { ("", part) } else { part.split_once(" }").unwrap_or(("", part)) };
            said.extend(self.arguments.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.as_str()));
            said.push_str(rest);
        }
        said
    }
}

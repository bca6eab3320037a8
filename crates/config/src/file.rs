//! Reads `latchkey.toml`, keeping the line of each value.

use std::{ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use crate::{
    config::{find_key, nearest_toml, tables},
    reader::{Raw, Reader, Setting},
};

/// Reads the settings of the file at `path` into `reader`.
pub(crate) fn read(path: &Path, reader: &mut Reader) {
    let name = path.strip_prefix(".").unwrap_or(path).display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return reader.problem(name, format!("cannot be read: {error}")),
    };
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let line = error.span().map_or(1, |span| line_of(&text, span));
        reader.problem(format!("{name}:{line}"), first_line(error.message()));
    }
    // What the parser made of a broken file would only raise misleading follow-up problems.
    if errors.is_empty() {
        File { name: &name, text: &text, reader }.table("", table.get_ref());
    }
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
    reader: &'a mut Reader,
}

impl File<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let dotted =
                if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
            match value.get_ref() {
                DeValue::Table(inner) if tables().any(|name| name == dotted) => self.table(&dotted, inner),
                _ => self.value(&dotted, key, value),
            }
        }
    }

    fn value(&mut self, dotted: &str, name: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) {
        let place = self.place(name.span());
        let Some(key) = find_key(|key| key.toml == dotted) else {
            return self.reader.problem(place, format!("unknown key \"{dotted}\"{}", nearest_toml(dotted)));
        };
        match raw(value.get_ref()) {
            Some(raw) => self.reader.set(key, Setting { raw, place }),
            None => self.reader.problem(place, format!("{dotted} cannot be a {}", value.get_ref().type_str())),
        }
    }

    fn place(&self, span: Range<usize>) -> String {
        format!("{}:{}", self.name, line_of(self.text, span))
    }
}

fn raw(value: &DeValue<'_>) -> Option<Raw> {
    Some(match value {
        DeValue::String(text) => Raw::One(text.to_string()),
        DeValue::Boolean(value) => Raw::One(value.to_string()),
        DeValue::Integer(number) => Raw::One(i64::from_str_radix(number.as_str(), number.radix()).ok()?.to_string()),
        DeValue::Array(items) => {
            Raw::Many(items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?)
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => return None,
    })
}

fn line_of(text: &str, span: Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

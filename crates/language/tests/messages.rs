//! Every language says every message, with the same things in it, in all the forms that its grammar counts in.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where its setting cannot be read")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use latchkey_language::Language;

/// What a message holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    variables: BTreeSet<String>,
    /// The words that stand for classes of numbers, of each choice in it.
    choices: Vec<BTreeSet<String>>,
}

impl Shape {
    fn of(pattern: &Pattern<String>) -> Self {
        let mut shape = Self::default();
        shape.read(pattern);
        shape
    }

    fn read(&mut self, pattern: &Pattern<String>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<String>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                let mut words = BTreeSet::new();
                for variant in variants {
                    if let VariantKey::Identifier { name } = &variant.key {
                        words.insert(name.clone());
                    }
                    self.read(&variant.value);
                }
                self.choices.push(words);
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<String>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.clone());
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            other => panic!("a message says all of itself, without {other:?}"),
        }
    }
}

/// The messages of a language by area and id.
fn messages(language: Language) -> BTreeMap<(String, String), Shape> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("texts").join(language.tag());
    let mut messages = BTreeMap::new();
    for file in fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let area = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let resource = fluent_syntax::parser::parse(fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in resource.body {
            match entry {
                Entry::Message(message) => {
                    assert!(message.attributes.is_empty(), "{}: attributes are not used", message.id.name);
                    let pattern = message.value.unwrap_or_else(|| panic!("{} says nothing", message.id.name));
                    let before = messages.insert((area.clone(), message.id.name.clone()), Shape::of(&pattern));
                    assert!(before.is_none(), "{area}: {} stands there twice", message.id.name);
                }
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
                other => panic!("{}: {other:?}", path.display()),
            }
        }
    }
    messages
}

/// The classes that a language counts in, of which every choice by number says each
/// ([CLDR](https://www.unicode.org/cldr/charts/48/supplemental/language_plural_rules.html)); that of millions in French
/// and Spanish reads as the rest.
fn plural_categories(language: Language) -> BTreeSet<String> {
    let words: &[&str] = match language {
        Language::English | Language::German | Language::French | Language::Spanish => &["one", "other"],
        Language::Japanese => &["other"],
        Language::Arabic => &["zero", "one", "two", "few", "many", "other"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn every_language_has_every_message_and_no_other() {
    let english: BTreeSet<_> = messages(Language::English).into_keys().collect();
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let own: BTreeSet<_> = messages(language).into_keys().collect();
        wrong.extend(english.difference(&own).map(|(area, id)| format!("{}/{area}.ftl lacks {id}", language.tag())));
        wrong.extend(own.difference(&english).map(|(area, id)| format!("{}/{area}.ftl has {id}", language.tag())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_message_holds_the_same_in_every_language() {
    let english = messages(Language::English);
    let mut wrong = Vec::new();
    for language in Language::ALL {
        for (place, shape) in messages(language) {
            let Some(original) = english.get(&place) else { continue };
            if shape.variables != original.variables {
                let (own, meant) = (&shape.variables, &original.variables);
                wrong.push(format!("{} {}: {own:?} instead of {meant:?}", language.tag(), place.1));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_choice_by_number_has_every_form_of_its_language() {
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let categories = plural_categories(language);
        for ((area, id), shape) in messages(language) {
            for words in shape.choices {
                if words != categories {
                    wrong.push(format!("{}/{area}.ftl {id}: {words:?} instead of {categories:?}", language.tag()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

//! Pages say what the messages say: no template holds words of its own, no source names a message that does not exist, and
//! no message is there for nothing.

#![expect(clippy::unwrap_used, reason = "a test stops where its setting cannot be read")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is said by a page that no person reads, and names that no language translates.
const NOT_PAGES: [&str; 1] = ["check_session.html"];
const NAMES: [&str; 5] = ["XXXX-XXXX", "doctype", "QR", "utf-8", "»"];

/// Messages of the page that changes a password, which is still to come.
const AHEAD: [&str; 3] = ["account-password-", "account-nav-password", "account-note-password"];

/// Attributes that people read or hear.
const READ: [&str; 5] = ["aria-label", "title", "alt", "placeholder", "summary"];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
}

/// The templates of every crate, without those that are no pages.
fn templates() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in fs::read_dir(crates()).unwrap() {
        files(&part.unwrap().path().join("templates"), "html", &mut found);
    }
    assert!(found.len() > 20, "the templates are found");
    let pages = found.iter().filter(|path| !NOT_PAGES.iter().any(|name| path.ends_with(name)));
    pages.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

/// The sources of every crate that says something.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in fs::read_dir(crates()).unwrap() {
        let part = part.unwrap().path();
        if !part.ends_with("language") {
            files(&part.join("src"), "rs", &mut found);
        }
    }
    let tested = |path: &Path| {
        path.components().any(|part| part.as_os_str() == "tests")
            || path.ends_with("tests.rs")
            || path.ends_with("testing.rs")
    };
    let shipped = found.iter().filter(|path| !tested(path));
    shipped.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

fn known() -> BTreeSet<String> {
    let mut files_found = Vec::new();
    files(&crates().join("language/texts/en"), "ftl", &mut files_found);
    let text: String = files_found.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let head = |line: &str| line.split_once(" =").map(|(id, _)| id.to_owned());
    let is_head = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
    text.lines().filter(is_head).filter_map(head).collect()
}

/// The text with everything between `open` and `close` replaced by a blank.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(open) {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once(close).map_or("", |(_, after)| after);
    }
    kept + rest
}

/// What stands between quotes after each `call`, when it is a literal.
fn literals_after<'a>(text: &'a str, call: &str) -> Vec<&'a str> {
    let arguments = text.split(call).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
    arguments.filter_map(|rest| rest.split_once('"')).map(|(id, _)| id).collect()
}

fn has_words(text: &str) -> bool {
    let text = NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name, " "));
    let text = without(&text, "&", ";");
    text.chars().any(char::is_alphabetic)
}

#[test]
fn no_template_holds_words_of_its_own() {
    let mut wrong = Vec::new();
    for (path, html) in templates() {
        let html = ["{{", "{%", "{#"]
            .iter()
            .zip(["}}", "%}", "#}"])
            .fold(html, |html, (open, close)| without(&html, open, close));
        let html = without(&without(&without(&html, "<script", "</script>"), "<style", "</style>"), "<!", ">");
        for part in html.split('<').skip(1) {
            let (tag, text) = part.split_once('>').unwrap_or((part, ""));
            if has_words(text) {
                wrong.push(format!("{path}: {}", text.trim()));
            }
            for attribute in READ {
                let values = literals_after(tag, &format!(" {attribute}="));
                wrong.extend(
                    values.iter().filter(|value| has_words(value)).map(|value| format!("{path}: {attribute}={value}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_message_that_is_named_exists() {
    let known = known();
    let mut wrong = Vec::new();
    let mut check = |path: &str, id: &str| {
        if !known.contains(id) {
            wrong.push(format!("{path}: {id}"));
        }
    };
    let templates = templates();
    for (path, html) in &templates {
        for call in ["layout.t(", "layout.t1(", "layout.rich1(", "layout.title(", "Words::new("] {
            literals_after(html, call).into_iter().for_each(|id| check(path, id));
        }
    }
    for (path, source) in &sources() {
        let shipped = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for call in ["Words::new(", "layout.t(", "layout.t1(", "layout.rich1(", "language.text(", ".what_to_do("] {
            literals_after(shipped, call).into_iter().for_each(|id| check(path, id));
        }
        for rest in shipped.split("ErrorPage::new(").skip(1) {
            let arguments = rest.split_once(',').map_or("", |(_, rest)| rest);
            let Some(title) = arguments.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
                continue;
            };
            check(path, title.0);
            literals_after(title.1, ",").first().into_iter().for_each(|id| check(path, id));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_message_is_said_somewhere() {
    let everything: String = templates().into_iter().chain(sources()).map(|(_, text)| text).collect();
    // An id may end with a name that the program knows: `format!("account-event-{}", …)`.
    let built: Vec<&str> = everything.split("-{}\"").filter_map(|before| before.rsplit('"').next()).collect();
    let is_said = |id: &str| {
        everything.contains(&format!("\"{id}\""))
            || built
                .iter()
                .any(|start| !start.is_empty() && id.strip_prefix(start).is_some_and(|rest| rest.starts_with('-')))
            || AHEAD.iter().any(|start| id.starts_with(start))
    };
    let unused: Vec<_> = known().into_iter().filter(|id| !is_said(id)).collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

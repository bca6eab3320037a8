//! `cargo xtask sizes`: a file that no longer fits a reader's head is split.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

const MOST_LINES: usize = 600;
const FOLDERS: [&str; 2] = ["crates", "tests"];

/// One line per Rust file under `root` that is too long.
pub fn violations(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut violations = Vec::new();
    for folder in FOLDERS.map(|name| root.join(name)) {
        for file in rust_files(&folder)? {
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let lines = text.lines().count();
            if lines > MOST_LINES {
                let shown = file.strip_prefix(root).unwrap_or(&file).display();
                violations.push(format!("{shown}: {lines} lines; {MOST_LINES} are allowed, so split it by concept"));
            }
        }
    }
    violations.sort();
    Ok(violations)
}

fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            // Only the kind of the entry itself: following a link could leave the checkout or never end.
            let kind = entry.file_type()?;
            if kind.is_dir() && !name.starts_with('.') && name != "node_modules" && name != "target" {
                waiting.push(path);
            } else if kind.is_file() && name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_that_is_too_long_is_named() {
        let root = tempfile::tempdir().unwrap();
        let source = root.path().join("crates/x/src");
        fs::create_dir_all(&source).unwrap();
        fs::create_dir_all(root.path().join("tests/node_modules")).unwrap();
        fs::write(source.join("fits.rs"), "//\n".repeat(MOST_LINES)).unwrap();
        fs::write(source.join("long.rs"), "//\n".repeat(MOST_LINES + 1)).unwrap();
        fs::write(root.path().join("tests/node_modules/foreign.rs"), "//\n".repeat(MOST_LINES + 1)).unwrap();

        let violations = violations(root.path()).unwrap();

        assert_eq!(violations, ["crates/x/src/long.rs: 601 lines; 600 are allowed, so split it by concept"]);
    }
}

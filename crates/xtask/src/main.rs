//! Repository chores: `cargo xtask arrows` and `cargo xtask sizes`.

mod arrows;
mod metadata;
mod sizes;

use std::process::ExitCode;

use clap::Parser;

/// Chores of this repository.
#[derive(Parser)]
enum Chore {
    /// Check that the dependencies between crates point down only.
    Arrows,
    /// Check that no Rust file is longer than 600 lines.
    Sizes,
}

fn main() -> anyhow::Result<ExitCode> {
    let chore = Chore::parse();
    let workspace = metadata::Workspace::load()?;
    let (name, violations) = match chore {
        Chore::Arrows => ("arrows", arrows::violations(&workspace.packages)),
        Chore::Sizes => ("sizes", sizes::violations(&workspace.root)?),
    };
    for violation in &violations {
        eprintln!("{violation}");
    }
    if violations.is_empty() {
        println!("{name}: ok");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{name}: {} violation(s)", violations.len());
    Ok(ExitCode::FAILURE)
}

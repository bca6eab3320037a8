//! `latchkey breached-passwords`.

use std::fs::File;
use std::io::{BufReader, Read, stdin};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use latchkey_auth::{BreachListForm, build_breach_filter};

use crate::cli::BreachedPasswordsArgs;

/// Reads the list once, in bounded memory, and opens no store.
pub(crate) fn run(args: &BreachedPasswordsArgs) -> anyhow::Result<ExitCode> {
    let list: Box<dyn Read> = if args.list == Path::new("-") {
        Box::new(stdin())
    } else {
        Box::new(File::open(&args.list).with_context(|| format!("cannot read {}", args.list.display()))?)
    };
    let form = if args.passwords { BreachListForm::Passwords } else { BreachListForm::Hashes };
    let known = build_breach_filter(BufReader::new(list), form, &args.output)
        .with_context(|| format!("cannot make {}", args.output.display()))?;
    println!("{}: {known} passwords", args.output.display());
    Ok(ExitCode::SUCCESS)
}

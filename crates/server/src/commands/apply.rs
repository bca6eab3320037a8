//! `latchkey apply`.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use latchkey_config::Config;
use latchkey_metrics::Metrics;

use crate::cli::ApplyArgs;
use crate::commands::store::Store;
use crate::services;
use crate::state::{self, Applied, ApplyError, Change, Mode, State, Surroundings};

pub(crate) async fn run(config: &Config, args: &ApplyArgs) -> anyhow::Result<ExitCode> {
    let file = if args.file == Path::new("-") { "standard input".to_owned() } else { args.file.display().to_string() };
    let text = read(&args.file).with_context(|| format!("cannot read {file}"))?;
    let state = State::parse(&text).map_err(|error| anyhow!("{}", error.in_file(&file)))?;

    // What can be refused without touching the database comes first.
    let mailer = services::open_mailer(&config.mail)?;
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Commit };
    let store = match mode {
        Mode::DryRun => Store::look(config).await?,
        Mode::Commit => Store::open(config).await?,
    };
    let passwords = services::open_passwords(&config.password, store.rng.clone(), &Metrics::new()?)?;
    let prepared = state::prepare(&store.db, &passwords, &state)?;
    let inviter = store.inviter(&mailer);
    let sealer = store.secret_sealer();
    let surroundings = Surroundings { clock: &store.clock, rng: &store.rng, inviter: &inviter, sealer: &sealer };
    let applied = match state::apply(&store.db, &state, &prepared, surroundings, mode) {
        Ok(applied) => applied,
        Err(ApplyError::State(error)) => return Err(anyhow!("{}; nothing was applied", error.in_file(&file))),
        Err(ApplyError::Db(error)) => return Err(anyhow::Error::from(error).context("nothing was applied")),
    };
    match mode {
        Mode::DryRun => Ok(show_differences(&applied)),
        Mode::Commit => {
            store.publish(&applied.invalidations).await;
            show_summary(&applied);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path)
}

fn show_differences(applied: &Applied) -> ExitCode {
    for text in applied.changes.iter().filter_map(|(_, change)| change.text()) {
        print!("{text}");
    }
    if applied.changes.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn show_summary(applied: &Applied) {
    for (name, change) in &applied.changes {
        let what = if matches!(change, Change::Created(_)) { "created" } else { "updated" };
        println!("{what} {name}");
    }
    let created = applied.changes.iter().filter(|(_, change)| matches!(change, Change::Created(_))).count();
    let updated = applied.changes.len() - created;
    println!("{created} created, {updated} updated, {} unchanged", applied.unchanged);
    for warning in &applied.warnings {
        println!("warning: {warning}");
    }
    for invitation in &applied.invitations {
        invitation.delivery.announce(&invitation.username);
    }
}

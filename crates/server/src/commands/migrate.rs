//! `latchkey migrate`.

use std::process::ExitCode;

use latchkey_config::Config;

use crate::commands::store::Store;

pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let store = Store::open(config).await?;
    println!("{} is up to date", store.db.url().redacted());
    Ok(ExitCode::SUCCESS)
}

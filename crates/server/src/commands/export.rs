//! `latchkey export`.

use std::process::ExitCode;

use latchkey_config::Config;

use crate::cli::ExportArgs;
use crate::commands::store::Store;
use crate::state;

pub(crate) async fn run(config: &Config, args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let store = Store::look(config).await?;
    print!("{}", state::export(&store.db, args.tenant.as_deref())?);
    Ok(ExitCode::SUCCESS)
}

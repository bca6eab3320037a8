//! `latchkey mail`.

use std::process::ExitCode;

use anyhow::anyhow;
use latchkey_config::Config;
use latchkey_fetch::{Fetcher, Limits};
use latchkey_tenants::Directory;

use crate::cli::MailCommand;
use crate::commands::store::Store;
use crate::services;
use crate::tenant_post::TenantPost;

pub(crate) async fn run(config: &Config, command: MailCommand) -> anyhow::Result<ExitCode> {
    let MailCommand::Test { tenant, to } = command;
    let mailer = services::open_mailer(&config.mail)?;
    let store = Store::look(config).await?;
    let tenant = store.tenant(&tenant)?;
    let post = TenantPost {
        db: store.db.clone(),
        directory: Directory::new(store.db.clone(), store.cache.clone()),
        sealer: store.secret_sealer(),
        fetcher: Fetcher::new(Limits::default()),
        public_url: store.public_url.clone(),
    };
    let trial = post
        .send_test(&mailer, &tenant.id, &to, (&store.clock, &store.rng))
        .await
        .map_err(|error| anyhow!("the test mail was not sent: {}", error.explain()))?;
    let by = trial.server.as_deref().unwrap_or("the instance's mail transport");
    println!("sent to {to} from {} by {by}", trial.from);
    if let Some(answer) = trial.answer {
        println!("it answered: {answer}");
    }
    Ok(ExitCode::SUCCESS)
}

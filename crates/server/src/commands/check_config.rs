//! `latchkey check-config`.

use std::process::ExitCode;

use latchkey_config::Config;
use latchkey_storage::DatabaseUrl;
use latchkey_tenants::PublicUrl;
use latchkey_tokens::MasterKey;

use anyhow::Context;
use latchkey_cache::RedisUrl;

use crate::tls::Certificate;

/// Checks what can be checked without opening a store, and creates nothing.
pub(crate) fn run(config: &Config) -> anyhow::Result<ExitCode> {
    config.http.public_origin().parse::<PublicUrl>().context("LATCHKEY_PUBLIC_URL")?;
    config.storage.database_url.expose().parse::<DatabaseUrl>()?;
    if let Some(url) = &config.storage.redis_url {
        url.expose().parse::<RedisUrl>().context("LATCHKEY_REDIS_URL")?;
    }
    if let Some(key) = &config.keys.master_key {
        MasterKey::parse(key).context("LATCHKEY_MASTER_KEY")?;
    }
    if let Some(tls) = &config.http.tls {
        Certificate::load(tls)?;
    }
    print!("{}", config.redacted());
    Ok(ExitCode::SUCCESS)
}

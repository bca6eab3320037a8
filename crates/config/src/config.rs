//! The whole configuration: loading it, describing it, and showing it without its secrets.

use std::{
    fmt::{Display, Write},
    num::NonZero,
    path::{Path, PathBuf},
    thread,
};

use crate::{
    BootstrapConfig, ConfigError, GeoipConfig, HttpConfig, HumanDuration, KeysConfig, LimitsConfig, LogConfig,
    LogFormat, MailConfig, MessagesConfig, PasswordConfig, Sources, StorageConfig, bootstrap, environment, file, geoip,
    http, key::Key, keys, limits, log, mail, messages, password, reader::Reader, storage,
};

/// All settings, checked. Each crate is handed its own section only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Listeners and the public URL.
    pub http: HttpConfig,
    /// Data directory, database and Redis.
    pub storage: StorageConfig,
    /// The master key.
    pub keys: KeysConfig,
    /// Cost of a password hash.
    pub password: PasswordConfig,
    /// Bounds on a request.
    pub limits: LimitsConfig,
    /// Outgoing mail.
    pub mail: MailConfig,
    /// Short messages and push notices.
    pub messages: MessagesConfig,
    /// Where network addresses are.
    pub geoip: GeoipConfig,
    /// The first administrator.
    pub bootstrap: BootstrapConfig,
    /// Logging.
    pub log: LogConfig,
}

/// One line of the configuration reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReference {
    /// Dotted name in `latchkey.toml`.
    pub toml: &'static str,
    /// Name in the environment.
    pub env: &'static str,
    /// The default; empty when there is none.
    pub default: &'static str,
    /// What the setting does.
    pub help: &'static str,
    /// Whether it is never printed and may come from a file named by `<env>_FILE`.
    pub secret: bool,
}

static SECTIONS: [&[Key]; 10] = [
    http::KEYS,
    storage::KEYS,
    keys::KEYS,
    password::KEYS,
    limits::KEYS,
    mail::KEYS,
    messages::KEYS,
    geoip::KEYS,
    bootstrap::KEYS,
    log::KEYS,
];

/// Every setting, in the order of the sections, from the same table that drives the parsing.
pub fn reference() -> Vec<KeyReference> {
    let describe = |key: &'static Key| KeyReference {
        toml: key.toml,
        env: key.env,
        default: key.default_text(),
        help: key.help,
        secret: key.secret,
    };
    all_keys().map(describe).collect()
}

impl Config {
    /// Reads and checks all settings; fails with every problem found, not only the first.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut reader = Reader::default();
        if let Some(path) = file_path(sources) {
            file::read(&path, &mut reader);
        }
        environment::read(&sources.environment, &mut reader);
        let config = read_sections(&mut reader);
        match (config, reader.into_problems()) {
            (Some(config), problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(ConfigError { problems }),
        }
    }

    /// The settings in force as `toml name = value` lines; a secret shows only whether it is set.
    pub fn redacted(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, value: &dyn Display| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name} = {value}");
        };
        self.write_http(&mut line);
        self.write_storage(&mut line);
        self.write_rest(&mut line);
        out
    }

    fn write_http(&self, line: &mut impl FnMut(&str, &dyn Display)) {
        let http = &self.http;
        line("listen", &quoted(http.listen));
        line("public_url", &quoted(http.public_origin()));
        line("allow_insecure_http", &http.allow_insecure_http);
        line("metrics_listen", &http.metrics_listen.map_or_else(|| quoted("off"), quoted));
        let proxies: Vec<_> = http.trusted_proxies.iter().map(quoted).collect();
        line("trusted_proxies", &format!("[{}]", proxies.join(", ")));
        line("workers", &http.workers);
        if let Some(tls) = &http.tls {
            line("tls.certificate", &quoted(tls.certificate.display()));
            line("tls.private_key", &quoted(tls.private_key.display()));
        }
        if let Some(listen) = http.mtls.listen {
            line("mtls_listen", &quoted(listen));
        }
        if let Some(origin) = http.mtls.public_origin() {
            line("mtls_public_url", &quoted(origin));
        }
        if let Some(header) = &http.mtls.header {
            line("client_certificate_header", &quoted(header));
        }
    }

    fn write_storage(&self, line: &mut impl FnMut(&str, &dyn Display)) {
        let storage = &self.storage;
        line("data_dir", &quoted(storage.data_dir.display()));
        line("database_url", &quoted(without_credentials(storage.database_url.expose())));
        line("database_pool_size", &storage.database_pool_size);
        if let Some(url) = &storage.redis_url {
            line("redis_url", &quoted(without_credentials(url.expose())));
        }
        line("master_key", &presence(self.keys.master_key.is_some()));
    }

    fn write_rest(&self, line: &mut impl FnMut(&str, &dyn Display)) {
        line("password.memory_kib", &self.password.memory_kib);
        line("password.iterations", &self.password.iterations);
        line("password.parallelism", &self.password.parallelism);
        line("password.concurrency", &self.password.concurrency);
        line("limits.body_bytes", &self.limits.body_bytes);
        line("limits.request_timeout", &quoted(HumanDuration(self.limits.request_timeout)));
        line("limits.shutdown_timeout", &quoted(HumanDuration(self.limits.shutdown_timeout)));
        if let Some(url) = &self.mail.smtp_url {
            line("mail.smtp_url", &quoted(without_credentials(url.expose())));
        }
        line("mail.from", &quoted(&self.mail.from));
        if let Some(directory) = &self.mail.directory {
            line("mail.directory", &quoted(directory.display()));
        }
        if let Some(directory) = &self.messages.directory {
            line("messages.directory", &quoted(directory.display()));
        }
        if let Some(database) = &self.geoip.database {
            line("geoip.database", &quoted(database.display()));
        }
        if let Some(email) = &self.bootstrap.admin_email {
            line("bootstrap.admin_email", &quoted(email));
        }
        line("bootstrap.admin_password", &presence(self.bootstrap.admin_password.is_some()));
        line("log.filter", &quoted(&self.log.filter));
        let format = match self.log.format {
            LogFormat::Json => "json",
            LogFormat::Pretty => "pretty",
            LogFormat::Auto => "auto",
        };
        line("log.format", &quoted(format));
    }
}

fn read_sections(reader: &mut Reader) -> Option<Config> {
    // Each section is read before any `?`, so that the problems of all are reported together.
    let http = http::read(reader);
    let storage = storage::read(reader);
    let keys = keys::read(reader);
    let password = password::read(reader);
    let limits = limits::read(reader);
    let mail = mail::read(reader);
    let messages = messages::read(reader);
    let geoip = geoip::read(reader);
    let bootstrap = bootstrap::read(reader);
    let log = log::read(reader);
    Some(Config {
        http: http?,
        storage: storage?,
        keys: keys?,
        password: password?,
        limits: limits?,
        mail: mail?,
        messages: messages?,
        geoip: geoip?,
        bootstrap: bootstrap?,
        log: log?,
    })
}

/// The file named on the command line, else by `LATCHKEY_CONFIG`, else the default one when it exists.
fn file_path(sources: &Sources) -> Option<PathBuf> {
    let named = sources.environment.iter().find(|(name, value)| name == "LATCHKEY_CONFIG" && !value.is_empty());
    sources.file.clone().or_else(|| named.map(|(_, value)| PathBuf::from(value))).or_else(|| {
        let default = sources.working_directory.join("latchkey.toml");
        Path::exists(&default).then_some(default)
    })
}

fn all_keys() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.iter())
}

pub(crate) fn find_key(is_it: impl Fn(&Key) -> bool) -> Option<&'static Key> {
    all_keys().find(|key| is_it(key))
}

/// Names of the tables that keys live in.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    all_keys().filter_map(|key| key.toml.split_once('.').map(|(table, _)| table))
}

/// `; did you mean "listen"?`, or nothing when no known key is close.
pub(crate) fn nearest_toml(name: &str) -> String {
    nearest(name, all_keys().map(|key| key.toml.to_owned()))
}

/// The same for variables, among them the `_FILE` form of secrets.
pub(crate) fn nearest_env(name: &str) -> String {
    let names = all_keys().map(|key| key.env.to_owned());
    nearest(name, names.chain(all_keys().filter(|key| key.secret).map(Key::file_env)))
}

fn nearest(name: &str, known: impl Iterator<Item = String>) -> String {
    known
        .map(|candidate| (strsim::jaro_winkler(name, &candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.6)
        .map_or_else(String::new, |(_, candidate)| format!("; did you mean \"{candidate}\"?"))
}

pub(crate) fn available_cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn quoted(value: impl Display) -> String {
    format!("\"{value}\"")
}

fn presence(set: bool) -> &'static str {
    if set { "[secret]" } else { "(not set)" }
}

/// A URL without what stands before the last `@` of its authority or in its query, both of which may hold a password.
fn without_credentials(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some(("sqlite", _)) => return url.to_owned(),
        Some(parts) => parts,
        None => return "[secret]".to_owned(),
    };
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    // A password may itself contain `/` unescaped, so the split is at the last `@` of the whole.
    let rest = rest.rsplit_once('@').map_or(rest, |(_, after)| after);
    format!("{scheme}://{rest}")
}

#[cfg(test)]
mod tests;

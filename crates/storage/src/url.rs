//! `LATCHKEY_DATABASE_URL`, parsed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::OpenError;

/// What libpq is told unless the URL says otherwise: without it, a server that falls silent (a lost route, a frozen
/// machine) holds a query, and the thread that waits for it, for as long as the kernel sends again: a quarter of an hour.
/// `connect_timeout` and those of keep-alive are seconds, `tcp_user_timeout` is milliseconds.
const CLIENT_TIMEOUTS: [(&str, &str); 6] = [
    ("connect_timeout", "3"),
    ("tcp_user_timeout", "5000"),
    ("keepalives", "1"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
];

/// Which database, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:///absolute/path` or `sqlite://relative/path`.
    Sqlite(PathBuf),
    /// `postgres://…` as libpq reads it; holds a password, so it is never printed.
    Postgres(String),
}

impl DatabaseUrl {
    /// What may be shown to an operator: no user, no password, no query.
    #[must_use]
    pub fn redacted(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(url) => match url::Url::parse(url) {
                Ok(url) => {
                    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                    format!("postgres://{}{port}{}", url.host_str().unwrap_or_default(), url.path())
                }
                Err(_) => "postgres://".to_owned(),
            },
        }
    }

    /// The URL with [`CLIENT_TIMEOUTS`] where it names none of its own. It is added to and not written anew: libpq
    /// reads some URLs otherwise than the `url` crate writes them.
    pub(crate) fn with_client_timeouts(postgres: &str) -> String {
        let own: Vec<String> = url::Url::parse(postgres)
            .map(|url| url.query_pairs().map(|(name, _)| name.into_owned()).collect())
            .unwrap_or_default();
        let mut text = postgres.to_owned();
        for (name, value) in CLIENT_TIMEOUTS {
            if !own.iter().any(|given| given == name) {
                let separator = match text.find('?') {
                    None => "?",
                    Some(_) if text.ends_with(['?', '&']) => "",
                    Some(_) => "&",
                };
                text.push_str(&format!("{separator}{name}={value}"));
            }
        }
        text
    }

    pub(crate) fn sqlite_path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            if path.is_empty() {
                return Err(OpenError::UnsupportedUrl);
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match url::Url::parse(text) {
                Ok(_) => Ok(Self::Postgres(text.to_owned())),
                Err(_) => Err(OpenError::UnsupportedUrl),
            };
        }
        Err(OpenError::UnsupportedUrl)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_added_unless_the_operator_set_them() {
        let added = "connect_timeout=3&tcp_user_timeout=5000&keepalives=1&keepalives_idle=5&keepalives_interval=2&keepalives_count=3";
        let cases = [
            ("postgres://u@h/db", format!("postgres://u@h/db?{added}")),
            ("postgres://u@h/db?", format!("postgres://u@h/db?{added}")),
            ("postgres://u@h/db?sslmode=require", format!("postgres://u@h/db?sslmode=require&{added}")),
            ("postgres:///db?host=/run/pg&", format!("postgres:///db?host=/run/pg&{added}")),
        ];
        for (url, wanted) in cases {
            assert_eq!(DatabaseUrl::with_client_timeouts(url), wanted);
        }
        let own = "postgres://h/db?connect_timeout=30&keepalives=0";
        let with_own = DatabaseUrl::with_client_timeouts(own);
        assert!(with_own.starts_with(own) && with_own.contains("tcp_user_timeout=5000"), "{with_own}");
        assert_eq!(with_own.matches("connect_timeout=").count(), 1, "{with_own}");
        assert_eq!(with_own.matches("keepalives=").count(), 1, "{with_own}");
    }
}

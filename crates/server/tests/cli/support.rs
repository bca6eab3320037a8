//! An installation of its own for each test, on SQLite and, when a server is there, on PostgreSQL.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

pub const LATCHKEY: &str = env!("CARGO_BIN_EXE_latchkey");
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A directory, a database, and the variables that lead to them.
pub struct Installation {
    pub dir: TempDir,
    environment: Vec<(String, String)>,
    drop_database: Option<(String, String)>,
}

impl Installation {
    /// SQLite in a directory of its own.
    pub fn sqlite() -> Self {
        let dir = TempDir::new().unwrap();
        let environment = vec![
            ("LATCHKEY_DATA_DIR".to_owned(), dir.path().join("data").display().to_string()),
            // Cheap hashes: the cost is tested where it matters.
            ("LATCHKEY_PASSWORD_MEMORY_KIB".to_owned(), "64".to_owned()),
            ("LATCHKEY_PASSWORD_ITERATIONS".to_owned(), "1".to_owned()),
            ("LATCHKEY_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("LATCHKEY_METRICS_LISTEN".to_owned(), "off".to_owned()),
            ("LATCHKEY_LOG".to_owned(), "warn".to_owned()),
        ];
        Self { dir, environment, drop_database: None }
    }

    /// A new database on the server that `LATCHKEY_TEST_POSTGRES_URL` names.
    pub fn postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let admin = std::env::var("LATCHKEY_TEST_POSTGRES_URL").ok()?;
        let redis = std::env::var("LATCHKEY_TEST_REDIS_URL").ok()?;
        let name = format!("latchkey_cli_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        run_sql(&admin, &format!("CREATE DATABASE {name}"));
        let mut url = url::Url::parse(&admin).unwrap();
        url.set_path(&name);
        let mut this = Self::sqlite();
        this.environment.extend([
            ("LATCHKEY_DATABASE_URL".to_owned(), url.to_string()),
            ("LATCHKEY_REDIS_URL".to_owned(), redis),
            ("LATCHKEY_MASTER_KEY".to_owned(), MASTER_KEY.to_owned()),
        ]);
        this.drop_database = Some((admin, name));
        Some(this)
    }

    /// The same with one more variable, or another value of one.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(LATCHKEY);
        command.args(arguments).current_dir(self.dir.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LATCHKEY_") {
                command.env_remove(name);
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Applies this text.
    pub fn apply(&self, text: &str, more: &[&str]) -> Run {
        let path = self.file("state.yaml", text);
        let mut arguments = vec!["apply", "-f", path.to_str().unwrap()];
        arguments.extend(more);
        self.run(&arguments)
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if let Some((admin, name)) = &self.drop_database {
            run_sql(admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn run_sql(url: &str, sql: &str) {
    use diesel::{Connection, RunQueryDsl};
    let mut conn = diesel::PgConnection::establish(url).unwrap();
    diesel::sql_query(sql).execute(&mut conn).unwrap();
}

/// The same body on every backend that is there.
pub fn on_every_backend(body: impl Fn(&Installation)) {
    body(&Installation::sqlite());
    if let Some(installation) = Installation::postgres() {
        body(&installation);
    }
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It ended well; its output.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }

    /// It ended with 1 and one line on standard error; that line.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!(self.code, 1, "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        self.stderr.trim_end().to_owned()
    }
}

//! What `cargo metadata` says about this workspace, as far as the chores need it.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The workspace and its members.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    /// Members only: cargo is asked to leave out what they depend on.
    pub packages: Vec<Package>,
    /// The folder of the workspace's `Cargo.toml`.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
}

/// A member.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// The name in its `Cargo.toml`.
    pub name: String,
    /// Direct dependencies of every kind.
    pub dependencies: Vec<Dependency>,
}

/// A direct dependency.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// The package's own name, whatever it is renamed to.
    pub name: String,
    /// Cargo writes `null` for an ordinary dependency.
    pub kind: Option<Kind>,
}

/// The kinds that are not ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// For tests, examples and benches.
    Dev,
    /// For the build script.
    Build,
}

impl Workspace {
    /// Asks cargo about the workspace of the current directory.
    pub fn load() -> anyhow::Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .output()
            .context("cannot run cargo metadata")?;
        ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).context("cannot read what cargo metadata printed")
    }
}

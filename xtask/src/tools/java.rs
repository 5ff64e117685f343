//! Java development kits: the servers' launcher is started from its source, which takes a compiler.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::apt;
use crate::process::{find, output};

/// An installed kit.
#[derive(Clone, Debug)]
pub struct Java {
    /// The folder that `JAVA_HOME` would name.
    pub home: PathBuf,
    /// Feature release: 17, 21, …
    pub release: u32,
}

impl Java {
    /// The newest kit within a range of releases, if there is one.
    #[must_use]
    pub fn find(releases: std::ops::RangeInclusive<u32>) -> Option<Self> {
        let kits = homes().into_iter().filter_map(|home| Self::at(&home));
        kits.filter(|kit| releases.contains(&kit.release)).max_by_key(|kit| kit.release)
    }

    /// The same, but installs the system's default kit where there is none.
    ///
    /// # Errors
    /// There is none and it cannot be installed, or the default one does not fit.
    pub fn find_or_install(releases: std::ops::RangeInclusive<u32>) -> Result<Self> {
        if let Some(kit) = Self::find(releases.clone()) {
            return Ok(kit);
        }
        let purpose = format!("a Java development kit of release {} to {}", releases.start(), releases.end());
        apt::install(&["default-jdk-headless"], &purpose)?;
        Self::find(releases).with_context(|| format!("{purpose} is missing; the system's default one does not fit"))
    }

    /// `bin/java`.
    #[must_use]
    pub fn program(&self) -> PathBuf {
        self.home.join("bin/java")
    }

    /// Reads `JAVA_VERSION="17.0.15"` in the kit's `release` file.
    fn at(home: &Path) -> Option<Self> {
        if !home.join("bin/javac").is_file() {
            return None;
        }
        let facts = std::fs::read_to_string(home.join("release")).ok()?;
        let version = facts.lines().find_map(|line| line.strip_prefix("JAVA_VERSION=\""))?;
        let release = version.split(['.', '"', '-', '+']).next()?.parse().ok()?;
        Some(Self { home: home.to_owned(), release })
    }
}

/// Maven, which fetches what is published as jars.
pub(super) fn maven() -> Result<PathBuf> {
    if find("mvn").is_none() {
        apt::install(&["maven"], "Maven")?;
    }
    find("mvn").context("Maven is missing from the search path")
}

fn homes() -> Vec<PathBuf> {
    let mut homes: Vec<PathBuf> = std::env::var_os("JAVA_HOME").map(PathBuf::from).into_iter().collect();
    let installed = std::fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten();
    homes.extend(installed.map(|entry| entry.path()));
    // `<home>/bin/java` behind the links of the search path.
    let in_path = find("java").and_then(|java| output(std::process::Command::new("readlink").arg("-f").arg(java)).ok());
    homes.extend(in_path.and_then(|java| Path::new(java.trim()).ancestors().nth(2).map(Path::to_owned)));
    homes
}

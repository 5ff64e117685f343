//! OpenSearch from its own jars: published as ordinary Maven artifacts, started by a launcher of a few lines.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::java::{Java, maven};
use super::{fetched, python};
use crate::paths;
use crate::process::{command, fetch, run, step};

const VERSION_2: &str = "2.19.1";
const VERSION_3: &str = "3.3.0";

/// A server that can be started.
#[derive(Clone, Debug)]
pub struct OpenSearch {
    /// Of the server.
    pub version: &'static str,
    /// What it runs on.
    pub java: Java,
    /// Jars of the server, and of the security plugin where there is one.
    pub class_path: String,
    /// Files that the security plugin starts with, if it is there.
    pub security_config: Option<PathBuf>,
}

impl OpenSearch {
    /// Java source that starts a node: see there for its arguments.
    #[must_use]
    pub fn launcher() -> PathBuf {
        sources().join("Launcher.java")
    }
}

/// OpenSearch 2 with its security plugin.
///
/// # Errors
/// Java, Maven or the artifacts are missing and cannot be had.
pub fn opensearch_2() -> Result<OpenSearch> {
    // Newer releases of Java have no security manager, which this server wants.
    let java = Java::find_or_install(17..=23)?;
    let server = server(VERSION_2)?;
    let plugin = security_plugin(VERSION_2, &server)?;
    let class_path = format!("{}:{}", jars(&server), jars(&plugin.join("lib")));
    Ok(OpenSearch { version: VERSION_2, java, class_path, security_config: Some(plugin.join("config")) })
}

/// OpenSearch 3 without security, where there is a Java for it.
///
/// # Errors
/// There is a Java, but Maven or the artifacts cannot be had.
pub fn opensearch_3() -> Result<Option<OpenSearch>> {
    let Some(java) = Java::find(21..=u32::MAX) else { return Ok(None) };
    let class_path = jars(&server(VERSION_3)?);
    Ok(Some(OpenSearch { version: VERSION_3, java, class_path, security_config: None }))
}

fn server(version: &str) -> Result<PathBuf> {
    fetched(&format!("opensearch-{version}"), |folder| {
        step(&format!("fetching OpenSearch {version}"));
        let mut mvn = mvn()?;
        mvn.arg("-f").arg(sources().join("pom.xml")).arg(format!("-Drunner.version={version}.0"));
        fetch(mvn.arg("dependency:copy-dependencies").arg(format!("-DoutputDirectory={}", folder.display())))?;
        verify(folder, &format!("opensearch-{version}"))
    })
}

/// Fetches the plugin's archive and leaves `config/` and, in `lib/`, the jars that the server does not have yet.
fn security_plugin(version: &str, server: &Path) -> Result<PathBuf> {
    fetched(&format!("opensearch-security-{version}"), |folder| {
        step(&format!("fetching the security plugin of OpenSearch {version}"));
        let artifact = format!("-Dartifact=org.opensearch.plugin:opensearch-security:{version}.0:zip");
        let mut mvn = mvn()?;
        fetch(mvn.arg("dependency:copy").arg(artifact).arg(format!("-DoutputDirectory={}", folder.display())))?;
        verify(folder, &format!("opensearch-security-{version}"))?;
        let archive = folder.join(format!("opensearch-security-{version}.0.zip"));
        let unpacked = folder.join("unpacked");
        python::unzip(&archive, &unpacked)?;
        fs::remove_file(archive)?;
        fs::rename(unpacked.join("config"), folder.join("config"))?;
        keep_new_jars(&unpacked, server, &folder.join("lib"))?;
        Ok(fs::remove_dir_all(unpacked)?)
    })
}

/// Compares what was fetched with the list of that name, made by `sha256sum` in such a folder: every file of the list, and
/// no other.
fn verify(folder: &Path, list: &str) -> Result<()> {
    let list = sources().join(format!("{list}.sha256"));
    let expected = fs::read_to_string(&list)?.lines().count();
    let found = file_names(folder)?.len();
    ensure!(found == expected, "{found} files were fetched, and {} has {expected}", list.display());
    run(command("sha256sum").current_dir(folder).args(["--check", "--strict", "--quiet"]).arg(&list))
}

fn keep_new_jars(from: &Path, server: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    let known: BTreeSet<String> = file_names(server)?.iter().map(|name| artifact_of(name).to_owned()).collect();
    for name in file_names(from)? {
        if name.ends_with(".jar") && !known.contains(artifact_of(&name)) {
            fs::rename(from.join(&name), to.join(&name))?;
        }
    }
    Ok(())
}

fn file_names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("failed to read {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// `netty-buffer` of `netty-buffer-4.1.118.Final.jar`.
fn artifact_of(jar: &str) -> &str {
    let version = jar.match_indices('-').find(|(at, _)| jar[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    version.map_or(jar, |(at, _)| &jar[..at])
}

fn jars(folder: &Path) -> String {
    format!("{}/*", folder.display())
}

fn mvn() -> Result<std::process::Command> {
    let mut mvn = command(maven()?);
    // Nothing is left in the user's own repository of artifacts.
    mvn.args(["-q", "-B", "-Dstyle.color=never"])
        .arg(format!("-Dmaven.repo.local={}", paths::tools().join("maven").display()));
    Ok(mvn)
}

fn sources() -> PathBuf {
    paths::root().join("tests/servers/opensearch")
}

#[cfg(test)]
mod tests {
    use super::artifact_of;

    #[test]
    fn the_artifact_is_what_stands_before_the_version() {
        assert_eq!(artifact_of("netty-buffer-4.1.118.Final.jar"), "netty-buffer");
        assert_eq!(artifact_of("bcprov-jdk18on-1.78.jar"), "bcprov-jdk18on");
        assert_eq!(artifact_of("odd.jar"), "odd.jar");
    }
}

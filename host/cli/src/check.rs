//! `telesieve check`: everything that is wrong with a configuration and its artifacts, at once.
//!
//! It reads the file as the extension does and sets the transforms up in the engine that the extension has, so what it
//! finds is what a sandbox would find. It talks to no sink.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use telesieve_config::{Loaded, ProcessEnvironment, load_file};
use telesieve_core::FunctionIdentity;
use telesieve_engine::Chain;

/// Say everything that is wrong with a configuration and the artifacts beside it.
///
/// Exit status: 0 nothing is wrong, 1 something is.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// The configuration file. Variables of the environment are laid over it, as in the sandbox.
    #[arg(default_value = "telesieve.toml", value_name = "FILE")]
    config: PathBuf,
}

/// Carries it out.
///
/// # Errors
/// Only if standard output cannot be written to: what is wrong with the configuration is the result.
#[expect(clippy::needless_pass_by_value, reason = "every subcommand takes its arguments like this")]
pub fn run(args: CheckArgs) -> Result<ExitCode> {
    let findings = findings(&load_file(&args.config, true, &ProcessEnvironment));
    let mut out = io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    if findings.is_empty() {
        writeln!(out, "{}: nothing is wrong", args.config.display())?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

fn findings(loaded: &Loaded) -> Vec<String> {
    let mut findings: Vec<String> = loaded.mistakes.iter().map(ToString::to_string).collect();
    let config = &loaded.config;
    let (_, faults) = Chain::load(&config.transforms, &config.keys, &loaded.folder, &FunctionIdentity::default());
    findings.extend(faults.iter().map(ToString::to_string));
    if config.opensearch.is_none() && config.pushgateway.is_none() {
        findings.push("neither opensearch.url nor pushgateway.url is set: nothing will leave the sandbox".to_owned());
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn mistakes_missing_artifacts_and_missing_sinks_are_found_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("telesieve.toml");
        std::fs::write(&path, "[flush]\nmode = 'never'\n[[transform]]\nname = 'redact'\n").expect("a file");
        let loaded = load_file(&path, true, &BTreeMap::new());
        let findings = findings(&loaded);
        assert_eq!(findings.len(), 3, "{findings:?}");
        assert!(findings[0].contains("telesieve.toml:2:8: flush.mode"), "{findings:?}");
        assert!(findings[1].contains("transform `redact`"), "{findings:?}");
        assert!(findings[2].contains("nothing will leave"), "{findings:?}");
    }
}

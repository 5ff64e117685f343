//! Whether what goes into a layer loads, as a sandbox would load it.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use telesieve_config::Secret;
use telesieve_core::FunctionIdentity;
use telesieve_engine::{Chain, Target};

use super::contents::Contents;
use super::tree;
use crate::check::MissingKey;
use crate::subject::Subject;

/// Loads the artifacts as a sandbox does, where this machine can run them.
///
/// # Errors
/// One of them would not load.
pub fn load(contents: &Contents, subject: &Subject, missing: &[MissingKey]) -> Result<()> {
    if !runs_here(contents.target) {
        return Ok(());
    }
    let folder = tempfile::tempdir().context("failed to create a folder to test the bundle in")?;
    tree::fill(folder.path(), contents)?;
    let transforms = &subject.loaded.config.transforms;
    let (_, faults) = Chain::load(
        transforms,
        &keys(subject, missing),
        &folder.path().join("telesieve"),
        &FunctionIdentity::default(),
    );
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    ensure!(faults.is_empty(), "the bundle does not load:\n{}", faults.join("\n"));
    Ok(())
}

/// The keys of the file. A function may bring others in its environment: they cannot be known here, and any will do.
fn keys(subject: &Subject, missing: &[MissingKey]) -> BTreeMap<String, Secret> {
    let stand_ins = missing.iter().map(|missing| (missing.key.clone(), Secret::new("known in the sandbox only")));
    subject.keys().into_iter().chain(stand_ins).collect()
}

/// Whether this machine can run what is compiled for `target`.
fn runs_here(target: Target) -> bool {
    Target::host() == Some(target) && has_baseline()
}

#[cfg(target_arch = "x86_64")]
fn has_baseline() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx2") && has!("bmi1") && has!("bmi2") && has!("fma") && has!("lzcnt")
}

#[cfg(target_arch = "aarch64")]
fn has_baseline() -> bool {
    use std::arch::is_aarch64_feature_detected as has;
    has!("lse") && has!("fp16") && has!("dotprod")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn has_baseline() -> bool {
    false
}

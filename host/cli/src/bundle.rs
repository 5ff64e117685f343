//! `telesieve bundle`: a configuration and its components become layers, one zip for each architecture.
//!
//! ```text
//! extensions/telesieve-extension   the only file there: the platform starts whatever it finds
//! telesieve/telesieve.toml         as the user wrote it
//! telesieve/<artifact>.cwasm       machine code for one architecture
//! telesieve/<artifact>.pack        versions, and the automata of the patterns that the settings ask for
//! telesieve/…                      files that the configuration names under /opt/telesieve
//! ```
//!
//! `check` runs first, and what it finds stops the bundle: what would not load is not written. Whatever goes into a layer
//! is put together by `contents`, and written by `layer` or `tree`. Nothing is written before everything is known to be
//! good. The same input gives the same bytes, whenever and wherever it is bundled.

mod archive;
mod binary;
mod contents;
mod layer;
mod libraries;
mod sbom;
mod tree;
mod trial;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use telesieve_engine::Target;

use crate::assets::{self, Binary};
use crate::check::{Findings, MissingKey};
use crate::out;
use crate::subject::{self, Source, Subject, SubjectArgs};
use contents::Contents;

/// Compile transforms and write layers: `telesieve-layer-<arch>.zip`, with its software bill of materials and digests.
///
/// Runs `check` first and fails if something would not load. Exit status: 0 written, 1 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct BundleArgs {
    #[command(flatten)]
    subject: SubjectArgs,
    /// The extension's binary; with several architectures, ARCH=FILE for each. Default: the built-in one.
    #[arg(long = "extension", value_name = "[ARCH=]FILE", value_parser = extension)]
    extensions: Vec<(Option<Target>, PathBuf)>,
    /// The architecture, as Lambda names it: `x86_64`, arm64, or all. Default: this machine's.
    #[arg(long, value_name = "ARCH", value_parser = architectures)]
    arch: Option<Architectures>,
    /// The folder to write layers to.
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    out: PathBuf,
    /// Write the content of /opt to this folder instead of a zip; an older bundle in it is replaced.
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    tree: Option<PathBuf>,
    /// Also compile for hosts with less than 4 GiB of address space per transform. Lambda does not need it.
    #[arg(long)]
    small_address_space: bool,
}

/// One architecture or all.
#[derive(Clone, Copy, Debug)]
struct Architectures(Option<Target>);

/// Checks the configuration and writes the layers or the tree.
///
/// # Errors
/// There is nothing to bundle, a file cannot be read or written, or something is wrong with the configuration, a component
/// or the extension.
pub fn run(args: &BundleArgs) -> Result<ExitCode> {
    let targets = targets(args)?;
    let subject = Subject::open(&args.subject)?;
    ensure!(subject.file.is_some(), "no telesieve.toml found: name one with --config");
    let findings = check(&subject);
    if !findings.wrong.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let bundle = |target: &Target| contents(args, &subject, &findings.keys, *target);
    let bundles = targets.iter().map(bundle).collect::<Result<Vec<_>>>()?;
    for bundle in &bundles {
        let written = match &args.tree {
            Some(folder) => tree::write(folder, bundle),
            None => layer::write(&args.out, bundle),
        };
        bundle.describe().chain(written?).for_each(|line| out::line(&line));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes what becomes `/opt` on this machine into an empty folder; the binary is the given one, or the program's own.
///
/// # Errors
/// As [`run`].
pub fn write_tree(subject: &Subject, extension: Option<&Path>, folder: &Path) -> Result<()> {
    let target = Target::host().context("unsupported machine: it is neither x86_64 nor arm64")?;
    let extension = match extension {
        Some(path) => binary::open(path)?,
        None => assets::extension(target).with_context(|| no_extension(target))?,
    };
    tree::fill(folder, &Contents::new(subject, target, &extension, false)?)
}

fn contents(args: &BundleArgs, subject: &Subject, missing: &[MissingKey], target: Target) -> Result<Contents> {
    let extension = extension_for(args, target)?;
    let contents = Contents::new(subject, target, &extension, args.small_address_space)?;
    trial::load(&contents, subject, missing)?;
    Ok(contents)
}

/// Says what is wrong, all of it. What the function's environment may still bring is no reason to stop.
fn check(subject: &Subject) -> Findings {
    let mut findings = Findings::of(subject);
    let bundled = subject.parts().filter(|(_, source)| matches!(source, Source::Bundled));
    findings.wrong.extend(bundled.map(|(transform, _)| subject::missing(transform)));
    let notes = findings.keys.iter().map(|key| format!("note: {key}, or set it in the function's environment"));
    notes.chain(findings.wrong.iter().cloned()).for_each(|line| out::line(&line));
    findings
}

fn targets(args: &BundleArgs) -> Result<Vec<Target>> {
    let targets = match args.arch {
        Some(Architectures(None)) => Target::ALL.to_vec(),
        Some(Architectures(Some(target))) => vec![target],
        None => vec![Target::host().context("name the architecture: `--arch x86_64` or `--arch arm64`")?],
    };
    ensure!(args.tree.is_none() || targets.len() == 1, "--tree supports one architecture: name it with --arch");
    Ok(targets)
}

/// The binary that was named for an architecture, else the one that the program carries.
fn extension_for(args: &BundleArgs, target: Target) -> Result<Binary> {
    let given = args.extensions.iter().find(|(arch, _)| arch.is_none_or(|arch| arch == target));
    if let Some((_, path)) = given {
        return binary::open(path);
    }
    assets::extension(target).with_context(|| no_extension(target))
}

fn no_extension(target: Target) -> String {
    let arch = target.lambda_name();
    format!(
        "this build of telesieve contains no extension for {arch}: name one with --extension {arch}=FILE, or build the \
         program with `cargo xtask dist`"
    )
}

fn extension(argument: &str) -> Result<(Option<Target>, PathBuf)> {
    match argument.split_once('=') {
        Some((arch, file)) => Ok((Some(target(arch)?), PathBuf::from(file))),
        None => Ok((None, PathBuf::from(argument))),
    }
}

fn architectures(name: &str) -> Result<Architectures> {
    if name == "all" { Ok(Architectures(None)) } else { target(name).map(|target| Architectures(Some(target))) }
}

fn target(name: &str) -> Result<Target> {
    let known = Target::ALL.into_iter().find(|target| target.lambda_name() == name);
    known.context("expected x86_64, arm64 or all")
}

#[cfg(test)]
mod tests;

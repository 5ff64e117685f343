//! The fuzz targets, without cargo-fuzz: its layout and its compiler flags, on the pinned toolchain.
//!
//! All code under test is safe Rust but for loads of arrays of fixed length (`telesieve-simd`), so that no sanitizer is
//! needed and no nightly compiler either. Whoever has cargo-fuzz can use it on the same folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::paths;
use crate::process::{self, cargo, command, output, say, step};

/// What libFuzzer needs to see where an input leads.
const FLAGS: [&str; 10] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "--cfg=fuzzing",
    "-Ccodegen-units=1",
    "-Cdebug-assertions",
    "-Coverflow-checks",
];

/// Seconds that a target runs unless told otherwise.
const SECONDS: u32 = 10;

/// CI asks whether a change broke something, not whether luck finds what has been there for long.
const SMOKE: &str = "-seed=1";

/// Runs one target or all of them: `[target [seconds]]`.
///
/// # Errors
/// A target does not exist or compile, or it found something.
pub fn run(args: &[String]) -> Result<()> {
    let seconds = args.get(1).map_or(Ok(SECONDS), |text| text.parse()).context("seconds are a whole number")?;
    let chosen = args.first().filter(|name| *name != "all");
    let programs = build()?;
    match chosen {
        Some(name) => fuzz(&programs, name, seconds, None),
        None => targets()?.iter().try_for_each(|name| fuzz(&programs, name, seconds, None)),
    }
}

/// Runs every target for a moment, always in the same way.
///
/// # Errors
/// A target does not compile, or it found something.
pub fn smoke() -> Result<()> {
    let programs = build()?;
    targets()?.iter().try_for_each(|name| fuzz(&programs, name, SECONDS, Some(SMOKE)))
}

/// Builds all targets and returns the folder they are in.
fn build() -> Result<PathBuf> {
    step("building the fuzz targets");
    let host = host()?;
    let target_dir = paths::target().join("fuzz");
    let mut build = cargo();
    build.args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--bins", "--target", &host]);
    // With a target named, the flags are not for build scripts and macros.
    build.env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f")).env("CARGO_TARGET_DIR", &target_dir);
    process::run(&mut build)?;
    Ok(target_dir.join(host).join("release"))
}

/// Names of the targets: one file each.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder().join("fuzz_targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// Findings are left in `fuzz/artifacts/<target>`, inputs that lead somewhere new in the target folder.
fn fuzz(programs: &Path, target: &str, seconds: u32, seed: Option<&str>) -> Result<()> {
    step(&format!("fuzzing {target} for {seconds} s"));
    let (corpus, findings) =
        (paths::target().join("fuzz/corpus").join(target), folder().join("artifacts").join(target));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&findings)?;
    let mut program = command(programs.join(target));
    program.arg(format!("-max_total_time={seconds}")).args(["-timeout=10", "-rss_limit_mb=1024", "-max_len=16384"]);
    program.arg(format!("-artifact_prefix={}/", findings.display())).args(seed);
    program.arg(corpus).arg(folder().join("seeds").join(target)).stdin(Stdio::null());
    let output = program.output().with_context(|| format!("failed to start {target}: is there such a target?"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let lines: Vec<&str> = said.lines().collect();
        say(&lines[lines.len().saturating_sub(60)..].join("\n"));
        bail!("{target} found something; the input is in {}", findings.display());
    }
    say(said.lines().rfind(|line| line.starts_with("Done")).unwrap_or_default());
    Ok(())
}

fn host() -> Result<String> {
    let facts = output(command("rustc").arg("-vV"))?;
    let host = facts.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say what it runs on")?.to_owned())
}

fn folder() -> PathBuf {
    paths::root().join("fuzz")
}

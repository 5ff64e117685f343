//! `cargo xtask counts`: how many instructions the hot paths take, per byte of what they work on.
//!
//! An intrinsic that is no longer inlined makes a scan eight times slower, and no test fails. Times on a machine that
//! others use would not tell either; instructions do, to a thousandth. Each way of `benches/counts` runs under callgrind,
//! once with few rounds and once with more, so that what comes before and behind the rounds cancels out.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::process::{self, cargo, command, say, step};
use crate::{paths, tools};

/// What each way may take.
const LIMITS: &str = "benches/counts/limits.txt";

/// Fewer rounds and more.
const ROUNDS: [u32; 2] = [1, 4];

/// Runs all ways that have a limit.
///
/// # Errors
/// A way takes more than its limit, or could not be run.
pub fn check() -> Result<()> {
    if !cfg!(target_arch = "x86_64") {
        say("counts: limits are known for x86-64 alone: instructions were NOT counted");
        return Ok(());
    }
    let counter = Counter::new()?;
    let text =
        std::fs::read_to_string(paths::root().join(LIMITS)).with_context(|| format!("failed to read {LIMITS}"))?;
    let mut beyond = Vec::new();
    for (way, limit) in limits(&text)? {
        let seen = counter.per_byte(way)?;
        let verdict = if seen <= limit { "pass" } else { "FAIL" };
        say(&format!("  {way:<12}{seen:>8.2} instructions per byte  ≤ {limit:>6.2}  {verdict}"));
        beyond.extend((seen > limit).then_some(way));
    }
    ensure!(
        beyond.is_empty(),
        "{} took more instructions than {LIMITS} allows. Several times as many mean that an intrinsic became a call: \
         everything that a scan calls must be `#[inline(always)]`, and closures are not inlined into code for AVX2. \
         What is worth its price gets a new limit",
        beyond.join(", ")
    );
    Ok(())
}

/// Ways and what they may take: `<way> = <instructions per byte>`, line by line.
fn limits(text: &str) -> Result<Vec<(&str, f64)>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let limit = |line| -> Result<_> {
        let (way, limit) = str::split_once(line, '=').with_context(|| format!("`{line}` is no limit"))?;
        Ok((way.trim(), limit.trim().parse().with_context(|| format!("`{line}` holds no number"))?))
    };
    lines.map(limit).collect()
}

/// Valgrind, and what it runs.
struct Counter {
    valgrind: PathBuf,
    own: Option<PathBuf>,
    program: PathBuf,
}

impl Counter {
    fn new() -> Result<Self> {
        let (valgrind, own) = tools::valgrind()?;
        step("building the hot paths");
        let target = paths::target().join("counts");
        let mut build = cargo();
        build.args(["build", "--release", "--manifest-path", "benches/Cargo.toml", "-p", "counts", "--target-dir"]);
        process::run(build.arg(&target))?;
        step("counting instructions");
        Ok(Self { valgrind, own, program: target.join("release/counts") })
    }

    fn per_byte(&self, way: &str) -> Result<f64> {
        let [few, more] = ROUNDS.map(|rounds| self.run(way, rounds));
        let ((few, bytes), (more, _)) = (few?, more?);
        Ok(more.saturating_sub(few) as f64 / f64::from(ROUNDS[1] - ROUNDS[0]) / bytes as f64)
    }

    /// Instructions of so many rounds, and how many bytes a round has.
    fn run(&self, way: &str, rounds: u32) -> Result<(u64, u64)> {
        let counts = self.program.with_file_name("callgrind.out");
        let mut run = self.callgrind(&counts);
        let bytes = process::output(run.arg(&self.program).arg(way).arg(rounds.to_string()))?;
        let counts = std::fs::read_to_string(&counts).context("failed to read what callgrind counted")?;
        let total = counts.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
        let bytes = bytes.split(' ').next().and_then(|bytes| bytes.parse().ok());
        Ok((total.context("callgrind counted nothing")?, bytes.context("the program does not tell its bytes")?))
    }

    fn callgrind(&self, counts: &Path) -> Command {
        let mut run = command(&self.valgrind);
        run.args(["--tool=callgrind", "--quiet"]).arg(format!("--callgrind-out-file={}", counts.display()));
        run.envs(self.own.iter().map(|own| ("VALGRIND_LIB", own)));
        run
    }
}

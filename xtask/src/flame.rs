//! `cargo xtask bench flame`: where the extension's processor time goes under load, as a flame graph.
//!
//! The extension is the one that ships, but with frame pointers and names, in a target folder of its own. perf looks at
//! the whole machine while the benchmark runs, by the clock, because counters of the processor are not to be had in most
//! virtual machines; of what it saw, the extension's own is kept.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::process::{command, output, run, say, step};
use crate::{bench, build, paths, tools};

/// What the kernel calls the extension: fifteen bytes of its name.
const NAME: &str = "telesieve-exten";

/// Samples a second: not in step with anything that happens so many times a second.
const RATE: &str = "1999";

/// Draws `target/flame/flame.svg`.
///
/// # Errors
/// A tool cannot be had, something does not compile, or perf may not look at this machine.
pub fn draw() -> Result<()> {
    let (perf, inferno) = (tools::perf()?, tools::inferno()?);
    let folder = paths::target().join("flame");
    let built = build::everything()?;
    step("building the extension with frame pointers and names (the first time takes minutes)");
    let built = built.ready_made(&with_frames(&folder)?, "flame/opt")?;
    let load = bench::beside_loops(&built)?;
    step("sampling");
    let samples = folder.join("perf.data");
    let mut record = command(&perf);
    record.args(["record", "-q", "-a", "-g", "-e", "cpu-clock", "-F", RATE, "-o"]).arg(&samples).arg("--");
    record.arg(load.get_program()).args(load.get_args()).args(["--starts", "1"]);
    run(&mut record)
        .context("perf must be allowed to look at the machine: as root, or with kernel.perf_event_paranoid = -1")?;
    let graph = graph(&perf, &inferno, &samples)?;
    say(&format!("drawn: {}", graph.display()));
    Ok(())
}

/// The extension, and the folder of its build.
fn with_frames(folder: &Path) -> Result<PathBuf> {
    let mut extension = build::static_build(build::HOST, &["-p", "telesieve-extension"])?;
    extension.env("CARGO_TARGET_DIR", folder).env("RUSTFLAGS", "-Cforce-frame-pointers=yes");
    extension.env("CARGO_PROFILE_SHIP_STRIP", "none").env("CARGO_PROFILE_SHIP_DEBUG", "line-tables-only");
    run(&mut extension).context("failed to build the extension")?;
    Ok(build::shipped_in(folder, "telesieve-extension", build::HOST))
}

/// Stacks, one of a kind in a line, and the picture of them.
fn graph(perf: &Path, inferno: &Path, samples: &Path) -> Result<PathBuf> {
    let next = |program: &mut std::process::Command, name: &str| -> Result<PathBuf> {
        let path = samples.with_file_name(name);
        std::fs::write(&path, output(program)?).with_context(|| format!("failed to write {}", path.display()))?;
        Ok(path)
    };
    let mut script = command(perf);
    let script = script.args(["script", "--no-inline", "--comm", NAME, "-i"]).arg(samples);
    let stacks = next(script, "stacks.txt")?;
    let folded = next(command(inferno.join("inferno-collapse-perf")).arg(stacks), "stacks.folded")?;
    let mut draw = command(inferno.join("inferno-flamegraph"));
    next(draw.args(["--title", "telesieve: processor time under load"]).arg(folded), "flame.svg")
}

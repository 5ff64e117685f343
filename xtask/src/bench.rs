//! `cargo xtask bench`: how soon the extension is ready and what it holds, with the three
//! ready-made transforms, beside bare loops of three HTTP calls, and what it needs for many events.
//!
//! All are built alike: static, with the profile and linker of what ships. `cargo xtask bench precision` counts what the
//! default rules touch of ten million identifiers instead,
//! `cargo xtask bench recall` how much of what is secret they find, by class,
//! `cargo xtask bench billed` measures what is added to the bill of an invocation,
//! `cargo xtask bench redact` measures the filter for the shell on text with few hits,
//! `cargo xtask bench throughput` measures the chain beside VRL and beside native code,
//! `cargo xtask bench all` does what has a budget, the size of a layer included, and ends in one table of it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{self, cargo, command, say, step};
use crate::{build, paths, tools};

/// Runs the benchmark that the first argument names, or that of the start; the others go to it.
///
/// # Errors
/// Something cannot be built, or the measurement failed.
pub fn run(args: &[String]) -> Result<()> {
    match args {
        [name, rest @ ..] if name == "precision" => precision(rest),
        [name, rest @ ..] if name == "recall" => recall(rest),
        [name, rest @ ..] if name == "throughput" => throughput(rest),
        [name, rest @ ..] if name == "billed" => billed(rest),
        [name, rest @ ..] if name == "redact" => redact(rest),
        [name, rest @ ..] if name == "all" => all(rest),
        _ => start(args),
    }
}

/// How many identifiers the default rules touch, by kind; `args` are how many to make and a seed. Fails beyond one in a
/// million.
fn precision(args: &[String]) -> Result<()> {
    let example = ["run", "--release", "-p", "telesieve-kernels", "--example", "precision", "--"];
    process::run(cargo().args(example).args(args))
}

/// What the default rules find of secrets, leave of them, and take that is none, by class; `args` are how many of each class
/// to make, a seed, and how many examples of what was missed to show. Fails where a class misses its goals.
fn recall(args: &[String]) -> Result<()> {
    let test = ["test", "--release", "-p", "telesieve-kernels", "--all-features", "--test", "corpus", "--"];
    let numbers = if args.is_empty() { "2000".to_owned() } else { args.join(" ") };
    let only = ["--exact", "secrets_are_found", "--nocapture"];
    process::run(cargo().args(test).args(only).env("TELESIEVE_RECALL", numbers))
}

fn start(args: &[String]) -> Result<()> {
    let mut bench = beside_loops(&build::ready_made()?)?;
    step("measuring");
    process::run(bench.args(args))
}

/// The benchmark of an extension beside the bare loops, which are built here.
///
/// # Errors
/// They cannot be built.
pub(crate) fn beside_loops(built: &build::Built) -> Result<Command> {
    step("building the bare loops");
    let loops = ["bare_loop", "hyper_loop"];
    let examples = loops.iter().flat_map(|name| ["--example", name]);
    let selection: Vec<_> = ["-p", "telesieve-sandbox"].into_iter().chain(examples).collect();
    build::static_binary("the bare loops", build::HOST, &selection)?;
    let [bare, hyper] = loops.map(|name| build::shipped(&format!("examples/{name}"), build::HOST));
    let mut bench = command(program()?);
    bench.args(["start", "--opt"]).arg(&built.opt).arg("--bare").arg(bare).arg("--hyper").arg(hyper);
    Ok(bench)
}

/// The program that measures.
fn program() -> Result<PathBuf> {
    process::run(cargo().args(["build", "-p", "telesieve-tests", "--bin", "bench"]))?;
    Ok(paths::target().join("debug/bench"))
}

/// How fast `telesieve redact` is, compared with gitleaks where Go is installed; `args` go to the benchmark.
fn redact(args: &[String]) -> Result<()> {
    step("building the telesieve program for release (the first time takes minutes)");
    process::run(cargo().args(["build", "--release", "-p", "telesieve-cli"]))?;
    let folder = paths::target().join("bench");
    std::fs::create_dir_all(&folder)?;
    let mut bench = command(program()?);
    bench.args(["redact", "--program"]).arg(paths::target().join("release/telesieve")).arg("--folder").arg(folder);
    match tools::gitleaks() {
        Ok(peer) => drop(bench.arg("--peer").arg(peer)),
        Err(error) => say(&format!("gitleaks is left out: {error:#}")),
    }
    step("measuring");
    process::run(bench.args(args))
}

/// What the extension adds to the bill of an invocation, beside a bare loop; `args` go to the benchmark.
fn billed(args: &[String]) -> Result<()> {
    let built = build::ready_made()?;
    step("building the bare loop");
    build::static_binary("the bare loop", build::HOST, &["-p", "telesieve-sandbox", "--example", "bare_loop"])?;
    step("measuring");
    let mut bench = command(program()?);
    bench
        .args(["billed", "--opt"])
        .arg(&built.opt)
        .arg("--bare")
        .arg(build::shipped("examples/bare_loop", build::HOST));
    process::run(bench.args(args))
}

/// Everything that has a budget, and one table; `args` go to the benchmark of the start.
fn all(args: &[String]) -> Result<()> {
    let folder = paths::target().join("bench");
    std::fs::create_dir_all(&folder)?;
    let printed = folder.join("throughput.txt");
    // It fails where a budget is missed, which the table is to say; and then nothing else would be measured.
    let said = throughput_of(&[])?.output().context("failed to start the benchmark of throughput")?;
    anyhow::ensure!(!said.stdout.is_empty(), "{}", String::from_utf8_lossy(&said.stderr).trim());
    std::fs::write(&printed, &said.stdout)?;
    say(&String::from_utf8_lossy(&said.stdout));
    let built = build::ready_made()?;
    let layer = built.layer(&folder)?;
    let mut bench = beside_loops(&built)?;
    step("measuring");
    process::run(bench.arg("--billed").arg("--layer").arg(layer).arg("--throughput").arg(printed).args(args))
}

fn throughput(args: &[String]) -> Result<()> {
    process::run(&mut throughput_of(args)?)
}

/// The benchmark is a workspace of its own, because nothing else needs VRL. `args`: rounds, and the one way to run.
fn throughput_of(args: &[String]) -> Result<Command> {
    tools::targets()?;
    step("building the transforms for WebAssembly");
    let modules = paths::target().join("benches/modules");
    for (manifest, packages) in [
        ("Cargo.toml", &["telesieve-filter", "telesieve-redact", "telesieve-relabel"][..]),
        ("benches/Cargo.toml", &["standard"]),
    ] {
        let mut guests = cargo();
        guests.args(["build", "--profile", "guest", "--target", tools::COMPONENT_TARGET, "--manifest-path", manifest]);
        guests.arg("--target-dir").arg(&modules);
        for package in packages {
            guests.args(["-p", package]);
        }
        process::run(&mut guests)?;
    }
    step("building the benchmark (the first time takes ten minutes: it compiles VRL)");
    let mut bench = cargo();
    bench.args(["run", "--release", "--manifest-path", "benches/Cargo.toml", "--bin", "throughput", "--target-dir"]);
    bench.arg(paths::target().join("benches")).arg("--");
    bench.arg(modules.join(tools::COMPONENT_TARGET).join("guest")).args(args);
    Ok(bench)
}

//! `cargo xtask ci`: what has to hold before a change lands. Every part is timed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::process::{self, cargo, command, run as execute, say, step};
use crate::{build, counts, deploy, extending, fuzz, site, tools};

/// Said when it happens, and once more at the end, where it is read.
const UNCHECKED: &str = "
!!! ADVISORIES WERE NOT CHECKED !!!
The database of advisories cannot be reached from here, so nobody knows whether a dependency has a known hole.
Run `cargo xtask ci` where it can be reached. With TELESIEVE_REQUIRE_ADVISORIES=1 this is a failure.
";

/// The part that found it out is not the one that says it at the end.
static ADVISORIES_UNCHECKED: AtomicBool = AtomicBool::new(false);

/// Runs all parts, cheap ones first, and stops at the first that fails.
///
/// # Errors
/// A part failed.
pub fn run() -> Result<()> {
    type Part = (&'static str, fn() -> Result<()>);
    let parts: [Part; 9] = [
        ("formatting", formatting),
        ("tests", tests),
        ("lints", lints),
        ("extending", extending::check),
        ("dependencies", dependencies),
        ("deployments", deploy::check),
        ("site", site::build),
        ("instructions", counts::check),
        ("fuzz smoke", fuzz::smoke),
    ];
    let mut times = Vec::new();
    for (name, part) in parts {
        step(&format!("ci: {name}"));
        let started = Instant::now();
        part().with_context(|| format!("ci: {name}"))?;
        times.push((name, started.elapsed()));
    }
    summary(&times);
    Ok(())
}

fn formatting() -> Result<()> {
    tools::components()?;
    execute(cargo().args(["fmt", "--all", "--check"]))?;
    execute(cargo().args(["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"]))
}

/// The command that the README tells everyone to type.
fn tests() -> Result<()> {
    execute(cargo().args(["xtask", "test"]))
}

fn lints() -> Result<()> {
    let strict = ["--", "-D", "warnings"];
    execute(cargo().args(["clippy", "--workspace", "--all-targets"]).args(strict))?;
    // What the features of the whole workspace hide: the extension with its own features only, and the guests' side.
    execute(cargo().args(["clippy", "-p", "telesieve-extension"]).args(strict))?;
    let mut guests = cargo();
    guests.args(["clippy", "--target", tools::COMPONENT_TARGET]);
    for package in build::transform_packages() {
        guests.args(["-p", package]);
    }
    execute(guests.args(strict))?;
    // What no test here runs: the scans for ARM.
    tools::target(tools::ARM_TARGET)?;
    let arm = ["clippy", "--lib", "-p", "telesieve-simd", "--target", tools::ARM_TARGET];
    execute(cargo().args(arm).args(strict))?;
    execute(cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// What must not ship: the compilers, and faults on purpose.
fn features_of_the_extension() -> Result<()> {
    let mut tree = cargo();
    tree.args(["tree", "-p", "telesieve-extension", "-e", "features,no-dev", "--prefix", "none", "--no-dedupe"]);
    let output = tree.output().context("failed to run `cargo tree`")?;
    ensure!(output.status.success(), "`cargo tree` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    let tree = String::from_utf8(output.stdout).context("failed to read the output of `cargo tree`")?;
    ensure!(tree.contains("telesieve-engine v"), "`cargo tree` does not show the engine");
    for feature in ["compile", "fault-injection"] {
        let shipped = format!("telesieve-engine feature \"{feature}\"");
        ensure!(!tree.contains(&shipped), "the extension is built with the feature `{feature}` of the engine");
    }
    Ok(())
}

fn dependencies() -> Result<()> {
    features_of_the_extension()?;
    let deny = tools::cargo_deny()?;
    execute(command(&deny).args(["--all-features", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    // Two minutes are plenty for the database, and a network that swallows packets must not hold everything up.
    if process::succeeds(command("timeout").arg("120").arg(&deny).args(["fetch", "db"])) {
        return execute(command(&deny).args(["--all-features", "check", "--disable-fetch", "advisories"]));
    }
    ensure!(!needs_advisories(|name| std::env::var(name).ok()), "the advisory database cannot be reached");
    ADVISORIES_UNCHECKED.store(true, Ordering::Relaxed);
    say(UNCHECKED);
    Ok(())
}

/// Whether there is a network here that reaches the database: where CI runs for everybody, or where somebody says so.
fn needs_advisories(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["TELESIEVE_REQUIRE_ADVISORIES", "GITHUB_ACTIONS"]
        .iter()
        .any(|name| variable(name).is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false")))
}

fn summary(times: &[(&str, Duration)]) {
    say("\nci passed:");
    for (name, time) in times {
        say(&format!("  {name:<14}{:>5} s", time.as_secs()));
    }
    if ADVISORIES_UNCHECKED.load(Ordering::Relaxed) {
        say(UNCHECKED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advisories_are_needed_where_there_is_a_network() {
        let with = |set: &'static [(&'static str, &'static str)]| {
            needs_advisories(|name| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(!with(&[]));
        assert!(!with(&[("TELESIEVE_REQUIRE_ADVISORIES", "0"), ("GITHUB_ACTIONS", "false")]));
        assert!(with(&[("TELESIEVE_REQUIRE_ADVISORIES", "1")]));
        assert!(with(&[("GITHUB_ACTIONS", "true")]));
    }
}

//! `cargo xtask test`: unit, property and end-to-end tests, and all that they need.

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::process::{self, cargo, say, step};
use crate::{build, paths, tools};

/// Fetches, builds and runs. With arguments, which go to `cargo test`, only what they choose is tested.
///
/// # Errors
/// Something is missing and cannot be had, does not compile, or a test failed.
pub fn run(args: &[String]) -> Result<()> {
    let started = Instant::now();
    let servers = servers()?;
    // The one for arm64 runs emulated, and goes into layers.
    let built = build::everything_for(&[build::HOST, "arm64"])?;
    let mut test = cargo();
    test.arg("test").env("XTASK_OPT", &built.opt).env("XTASK_CLI", &built.cli);
    if args.is_empty() {
        test.arg("--workspace");
    } else {
        test.args(args);
    }
    step("testing");
    process::run(&mut test)?;
    if args.is_empty() {
        step("testing real components under injected faults");
        let features = "--features=compile,fault-injection";
        process::run(cargo().args(["test", "-p", "telesieve-engine", features, "--test", "engine", "sabotage"]))?;
    }
    summary(&servers, started);
    Ok(())
}

/// Makes sure of the real servers, so that tests do not wait for downloads. Returns what they are.
fn servers() -> Result<Vec<String>> {
    step(&format!("looking for the servers that the end-to-end tests run against ({})", paths::tools().display()));
    tools::prometheus()?;
    tools::pushgateway()?;
    tools::qemu_aarch64().context("failed to get the emulator of arm64")?;
    tools::runtime_interface_emulator().context("failed to get Amazon's emulator")?;
    tools::aws().context("failed to get moto and botocore")?;
    let second = tools::opensearch_2().context("failed to get OpenSearch")?;
    let third = tools::opensearch_3().context("failed to get OpenSearch 3")?;
    let third = match third {
        Some(server) => format!("OpenSearch {} (Java {})", server.version, server.java.release),
        None => "not OpenSearch 3: no Java of release 21 or newer was found".to_owned(),
    };
    Ok(vec![
        "Prometheus and PushGateway".to_owned(),
        "Amazon's Runtime Interface Emulator, both modes".to_owned(),
        "moto, for Secrets Manager and Parameter Store; botocore, for signatures".to_owned(),
        format!("OpenSearch {} (Java {}), plain and secured", second.version, second.java.release),
        third,
    ])
}

fn summary(servers: &[String], started: Instant) {
    say(&format!("\nAll tests passed in {} s. The end-to-end tests ran against:", started.elapsed().as_secs()));
    for server in servers {
        say(&format!("  - {server}"));
    }
}

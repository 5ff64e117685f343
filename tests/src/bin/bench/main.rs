//! The benchmarks of whole programs. `cargo xtask bench` builds what they measure and calls them.
#![forbid(unsafe_code)]
#![expect(unreachable_pub, reason = "`pub` is what a module offers to the others")]

mod billed;
mod budgets;
mod redact;
mod start;
mod statistics;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measure the extension and the program.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Start(start::BenchArgs),
    Billed(billed::BilledArgs),
    Redact(redact::RedactArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Start(args) => start::run(args).await,
        Command::Billed(args) => billed::run(args).await,
        Command::Redact(args) => redact::run(&args),
    }
}

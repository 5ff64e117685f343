//! The `telesieve` program: everything that is done before and around a deployment.
//!
//! One module for each subcommand; this file only reads the command line and turns results into exit statuses:
//! 0 all is well, 1 it failed, 2 wrong usage, and those of a subcommand, which its help names.
#![forbid(unsafe_code)]
#![expect(unreachable_pub, reason = "`pub` is what a module offers to the others")]

mod assets;
mod bench;
mod billed;
mod build;
mod bundle;
mod check;
mod diff;
mod format;
mod import;
mod new;
mod out;
mod paint;
mod recording;
mod redact;
mod run;
mod setup;
mod statistics;
mod subject;
mod test;
mod workbench;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sieve a Lambda function's telemetry through WebAssembly transforms.
#[derive(Debug, Parser)]
#[command(name = "telesieve", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Redact(redact::RedactArgs),
    Import(import::ImportArgs),
    New(new::NewArgs),
    Build(build::BuildArgs),
    Run(Box<run::RunArgs>),
    Bundle(bundle::BundleArgs),
    Setup(setup::SetupArgs),
    Check(check::CheckArgs),
    Test(test::TestArgs),
    Bench(bench::BenchArgs),
    BenchBilled(billed::BilledArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Redact(args) => redact::run(&args),
        Command::Import(args) => import::run(&args),
        Command::New(args) => new::run(&args),
        Command::Build(args) => build::run(args),
        Command::Run(args) => run::run(*args).await,
        Command::Bundle(args) => bundle::run(&args),
        Command::Setup(args) => setup::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Test(args) => test::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Bench(args) => bench::run(args).await,
        Command::BenchBilled(args) => billed::run(args).await,
    };
    result.unwrap_or_else(|error| {
        out::error(&error);
        ExitCode::FAILURE
    })
}

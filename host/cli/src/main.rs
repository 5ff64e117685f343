//! The `telesieve` program: everything that is done before and around a deployment.
//!
//! One module for each subcommand; this file only reads the command line and turns results into exit statuses:
//! 0 all is well, 1 it failed, 2 wrong usage, and those of a subcommand, which its help names.
#![forbid(unsafe_code)]
#![expect(unreachable_pub, reason = "`pub` is what a module offers to the others")]

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

mod assets;
mod build;
mod bundle;
mod check;
mod completions;
mod diff;
mod format;
mod import;
mod new;
mod out;
mod paint;
mod recording;
mod redact;
mod run;
mod schema;
mod setup;
mod subject;
mod test;
mod workbench;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use telesieve_engine::{CONTRACT, WASMTIME};

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
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(completions::ManArgs),
    Check(check::CheckArgs),
    Test(test::TestArgs),
}

/// The command line, with a version that says what artifacts and reports of bugs depend on.
fn command() -> clap::Command {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("XTASK_COMMIT"));
    let (major, minor) = CONTRACT;
    let long = format!("{version}\ncommit {commit}\nwasmtime {WASMTIME}\ncontract telesieve:transform@{major}.{minor}");
    Cli::command().long_version(long)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    let result = match arguments.command {
        Command::Redact(args) => redact::run(&args),
        Command::Import(args) => import::run(&args),
        Command::New(args) => new::run(&args),
        Command::Build(args) => build::run(args),
        Command::Run(args) => run::run(*args).await,
        Command::Bundle(args) => bundle::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::complete(&args, command()),
        Command::Man(args) => completions::write_man(&args, command()),
        Command::Setup(args) => setup::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Test(args) => test::run(&args),
        Command::Check(args) => check::run(&args),
    };
    result.unwrap_or_else(|error| {
        out::error(&error);
        ExitCode::FAILURE
    })
}

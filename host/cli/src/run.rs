//! `telesieve run`: the real extension in an emulated sandbox, and what went in and came out.
//!
//! This file reads the arguments and holds the order of things; [`play`] runs the sandbox, the rest looks at what it
//! left behind.

mod accounting;
mod json;
mod pairs;
mod play;
mod record;
mod series;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use telesieve_sandbox::{InitType, Invocation, Launch, LogFormat, Options, scenarios};

use play::Sinks;

/// Exit status if the accounting does not balance, or is not there.
const UNBALANCED: u8 = 3;
/// Exit status if a secret of the story left the sandbox.
const LEAKED: u8 = 4;
/// Exit status if the function was disturbed.
const DISTURBED: u8 = 5;

/// Run the real extension in an emulated sandbox and show what goes in and what comes out.
///
/// Without URLs, documents and metrics go to receivers inside this program, which keep every byte. With them, they go
/// to your servers, and this program shows what went in. Exit status: 0 all is well, 1 it could not be run, 2 wrong
/// usage, 3 the accounting does not balance, 4 a known secret left the sandbox, 5 the extension disturbed the function.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// An /opt tree: `extensions/` and `telesieve/`, as in a layer.
    #[arg(long, value_name = "DIR", required_unless_present = "extension", conflicts_with = "extension")]
    pub opt: Option<PathBuf>,
    /// The extension's binary, instead of a tree.
    #[arg(long, value_name = "FILE", requires = "config")]
    pub extension: Option<PathBuf>,
    /// The configuration. Artifacts are looked for beside it. Default: the tree's own.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// An OpenSearch of yours, such as http://127.0.0.1:9200.
    #[arg(long, value_name = "URL")]
    pub opensearch: Option<String>,
    /// A PushGateway of yours, such as http://127.0.0.1:9091.
    #[arg(long, value_name = "URL")]
    pub pushgateway: Option<String>,
    /// Recorded telemetry: one event as JSON per line. Default: a small story of a shop.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Record what the platform sends, for `telesieve test`: one event as JSON per line, an empty line between batches.
    /// It is raw telemetry, with whatever is secret in it.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// How many invocations; the story is repeated or cut. Default: its length.
    #[arg(long, value_name = "N")]
    pub invocations: Option<usize>,
    /// Why the sandbox is made.
    #[arg(long, value_enum, default_value_t = Init::OnDemand)]
    pub init_type: Init,
    /// Deliver lines of the function as a function with JSON log format would.
    #[arg(long)]
    pub json_logs: bool,
    /// An environment variable for the extension. May be repeated.
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Show every event, also where there are many.
    #[arg(long)]
    pub all: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// Explain what is shown.
    #[arg(long)]
    pub demo: bool,
}

/// Why the sandbox is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Init {
    /// For an invocation that waits.
    OnDemand,
    /// Ahead of invocations.
    Provisioned,
    /// Resumed from a snapshot.
    SnapStart,
    /// On an instance of the customer's own.
    Managed,
}

/// Carries it out.
///
/// # Errors
/// The extension, the configuration or the events cannot be found, or the sandbox cannot be made.
pub async fn run(args: RunArgs) -> Result<ExitCode> {
    let invocations = story(&args)?;
    let sinks = Sinks::open(args.opensearch.as_deref(), args.pushgateway.as_deref()).await?;
    let options = options(&args, &sinks)?;
    let mut played = play::play(options, invocations, &sinks).await?;
    played.shop = args.events.is_none();
    if let Some(path) = &args.record {
        record::write(path, &played.deliveries)?;
    }
    if args.json {
        show::line(&json::render(&played).to_string());
    } else {
        show::show(&played, &args);
    }
    Ok(verdict(&played))
}

/// The exit status: the worst that happened.
fn verdict(played: &play::Played) -> ExitCode {
    if !played.leaks.is_empty() {
        LEAKED.into()
    } else if !played.accounting_faults.is_empty() {
        UNBALANCED.into()
    } else if !played.disturbances.is_empty() {
        DISTURBED.into()
    } else {
        ExitCode::SUCCESS
    }
}

fn story(args: &RunArgs) -> Result<Vec<Invocation>> {
    let story = match &args.events {
        Some(path) => scenarios::recorded(path)?,
        None => scenarios::shop(),
    };
    let count = args.invocations.unwrap_or(story.len());
    Ok(story.into_iter().cycle().take(count).collect())
}

fn options(args: &RunArgs, sinks: &Sinks) -> Result<Options> {
    let mut options = Options { launch: launch(args)?, ..Options::default() };
    for (name, value) in sinks.variables() {
        options = options.env(name, value);
    }
    if let Some(config) = &args.config {
        let path = config.canonicalize().with_context(|| format!("failed to find {}", config.display()))?;
        options = options.env("TELESIEVE_CONFIG", path.to_string_lossy());
    }
    for variable in &args.variables {
        let (name, value) = variable.split_once('=').with_context(|| format!("{variable:?} is not NAME=VALUE"))?;
        options = options.env(name, value);
    }
    if args.json_logs {
        options.function.log_format = LogFormat::Json;
    }
    options.init_type = match args.init_type {
        Init::OnDemand => InitType::OnDemand,
        Init::Provisioned => InitType::Provisioned,
        Init::SnapStart => InitType::SnapStart,
        Init::Managed => InitType::Managed,
    };
    Ok(options)
}

fn launch(args: &RunArgs) -> Result<Launch> {
    match (&args.opt, &args.extension) {
        (Some(opt), _) => {
            let folder = opt.join("extensions");
            ensure!(folder.is_dir(), "{} is no folder: `cargo xtask demo` makes an /opt tree", folder.display());
            Ok(Launch::OptTree(opt.clone()))
        }
        (None, Some(extension)) => {
            ensure!(extension.is_file(), "there is no file {}: give the extension's binary", extension.display());
            Ok(Launch::Binary(extension.clone()))
        }
        (None, None) => bail!("say what to run: --opt with an /opt tree, or --extension with --config"),
    }
}

//! `telesieve run`: the real extension in an emulated sandbox, and what went in and came out.
//!
//! This file reads the arguments and holds the order of things; [`layer`] finds or bundles what runs, [`play`] runs the
//! sandbox, the rest looks at what it left behind.

mod accounting;
mod json;
mod layer;
mod losses;
mod pairs;
mod play;
mod record;
mod series;
mod show;
mod surroundings;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use telesieve_config::load_file;
use telesieve_sandbox::{InitType, Invocation, Launch, LogFormat, Options, scenarios};

use crate::format::FormatArgs;
use crate::out;
use crate::recording::Recording;
use crate::subject::SubjectArgs;
use layer::Layer;
use play::Sinks;
use surroundings::Variables;

/// Exit status if events were lost that the configuration did not mean to lose, or the accounting does not balance.
const LOST: u8 = 3;
/// Exit status if a secret of the story left the sandbox.
const LEAKED: u8 = 4;
/// Exit status if the function was disturbed.
const DISTURBED: u8 = 5;

/// Run the real extension in an emulated sandbox and show what goes in and what comes out.
///
/// PATH is a crate, a telesieve.toml, a folder with one, a layer's zip, or an unpacked layer (`extensions/` and
/// `telesieve/`). Anything that is not a layer is bundled first. `TELESIEVE_*` variables apply as in a function. Without
/// URLs, documents and metrics go to receivers inside this program; nothing is sent anywhere else.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct RunArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// The extension's binary, instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub extension: Option<PathBuf>,
    /// Send documents to this OpenSearch, such as http://127.0.0.1:9200.
    #[arg(long, value_name = "URL", value_parser = surroundings::url)]
    pub opensearch: Option<String>,
    /// Push metrics to this PushGateway, such as http://127.0.0.1:9091.
    #[arg(long, value_name = "URL", value_parser = surroundings::url)]
    pub pushgateway: Option<String>,
    /// Play only recorded telemetry: one event as JSON per line, or an array. Default: the telemetry of an example shop.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Record what the platform sends, for `telesieve test`: one event as JSON per line, an empty line between batches.
    /// It is raw telemetry, including any secrets in it.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Number of invocations; the example is repeated or cut. Default: its length.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "events")]
    pub invocations: Option<u32>,
    /// How the sandbox is initialized.
    #[arg(long, value_enum, default_value_t = Init::OnDemand)]
    pub init_type: Init,
    /// Deliver the lines of the function as with the JSON log format.
    #[arg(long)]
    pub json_logs: bool,
    /// A variable of the function. May be repeated. Overrides the variable of this process.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = surroundings::variable)]
    pub variables: Vec<(String, String)>,
    /// Show every event, even if there are many.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub format: FormatArgs,
    /// Explain the output.
    #[arg(long)]
    pub demo: bool,
}

const HELP: &str = "\
Examples:
  telesieve run                                  the telesieve.toml or the crate of this folder
  telesieve run telesieve-layer-x86_64.zip       a layer, as Lambda would unpack it
  telesieve run --events prod.ndjson --all       recorded telemetry (see `telesieve import`), event by event
  telesieve run --opensearch http://localhost:9200 --pushgateway http://localhost:9091

Exit status:
  0  every event arrived, or the configuration filtered it
  1  it could not run
  2  wrong usage
  3  events were lost: dropped, rejected or undelivered, or the configuration has an error
  4  a known secret left the sandbox
  5  the extension disturbed the function";

/// How the sandbox is initialized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Init {
    /// For a pending invocation (on demand).
    OnDemand,
    /// Before any invocation (provisioned concurrency).
    Provisioned,
    /// Restored from a snapshot (SnapStart).
    SnapStart,
    /// On a Lambda Managed Instance.
    Managed,
}

/// Runs the sandbox and shows what happened.
///
/// # Errors
/// The extension, the configuration or the events cannot be found, or the sandbox cannot be started.
pub async fn run(args: RunArgs) -> Result<ExitCode> {
    let layer = Layer::open(&args)?;
    let story = Story::open(&args)?;
    let sinks = Sinks::open(args.opensearch.as_deref(), args.pushgateway.as_deref()).await?;
    let variables = variables(&args, &sinks);
    let loaded = load_file(&layer.config, true, &variables);
    let options = options(&args, &layer, variables, &story)?;
    let mut played = play::play(options, story.invocations, &sinks).await?;
    played.shop = args.events.is_none();
    played.losses = losses::of(&played, &loaded);
    if let Some(path) = &args.record {
        record::write(path, &played.deliveries)?;
    }
    if args.format.is_json() {
        out::line(&json::render(&played).to_string());
    } else {
        show::show(&played, &args, &layer.opt);
    }
    Ok(verdict(&played))
}

/// The exit status: the worst that happened.
fn verdict(played: &play::Played) -> ExitCode {
    if !played.leaks.is_empty() {
        LEAKED.into()
    } else if !played.accounting_faults.is_empty() || !played.losses.is_empty() {
        LOST.into()
    } else if !played.disturbances.is_empty() {
        DISTURBED.into()
    } else {
        ExitCode::SUCCESS
    }
}

/// What is played.
struct Story {
    invocations: Vec<Invocation>,
    /// Whether it is a recording, which holds the platform's events, too.
    is_recording: bool,
}

impl Story {
    fn open(args: &RunArgs) -> Result<Self> {
        if let Some(path) = &args.events {
            let events = Recording::read(path)?.events;
            return Ok(Self { invocations: scenarios::replay(events), is_recording: true });
        }
        let story = scenarios::shop();
        let count = args.invocations.map_or(story.len(), |count| count as usize);
        Ok(Self { invocations: story.into_iter().cycle().take(count).collect(), is_recording: false })
    }
}

/// The variables of the extension: those of this process, what the sinks need, and those of the command line.
fn variables(args: &RunArgs, sinks: &Sinks) -> Variables {
    let mut variables = surroundings::inherited(std::env::vars());
    variables.extend(sinks.variables());
    variables.extend(args.variables.iter().cloned());
    variables
}

fn options(args: &RunArgs, layer: &Layer, variables: Variables, story: &Story) -> Result<Options> {
    let mut options = Options { launch: Launch::OptTree(layer.opt.clone()), ..Options::default() };
    let config = layer.config.canonicalize();
    let config = config.with_context(|| format!("failed to find {}", layer.config.display()))?;
    ensure!(config.is_file(), "{} is not a file", config.display());
    options = options.env("TELESIEVE_CONFIG", config.to_string_lossy());
    options.env.extend(variables);
    options.telemetry.replays = story.is_recording;
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

//! `bench start`: how soon the extension is ready and what it holds, beside bare loops of three HTTP calls.
//!
//! Then it says what many events cost, in memory and in time of a processor, starts once more with the share of a processor
//! that small functions have, and ends with a table of budgets.
//!
//! There are two bare loops: one on nothing but sockets, and one on the runtime and the HTTP library that the extension
//! stands on, which is what any extension like it costs before it does anything. All are started by turns in the same sandbox, so that
//! whatever else the machine does hits all of them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use telesieve_sandbox::receivers::{OpenSearch, PushGateway};
use telesieve_sandbox::{CpuQuota, Invocation, Line, Memory, Options, Outcome, Sandbox};

use crate::billed;
use crate::budgets::{self, Budgets};
use crate::statistics::{mean, median};

/// Time for the process to settle before its memory is read.
const SETTLE: Duration = Duration::from_millis(50);

/// Invocations under load, and lines of each.
const LOAD: (u32, u32) = (200, 1_000);

/// One line in so many holds something to redact.
const SECRET_EVERY: u32 = 20;

/// What a function has of a processor, by its megabytes.
const SHARES: [(u32, f64); 2] = [(128, 0.07), (512, 0.29)];

/// Measure start-up time and memory beside bare loops of three HTTP calls.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchArgs {
    /// The /opt tree with the extension.
    #[arg(long, value_name = "DIR")]
    opt: PathBuf,
    /// The binary of the bare loop on sockets.
    #[arg(long, value_name = "FILE")]
    bare: PathBuf,
    /// The binary of the bare loop on the extension's own runtime and HTTP library.
    #[arg(long, value_name = "FILE")]
    hyper: PathBuf,
    /// Starts of each.
    #[arg(long, value_name = "N", default_value_t = 20)]
    starts: u32,
    /// The layer whose size goes into the table.
    #[arg(long, value_name = "ZIP")]
    layer: Option<PathBuf>,
    /// What `cargo xtask bench throughput` printed: its ratios go into the table.
    #[arg(long, value_name = "FILE")]
    throughput: Option<PathBuf>,
    /// Also measure what is added to the bill of an invocation.
    #[arg(long)]
    billed: bool,
    /// Fail if the extension needs more than this many times as long as the bare loop on its own libraries (median).
    #[arg(long, value_name = "RATIO")]
    max_ratio: Option<f64>,
    /// Fail if the extension holds more than this many megabytes (10^6 bytes) once it is ready (median).
    #[arg(long, value_name = "MB")]
    max_megabytes: Option<f64>,
}

#[derive(Default)]
struct Figures {
    ready: Vec<f64>,
    resident: Vec<f64>,
    after_invocations: Vec<f64>,
}

/// What the extension needs for many events.
struct Load {
    /// Most megabytes that were resident.
    peak: f64,
    /// Milliseconds of a processor for a thousand events, from the body to the request that holds their documents.
    processor: f64,
}

/// Carries it out.
///
/// # Errors
/// Something cannot be started, or is slower or larger than allowed.
pub async fn run(args: BenchArgs) -> Result<ExitCode> {
    ensure!(args.starts > 0, "--starts must be at least 1");
    let (opensearch, pushgateway) = (OpenSearch::start().await?, PushGateway::start().await?);
    let ours = Options::opt_tree(&args.opt)
        .env("TELESIEVE_OPENSEARCH_URL", opensearch.url())
        .env("TELESIEVE_PUSHGATEWAY_URL", pushgateway.url());
    let [mut bare, mut hyper, mut extension] = [(); 3].map(|()| Figures::default());
    for _ in 0..args.starts {
        bare.measure(Options::binary(&args.bare), &args.bare).await?;
        hyper.measure(Options::binary(&args.hyper), &args.hyper).await?;
        extension.measure(ours.clone(), &args.opt).await?;
    }
    show(&[&bare, &hyper, &extension], args.starts)?;
    // What an invocation said leaves before the next one, so that no backlog of the receiver's is measured.
    let load = Load::of(ours.clone().env("TELESIEVE_FLUSH_MODE", "end")).await?;
    load.show()?;
    let mut table = Budgets::default();
    load.judge(&[&bare, &hyper, &extension], &mut table);
    with_little(&args, &ours, &mut table).await?;
    others(&args, &mut table).await?;
    table.show()?;
    let ratio = median(&extension.ready) / median(&hyper.ready);
    if let Some(most) = args.max_ratio {
        ensure!(ratio <= most, "ready after {ratio:.2} times the bare loop's time, allowed are {most}");
    }
    if let Some(most) = args.max_megabytes {
        let resident = median(&extension.resident);
        ensure!(resident <= most, "{resident:.1} MB resident, allowed are {most}");
    }
    Ok(ExitCode::SUCCESS)
}

/// What is not measured by starts and load: asked for, or handed over.
async fn others(args: &BenchArgs, table: &mut Budgets) -> Result<()> {
    if let Some(layer) = &args.layer {
        let bytes = std::fs::metadata(layer).with_context(|| format!("failed to read {}", layer.display()))?.len();
        table.at_most(budgets::LAYER, bytes as f64 / 1e6, 2.6, "MB");
    }
    if args.billed {
        table.at_most(budgets::BILLED, billed::measure(&args.opt, &args.bare).await?, 1.0, "ms");
    }
    if let Some(file) = &args.throughput {
        let text = std::fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
        table.printed(&text);
    }
    Ok(())
}

/// Starts with the shares of a processor that small functions have.
async fn with_little(args: &BenchArgs, ours: &Options, table: &mut Budgets) -> Result<()> {
    for (megabytes, share) in SHARES {
        let what = format!("start with {share} vCPU ({megabytes} MB), beside hyper");
        if let Err(error) = CpuQuota::new(share) {
            table.unknown(&what, &format!("{error:#}"));
            continue;
        }
        let [mut hyper, mut extension] = [(); 2].map(|()| Figures::default());
        for _ in 0..args.starts {
            hyper.measure(within(share, Options::binary(&args.hyper))?, &args.hyper).await?;
            extension.measure(within(share, ours.clone())?, &args.opt).await?;
        }
        table.at_most(&what, mean(&extension.ready) / mean(&hyper.ready), 1.5, "×");
    }
    Ok(())
}

/// A group of its own for each start: what one has used up is no debt of the next.
fn within(share: f64, options: Options) -> Result<Options> {
    Ok(Options { cpu_quota: Some(CpuQuota::new(share)?), ..options })
}

impl Figures {
    async fn measure(&mut self, options: Options, what: &Path) -> Result<()> {
        let sandbox = Sandbox::start(options).await?;
        let init = sandbox.init_report();
        ensure!(init.outcome == Outcome::Success, "{} failed to initialise: {:?}", what.display(), init.outcome);
        let ready = init.exec_to_first_next.context("it never called Next")?;
        tokio::time::sleep(SETTLE).await;
        let resident = megabytes(sandbox.memory())?;
        for _ in 0..3 {
            sandbox.invoke(Invocation::new(vec![Line::text("a line for jane.doe@example.com"); 20])).await?;
        }
        self.ready.push(ready.as_secs_f64() * 1e3);
        self.resident.push(resident);
        self.after_invocations.push(megabytes(sandbox.memory())?);
        sandbox.shutdown("spindown").await;
        Ok(())
    }
}

impl Load {
    async fn of(options: Options) -> Result<Self> {
        let sandbox = Sandbox::start(options).await?;
        let spent = || sandbox.processor_time().context("the process is gone");
        let before = spent()?;
        for number in 0..LOAD.0 {
            let lines = (0..LOAD.1).map(|line| Line::text(line_of(number, line)));
            sandbox.invoke(Invocation::new(lines.collect())).await?;
        }
        let processor = (spent()? - before).as_secs_f64() * 1e6 / f64::from(LOAD.0 * LOAD.1);
        let peak = sandbox.memory().context("the process is gone")?.peak as f64 / 1e6;
        sandbox.shutdown("spindown").await;
        Ok(Self { peak, processor })
    }

    fn judge(&self, [bare, hyper, extension]: &[&Figures; 3], table: &mut Budgets) {
        for (what, other) in [("start, beside hyper", hyper), ("start, beside sockets", bare)] {
            table.at_most(what, median(&extension.ready) / median(&other.ready), 1.3, "×");
        }
        table.at_most("resident when ready", median(&extension.resident), 8.0, "MB");
        table.at_most("resident under load, at most", self.peak, 16.0, "MB");
        table.report("processor for 1,000 events", &format!("{:.2} ms", self.processor));
    }

    fn show(&self) -> Result<()> {
        let mut out = std::io::stdout();
        let (invocations, lines) = LOAD;
        writeln!(out, "under load ({invocations} invocations of {lines} lines, one of {SECRET_EVERY} with a secret)")?;
        writeln!(out, "{:<34}{:>33.2} MB", "resident, at most", self.peak)?;
        writeln!(out, "{:<34}{:>33.2} ms", "processor for 1,000 events", self.processor)?;
        Ok(())
    }
}

/// A line as a function of a shop writes it.
fn line_of(invocation: u32, line: u32) -> String {
    let order = invocation * LOAD.1 + line;
    let secret = if line.is_multiple_of(SECRET_EVERY) { " for jane.doe@example.com" } else { "" };
    format!(
        "order {order} accepted in {}.{} ms at eu-central-1a, 3 items from warehouse north{secret}",
        order % 97,
        line % 10
    )
}

fn megabytes(memory: Option<Memory>) -> Result<f64> {
    Ok(memory.context("the process is gone")?.resident as f64 / 1e6)
}

fn show(measured: &[&Figures; 3], starts: u32) -> Result<()> {
    let mut out = std::io::stdout();
    let names = ["sockets", "hyper", "telesieve"].map(|name| format!("{name:>12}")).concat();
    writeln!(out, "{:<34}{names}", format!("median of {starts} starts"))?;
    let rows = [
        ("exec to first Next", measured.map(|figures| &figures.ready), "ms"),
        ("resident when ready", measured.map(|figures| &figures.resident), "MB"),
        ("resident after 3 invocations", measured.map(|figures| &figures.after_invocations), "MB"),
    ];
    for (name, values, unit) in rows {
        let medians = values.map(|values| format!("{:>9.2} {unit}", median(values))).concat();
        writeln!(out, "{name:<34}{medians}")?;
    }
    let best = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let [bare, hyper, extension] = measured;
    for (name, loops) in [("sockets", bare), ("hyper", hyper)] {
        let ratio = median(&extension.ready) / median(&loops.ready);
        let fastest = best(&extension.ready) / best(&loops.ready);
        writeln!(out, "ready after {ratio:.2} × the bare loop on {name} (fastest starts: {fastest:.2} ×)")?;
    }
    Ok(())
}

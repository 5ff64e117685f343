//! `telesieve bench`: how soon the extension is ready and what it holds, beside a bare loop of three HTTP calls.
//!
//! Both are started by turns in the same sandbox, so that whatever else the machine does hits both.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use telesieve_sandbox::receivers::{OpenSearch, PushGateway};
use telesieve_sandbox::{Invocation, Line, Memory, Options, Outcome, Sandbox};

/// Time for the process to settle before its memory is read.
const SETTLE: Duration = Duration::from_millis(50);

/// Measure start-up time and memory beside a bare loop of three HTTP calls.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchArgs {
    /// The /opt tree with the extension.
    #[arg(long, value_name = "DIR")]
    opt: PathBuf,
    /// The binary of the bare loop.
    #[arg(long, value_name = "FILE")]
    bare: PathBuf,
    /// Starts of each.
    #[arg(long, value_name = "N", default_value_t = 20)]
    starts: u32,
    /// Fail if the extension needs more than this many times as long as the bare loop (median).
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
    let (mut bare, mut extension) = (Figures::default(), Figures::default());
    for _ in 0..args.starts {
        bare.measure(Options::binary(&args.bare), &args.bare).await?;
        extension.measure(ours.clone(), &args.opt).await?;
    }
    let ratio = median(&extension.ready) / median(&bare.ready);
    show(&bare, &extension, ratio, args.starts)?;
    if let Some(most) = args.max_ratio {
        ensure!(ratio <= most, "ready after {ratio:.2} times the bare loop's time, allowed are {most}");
    }
    if let Some(most) = args.max_megabytes {
        let resident = median(&extension.resident);
        ensure!(resident <= most, "{resident:.1} MB resident, allowed are {most}");
    }
    Ok(ExitCode::SUCCESS)
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

fn megabytes(memory: Option<Memory>) -> Result<f64> {
    Ok(memory.context("the process is gone")?.resident as f64 / 1e6)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn show(bare: &Figures, extension: &Figures, ratio: f64, starts: u32) -> Result<()> {
    let best = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let mut out = std::io::stdout();
    writeln!(out, "{:<34}{:>12}{:>12}", format!("median of {starts} starts"), "bare loop", "telesieve")?;
    let rows: [(&str, &Vec<f64>, &Vec<f64>, &str); 3] = [
        ("exec to first Next", &bare.ready, &extension.ready, "ms"),
        ("resident when ready", &bare.resident, &extension.resident, "MB"),
        ("resident after 3 invocations", &bare.after_invocations, &extension.after_invocations, "MB"),
    ];
    for (name, bare, extension, unit) in rows {
        writeln!(out, "{name:<34}{:>9.2} {unit}{:>9.2} {unit}", median(bare), median(extension))?;
    }
    let fastest = best(&extension.ready) / best(&bare.ready);
    writeln!(out, "ready after {ratio:.2} × the bare loop's time (fastest starts: {fastest:.2} ×)")?;
    Ok(())
}

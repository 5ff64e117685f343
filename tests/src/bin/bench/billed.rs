//! `bench billed`: what the extension adds to the bill of an invocation, by flush mode, beside a bare loop.
//!
//! Billed is the time from the function's answer until the last extension asks for the next event. All sandboxes are
//! invoked by turns, so that whatever else the machine does hits all of them. In `end` mode most of it is the platform's, which
//! collects telemetry for up to 25 ms before it tells the end of an invocation. What follows is the extension's own, and is
//! compared with a round trip to the sink, measured in the same run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use telesieve_sandbox::receivers::{Fault, OpenSearch, PushGateway};
use telesieve_sandbox::{Invocation, Line, Options, Outcome, Sandbox};

use crate::statistics::{median, percentile};

/// Invocations of each sandbox, unless told otherwise.
const INVOCATIONS: u32 = 200;
/// Lines of the function in each invocation.
const LINES: usize = 20;
/// How long the function takes.
const TAKES: Duration = Duration::from_millis(20);
/// Lambda bills by the millisecond.
const ALLOWED_MS: f64 = 1.0;

/// Measure the time that the extension adds to the bill of an invocation.
#[derive(Clone, Debug, clap::Args)]
pub struct BilledArgs {
    /// The /opt tree with the extension.
    #[arg(long, value_name = "DIR")]
    opt: PathBuf,
    /// The binary of the bare loop.
    #[arg(long, value_name = "FILE")]
    bare: PathBuf,
    /// Invocations of each sandbox.
    #[arg(long, value_name = "N", default_value_t = INVOCATIONS)]
    invocations: u32,
    /// Only tell the figures; do not fail if they are too high.
    #[arg(long)]
    no_limits: bool,
}

/// Something to measure: a sandbox, and its figures in milliseconds.
struct Subject {
    name: &'static str,
    sandbox: Sandbox,
    added: Vec<f64>,
    /// Of these, what came after the last telemetry.
    own: Vec<f64>,
    latency: Vec<f64>,
}

impl Subject {
    async fn new(name: &'static str, mut options: Options) -> Result<Self> {
        options.telemetry.keep_bodies = false;
        let sandbox = Sandbox::start(options).await?;
        let outcome = &sandbox.init_report().outcome;
        ensure!(*outcome == Outcome::Success, "{name}: failed to start: {outcome:?}");
        Ok(Self { name, sandbox, added: Vec::new(), own: Vec::new(), latency: Vec::new() })
    }

    async fn invoke(&mut self) -> Result<()> {
        let lines = vec![Line::text("a line for jane.doe@example.com"); LINES];
        let begun = Instant::now();
        let report = self.sandbox.invoke(Invocation::new(lines).taking(TAKES)).await?;
        let told = self.sandbox.deliveries().last().map(|delivery| delivery.at.elapsed()).unwrap_or_default();
        ensure!(report.outcome == Outcome::Success, "{}: {:?}", self.name, report.outcome);
        self.own.push(told.as_secs_f64() * 1e3);
        self.added.push(report.response_to_next.as_secs_f64() * 1e3);
        self.latency.push(begun.elapsed().as_secs_f64() * 1e3);
        Ok(())
    }
}

/// Carries it out.
///
/// # Errors
/// Something cannot be started, or costs more than allowed.
pub async fn run(args: BilledArgs) -> Result<ExitCode> {
    ensure!(args.invocations > 0, "--invocations must be at least 1");
    let (subjects, trip) = measured(&args.opt, &args.bare, args.invocations).await?;
    if !args.no_limits {
        judge(&subjects, trip)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures and tells everything; milliseconds that mode `next` adds.
///
/// # Errors
/// Something cannot be started.
pub async fn measure(opt: &Path, bare: &Path) -> Result<f64> {
    let (subjects, _) = measured(opt, bare, INVOCATIONS).await?;
    let [bare, next, ..] = subjects;
    Ok(added(&next, &bare))
}

/// Invokes all subjects by turns, and tells what was measured. With them comes the round trip to the sink.
async fn measured(opt: &Path, bare: &Path, invocations: u32) -> Result<([Subject; 6], f64)> {
    let (opensearch, pushgateway) = (OpenSearch::start().await?, PushGateway::start().await?);
    let (dead, dead_gateway) = (OpenSearch::start().await?, PushGateway::start().await?);
    dead.set_fault(Fault::Hang);
    dead_gateway.set_fault(Fault::Hang);
    let alive = |mode| options(opt, mode, &opensearch.url(), &pushgateway.url());
    let hangs = |mode| options(opt, mode, &dead.url(), &dead_gateway.url());
    let mut subjects = [
        Subject::new("bare loop", Options::binary(bare)).await?,
        Subject::new("next", alive("next")).await?,
        Subject::new("adaptive", alive("adaptive")).await?,
        Subject::new("end", alive("end")).await?,
        Subject::new("next, sinks hang", hangs("next")).await?,
        Subject::new("end, sinks hang", hangs("end")).await?,
    ];
    let mut trips = Vec::new();
    for _ in 0..invocations {
        for subject in &mut subjects {
            subject.invoke().await?;
        }
        trips.push(round_trip(&opensearch.url()).await?);
    }
    for subject in &subjects {
        subject.sandbox.shutdown("spindown").await;
    }
    let trip = median(&trips);
    show(&subjects, trip, invocations)?;
    Ok((subjects, trip))
}

fn options(opt: &Path, mode: &str, opensearch: &str, pushgateway: &str) -> Options {
    Options::opt_tree(opt)
        .env("TELESIEVE_OPENSEARCH_URL", opensearch)
        .env("TELESIEVE_PUSHGATEWAY_URL", pushgateway)
        .env("TELESIEVE_FLUSH_MODE", mode)
        // Six sandboxes share this machine's loopback address; a port that is taken is replaced by a free one.
        .env("TELESIEVE_LOG_LEVEL", "off")
}

/// Milliseconds that a new connection and one bulk request of as many documents take, from this process.
async fn round_trip(url: &str) -> Result<f64> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let line = "{\"create\":{\"_index\":\"trips\"}}\n{\"@timestamp\":\"2026-03-02T08:15:20.101Z\"}\n";
    let body = line.repeat(LINES);
    let head = "POST /_bulk HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n";
    let begun = Instant::now();
    let mut stream = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await?;
    stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "the receiver refuses documents");
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

fn show(subjects: &[Subject], trip: f64, invocations: u32) -> Result<()> {
    let mut out = std::io::stdout();
    let head = format!("{invocations} invocations of {} ms, {LINES} lines each", TAKES.as_millis());
    writeln!(out, "{head:<48}{:>10}{:>10}{:>10}{:>12}", "median", "p95", "most", "latency")?;
    for subject in subjects {
        let Subject { name, added, latency, .. } = subject;
        let (half, most) = (median(added), percentile(added, 100));
        let name = format!("billed after the answer: {name}");
        let (late, latency) = (percentile(added, 95), median(latency));
        writeln!(out, "{name:<48}{half:>7.2} ms{late:>7.2} ms{most:>7.2} ms{latency:>9.2} ms")?;
    }
    let own = subjects.iter().find(|subject| subject.name == "end").map_or(0.0, |end| median(&end.own));
    writeln!(out, "{:<48}{own:>7.2} ms", "of `end`, after it was told that the function is done")?;
    writeln!(out, "{:<48}{trip:>7.2} ms", "round trip of one bulk request, from here")?;
    Ok(())
}

/// Milliseconds that a subject takes longer than the bare loop.
fn added(subject: &Subject, bare: &Subject) -> f64 {
    median(&subject.added) - median(&bare.added)
}

/// `next` costs a millisecond at most; `end` a round trip more, from when it knows that the function is done.
fn judge([bare, next, adaptive, end, next_hangs, end_hangs]: &[Subject; 6], trip: f64) -> Result<()> {
    let added = |subject: &Subject| added(subject, bare);
    for subject in [next, adaptive, next_hangs] {
        let added = added(subject);
        ensure!(added <= ALLOWED_MS, "{}: {added:.2} ms are added to each invocation", subject.name);
    }
    let hangs = added(end_hangs) - added(end);
    ensure!(hangs <= ALLOWED_MS, "end: sinks that hang add {hangs:.2} ms to each invocation");
    let (own, allowed) = (median(&end.own), trip + ALLOWED_MS);
    ensure!(own <= allowed, "end: {own:.2} ms are added once the function is done, allowed are {allowed:.2}");
    Ok(())
}

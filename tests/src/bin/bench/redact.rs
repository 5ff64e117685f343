//! `bench redact`: how fast `telesieve redact` is on one core, on text with few hits, compared with a scanner for secrets.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::statistics::median;

/// Bytes of text.
const BYTES: usize = 200_000_000;
/// The slower peer reads this much of it.
const PEER_BYTES: usize = 20_000_000;
/// One line in so many holds something to redact.
const HIT_EVERY: u64 = 100;
/// What is expected of one core.
const GOAL_MB_PER_S: f64 = 300.0;

/// Measure `telesieve redact` on text with few hits.
#[derive(Clone, Debug, clap::Args)]
pub struct RedactArgs {
    /// The program, built for release.
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    /// `gitleaks`, to compare with.
    #[arg(long, value_name = "FILE")]
    peer: Option<PathBuf>,
    /// The folder for the text.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Runs of each.
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u32,
}

/// Measures by turns and prints a table.
///
/// # Errors
/// The text cannot be written, or a program fails.
pub fn run(args: &RedactArgs) -> Result<ExitCode> {
    let (text, part) = (args.folder.join("app.log"), args.folder.join("part.log"));
    write(&text, BYTES)?;
    write(&part, PEER_BYTES)?;
    let (mut own, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        own.push(rate(Command::new(&args.program).arg("redact"), &text, BYTES)?);
        if let Some(program) = &args.peer {
            peer.push(rate(
                Command::new(program).args(["stdin", "--no-banner", "--exit-code", "0"]),
                &part,
                PEER_BYTES,
            )?);
        }
    }
    let own = median(&own);
    let verdict = if own >= GOAL_MB_PER_S { "pass" } else { "FAIL" };
    let mut out = std::io::stdout();
    writeln!(out, "telesieve redact   {own:>7.0} MB/s   goal {GOAL_MB_PER_S:.0}   {verdict}")?;
    if !peer.is_empty() {
        let peer = median(&peer);
        writeln!(out, "gitleaks stdin     {peer:>7.0} MB/s   telesieve is {:.0} times as fast", own / peer)?;
    }
    Ok(if own >= GOAL_MB_PER_S { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Megabytes in a second of one run, on one core.
fn rate(command: &mut Command, text: &Path, bytes: usize) -> Result<f64> {
    let input = File::open(text)?;
    // Go's runtime would take all cores.
    command.env("GOMAXPROCS", "1").stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().context("failed to start")?;
    ensure!(status.success(), "{command:?} failed with {status}");
    Ok(bytes as f64 / 1e6 / started.elapsed().as_secs_f64())
}

/// Writes lines as functions in production log them: ids, times, numbers, one line in a hundred with an address.
fn write(path: &Path, bytes: usize) -> Result<()> {
    let mut out = BufWriter::new(File::create(path).with_context(|| format!("failed to write {}", path.display()))?);
    let mut written = 0;
    let mut number: u64 = 0;
    while written < bytes {
        let line = line(number);
        out.write_all(line.as_bytes())?;
        written += line.len();
        number += 1;
    }
    Ok(out.flush()?)
}

fn line(number: u64) -> String {
    // A generator of Knuth's: the same text on every machine.
    let mixed = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let time = format!("2026-03-02T08:{:02}:{:02}.{:03}Z", mixed >> 58, mixed >> 52 & 63, mixed % 1_000);
    let id = format!("{:08x}-{:04x}-4{:03x}", mixed as u32, mixed >> 48, mixed >> 20 & 0xfff);
    let took = mixed >> 33 & 511;
    match number % HIT_EVERY {
        0 => format!("{time}\t{id}\tINFO\tpaid by user{took}@example.com\n"),
        n if n % 3 == 0 => {
            format!(
                "{{\"timestamp\":\"{time}\",\"level\":\"INFO\",\"requestId\":\"{id}\",\"message\":\"order shipped\",\"durationMs\":{took}}}\n"
            )
        }
        n if n % 3 == 1 => {
            format!("{time}\t{id}\tINFO\tGET /orders/{took}/items 200 in {took} ms, 3 items from the cache\n")
        }
        _ => format!(
            "{time}\t{id}\tDEBUG\tconnected to the orders table, retrying after {took} ms because it was busy\n"
        ),
    }
}

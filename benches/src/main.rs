//! The claim of throughput: the chain beside VRL, and beside the same edits by native code.
//!
//! Everything runs in one process, by turns, each with warm caches, and the shortest time of each counts: what else the
//! machine does cannot make anything faster. Every way starts with the body as it comes by HTTP and ends with the lines of
//! a bulk request. Ours are documents with all fields that the extension ships; VRL's are the events as they came, with a
//! line before each.

mod agreement;
mod batch;
mod remap;
mod sieve;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use batch::Batch;
use remap::Remap;
use sieve::{Chained, Scrubbing, TEN, THREE};
use table::Line;
use telesieve_core::{Body, split};

/// Rounds unless told otherwise.
const ROUNDS: usize = 150;

/// Runs of a way before it is another one's turn.
const RUNS: usize = 5;

const SEED: u64 = 0x7e1e_51e5;

/// What is measured by itself and makes no lines.
const PARTS: [&str; 3] = ["split", "scrub 3", "scrub 10"];

/// A way from a body to lines of a bulk request.
struct Way<'w> {
    name: &'static str,
    run: Box<dyn FnMut(Vec<u8>, &mut Vec<u8>) -> Result<()> + 'w>,
    best: Duration,
    lines: Vec<u8>,
}

impl<'w> Way<'w> {
    fn new(name: &'static str, run: impl FnMut(Vec<u8>, &mut Vec<u8>) -> Result<()> + 'w) -> Self {
        Self { name, run: Box::new(run), best: Duration::MAX, lines: Vec::new() }
    }

    /// Runs several times and measures all but the first. That one finds caches and predictors full of what the way before
    /// left there, which makes whoever comes behind a large one look slow; some of it lasts longer than one run.
    fn turn(&mut self, body: &[u8]) -> Result<()> {
        self.run(body)?;
        for _ in 1..RUNS {
            self.best = self.best.min(self.run(body)?);
        }
        Ok(())
    }

    fn run(&mut self, body: &[u8]) -> Result<Duration> {
        let body = body.to_vec();
        self.lines.clear();
        let start = Instant::now();
        (self.run)(body, &mut self.lines).with_context(|| self.name)?;
        Ok(start.elapsed())
    }
}

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context("usage: throughput <folder of core modules> [rounds [way]]")?);
    let rounds = arguments.next().map_or(Ok(ROUNDS), |rounds| rounds.parse()).context("rounds are a whole number")?;
    let batch = Batch::new(SEED)?;
    let only = arguments.next();
    let mut ways = ways(&folder, &batch)?;
    ways.retain(|way| only.as_ref().is_none_or(|only| way.name == only));
    for _ in 0..rounds {
        for way in &mut ways {
            way.turn(&batch.body)?;
        }
    }
    for way in ways.iter().filter(|way| !PARTS.contains(&way.name)) {
        agreement::check(way.name, &way.lines, &batch)?;
    }
    let best = |name: &str| ways.iter().find(|way| way.name == name).map_or(Duration::MAX, |way| way.best);
    let times: Vec<_> = ways.iter().map(|way| (way.name, way.best)).collect();
    if only.is_some() {
        table::print(&batch, rounds, &times, &[]);
        return Ok(ExitCode::SUCCESS);
    }
    let lines = [
        Line::at_least("standard program, one transform, against VRL", best("vrl 3"), best("chain 3"), 5.5),
        Line::at_least("ten rules, one transform, against VRL", best("vrl 10"), best("chain 10"), 7.5),
        Line::at_least("all default rules, against VRL with ten patterns", best("vrl 10"), best("chain default"), 7.0),
        Line::at_most("WebAssembly, against the same edits natively", best("chain 3"), best("native 3"), 1.10),
    ];
    table::print(&batch, rounds, &times, &lines);
    Ok(if lines.iter().all(Line::passes) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ways(modules: &Path, batch: &Batch) -> Result<Vec<Way<'static>>> {
    let component = |name: &str| component(&modules.join(format!("{name}.wasm")));
    let standard = component("standard")?;
    let ready_made = ["telesieve_filter", "telesieve_redact", "telesieve_relabel"].map(component);
    let [filter, redact, relabel] = ready_made;
    let ready_made = [filter?, redact?, relabel?];
    let folders = [(); 4].map(|()| tempfile::tempdir());
    let [first, second, third, fourth] = folders;
    let one = |rules: &[&str], folder: &Path| Chained::new(&[("standard", &standard, sieve::standard(rules))], folder);
    let (mut three, mut ten) = (one(&THREE, first?.path())?, one(&TEN, second?.path())?);
    let mut default = one(&["default"], fourth?.path())?;
    let settings = sieve::ready_made(&THREE);
    let transforms: Vec<_> =
        settings.iter().zip(&ready_made).map(|((name, settings), bytes)| (*name, &**bytes, settings.clone())).collect();
    let mut several = Chained::new(&transforms, third?.path())?;
    let (mut native, mut native_ten) = (Chained::native(&THREE), Chained::native(&TEN));
    let (mut scrubbing, mut scrubbing_ten) = (Scrubbing::new(&THREE), Scrubbing::new(&TEN));
    let records = sieve::records(&batch.body);
    let records_again = records.clone();
    let (mut remap, mut remap_ten) = (Remap::new(false)?, Remap::new(true)?);
    Ok(vec![
        Way::new("chain 3", move |body, out| Ok(three.run(body, out))),
        Way::new("native 3", move |body, out| Ok(native.run(body, out))),
        Way::new("chain 10", move |body, out| Ok(ten.run(body, out))),
        Way::new("native 10", move |body, out| Ok(native_ten.run(body, out))),
        Way::new("chain default", move |body, out| Ok(default.run(body, out))),
        Way::new("chain 3, ready-made", move |body, out| Ok(several.run(body, out))),
        Way::new("split", |body, out| Ok(out.push(split(Body::clean(body).as_str()).malformed as u8))),
        Way::new("scrub 3", move |_, out| Ok(scrubbing.run(&records, out))),
        Way::new("scrub 10", move |_, out| Ok(scrubbing_ten.run(&records_again, out))),
        Way::new("vrl 3", move |body, out| remap.run(&body, out)),
        Way::new("vrl 10", move |body, out| remap_ten.run(&body, out)),
    ])
}

/// A component of a core module.
fn component(module: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(module).with_context(|| format!("failed to read {}", module.display()))?;
    let component = wit_component::ComponentEncoder::default().module(&bytes).and_then(|encoder| encoder.encode());
    match component {
        Ok(component) => Ok(component),
        Err(error) => bail!("{} is no transform: {error:#}", module.display()),
    }
}

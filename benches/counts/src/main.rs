//! The hot paths of the kernels and scans, each by itself, so that their instructions can be counted.
//!
//! `counts <way> <rounds>` runs a way so many times over the batch that the benchmark of throughput works on, and
//! prints how many bytes a round has and how long the shortest one took. `cargo xtask counts` runs it under callgrind.

#[path = "../../src/batch.rs"]
mod batch;

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use batch::Batch;
use telesieve_core::{Body, split};
use telesieve_kernels::{Action, Detector, Named, Place, Rule, Ruleset, Scratch};

/// Kinds that the program of the benchmark drops.
const DROPPED: [&str; 2] = ["platform.start", "platform.runtimeDone"];

const THREE: [&str; 3] = ["email", "payment-card", "bearer"];
const TEN: [&str; 10] =
    ["email", "payment-card", "bearer", "aws-key", "jwt", "phone", "ip", "iban", "us-ssn", "secret"];

/// What all machines count with.
const SEED: u64 = 0x7e1e_51e5;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let way = arguments.next().context("usage: counts <way> [rounds]")?;
    let rounds = arguments.next().map_or(Ok(1), |rounds| rounds.parse()).context("rounds are a whole number")?;
    let batch = Batch::new(SEED)?;
    let body = Body::clean(batch.body);
    let records = records(body.as_str());
    let of_records = records.iter().map(|record| record.len()).sum();
    let (bytes, mut run): (usize, Box<dyn FnMut() + '_>) = match &*way {
        "split" => (body.as_str().len(), Box::new(|| drop(black_box(split(black_box(body.as_str())))))),
        "scrub 3" => (of_records, scrubbing(&THREE, records)),
        "scrub 10" => (of_records, scrubbing(&TEN, records)),
        "scrub default" => (of_records, scrubbing(&default_rules(), records)),
        _ => bail!("no way is called `{way}`"),
    };
    let mut best = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed());
    }
    println!("{bytes} bytes, {} secrets, {:.1} µs", batch.secrets.len(), best.as_secs_f64() * 1e6);
    Ok(())
}

/// The rules that a layer has if it says nothing else.
fn default_rules() -> Vec<&'static str> {
    Named::all().map(Named::info).filter(|info| info.by_default).map(|info| info.name).collect()
}

/// The records that the program of the benchmark keeps.
fn records(body: &str) -> Vec<&str> {
    let kept = split(body).envelopes.into_iter().filter(|envelope| !DROPPED.contains(&&*envelope.kind));
    kept.map(|envelope| envelope.record).collect()
}

fn scrubbing<'b>(rules: &[&str], records: Vec<&'b str>) -> Box<dyn FnMut() + 'b> {
    let rule = |name: &&str| Rule {
        name: (*name).to_owned(),
        detector: Detector::Named(Named::from_name(name).expect("a rule has that name")),
        action: Action::Replace("[REDACTED]".to_owned()),
    };
    let rules = Ruleset::new(rules.iter().map(rule).collect());
    let mut scratch = Scratch::default();
    Box::new(move || {
        for record in &records {
            black_box(rules.scrub(record, &Place::Whole, &mut scratch));
        }
    })
}

//! What was measured, for people.

use std::time::Duration;

use crate::batch::{Batch, EVENTS, LOGS};

/// A ratio and what it has to be.
pub struct Line {
    name: &'static str,
    ratio: f64,
    budget: f64,
    at_most: bool,
}

impl Line {
    /// `slow` must take at least `budget` times as long as `fast`.
    pub fn at_least(name: &'static str, slow: Duration, fast: Duration, budget: f64) -> Self {
        Self { name, ratio: slow.as_secs_f64() / fast.as_secs_f64(), budget, at_most: false }
    }

    /// `slow` must take at most `budget` times as long as `fast`.
    pub fn at_most(name: &'static str, slow: Duration, fast: Duration, budget: f64) -> Self {
        Self { at_most: true, ..Self::at_least(name, slow, fast, budget) }
    }

    /// Whether it is what it has to be.
    pub fn passes(&self) -> bool {
        if self.at_most { self.ratio <= self.budget } else { self.ratio >= self.budget }
    }
}

/// Prints times, then ratios.
pub fn print(batch: &Batch, rounds: usize, times: &[(&str, Duration)], lines: &[Line]) {
    println!(
        "{EVENTS} events, {LOGS} of them log lines, {} KB, {} secrets; the best of {rounds} rounds\n",
        batch.body.len() / 1_000,
        batch.secrets.len()
    );
    for (name, time) in times {
        println!("  {name:<46}{:>9.1} µs", time.as_secs_f64() * 1e6);
    }
    println!("\n  {:<46}{:>9}  {:>10}", "", "ratio", "budget");
    for line in lines {
        let (sign, verdict) = (if line.at_most { "≤" } else { "≥" }, if line.passes() { "pass" } else { "FAIL" });
        println!("  {:<46}{:>9.2}  {sign} {:>8.2}  {verdict}", line.name, line.ratio, line.budget);
    }
}

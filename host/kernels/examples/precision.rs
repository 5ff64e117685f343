//! Makes ten million identifiers, or as many as the first argument says, and counts those that the default rules touch.
//! Fails if more than one in a million are. `cargo xtask bench precision` runs it.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../tests/corpus/ids.rs"]
mod ids;
#[path = "../tests/corpus/precision.rs"]
mod precision;
#[path = "../tests/corpus/random.rs"]
mod random;

use std::process::ExitCode;

fn main() -> ExitCode {
    let argument = |at: usize| std::env::args().nth(at).and_then(|text| text.parse::<u64>().ok());
    let each = argument(1).unwrap_or(10_000_000).div_ceil(ids::CLASSES.len() as u64);
    let seed = argument(2).unwrap_or(1);
    let (table, touched) = precision::table(&precision::measure(each, seed));
    println!("seed {seed}\n{table}");
    let made = each * ids::CLASSES.len() as u64;
    if touched * 1_000_000 <= made { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

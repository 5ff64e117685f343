//! Properties of the kernels over generated records, with public means alone.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod edits;
mod oracle;
mod records;
mod redaction;

use proptest::test_runner::{Config, RngSeed};

/// The same cases in every run, so that a change is judged by itself and not by luck: set `PROPTEST_RNG_SEED` and
/// `PROPTEST_CASES` to look for new ones.
fn cases() -> Config {
    let chosen = std::env::var_os("PROPTEST_RNG_SEED").is_some() || std::env::var_os("PROPTEST_CASES").is_some();
    if chosen {
        return Config { failure_persistence: None, ..Config::default() };
    }
    Config { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(0x7e1e_51e5e), ..Config::default() }
}

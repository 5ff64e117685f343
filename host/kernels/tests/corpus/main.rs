//! What must go and what must stay: secrets, near misses and identifiers, made at random from seeds.
//!
//! A failure says the seed. `TELESIEVE_CORPUS_SEED` makes other ones.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod ids;
mod leaks;
mod near;
mod precision;
mod random;
mod secrets;
mod spellings;

/// The seed of this run.
fn seed() -> u64 {
    std::env::var("TELESIEVE_CORPUS_SEED").ok().map_or(20_260_302, |seed| seed.parse().unwrap())
}

/// No more than one in a million is the promise; `cargo xtask bench precision` makes ten million, and these are some of
/// them.
#[test]
fn identifiers_stay() {
    let each = 300_000 / ids::CLASSES.len() as u64;
    let (table, touched) = precision::table(&precision::measure(each, seed()));
    assert_eq!(touched, 0, "seed {}\n{table}", seed());
}

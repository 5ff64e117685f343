//! Nothing is left of a value that is hit: values of every alphabet, behind every operator, in the quotes and forms of
//! every language.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use telesieve_kernels::{Place, Scratch};

use crate::random::Random;
use crate::recall::{any_form, default_rules, plain};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(debug_assertions) { 500 } else { 5_000 },
        rng_seed: RngSeed::Fixed(20_260_302),
        ..ProptestConfig::default()
    })]

    /// No four characters of it in a row.
    #[test]
    fn nothing_is_left_of_a_value(seed in any::<u64>()) {
        let mut random = Random::new(seed);
        let planted = any_form(&mut random);
        let record = planted.record(&mut random);
        let scrubbed = default_rules().scrub(&record, &Place::Whole, &mut Scratch::default()).record.into_owned();
        let left = planted.left(&plain(&scrubbed));
        prop_assert!(left.is_empty(), "{record}\n    became {scrubbed}\n    left: {left:?}");
    }
}

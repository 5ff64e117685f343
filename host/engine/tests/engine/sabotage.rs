//! Faults on purpose in chains of real components: as the property over stand-ins in `src/random_chains.rs`, in small.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use telesieve_config::Transform;
use telesieve_engine::{Fault, Garbling, Sabotage, TransformKind};

use crate::lab::{Lab, mode, passing, run};

fn sabotages() -> impl Strategy<Value = (u64, Sabotage)> {
    let faults = [Fault::Trap, Fault::Timeout, Fault::Memory, Fault::Error, Fault::Script, Fault::Init];
    let fail = prop::sample::select(faults.to_vec()).prop_map(Sabotage::Fail);
    let garble = (prop::sample::select(Garbling::ALL.to_vec()), any::<u64>());
    let garble = garble.prop_map(|(garbling, choice)| Sabotage::Garble(garbling, choice));
    (0..8u64, prop_oneof![1 => fail, 3 => garble])
}

#[test]
fn nothing_leaves_unredacted_whatever_goes_wrong() {
    let named = |name: &str| Transform { name: name.into(), artifact: name.into(), ..passing(mode("copy-out")) };
    let lab = Lab::new()
        .add(TransformKind::Enrich, named("front"))
        .add(TransformKind::Redact, mode("scrub"))
        .add(TransformKind::Enrich, named("behind"));
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(&prop::collection::vec(sabotages(), 0..6), |sabotages| {
        let mut chain = lab.chain();
        let planned = sabotages.clone();
        chain.sabotage(move |call| planned.iter().find(|(nth, _)| *nth == call.nth).map(|(_, sabotage)| *sabotage));
        for _ in 0..2 {
            let seen = run(&mut chain, &["\"joe@secret.example\"", "{\"a\":[\"joe@secret.example\"]}", "3"]);
            prop_assert!(!format!("{seen:?}").contains("joe@"), "{:?}", seen);
        }
        Ok(())
    });
    if let Err(failure) = result {
        std::panic::resume_unwind(Box::new(failure.to_string()));
    }
}

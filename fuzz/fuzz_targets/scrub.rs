//! Redaction with every named rule: JSON stays JSON, and a second look finds nothing.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use telesieve_core::Body;
use telesieve_kernels::{Action, Detector, Named, Place, Rule, Ruleset, Scratch};

thread_local! {
    static RULES: Ruleset = Ruleset::new(Named::all().map(rule).collect());
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

fn rule(named: Named) -> Rule {
    let action = Action::Replace(format!("[REDACTED:{}]", named.name()));
    Rule { name: named.name().to_owned(), detector: Detector::Named(named), action }
}

fuzz_target!(|data: &[u8]| {
    let body = Body::clean(data.to_vec());
    let scrub = |record: &str| {
        RULES.with(|rules| {
            SCRATCH.with_borrow_mut(|scratch| {
                let scrubbed = rules.scrub(record, &Place::Whole, scratch);
                (scrubbed.record.into_owned(), scrubbed.hits)
            })
        })
    };
    let (once, _) = scrub(body.as_str());
    if is_json(body.as_str()) {
        assert!(is_json(&once), "valid JSON became invalid");
        let (twice, hits) = scrub(&once);
        assert!(hits.is_empty(), "a second look found {hits:?} in {once:?}");
        assert_eq!(once, twice);
    }
});

fn is_json(text: &str) -> bool {
    serde_json::from_str::<Box<serde_json::value::RawValue>>(text).is_ok()
}

//! Redaction of generated records.

use proptest::prelude::*;
use serde_json::Value;
use telesieve_kernels::{Action, Detector, Named, Place, Rule, Ruleset, Scratch};

use crate::{oracle, records};

fn rules(named: &[Named], marker: fn(Named) -> String) -> Ruleset {
    let rule = |named: &Named| Rule {
        name: named.name().to_owned(),
        detector: Detector::Named(*named),
        action: Action::Replace(marker(*named)),
    };
    Ruleset::new(named.iter().map(rule).collect())
}

fn usual_marker(named: Named) -> String {
    format!("[REDACTED:{}]", named.name())
}

proptest! {
    #![proptest_config(crate::cases())]

    #[test]
    fn scrub_is_what_the_oracle_says((value, record) in records::record(records::known(), true)) {
        // A run as long as a secret key counts near the id of one. The oracle knows forms alone.
        prop_assume!(!oracle::holds_long_run(&value));
        let scrubbed = rules(&*oracle::RULES, oracle::marker).scrub(&record, &Place::Whole, &mut Scratch::default());
        let seen: Value = serde_json::from_str(&scrubbed.record).unwrap();
        prop_assert_eq!(seen, oracle::redacted(&value), "{} became {}", record, scrubbed.record);
    }

    #[test]
    fn what_comes_out_is_clean((_, record) in records::record(records::all(), false)) {
        let rules = rules(&Named::all().collect::<Vec<_>>(), usual_marker);
        let mut scratch = Scratch::default();
        let scrubbed = rules.scrub(&record, &Place::Whole, &mut scratch);
        prop_assert!(serde_json::from_str::<Value>(&scrubbed.record).is_ok(), "{} became {}", record, scrubbed.record);
        prop_assert!(scrubbed.record.bytes().all(|byte| byte >= 0x20));
        let again = rules.scrub(&scrubbed.record, &Place::Whole, &mut scratch);
        prop_assert_eq!(&again.record, &scrubbed.record, "of {}", record);
        prop_assert_eq!(again.hits, vec![]);
    }

    #[test]
    fn any_text_is_taken(record in "[ -~é\u{1f9fe}]{0,80}", cut in 0.0..1.0, (_, json) in records::record(records::all(), false)) {
        let rules = rules(&Named::all().collect::<Vec<_>>(), usual_marker);
        let mut scratch = Scratch::default();
        let _ = rules.scrub(&record, &Place::Whole, &mut scratch);
        let cut = json.floor_char_boundary((json.len() as f64 * cut) as usize);
        for part in [&json[..cut], &json[cut..]] {
            let scrubbed = rules.scrub(part, &Place::Whole, &mut scratch);
            prop_assert!(scrubbed.record.bytes().all(|byte| byte >= 0x20));
        }
    }
}

//! Components of every version of the contract that was ever released run on this host; others are refused in one line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use telesieve_config::{Secret, Transform};
use telesieve_engine::{CONTRACT, SampleOp, Target, TransformKind, compile, inspect};

use crate::lab::{Lab, event, function, run_events, transform};

/// A record for each case, and what leaves: the record, or what else there is to see.
const CASES: [(&str, &str); 25] = [
    (r#"{"case":"keep"}"#, r#"{"case":"keep"}"#),
    (r#"{"case":"drop"}"#, ""),
    (r#"{"case":"replace","v":"to a@example.com"}"#, r#"{"case":"replace","v":"to [email]"}"#),
    (r#"{"case":"masked","v":"a@example.com"}"#, r#"{"case":"masked","v":"*@*******.com"}"#),
    (r#"{"case":"removed","v":"to a@example.com"}"#, r#"{"case":"removed","v":"to "}"#),
    (r#"{"case":"dropped","v":"to a@example.com"}"#, ""),
    (r#"{"case":"shortened","v":"to a@example.com"}"#, r#"{"case":"shortened","v":"to a@"}"#),
    (r#"{"case":"pattern","v":"N-1234"}"#, r#"{"case":"pattern","v":"[number]"}"#),
    (
        r#"{"case":"checked","v":"4111111111111111 4111111111111112"}"#,
        r#"{"case":"checked","v":"[card] 4111111111111112"}"#,
    ),
    (r#"{"case":"keys","password":"x"}"#, r#"{"case":"keys","password":"[secret]"}"#),
    (r#"{"case":"hash","v":7}"#, r#"{"case":"hash","v":"h:HASH"}"#),
    (r#"{"case":"hashed","v":"a@example.com"}"#, r#"{"case":"hashed","v":"h:HASH"}"#),
    (r#"{"case":"mask","v":"abcd"}"#, r#"{"case":"mask","v":"**cd"}"#),
    (r#"{"case":"set"}"#, r#"{"case":"set","new":{"field":1}}"#),
    (r#"{"case":"remove","v":1}"#, r#"{"case":"remove"}"#),
    (r#"{"case":"rename","v":1}"#, r#"{"case":"rename","w":1}"#),
    (r#"{"case":"truncate","v":"abcdef"}"#, r#"{"case":"truncate","v":"abc"}"#),
    (r#"{"case":"truncate-message","message":"abcdef"}"#, r#"{"case":"truncate-message","message":"ab"}"#),
    (r#"{"case":"label"}"#, r#"{"case":"label"}"#),
    (r#"{"case":"replace-record"}"#, r#""another record""#),
    (r#"{"case":"append"}"#, r#"{"case":"append"}"#),
    (
        r#"{"case":"place","v":"a@example.com","w":"b@example.com"}"#,
        r#"{"case":"place","v":"[email]","w":"b@example.com"}"#,
    ),
    (
        r#"{"case":"message-place","message":"to a@example.com","w":"b@example.com"}"#,
        r#"{"case":"message-place","message":"to [email]","w":"b@example.com"}"#,
    ),
    (r#"{"case":"key-place","a@example.com":"b@example.com"}"#, r#"{"case":"key-place","[email]":"b@example.com"}"#),
    (r#"{"case":"look","level":"ERROR","found":"needle"}"#, r#"{"case":"look","level":"ERROR","found":"needle"}"#),
];

fn fixture(minor: u64) -> Vec<u8> {
    let name = format!("contract-{}.{minor}.wasm", CONTRACT.0);
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(&name);
    std::fs::read(path)
        .unwrap_or_else(|_| crate::lab::fail(format!("{name} is missing: run host/engine/tests/fixtures/make")))
}

/// A folder with the artifact of a kept component.
fn lab(component: &[u8]) -> Lab {
    let mut lab = Lab::new();
    lab.keys.insert("customer".to_owned(), Secret::new("kept"));
    // Each case applies one of the rulesets, and the others would find what it leaves.
    let transform = Transform { verify: false, ..transform("contract", json!({"pattern": "needle"})) };
    let artifact = compile(component, Target::host().unwrap(), &transform, &function()).unwrap();
    assert_eq!((artifact.kind, artifact.name.as_str()), (TransformKind::Redact, "contract"));
    lab.write(&transform, &artifact);
    lab.transforms.push(transform);
    lab
}

/// The records that leave, with tokens of hashes made alike. That they are stable is another test.
fn without_hashes(record: &str) -> String {
    let Some(at) = record.find("h:") else { return record.to_owned() };
    let end = record[at + 2..].find('"').map_or(record.len(), |end| at + 2 + end);
    format!("{}h:HASH{}", &record[..at], &record[end..])
}

#[test]
fn components_of_every_minor_version_run() {
    for minor in 0..=CONTRACT.1 {
        let mut chain = lab(&fixture(minor)).chain();
        for (record, expected) in CASES {
            let seen = run_events(&mut chain, vec![event("function", record, 0)], Duration::from_secs(60));
            let left = seen.records.first().map(|record| without_hashes(record)).unwrap_or_default();
            assert_eq!(left, expected, "1.{minor}: {record}: {seen:?}");
        }
    }
}

#[test]
fn everything_else_of_the_contract_is_kept_too() {
    for minor in 0..=CONTRACT.1 {
        let mut chain = lab(&fixture(minor)).chain();
        chain.observe();
        let mut see = |case: &str| {
            let record = format!("{{\"case\":\"{case}\",\"level\":\"ERROR\",\"found\":\"needle\"}}");
            run_events(&mut chain, vec![event("function", &record, 0)], Duration::from_secs(60))
        };
        assert_eq!(see("label").labels, ["b=2"]);
        assert_eq!(see("append").records[1], "\"appended\"");
        let metrics = see("metrics");
        let ops: Vec<_> = metrics.outcome_samples.iter().map(|sample| (sample.op, sample.value)).collect();
        assert_eq!(ops, [(SampleOp::Add, 2.0), (SampleOp::Set, 3.0), (SampleOp::Observe, 51.0)]);
        assert!(metrics.notes.contains("Info: a batch"), "{}", metrics.notes);
        let facts = "agree=yes,facts=function Object 1795000000000,function=orders,hash64=6e30940b8383f9d,\
                     invocation=none,matches=yes,severity=error";
        assert_eq!(see("look").labels, [facts]);
    }
}

#[test]
fn tokens_and_settings_stay_what_they_were() {
    let component = fixture(0);
    let mut chain = lab(&component).chain();
    let record = r#"{"case":"hash","v":"jane"}"#;
    let seen = run_events(&mut chain, vec![event("function", record, 0)], Duration::from_secs(60));
    assert_eq!(seen.records, [r#"{"case":"hash","v":"h:62078aed0b536fb7a94bcfb0b8ad48f1"}"#]);
    let refused = inspect(&component, &transform("contract", json!({"pattern": ""})), &function());
    assert_eq!(refused.settings[0].to_string(), "`pattern`: expected a pattern, found nothing");
}

/// The kept component with another name in place of one of the contract's.
fn renamed(ours: &str, other: &str) -> Vec<u8> {
    let mut component = fixture(CONTRACT.1);
    assert_eq!(ours.len(), other.len(), "names keep their length");
    let places: Vec<_> =
        (0..component.len() - ours.len()).filter(|at| component[*at..].starts_with(ours.as_bytes())).collect();
    places.iter().for_each(|at| component[*at..at + ours.len()].copy_from_slice(other.as_bytes()));
    assert!(!places.is_empty());
    component
}

/// The same component under another version of the contract.
fn of_version(version: &str) -> Vec<u8> {
    renamed(&format!("@{}.{}.0", CONTRACT.0, CONTRACT.1), version)
}

/// Somebody built with a draft of this version, or with a contract that was changed: neither memory nor limits are to
/// blame.
#[test]
fn other_types_under_the_same_version_are_named() {
    let error = |component: &[u8]| {
        let transform = transform("contract", json!({"pattern": "x"}));
        compile(component, Target::host().unwrap(), &transform, &function()).unwrap_err().to_string()
    };
    let exported = error(&renamed("memory-mb", "memory-kb"));
    assert!(exported.contains("its function types do not match telesieve:transform@1.0: rebuild it"), "{exported}");
    let imported = error(&renamed("read-many", "read-some"));
    assert!(imported.contains("it violates the transform contract"), "{imported}");
}

/// Somebody built with a newer SDK, or with one of another age: one line says so, and what to have instead.
#[test]
fn newer_minors_and_other_majors_are_refused() {
    for version in ["@1.9.0", "@2.0.0", "@0.9.0"] {
        let component = of_version(version);
        let transform = transform("contract", json!({"pattern": "x"}));
        let error = compile(&component, Target::X86_64, &transform, &function()).unwrap_err().to_string();
        assert!(error.contains(version) && error.contains("this host accepts"), "{error}");
        assert_eq!(error.lines().count(), 1);
        let inspection = inspect(&component, &transform, &function());
        assert_eq!(inspection.contract.as_deref(), Some(&version[1..]));
        assert_eq!(inspection.findings.len(), 2, "the import and the export: {inspection:?}");
    }
}

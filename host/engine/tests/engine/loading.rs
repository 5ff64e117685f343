//! Artifacts that are missing, foreign, damaged or refused, and what their stages do then.

use serde_json::json;
use std::time::Duration;
use telesieve_config::{OnError, Transform};
use telesieve_core::DropReason;
use telesieve_engine::{CompileError, Target, TransformKind, compile};

use crate::lab::{Lab, component, event, function, mode, passing, run, run_events, transform};

/// Loads the lab, expects one fault, and gives it back together with what leaves of three kinds of events.
fn closed(lab: &Lab) -> (String, Vec<String>) {
    let (mut chain, faults) = lab.load();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let events = vec![event("function", "1", 1), event("extension", "2", 2), event("platform.start", "3", 3)];
    let seen = run_events(&mut chain, events, Duration::from_secs(60));
    let lost: u64 = seen.dropped.iter().map(|(_, count)| count).sum();
    assert_eq!(lost as usize + seen.records.len(), 3);
    assert!(seen.dropped.iter().all(|(reason, _)| *reason == DropReason::TransformUnavailable));
    let message = faults[0].to_string();
    assert_eq!(message.lines().count(), 1);
    (message, seen.records)
}

#[test]
fn a_missing_artifact_closes_on_everything() {
    let mut lab = Lab::new();
    lab.transforms.push(passing(mode("scrub")));
    let (message, released) = closed(&lab);
    assert!(message.contains("scrub.pack` cannot be read") && message.contains("telesieve bundle"), "{message}");
    assert!(message.ends_with("its records are dropped"), "{message}");
    assert_eq!(released, [""; 0]);
    lab.transforms[0].on = Some(vec!["function".to_owned()]);
    assert_eq!(closed(&lab).1, ["2", "3"]);
}

#[test]
fn missing_machine_code_closes_on_what_the_pack_says() {
    let mut lab = Lab::new().add(TransformKind::Redact, passing(mode("scrub")));
    std::fs::remove_file(lab.path(&lab.transforms[0], "cwasm")).unwrap();
    assert_eq!(closed(&lab).1, ["2"]);
    lab = Lab::new().add(TransformKind::Filter, passing(mode("scrub")));
    std::fs::remove_file(lab.path(&lab.transforms[0], "cwasm")).unwrap();
    let (message, released) = closed(&lab);
    assert!(message.ends_with("its records are passed unchanged"), "{message}");
    assert_eq!(released, ["1", "2", "3"]);
}

#[test]
fn damaged_files_close() {
    let lab = Lab::new().add(TransformKind::Redact, mode("scrub"));
    let cwasm = lab.path(&lab.transforms[0], "cwasm");
    let bytes = std::fs::read(&cwasm).unwrap();
    for damaged in [
        &bytes[..bytes.len() / 2],
        &[][..],
        b"\0asm",
        &vec![0; bytes.len()],
        &[&bytes[..64], &vec![0; bytes.len() - 64]].concat(),
    ] {
        std::fs::write(&cwasm, damaged).unwrap();
        let (message, released) = closed(&lab);
        assert!(message.contains("telesieve bundle"), "{message}");
        assert_eq!(released, ["2"]);
    }
    std::fs::write(&cwasm, bytes).unwrap();
    std::fs::write(lab.path(&lab.transforms[0], "pack"), "{}").unwrap();
    let (message, released) = closed(&lab);
    assert!(message.contains("not a telesieve pack"), "{message}");
    assert_eq!(released, [""; 0]);
}

/// The error is what there is to say, and not that there is no artifact beside it.
#[test]
fn a_configuration_with_a_mistake_says_so_and_closes() {
    let mut lab = Lab::new();
    let broken = Some("the configuration file cannot be read".to_owned());
    lab.transforms.push(Transform { name: "configuration".to_owned(), broken, ..Transform::default() });
    let (message, released) = closed(&lab);
    assert_eq!(message, "transform `configuration`: the configuration file cannot be read; its records are dropped");
    assert_eq!(released, [""; 0]);
}

/// Makes the checksum fit, at the end of either file.
fn reseal(bytes: &mut [u8]) {
    let (content, checksum) = bytes.split_last_chunk_mut().unwrap();
    let mut sum = flate2::Crc::new();
    sum.update(content);
    *checksum = sum.sum().to_le_bytes();
}

/// One flipped bit in machine code can end the process, so nothing of it may run.
#[test]
fn every_flipped_byte_is_found_before_anything_runs() {
    const TRIED: usize = 500;
    let lab = Lab::new().add(TransformKind::Redact, mode("scrub"));
    for extension in ["cwasm", "pack"] {
        let path = lab.path(&lab.transforms[0], extension);
        let whole = std::fs::read(&path).unwrap();
        for (number, at) in (0..whole.len()).step_by((whole.len() / TRIED).max(1)).enumerate() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (number % 8);
            std::fs::write(&path, damaged).unwrap();
            let (message, released) = closed(&lab);
            assert!(message.ends_with("run `telesieve bundle`; its records are dropped"), "byte {at}: {message}");
            assert!(!released.contains(&"1".to_owned()), "byte {at}");
        }
        std::fs::write(&path, whole).unwrap();
    }
    lab.chain();
}

/// Reading one of these would take for ever, or all memory.
#[test]
fn odd_files_close() {
    let lab = Lab::new().add(TransformKind::Redact, passing(mode("scrub")));
    for extension in ["cwasm", "pack"] {
        let path = lab.path(&lab.transforms[0], extension);
        let whole = std::fs::read(&path).unwrap();
        let check = |reason: &str| {
            let (message, released) = closed(&lab);
            let expected = format!("scrub.{extension}` cannot be read ({reason}): run `telesieve bundle`");
            assert!(message.contains(&expected), "{message}");
            assert!(!released.contains(&"1".to_owned()));
            std::fs::remove_file(&path).unwrap();
        };
        std::fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        check("not a regular file");
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        check("not a regular file");
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        check(if extension == "pack" { "longer than 33554432 bytes" } else { "longer than 134217728 bytes" });
        std::fs::write(&path, whole).unwrap();
    }
    lab.chain();
}

/// Lengths are equal here, so nothing but the digest tells them apart.
#[test]
fn machine_code_of_another_component_is_refused() {
    let other = |bytes: &[u8]| {
        let mut other = bytes.to_vec();
        let at = other.windows(9).position(|found| found == b"misbehave").unwrap();
        other[at] = b'M';
        other
    };
    let lab = Lab::new().add(TransformKind::Redact, mode("scrub"));
    let path = lab.path(&lab.transforms[0], "cwasm");
    let own = std::fs::read(&path).unwrap();
    let component = other(&component(TransformKind::Redact));
    let foreign = compile(&component, Target::host().unwrap(), &lab.transforms[0], &function()).unwrap();
    assert_eq!(foreign.cwasm.len(), own.len());
    std::fs::write(&path, &foreign.cwasm).unwrap();
    let (message, released) = closed(&lab);
    assert!(message.contains("made from another component than its pack: run `telesieve bundle`"), "{message}");
    assert_eq!(released, ["2"]);
    std::fs::write(lab.path(&lab.transforms[0], "pack"), &foreign.pack).unwrap();
    lab.chain();
}

#[test]
fn an_artifact_of_another_version_is_refused_both_ways() {
    let lab = Lab::new().add(TransformKind::Redact, mode("scrub"));
    for extension in ["cwasm", "pack"] {
        let path = lab.path(&lab.transforms[0], extension);
        let bytes = std::fs::read(&path).unwrap();
        let version = b"48.0.8+telesieve4";
        let at = bytes.windows(version.len()).position(|found| found == version).unwrap();
        let mut other = bytes.clone();
        other[at..at + 6].copy_from_slice(b"48.0.7");
        reseal(&mut other);
        std::fs::write(&path, other).unwrap();
        let (message, _) = closed(&lab);
        assert!(message.contains("48.0.7+telesieve4") && message.contains("telesieve bundle"), "{message}");
        std::fs::write(&path, bytes).unwrap();
    }
    lab.chain();
}

#[test]
fn a_broken_table_closes_whatever_it_says() {
    for kind in [TransformKind::Redact, TransformKind::Filter] {
        let mut lab = Lab::new().add(kind, passing(mode("scrub")));
        lab.transforms[0].broken = Some("`budget_ms` must be a number".to_owned());
        let (message, released) = closed(&lab);
        assert!(message.contains("`budget_ms` must be a number"), "{message}");
        assert_eq!(released, [""; 0]);
    }
}

#[test]
fn a_pattern_that_was_not_packed_is_a_fault_with_a_remedy() {
    let mut lab = Lab::new().add(TransformKind::Redact, transform("look", json!({"mode": "scrub", "pattern": "a+"})));
    lab.chain();
    lab.transforms[0].settings = json!({"mode": "scrub", "pattern": "b+"});
    let (message, released) = closed(&lab);
    assert!(message.contains("`b+` is not in the artifact") && message.contains("telesieve bundle"), "{message}");
    assert_eq!(released, ["2"]);
}

#[test]
fn a_key_that_is_not_configured_is_a_fault() {
    let mut lab = Lab::new().add(TransformKind::Redact, transform("k", json!({"mode": "scrub", "key": "pseudonym"})));
    let (message, _) = closed(&lab);
    assert!(message.contains("add `pseudonym = \"…\"` to `[keys]`"), "{message}");
    lab.keys.insert("pseudonym".to_owned(), telesieve_config::Secret::new("x"));
    lab.chain();
}

#[test]
fn settings_that_are_refused_are_all_named() {
    let mut lab = Lab::new().add(TransformKind::Redact, mode("scrub"));
    lab.transforms[0].settings = json!({"mode": "bad-settings"});
    let (message, _) = closed(&lab);
    assert!(message.contains("`rules[2].action`: unknown action `melt`; `needle`: missing"), "{message}");
    let refused = lab.artifact(TransformKind::Redact, &lab.transforms[0]).unwrap_err().to_string();
    assert!(refused.contains("`rules[2].action`"), "{refused}");
}

#[test]
fn trouble_in_init_is_a_fault_and_not_a_hang() {
    for (mode_name, expected) in [("trap-in-init", "unreachable"), ("loop-in-init", "exceeded its time budget")] {
        let mut lab = Lab::new().add(TransformKind::Redact, mode("scrub"));
        lab.transforms[0].settings = json!({"mode": mode_name});
        let (message, _) = closed(&lab);
        assert!(message.contains("failed in `init`") && message.contains(expected), "{message}");
    }
}

#[test]
fn memory_that_is_too_small_is_said() {
    let mut lab = Lab::new().add(TransformKind::Redact, mode("scrub"));
    lab.transforms[0].max_memory_bytes = 65_536;
    let (message, _) = closed(&lab);
    assert!(message.contains("max_memory_bytes"), "{message}");
}

#[test]
fn foreign_components_are_refused_in_one_line() {
    let refuse = |bytes: &[u8]| compile(bytes, Target::X86_64, &Transform::default(), &function()).unwrap_err();
    let error = refuse(b"not wasm");
    assert!(matches!(error, CompileError::NotAComponent(_)), "{error}");
    let error = refuse(b"\0asm\x01\0\0\0");
    assert!(error.to_string().contains("core module"), "{error}");
    let empty = b"\0asm\x0d\0\x01\0";
    let error = refuse(empty);
    assert!(
        error.to_string().contains("exports nothing; this host accepts the export telesieve:transform/guest"),
        "{error}"
    );
}

#[test]
fn artifacts_are_reproducible_and_made_for_both_architectures() {
    let bytes = component(TransformKind::Redact);
    let make = |target| compile(&bytes, target, &mode("scrub"), &function()).unwrap();
    for target in Target::ALL {
        let (one, other) = (make(target), make(target));
        assert!(one.cwasm == other.cwasm && one.pack == other.pack);
        assert_eq!((one.kind, one.name.as_str(), one.version.as_str()), (TransformKind::Redact, "misbehave", "0.1.0"));
    }
}

#[test]
fn an_artifact_for_another_architecture_is_refused() {
    let other = Target::ALL.into_iter().find(|target| Some(*target) != Target::host()).unwrap();
    let mut lab = Lab::new();
    lab.transforms.push(mode("scrub"));
    let artifact = compile(&component(TransformKind::Redact), other, &lab.transforms[0], &function()).unwrap();
    lab.write(&lab.transforms[0], &artifact);
    let (message, _) = closed(&lab);
    assert!(message.contains("architecture"), "{message}");
}

#[test]
fn an_empty_chain_lets_everything_through() {
    let (mut chain, faults) = Lab::new().load();
    assert_eq!(faults, []);
    assert_eq!(run(&mut chain, &["1", "null"]).records, ["1", "null"]);
    assert_eq!(OnError::default(), OnError::Drop);
}

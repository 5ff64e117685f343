//! A host whose address space is too small for the usual reservation. The limit is the process's, so the test runs
//! itself once more under it.

use std::process::Command;

use telesieve_core::FunctionIdentity;
use telesieve_engine::{Chain, LoadFault, Target, TransformKind, compile_small};

use crate::lab::{Lab, component, mode, run};

const FOLDER: &str = "TELESIEVE_TEST_FOLDER";
const TEST: &str = "address_space::where_address_space_is_short_the_small_artifact_is_used";

#[test]
fn where_address_space_is_short_the_small_artifact_is_used() {
    if let Ok(folder) = std::env::var(FOLDER) {
        return under_the_limit(folder.as_ref());
    }
    let lab = Lab::new().add(TransformKind::Redact, mode("scrub"));
    assert!(in_a_small_process(&lab).contains("not enough address space for its memory"));
    let small = compile_small(&component(TransformKind::Redact), Target::host().unwrap()).unwrap();
    std::fs::write(lab.path(&lab.transforms[0], "small.cwasm"), small).unwrap();
    assert_eq!(in_a_small_process(&lab), "released [email]");
}

fn in_a_small_process(lab: &Lab) -> String {
    let script = "ulimit -v 3000000 && exec \"$0\" --exact \"$1\"";
    let status = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(TEST)
        .env(FOLDER, lab.dir.path())
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success());
    std::fs::read_to_string(lab.dir.path().join("outcome")).unwrap()
}

fn under_the_limit(folder: &std::path::Path) {
    let (mut chain, faults) = Chain::load(&[mode("scrub")], &Default::default(), folder, &FunctionIdentity::default());
    let outcome = match faults.first() {
        Some(fault) => LoadFault::to_string(fault),
        None => format!("released {}", run(&mut chain, &["\"jane@example.com\""]).records[0].trim_matches('"')),
    };
    std::fs::write(folder.join("outcome"), outcome).unwrap();
}

//! What goes wrong in the first hour: each has an error or an exit status that says so.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use telesieve_tests::cli;
use tempfile::TempDir;

/// Exit statuses of `telesieve run`.
const USAGE: i32 = 2;
const LOST: i32 = 3;

/// A server that refuses connections.
const NOWHERE: &str = "http://127.0.0.1:1";

const REDACT: &str = "[[transform]]\nname = \"redact\"\n[transform.settings]\nrules = [\"default\"]\n";

/// A folder with a configuration and nothing else.
fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("telesieve.toml"), config).unwrap();
    folder
}

fn run(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(cli());
    command.args(args).current_dir(folder).envs(variables.iter().copied()).stdin(Stdio::null());
    command.output().unwrap()
}

/// Exit status, and everything that was printed.
fn ended(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = run(folder, args, variables);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

#[test]
fn a_url_that_cannot_be_used_sends_nothing_anywhere() {
    let production = TcpListener::bind("127.0.0.1:0").unwrap();
    production.set_nonblocking(true).unwrap();
    let url = format!("http://{}", production.local_addr().unwrap());
    let folder = folder(&format!("[opensearch]\nurl = \"{url}\"\n{REDACT}"));
    for bad in ["localhost:9200", "ftp://x"] {
        let (status, text) = ended(folder.path(), &["run", "--opensearch", bad], &[]);
        assert_eq!(status, Some(USAGE), "{text}");
        let variable = format!("TELESIEVE_OPENSEARCH_URL={bad}");
        let (status, text) = ended(folder.path(), &["run", "--env", &variable], &[]);
        assert_eq!(status, Some(LOST), "{text}");
        assert!(text.contains("the sink `opensearch` is disabled"), "{text}");
    }
    assert!(production.accept().is_err(), "the configured cluster heard nothing");
}

#[test]
fn a_run_that_loses_data_fails() {
    let folder = folder(REDACT);
    let (status, text) = ended(folder.path(), &["run", "--opensearch", NOWHERE], &[]);
    assert!(status == Some(LOST) && text.contains("dropped: undelivered"), "{text}");
    let (status, text) = ended(folder.path(), &["run", "--pushgateway", NOWHERE], &[]);
    assert!(status == Some(LOST) && text.contains("metrics were not pushed"), "{text}");
    let (status, text) = ended(folder.path(), &["run"], &[("TELESIEVE_FLUSH_MODE", "soon")]);
    assert!(status == Some(LOST) && text.contains("configuration error: $TELESIEVE_FLUSH_MODE"), "{text}");
    let json: Value =
        serde_json::from_slice(&run(folder.path(), &["run", "--json", "--opensearch", NOWHERE], &[]).stdout).unwrap();
    assert!(json["losses"].as_array().is_some_and(|losses| !losses.is_empty()), "{json}");
}

/// A layer whose file was changed after it was bundled: the pattern is not in the artifact, and nothing gets past it.
#[test]
fn a_layer_with_other_settings_than_its_artifacts_fails() {
    let folder = folder(REDACT);
    let (status, text) = ended(folder.path(), &["bundle", "--tree", "opt"], &[]);
    assert_eq!(status, Some(0), "{text}");
    let patterns = "[[transform.settings.patterns]]\nname = \"order\"\npattern = \"order [0-9]+\"\n";
    fs::write(folder.path().join("opt/telesieve/telesieve.toml"), format!("{REDACT}{patterns}")).unwrap();
    let (status, text) = ended(folder.path(), &["run", "opt"], &[]);
    assert!(status == Some(LOST) && text.contains("transform_unavailable"), "{text}");
    fs::write(folder.path().join("opt/telesieve/telesieve.toml"), "[[transform]\n").unwrap();
    let (status, text) = ended(folder.path(), &["run", "opt"], &[]);
    assert!(status == Some(LOST) && text.contains("not valid TOML"), "{text}");
    assert!(!text.contains(".pack"), "no file is looked for that the configuration does not name: {text}");
}

#[test]
fn recordings_are_played_as_they_are() {
    let folder = folder(REDACT);
    fs::write(folder.path().join("bad.ndjson"), "{\"type\":\"function\",\"record\":1}\n{broken\n").unwrap();
    let (status, text) = ended(folder.path(), &["run", "--events", "bad.ndjson"], &[]);
    assert!(status == Some(1) && text.contains("bad.ndjson:2"), "{text}");
    let (status, text) = ended(folder.path(), &["run", "--record", "one.ndjson"], &[]);
    assert_eq!(status, Some(0), "{text}");
    let (status, text) = ended(folder.path(), &["run", "--events", "one.ndjson", "--record", "two.ndjson"], &[]);
    assert_eq!(status, Some(0), "{text}");
    let events = |file: &str| -> Vec<Value> {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(events("one.ndjson"), events("two.ndjson"));
}

#[test]
fn keys_of_the_environment_are_used_everywhere() {
    let config = "[[transform]]\nname = \"redact\"\n[transform.settings]\nrules = [\"default\"]\naction = \"hash\"\nkey = \"pii\"\n";
    let folder = folder(config);
    let (status, text) = ended(folder.path(), &["run"], &[]);
    assert!(status != Some(0) && text.contains("`pii`"), "{text}");
    let (status, text) = ended(folder.path(), &["run"], &[("TELESIEVE_KEYS_PII", "a long random secret")]);
    assert_eq!(status, Some(0), "{text}");
}

#[test]
fn setup_reads_the_configuration_of_its_folder() {
    let folder = folder("[opensearch]\nindex = \"orders-logs\"\n");
    let (status, text) = ended(folder.path(), &["setup", "--dry-run"], &[]);
    assert!(status == Some(0) && text.contains("/_data_stream/orders-logs"), "{text}");
    let (status, text) = ended(folder.path(), &["setup", "--dry-run", "--url", "foo"], &[]);
    assert!(status == Some(1) && text.contains("TELESIEVE_OPENSEARCH_URL"), "{text}");
}

/// The reader goes away after the first line.
#[test]
fn a_broken_pipe_is_no_panic() {
    for command in ["setup --dry-run", "schema", "run --all", "completions bash"] {
        let folder = folder(REDACT);
        let script = format!("{} {command} | head -n 1 > /dev/null; exit ${{PIPESTATUS[0]}}", cli().display());
        let output = Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{command}: {} {errors}", output.status);
    }
}

#[test]
fn a_layer_lists_what_it_is_made_of() {
    let folder = folder(REDACT);
    let (status, text) = ended(folder.path(), &["bundle", "--arch", "x86_64"], &[]);
    assert_eq!(status, Some(0), "{text}");
    let bill = fs::read(folder.path().join("telesieve-layer-x86_64.cdx.json")).unwrap();
    let bill: Value = serde_json::from_slice(&bill).unwrap();
    let parts = bill["components"].as_array().unwrap();
    let library = |name: &str| parts.iter().find(|part| part["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    for name in ["hyper", "wasmtime", "serde"] {
        assert!(library(name)["licenses"][0]["expression"].is_string(), "{name}");
    }
    let of = |reference: &str| {
        let found = bill["dependencies"].as_array().unwrap().iter().find(|part| part["ref"] == reference);
        found.map_or(0, |part| part["dependsOn"].as_array().unwrap().len())
    };
    assert!(of("telesieve-extension") > 50, "{}", of("telesieve-extension"));
    assert!(of("transform/redact") > 2, "{}", of("transform/redact"));
}

#[test]
fn what_has_no_effect_is_noted() {
    let folder = folder(
        &REDACT.replace("[transform.settings]", "on_error = \"pass\"\non = [\"functions\"]\n[transform.settings]"),
    );
    let (status, text) = ended(folder.path(), &["check"], &[]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("has no effect on `redact`") && text.contains("no event has the kind `functions`"), "{text}");
    let filter = "[[transform]]\nname = \"filter\"\n[[transform.settings.drop]]\nkinds = [\"functions\"]\n";
    fs::write(folder.path().join("telesieve.toml"), filter).unwrap();
    let (status, text) = ended(folder.path(), &["check"], &[]);
    assert!(status == Some(1) && text.contains("telesieve.toml:4:"), "{text}");
    let json: Value = serde_json::from_slice(&run(folder.path(), &["check", "--json"], &[]).stdout).unwrap();
    assert!(json["ok"] == false && json["errors"].as_array().is_some_and(|errors| errors.len() == 1), "{json}");
}

/// Every redaction is in the report, those of `fields`, too.
#[test]
fn the_report_has_fields() {
    let config = "[[transform]]\nname = \"redact\"\n[transform.settings]\nrules = [\"email\"]\n\
                  [[transform.settings.fields]]\npath = \"user.name\"\naction = \"remove\"\n";
    let folder = folder(config);
    let event = r#"{"time":"2026-03-02T08:15:20.101Z","type":"function","record":{"user":{"name":"Jane"},"to":"jane@example.com"}}"#;
    fs::create_dir(folder.path().join("telemetry")).unwrap();
    fs::write(folder.path().join("telemetry/one.ndjson"), event).unwrap();
    let (_, text) = ended(folder.path(), &["test", "--accept"], &[]);
    let report = text.split("Redaction").nth(1).unwrap_or_default();
    assert!(report.contains("email") && report.contains("user.name") && !report.contains("Jane"), "{text}");
}

//! The sink for debugging, alone: a file in the sandbox, and standard output.

use telesieve_sandbox::scenarios::shop;
use telesieve_sandbox::{LogFormat, Options};
use telesieve_tests::{free_port, opt_tree};

use crate::play::{Accounting, assert_secretless, play};

fn options(path: &str) -> Options {
    Options::opt_tree(opt_tree())
        .env("TELESIEVE_FILE_PATH", path)
        .env("TELESIEVE_FILE_METRICS", "true")
        .env("TELESIEVE_TELEMETRY_PORT", free_port().to_string())
}

#[tokio::test]
async fn a_file_holds_what_would_have_been_shipped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    play(options(&path.display().to_string()), shop()).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert_secretless("the file", text.as_bytes());
    for line in text.lines() {
        let document: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(document["@timestamp"].is_string(), "{line}");
    }
    assert!(text.contains("payment authorised"));
    let metrics = std::fs::read_to_string(folder.path().join("events.ndjson.prom")).unwrap();
    let accounting = Accounting::parse(&metrics);
    accounting.assert_balanced();
    assert_eq!(accounting.pending + accounting.dropped_total(), 0.0, "{accounting:?}");
}

/// Each line that is printed comes back as an event of the extension, in both formats: none becomes a document again.
#[tokio::test]
async fn standard_output_is_no_loop() {
    for format in [LogFormat::Text, LogFormat::Json] {
        let mut options = options("stdout");
        options.function.log_format = format;
        let played = play(options, shop()).await;
        let printed: Vec<_> = played.output.lines().filter(|line| line.contains("payment authorised")).collect();
        assert!(!printed.is_empty(), "{}", played.output);
        assert!(
            printed.iter().all(|line| line.starts_with("[telesieve] {") && !line.contains(r#""type":"extension""#))
        );
        assert!(played.output.lines().all(|line| line.starts_with("[telesieve] ")), "{}", played.output);
    }
}

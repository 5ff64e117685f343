//! Layers as `telesieve bundle` writes them: unpacked over `/opt`, for both architectures.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use telesieve_sandbox::scenarios::shop;
use telesieve_tests::servers::{Mode, OpenSearch, PushGateway};
use telesieve_tests::telesieve;
use xtask::build::{READY_MADE, extension_for, module};

use crate::amazons_emulator::start_for;
use crate::play::{Accounting, Receivers, assert_secretless, play};

/// No change may quietly make a layer with three ready-made transforms heavier than this, in bytes.
const MAX_ZIP_BYTES: u64 = 2_600_000;

/// Of the index and of the job that the unpacked layer ships to.
const NAME: &str = "layered";

/// A layer of the repository's own configuration: the zip and what stands beside it.
fn bundle(architecture: &str, out: &Path) -> PathBuf {
    let config = xtask::paths::root().join("deploy/layer/telesieve.toml");
    let extension = extension_for(architecture).unwrap();
    let mut args = vec!["bundle".to_owned(), "--arch".to_owned(), architecture.to_owned()];
    let mut option = |name: &str, value: String| args.extend([name.to_owned(), value]);
    option("--config", config.display().to_string());
    option("--extension", extension.display().to_string());
    option("--out", out.display().to_string());
    for name in READY_MADE {
        option("--component", format!("{name}={}", module(name).display()));
    }
    telesieve(&args.iter().map(String::as_str).collect::<Vec<_>>(), &[]).unwrap();
    out.join(format!("telesieve-layer-{architecture}.zip"))
}

/// What the platform makes of a layer: files with their modes, for everybody to read.
fn unpack(zip: &Path, opt: &Path) {
    let mut archive = zip::ZipArchive::new(File::open(zip).unwrap()).unwrap();
    for at in 0..archive.len() {
        let mut packed = archive.by_index(at).unwrap();
        let (path, mode) = (opt.join(packed.name().unwrap().as_ref()), packed.unix_mode().unwrap() & 0o777);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::io::copy(&mut packed, &mut File::create(&path).unwrap()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[tokio::test]
async fn an_unpacked_layer_works_in_amazons_emulator() {
    let folder = tempfile::tempdir().unwrap();
    let zip = bundle("x86_64", folder.path());
    assert!(fs::metadata(&zip).unwrap().len() <= MAX_ZIP_BYTES);
    let opt = folder.path().join("opt");
    unpack(&zip, &opt);
    let (node, gateway) = (OpenSearch::plain().await, PushGateway::shared().await);
    telesieve(&["setup", "--url", &node.url, "--index", NAME], &[]).unwrap();
    let emulator = start_for(Mode::Managed, &opt, NAME, node.url.clone(), gateway.url.clone()).await;
    emulator.invoke(&["order 1 for jane.doe@example.com"]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    emulator.shut_down().await.unwrap();
    let text: String = node.documents(NAME).await.unwrap().iter().map(ToString::to_string).collect();
    assert!(text.contains("order 1 for [REDACTED:email]"), "{text}\n{}", emulator.log());
    assert_secretless("documents", text.as_bytes());
    let pushed = gateway.exposition().await.unwrap();
    let ours: Vec<_> = pushed.lines().filter(|line| line.contains(&format!("job=\"{NAME}\""))).collect();
    assert_secretless("metrics", ours.join("\n").as_bytes());
    Accounting::parse(&(ours.join("\n") + "\n")).assert_balanced();
}

#[test]
fn a_layer_can_be_made_again_and_says_what_is_in_it() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [first, second] = folders.each_ref().map(|folder| bundle("x86_64", folder.path()));
    for beside in ["zip", "cdx.json", "sha256"] {
        let [first, second] = [&first, &second].map(|zip| fs::read(zip.with_extension(beside)).unwrap());
        assert!(first == second, "the {beside} differs");
    }
    let bill: serde_json::Value = serde_json::from_slice(&fs::read(first.with_extension("cdx.json")).unwrap()).unwrap();
    let names: Vec<_> =
        bill["components"].as_array().unwrap().iter().filter_map(|part| part["name"].as_str()).collect();
    for name in
        ["telesieve-extension", "telesieve-filter", "telesieve-redact", "telesieve-relabel", "wasmtime", "hyper"]
    {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert!(!names.contains(&"cranelift-codegen"), "there is no compiler in the extension");
    let sums = xtask::process::output(
        std::process::Command::new("sha256sum")
            .args(["-c"])
            .arg(first.with_extension("sha256"))
            .current_dir(first.parent().unwrap()),
    );
    assert_eq!(sums.unwrap().matches(": OK").count(), 2);
}

/// The same binary and artifacts that an arm64 function gets, run by an emulator of the processor.
#[tokio::test]
async fn the_arm64_layer_redacts_and_ships() {
    let folder = tempfile::tempdir().unwrap();
    let opt = folder.path().join("opt");
    unpack(&bundle("arm64", folder.path()), &opt);
    emulate(&opt);
    let receivers = Receivers::start().await;
    let played = play(receivers.options(&opt), shop()).await;
    receivers.assert_no_leak();
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(receivers.opensearch.documents().len() as f64, accounting.shipped, "{}", played.output);
    let text = receivers.documents_text();
    assert!(text.contains("[REDACTED:payment-card]") && text.contains("[REDACTED:email]"), "{text}");
}

/// Puts the processor's emulator in front of the extension.
fn emulate(opt: &Path) {
    let (program, real) = (opt.join("extensions/telesieve-extension"), opt.join("telesieve-extension.arm64"));
    fs::rename(&program, &real).unwrap();
    let emulator = xtask::tools::qemu_aarch64().unwrap();
    let script = format!("#!/bin/sh\nexec {} -0 \"$0\" {} \"$@\"\n", emulator.display(), real.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

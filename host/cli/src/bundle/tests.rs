#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn args(folder: &Path, config: &str) -> BundleArgs {
    fs::write(folder.join("telesieve.toml"), config).unwrap();
    fs::write(folder.join("extension"), binary::stand_in(Target::X86_64)).unwrap();
    BundleArgs {
        subject: SubjectArgs {
            path: folder.to_owned(),
            config: None,
            components: Vec::new(),
            profile: "release".to_owned(),
        },
        extensions: vec![(None, folder.join("extension"))],
        arch: Some(Architectures(Some(Target::X86_64))),
        out: folder.join("out"),
        tree: None,
        small_address_space: false,
    }
}

fn tree(folder: &Path, config: &str) -> BundleArgs {
    BundleArgs { tree: Some(folder.join("opt")), ..args(folder, config) }
}

fn fault(args: &BundleArgs) -> String {
    format!("{:#}", run(args).unwrap_err())
}

#[test]
fn a_configuration_without_transforms_is_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let args = tree(folder.path(), "[flush]\nmode = 'end' # as it is\n");
    for _again in 0..2 {
        assert_eq!(run(&args).unwrap(), ExitCode::SUCCESS);
    }
    let opt = args.tree.unwrap();
    let extension = fs::metadata(opt.join("extensions/telesieve-extension")).unwrap();
    assert_eq!(extension.permissions().mode() & 0o777, 0o755);
    let config = fs::read(opt.join("telesieve/telesieve.toml")).unwrap();
    assert_eq!(config, fs::read(folder.path().join("telesieve.toml")).unwrap());
}

#[test]
fn a_folder_with_other_things_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let args = BundleArgs { tree: Some(folder.path().to_owned()), ..args(folder.path(), "") };
    assert!(fault(&args).contains("which is not part of a bundle"));
    assert!(folder.path().join("telesieve.toml").exists());
}

#[test]
fn a_layer_is_the_same_whenever_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let args = args(folder.path(), "[flush]\nmode = 'end'\n");
    let zip = args.out.join("telesieve-layer-x86_64.zip");
    let digests = args.out.join("telesieve-layer-x86_64.sha256");
    let made = [(); 2].map(|()| {
        assert_eq!(run(&args).unwrap(), ExitCode::SUCCESS);
        (fs::read(&zip).unwrap(), fs::read_to_string(&digests).unwrap())
    });
    assert_eq!(made[0], made[1]);
    assert!(made[0].1.starts_with(&format!("{}  telesieve-layer-x86_64.zip\n", binary::sha256(&made[0].0))));
    let mut archive = zip::ZipArchive::new(fs::File::open(&zip).unwrap()).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["extensions/telesieve-extension", "telesieve/telesieve.toml"]);
    let mut extension = archive.by_index(0).unwrap();
    assert_eq!(extension.unix_mode().map(|mode| mode & 0o777), Some(0o755));
    let mut bytes = Vec::new();
    extension.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, binary::stand_in(Target::X86_64));
}

#[test]
fn the_bill_of_materials_names_the_zip_and_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let args = args(folder.path(), "");
    let extension = binary::sha256(&binary::stand_in(Target::X86_64));
    let own = serde_json::json!({
        "metadata": { "component": { "hashes": [{ "alg": "SHA-256", "content": extension }] } },
        "components": [{ "type": "library", "bom-ref": "pkg:cargo/hyper@1.0.0", "name": "hyper" }],
    });
    fs::write(folder.path().join("extension.cdx.json"), own.to_string()).unwrap();
    run(&args).unwrap();
    let bill = fs::read(args.out.join("telesieve-layer-x86_64.cdx.json")).unwrap();
    let bill: serde_json::Value = serde_json::from_slice(&bill).unwrap();
    let zip = binary::sha256(&fs::read(args.out.join("telesieve-layer-x86_64.zip")).unwrap());
    assert_eq!(bill["metadata"]["component"]["hashes"][0]["content"], zip.as_str());
    assert_eq!(bill["components"][0]["hashes"][0]["content"], extension.as_str());
    assert_eq!(bill["components"][1]["name"], "hyper");
    assert_eq!(bill["dependencies"][1]["dependsOn"][0], "pkg:cargo/hyper@1.0.0");

    let other = own.to_string().replace(&extension, "0");
    fs::write(folder.path().join("extension.cdx.json"), other).unwrap();
    assert!(fault(&args).contains("belongs to another binary"));
}

#[test]
fn authorities_that_the_configuration_names_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[opensearch]\nurl = 'https://a.example'\nca_file = '/opt/telesieve/own.pem'\n\
                  [pushgateway]\nurl = 'https://b.example'\nca_file = '/var/task/theirs.pem'\n";
    let args = tree(folder.path(), config);
    assert!(fault(&args).contains("the configuration names /opt/telesieve/own.pem"), "{}", fault(&args));
    fs::write(folder.path().join("own.pem"), "pem").unwrap();
    run(&args).unwrap();
    let taken = fs::read_to_string(args.tree.unwrap().join("telesieve/own.pem")).unwrap();
    assert_eq!(taken, "pem");
}

#[test]
fn what_is_wrong_is_found_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let args = args(folder.path(), "[flush]\nmode = 'never'\n[[transform]]\nname = 'nowhere'\n");
    assert_eq!(run(&args).unwrap(), ExitCode::FAILURE);
    assert!(!args.out.exists());
}

#[test]
fn an_extension_that_would_not_start_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let args = args(folder.path(), "");
    let other = |binary: Vec<u8>| {
        fs::write(folder.path().join("extension"), binary).unwrap();
        fault(&args)
    };
    assert!(other(binary::stand_in(Target::Aarch64)).contains("not built for x86_64"));
    assert!(other(b"#!/bin/sh".to_vec()).contains("not a Linux executable"));
    assert!(other(b"\x7fELF".to_vec()).contains("truncated"));
    let older: Vec<u8> = binary::stand_in(Target::X86_64)[..64].to_vec();
    assert!(other(older).contains("by another version than this program"));
    assert!(no_extension(Target::Aarch64).contains("name one with --extension arm64=FILE"));
}

#[test]
fn arguments_are_read() {
    assert!(target("arm64").is_ok() && target("aarch64").is_err());
    assert!(matches!(architectures("all"), Ok(Architectures(None))));
    assert!(matches!(extension("arm64=a"), Ok((Some(Target::Aarch64), path)) if path == Path::new("a")));
    assert!(extension("sparc=a").is_err());
}

//! What a newcomer does first: installs the wheel into a fresh environment and types the quick start.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use telesieve_tests::cli;
use xtask::package::{self, Linkage};
use xtask::paths;

/// A command of the page and what it shows.
struct Step {
    command: String,
    expected: Vec<String>,
}

#[test]
fn the_quick_start_is_what_happens() {
    let home = tempfile::tempdir().unwrap();
    let bin = install(home.path());
    let page = fs::read_to_string(paths::root().join("docs/quick-start.md")).unwrap();
    let folder = home.path().join("work");
    fs::create_dir(&folder).unwrap();
    for step in steps(&page) {
        let output = shell(&step.command, &folder, &bin);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        see(&step, &text);
    }
    assert!(folder.join("telesieve-layer-x86_64.zip").is_file());
}

/// The wheel puts one program on the PATH, and takes it away again.
#[test]
fn the_wheel_is_installed_and_removed() {
    let home = tempfile::tempdir().unwrap();
    let bin = install(home.path());
    let program = bin.join("telesieve");
    let version = run(Command::new(&program).arg("--version"));
    assert!(String::from_utf8_lossy(&version.stdout).contains("wasmtime "), "{version:?}");
    let python = bin.join("python3");
    assert!(run(Command::new(&python).args(["-m", "pip", "check"])).status.success());
    assert!(run(Command::new(&python).args(["-m", "pip", "uninstall", "-q", "-y", "telesieve"])).status.success());
    assert!(!program.exists());
}

/// Each object of the settings: the transform, a table with an unknown key in it, and the object's place in the schema.
const OBJECTS: [(&str, &str, &str); 9] = [
    ("redact", "zzz = 1", "/redact"),
    ("redact", "[transform.settings.overrides.email]\nzzz = 1", "/redact/properties/overrides/additionalProperties"),
    ("redact", "[[transform.settings.patterns]]\nzzz = 1", "/redact/properties/patterns/items"),
    ("redact", "[[transform.settings.tokens]]\nzzz = 1", "/redact/properties/tokens/items"),
    ("redact", "[[transform.settings.fields]]\nzzz = 1", "/redact/properties/fields/items"),
    ("filter", "zzz = 1", "/filter"),
    ("filter", "[[transform.settings.drop]]\nzzz = 1", "/filter_rule"),
    ("relabel", "zzz = 1", "/relabel"),
    ("relabel", "[[transform.settings.rules]]\nzzz = 1", "/relabel/properties/rules/items"),
];

/// The keys in the schema are those that the components accept.
#[test]
fn the_schema_has_the_settings_of_the_components() {
    let home = tempfile::tempdir().unwrap();
    let schema = run(Command::new(cli()).arg("schema"));
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    for (transform, settings, place) in OBJECTS {
        let text = format!("[[transform]]\nname = \"{transform}\"\n[transform.settings]\n{settings}\n");
        fs::write(home.path().join("telesieve.toml"), text).unwrap();
        let output = run(Command::new(cli()).arg("check").current_dir(home.path()));
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, accepted) = text.split_once("unknown field `zzz`, expected ").unwrap();
        let accepted: BTreeSet<&str> = accepted.lines().next().unwrap().split('`').skip(1).step_by(2).collect();
        let accepted: BTreeSet<&str> = accepted.into_iter().filter(|key| *key != transform).collect();
        let properties = schema["$defs"].pointer(&format!("{place}/properties")).unwrap();
        let known: BTreeSet<&str> = properties.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(known, accepted, "{place}");
    }
}

/// A fresh environment with the wheel and nothing else; its folder of programs.
fn install(home: &Path) -> std::path::PathBuf {
    let wheel = package::wheel(cli(), std::env::consts::ARCH, Linkage::Dynamic, home).unwrap();
    let environment = home.join("environment");
    let made = run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    assert!(made.status.success(), "{made:?}");
    let bin = environment.join("bin");
    let pip = ["-m", "pip", "install", "-q", "--no-index", "--disable-pip-version-check"];
    let installed = run(Command::new(bin.join("python3")).args(pip).arg(wheel));
    assert!(installed.status.success(), "{installed:?}");
    bin
}

/// Runs a command with an environment that has the wheel and the system's own programs.
fn shell(command: &str, folder: &Path, bin: &Path) -> Output {
    let mut bash = Command::new("bash");
    bash.args(["-c", command]).current_dir(folder).env_clear();
    bash.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("HOME", folder).env("COLUMNS", "100");
    run(&mut bash)
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// The commands behind `$` in blocks of `console`. A heredoc belongs to its command.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in page.split("\n```").filter_map(|block| block.strip_prefix("console\n")) {
        let mut in_heredoc = false;
        for line in block.lines() {
            let last = steps.last_mut();
            match (line.strip_prefix("$ "), last) {
                (Some(command), _) if !in_heredoc => {
                    in_heredoc = command.ends_with("<<'END'");
                    steps.push(Step { command: command.to_owned(), expected: Vec::new() });
                }
                (_, Some(step)) if in_heredoc => {
                    step.command.push('\n');
                    step.command.push_str(line);
                    in_heredoc = line != "END";
                }
                (_, Some(step)) => step.expected.push(line.to_owned()),
                (_, None) => {}
            }
        }
    }
    assert!(steps.len() > 8, "the page has commands");
    steps
}

/// Every line that the page shows is there, in that order. `…` stands for anything.
fn see(step: &Step, shown: &str) {
    let mut rest = shown.lines();
    for line in step.expected.iter().map(|line| line.split('…').next().unwrap_or_default().trim_end()) {
        let found = line.is_empty() || rest.any(|found| found.trim_end().starts_with(line));
        assert!(found, "`{}` does not show this line:\n{line}\nbut:\n{shown}", step.command);
    }
}

//! The tutorial, typed by a test; and a crate of every kind, as `telesieve new` makes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use telesieve_tests::cli;
use xtask::paths;

/// Forty words of five letters a minute, for two minutes.
const TWO_MINUTES: usize = 400;

/// In front of everything that `telesieve test` finds fault with.
const FAILED: &str = "✗ ";

/// What cargo tells this test about itself.
const OUR_OWN: [&str; 3] = ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME"];

/// What the page has its reader do.
enum Step {
    /// Type a command and see that.
    Command(String, Vec<String>),
    /// Put a text in place of another one.
    Edit { file: String, old: String, new: String, typed: usize },
}

#[test]
fn the_tutorial_is_what_happens() {
    let steps = steps(&fs::read_to_string(paths::root().join("docs/tutorial.md")).unwrap());
    let typed: usize = steps.iter().map(typed).sum();
    assert!(typed <= TWO_MINUTES, "{typed} characters are more than two minutes of typing");
    let home = tempfile::tempdir().unwrap();
    let mut folder = home.path().to_owned();
    for step in steps {
        match step {
            Step::Command(command, _) if command.starts_with("cd ") => folder.push(&command[3..]),
            Step::Command(command, expected) => see(&command, &shown(&folder, &command), &expected),
            Step::Edit { file, old, new, .. } => edit(&folder.join(file), &old, &new),
        }
    }
}

/// Made as it stands, each kind passes its unit tests, is as its snapshot says, and no errors with it.
#[test]
fn a_crate_of_every_kind_is_green_as_it_stands() {
    let home = tempfile::tempdir().unwrap();
    for kind in ["redact", "filter", "relabel", "enrich"] {
        let name = format!("my-{kind}");
        shown(home.path(), &format!("telesieve new {name} --kind {kind}"));
        let folder = home.path().join(name);
        let tests = shown(&folder, "cargo test");
        assert!(tests.contains("test result: ok. 2 passed"), "{tests}");
        let test = shown(&folder, "telesieve test");
        assert!(test.contains("✓ ok: 7 events"), "{test}");
        let check = shown(&folder, "telesieve check");
        assert!(check.contains(&format!("kind {kind}")) && check.contains("no errors"), "{check}");
        let built = shown(&folder, "telesieve build");
        assert!(built.contains("a component of"), "{built}");
    }
}

/// What a refused setting looks like: the line of the TOML file, in `check` and in `test`.
#[test]
fn a_refused_setting_has_a_line() {
    let home = tempfile::tempdir().unwrap();
    shown(home.path(), "telesieve new lines --kind redact");
    let folder = home.path().join("lines");
    edit(&folder.join("telesieve.toml"), "customer = \"CUST-[0-9]{6}\"", "customer = \"\"");
    for command in ["telesieve check", "telesieve test"] {
        let text = shown(&folder, command);
        assert!(text.contains("telesieve.toml:8:1: transform.settings.customer: expected a pattern"), "{text}");
    }
}

/// What only the host can tell has one, too; and what cannot be read is told at once.
#[test]
fn all_that_is_wrong_with_settings_has_a_line() {
    let home = tempfile::tempdir().unwrap();
    shown(home.path(), "telesieve new all --kind redact");
    let folder = home.path().join("all");
    let file = folder.join("telesieve.toml");
    edit(&file, "customer = \"CUST-[0-9]{6}\"", "customer = \"CUST-([0-9]{6}\"");
    let host = shown(&folder, "telesieve check");
    assert!(
        host.contains("telesieve.toml:8:1: transform.settings.customer: ") && host.contains("unclosed group"),
        "{host}"
    );
    edit(&file, "customer = \"CUST-([0-9]{6}\"", "customer = 7\ncostumer = \"C\"");
    let guest = shown(&folder, "telesieve check");
    assert!(
        guest.contains("telesieve.toml:8:1: transform.settings.customer: expected a string, found number"),
        "{guest}"
    );
    assert!(guest.contains("telesieve.toml:9:1: transform.settings.costumer: unknown field"), "{guest}");
}

/// JSON with everything, JUnit with a case for each thing that can fail; the redaction report holds no value.
#[test]
fn programs_can_read_the_result() {
    let home = tempfile::tempdir().unwrap();
    shown(home.path(), "telesieve new read-me --kind redact");
    let folder = home.path().join("read-me");
    let json: serde_json::Value = serde_json::from_str(&quiet(&folder, "telesieve test --format json")).unwrap();
    assert_eq!((json["ok"].as_bool(), json["failures"].as_array().map(Vec::len)), (Some(true), Some(0)));
    let events = json["files"][0]["events"].as_array().unwrap();
    let outcomes: Vec<_> = events.iter().map(|event| event["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["unchanged", "unchanged", "edited", "edited", "edited", "unchanged", "unchanged"]);
    assert!(events.iter().all(|event| event["fuel"].as_u64() > Some(0)), "{json}");
    let report = json["redaction"].to_string();
    assert!(report.contains("order.customer") && !report.contains("CUST-") && !report.contains("jane"), "{report}");
    let junit = quiet(&folder, "telesieve test --format junit --inject trap@3 --max-fuel 10");
    assert!(junit.contains(r#"tests="4" failures="1""#), "{junit}");
    assert!(junit.contains(r#"name="trap@3 in read-me"/>"#) && junit.contains("fuel, the limit is 10"), "{junit}");
}

fn typed(step: &Step) -> usize {
    match step {
        Step::Command(command, _) => command.len(),
        Step::Edit { typed, .. } => *typed,
    }
}

/// Blocks of the page: `console` and `diff`.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for block in page.split("\n```") {
        if let Some(console) = block.strip_prefix("console\n") {
            steps.extend(console.split("\n$ ").map(command));
        } else if let Some(diff) = block.strip_prefix("diff\n--- ") {
            steps.extend(diff.split("\n--- ").map(hunk));
        }
    }
    assert!(steps.len() > 5, "the page has a transcript");
    steps
}

fn command(text: &str) -> Step {
    let mut lines = text.trim_start_matches("$ ").lines();
    Step::Command(lines.next().unwrap().to_owned(), lines.map(str::to_owned).collect())
}

/// A file's name, then lines that are there (` `), go (`-`) and come (`+`).
fn hunk(text: &str) -> Step {
    let (file, lines) = text.split_once('\n').unwrap();
    let of = |marks: &[char]| {
        let lines = lines.lines().filter_map(|line| line.strip_prefix(marks));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let typed = lines.lines().filter_map(|line| line.strip_prefix('+')).map(|line| line.trim().len()).sum();
    Step::Edit { file: file.to_owned(), old: of(&[' ', '-']), new: of(&[' ', '+']), typed }
}

fn edit(file: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert_eq!(text.matches(old).count(), 1, "{} holds once:\n{old}\n{text}", file.display());
    fs::write(file, text.replace(old, new)).unwrap();
}

/// What a command shows: its output and its errors. It fails if, and only if, it says so.
fn shown(folder: &Path, command: &str) -> String {
    let output = run(folder, command);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), !text.contains(FAILED) && !text.contains("(transform `"), "{text}");
    text
}

/// What a command writes to its output.
fn quiet(folder: &Path, command: &str) -> String {
    String::from_utf8_lossy(&run(folder, command).stdout).into_owned()
}

fn run(folder: &Path, command: &str) -> Output {
    let (program, arguments) = command.split_once(' ').unwrap();
    let program = if program == "telesieve" { cli().to_owned() } else { PathBuf::from(program) };
    let mut command = Command::new(program);
    command.args(arguments.split(' ')).current_dir(folder).env("COLUMNS", "100");
    // Dependencies are compiled once for all crates, and kept for the next time.
    command.env("CARGO_TARGET_DIR", paths::target().join("tutorial"));
    for name in OUR_OWN {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).output().unwrap()
}

/// Every line that the page shows is there, in that order. `…` stands for anything.
fn see(command: &str, shown: &str, expected: &[String]) {
    let mut rest = shown;
    for line in expected.iter().map(|line| line.trim_end().trim_end_matches('…').trim_end()) {
        let found = rest.lines().find(|found| found.starts_with(line));
        let found = found.unwrap_or_else(|| missing(command, line, shown));
        let end = found.as_ptr() as usize - rest.as_ptr() as usize + found.len();
        rest = if line.is_empty() { rest } else { &rest[end..] };
    }
}

fn missing<T>(command: &str, line: &str, shown: &str) -> T {
    std::panic::resume_unwind(Box::new(format!("`{command}` does not show this line:\n{line}\nbut:\n{shown}")))
}

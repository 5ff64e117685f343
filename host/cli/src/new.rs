//! `telesieve new`: a crate with a transform, its configuration, recorded telemetry and an accepted snapshot.
//!
//! It builds, passes `cargo test` and `telesieve test`, and runs as it stands: everybody changes what works.

mod sdk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use crate::out;
use sdk::Sdk;

/// Create a crate with a transform that builds, passes its tests and runs without changes.
///
/// The SDK is not in a package registry: the crate depends on a telesieve checkout by path. The checkout's Cargo.lock is
/// copied, so that the crate builds with the same package versions.
#[derive(Clone, Debug, clap::Args)]
pub struct NewArgs {
    /// The folder to create. Its last part names the crate and the transform.
    #[arg(value_name = "NAME")]
    folder: PathBuf,
    /// The kind of the transform. It decides what happens to records when the transform fails: `redact` always drops them.
    #[arg(long, value_enum)]
    kind: Kind,
    /// The language to write it in.
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// The SDK: a telesieve checkout, or its folder `guest-sdk/rust`. Default: the checkout that this program was built
    /// from.
    #[arg(long, value_name = "PATH")]
    sdk: Option<PathBuf>,
}

/// What a transform is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// Remove what must not be sent.
    Redact,
    /// Drop events that are not needed.
    Filter,
    /// Add labels to events.
    Relabel,
    /// Count, measure and add events.
    Enrich,
}

/// A language with an SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Rust,
}

const MANIFEST: &str = include_str!("../templates/Cargo.toml.txt");
const IGNORED: &str = include_str!("../templates/gitignore.txt");
const CONFIG: &str = include_str!("../templates/telesieve.toml.txt");
const TELEMETRY: &str = include_str!("../templates/sample.ndjson");

/// What differs between kinds.
struct Template {
    source: &'static str,
    /// Keys of the transform's table.
    extra: &'static str,
    settings: &'static str,
    snapshot: &'static str,
}

impl Kind {
    fn template(self) -> Template {
        match self {
            Self::Redact => Template {
                source: include_str!("../templates/redact.rs"),
                extra: "# Records that the transform fails on are dropped. No setting changes that.\n",
                settings: "customer = \"CUST-[0-9]{6}\"",
                snapshot: include_str!("../templates/redact.txt"),
            },
            Self::Filter => Template {
                source: include_str!("../templates/filter.rs"),
                extra: "on_error = \"pass\" # records that the transform fails on pass unchanged\n",
                settings: "min_level = \"info\"\nhealth_check = \"GET /(health|ready)z?\"",
                snapshot: include_str!("../templates/filter.txt"),
            },
            Self::Relabel => Template {
                source: include_str!("../templates/relabel.rs"),
                extra: "on_error = \"pass\" # records that the transform fails on pass unchanged\n",
                settings: "team = \"shop\"\nstatus = \"order.status\"",
                snapshot: include_str!("../templates/relabel.txt"),
            },
            Self::Enrich => Template {
                source: include_str!("../templates/enrich.rs"),
                extra: "on_error = \"pass\" # records that the transform fails on pass unchanged\n",
                settings: "status = \"order.status\"",
                snapshot: include_str!("../templates/enrich.txt"),
            },
        }
    }
}

/// Creates the crate.
///
/// # Errors
/// The name is not a valid crate name, the folder exists, there is no SDK, or something cannot be written.
pub fn run(args: &NewArgs) -> Result<ExitCode> {
    let Language::Rust = args.lang;
    let name = name_of(&args.folder)?;
    ensure!(!args.folder.exists(), "{} already exists: choose another folder", args.folder.display());
    let sdk = Sdk::find(args.sdk.as_deref())?;
    write(&args.folder, &name, args.kind, &sdk)
        .inspect_err(|_| drop(fs::remove_dir_all(&args.folder)))
        .with_context(|| format!("failed to create {}", args.folder.display()))?;
    told(&args.folder, &sdk);
    Ok(ExitCode::SUCCESS)
}

/// The name of crate and transform, which is the function's too, with `_` for `-`.
fn name_of(folder: &Path) -> Result<String> {
    let name = folder.file_name().and_then(|name| name.to_str()).context("expected a folder name")?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let well = name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(plain);
    ensure!(
        well && name.len() <= 64,
        "{name:?} is not a valid crate name: expected at most 64 lower-case letters, digits, - and _, starting with a letter"
    );
    if TAKEN.contains(&name.replace('-', "_").as_str()) {
        bail!("{name:?} is reserved by Rust: choose another name");
    }
    Ok(name.to_owned())
}

/// Keywords, and names that the template or cargo uses.
const TAKEN: [&str; 58] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "known",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "serde",
    "setup",
    "static",
    "std",
    "struct",
    "super",
    "telesieve_guest",
    "test",
    "tests",
    "trait",
    "transform",
    "true",
    "try",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
];

fn write(folder: &Path, name: &str, kind: Kind, sdk: &Sdk) -> Result<()> {
    let template = kind.template();
    let fill = |text: &str| {
        let function = name.replace('-', "_");
        text.replace("{name}", name).replace("{function}", &function).replace("{extra}", template.extra)
    };
    let files = [
        ("Cargo.toml", fill(MANIFEST).replace("{sdk}", &sdk.in_toml())),
        (".gitignore", IGNORED.to_owned()),
        ("src/lib.rs", fill(template.source)),
        ("telesieve.toml", fill(CONFIG).replace("{settings}", template.settings)),
        ("telemetry/sample.ndjson", TELEMETRY.to_owned()),
        ("snapshots/sample.txt", fill(template.snapshot)),
    ];
    for part in ["src", "telemetry", "snapshots"] {
        fs::create_dir_all(folder.join(part))?;
    }
    files.iter().try_for_each(|(file, text)| fs::write(folder.join(file), text))?;
    if let Some(lock) = sdk.lock() {
        fs::copy(lock, folder.join("Cargo.lock"))?;
    }
    Ok(())
}

fn told(folder: &Path, sdk: &Sdk) {
    let folder = folder.display();
    out::line(&format!("{folder}: a transform, its configuration, telemetry to test it on, and the expected output"));
    out::line(&format!("SDK: {}, by path: do not move this checkout, the crate depends on it", sdk.folder.display()));
    out::line("\nNext:");
    for (command, what) in [
        (format!("cd {folder}"), ""),
        ("cargo test".to_owned(), "run its unit tests"),
        ("telesieve test".to_owned(), "run it in the shipped engine on telemetry/sample.ndjson"),
        ("telesieve check".to_owned(), "report every error at once"),
        ("telesieve build".to_owned(), "build a component to bundle"),
    ] {
        out::line(format!("  {command:<18}{what}").trim_end());
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use clap::ValueEnum as _;

    use super::*;

    fn args(folder: PathBuf, kind: Kind) -> NewArgs {
        NewArgs { folder, kind, lang: Language::Rust, sdk: None }
    }

    #[test]
    fn every_kind_is_filled_in() {
        let folder = tempfile::tempdir().unwrap();
        for kind in Kind::value_variants() {
            let target = folder.path().join(format!("my-{kind:?}").to_lowercase());
            run(&args(target.clone(), *kind)).unwrap();
            for file in ["Cargo.toml", "src/lib.rs", "telesieve.toml", "snapshots/sample.txt"] {
                let text = fs::read_to_string(target.join(file)).unwrap();
                let left = ["{name}", "{function}", "{sdk}", "{extra}", "{settings}"];
                assert!(!left.iter().any(|hole| text.contains(hole)), "{file}: {text}");
            }
            let loaded = telesieve_config::load_file(
                &target.join("telesieve.toml"),
                true,
                &std::collections::BTreeMap::<String, String>::new(),
            );
            assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
            assert!(target.join("Cargo.lock").is_file());
        }
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let error = run(&args(folder.path().join("."), Kind::Redact)).unwrap_err().to_string();
        assert!(error.contains("is not a valid crate name") || error.contains("already exists"), "{error}");
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        let error = run(&args(taken, Kind::Redact)).unwrap_err().to_string();
        assert!(error.ends_with("already exists: choose another folder"), "{error}");
    }

    #[test]
    fn bad_names_are_refused() {
        for name in ["Redact", "1st", "a b", "a/..", "crate", "proc-macro", "", "é"] {
            assert!(name_of(Path::new(name)).is_err(), "{name}");
        }
        assert_eq!(name_of(Path::new("x/hide-me2")).unwrap(), "hide-me2");
    }

    #[test]
    fn an_sdk_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = NewArgs { sdk: Some(folder.path().to_owned()), ..args(folder.path().join("one"), Kind::Redact) };
        let error = run(&wrong).unwrap_err().to_string();
        assert!(error.contains("contains no SDK"), "{error}");
        assert!(!folder.path().join("one").exists());
    }
}

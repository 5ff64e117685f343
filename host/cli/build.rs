//! Embeds the ready-made components and the extension, and names the commit.
//!
//! `cargo xtask` fills a folder, which `.cargo/config.toml` names in `XTASK_ASSETS`:
//!
//! ```text
//! components/<name>.wasm                        the ready-made transforms, as core modules
//! extensions/telesieve-extension-<arch>         the extension, static
//! <each of them>.cdx.json                       its bill of materials
//! ```
//!
//! Where the folder is empty, the program carries nothing, and says so where it would need it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let code = embed(&assets());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder for output"));
    fs::write(out.join("assets.rs"), code).expect("the folder for output can be written");
    name_commit();
}

/// The folder to embed. It is made here if it is missing: cargo would compile the program again at every build if it had
/// to watch a folder that does not exist.
fn assets() -> PathBuf {
    println!("cargo::rerun-if-env-changed=XTASK_ASSETS");
    let Some(folder) = env::var_os("XTASK_ASSETS").map(PathBuf::from) else {
        println!("cargo::rerun-if-changed=build.rs");
        return PathBuf::from("/nonexistent");
    };
    for part in ["components", "extensions"] {
        let _unwritable = fs::create_dir_all(folder.join(part));
    }
    println!("cargo::rerun-if-changed={}", folder.display());
    folder
}

/// The tables that `src/assets.rs` includes.
fn embed(folder: &Path) -> String {
    let mut code = String::from("static COMPONENTS: &[Component] = &[\n");
    // A file without its bill is the rest of an older build.
    for bill in files(&folder.join("components"), ".wasm.cdx.json") {
        let file = bill.with_extension("").with_extension("");
        let name = file.file_stem().unwrap_or_default();
        let _ = writeln!(
            code,
            "Component {{ name: {name:?}, module: include_bytes!({file:?}), bill: include_bytes!({bill:?}) }},"
        );
    }
    code.push_str("];\nstatic EXTENSIONS: &[Extension] = &[\n");
    for bill in files(&folder.join("extensions"), ".cdx.json") {
        let file = bill.with_extension("").with_extension("");
        let name = file.file_name().unwrap_or_default();
        let _ = writeln!(
            code,
            "Extension {{ name: {name:?}, program: include_bytes!({file:?}), bill: include_bytes!({bill:?}) }},"
        );
    }
    code + "];\n"
}

/// The files with an ending, sorted, so that the same files make the same program.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let has_ending = |path: &PathBuf| path.to_string_lossy().ends_with(ending);
    let mut files: Vec<PathBuf> = entries.filter(has_ending).collect();
    files.sort();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    files
}

/// The commit that the program is built from, for `--version`: from the variable, else from git, else unknown.
fn name_commit() {
    println!("cargo::rerun-if-env-changed=XTASK_COMMIT");
    // It has a line for each commit that was checked out.
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.git/logs/HEAD");
    if log.is_file() {
        println!("cargo::rerun-if-changed={}", log.display());
    }
    let commit = env::var("XTASK_COMMIT").ok().or_else(commit_of_git).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=XTASK_COMMIT={commit}");
}

fn commit_of_git() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Some(commit).filter(|_| output.status.success())
}

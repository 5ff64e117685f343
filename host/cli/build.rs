//! Embeds the ready-made components and the extension, and names the commit.
//!
//! `cargo xtask` fills a folder and names it in `TELESIEVE_ASSETS`:
//!
//! ```text
//! components/<name>.wasm                        the ready-made transforms, as core modules
//! extensions/telesieve-extension-<arch>         the extension, static, with `.cdx.json` next to it
//! ```
//!
//! Without the variable, a release build takes the folder that `cargo xtask` filled last, so that `cargo install` makes a
//! whole program. A debug build without the variable embeds nothing: unit tests need nothing, and a folder that changes
//! would compile the program again each time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The folder, from this crate.
const ASSETS: &str = "../../target/assets";

fn main() {
    let code = match assets() {
        Some(folder) => embed(&folder),
        None => embed(Path::new("/nonexistent")),
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder for output"));
    fs::write(out.join("assets.rs"), code).expect("the folder for output can be written");
    name_commit();
}

/// The folder to embed.
fn assets() -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed=TELESIEVE_ASSETS");
    if let Some(named) = env::var_os("TELESIEVE_ASSETS") {
        let folder = PathBuf::from(named);
        println!("cargo::rerun-if-changed={}", folder.display());
        return Some(folder);
    }
    println!("cargo::rerun-if-changed=build.rs");
    let is_release = env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(ASSETS);
    if is_release && !folder.is_dir() {
        println!("cargo::warning=the program will carry no transforms and no extension: run `cargo xtask build` first");
    }
    Some(folder).filter(|folder| is_release && folder.is_dir())
}

/// The tables that `src/assets.rs` includes.
fn embed(folder: &Path) -> String {
    let mut code = String::from("static COMPONENTS: &[Component] = &[\n");
    for file in files(&folder.join("components"), ".wasm") {
        let name = file.file_stem().unwrap_or_default();
        let _ = writeln!(code, "Component {{ name: {name:?}, module: include_bytes!({file:?}) }},");
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
    println!("cargo::rerun-if-env-changed=TELESIEVE_COMMIT");
    // It has a line for each commit that was checked out.
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.git/logs/HEAD");
    if log.is_file() {
        println!("cargo::rerun-if-changed={}", log.display());
    }
    let commit = env::var("TELESIEVE_COMMIT").ok().or_else(commit_of_git).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=TELESIEVE_COMMIT={commit}");
}

fn commit_of_git() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Some(commit).filter(|_| output.status.success())
}

//! `cargo xtask site`: the documentation as a site with search, under `target/site`.
//!
//! The pages of `docs/` and the Markdown files at the top of the repository are copied into a folder (`pages.rs`), the
//! reference of the SDK is made by rustdoc, and Material for MkDocs renders both. MkDocs runs in strict mode: each of its
//! warnings is an error. Then the result is checked: links (`links.rs`) and search (`search.rs`).
//!
//! The site names no host, so it can be served from any address, or from a folder of one.

mod html;
mod links;
mod markdown;
mod pages;
mod search;
mod sources;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::process::{cargo, command, run, say, step};
use crate::{paths, tools};

/// What renders, and its navigation.
const CONFIGURATION: &str = "docs/site/mkdocs.yml";

/// rustdoc's pages of help and settings link to an index of all crates, which it does not write for one crate.
const API_INDEX: &str = "<!doctype html>\n<title>telesieve_guest</title>\n\
    <meta http-equiv=\"refresh\" content=\"0; url=telesieve_guest/index.html\">\n\
    <a href=\"telesieve_guest/index.html\">telesieve_guest</a>\n";

/// Builds the site and checks it.
///
/// # Errors
/// A page has a broken link, MkDocs or rustdoc warns, or a search finds nothing.
pub fn build() -> Result<()> {
    let site = paths::target().join("site");
    step("collecting the pages");
    let staged = paths::target().join("site-pages");
    pages::collect(&staged)?;
    step("rendering the site");
    render(&staged, &site)?;
    step("making the reference of the SDK");
    api(&site.join("api"))?;
    step("checking links and search");
    links::check(&site)?;
    search::check(&site)?;
    say(&format!("the site is {}", site.join("index.html").display()));
    Ok(())
}

/// Writes the HTML of `telesieve-guest` into a folder.
///
/// rustdoc makes one index for all crates of its folder, so it gets one of its own. What was compiled for other commands is
/// used all the same.
fn api(folder: &Path) -> Result<()> {
    let target = paths::target().join("site-api");
    let mut doc = cargo();
    doc.args(["doc", "--quiet", "-p", "telesieve-guest", "--no-deps", "--target-dir"]).arg(&target);
    run(doc.env("CARGO_BUILD_BUILD_DIR", paths::target()).env("RUSTDOCFLAGS", "-D warnings"))?;
    copy_folder(&target.join("doc"), folder)?;
    Ok(fs::write(folder.join("index.html"), API_INDEX)?)
}

fn render(pages: &Path, site: &Path) -> Result<()> {
    // MkDocs looks for pages from where its configuration is.
    let configuration = pages.with_added_extension("yml");
    fs::copy(paths::root().join(CONFIGURATION), &configuration).context("failed to copy the configuration")?;
    let mkdocs = tools::site_generator()?.join("mkdocs");
    let mut build = command(mkdocs);
    // Without `--quiet`: with it, warnings are not counted, and nothing is strict.
    build.args(["build", "--strict", "--clean", "--config-file"]).arg(configuration);
    // Material warns about a future MkDocs in each run; the versions here are pinned.
    run(build.arg("--site-dir").arg(site).env("NO_MKDOCS_2_WARNING", "true"))
}

/// Copies a folder with all that is in it, dot files left out.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("failed to read {}", from.display()))? {
        copy(&entry?, to)?;
    }
    Ok(())
}

fn copy(entry: &fs::DirEntry, to: &Path) -> Result<()> {
    let name = entry.file_name();
    if name.to_string_lossy().starts_with('.') {
        return Ok(());
    }
    if entry.file_type()?.is_dir() {
        return copy_folder(&entry.path(), &to.join(name));
    }
    fs::copy(entry.path(), to.join(name))?;
    Ok(())
}

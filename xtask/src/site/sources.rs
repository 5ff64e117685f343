//! Pages that show a file of the repository, for links from the documentation to code and examples.
//!
//! The site names no repository on the web, so what a page links to is shown in the site itself. These pages are not in the
//! navigation, and the search leaves them out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::pages;
use crate::process::{command, output};

/// Keeps a page out of the search.
const FRONT_MATTER: &str = "---\nsearch:\n  exclude: true\n---\n";

/// The page of a file or folder.
pub(super) fn page_of(path: &Path, is_folder: bool) -> PathBuf {
    let page = Path::new("source").join(path);
    if is_folder { page.join("index.md") } else { page.with_added_extension("md") }
}

/// Writes the pages of files and folders, and those of all files in the folders.
///
/// # Errors
/// A file is not text, or cannot be read.
pub(super) fn write(root: &Path, linked: &BTreeSet<PathBuf>, site: &Path) -> Result<()> {
    let is_folder = |path: &PathBuf| root.join(path).is_dir();
    let (folders, mut files): (BTreeSet<_>, BTreeSet<_>) = linked.iter().cloned().partition(is_folder);
    for folder in folders {
        let content = content(&folder)?;
        pages::write(&site.join(page_of(&folder, true)), &folder_page(&folder, &content))?;
        files.extend(content);
    }
    files.iter().try_for_each(|file| write_file(root, file, site))
}

fn write_file(root: &Path, file: &Path, site: &Path) -> Result<()> {
    let text = fs::read_to_string(root.join(file)).with_context(|| format!("failed to read {}", file.display()))?;
    pages::write(&site.join(page_of(file, false)), &file_page(file, &text))
}

/// The files of a folder that belong to the repository.
fn content(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut list = command("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard", "--"]).arg(folder);
    Ok(output(&mut list)?.lines().map(PathBuf::from).collect())
}

fn folder_page(folder: &Path, files: &[PathBuf]) -> String {
    let mut page = format!("{FRONT_MATTER}# `{}`\n\n", folder.display());
    let here = page_of(folder, true);
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(file);
        let link = pages::relative(&here, &page_of(file, false));
        let _ = writeln!(page, "- [`{}`]({link})", name.display());
    }
    page
}

fn file_page(file: &Path, text: &str) -> String {
    let fence = fence(text);
    let language = language(file);
    format!("{FRONT_MATTER}# `{}`\n\n{fence}{language}\n{}\n{fence}\n", file.display(), text.trim_end())
}

/// A fence that is longer than any in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|next| next != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// The language of a file, as the highlighter calls it.
fn language(file: &Path) -> &'static str {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let extension = name.rsplit_once('.').map_or(name, |(_, extension)| extension);
    match extension {
        "Dockerfile" => "docker",
        "json" | "ndjson" => "json",
        "md" => "markdown",
        "patch" => "diff",
        "py" => "python",
        "rs" => "rust",
        "tf" => "terraform",
        "toml" => "toml",
        "ts" => "typescript",
        "yaml" | "yml" => "yaml",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_have_pages() {
        assert_eq!(page_of(Path::new("deploy/a.tf"), false), Path::new("source/deploy/a.tf.md"));
        assert_eq!(page_of(Path::new("deploy/b"), true), Path::new("source/deploy/b/index.md"));
    }

    #[test]
    fn a_fence_is_longer_than_those_in_the_text() {
        assert_eq!(fence("text"), "```");
        assert_eq!(fence("a\n````\nb `c`"), "`````");
    }

    #[test]
    fn a_folder_lists_its_files() {
        let page = folder_page(Path::new("deploy"), &[PathBuf::from("deploy/sam/template.yaml")]);
        assert!(page.ends_with("- [`sam/template.yaml`](../../source/deploy/sam/template.yaml.md)\n"), "{page}");
    }
}

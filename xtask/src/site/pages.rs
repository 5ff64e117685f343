//! The pages of the site, collected in one folder.
//!
//! The sources are written for readers of the repository: they link to pages of `docs/`, to files at the top, and to code.
//! Here each becomes a page of the site and every link is rewritten to where its target is now. Files that are not Markdown
//! become pages of their own if a page links to them (`sources.rs`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::{markdown, sources};
use crate::paths;

/// Pages outside of `docs/`, and what they are called in the site.
const TOP: [(&str, &str); 5] = [
    ("README.md", "index.md"),
    ("ARCHITECTURE.md", "architecture.md"),
    ("CHANGELOG.md", "changelog.md"),
    ("CONTRIBUTING.md", "contributing.md"),
    ("SECURITY.md", "security.md"),
];

/// What belongs to the site and is no page.
const ASSETS: &str = "docs/site/assets";

/// Fills a folder with all pages; what was in it is removed.
///
/// # Errors
/// A page links to something that does not exist, or a file cannot be read.
pub(super) fn collect(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("failed to remove {}", folder.display()))?;
    }
    let root = paths::root();
    let mut linked = BTreeSet::new();
    for source in markdown_files(&root)? {
        let page = page_of(&source).context("a Markdown file of the documentation is a page")?;
        let text = fs::read_to_string(root.join(&source))?;
        let written = rewritten(&root, &source, &text, &mut linked)?;
        write(&folder.join(page), &written)?;
    }
    sources::write(&root, &linked, folder)?;
    super::copy_folder(&root.join(ASSETS), &folder.join("assets"))
}

/// Writes a file and the folder that it is in.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a page is in a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}

/// All sources of pages, as paths in the repository.
fn markdown_files(root: &Path) -> Result<Vec<PathBuf>> {
    let top = TOP.iter().map(|(source, _)| PathBuf::from(source));
    let mut files: Vec<_> = top.filter(|source| root.join(source).is_file()).collect();
    add_pages_of(root, Path::new("docs"), &mut files)?;
    Ok(files)
}

fn add_pages_of(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let path = folder.join(entry?.file_name());
        if root.join(&path).is_dir() {
            add_pages_of(root, &path, files)?;
        } else if page_of(&path).is_some() {
            files.push(path);
        }
    }
    Ok(())
}

/// The page that a Markdown file of the documentation becomes.
fn page_of(source: &Path) -> Option<PathBuf> {
    if let Some((_, page)) = TOP.iter().find(|(top, _)| source == Path::new(top)) {
        return Some(PathBuf::from(page));
    }
    let page = source.strip_prefix("docs").ok()?;
    if page.extension()? != "md" || page.starts_with("site") {
        return None;
    }
    Some(if page.file_name()? == "README.md" { page.with_file_name("index.md") } else { page.to_owned() })
}

/// A page with its links rewritten. Files of the repository that it links to are added to `linked`.
fn rewritten(root: &Path, source: &Path, text: &str, linked: &mut BTreeSet<PathBuf>) -> Result<String> {
    let page = page_of(source).context("only pages have links")?;
    markdown::rewritten(text, |target| {
        let (path, anchor) = target.split_at(target.find('#').unwrap_or(target.len()));
        if path.is_empty() || path.contains(':') {
            return Ok(target.to_owned());
        }
        let there = resolved(source, path);
        if !root.join(&there).exists() {
            bail!("{} links to {path}, which does not exist", source.display());
        }
        let new = page_of(&there).unwrap_or_else(|| {
            linked.insert(there.clone());
            sources::page_of(&there, root.join(&there).is_dir())
        });
        Ok(format!("{}{anchor}", relative(&page, &new)))
    })
}

/// Where a link of a file leads, as a path in the repository.
fn resolved(source: &Path, path: &str) -> PathBuf {
    let mut there = source.parent().map(Path::to_owned).unwrap_or_default();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." => drop(there.pop()),
            name => there.push(name),
        }
    }
    there
}

/// The link from one page of the site to another.
pub(super) fn relative(from: &Path, to: &Path) -> String {
    let up = from.components().count().saturating_sub(1);
    let to: Vec<_> = to.iter().map(|part| part.to_string_lossy()).collect();
    format!("{}{}", "../".repeat(up), to.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(source: &str) -> Option<String> {
        page_of(Path::new(source)).map(|page| page.display().to_string())
    }

    #[test]
    fn sources_have_their_pages() {
        assert_eq!(page("README.md").as_deref(), Some("index.md"));
        assert_eq!(page("docs/rules.md").as_deref(), Some("rules.md"));
        assert_eq!(page("docs/extending/README.md").as_deref(), Some("extending/index.md"));
        for other in ["docs/site/mkdocs.yml", "docs/extending/new-rule.patch", "deploy/README.md", "LICENSE"] {
            assert_eq!(page(other), None, "{other}");
        }
    }

    #[test]
    fn links_follow_their_targets() {
        let text = "[a](rules.md#x) [b](../ARCHITECTURE.md) [c](../xtask/Cargo.toml) [d](https://e.example) [e](#f)";
        let mut linked = BTreeSet::new();
        let written = rewritten(&paths::root(), Path::new("docs/rules.md"), text, &mut linked).expect("good links");
        let expected =
            "[a](rules.md#x) [b](architecture.md) [c](source/xtask/Cargo.toml.md) [d](https://e.example) [e](#f)";
        assert_eq!(written, expected);
        assert_eq!(linked, BTreeSet::from([PathBuf::from("xtask/Cargo.toml")]));
    }

    #[test]
    fn a_link_to_nothing_is_an_error() {
        let failed = rewritten(&paths::root(), Path::new("docs/rules.md"), "[a](nothing.md)", &mut BTreeSet::new());
        let expected = "docs/rules.md links to nothing.md, which does not exist";
        assert_eq!(failed.expect_err("no such page").to_string(), expected);
    }

    #[test]
    fn links_go_up_and_down() {
        assert_eq!(relative(Path::new("a.md"), Path::new("b/c.md")), "b/c.md");
        assert_eq!(relative(Path::new("a/b/c.md"), Path::new("d.md")), "../../d.md");
    }
}

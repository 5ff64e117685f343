//! Links of the rendered site: each internal one leads to a file, and its anchor to an element of that page.
//!
//! Links to other hosts are not followed, because there may be no network; only their form is looked at. What a browser
//! loads by itself (scripts, styles, pictures) has to come from the site, so that a reader is seen by no other host.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::html::{self, Tag};
use crate::process::say;

/// What has to be known of a page.
struct Page {
    anchors: BTreeSet<String>,
    links: Vec<Link>,
}

/// A reference from a page.
struct Link {
    target: String,
    /// Whether a browser loads it without a click.
    loaded: bool,
}

/// Pages by their paths in the site.
type Pages = BTreeMap<PathBuf, Page>;

/// Checks every page of a site.
///
/// # Errors
/// A link is broken; all of them are named.
pub(super) fn check(site: &Path) -> Result<()> {
    let mut pages = Pages::new();
    read(site, Path::new(""), &mut pages)?;
    let broken = faults(&pages, |path| site.join(path).is_file());
    let links: usize = pages.values().map(|page| page.links.len()).sum();
    ensure!(broken.is_empty(), "{} of {links} links are broken:\n{}", broken.len(), broken.join("\n"));
    say(&format!("  {links} links of {} pages", pages.len()));
    Ok(())
}

/// The faults of all links, with the pages that they are on.
fn faults(pages: &Pages, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, page) in pages {
        let found = page.links.iter().filter_map(|link| fault(path, link, pages, &exists));
        faults.extend(found.map(|fault| format!("{}: {fault}", path.display())));
    }
    faults
}

/// Reads all pages below a folder of the site.
fn read(site: &Path, folder: &Path, pages: &mut Pages) -> Result<()> {
    let full = site.join(folder);
    for entry in fs::read_dir(&full).with_context(|| format!("failed to read {}", full.display()))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            read(site, &path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let text =
                fs::read_to_string(entry.path()).with_context(|| format!("failed to read {}", path.display()))?;
            pages.insert(path, page(&text));
        }
    }
    Ok(())
}

fn page(text: &str) -> Page {
    let tags = html::tags(text);
    let named = |tag: &Tag<'_>| ["id", "name"].iter().find_map(|name| tag.value(name)).map(String::from);
    Page { anchors: tags.iter().filter_map(named).collect(), links: tags.iter().filter_map(link).collect() }
}

fn link(tag: &Tag<'_>) -> Option<Link> {
    let target = tag.value("href").or_else(|| tag.value("src"))?.into_owned();
    Some(Link { target, loaded: tag.name != "a" })
}

/// What is wrong with a link of a page.
fn fault(page: &Path, link: &Link, pages: &Pages, exists: &impl Fn(&Path) -> bool) -> Option<String> {
    let target = link.target.trim();
    match scheme(target) {
        Some("http" | "https") if link.loaded => Some(format!("{target} is loaded from another host")),
        Some("http" | "https") => (!is_url(target)).then(|| format!("{target} is not a URL")),
        Some("data" | "mailto" | "javascript") => None,
        Some(_) => Some(format!("{target} has a scheme that no page needs")),
        None => internal_fault(page, target, pages, exists),
    }
}

fn scheme(target: &str) -> Option<&str> {
    let (scheme, _) = target.split_once(':')?;
    scheme.chars().all(|next| next.is_ascii_alphanumeric()).then_some(scheme)
}

/// Whether a link to another host has a host, and nothing that would have to be escaped.
fn is_url(target: &str) -> bool {
    let rest = target.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && !target.contains(|next: char| next.is_whitespace() || matches!(next, '<' | '>' | '"'))
}

fn internal_fault(page: &Path, target: &str, pages: &Pages, exists: &impl Fn(&Path) -> bool) -> Option<String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = path.split('?').next().unwrap_or_default();
    let Some(file) = resolve(page, &decoded(path)) else {
        return Some(format!("{target} leads out of the site"));
    };
    let file = if exists(&file) { file } else { file.join("index.html") };
    if !exists(&file) {
        // rustdoc names a list of implementations for each trait, and writes it only if there are any.
        if file.starts_with("api/trait.impl") {
            return None;
        }
        return Some(format!("{target} leads to no file"));
    }
    let there = pages.get(&file)?;
    (!has_anchor(there, anchor, &file)).then(|| format!("{target} leads to no element of that page"))
}

/// Where a link of a page leads, as a path in the site; none if that is outside of it.
fn resolve(page: &Path, path: &str) -> Option<PathBuf> {
    if path.is_empty() {
        return Some(page.to_owned());
    }
    let folder = page.parent().filter(|_| !path.starts_with('/'));
    let mut parts: Vec<_> = folder.into_iter().flat_map(Path::iter).filter_map(|part| part.to_str()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.iter().collect())
}

/// Whether a page has an anchor. rustdoc's pages of sources take ranges of lines, which a script resolves.
fn has_anchor(page: &Page, anchor: &str, file: &Path) -> bool {
    let has = |anchor: &str| page.anchors.contains(anchor) || page.anchors.contains(&decoded(anchor));
    let is_source = file.starts_with("api/src");
    let first_line = anchor.split('-').next().filter(|_| is_source);
    anchor.is_empty() || has(anchor) || first_line.is_some_and(has)
}

/// Resolves `%41` and its like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let digits = others.get(..2).filter(|_| *first == b'%').and_then(|digits| str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = others.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The faults of a page `guide/index.html` of a site with two more files.
    fn faults_of(text: &str) -> Vec<String> {
        let pages = Pages::from([
            (PathBuf::from("guide/index.html"), page(text)),
            (PathBuf::from("rules/index.html"), page("<h2 id=email>")),
        ]);
        let exists = |path: &Path| pages.contains_key(path) || path == Path::new("style.css");
        let faults = faults(&pages, exists).into_iter();
        faults.map(|fault| fault.replace("guide/index.html: ", "")).collect()
    }

    #[test]
    fn good_links_have_no_faults() {
        let links = ["../rules/", "../rules/#email", "/rules/index.html#email", "#here", "#", "../style.css?v=1", "."];
        let links: String = links.iter().map(|link| format!("<a href=\"{link}\">")).collect();
        assert_eq!(faults_of(&format!("<p id=here>{links}<a href=https://example.com/a#b>")), Vec::<String>::new());
    }

    #[test]
    fn broken_links_are_named() {
        assert_eq!(faults_of("<a href=../rule/>"), ["../rule/ leads to no file"]);
        assert_eq!(faults_of("<a href=../rules/#mail>"), ["../rules/#mail leads to no element of that page"]);
        assert_eq!(faults_of("<a href=../../x>"), ["../../x leads out of the site"]);
        assert_eq!(faults_of("<a href='https:// a'>"), ["https:// a is not a URL"]);
        assert_eq!(
            faults_of("<img src=https://a.example/b.png>"),
            ["https://a.example/b.png is loaded from another host"]
        );
    }

    #[test]
    fn escaped_characters_of_links_are_resolved() {
        assert_eq!(decoded("a%20b%3Cc%zz%4"), "a b<c%zz%4");
    }
}

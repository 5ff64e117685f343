//! The cookbook's page is made of the recipes. `cargo xtask docs` writes it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const INTRODUCTION: &str = "\
# Cookbook

Recipes for common tasks. Each is a transform of its own. CI tests each recipe natively, and all of them together as
components in the extension's engine. Copy one into a crate that `telesieve new` made, or build it unchanged:

```sh
telesieve build guest-sdk/rust --example drop_health_checks --profile guest
```

`cargo xtask docs` generates this page from the recipes' source, in
[`guest-sdk/rust/examples`](../guest-sdk/rust/examples), which also contains their tests.
[`cookbook`](../guest-sdk/rust/examples/cookbook) has a configuration with all of them, telemetry and a snapshot for
`telesieve test`.
";

/// In the order of the page.
const RECIPES: [&str; 8] = include!("../examples/cookbook/recipes.rs");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for name in RECIPES {
        let source = std::fs::read_to_string(folder().join(format!("examples/{name}.rs"))).unwrap();
        recipe(&mut page, &source);
    }
    page
}

/// The prose at the head of a recipe, and its code without the tests.
fn recipe(page: &mut String, source: &str) {
    let is_prose = |line: &&str| line.starts_with("//!");
    let mut prose =
        source.lines().take_while(is_prose).map(|line| line.trim_start_matches("//!").trim_start_matches(' '));
    let _ = writeln!(page, "\n## {}", prose.next().unwrap());
    prose.for_each(|line| page.push_str(&format!("{line}\n")));
    let code = source.split("#[cfg(test)]").next().unwrap();
    let code: Vec<_> = code.lines().skip_while(is_prose).collect();
    let _ = writeln!(page, "\n```rust\n{}\n```", code.join("\n").trim());
}

#[test]
fn the_page_is_up_to_date() {
    let path = folder().join("../../docs/cookbook.md");
    if std::env::var_os("TELESIEVE_BLESS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page(), "docs/cookbook.md is not what the recipes say: run `cargo xtask docs`");
}

#[test]
fn every_recipe_is_on_the_page() {
    let files = std::fs::read_dir(folder().join("examples")).unwrap().flatten();
    let mut names: Vec<_> =
        files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".rs")?.to_owned())).collect();
    names.sort();
    let mut listed = RECIPES.to_vec();
    listed.sort_unstable();
    assert_eq!(names, listed);
}

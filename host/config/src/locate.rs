//! Where in the file a setting of a transform stands.
//!
//! A transform that refuses a setting names it by its path, such as `rules[2].action`: it knows nothing of files. The
//! file is read again for that, so that nothing is kept for a question that is asked only when something is wrong.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config_error::Place;
use crate::load::MAX_FILE_BYTES;
use crate::regular::read_regular;
use crate::toml_file::line_and_column;

/// The place of a setting of the transform with this name, or of the nearest table around it that is there.
///
/// `None` if the file cannot be read (any more), or has no such transform.
#[must_use]
pub fn place_of_setting(file: &Path, transform: &str, setting: &str) -> Option<Place> {
    let text = String::from_utf8(read_regular(file, MAX_FILE_BYTES).ok()?).ok()?;
    let at = find(&text, transform, setting)?;
    Some(Place::File { path: file.display().to_string(), at: Some(line_and_column(&text, at)) })
}

fn find(text: &str, transform: &str, setting: &str) -> Option<usize> {
    let (table, _) = DeTable::parse_recoverable(text);
    let transforms = table.get_ref().get("transform")?.get_ref().as_array()?;
    let is_named = |table: &&Spanned<DeValue<'_>>| {
        table.get_ref().get("name").is_some_and(|name| name.get_ref().as_str() == Some(transform))
    };
    let table = transforms.iter().find(is_named)?;
    let Some((key, settings)) = member(table.get_ref(), "settings") else { return Some(table.span().start) };
    Some(walk(settings, setting, key))
}

/// Follows a path as far as it goes.
fn walk(settings: &Spanned<DeValue<'_>>, path: &str, start: usize) -> usize {
    let (mut value, mut at) = (settings, start);
    for step in steps(path) {
        let next = match step {
            Step::Key(key) => member(value.get_ref(), key),
            Step::Index(index) => value.get_ref().get(index).map(|element| (element.span().start, element)),
        };
        let Some(next) = next else { break };
        (at, value) = next;
    }
    at
}

/// A member of a table, and where its key stands.
fn member<'v, 't>(value: &'v DeValue<'t>, key: &str) -> Option<(usize, &'v Spanned<DeValue<'t>>)> {
    let (key, value) = value.as_table()?.get_key_value(key)?;
    Some((key.span().start, value))
}

enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

/// `rules[2].action` is a key, an index and a key.
fn steps(path: &str) -> Vec<Step<'_>> {
    let step = |part| match part {
        part if str::is_empty(part) => None,
        part => Some(part.strip_suffix(']').and_then(|index| index.parse().ok()).map_or(Step::Key(part), Step::Index)),
    };
    path.split(['.', '[']).filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"# A comment.
[[transform]]
name = "first"

[[transform]]
name = "redact"

[transform.settings]
keep_last = 4

[[transform.settings.rules]]
name = "a"

[[transform.settings.rules]]
name = "b"
levels = ["info",
  "loud"]
more = { deep = { deeper = 1 } }
"#;

    fn line(transform: &str, setting: &str) -> Option<(usize, usize)> {
        find(FILE, transform, setting).map(|at| line_and_column(FILE, at))
    }

    #[test]
    fn settings_have_lines() {
        assert_eq!(line("redact", "keep_last"), Some((9, 1)));
        assert_eq!(line("redact", "rules[1].name"), Some((15, 1)));
        assert_eq!(line("redact", "rules[1].levels[1]"), Some((17, 3)));
        assert_eq!(line("redact", "rules[1].more.deep.deeper"), Some((18, 19)));
    }

    #[test]
    fn what_is_not_there_has_the_line_of_what_is_around_it() {
        assert_eq!(line("redact", "rules[0].action"), Some((11, 1)));
        assert_eq!(line("redact", ""), Some((8, 12)));
        assert_eq!(line("first", "rules"), Some((2, 1)));
        assert_eq!(line("redact", "][..[x"), Some((8, 12)));
        assert_eq!(line("third", "rules"), None);
    }
}

//! Paths to fields, such as `user.email`, `items.*.card` or `headers.Set-Cookie`, and the walk to what they match.
//!
//! Names match without case. `*` is any key or any element, `**` any number of levels, none included; a number is the element of an array with that index (from 0)
//! or a key. A dot within a name is written `\.`; that is seldom needed, because a name may also span several parts of the
//! path: `log.level` matches `{"log":{"level":1}}` and `{"log.level":1}`. A repeated key matches each time. Where the JSON
//! is broken, the walk ends. `**` looks into 64 levels; what is nested deeper counts as found, because nobody has seen what
//! is in it.

use std::cmp::Reverse;
use std::fmt;
use std::ops::Range;

use telesieve_core::json;

/// Parts that a path may have.
const MOST_PARTS: usize = 32;

/// Levels that `**` looks into. Each is walked over once for every level above it.
const MOST_LEVELS: usize = 64;

/// A path to fields of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    parts: Vec<Part>,
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing at all.
    #[error("invalid path: it is empty")]
    Empty,
    /// A dot at the start, at the end or behind another one.
    #[error("invalid path: part {number} is empty")]
    EmptyPart {
        /// Counted from 1.
        number: usize,
    },
    /// More parts than any record has levels.
    #[error("invalid path: it has more than {MOST_PARTS} parts")]
    TooLong,
    /// `**` twice, or at the end, where it would mean everything.
    #[error("invalid path: `**` is allowed once, before a name")]
    AnyLevels,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Name(String),
    Any,
    AnyLevels,
}

/// What a path matches.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The object or array that holds it.
    pub(crate) parent: Range<usize>,
    /// The token of its key, quotes included; `None` in an array.
    pub(crate) key: Option<Range<usize>>,
    /// Its value.
    pub(crate) value: Range<usize>,
}

/// A value in an object or array.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) key: Option<Range<usize>>,
    pub(crate) value: Range<usize>,
    index: usize,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            match part {
                Part::Name(name) => f.write_str(&name.replace('.', "\\."))?,
                Part::Any => f.write_str("*")?,
                Part::AnyLevels => f.write_str("**")?,
            }
        }
        Ok(())
    }
}

impl Path {
    /// Reads a path. See the rules above: parts with dots between them, `*`, and `\.` for a dot within a name.
    ///
    /// # Errors
    ///
    /// If the path or a part of it is empty, it has more than 32 parts, or `**` stands twice or at the end.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        let parts: Vec<Part> = split(text).into_iter().map(Part::new).collect();
        if let Some(empty) = parts.iter().position(Part::is_empty) {
            return Err(PathError::EmptyPart { number: empty + 1 });
        }
        if parts.len() > MOST_PARTS {
            return Err(PathError::TooLong);
        }
        let levels = parts.iter().filter(|part| **part == Part::AnyLevels).count();
        if levels > 1 || parts.last() == Some(&Part::AnyLevels) {
            return Err(PathError::AnyLevels);
        }
        Ok(Self { parts })
    }

    /// Calls `each` for everything in the record that the path matches, in order.
    pub(crate) fn find(&self, record: &str, each: &mut dyn FnMut(Found)) {
        walk(record, trimmed(record), &self.parts, &mut Finder(each));
    }

    /// The names of the parts, for making what is missing.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

/// Splits at dots that have no backslash before them.
fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '.' => parts.push(std::mem::take(&mut part)),
            '\\' if characters.peek() == Some(&'.') => part.extend(characters.next()),
            _ => part.push(character),
        }
    }
    parts.push(part);
    parts
}

impl Part {
    fn new(text: String) -> Self {
        match text.as_str() {
            "*" => Self::Any,
            "**" => Self::AnyLevels,
            _ => Self::Name(text),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Name(name) if name.is_empty())
    }
}

/// What a walk reports.
pub(crate) trait Visitor {
    /// The path matches this.
    fn found(&mut self, found: Found);
    /// In this object, nothing matches the first of these parts.
    fn missing(&mut self, _object: Range<usize>, _rest: &[Part]) {}
    /// Parts of the path lead to this value, the rest goes on in it, and it is no container.
    fn blocked(&mut self, _value: Range<usize>, _rest: &[Part]) {}
}

struct Finder<'f>(&'f mut dyn FnMut(Found));

impl Visitor for Finder<'_> {
    fn found(&mut self, found: Found) {
        (self.0)(found);
    }
}

/// Walks from a container along the rest of a path. Recursion is as deep as the path is long, and as `**` looks.
pub(crate) fn walk(record: &str, parent: Range<usize>, rest: &[Part], visitor: &mut dyn Visitor) {
    match rest {
        [Part::AnyLevels, rest @ ..] => walk_all_levels(record, &parent, rest, visitor),
        _ => walk_parts(record, parent, rest, visitor),
    }
}

/// Walks along the rest of a path from a container and from all that it holds. Nothing is missing there: what `**` stands
/// for is not said. What is in something that is found is not found once more.
fn walk_all_levels(record: &str, parent: &Range<usize>, rest: &[Part], visitor: &mut dyn Visitor) {
    let mut all = Vec::new();
    walk_levels(record, parent, rest, MOST_LEVELS, &mut all);
    all.sort_by_key(|found| (found.value.start, Reverse(found.value.end)));
    let mut end = 0;
    for found in all {
        if found.value.end > end {
            end = found.value.end;
            visitor.found(found);
        }
    }
}

fn walk_levels(record: &str, parent: &Range<usize>, rest: &[Part], levels: usize, all: &mut Vec<Found>) {
    walk_parts(record, parent.clone(), rest, &mut Finder(&mut |found| all.push(found)));
    for Child { key, value, .. } in children(record, parent) {
        if !record[value.clone()].starts_with(['{', '[']) {
            continue;
        }
        match levels.checked_sub(1) {
            Some(levels) => walk_levels(record, &value, rest, levels, all),
            None => all.push(Found { parent: parent.clone(), key, value }),
        }
    }
}

fn walk_parts(record: &str, parent: Range<usize>, rest: &[Part], visitor: &mut dyn Visitor) {
    let mut leads_on = false;
    for child in children(record, &parent) {
        let Some(used) = parts_used(record, &child, rest) else { continue };
        leads_on = true;
        let Child { key, value, .. } = child;
        if used == rest.len() {
            visitor.found(Found { parent: parent.clone(), key, value });
        } else if record[value.clone()].starts_with(['{', '[']) {
            walk(record, value, &rest[used..], visitor);
        } else {
            visitor.blocked(value, &rest[used..]);
        }
    }
    if !leads_on && record[parent.clone()].starts_with('{') {
        visitor.missing(parent, rest);
    }
}

/// How many parts of the path the child's name takes; `None` if it does not match.
fn parts_used(record: &str, child: &Child, rest: &[Part]) -> Option<usize> {
    let Some(key) = &child.key else { return element_matches(child.index, rest.first()?).then_some(1) };
    if rest.first() == Some(&Part::Any) {
        return Some(1);
    }
    let key = json::text(&record[key.clone()])?;
    let mut name: &str = &key;
    for (part, used) in rest.iter().zip(1..) {
        let Part::Name(part) = part else { return None };
        name = strip_prefix_without_case(name, part)?;
        if name.is_empty() {
            return Some(used);
        }
        name = name.strip_prefix('.')?;
    }
    None
}

fn element_matches(index: usize, part: &Part) -> bool {
    match part {
        Part::Any | Part::AnyLevels => true,
        Part::Name(name) => name.parse() == Ok(index),
    }
}

fn strip_prefix_without_case<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let mut rest = name.chars();
    for expected in prefix.chars() {
        let seen = rest.next()?;
        if seen != expected && !seen.to_lowercase().eq(expected.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The values in an object or array, in order. There are none in anything else.
pub(crate) fn children<'r>(record: &'r str, parent: &Range<usize>) -> impl Iterator<Item = Child> + use<'r> {
    let text = &record[parent.clone()];
    let base = parent.start;
    let shift = move |span: Range<usize>| base + span.start..base + span.end;
    let members = json::members(text).map(move |member| Child {
        key: Some(shift(member.key_span)),
        value: shift(member.value_span),
        index: 0,
    });
    let elements =
        json::elements(text).enumerate().map(move |(index, (span, _))| Child { key: None, value: shift(span), index });
    members.chain(elements)
}

/// The record without white space around it.
pub(crate) fn trimmed(record: &str) -> Range<usize> {
    let start = record.len() - record.trim_start().len();
    start..start + record[start..].trim_end().len()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn check(path: &str, record: &str, expected: &[&str]) {
        let mut seen = Vec::new();
        Path::parse(path).unwrap().find(record, &mut |found| seen.push(&record[found.value]));
        assert_eq!(seen, expected, "{path} in {record}");
    }

    #[test]
    fn paths_are_shown_as_they_are_written() {
        for path in ["user.email", "items.*.card", "**.password", "headers.Set\\.Cookie"] {
            assert_eq!(Path::parse(path).unwrap().to_string(), path);
        }
    }

    #[test]
    fn paths_lead_to_fields() {
        let record = r#" {"user":{"email":"a","Email":"b"},"items":[{"card":1},{"card":2},3],"x":"user"} "#;
        check("user.email", record, &["\"a\"", "\"b\""]);
        check("USER.EMAIL", record, &["\"a\"", "\"b\""]);
        check("items.*.card", record, &["1", "2"]);
        check("items.1.card", record, &["2"]);
        check("items.2", record, &["3"]);
        check("*.email", record, &["\"a\"", "\"b\""]);
        check("user.email.x", record, &[]);
        check("*", r#"{"a":1,"b":{"c":2}}"#, &["1", r#"{"c":2}"#]);
    }

    #[test]
    fn names_match_however_they_are_spelled() {
        check("é.set-cookie", r#"{"\u00c9":{"Set\u002dCookie":1}}"#, &["1"]);
        check("log.level", r#"{"log.level":1,"log":{"level":2},"log.":{"level":3}}"#, &["1", "2"]);
        check("a.b.c", r#"{"a.b":{"c":1},"a":{"b.c":2},"a.b.c":3,"a.bc":4}"#, &["1", "2", "3"]);
        check(r"a\.b", r#"{"a.b":1,"a":{"b":2}}"#, &["1"]);
        check("a", r#"{"a":1,"b":2,"\u0061":3}"#, &["1", "3"]);
    }

    #[test]
    fn two_stars_are_any_number_of_levels() {
        let record = r#"{"x":[{"Password":1},{"y":{"password":{"password":2}}}],"password":3,"z":4}"#;
        check("**.password", record, &["1", r#"{"password":2}"#, "3"]);
        check("x.**.password", record, &["1", r#"{"password":2}"#]);
        check("**.y.password", record, &[r#"{"password":2}"#]);
        check("**.a.b", r#"{"a":{"b":{"a":{"b":1}}},"c":{"a":{"b":2}}}"#, &[r#"{"a":{"b":1}}"#, "2"]);
        check("**.none", record, &[]);
        check("**.0", "[[1,2],3]", &["[1,2]"]);
    }

    #[test]
    fn what_is_nested_too_deep_counts_as_found() {
        let nested = |levels: usize| "[".repeat(levels) + r#"{"a":1}"# + &"]".repeat(levels);
        check("**.a", &nested(64), &["1"]);
        check("**.a", &nested(65), &[r#"{"a":1}"#]);
        check("**.b", &nested(64), &[]);
        check("**.a", &nested(1 << 15), &[&nested((1 << 15) - 65)]);
    }

    #[test]
    fn what_is_no_container_has_no_fields() {
        for record in ["", "1", "null", "\"a\"", "{", "[", "{\"a\":", "{a:1}", "[1"] {
            check("a", record, &[]);
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(Path::parse(""), Err(PathError::Empty));
        assert_eq!(Path::parse("a..b"), Err(PathError::EmptyPart { number: 2 }));
        assert_eq!(Path::parse("a."), Err(PathError::EmptyPart { number: 2 }));
        for path in ["**", "a.**", "**.a.**.b", "**.**.a"] {
            assert_eq!(Path::parse(path), Err(PathError::AnyLevels), "{path}");
        }
        assert_eq!(Path::parse(&"a.".repeat(40).replace("a.", "a.a")), Err(PathError::TooLong));
    }
}

//! Edits of JSON text by path.
//!
//! Only the bytes that change are touched: everything else, white space and order included, stays as it is. Valid JSON
//! stays valid JSON; where a path matches nothing, the record comes back borrowed. A record that is no object or array
//! has no fields, unless it is text that holds one. Repeated keys are all edited.

use std::borrow::Cow;
use std::ops::Range;

use telesieve_core::json;

use crate::action::mask;
use crate::decode::Level;
use crate::hash::{HashKey, canonical};
use crate::path::{Child, Found, Part, Path, Visitor, children, trimmed, walk};
use crate::place::Place;
use crate::tokens::{Shape, tokens};
use crate::wrapped;

/// Raw text, and what takes its place.
type Splice = (Range<usize>, String);

/// Sets a field to a JSON value, in every place that the path matches.
///
/// Where its key is missing in an object that the path leads to, it is added at the end; so are missing objects on the
/// way, also in the place of `null`. Nothing is added for `*`, to arrays, or below other scalars. Text that is no JSON is
/// set as a string, and line breaks between the tokens of a value become blanks.
#[must_use]
pub fn set<'a>(record: &'a str, path: &Path, value_json: &str) -> Cow<'a, str> {
    let value = one_line_of_json(value_json);
    wrapped::edit(record, |record| {
        let mut setter = Setter { record, value: value.clone(), splices: Vec::new() };
        walk(record, trimmed(record), path.parts(), &mut setter);
        splice(record, setter.splices)
    })
}

/// Removes a field, or elements of an array.
#[must_use]
pub fn remove<'a>(record: &'a str, path: &Path) -> Cow<'a, str> {
    wrapped::edit(record, |record| remove_in(record, path))
}

fn remove_in<'a>(record: &'a str, path: &Path) -> Cow<'a, str> {
    let found = all(record, path);
    let is_found = |child: &Child| found.binary_search_by_key(&child.value.start, |found| found.value.start).is_ok();
    let mut splices = Vec::new();
    for parent in parents(&found) {
        delete_children(record, parent, is_found, &mut splices);
    }
    splice(record, splices)
}

/// Gives a field another name in the same object. A member that had exactly that name gives way.
#[must_use]
pub fn rename<'a>(record: &'a str, path: &Path, to: &str) -> Cow<'a, str> {
    wrapped::edit(record, |record| rename_in(record, path, to))
}

fn rename_in<'a>(record: &'a str, path: &Path, to: &str) -> Cow<'a, str> {
    let found = all(record, path);
    let is_found = |child: &Child| found.binary_search_by_key(&child.value.start, |found| found.value.start).is_ok();
    let is_called =
        |child: &Child| child.key.clone().and_then(|key| json::text(&record[key])).is_some_and(|key| key == to);
    let token = string(to);
    let keys = found.iter().filter_map(|found| found.key.clone()).filter(|key| record[key.clone()] != token);
    let mut splices: Vec<Splice> = keys.map(|key| (key, token.clone())).collect();
    for parent in parents(&found) {
        delete_children(record, parent, |child| is_called(child) && !is_found(child), &mut splices);
    }
    splice(record, splices)
}

/// Cuts each string in a place to at most `max_bytes` bytes of decoded text, at a character. Keys stay.
///
/// What a path matches is cut whatever it is: a longer number becomes a string, so that no type of value gets around it.
#[must_use]
pub fn truncate<'a>(record: &'a str, place: &Place, max_bytes: usize) -> Cow<'a, str> {
    match place {
        Place::Field(_) => wrapped::edit(record, |record| truncate_in(record, place, max_bytes)),
        Place::Keys => Cow::Borrowed(record),
        Place::Whole | Place::Message => truncate_in(record, place, max_bytes),
    }
}

fn truncate_in<'a>(record: &'a str, place: &Place, max_bytes: usize) -> Cow<'a, str> {
    let mut spans = Vec::new();
    place.spans(record, &mut spans);
    let cuts_bare = matches!(place, Place::Field(_));
    let mut level = Level::default();
    let cuts = spans.into_iter().flat_map(|span| tokens(record, span)).filter_map(|token| match token.shape {
        Shape::Text => {
            let cut = token.span.start + cut(&record[token.span.clone()], max_bytes, &mut level)?;
            Some((cut..token.span.end, String::new()))
        }
        Shape::Bare if cuts_bare && token.span.len() > max_bytes => {
            let text = &record[token.span.clone()];
            Some((token.span, string(&text[..text.floor_char_boundary(max_bytes)])))
        }
        Shape::Bare | Shape::Key => None,
    });
    splice(record, cuts.collect())
}

/// Puts a keyed token in the place of a field's value, whatever its type: a number, a boolean, `null`, an array and an object
/// become tokens as well. Of a string its text is hashed, of anything else its JSON text; numbers are written out, so that
/// `12`, `12.0` and `"12"` have the same token.
#[must_use]
pub fn hash_field<'a>(record: &'a str, path: &Path, key: &HashKey) -> Cow<'a, str> {
    map_field(record, path, canonical, |text| key.token(text.as_bytes()))
}

/// Masks a field's value, whatever its type, but for its last letters and digits. What was no string becomes one.
#[must_use]
pub fn mask_field<'a>(record: &'a str, path: &Path, keep_last: u32) -> Cow<'a, str> {
    map_field(record, path, text_of, |text| mask(text, keep_last))
}

/// Text of a string, JSON text of anything else.
fn text_of(value: &str) -> Cow<'_, str> {
    json::text(value).unwrap_or(Cow::Borrowed(value))
}

fn map_field<'a>(
    record: &'a str,
    path: &Path,
    text_of: impl Fn(&str) -> Cow<'_, str>,
    map: impl Fn(&str) -> String,
) -> Cow<'a, str> {
    wrapped::edit(record, |record| {
        let change = |found: Found| {
            let text = string(&map(&text_of(&record[found.value.clone()])));
            (found.value, text)
        };
        splice(record, all(record, path).into_iter().map(change).collect())
    })
}

struct Setter<'s> {
    record: &'s str,
    value: String,
    splices: Vec<Splice>,
}

impl Visitor for Setter<'_> {
    fn found(&mut self, found: Found) {
        if self.record[found.value.clone()] != self.value {
            self.splices.push((found.value, self.value.clone()));
        }
    }

    fn missing(&mut self, object: Range<usize>, rest: &[Part]) {
        let Some(member) = self.member(rest) else { return };
        let last = children(self.record, &object).last().map(|child| child.value.end);
        let (at, comma) = last.map_or((object.start + 1, ""), |end| (end, ","));
        self.splices.push((at..at, format!("{comma}{member}")));
    }

    fn blocked(&mut self, value: Range<usize>, rest: &[Part]) {
        if &self.record[value.clone()] == "null"
            && let Some(member) = self.member(rest)
        {
            self.splices.push((value, format!("{{{member}}}")));
        }
    }
}

impl Setter<'_> {
    /// `"name":value`, with objects for all parts but the first.
    fn member(&self, rest: &[Part]) -> Option<String> {
        let (Part::Name(name), rest) = rest.split_first()? else { return None };
        let value = if rest.is_empty() { self.value.clone() } else { format!("{{{}}}", self.member(rest)?) };
        Some(format!("{}:{value}", string(name)))
    }
}

/// A JSON value without line breaks, or a string if the text is none.
fn one_line_of_json(text: &str) -> String {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let is_value = json::inspect(text, 0).is_ok_and(|findings| findings.end == text.len());
    if is_value { text.replace(['\t', '\n', '\r'], " ") } else { string(text) }
}

fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    json::escape_into(text, &mut out);
    out.push('"');
    out
}

fn all(record: &str, path: &Path) -> Vec<Found> {
    let mut all = Vec::new();
    path.find(record, &mut |found| all.push(found));
    all
}

/// The containers of what was found, each once.
fn parents(found: &[Found]) -> Vec<&Range<usize>> {
    let mut parents: Vec<_> = found.iter().map(|found| &found.parent).collect();
    parents.sort_unstable_by_key(|parent| parent.start);
    parents.dedup();
    parents
}

/// Deletes children, each with the comma that is no longer needed.
fn delete_children(record: &str, parent: &Range<usize>, goes: impl Fn(&Child) -> bool, splices: &mut Vec<Splice>) {
    let all: Vec<Child> = children(record, parent).collect();
    let start = |child: &Child| child.key.as_ref().map_or(child.value.start, |key| key.start);
    let mut kept = None;
    for (index, child) in all.iter().enumerate() {
        if !goes(child) {
            kept = Some(child.value.end);
        } else if let Some(next) = all.get(index + 1) {
            splices.push((start(child)..start(next), String::new()));
        } else {
            splices.push((kept.unwrap_or(start(child))..child.value.end, String::new()));
        }
    }
}

/// Where raw text must be cut for its decoded text to have at most `most` bytes; `None` if it has no more.
fn cut(raw: &str, most: usize, level: &mut Level) -> Option<usize> {
    if raw.len() <= most {
        return None;
    }
    level.decode_raw(raw);
    let text = level.text();
    let end = text.floor_char_boundary(most);
    (end < text.len()).then(|| level.origin(&(0..end)).end)
}

/// Puts texts in the place of spans. Of spans that overlap (only deletions do), the later one goes on where the earlier
/// one ends.
fn splice(record: &str, mut splices: Vec<Splice>) -> Cow<'_, str> {
    if splices.is_empty() {
        return Cow::Borrowed(record);
    }
    splices.sort_by_key(|(span, _)| (span.start, span.end));
    let grown: usize = splices.iter().map(|(_, text)| text.len()).sum();
    let mut out = String::with_capacity(record.len() + grown);
    let mut at = 0;
    for (span, text) in &splices {
        out.push_str(record.get(at..span.start).unwrap_or_default());
        out.push_str(text);
        at = at.max(span.end);
    }
    out.push_str(&record[at..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;

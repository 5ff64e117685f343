//! Where in a record the rules of a ruleset hit: names of fields, never a value.
//!
//! Rules count their hits and do not say where. So every field of a record with hits is scrubbed again, alone, at the
//! end of the keys that lead to it. That is for reports; the record that leaves is not made here.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use telesieve_kernels::{Path, Place, Ruleset, Scratch};

/// Fields of one record that are looked at.
const MOST_FIELDS: usize = 2_000;
/// Bytes of a key that is shown.
const KEY_BYTES: usize = 40;

/// Where a rule hit, or which field was edited.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Located {
    /// Position of the event in its call.
    pub(crate) at: usize,
    /// Ruleset and rule; `None`: an edit of the field, whatever its value.
    pub(crate) rule: Option<(usize, u16)>,
    pub(crate) path: String,
    pub(crate) hits: u64,
}

impl Located {
    /// An edit of a field.
    pub(crate) fn of_field(at: usize, path: &Path) -> Self {
        Self { at, rule: None, path: path.to_string(), hits: 1 }
    }

    /// The same in a batch of which the call was a part.
    pub(crate) fn behind(self, start: usize) -> Self {
        Self { at: self.at + start, ..self }
    }
}

/// Finds the places of hits in a record.
pub(crate) fn locate(
    at: usize,
    ruleset: usize,
    rules: &Ruleset,
    place: &Place,
    record: &str,
    scratch: &mut Scratch,
) -> Vec<Located> {
    let value = serde_json::from_str(record).unwrap_or_else(|_| Value::String(record.to_owned()));
    let mut walk = Walk { rules, place, scratch, keys: Vec::new(), fields: 0, found: BTreeMap::new() };
    walk.value(&value, &Hits::new());
    let found = walk.found.into_iter();
    found.map(|((rule, path), hits)| Located { at, rule: Some((ruleset, rule)), path, hits }).collect()
}

type Hits = BTreeMap<u16, u32>;

struct Walk<'w> {
    rules: &'w Ruleset,
    place: &'w Place,
    scratch: &'w mut Scratch,
    /// Keys and indices that lead here, and what of them is shown.
    keys: Vec<(String, String)>,
    fields: usize,
    found: BTreeMap<(u16, String), u64>,
}

impl Walk<'_> {
    /// `outside` are the hits that are there without the value.
    fn value(&mut self, value: &Value, outside: &Hits) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(key, value)| self.step(key, shown(key), value, outside));
            }
            Value::Array(elements) => {
                elements.iter().enumerate().for_each(|(at, element)| self.step(&at.to_string(), "*", element, outside));
            }
            leaf => {
                let hits = self.hits(leaf);
                self.note(&hits, outside);
            }
        }
    }

    fn step(&mut self, key: &str, shown: &str, value: &Value, outside: &Hits) {
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            return;
        }
        self.keys.push((key.to_owned(), shown.to_owned()));
        let keys = self.hits(&Value::Null);
        if keys != *outside {
            // The key itself is what was looked for.
            "*".clone_into(&mut self.keys.last_mut().expect("a key was pushed").1);
            self.note(&keys, outside);
        }
        self.value(value, &keys);
        self.keys.pop();
    }

    /// Hits in a record that holds nothing but this value.
    fn hits(&mut self, value: &Value) -> Hits {
        let record = self
            .keys
            .iter()
            .rev()
            .fold(value.clone(), |value, (key, _)| Value::Object(Map::from_iter([(key.clone(), value)])));
        self.rules.scrub(&record.to_string(), self.place, self.scratch).hits.into_iter().collect()
    }

    fn note(&mut self, hits: &Hits, outside: &Hits) {
        let path = self.keys.iter().map(|(_, shown)| shown.as_str()).collect::<Vec<_>>().join(".");
        for (rule, count) in hits {
            let new = count.saturating_sub(outside.get(rule).copied().unwrap_or(0));
            if new > 0 {
                *self.found.entry((*rule, path.clone())).or_default() += u64::from(new);
            }
        }
    }
}

/// A key that looks like a name; data may stand in keys, too.
fn shown(key: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let name = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if name && key.len() <= KEY_BYTES && key.bytes().all(plain) { key } else { "*" }
}

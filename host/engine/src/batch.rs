//! What a guest sees of a batch: parallel arrays of facts about the records, the text itself only on demand.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use telesieve_core::{Event, Reader, Shape};
use telesieve_kernels::{Path, text_of_field};

use crate::bindings::guest::Batch;
use crate::bindings::types::{Column, Invocations};
use crate::loan::Records;

/// Stands for "none" in lists of indices and lengths.
const NONE: u32 = u32::MAX;

/// The events of a batch that a transform selected.
pub(crate) struct Selection<'s, 'b>(pub(crate) &'s [&'s Event<'b>]);

impl Records for Selection<'_, '_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Option<&str> {
        self.0.get(index).map(|event| &*event.record)
    }
}

/// Hands out numbers for values, equal ones for equal values.
struct Interner<K> {
    last: Option<(K, u32)>,
    /// The first few, which are all in nearly every batch.
    few: Vec<(K, u32)>,
    numbers: HashMap<K, u32>,
}

/// Values that are looked for one by one before they are hashed.
const FEW: usize = 12;

/// Room for values when the first one is hashed.
const MANY: usize = 256;

impl<K: Copy + Eq + Hash> Interner<K> {
    fn new() -> Self {
        Self { last: None, few: Vec::with_capacity(FEW), numbers: HashMap::new() }
    }

    /// The number of a value; calls `fresh` if it has not been seen.
    fn number(&mut self, key: K, fresh: impl FnOnce() -> u32) -> u32 {
        match self.last {
            Some((last, number)) if last == key => number,
            _ => {
                let number = self.look_up(key, fresh);
                self.last = Some((key, number));
                number
            }
        }
    }

    fn look_up(&mut self, key: K, fresh: impl FnOnce() -> u32) -> u32 {
        if let Some((_, number)) = self.few.iter().find(|(known, _)| *known == key) {
            return *number;
        }
        if self.few.len() < FEW {
            let number = fresh();
            self.few.push((key, number));
            return number;
        }
        if self.numbers.is_empty() {
            self.numbers.reserve(MANY);
        }
        *self.numbers.entry(key).or_insert_with(fresh)
    }
}

/// The arrays of a batch.
#[derive(Default)]
pub(crate) struct Arrays<'s> {
    kind_names: Vec<&'s str>,
    kinds: Vec<u16>,
    times: Vec<u64>,
    lengths: Vec<u32>,
    shapes: Vec<u8>,
    severities: Vec<u8>,
    request_ids: String,
    id_lengths: Vec<u32>,
    cold_starts: Vec<u8>,
    invocation_of: Vec<u32>,
    label_sets: Vec<Vec<(&'s str, &'s str)>>,
    labels_of: Vec<u32>,
    columns: Vec<(Vec<u32>, Vec<u8>)>,
}

impl<'s> Arrays<'s> {
    /// Looks at every event once. There must be less than 65,536 of them.
    pub(crate) fn of(events: &'s [&'s Event<'_>], columns: &[Path], reader: &mut Reader) -> Self {
        let mut arrays = Self { label_sets: vec![Vec::new()], ..Self::default() };
        arrays.kinds(events);
        arrays.facts(events, reader);
        arrays.invocations(events);
        arrays.labels(events);
        arrays.columns = columns.iter().map(|path| column(events, path)).collect();
        arrays
    }

    /// Calls `user` with the batch in the form that wasmtime takes.
    pub(crate) fn with<R>(&self, user: impl FnOnce(Batch<'_>) -> R) -> R {
        let label_sets: Vec<_> = self.label_sets.iter().map(Vec::as_slice).collect();
        let columns: Vec<_> = self.columns.iter().map(|(lengths, data)| Column { lengths, data }).collect();
        user(Batch {
            kind_names: &self.kind_names,
            kinds: &self.kinds,
            times: &self.times,
            lengths: &self.lengths,
            shapes: &self.shapes,
            severities: &self.severities,
            invocations: Invocations {
                request_ids: &self.request_ids,
                lengths: &self.id_lengths,
                cold_starts: &self.cold_starts,
            },
            invocation_of: &self.invocation_of,
            label_sets: &label_sets,
            labels_of: &self.labels_of,
            columns: &columns,
        })
    }

    fn kinds(&mut self, events: &'s [&'s Event<'_>]) {
        let mut numbers = Interner::new();
        self.kinds.reserve_exact(events.len());
        for event in events {
            let kind: &'s str = &event.kind;
            let number = numbers.number(kind, || push(&mut self.kind_names, kind));
            self.kinds.push(u16::try_from(number).expect("a batch has less than 65,536 records"));
        }
    }

    fn facts(&mut self, events: &[&Event<'_>], reader: &mut Reader) {
        self.times =
            events.iter().map(|event| event.time_ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0)).collect();
        self.lengths = events.iter().map(|event| u32::try_from(event.record.len()).unwrap_or(u32::MAX)).collect();
        self.shapes = events.iter().map(|event| Shape::of(&event.record) as u8).collect();
        let severity = |event: &&Event<'_>| event.severity(reader).map_or(0, |severity| severity.number);
        self.severities = events.iter().map(severity).collect();
    }

    fn invocations(&mut self, events: &'s [&'s Event<'_>]) {
        let mut numbers = Interner::new();
        self.invocation_of.reserve_exact(events.len());
        for event in events {
            let number = match &event.invocation {
                None => NONE,
                Some(invocation) => numbers.number(Rc::as_ptr(invocation), || {
                    self.request_ids.push_str(&invocation.request_id);
                    self.cold_starts.push(u8::from(invocation.cold_start));
                    push(&mut self.id_lengths, u32::try_from(invocation.request_id.len()).unwrap_or(0))
                }),
            };
            self.invocation_of.push(number);
        }
    }

    fn labels(&mut self, events: &'s [&'s Event<'_>]) {
        let mut numbers = Interner::new();
        self.labels_of.reserve_exact(events.len());
        for event in events {
            let number = if event.labels.is_empty() {
                0
            } else {
                let labels = event.labels.iter();
                numbers.number(Rc::as_ptr(&event.labels), || {
                    push(&mut self.label_sets, labels.map(|(name, value)| (name.as_str(), value.as_str())).collect())
                })
            };
            self.labels_of.push(number);
        }
    }
}

fn push<T>(values: &mut Vec<T>, value: T) -> u32 {
    values.push(value);
    u32::try_from(values.len() - 1).expect("a batch has less than 65,536 records")
}

fn column(events: &[&Event<'_>], path: &Path) -> (Vec<u32>, Vec<u8>) {
    let mut data = Vec::new();
    let mut length = |event: &&Event<'_>| match text_of_field(&event.record, path) {
        None => NONE,
        Some(text) => {
            data.extend_from_slice(text.as_bytes());
            u32::try_from(text.len()).unwrap_or(0)
        }
    };
    let lengths = events.iter().map(&mut length).collect();
    (lengths, data)
}

#[cfg(test)]
mod tests {
    use telesieve_core::LabelSet;

    use super::*;

    fn event<'a>(
        kind: &'a str,
        record: &'a str,
        request: Option<&Rc<telesieve_core::Invocation>>,
        labels: &LabelSet,
    ) -> Event<'a> {
        Event {
            kind: kind.into(),
            time_json: "".into(),
            time_ms: Some(-5),
            record: record.into(),
            invocation: request.cloned(),
            labels: Rc::clone(labels),
            sequence: 0,
        }
    }

    #[test]
    fn what_is_equal_crosses_once() {
        let request = Rc::new(telesieve_core::Invocation {
            request_id: "r".into(),
            cold_start: true,
            ..telesieve_core::Invocation::default()
        });
        let none = LabelSet::default();
        let some: LabelSet = Rc::new(vec![("a".into(), "1".into())]);
        let events = [
            event("function", "\"x\"", Some(&request), &none),
            event("platform.start", "{}", None, &some),
            event("function", "[1]", Some(&request), &some),
        ];
        let events: Vec<_> = events.iter().collect();
        let arrays = Arrays::of(&events, &[], &mut Reader::default());
        arrays.with(|batch| {
            assert_eq!(batch.kind_names, ["function", "platform.start"]);
            assert_eq!(batch.kinds, [0, 1, 0]);
            assert_eq!(batch.times, [0, 0, 0]);
            assert_eq!(batch.lengths, [3, 2, 3]);
            assert_eq!(batch.shapes, [3, 5, 4]);
            assert_eq!(batch.invocation_of, [0, NONE, 0]);
            assert_eq!((batch.invocations.request_ids, batch.invocations.lengths), ("r", &[1][..]));
            assert_eq!(batch.invocations.cold_starts, [1]);
            assert_eq!(batch.labels_of, [0, 1, 1]);
            assert_eq!(batch.label_sets, [&[][..], &[("a", "1")][..]]);
        });
    }
}

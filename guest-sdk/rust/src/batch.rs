//! The records of one batch: what the host sent along, and what it is asked for on demand.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::bindings::types::{self as raw, Place};
use crate::error::{Error, Result};
use crate::handle::{Column, Pattern};
use crate::host;
use crate::number::parse_number;
use crate::severity::Severity;

/// In columns and `invocation_of`: there is none.
const NONE: u32 = u32::MAX;

/// An invocation of the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Its request id.
    pub request_id: String,
    /// Whether it is the first one of its sandbox.
    pub cold_start: bool,
}

/// The JSON type of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `null`, or no record at all.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// The records of one batch that the transform selected, in order. Cloning is cheap.
#[derive(Clone)]
pub struct Batch(Rc<Inner>);

struct Inner {
    raw: raw::Batch,
    /// Made when first asked for: most transforms never ask.
    invocations: OnceCell<Box<[Invocation]>>,
    /// Where each value of a column begins, by column, when first asked for.
    starts: Vec<OnceCell<Box<[u32]>>>,
    /// Patterns that were looked for.
    found: RefCell<Vec<Found>>,
}

struct Found {
    pattern: Pattern,
    place: Place,
    /// A bit per record.
    records: Vec<u64>,
}

/// One record and what is known about it. Nothing of its text crosses over before it is asked for.
#[derive(Clone)]
pub struct Event {
    batch: Batch,
    index: usize,
}

impl Batch {
    pub(crate) fn new(raw: raw::Batch) -> Self {
        let starts = raw.columns.iter().map(|_| OnceCell::new()).collect();
        Self(Rc::new(Inner { raw, invocations: OnceCell::new(), starts, found: RefCell::default() }))
    }

    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.raw.kinds.len()
    }

    /// Whether there are none. The host sends no such batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The events in order.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        (0..self.len()).map(|index| self.event(index))
    }

    /// The event at an index.
    ///
    /// # Panics
    ///
    /// When used, if there is no such event.
    #[must_use]
    pub fn event(&self, index: usize) -> Event {
        Event { batch: self.clone(), index }
    }

    /// The invocations that occur in this batch; see [`Event::invocation_index`].
    #[must_use]
    pub fn invocations(&self) -> &[Invocation] {
        self.0.invocations.get_or_init(|| invocations(&self.0.raw.invocations))
    }

    /// The kinds that occur in this batch; see [`Event::kind_index`].
    #[must_use]
    pub fn kinds(&self) -> &[String] {
        &self.0.raw.kind_names
    }

    /// The sets of labels that occur in this batch, the empty one first; see [`Event::label_set_index`].
    #[must_use]
    pub fn label_sets(&self) -> &[Vec<(String, String)>] {
        &self.0.raw.label_sets
    }

    /// The JSON texts of some records, in one call of the host: cheaper than [`Event::text`] for each of them.
    #[must_use]
    pub fn texts(&self, indices: &[u32]) -> Vec<String> {
        host::read_many(indices).into_iter().map(text).collect()
    }

    /// The JSON texts of all records: cheapest if more than every tenth is looked at.
    #[must_use]
    pub fn all_texts(&self) -> Vec<String> {
        let body = host::body();
        let mut rest = body.as_slice();
        let mut texts = Vec::with_capacity(self.len());
        for len in &self.0.raw.lengths {
            let (record, behind) = rest.split_at((*len as usize).min(rest.len()));
            texts.push(String::from_utf8_lossy(record).into_owned());
            rest = behind;
        }
        texts
    }

    fn start(&self, column: usize, index: usize) -> Option<usize> {
        let starts = self.0.starts[column].get_or_init(|| starts(&self.0.raw.columns[column].lengths));
        starts.get(index).map(|start| *start as usize)
    }

    fn found(&self, pattern: Pattern, place: &Place, index: usize) -> bool {
        let mut found = self.0.found.borrow_mut();
        let known = found.iter().position(|found| found.pattern == pattern && found.place == *place);
        let at = known.unwrap_or_else(|| {
            let records = bits(&host::matches(pattern.0, place), self.len());
            found.push(Found { pattern, place: place.clone(), records });
            found.len() - 1
        });
        found[at].records.get(index / 64).is_some_and(|bits| bits >> (index % 64) & 1 == 1)
    }
}

impl Event {
    pub(crate) fn of(batch: &Batch) -> Self {
        batch.event(0)
    }

    pub(crate) fn move_to(&mut self, index: usize) {
        self.index = index;
    }

    /// Its place in the batch.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The `type` of the event, such as `function` or `platform.report`; empty if it had none.
    #[must_use]
    pub fn kind(&self) -> &str {
        let names = &self.raw().kind_names;
        names.get(self.kind_index()).map_or("", String::as_str)
    }

    /// Index of the kind in [`Batch::kinds`].
    #[must_use]
    pub fn kind_index(&self) -> usize {
        usize::from(self.raw().kinds[self.index])
    }

    /// The time of the event in Unix milliseconds, if it has one that can be read.
    #[must_use]
    pub fn time_ms(&self) -> Option<u64> {
        self.raw().times.get(self.index).copied().filter(|time| *time != 0)
    }

    /// Bytes of the record's JSON text.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw().lengths.get(self.index).map_or(0, |len| *len as usize)
    }

    /// Whether the record has no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The JSON type of the record.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self.raw().shapes.get(self.index) {
            Some(1) => Shape::Bool,
            Some(2) => Shape::Number,
            Some(3) => Shape::Text,
            Some(4) => Shape::Array,
            Some(5) => Shape::Object,
            _ => Shape::Null,
        }
    }

    /// What the record says about how much it matters.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.raw().severities.get(self.index).and_then(|number| Severity::from_number(*number))
    }

    /// The invocation that the event belongs to.
    #[must_use]
    pub fn invocation(&self) -> Option<&Invocation> {
        self.batch.invocations().get(self.invocation_index()?)
    }

    /// Index of the invocation in [`Batch::invocations`].
    #[must_use]
    pub fn invocation_index(&self) -> Option<usize> {
        self.raw().invocation_of.get(self.index).filter(|of| **of != NONE).map(|of| *of as usize)
    }

    /// The labels that transforms before this one gave it, in order of name.
    #[must_use]
    pub fn labels(&self) -> &[(String, String)] {
        self.raw().label_sets.get(self.label_set_index()).map_or(&[], Vec::as_slice)
    }

    /// Index of the labels in [`Batch::label_sets`].
    #[must_use]
    pub fn label_set_index(&self) -> usize {
        self.raw().labels_of.get(self.index).map_or(0, |of| *of as usize)
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels().iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a field that [`Setup::column`](crate::Setup::column) asked for: the text of strings, the JSON of
    /// everything else; `None` if the record has no such field.
    #[must_use]
    pub fn column(&self, column: Column) -> Option<&str> {
        let number = column.0 as usize;
        let raw = self.raw().columns.get(number)?;
        let len = raw.lengths.get(self.index).filter(|len| **len != NONE)?;
        let start = self.batch.start(number, self.index)?;
        std::str::from_utf8(raw.data.get(start..start + *len as usize)?).ok()
    }

    /// A field that is a number, or text that reads as one.
    #[must_use]
    pub fn number(&self, column: Column) -> Option<f64> {
        parse_number(self.column(column)?.trim())
    }

    /// Whether a pattern is found in a place of the record. The host looks through the whole batch at the first question.
    #[must_use]
    pub fn matches(&self, pattern: Pattern, place: &Place) -> bool {
        self.batch.found(pattern, place, self.index)
    }

    /// The JSON text of the record. Each call asks the host.
    #[must_use]
    pub fn text(&self) -> String {
        text(host::read(u32::try_from(self.index).unwrap_or(NONE)))
    }

    /// The record as a JSON value. Each call asks the host and parses.
    ///
    /// # Errors
    ///
    /// If the record's text is no JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        self.parse()
    }

    /// The record as a type of one's own. Each call asks the host and parses.
    ///
    /// # Errors
    ///
    /// If the record is something else.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.text()).map_err(|_| Error::new("a record of another shape"))
    }

    fn raw(&self) -> &raw::Batch {
        &self.batch.0.raw
    }
}

/// The host sends UTF-8; a foreign one gets no panic out of us.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn invocations(raw: &raw::Invocations) -> Box<[Invocation]> {
    let mut rest = raw.request_ids.as_str();
    let mut invocation = |(length, cold): (&u32, &u8)| {
        let (request_id, behind) = rest.split_at_checked(*length as usize).unwrap_or((rest, ""));
        rest = behind;
        Invocation { request_id: request_id.to_owned(), cold_start: *cold == 1 }
    };
    raw.lengths.iter().zip(&raw.cold_starts).map(&mut invocation).collect()
}

fn starts(lengths: &[u32]) -> Box<[u32]> {
    let mut end = 0_u32;
    let advance = |len: &u32| {
        let start = end;
        end = end.saturating_add(if *len == NONE { 0 } else { *len });
        start
    };
    lengths.iter().map(advance).collect()
}

fn bits(indices: &[u32], len: usize) -> Vec<u64> {
    let mut bits = vec![0; len.div_ceil(64)];
    for index in indices {
        if let Some(bits) = bits.get_mut(*index as usize / 64) {
            *bits |= 1 << (index % 64);
        }
    }
    bits
}

//! What is to be done with one record: edits, in order.

use crate::bindings::types::{self as raw, Place};
use crate::handle::{Counter, Gauge, Histogram, Key, Recipe, Ruleset};
use crate::json::{ToJson, text_of};
use crate::tree::{ROOT, Tree};

/// The edits of one record. The host applies them in the order in which they are written.
///
/// Nothing written means that the record passes as it is. Equal lists of edits cross over to the host once per batch,
/// however many records have them, so constant edits cost next to nothing; a list of its own for every record costs
/// about as much as the record itself.
///
/// Paths of fields start at the record: `user.email`, `items.*.card`. Names match without case. A record that is not
/// an object has no fields, and edits of fields leave it as it is.
#[derive(Clone, Default)]
pub struct Edit {
    pub(crate) tree: Tree,
    /// The list that is being written.
    pub(crate) node: u32,
    /// The bytes that tell the edit in hand from others. Kept for its memory.
    key: Vec<u8>,
}

/// First byte of an edit's key.
#[derive(Clone, Copy)]
enum Tag {
    Drop,
    Scrub,
    Hash,
    Mask,
    Set,
    Remove,
    Rename,
    Truncate,
    Label,
    Unlabel,
    Replace,
    Append,
    Count,
    Gauge,
    Observe,
}

impl Edit {
    /// The record goes no further.
    pub fn drop(&mut self) -> &mut Self {
        self.start(Tag::Drop).push(|| raw::Edit::Drop)
    }

    /// Applies a ruleset to the place that it was declared for.
    pub fn scrub(&mut self, rules: Ruleset) -> &mut Self {
        self.start(Tag::Scrub).number(rules.0).push(|| raw::Edit::Scrub(rules.0))
    }

    /// Puts a keyed hash in place of a field's value, whatever its type.
    pub fn hash(&mut self, path: &str, key: Key) -> &mut Self {
        let hash = || raw::Edit::Hash(raw::Keyed { path: path.to_owned(), key: key.0 });
        self.start(Tag::Hash).number(key.0).text(path).push(hash)
    }

    /// Puts `*` in place of the letters and digits of a field's value, whatever its type, but for the last few.
    pub fn mask(&mut self, path: &str, keep_last: u32) -> &mut Self {
        let mask = || raw::Edit::Mask(raw::Masked { path: path.to_owned(), keep_last });
        self.start(Tag::Mask).number(keep_last).text(path).push(mask)
    }

    /// Sets a field.
    pub fn set(&mut self, path: &str, value: impl ToJson) -> &mut Self {
        let value = text_of(&value);
        self.start(Tag::Set).text(path).text(&value);
        self.push(|| raw::Edit::Set(raw::Assignment { path: path.to_owned(), value }))
    }

    /// Removes a field.
    pub fn remove(&mut self, path: &str) -> &mut Self {
        self.start(Tag::Remove).text(path).push(|| raw::Edit::Remove(path.to_owned()))
    }

    /// Gives a field a new name, in the same object. `path` leads to the field, `to` is the name alone.
    pub fn rename(&mut self, path: &str, to: &str) -> &mut Self {
        let renaming = || raw::Edit::Rename(raw::Renaming { from: path.to_owned(), to: to.to_owned() });
        self.start(Tag::Rename).text(path).text(to).push(renaming)
    }

    /// Cuts the text of a place to so many bytes, at a character boundary.
    pub fn truncate(&mut self, place: &Place, max_bytes: u32) -> &mut Self {
        let cut = || raw::Edit::Truncate(raw::Cut { place: place.clone(), max_bytes });
        self.start(Tag::Truncate).number(max_bytes).place(place).push(cut)
    }

    /// Gives the event a label, which replaces one of the same name.
    pub fn label(&mut self, name: &str, value: &str) -> &mut Self {
        let label = || raw::Edit::Label(raw::Label { name: name.to_owned(), value: value.to_owned() });
        self.start(Tag::Label).text(name).text(value).push(label)
    }

    /// Takes a label away.
    pub fn unlabel(&mut self, name: &str) -> &mut Self {
        self.start(Tag::Unlabel).text(name).push(|| raw::Edit::Unlabel(name.to_owned()))
    }

    /// Puts a value in place of the whole record.
    pub fn replace(&mut self, record: impl ToJson) -> &mut Self {
        let record = text_of(&record);
        self.start(Tag::Replace).text(&record);
        self.push(|| raw::Edit::Replace(record))
    }

    /// Puts a new event behind this one. It passes the transforms that follow, and not this one.
    ///
    /// It has the time, the invocation and the labels of the event that it stands behind, as they were before the
    /// transform. A `redact` that follows scrubs it like any other.
    ///
    /// ```
    /// use telesieve_guest::{Edit, Event, transform};
    ///
    /// /// Says once per start what was cold.
    /// #[transform(kind = "enrich")]
    /// fn cold(event: &Event, edit: &mut Edit) {
    ///     let is_cold = event.invocation().is_some_and(|invocation| invocation.cold_start);
    ///     if event.kind() == "platform.start" && is_cold {
    ///         edit.append("shop.cold_start", serde_json::json!({"counted": true}));
    ///     }
    /// }
    /// # fn main() {
    /// # use telesieve_guest::testing::{Harness, TestEvent, json};
    /// # let mut cold = Harness::<cold>::new(json!({})).unwrap();
    /// # let edits = cold.run(&[TestEvent::new("platform.start", json!({})).request("r").cold_start()]);
    /// # assert_eq!(edits[0], ["append shop.cold_start {\"counted\":true}"]);
    /// # }
    /// ```
    pub fn append(&mut self, kind: &str, record: impl ToJson) -> &mut Self {
        let record = text_of(&record);
        self.start(Tag::Append).text(kind).text(&record);
        self.push(|| raw::Edit::Append(raw::NewEvent { kind: kind.to_owned(), record }))
    }

    /// Adds to a counter. As many label values as the metric has label names, in their order.
    pub fn count(&mut self, counter: Counter, labels: &[&str], by: f64) -> &mut Self {
        self.sample(Tag::Count, counter.0, labels, by, raw::Edit::Count)
    }

    /// Sets a gauge. See [`Edit::count`] for the labels.
    pub fn gauge(&mut self, gauge: Gauge, labels: &[&str], value: f64) -> &mut Self {
        self.sample(Tag::Gauge, gauge.0, labels, value, raw::Edit::Gauge)
    }

    /// Observes a value in a histogram. See [`Edit::count`] for the labels.
    pub fn observe(&mut self, histogram: Histogram, labels: &[&str], value: f64) -> &mut Self {
        self.sample(Tag::Observe, histogram.0, labels, value, raw::Edit::Observe)
    }

    /// All edits of a recipe, which must come from this batch's script or from `Setup`.
    pub fn apply(&mut self, recipe: Recipe) -> &mut Self {
        if self.node == ROOT {
            self.node = recipe.0;
            return self;
        }
        for (key, edit) in self.tree.keyed(recipe.0) {
            self.node = self.tree.child(self.node, &key, || edit);
        }
        self
    }

    fn sample(
        &mut self,
        tag: Tag,
        metric: u32,
        labels: &[&str],
        value: f64,
        make: impl FnOnce(raw::Sample) -> raw::Edit,
    ) -> &mut Self {
        self.start(tag).number(metric);
        self.key.extend_from_slice(&value.to_bits().to_le_bytes());
        for label in labels {
            self.text(label);
        }
        let label_values = || labels.iter().copied().map(str::to_owned).collect();
        self.push(|| make(raw::Sample { metric, value, label_values: label_values() }))
    }

    fn start(&mut self, tag: Tag) -> &mut Self {
        self.key.clear();
        self.key.push(tag as u8);
        self
    }

    fn number(&mut self, number: u32) -> &mut Self {
        self.key.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// The length goes first, so that no two lists of texts have the same bytes.
    fn text(&mut self, text: &str) -> &mut Self {
        self.key.extend_from_slice(&text.len().to_le_bytes());
        self.key.extend_from_slice(text.as_bytes());
        self
    }

    fn place(&mut self, place: &Place) -> &mut Self {
        match place {
            Place::Whole => self.number(0),
            Place::Message => self.number(1),
            Place::Field(path) => self.number(2).text(path),
            Place::Keys => self.number(3),
        }
    }

    fn push(&mut self, make: impl FnOnce() -> raw::Edit) -> &mut Self {
        self.node = self.tree.child(self.node, &self.key, make);
        self
    }
}

impl Place {
    /// A field by its path, such as `user.email`, `items.*.card` or `headers.Set-Cookie`.
    pub fn field(path: impl Into<String>) -> Self {
        Self::Field(path.into())
    }
}

//! Which document came of which event.
//!
//! Nothing in a document says so, and the extension is not asked: kind and time must be the same, and the texts alike.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use telesieve_sandbox::Delivery;
use telesieve_sandbox::receivers::Document;

use crate::diff::likeness;

/// How alike texts must be where the time says nothing.
const ALIKE: f64 = 0.3;
/// Beyond this many comparisons, what has the same kind and time is paired in order.
const MAX_COMPARISONS: usize = 10_000;

/// An event and what came of it. At least one of them is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Pair {
    pub(super) before: Option<Before>,
    pub(super) after: Option<After>,
}

/// An event as the platform sent it.
#[derive(Clone, Debug)]
pub(super) struct Before {
    pub(super) kind: String,
    pub(super) time: String,
    /// Text of a text record, JSON of everything else.
    pub(super) text: String,
}

/// A document as it was stored.
#[derive(Clone, Debug)]
pub(super) struct After {
    pub(super) kind: String,
    time: String,
    /// Text of a text record, JSON of everything else.
    pub(super) text: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) invocation: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default, borrow)]
    time: Option<&'a RawValue>,
    #[serde(default, borrow)]
    record: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(default, borrow)]
    record: Option<&'a RawValue>,
}

/// Pairs in the order of the events; documents that came of no event follow.
pub(super) fn pairs(deliveries: &[Delivery], documents: &[Document]) -> Vec<Pair> {
    let events: Vec<Before> = deliveries.iter().filter(|delivery| delivery.taken()).flat_map(events).collect();
    let mut matching = Matching { events, documents: documents.iter().map(after).collect(), of_event: BTreeMap::new() };
    matching.by(|event| (event.kind.clone(), event.time.clone()), |doc| (doc.kind.clone(), doc.time.clone()), 0.0);
    matching.by(|event| (event.kind.clone(), String::new()), |doc| (doc.kind.clone(), String::new()), ALIKE);
    matching.into_pairs()
}

fn events(delivery: &Delivery) -> Vec<Before> {
    let malformed = || {
        let text = String::from_utf8_lossy(&delivery.body).into_owned();
        vec![Before { kind: "(not an array)".to_owned(), time: String::new(), text }]
    };
    let events: Result<Vec<&RawValue>, _> = serde_json::from_slice(&delivery.body);
    events.map_or_else(|_| malformed(), |events| events.into_iter().map(before).collect())
}

fn before(event: &RawValue) -> Before {
    let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(event.get()) else { return odd(event.get()) };
    Before {
        kind: envelope.kind.unwrap_or_default(),
        time: envelope.time.map(plain).unwrap_or_default(),
        text: envelope.record.map(plain).unwrap_or_default(),
    }
}

/// An event with a key twice, or no event at all: the last of the repeated values counts.
fn odd(event: &str) -> Before {
    let event: serde_json::Value = serde_json::from_str(event).unwrap_or_else(|_| event.into());
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match event.as_object() {
        Some(_) => Before { kind: text(&event["type"]), time: text(&event["time"]), text: text(&event["record"]) },
        None => Before { kind: "(no event)".to_owned(), time: String::new(), text: text(&event) },
    }
}

fn after(document: &Document) -> After {
    let fields = &document.fields;
    let text = |name: &str| fields[name].as_str().map(str::to_owned);
    let record =
        serde_json::from_str::<Source<'_>>(&document.source).ok().and_then(|source| source.record.map(unwrapped));
    let labels = fields["labels"].as_object().into_iter().flatten();
    After {
        kind: text("type").unwrap_or_default(),
        time: text("event.time").or_else(|| text("@timestamp")).unwrap_or_default(),
        text: record.or_else(|| text("message")).unwrap_or_default(),
        labels: labels.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
        invocation: text("faas.invocation_id"),
    }
}

/// A string's text, everything else's JSON.
fn plain(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

/// What is no object travels as `{"value":…}`.
fn unwrapped(record: &RawValue) -> String {
    let text = record.get();
    let inner = text.strip_prefix(r#"{"value":"#).and_then(|rest| rest.strip_suffix('}'));
    inner.filter(|inner| !inner.starts_with('{')).unwrap_or(text).to_owned()
}

struct Matching {
    events: Vec<Before>,
    documents: Vec<After>,
    /// Document of each event.
    of_event: BTreeMap<usize, usize>,
}

impl Matching {
    /// Pairs what is left and has the same key, by likeness and in order.
    fn by<K: Ord>(&mut self, event_key: impl Fn(&Before) -> K, document_key: impl Fn(&After) -> K, least: f64) {
        let mut groups: BTreeMap<K, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        let taken: Vec<usize> = self.of_event.values().copied().collect();
        for (at, event) in self.events.iter().enumerate().filter(|(at, _)| !self.of_event.contains_key(at)) {
            groups.entry(event_key(event)).or_default().0.push(at);
        }
        for (at, document) in self.documents.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
            groups.entry(document_key(document)).or_default().1.push(at);
        }
        for (events, documents) in groups.into_values() {
            self.pair(&events, &documents, least);
        }
    }

    fn pair(&mut self, events: &[usize], documents: &[usize], least: f64) {
        let in_order = events.len() == documents.len() && least == 0.0;
        if in_order || events.len() * documents.len() > MAX_COMPARISONS {
            self.of_event.extend(events.iter().copied().zip(documents.iter().copied()));
            return;
        }
        let mut from = 0;
        for &document in documents {
            let left = &events[from..];
            let alike = |event: usize| likeness(&self.events[event].text, &self.documents[document].text);
            let scored = left.iter().enumerate().map(|(at, &event)| (at, alike(event)));
            // The first of the best ones.
            let best = scored.fold(None, |best: Option<(usize, f64)>, one| match best {
                Some(best) if best.1 >= one.1 => Some(best),
                _ => Some(one),
            });
            if let Some((at, _)) = best.filter(|(_, score)| *score >= least) {
                self.of_event.insert(left[at], document);
                from += at + 1;
            }
        }
    }

    fn into_pairs(self) -> Vec<Pair> {
        let mut documents: Vec<Option<After>> = self.documents.into_iter().map(Some).collect();
        let mut pairs = Vec::new();
        for (at, event) in self.events.into_iter().enumerate() {
            let after = self.of_event.get(&at).and_then(|document| documents[*document].take());
            pairs.push(Pair { before: Some(event), after });
        }
        pairs.extend(documents.into_iter().flatten().map(|after| Pair { before: None, after: Some(after) }));
        pairs
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;

    fn delivery(events: &serde_json::Value) -> Delivery {
        Delivery {
            subscriber: String::new(),
            body: events.to_string().into(),
            items: 0,
            attempts: 1,
            status: Some(200),
            at: Instant::now(),
            generation: 1,
        }
    }

    fn document(source: &serde_json::Value) -> Document {
        Document { index: String::new(), id: String::new(), source: source.to_string(), fields: source.clone() }
    }

    fn texts<'p>(pairs: &'p [Pair]) -> Vec<(&'p str, &'p str)> {
        let before = |pair: &'p Pair| pair.before.as_ref().map_or("-", |before| before.text.as_str());
        let after = |pair: &'p Pair| pair.after.as_ref().map_or("-", |after| after.text.as_str());
        pairs.iter().map(|pair| (before(pair), after(pair))).collect()
    }

    #[test]
    fn pairs_by_time_and_likeness() {
        let time = "2026-03-02T08:15:20.301Z";
        let events = json!([
            { "type": "function", "time": time, "record": "GET /health" },
            { "type": "function", "time": time, "record": "order for jane" },
            { "type": "function", "record": { "a": 1 } },
        ]);
        let documents = [
            document(&json!({ "@timestamp": time, "type": "function", "message": "order for [R]" })),
            document(&json!({ "@timestamp": "2026-03-02T08:15:21.000Z", "type": "function", "record": { "a": 1 } })),
            document(&json!({ "@timestamp": time, "type": "telesieve.marker", "message": "new" })),
        ];
        let pairs = pairs(&[delivery(&events)], &documents);
        let expected =
            [("GET /health", "-"), ("order for jane", "order for [R]"), (r#"{"a":1}"#, r#"{"a":1}"#), ("-", "new")];
        assert_eq!(texts(&pairs), expected);
    }

    #[test]
    fn values_come_out_of_their_wrapping() {
        let events = json!([{ "type": "function", "time": "t", "record": [1, null] }]);
        let documents = [document(&json!({ "event.time": "t", "type": "function", "record": { "value": [1, null] } }))];
        assert_eq!(texts(&pairs(&[delivery(&events)], &documents)), [("[1,null]", "[1,null]")]);
    }
}

//! Chains and faults made of bytes: the entrance for fuzzing.

use std::time::Duration;

use telesieve_config::OnError;
use telesieve_core::{Body, Event, LabelSet, json};
use telesieve_kernels::Place;

use crate::chain::Chain;
use crate::inject::{Garbling, Sabotage};
use crate::stand_in::stage;
use crate::{Fault, TransformKind};

/// Faults of one chain.
const TROUBLE: usize = 4;

/// Bytes that are read, zeros where there are none left.
struct Bytes<'d>(&'d [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[usize::from(self.next()) % values.len()]
    }

    fn sabotage(&mut self) -> (u64, Sabotage) {
        let nth = u64::from(self.next() % 8);
        let kind = usize::from(self.next());
        let choice = (0..4).fold(0, |choice, _| choice << 8 | u64::from(self.next()));
        let sabotage = match Garbling::ALL.get(kind % (Garbling::ALL.len() + 1)) {
            Some(garbling) => Sabotage::Garble(*garbling, choice),
            None => Sabotage::Fail(Fault::Trap),
        };
        (nth, sabotage)
    }
}

/// Runs a chain that bytes describe on the records that follow, with a middle dot between them.
///
/// # Panics
/// An event is not accounted for, or a record was valid JSON and is not any more.
pub fn try_chain(data: &[u8]) {
    let mut bytes = Bytes(data);
    let kinds: Vec<_> = (0..=bytes.next() % 3).map(|_| bytes.one_of(&TransformKind::ALL)).collect();
    let trouble: Vec<_> = (0..TROUBLE).map(|_| bytes.sabotage()).collect();
    let body = Body::clean(bytes.0.to_vec());
    // Line breaks are blanks by now.
    let records: Vec<_> = body.as_str().split('\u{b7}').take(16).collect();
    let stages = kinds.iter().enumerate().map(|(at, kind)| stage(at, *kind, &[], OnError::Pass, Some(Place::Whole)));
    let mut chain = Chain::new(stages.collect(), None);
    chain.sabotage(move |call| trouble.iter().find(|(nth, _)| *nth == call.nth).map(|(_, sabotage)| *sabotage));
    let is_json = |text: &str| json::inspect(text, 0).is_ok_and(|found| found.end == text.len());
    let valid = records.iter().all(|record| is_json(record));
    let mut next = records.len() as u64;
    let outcome = chain.process(events(&records), Duration::from_secs(60), &mut next);
    let gone: u64 = outcome.filtered.iter().map(|(_, count)| count).chain(outcome.dropped.iter().map(|(_, n)| n)).sum();
    let left = outcome.released.len() as u64;
    assert_eq!(records.len() as u64 + outcome.appended + outcome.markers, left + gone, "everything is accounted for");
    let still = outcome.released.iter().all(|released| is_json(&released.event().record));
    assert!(!valid || still, "what was JSON is JSON");
}

fn events<'r>(records: &[&'r str]) -> Vec<Event<'r>> {
    let event = |(sequence, record): (u64, &&'r str)| Event {
        kind: "function".into(),
        time_json: "".into(),
        time_ms: Some(0),
        record: (*record).into(),
        invocation: None,
        labels: LabelSet::default(),
        sequence,
    };
    (0..).zip(records).map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fuzzer finds more; this makes sure that there is something for it to find.
    #[test]
    fn bytes_of_all_kinds_are_chains() {
        let records = "{\"message\":\"to jane@example.com\"}\u{b7}\"noise\"\u{b7}12";
        for seed in 0..=255u8 {
            let head: Vec<u8> = (0..25u8).map(|at| at.wrapping_mul(31).wrapping_add(seed).rotate_left(3)).collect();
            try_chain(&[&head[..], records.as_bytes()].concat());
            try_chain(&head[..usize::from(seed) % 25]);
        }
    }
}

//! The queue of documents that wait to be sent, bounded by bytes (P4).
//!
//! When it is full, the oldest documents go first: what happened last is what an operator looks for. Every eviction is
//! handed back to be counted (P3); the outbox keeps no books of its own.

use std::collections::VecDeque;

use crate::Item;

/// What a full outbox let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "evicted documents must be counted"]
pub struct Evicted {
    /// Documents.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Evicted {
    fn count(&mut self, item: &Item) {
        self.items += 1;
        self.bytes += item.len() as u64;
    }
}

/// Documents that wait, oldest first.
///
/// What was taken and not put back is no longer counted, so the process holds at most the outbox's limit and one bulk
/// body at a time.
#[derive(Debug)]
pub struct Outbox {
    items: VecDeque<Item>,
    bytes: usize,
    max_bytes: usize,
}

impl Outbox {
    /// An outbox for at most `max_bytes` of documents.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { items: VecDeque::new(), bytes: 0, max_bytes }
    }

    /// Adds the newest document.
    ///
    /// One that is larger than the whole outbox is evicted itself; it does not push its neighbours out.
    pub fn push(&mut self, item: Item) -> Evicted {
        let mut evicted = Evicted::default();
        if item.len() > self.max_bytes {
            evicted.count(&item);
            return evicted;
        }
        self.bytes += item.len();
        self.items.push_back(item);
        self.shrink(&mut evicted);
        evicted
    }

    /// Takes the oldest documents, up to `max_bytes` of them, but at least one if there is one.
    #[must_use]
    pub fn take(&mut self, max_bytes: usize) -> Vec<Item> {
        let mut bytes = 0;
        let fits = |item: &&Item| {
            bytes += item.len();
            bytes <= max_bytes
        };
        let count = self.items.iter().take_while(fits).count().max(1).min(self.items.len());
        let taken: Vec<Item> = self.items.drain(..count).collect();
        self.bytes -= taken.iter().map(Item::len).sum::<usize>();
        taken
    }

    /// Puts documents back in front, in the order they were taken in.
    pub fn put_back(&mut self, items: Vec<Item>) -> Evicted {
        let mut evicted = Evicted::default();
        for item in items.into_iter().rev() {
            self.bytes += item.len();
            self.items.push_front(item);
        }
        self.shrink(&mut evicted);
        evicted
    }

    /// Number of documents that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Bytes of documents that wait.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Since when the oldest document waits, in Unix milliseconds.
    #[must_use]
    pub fn oldest_since_ms(&self) -> Option<i64> {
        self.items.front().map(|item| item.since_ms)
    }

    fn shrink(&mut self, evicted: &mut Evicted) {
        while self.bytes > self.max_bytes {
            let Some(oldest) = self.items.pop_front() else { return };
            self.bytes -= oldest.len();
            evicted.count(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Evicted, Item, Outbox};
    use proptest::prelude::*;

    fn item(sequence: u64, len: usize) -> Item {
        Item::new(vec![b'x'; len], sequence)
    }

    fn sequences(items: &[Item]) -> Vec<u64> {
        items.iter().map(|item| item.sequence).collect()
    }

    #[test]
    fn the_oldest_goes_first() {
        let mut outbox = Outbox::new(10);
        assert_eq!(outbox.push(item(1, 4)), Evicted::default());
        assert_eq!(outbox.push(item(2, 4)), Evicted::default());
        assert_eq!(outbox.push(item(3, 4)), Evicted { items: 1, bytes: 4 });
        assert_eq!(sequences(&outbox.take(100)), [2, 3]);
        assert_eq!((outbox.len(), outbox.bytes()), (0, 0));
    }

    #[test]
    fn a_giant_costs_only_itself() {
        let mut outbox = Outbox::new(10);
        let _ = outbox.push(item(1, 4));
        assert_eq!(outbox.push(item(2, 11)), Evicted { items: 1, bytes: 11 });
        assert_eq!(sequences(&outbox.take(100)), [1]);
    }

    #[test]
    fn take_never_starves_on_a_large_item() {
        let mut outbox = Outbox::new(100);
        let _ = outbox.push(item(1, 50));
        let _ = outbox.push(item(2, 50));
        assert_eq!(sequences(&outbox.take(10)), [1]);
        assert_eq!(sequences(&outbox.take(0)), [2]);
        assert!(outbox.take(0).is_empty());
    }

    #[test]
    fn put_back_keeps_the_order() {
        let mut outbox = Outbox::new(100);
        for sequence in 1..=4 {
            let _ = outbox.push(item(sequence, 10));
        }
        let taken = outbox.take(20);
        assert_eq!(outbox.put_back(taken), Evicted::default());
        assert_eq!(sequences(&outbox.take(100)), [1, 2, 3, 4]);
    }

    #[test]
    fn put_back_into_a_full_outbox_evicts_the_oldest() {
        let mut outbox = Outbox::new(20);
        let _ = outbox.push(item(1, 10));
        let _ = outbox.push(item(2, 10));
        let taken = outbox.take(20);
        let _ = outbox.push(item(3, 10));
        assert_eq!(outbox.put_back(taken), Evicted { items: 1, bytes: 10 });
        assert_eq!(sequences(&outbox.take(100)), [2, 3]);
    }

    proptest! {
        #[test]
        fn bounded_and_accounted_for(
            max in 0_usize..200,
            steps in proptest::collection::vec((0_u8..3, 0_usize..80), 0..60),
        ) {
            let mut outbox = Outbox::new(max);
            let (mut pushed, mut gone, mut done) = (0, 0, 0);
            let mut held = Vec::new();
            for (step, size) in steps {
                match step {
                    0 => {
                        pushed += 1;
                        gone += outbox.push(item(pushed, size)).items;
                    }
                    1 if held.is_empty() => held = outbox.take(size),
                    1 => gone += outbox.put_back(std::mem::take(&mut held)).items,
                    _ => done += held.drain(..).count() as u64,
                }
                prop_assert!(outbox.bytes() <= max);
                prop_assert_eq!(pushed, gone + done + held.len() as u64 + outbox.len() as u64);
            }
            let rest = sequences(&outbox.take(usize::MAX));
            prop_assert!(rest.is_sorted());
        }
    }
}

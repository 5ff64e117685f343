//! State that cannot grow without bound.

use std::collections::{BTreeMap, VecDeque};

/// A map that holds so many entries and forgets the oldest one when another comes.
///
/// For what a transform carries from one batch to the next, in its `&mut State`. An instance lives as long as its
/// sandbox does, and a map that grows with every request id would end at the transform's memory cap. After a fault, and
/// in every new sandbox, it is empty again: use it for what may be forgotten.
///
/// ```
/// use telesieve_guest::{Column, Edit, Event, NoSettings, Recent, SettingError, Setup, transform};
///
/// struct Seen {
///     message: Column,
///     times: Recent<u64, u32>,
/// }
///
/// fn setup(_: NoSettings, setup: &mut Setup) -> Result<Seen, SettingError> {
///     Ok(Seen { message: setup.column("message"), times: Recent::new(1_000) })
/// }
///
/// /// Drops a message that was seen three times already.
/// #[transform(kind = "filter", setup = setup)]
/// fn repeats(event: &Event, edit: &mut Edit, seen: &mut Seen) {
///     let Some(message) = event.column(seen.message) else { return };
///     let times = seen.times.entry(telesieve_guest::hash64(message), || 0);
///     *times += 1;
///     if *times > 3 {
///         edit.drop();
///     }
/// }
///
/// # fn main() {
/// use telesieve_guest::testing::{Harness, TestEvent, json};
///
/// let mut repeats = Harness::<repeats>::new(json!({})).unwrap();
/// let event = || TestEvent::function(json!({"message": "retrying"}));
/// assert_eq!(repeats.run(&[event(), event()]), [[""; 0], [""; 0]]);
/// assert_eq!(repeats.run(&[event(), event()]), [vec![], vec!["drop"]]);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Recent<K, V> {
    capacity: usize,
    entries: BTreeMap<K, V>,
    /// Keys in the order in which they came.
    order: VecDeque<K>,
}

impl<K: Clone + Ord, V> Recent<K, V> {
    /// An empty map for at least one entry.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), entries: BTreeMap::new(), order: VecDeque::new() }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// The value of a key, made if it is not there. To make room, the oldest entry is forgotten.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if !self.entries.contains_key(&key) {
            self.make_room();
            self.order.push_back(key.clone());
        }
        self.entries.entry(key).or_insert_with(make)
    }

    /// Notes a value. A key that is there keeps its age.
    pub fn insert(&mut self, key: K, value: V) {
        let mut value = Some(value);
        let known = self.entry(key, || value.take().expect("nobody took it yet"));
        if let Some(value) = value {
            *known = value;
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let value = self.entries.remove(key)?;
        self.order.retain(|known| known != key);
        Some(value)
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn make_room(&mut self) {
        while self.entries.len() >= self.capacity {
            let Some(oldest) = self.order.pop_front() else { return };
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_makes_room() {
        let mut recent = Recent::new(2);
        for (key, value) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            recent.insert(key, value);
        }
        assert_eq!((recent.get(&"a"), recent.get(&"b"), recent.get(&"c")), (None, Some(&2), Some(&4)));
        assert_eq!(recent.len(), 2);
    }

    #[test]
    fn what_is_removed_leaves_room() {
        let mut recent = Recent::new(2);
        recent.insert(1, 'a');
        recent.insert(2, 'b');
        assert_eq!(recent.remove(&1), Some('a'));
        assert_eq!(recent.remove(&1), None);
        recent.insert(3, 'c');
        assert_eq!((recent.get(&2), recent.get(&3)), (Some(&'b'), Some(&'c')));
    }

    #[test]
    fn it_stays_bounded() {
        let mut recent = Recent::new(0);
        for key in 0..1_000 {
            *recent.entry(key, || 0) += 1;
            assert_eq!((recent.len(), recent.order.len()), (1, 1));
        }
        assert!(!recent.is_empty());
    }
}

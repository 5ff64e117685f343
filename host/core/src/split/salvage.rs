//! Finding whole events next to broken ones.
//!
//! From the first broken element on, every element has to be valid JSON and a whole envelope. Where one turns out to be
//! broken, the search goes on at the next place that looks like the start of an event. An object that was still open
//! where its surroundings broke would break at the same place, so it is not read again: each byte is read a fixed
//! number of times, whatever the body.

use memchr::memchr_iter;

use super::{Fragment, Splitter, envelope};
use crate::json::{inspect, skip_space};

/// The first keys of an envelope, in any order.
const FIRST_KEYS: [&[u8]; 3] = [br#""time""#, br#""type""#, br#""record""#];

impl Splitter<'_> {
    /// Takes every whole event from the broken element at `start` on.
    pub(super) fn salvage(&mut self, mut start: usize) {
        loop {
            let before = self.found.malformed;
            let (from, open) = self.strict(start);
            let next = self.next_start(from, &open);
            if self.found.malformed > before {
                self.fragments(start, next);
            }
            match next {
                Some(next) => start = next,
                None => return,
            }
        }
    }

    /// Takes the element at `start` if it is whole. Gives the place from which to go on, and the objects on the way that
    /// are known to be broken.
    fn strict(&mut self, start: usize) -> (usize, Vec<usize>) {
        match inspect(self.body, start) {
            Ok(found) if self.is_followed(found.end) => {
                self.found.envelopes.extend(envelope::read_whole(&self.body[start..found.end]));
                (found.end, Vec::new())
            }
            Ok(found) => {
                self.count_malformed();
                (found.end, Vec::new())
            }
            Err(fault) => {
                self.count_malformed();
                (start + 1, fault.open)
            }
        }
    }

    /// Takes note of a broken element that begins as the platform begins an event. What looks like an event inside of it
    /// was read as a part of it, and broke with it.
    fn fragments(&mut self, start: usize, next: Option<usize>) {
        let mut rest = &self.body[start..next.unwrap_or(self.body.len())];
        let before = self.found.envelopes.len();
        while envelope::head(rest, 0).is_some() {
            let end = self.next_event.find(rest.as_bytes()).map(|at| at + 1);
            let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.found.fragments.push(Fragment { before, text });
            rest = after;
            if !rest.is_empty() {
                self.count_malformed();
            }
        }
    }

    fn next_start(&self, from: usize, broken: &[usize]) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        memchr_iter(b'{', rest).map(|at| from + at).find(|at| self.is_start(*at) && broken.binary_search(at).is_err())
    }

    /// Whether the bracket at `at` looks like the start of an event.
    fn is_start(&self, at: usize) -> bool {
        let key = &self.bytes[skip_space(self.bytes, at + 1)..];
        let before = self.bytes[..at].iter().rfind(|byte| **byte != b' ');
        matches!(before, Some(b',' | b'[' | b']' | b'}') | None)
            && FIRST_KEYS.iter().any(|first| key.starts_with(first))
    }
}

//! From a body to events, without parsing it.
//!
//! The platform writes an array of `{"time":"…","type":"…","record":…}`. That shape is guessed first, and verified; any
//! other order, spelling or framing takes a general way that yields the same. Both only balance quotes and brackets, so
//! a record that is no JSON passes as long as its end is clear.
//!
//! The platform cuts records of more than some 256 KiB into pieces and puts each piece, broken as it is, into an
//! envelope of its own. Then quotes and brackets mislead, and what looks like one event may have swallowed the next. An
//! event that holds what looks like the start of another one is therefore looked at strictly, and once one turns out
//! to be broken, so is the rest of the body: see `salvage`.

mod envelope;
mod heads;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod properties;
mod salvage;

use memchr::memmem;

use crate::json::{inspect, skip_space, value_end};

pub use envelope::Envelope;
use heads::Heads;

/// What a body holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split<'b> {
    /// Its events, in order.
    pub envelopes: Vec<Envelope<'b>>,
    /// Elements that could not be used: no objects, objects without `type` and `record`, and fragments. At least 1 for a
    /// body that is neither empty nor made of events.
    pub malformed: u32,
    /// Those of the malformed elements that may be pieces of records that were cut.
    pub fragments: Vec<Fragment<'b>>,
}

/// An element that begins like an event and is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'b> {
    /// How many events were found before it.
    pub before: usize,
    /// From its first byte to the next event, or to the end of the body.
    text: &'b str,
}

impl<'b> Fragment<'b> {
    /// The envelope, without a record, and what there is of the record: up to the bracket with which the platform
    /// closes every envelope.
    #[must_use]
    pub fn piece(&self) -> Option<(Envelope<'b>, &'b str)> {
        let (head, start) = envelope::head(self.text, 0)?;
        let rest = self.text[start..].trim_end();
        let rest = rest.strip_suffix([',', ']']).unwrap_or(rest).trim_end();
        Some((head, rest.strip_suffix('}')?))
    }
}

/// Takes a body apart: an array of events, a single event, or events one behind the other. Never fails; every whole
/// event is found, whatever stands next to it. Time is linear in the length of the body.
#[must_use]
pub fn split(body: &str) -> Split<'_> {
    Splitter::new(body).run()
}

/// How the platform goes on behind an event.
const NEXT_EVENT: &str = r#",{"time":""#;

/// Bytes of a body per event, roughly.
const EVENT_LENGTH: usize = 192;

struct Splitter<'b> {
    body: &'b str,
    bytes: &'b [u8],
    at: usize,
    in_array: bool,
    next_event: memmem::Finder<'static>,
    heads: Heads,
    found: Split<'b>,
}

impl<'b> Splitter<'b> {
    fn new(body: &'b str) -> Self {
        Self {
            body,
            bytes: body.as_bytes(),
            at: 0,
            in_array: false,
            next_event: memmem::Finder::new(NEXT_EVENT),
            heads: Heads::default(),
            found: Split { envelopes: Vec::with_capacity(body.len() / EVENT_LENGTH), ..Split::default() },
        }
    }

    fn run(mut self) -> Split<'b> {
        while let Some(start) = self.next_element() {
            match self.element(start) {
                Some(end) => self.at = end,
                None => {
                    self.salvage(start);
                    break;
                }
            }
        }
        self.found
    }

    /// Goes over what separates elements, however many of it, and over the brackets of the array.
    fn next_element(&mut self) -> Option<usize> {
        loop {
            self.at = skip_space(self.bytes, self.at);
            match (self.bytes.get(self.at)?, self.in_array) {
                (b',', _) => {}
                (b'[', false) => self.in_array = true,
                (b']', _) => self.in_array = false,
                _ => return Some(self.at),
            }
            self.at += 1;
        }
    }

    /// Takes the element that starts at `start` and gives its end; `None` if that cannot be trusted.
    fn element(&mut self, start: usize) -> Option<usize> {
        if let Some((envelope, end, lists_objects)) = self.heads.guess(self.body, start)
            && self.is_followed(end)
            && (!lists_objects || self.is_sound(start, end, envelope.record))
        {
            self.found.envelopes.push(envelope);
            return Some(end);
        }
        let end = value_end(self.body, start)?;
        let element = &self.body[start..end];
        if !self.is_followed(end) || !self.is_sound(start, end, element) {
            return None;
        }
        match envelope::read(element) {
            Some(envelope) => self.found.envelopes.push(envelope),
            // It begins like an event: a piece of a record, whose brackets mislead.
            None if envelope::head(self.body, start).is_some() => return None,
            None => self.count_malformed(),
        }
        Some(end)
    }

    /// Whether an element can end at `end`.
    fn is_followed(&self, end: usize) -> bool {
        let next = skip_space(self.bytes, end);
        match self.bytes.get(next) {
            None | Some(b',' | b'{') => true,
            // The array ends, and not one inside of a record that was cut.
            Some(b']') => matches!(self.bytes.get(skip_space(self.bytes, next + 1)), None | Some(b'[' | b'{')),
            _ => false,
        }
    }

    /// Whether an element is as long as it seems. A string cannot hide an event, because its quotes are escaped there.
    fn is_sound(&self, start: usize, end: usize, part: &str) -> bool {
        part.starts_with('"')
            || self.next_event.find(part.as_bytes()).is_none()
            || inspect(self.body, start).is_ok_and(|found| found.end == end)
    }

    fn count_malformed(&mut self) {
        self.found.malformed = self.found.malformed.saturating_add(1);
    }
}

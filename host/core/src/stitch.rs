//! Puts records together that the platform cut.
//!
//! It cuts records of more than some 256 KiB into pieces and gives each piece an envelope of its own: the next element of
//! the same body, or the first of the next one. A secret that straddles the cut is no secret in either piece, so pieces
//! must not reach a transform. What to do with them depends on the form of the record:
//!
//! * JSON is cut anywhere, so a piece is a [`Fragment`], and the record is whole once its pieces are valid JSON. If the
//!   next piece does not come, none of them goes on: they stay what [`crate::split()`] counted them as, malformed.
//! * Text stays text: a piece looks like any other line, but for its length. The record ends with the first piece that is
//!   shorter. If the next piece does not come, the end of the text goes ([`TAIL`] bytes, replaced by `[cut]`): it may
//!   be the beginning of something that only the whole would show.
//!
//! What is not known: that a text is a later piece of a record whose first piece never came, because the intake was full
//! and dropped its body, or because the platform did. Its beginning may be the end of a secret. A later piece that is
//! long is held and loses its end as any other, but nothing tells its beginning from that of a line; the last one is
//! shorter and looks like a line altogether. To distrust the beginning of every event behind a dropped body would cost
//! whole lines far more often than it would hide half a secret, which rules for a whole one do not find in any case.
//!
//! Pieces belong together if they are neighbours of the same kind, at most a second apart by their own times. Nothing
//! here reads a clock: an invocation may be frozen between two pieces.

use std::borrow::Cow;

use crate::Kind;
use crate::json::inspect;
use crate::split::{Envelope, Fragment, Split};

/// A record longer than this, in bytes, is dropped as a whole.
const LONGEST: usize = 4 << 20;

/// Text of at least so many bytes may be a piece. Where exactly the platform cuts is not documented.
const CUT: usize = 250 << 10;

/// Bytes at the end of a text that are not trusted if the next piece does not come.
const TAIL: usize = 4 << 10;

/// Most milliseconds between two pieces.
const APART: u64 = 1_000;

/// Keeps the piece whose neighbour has not come yet.
#[derive(Debug, Default)]
pub struct Stitcher {
    held: Option<Held>,
}

/// The events of a body, with records put together.
#[derive(Clone, Debug, Default)]
pub struct Stitched<'b> {
    whole: Vec<Envelope<'b>>,
    /// Each before the whole event of that number.
    joined: Vec<(usize, Joined)>,
    /// Elements that could not be used, see [`Split::malformed`]. Pieces that are held are not among them yet.
    pub malformed: u32,
    /// Records that were longer than 4 MiB.
    pub too_large: u32,
}

/// An event whose record was put together.
#[derive(Clone, Debug)]
struct Joined {
    kind: String,
    time_json: String,
    time_ms: Option<i64>,
    record: String,
}

#[derive(Debug)]
struct Held {
    first: Joined,
    form: Form,
    latest_json: String,
    latest_ms: Option<i64>,
    pieces: u32,
    too_long: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The record so far is the content of a JSON string.
    Text,
    /// The record so far is the beginning of JSON text.
    Json,
}

impl Stitched<'_> {
    /// The events, in order.
    pub fn envelopes(&self) -> impl Iterator<Item = Envelope<'_>> {
        let mut joined = self.joined.iter().peekable();
        let mut whole = self.whole.iter().enumerate().peekable();
        std::iter::from_fn(move || {
            let next = whole.peek().map_or(usize::MAX, |(index, _)| *index);
            match joined.next_if(|(before, _)| *before <= next) {
                Some((_, joined)) => Some(joined.envelope()),
                None => whole.next().map(|(_, envelope)| envelope.clone()),
            }
        })
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.whole.len() + self.joined.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn push(&mut self, joined: Joined) {
        self.joined.push((self.whole.len(), joined));
    }
}

impl Joined {
    fn of(envelope: &Envelope<'_>, record: &str) -> Self {
        Self {
            kind: envelope.kind.clone().into_owned(),
            time_json: envelope.time_json.to_owned(),
            time_ms: envelope.time_ms,
            record: record.to_owned(),
        }
    }

    fn envelope(&self) -> Envelope<'_> {
        Envelope {
            kind: Cow::Borrowed(&self.kind),
            time_json: &self.time_json,
            time_ms: self.time_ms,
            record: &self.record,
        }
    }
}

impl Held {
    fn new(envelope: &Envelope<'_>, form: Form, record: &str) -> Self {
        let (latest_json, latest_ms) = (envelope.time_json.to_owned(), envelope.time_ms);
        Self { first: Joined::of(envelope, record), form, latest_json, latest_ms, pieces: 1, too_long: false }
    }

    /// Whether a neighbour may be the next piece.
    fn goes_on_with(&self, next: &Envelope<'_>, form: Form) -> bool {
        let near = match (self.latest_ms, next.time_ms) {
            (Some(one), Some(other)) => one.abs_diff(other) <= APART,
            _ => self.latest_json == next.time_json,
        };
        self.form == form && self.first.kind == next.kind && near
    }

    fn add(&mut self, next: &Envelope<'_>, record: &str) {
        self.pieces += 1;
        next.time_json.clone_into(&mut self.latest_json);
        self.latest_ms = next.time_ms;
        if self.too_long || self.first.record.len() + record.len() > LONGEST {
            self.too_long = true;
            self.first.record = String::new();
        } else {
            self.first.record.push_str(record);
        }
    }
}

impl Stitcher {
    /// Nothing is held.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts together what can be, and keeps a piece at the end for the next body.
    #[must_use]
    pub fn stitch<'b>(&mut self, split: Split<'b>) -> Stitched<'b> {
        let Split { envelopes, malformed, fragments } = split;
        if self.held.is_none() && fragments.is_empty() && !envelopes.iter().any(may_be_a_piece) {
            return Stitched { whole: envelopes, malformed, ..Stitched::default() };
        }
        let whole = Vec::with_capacity(envelopes.len());
        let mut out = Stitched { whole, malformed, ..Stitched::default() };
        let mut fragments = fragments.iter().peekable();
        for (index, envelope) in envelopes.into_iter().enumerate() {
            while let Some(fragment) = fragments.next_if(|fragment| fragment.before <= index) {
                self.fragment(fragment, &mut out);
            }
            self.whole(envelope, &mut out);
        }
        fragments.for_each(|fragment| self.fragment(fragment, &mut out));
        out
    }

    /// What is held when nothing comes any more.
    #[must_use]
    pub fn finish(&mut self) -> Stitched<'static> {
        let mut out = Stitched::default();
        self.give_up(&mut out);
        out
    }

    fn whole<'b>(&mut self, envelope: Envelope<'b>, out: &mut Stitched<'b>) {
        let long = may_be_a_piece(&envelope);
        match (&mut self.held, content(envelope.record)) {
            (Some(held), Some(text)) if held.goes_on_with(&envelope, Form::Text) => {
                held.add(&envelope, text);
                return self.complete_unless(long, out);
            }
            // A piece that balances its brackets, and is no JSON all the same.
            (Some(held), _) if held.goes_on_with(&envelope, Form::Json) && !is_json(envelope.record) => {
                held.add(&envelope, envelope.record);
                return self.complete_if_json(out);
            }
            _ => self.give_up(out),
        }
        match content(envelope.record).filter(|_| long) {
            Some(text) => self.held = Some(Held::new(&envelope, Form::Text, text)),
            None => out.whole.push(envelope),
        }
    }

    fn complete_unless(&mut self, more: bool, out: &mut Stitched<'_>) {
        if !more {
            self.complete(out);
        }
    }

    fn complete_if_json(&mut self, out: &mut Stitched<'_>) {
        let done = self.held.as_ref().is_some_and(|held| held.too_long || is_json(&held.first.record));
        self.complete_unless(!done, out);
    }

    /// All pieces are there.
    fn complete(&mut self, out: &mut Stitched<'_>) {
        match self.held.take() {
            Some(held) if held.too_long => out.too_large += 1,
            Some(held) => out.push(held.joined(usize::MAX, "")),
            None => {}
        }
    }

    fn fragment(&mut self, fragment: &Fragment<'_>, out: &mut Stitched<'_>) {
        let Some((envelope, piece)) = fragment.piece().filter(|(envelope, _)| can_be_cut(envelope)) else {
            return self.give_up(out);
        };
        // It was counted when it was found.
        out.malformed = out.malformed.saturating_sub(1);
        match &mut self.held {
            Some(held) if held.goes_on_with(&envelope, Form::Json) => held.add(&envelope, piece),
            _ => {
                self.give_up(out);
                self.held = Some(Held::new(&envelope, Form::Json, piece));
            }
        }
        self.complete_if_json(out);
    }

    /// The next piece did not come.
    fn give_up(&mut self, out: &mut Stitched<'_>) {
        match self.held.take() {
            Some(held) if held.too_long => out.too_large += 1,
            Some(held) if held.form == Form::Json => out.malformed = out.malformed.saturating_add(held.pieces),
            Some(held) => {
                let end = trusted(&held.first.record);
                out.push(held.joined(end, "[cut]"));
            }
            None => {}
        }
    }
}

impl Held {
    /// The record up to `end`, and something behind it.
    fn joined(self, end: usize, behind: &str) -> Joined {
        let mut record = self.first.record;
        record.truncate(end);
        if self.form == Form::Text {
            record = format!("\"{record}{behind}\"");
        }
        Joined { record, ..self.first }
    }
}

fn can_be_cut(envelope: &Envelope<'_>) -> bool {
    Kind::of(&envelope.kind) != Kind::Platform
}

fn may_be_a_piece(envelope: &Envelope<'_>) -> bool {
    envelope.record.len() >= CUT && can_be_cut(envelope) && content(envelope.record).is_some()
}

fn is_json(text: &str) -> bool {
    inspect(text, 0).is_ok_and(|found| found.end == text.len())
}

/// What stands between the quotes of a string.
fn content(record: &str) -> Option<&str> {
    record.strip_prefix('"')?.strip_suffix('"')
}

/// The length of a text without its end. Escapes stay whole.
fn trusted(text: &str) -> usize {
    let end = text.floor_char_boundary(text.len().saturating_sub(TAIL));
    let bytes = text.as_bytes();
    let begins = |at: &usize| bytes[..*at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0;
    let length = |at: usize| if bytes.get(at + 1) == Some(&b'u') { 6 } else { 2 };
    (end.saturating_sub(5)..end).find(|at| bytes[*at] == b'\\' && begins(at) && at + length(*at) > end).unwrap_or(end)
}

#[cfg(test)]
mod tests;

//! Takes input apart into records: a line, and the lines that continue it.
//!
//! A stack trace, an indented object and a private key are one record, as they are when a function logs them. A record has
//! at most 64 KiB, unless one line alone is longer.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::ops::Range;

use memchr::memchr;
use memchr::memmem::{self, Finder};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Bytes that are read at once.
const CHUNK: usize = 256 << 10;
/// Bytes beyond which a record takes no more lines: the time of a scan grows with them.
const MOST_BYTES: usize = 64 << 10;
/// How long an open pipe may be silent before what was read is a whole record: longer than a program needs between two
/// lines, and short enough for a reader in front of a terminal.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Where bytes come from.
pub(super) trait Input: Read {
    /// Whether nothing comes for a moment. A file never makes anybody wait.
    fn is_idle(&self) -> bool {
        false
    }
}

impl Input for File {}

#[cfg(test)]
impl Input for &[u8] {}

/// Standard input.
pub(super) struct Stdin(io::Stdin);

impl Stdin {
    pub(super) fn new() -> Self {
        Self(io::stdin())
    }
}

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Without the standard library's own buffer, of which `poll` knows nothing.
        Ok(rustix::io::read(&self.0, buffer)?)
    }
}

impl Input for Stdin {
    fn is_idle(&self) -> bool {
        let mut descriptors = [PollFd::new(&self.0, PollFlags::IN)];
        self.0.is_terminal() || matches!(poll(&mut descriptors, Some(&PAUSE)), Ok(0))
    }
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next<'b> {
    Record(Record<'b>),
    /// The input is open and silent: what was written should be seen.
    Idle,
    End,
}

/// A record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'b> {
    /// Without the end of its last line.
    pub(super) bytes: &'b [u8],
    /// The end of its last line: `\n`, `\r\n` or nothing.
    pub(super) terminator: &'b [u8],
    /// Number of its first line, from 1.
    pub(super) line: u64,
}

/// The records of an input.
pub(super) struct Records<I> {
    input: I,
    buffer: Vec<u8>,
    /// Start of the record that is being read.
    start: usize,
    /// End of its last whole line.
    end: usize,
    /// Up to here there is no further end of a line.
    searched: usize,
    /// Number of its first line, and lines so far.
    first_line: u64,
    lines: u64,
    tail: Tail,
    /// Looks for the start of a block: to make a searcher costs more than to look through a line with it.
    begin: Finder<'static>,
    has_ended: bool,
    /// Whether it is known that the input is idle.
    is_idle: bool,
}

/// What the last line of a record says about the next one.
#[derive(Clone, Copy, Debug, Default)]
struct Tail {
    /// A block such as `-----BEGIN PRIVATE KEY-----` is open.
    in_block: bool,
    /// It ends with a backslash.
    is_continued: bool,
}

impl<I: Input> Records<I> {
    pub(super) fn new(input: I) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            searched: 0,
            first_line: 1,
            lines: 0,
            tail: Tail::default(),
            begin: Finder::new(b"-----BEGIN "),
            has_ended: false,
            is_idle: false,
        }
    }

    /// The next record.
    ///
    /// # Errors
    /// The input cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        loop {
            if let Some((span, line)) = self.whole() {
                return Ok(Next::Record(self.record(span, line)));
            }
            if self.has_ended {
                return Ok(self.last());
            }
            if !self.is_idle && self.input.is_idle() {
                if self.end > self.start {
                    let (span, line) = self.take(self.end);
                    return Ok(Next::Record(self.record(span, line)));
                }
                self.is_idle = true;
                return Ok(Next::Idle);
            }
            self.fill()?;
        }
    }

    /// A record behind which another one has begun.
    fn whole(&mut self) -> Option<(Range<usize>, u64)> {
        while let Some(length) = memchr(b'\n', &self.buffer[self.searched..]) {
            let line = self.end..self.searched + length + 1;
            self.searched = line.end;
            let begins = self.end > self.start && !self.continues(&line);
            let whole = begins.then(|| self.take(line.start));
            self.add(line);
            if whole.is_some() {
                return whole;
            }
        }
        self.searched = self.buffer.len();
        None
    }

    /// What is left when the input has ended.
    fn last(&mut self) -> Next<'_> {
        let length = self.buffer.len();
        if self.start == length {
            return Next::End;
        }
        let rest = self.end..length;
        let splits = self.end > self.start && !rest.is_empty() && !self.continues(&rest);
        let (span, line) = self.take(if splits { self.end } else { length });
        if splits {
            self.lines = 1;
        }
        Next::Record(self.record(span, line))
    }

    /// Whether a line belongs to the record before it.
    fn continues(&self, line: &Range<usize>) -> bool {
        let is_indented = matches!(self.buffer[line.start], b' ' | b'\t' | b'}' | b']' | b')');
        let belongs = is_indented || self.tail.in_block || self.tail.is_continued;
        belongs && line.end - self.start <= MOST_BYTES
    }

    fn add(&mut self, line: Range<usize>) {
        let text = self.buffer[line.clone()].trim_ascii_end();
        let begins = self.begin.find(text).is_some();
        let in_block = (begins || self.tail.in_block) && memmem::find(text, b"-----END ").is_none();
        self.tail = Tail { in_block, is_continued: text.ends_with(b"\\") };
        self.end = line.end;
        self.lines += 1;
    }

    /// Ends the record. What comes behind it is the start of the next one.
    fn take(&mut self, end: usize) -> (Range<usize>, u64) {
        let span = self.start..end;
        let line = self.first_line;
        self.start = end;
        self.end = end;
        self.first_line += self.lines;
        self.lines = 0;
        self.tail = Tail::default();
        (span, line)
    }

    fn record(&self, span: Range<usize>, line: u64) -> Record<'_> {
        let all = &self.buffer[span];
        let text = all.strip_suffix(b"\n").unwrap_or(all);
        let text = if text.len() < all.len() { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
        Record { bytes: text, terminator: &all[text.len()..], line }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.end -= self.start;
        self.searched -= self.start;
        self.start = 0;
        let length = self.buffer.len();
        self.buffer.resize(length + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
        self.has_ended = read? == 0;
        self.is_idle = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    /// Text and first line of each record.
    fn records(text: &str) -> Vec<(String, u64)> {
        let mut records = Records::new(text.as_bytes());
        let mut found = Vec::new();
        loop {
            match records.next().unwrap() {
                Next::Record(record) => {
                    found.push((String::from_utf8(record.bytes.to_vec()).unwrap(), record.line));
                }
                Next::Idle => {}
                Next::End => return found,
            }
        }
    }

    fn texts(text: &str) -> Vec<String> {
        records(text).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn a_record_is_a_line_and_what_continues_it() {
        let found = records("one\r\nError: x\n\tat main\n  at y\ntwo\n{\n  \"a\": 1\n}\nthree");
        let expected =
            [("one", 1), ("Error: x\n\tat main\n  at y", 2), ("two", 5), ("{\n  \"a\": 1\n}", 6), ("three", 9)];
        assert_eq!(found, expected.map(|(text, line)| (text.to_owned(), line)));
        assert_eq!(texts("a \\\nb\nc"), ["a \\\nb", "c"]);
        assert_eq!(texts("a\n  b"), ["a\n  b"], "the last line may have no end");
        assert!(records("").is_empty());
    }

    #[test]
    fn a_key_is_one_record() {
        let key = "key: -----BEGIN PRIVATE KEY-----\nMIIE\n\nAbc=\n-----END PRIVATE KEY-----";
        assert_eq!(texts(&format!("a\n{key}\nb\n")), ["a", key, "b"]);
        assert_eq!(texts("-----BEGIN CERTIFICATE----- x -----END CERTIFICATE-----\nb").len(), 2);
    }

    #[test]
    fn a_record_is_bounded() {
        let text = format!("a\n{}", "  line\n".repeat(MOST_BYTES / 4));
        let found = texts(&text);
        assert!(found.len() > 1 && found.iter().all(|record| record.len() <= MOST_BYTES));
    }

    proptest! {
        /// Bytes and ends of lines, put together, are what was read.
        #[test]
        fn nothing_is_lost(lines in prop::collection::vec("[ }a-]{0,3}(-----(BEGIN|END) )?\r?", 0..20), ends in any::<bool>()) {
            let text = lines.join("\n") + if ends { "\n" } else { "" };
            let mut records = Records::new(text.as_bytes());
            let mut read = Vec::new();
            let mut expected_line = 1;
            loop {
                match records.next().unwrap() {
                    Next::Record(record) => {
                        prop_assert_eq!(record.line, expected_line);
                        let all = [record.bytes, record.terminator].concat();
                        expected_line += all.iter().filter(|byte| **byte == b'\n').count() as u64;
                        read.extend(all);
                    }
                    Next::Idle => {}
                    Next::End => break,
                }
            }
            prop_assert_eq!(read, text.as_bytes());
        }
    }
}

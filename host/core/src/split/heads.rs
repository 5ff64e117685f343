//! Events as the platform writes them: guessed by their beginning, a time in milliseconds and a kind without any space.
//!
//! Events of a body are minutes apart at most, so the minute is read once and compared from then on. Whatever looks
//! otherwise is left to [`head`](super::envelope::head), which knows any time and any kind.

use std::borrow::Cow;

use super::envelope::{self, Envelope, behind, is_plausible};
use crate::json::{plain_string_end, value_end};
use crate::time;

const TIME: &[u8] = br#"{"time":""#;
const TYPE: &[u8] = br#"","type":""#;
const RECORD: &[u8] = br#","record":"#;
/// The most frequent kind, with what follows it.
const FUNCTION: &[u8] = br#"function","record":"#;

/// Where the time ends, its quote not included: `{"time":"2026-03-02T08:15:20.290Z`.
const TIME_END: usize = TIME.len() + 24;

/// Bytes up to the kind.
const KIND: usize = TIME_END + TYPE.len();

/// Reads beginnings of events.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// `2026-03-02T08:15:`
    minute: [u8; 17],
    /// The same as Unix milliseconds.
    minute_ms: i64,
}

impl Heads {
    /// Reads `{"time":"…","type":"…","record":…}` at `start`, exactly so; gives its end, too, and whether another object
    /// stands behind a comma in the record.
    #[inline]
    pub(super) fn guess<'b>(&mut self, body: &'b str, start: usize) -> Option<(Envelope<'b>, usize, bool)> {
        let (head, record_start) = self.read(body, start).or_else(|| envelope::head(body, start))?;
        let bytes = body.as_bytes();
        let (record_end, lists) = match bytes.get(record_start)? {
            b'"' => (telesieve_simd::string_end(bytes, record_start)?, false),
            b'{' | b'[' => {
                let container = telesieve_simd::container(bytes, record_start)?;
                (container.end, container.lists_objects)
            }
            _ => (value_end(body, record_start)?, false),
        };
        let end = behind(bytes, record_end, b"}")?;
        let record = &body[record_start..record_end];
        is_plausible(record).then_some((Envelope { record, ..head }, end, lists))
    }

    /// Like [`head`](super::envelope::head), for the platform's own spelling alone.
    #[inline]
    fn read<'b>(&mut self, body: &'b str, start: usize) -> Option<(Envelope<'b>, usize)> {
        let bytes = body.as_bytes();
        let head: &[u8; KIND] = bytes.get(start..)?.first_chunk()?;
        if head[..TIME.len()] != *TIME || head[TIME_END..] != *TYPE {
            return None;
        }
        let time_ms = self.time_ms(head[TIME.len()..TIME_END].first_chunk()?)?;
        let kind = start + KIND;
        let (kind_end, record) = match behind(bytes, kind, FUNCTION) {
            Some(record) => (kind + "function".len(), record),
            None => {
                let end = plain_string_end(bytes, kind - 1)?;
                (end - 1, behind(bytes, end, RECORD)?)
            }
        };
        let head = Envelope {
            kind: Cow::Borrowed(&body[kind..kind_end]),
            time_json: &body[start + TIME.len() - 1..start + TIME_END + 1],
            time_ms: Some(time_ms),
            record: "",
        };
        Some((head, record))
    }

    /// Reads `2026-03-02T08:15:20.290Z`.
    #[inline]
    fn time_ms(&mut self, time: &[u8; 24]) -> Option<i64> {
        let (minute, rest) = time.split_first_chunk()?;
        let [a, b, b'.', c, d, e, b'Z'] = rest else { return None };
        let [a, b, c, d, e] = [a, b, c, d, e].map(|digit| digit.wrapping_sub(b'0'));
        if a > 5 || b.max(c).max(d).max(e) > 9 {
            return None;
        }
        let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(*digit));
        let ms = number(&[a, b]) * 1_000 + number(&[c, d, e]);
        if *minute != self.minute {
            self.minute_ms = time::parse_rfc3339(str::from_utf8(time).ok()?)? - ms;
            self.minute = *minute;
        }
        Some(self.minute_ms + ms)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::split::envelope::head;

    const SHAPE: &str = r#"[{"time":"2026-03-02T08:15:20.290Z","type":"function","record":"#;

    /// Whether it is read; then as any other.
    fn check(heads: &mut Heads, body: &str) -> bool {
        let found = heads.read(body, 1);
        assert!(found.is_none() || found == head(body, 1), "{body}: {found:?}");
        found.is_some()
    }

    #[test]
    fn the_platforms_own_spelling_is_read() {
        let mut heads = Heads::default();
        for (kind, time) in [("function", "20.290"), ("platform.start", "59.999"), ("", "00.000")] {
            let body = SHAPE.replace("function", kind).replace("20.290", time);
            assert!(check(&mut heads, &body), "{body}");
        }
        let body = SHAPE.replace("08:15:20", "08:15:60");
        assert!(!check(&mut heads, &body));
    }

    #[test]
    fn the_guess_and_the_general_way_agree() {
        let event = r#"{"time":"2026-03-02T08:15:20.290Z","type":"function","record":{"a":[1]}}"#;
        let found = Heads::default().guess(event, 0);
        assert_eq!(found, envelope::read(event).map(|envelope| (envelope, event.len(), false)));
    }

    #[test]
    fn the_guess_is_verified() {
        for other in [
            r#"{ "time":"t","type":"f","record":1}"#,
            r#"{"time":"t","type":"f","record":1,"more":2}"#,
            r#"{"time":"\t","type":"f","record":1}"#,
            r#"{"time":"t","type":"f","record":BBBB}"#,
            r#"{"time":"t","type":"f","record":1"#,
        ] {
            assert_eq!(Heads::default().guess(other, 0), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn it_is_read_as_any_other(
            edits in prop::collection::vec((1..SHAPE.len(), prop_oneof!["[0-9]", "[ -~é]"]), 0..3),
            ms in 1_772_000_000_000_i64..1_773_000_000_000,
        ) {
            let mut heads = Heads::default();
            check(&mut heads, SHAPE);
            let mut body = SHAPE.replace("2026-03-02T08:15:20.290Z", &time::format_rfc3339(ms));
            check(&mut heads, &body);
            for (at, edit) in edits {
                if body.is_char_boundary(at) && body.is_char_boundary(at + 1) {
                    body.replace_range(at..=at, &edit);
                    check(&mut heads, &body);
                }
            }
        }
    }
}

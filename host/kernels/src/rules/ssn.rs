//! Social security numbers of the USA, and numbers that its tax office gives to those who have none (ITIN): three, two and
//! four digits with the same separator between them, in the ranges that are given out. Nine digits in a row are one only
//! behind a name such as `ssn`.

use super::before::Before;
use super::runs::is_separator;
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Run, Subject, shown};
use crate::bytes::{chained_after, chained_before, word_after, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct UsSsn;

static ABOUT: RuleInfo = RuleInfo {
    name: "us-ssn",
    group: Group::Personal,
    by_default: true,
    version: 2,
    description: "Social security and taxpayer numbers of the USA (SSN, ITIN) with separators, or behind their name, in ranges that are given out.",
    keys: None,
    validator: "Ranges that are given out.",
    reads_base64: true,
    hits: shown(&[
        ("ssn 123-45-6789.", "123-45-6789"),
        ("123 45 6789", "123 45 6789"),
        ("123.45.6789", "123.45.6789"),
        ("ssn-123-45-6789", "123-45-6789"),
        (r"\x1b[31m123-45-6789", "123-45-6789"),
        ("911-72-3456", "911-72-3456"),
    ]),
    misses: shown(&[
        "000-45-6789",
        "666-45-6789",
        "900-45-6789",
        "123-00-6789",
        "123-45-0000",
        "123456789",
        "123-45-67890",
        "1-123-45-6789",
        "123-45 6789",
        "1.123.45.6789",
        "123.45.6789.1",
        "x-123-45-6789",
        "911-66-3456",
    ]),
};

impl BuiltIn for UsSsn {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::NUMBER | Clues::SPACED
    }

    fn wants_runs(&self) -> bool {
        true
    }

    fn may_start(&self, _text: &[u8], runs: &[Run]) -> bool {
        may_be_social(runs)
    }

    fn same_text(&self, text: String) -> String {
        super::without_separators(&text)
    }

    fn reads_names(&self) -> bool {
        true
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        let text = subject.text;
        let runs = subject.runs;
        let grouped = runs.windows(3).filter(|runs| may_be_social(runs) && is_number(text, runs[0], runs[1], runs[2]));
        hits.extend(grouped.map(|runs| runs[0].start..runs[2].end));
        let bare = runs.iter().filter(|run| is_bare_number(text, **run));
        hits.extend(bare.map(|run| run.start..run.end));
    }
}

/// What stands in front of a number.
const NAMES: &[&str] = &["ssn", "ssns", "social security"];

/// Whether the first groups of digits are as long as those of a number, whatever stands between them.
pub(crate) fn may_be_social(runs: &[Run]) -> bool {
    matches!(runs, [area, group, serial, ..] if (area.len(), group.len(), serial.len()) == (3, 2, 4))
}

fn is_number(text: &[u8], area: Run, group: Run, serial: Run) -> bool {
    let gap = area.gap(group, text);
    is_separator(gap)
        && gap == group.gap(serial, text)
        && is_given_out(area.of(text), group.of(text), serial.of(text))
        && !continues(text, area.start, serial.end)
}

/// Whether nine digits in a row are a number, by a name in front.
fn is_bare_number(text: &[u8], run: Run) -> bool {
    let [digits @ .., _, _, _, _] = run.of(text) else { return false };
    run.len() == 9
        && is_given_out(&digits[..3], &digits[3..], &run.of(text)[5..])
        && !continues(text, run.start, run.end)
        && Before::new(text, run.start).holds(NAMES)
}

/// The ranges of the Social Security Administration, and those of ITINs (Internal Revenue Manual, 3.21.263).
fn is_given_out(area: &[u8], group: &[u8], serial: &[u8]) -> bool {
    let is_person = area != b"000" && area != b"666" && area[0] != b'9' && group != b"00" && serial != b"0000";
    let is_taxpayer = matches!(
        (area[0], group),
        (b'9', [b'5', _] | [b'6', b'0'..=b'5'] | [b'7', _] | [b'8', b'0'..=b'8'] | [b'9', b'0'..=b'2' | b'4'..])
    );
    is_person || is_taxpayer
}

/// Whether the digits are part of something longer.
fn continues(text: &[u8], start: usize, end: usize) -> bool {
    let hyphen_before = start > 0 && text[start - 1] == b'-' && word_before(text, start - 1);
    let hyphen_after = text.get(end) == Some(&b'-') && word_after(text, end + 1);
    word_before(text, start)
        || word_after(text, end)
        || hyphen_before && !Before::new(text, start).ends_with(NAMES)
        || hyphen_after
        || chained_before(text, start, b'.')
        || chained_after(text, end, b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rule::found_texts;

    fn hits(text: &str) -> Vec<&str> {
        found_texts(&UsSsn, text)
    }

    #[test]
    fn nine_digits_are_a_number_behind_its_name() {
        for text in ["ssn:123456789", "ssn=123456789", "SSN 123456789", "Social Security Number: 123456789"] {
            assert_eq!(hits(text), ["123456789"], "{text}");
        }
        for text in ["123456789", "id 123456789", "ssn 000456789", "ssn=x, id=123456789", "ssn 1234567890"] {
            assert_eq!(hits(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn groups_may_be_separated_by_spaces_beyond_ascii() {
        for text in ["123\u{a0}45\u{a0}6789", "123\u{202f}45\u{202f}6789", "123\u{2011}45\u{2011}6789"] {
            assert_eq!(hits(text), [text]);
        }
    }
}

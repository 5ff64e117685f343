//! Social security numbers of the USA: three, two and four digits with hyphens or spaces between them, in the ranges
//! that are given out.

use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Run, Subject};
use crate::bytes::{chained_before, word_after, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct UsSsn;

static ABOUT: RuleInfo = RuleInfo {
    name: "us-ssn",
    group: Group::Personal,
    by_default: true,
    version: 1,
    description: "Social security numbers of the USA with separators, in ranges that are given out.",
    keys: None,
    validator: "Ranges that are given out.",
    reads_base64: true,
    hits: &[("ssn 123-45-6789.", "123-45-6789"), ("123 45 6789", "123 45 6789")],
    misses: &[
        "000-45-6789",
        "666-45-6789",
        "900-45-6789",
        "123-00-6789",
        "123-45-0000",
        "123456789",
        "123-45-67890",
        "1-123-45-6789",
        "123-45 6789",
    ],
};

impl BuiltIn for UsSsn {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::NUMBER
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

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        for runs in subject.runs.windows(3) {
            let [area, group, serial] = [runs[0], runs[1], runs[2]];
            if may_be_social(runs) && is_number(subject.text, area, group, serial) {
                hits.push(area.start..serial.end);
            }
        }
    }
}

/// Whether the first groups of digits are as long as those of a number, whatever stands between them.
pub(crate) fn may_be_social(runs: &[Run]) -> bool {
    matches!(runs, [area, group, serial, ..] if (area.len(), group.len(), serial.len()) == (3, 2, 4))
}

fn is_number(text: &[u8], area: Run, group: Run, serial: Run) -> bool {
    let separator = area.separator(group, text);
    matches!(separator, Some(b'-' | b' '))
        && separator == group.separator(serial, text)
        && is_given_out(area.of(text), group.of(text), serial.of(text))
        && !continues(text, area.start, serial.end)
}

fn is_given_out(area: &[u8], group: &[u8], serial: &[u8]) -> bool {
    area != b"000" && area != b"666" && area[0] != b'9' && group != b"00" && serial != b"0000"
}

/// Whether the digits are part of something longer.
fn continues(text: &[u8], start: usize, end: usize) -> bool {
    let hyphen_before = start > 0 && text[start - 1] == b'-' && word_before(text, start - 1);
    let hyphen_after = text.get(end) == Some(&b'-') && word_after(text, end + 1);
    word_before(text, start)
        || word_after(text, end)
        || hyphen_before
        || hyphen_after
        || chained_before(text, start, b'.')
}

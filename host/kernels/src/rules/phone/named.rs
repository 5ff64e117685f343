//! Numbers of any form behind a name such as `phone`.

use std::ops::Range;

use super::super::before::Before;
use super::{LONGEST, Run, extension_end, is_free, is_gap, joined, with_bracket};

/// What stands in front of numbers.
pub(super) const NAMES: &[&str] = &[
    "phone",
    "telephone",
    "cellphone",
    "mobilephone",
    "smartphone",
    "handphone",
    "tel",
    "mobile",
    "mob",
    "cell",
    "fax",
    "telefax",
    "desk",
    "office",
    "msisdn",
    "whatsapp",
    "sms",
    "caller",
    "callerid",
    "hotline",
    "call me",
    "call us",
    "call him",
    "call her",
    "call them",
    "reach me",
    "reach us",
    "text me",
    "dial",
    "dialed",
    "dialled",
    "contact number",
    "contact no",
    "handy",
    "telefon",
    "telefonnummer",
    "handynummer",
    "telefono",
    "tel\u{e9}fono",
    "telefone",
    "movil",
    "m\u{f3}vil",
    "celular",
    "cellulare",
    "portable",
    "gsm",
];

/// Words right in front of numbers that are something else.
const OTHERS: &[&str] = &[
    "id",
    "ids",
    "count",
    "size",
    "pid",
    "port",
    "order",
    "invoice",
    "version",
    "timestamp",
    "time",
    "date",
    "code",
    "error",
    "status",
    "line",
    "row",
    "took",
    "page",
    "total",
    "length",
    "attempts",
    "retries",
    "bytes",
    "in",
    "after",
    "build",
    "ticket",
    "case",
];

/// Whether a name ends in raw text, so that a number behind it is one of a telephone.
pub(crate) fn is_named(before: &[u8]) -> bool {
    Before::new(before, before.len()).holds(NAMES)
}

/// A number that starts with the first of `runs`, if a name is in front: 7 digits to as many as there are in a number.
pub(super) fn find(text: &[u8], runs: &[Run]) -> Option<Range<usize>> {
    let count = most_groups(text, runs)?;
    let start = with_bracket(text, runs[0].start, runs);
    let end = extension_end(text, runs[count - 1].end);
    let is_number = is_free(text, start, end) && !is_time(text, &runs[..count]);
    let before = is_number.then(|| Before::new(text, start))?;
    (before.holds(NAMES) && !before.ends_with(OTHERS)).then_some(start..end)
}

/// How many groups there are at most with 7 to 12 digits together, or with as many as there can be in one.
fn most_groups(text: &[u8], runs: &[Run]) -> Option<usize> {
    const LEAST: usize = 7;
    const MOST: usize = 12;
    let mut digits = 0;
    let mut found = None;
    for count in 1..=joined(text, runs, |gap| !gap.is_empty() && is_gap(gap)) {
        digits += runs[count - 1].len();
        let most = if count == 1 { LONGEST } else { MOST };
        if digits > most {
            break;
        }
        found = (digits >= LEAST).then_some(count);
    }
    found
}

/// Whether groups are a date, a Unix time in seconds or in milliseconds, or a decimal number.
fn is_time(text: &[u8], runs: &[Run]) -> bool {
    let first = runs[0].of(text);
    let is_year = |digits: &[u8]| digits.starts_with(b"19") || digits.starts_with(b"20");
    match runs {
        [one] => match one.len() {
            8 | 14 => is_year(first) && is_day(&first[4..8]),
            10 | 13 => first[0] == b'1',
            _ => false,
        },
        [_, second] => text[runs[0].end] == b'.' || second.len() == 6 && first.len() == 8 && is_year(first),
        [_, second, third, ..] if second.len() <= 2 => {
            first.len() == 4 && is_year(first) || first.len() <= 2 && third.len() == 4 && is_year(third.of(text))
        }
        _ => false,
    }
}

/// Whether four digits are a month and a day.
fn is_day(digits: &[u8]) -> bool {
    (b"01".as_slice()..=b"12".as_slice()).contains(&&digits[..2])
        && (b"01".as_slice()..=b"31".as_slice()).contains(&&digits[2..])
}

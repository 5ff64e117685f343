//! Numbers of payment cards.
//!
//! Groups of digits as they are printed on cards, with the same single separator between all of them, or none at all. Every
//! group is tried as the first one and every group as the last one, so that digits in front of or behind a number do not
//! hide it. A number must have the prefix and the length of an issuer and pass the Luhn check, and must not be part of a
//! word, a decimal number or a UUID.
//!
//! Numbers of 12 and of 17 to 19 digits are also those of accounts and blocks of storage: they need separators, or a name
//! in front such as `card`. Behind such a name, the issuer does not matter.

use super::before::Before;
use super::runs::is_separator;
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Run, Subject, shown};
use crate::bytes::{chained_before, is_word, word_after, word_before};
use crate::checksums::luhn;
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct PaymentCard;

static ABOUT: RuleInfo = RuleInfo {
    name: "payment-card",
    group: Group::Personal,
    by_default: true,
    version: 2,
    description: "Numbers of payment cards: an issuer's prefix and length, the Luhn check, and nothing joined to it.",
    keys: None,
    validator: "An issuer's prefix and length (behind a name such as `card`, any), the Luhn check, and neighbours: no word, decimal number, UUID, ARN or longer number around it.",
    reads_base64: true,
    hits: shown(&[
        ("card 4111111111111111 ok", "4111111111111111"),
        ("4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("4111-1111-1111-1111,", "4111-1111-1111-1111"),
        ("4111 1111 1111 1111 22", "4111 1111 1111 1111"),
        ("4111111111111111-1111", "4111111111111111"),
        ("12 4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("card=378282246310005;", "378282246310005"),
        ("3782 822463 10005", "3782 822463 10005"),
        ("\t5555555555554444", "5555555555554444"),
        ("2223003122003222", "2223003122003222"),
        ("6011111111111117 and", "6011111111111117"),
        ("30569309025904", "30569309025904"),
        ("3530111333300000", "3530111333300000"),
        ("4222222222222", "4222222222222"),
        ("card_4111111111111111", "4111111111111111"),
        ("4111111111111111.", "4111111111111111"),
        ("4111111111111111.00", "4111111111111111"),
        ("41111111 11111111", "41111111 11111111"),
        (r"\x1b[31m4111111111111111", "4111111111111111"),
        ("\u{1b}[K4111111111111111", "4111111111111111"),
        ("card:589368006401", "589368006401"),
        ("4111.1111.1111.1111", "4111.1111.1111.1111"),
        ("180010000000001", "180010000000001"),
        ("213100000000001", "213100000000001"),
        ("5612345678901230", "5612345678901230"),
        ("pan=4000000000000000006", "4000000000000000006"),
        ("4000 0000 0000 0000 006", "4000 0000 0000 0000 006"),
        ("cardNumber: 9000000000000001", "9000000000000001"),
    ]),
    misses: shown(&[
        "4111111111111112",
        "1700000000000",
        "1732304000123",
        "x4111111111111111",
        "4111111111111111a",
        "41111111111111111111111",
        "0.4111111111111111",
        "4111111111111111.5",
        "8f14e45f-4111-4111-8111-411111111111",
        "41111111-1111-1111-8000-000000000000",
        "9111111111111111",
        "arn:aws:sqs:us-east-1:589368006401:orders",
        "356-2702204-2833627",
        "00-0dd00dad7a6bb9deb2890509c9d59c38-4546619357521285-01",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111 1111-1111 1111",
        "account:589368006401",
        "blk_4111111111111111",
        "blk_-4111111111111111",
        "block 4000000000000000006",
        "589368006401.dkr.ecr.us-east-1.amazonaws.com/card",
        "https://sqs.us-east-1.amazonaws.com/589368006401/cards",
        "card image 589368006401.dkr.ecr.us-east-1.amazonaws.com/a",
    ]),
};

impl BuiltIn for PaymentCard {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::NUMBER | Clues::EXPONENT | Clues::SPACED
    }

    fn wants_runs(&self) -> bool {
        true
    }

    fn may_start(&self, text: &[u8], runs: &[Run]) -> bool {
        may_be_card(text, runs)
    }

    fn same_text(&self, text: String) -> String {
        super::without_separators(&text)
    }

    fn reads_names(&self) -> bool {
        true
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        for first in 0..subject.runs.len() {
            from_group(subject.text, &subject.runs[first..], hits);
        }
    }
}

const LONGEST: usize = 19;
const SHORTEST: usize = 12;

/// What stands in front of numbers of cards.
const NAMES: &[&str] = &[
    "card",
    "cards",
    "creditcard",
    "debitcard",
    "bankcard",
    "cc",
    "ccn",
    "pan",
    "credit",
    "debit",
    "visa",
    "mastercard",
    "maestro",
    "amex",
    "discover",
    "jcb",
    "diners",
    "unionpay",
    "rupay",
];

/// Whether a number starts with the first of `runs`, whatever stands around it.
pub(crate) fn may_be_card(text: &[u8], runs: &[Run]) -> bool {
    let mut found = false;
    numbers(text, runs, |_, _, _| found = true);
    found
}

/// Reports numbers that start with the first of `runs` and are part of nothing else.
fn from_group(text: &[u8], runs: &[Run], hits: &mut Hits) {
    let start = runs[0].start;
    if word_before(text, start) || chained_before(text, start, b'.') {
        return;
    }
    numbers(text, runs, |digits, groups, end| {
        if stands_alone(text, start, end) && is_meant(text, start, digits, groups) {
            hits.push(start..end);
        }
    });
}

/// Whether a number that passes the Luhn check is one of a card, by its issuer, its form or a name in front of it.
fn is_meant(text: &[u8], start: usize, digits: &[u8], groups: usize) -> bool {
    let is_usual = groups > 1 || (13..=16).contains(&digits.len());
    let needs_name = !is_usual || !is_issued(digits) || is_suffix(&text[..start]);
    !needs_name || Before::new(text, start).holds(NAMES)
}

/// Whether what precedes makes a part of an id of a number, as in `blk_4111111111111111`, or a negative number of it.
fn is_suffix(before: &[u8]) -> bool {
    let before = before.strip_suffix(b"-").unwrap_or(before);
    matches!(before, [.., word, b'_'] if is_word(*word))
}

/// Tries all numbers that start with the first of `runs`: those in usual groups that pass the Luhn check. Reports their
/// digits, how many groups they have, and where they end.
fn numbers(text: &[u8], runs: &[Run], mut report: impl FnMut(&[u8], usize, usize)) {
    if runs[0].len() > LONGEST {
        return;
    }
    let mut digits = [0; LONGEST];
    let mut count = 0;
    for (index, run) in runs.iter().enumerate() {
        if index > 0 && !continues(text, &runs[..=index]) {
            return;
        }
        if !append(&mut digits, &mut count, run.of(text)) {
            return;
        }
        if count >= SHORTEST && is_grouped(&runs[..=index]) && luhn(&digits[..count]) {
            report(&digits[..count], index + 1, run.end);
        }
    }
}

/// Whether groups are those in which numbers of cards are written: one, fours with a shorter last one, `4 6 5` or `4 6 4`,
/// `6 10` or `6 13`, `8 8`.
fn is_grouped(groups: &[Run]) -> bool {
    let mut lengths = [0; LONGEST];
    for (length, group) in lengths.iter_mut().zip(groups) {
        *length = group.len();
    }
    match lengths[..groups.len().min(LONGEST)] {
        [_] | [4, 6, 4 | 5] | [6, 10 | 13] | [8, 8] => true,
        [ref fours @ .., 1..=4] => fours.iter().all(|length| *length == 4),
        _ => false,
    }
}

/// Whether the last two groups may be of one number: the same separator as between the first two, and no group of one
/// digit.
fn continues(text: &[u8], groups: &[Run]) -> bool {
    let [first, second, ..] = groups else { return false };
    let [.., before, run] = groups else { return false };
    let gap = before.gap(*run, text);
    before.len() > 1 && run.len() > 1 && is_separator(gap) && gap == first.gap(*second, text)
}

fn append(digits: &mut [u8; LONGEST], count: &mut usize, group: &[u8]) -> bool {
    let Some(room) = digits.get_mut(*count..*count + group.len()) else { return false };
    for (place, digit) in room.iter_mut().zip(group) {
        *place = digit - b'0';
    }
    *count += group.len();
    true
}

/// Whether digits (values 0 to 9) are the number of a card.
pub(crate) fn is_card(digits: &[u8]) -> bool {
    digits.len() >= SHORTEST && is_issued(digits) && luhn(digits)
}

/// Whether an issuer has numbers of this length with this prefix.
fn is_issued(digits: &[u8]) -> bool {
    let prefix = digits[..6].iter().fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    match (prefix, digits.len()) {
        // Visa
        (400_000..=499_999, 13 | 16 | 19) => true,
        // Mastercard
        (510_000..=559_999 | 222_100..=272_099, 16) => true,
        // American Express, and JCB as it was
        (340_000..=349_999 | 370_000..=379_999 | 180_000..=180_099 | 213_100..=213_199, 15) => true,
        // Diners Club
        (300_000..=305_999 | 309_000..=309_999 | 360_000..=369_999 | 380_000..=399_999, 14..=19) => true,
        // Discover, UnionPay, RuPay, Elo, Hipercard, Verve and Maestro
        (500_000..=509_999 | 560_000..=699_999, 12..=19) => true,
        // JCB, Mir, UnionPay, RuPay, Troy
        (350_000..=359_999 | 220_000..=220_499 | 810_000..=829_999 | 979_200..=979_299, 16..=19) => true,
        _ => false,
    }
}

fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    !word_after(text, end)
        && !has_fraction(&text[end..])
        && !in_uuid(text, start, end)
        && !in_traceparent(text, start, end)
        && !is_account(text, start, end)
}

/// Whether the span is the parent of a W3C trace context: two hex digits, 32, the parent's 16, and two, with hyphens.
fn in_traceparent(text: &[u8], start: usize, end: usize) -> bool {
    const BEFORE: usize = 36;
    let Some(first) = start.checked_sub(BEFORE) else { return false };
    let is_hex = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
    let is_before = matches!(text[first..start], [ref version @ .., b'-']
        if is_hex(&version[..2]) && version[2] == b'-' && is_hex(&version[3..]));
    let is_after = matches!(text.get(end..end + 3), Some([b'-', flags @ ..]) if is_hex(flags));
    end - start == 16 && is_before && is_after && !word_before(text, first)
}

/// Whether the span is the account of an ARN, of a queue's URL, or of a registry's host: twelve digits between colons or
/// slashes, or in front of `.dkr`.
fn is_account(text: &[u8], start: usize, end: usize) -> bool {
    let is_between = match text[..start].last() {
        Some(b':') => matches!(text.get(end), Some(b':' | b'/')),
        Some(b'/') => text.get(end) == Some(&b'/'),
        _ => false,
    };
    end - start == 12 && (is_between || text[end..].starts_with(b".dkr"))
}

/// Whether a fraction other than zero follows.
fn has_fraction(rest: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b".") else { return false };
    rest.iter().take_while(|byte| byte.is_ascii_digit()).any(|byte| *byte != b'0')
}

/// Whether the span is part of a UUID: hex digits in groups of 8, 4, 4, 4 and 12.
fn in_uuid(text: &[u8], start: usize, end: usize) -> bool {
    const LENGTH: usize = 36;
    let first = end.saturating_sub(LENGTH);
    let around = &text[..text.len().min(start + LENGTH)];
    (first..=start).any(|at| around.get(at..at + LENGTH).is_some_and(is_uuid))
}

fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::rule::found_texts;

    fn hits(text: &str) -> Vec<&str> {
        found_texts(&PaymentCard, text)
    }

    #[test]
    fn groups_may_be_separated_by_spaces_beyond_ascii() {
        for text in ["4111\u{a0}1111\u{a0}1111\u{a0}1111", "4111\u{202f}1111\u{202f}1111\u{202f}1111"] {
            assert_eq!(hits(text), [text]);
        }
        assert_eq!(hits("4111\u{a0}1111\u{202f}1111\u{a0}1111"), [""; 0]);
    }
}

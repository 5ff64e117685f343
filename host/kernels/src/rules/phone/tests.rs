//! What needs a name in front, or spaces beyond ASCII.

use super::*;
use crate::rules::runs;

fn hits(text: &str) -> Vec<&str> {
    let mut digits = Vec::new();
    let mut hits = Vec::new();
    runs(text.as_bytes(), &mut digits);
    Phone.find(&Subject { text: text.as_bytes(), runs: &digits, keyed: &[], markers: &[] }, &mut hits);
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    hits.dedup_by(|next, hit| next.start < hit.end);
    hits.into_iter().map(|hit| &text[hit]).collect()
}

#[test]
fn short_numbers_are_taken_behind_a_name() {
    for (text, hit) in [
        ("phone: 5551234", "5551234"),
        ("Phone 555-1234", "555-1234"),
        ("mobile=5552344477", "5552344477"),
        ("tel. 22 33 44 55", "22 33 44 55"),
        ("call me at 0532 123 45 67", "0532 123 45 67"),
        ("fax 12 345 678", "12 345 678"),
        ("msisdn=491512345678", "491512345678"),
        ("tel:00491512345678", "00491512345678"),
        ("my mobile is 98765 43210", "98765 43210"),
        ("cell: (12) 345 6789 x7", "(12) 345 6789 x7"),
        ("homePhone=\"5551234\"", "5551234"),
        ("phone:\n5551234", "5551234"),
    ] {
        assert_eq!(hits(text), [hit], "{text}");
    }
}

#[test]
fn other_numbers_are_not() {
    for text in [
        "phone=x id=5551234",
        "phone order 5551234",
        "mobile: 1700000000",
        "phone 20241122",
        "phone seen 1700000000123",
        "phone 12.345678",
        "phone model 123456",
        "tel 1234567890123456",
        "5551234",
        "22 33 44 55",
    ] {
        assert_eq!(hits(text), [""; 0], "{text}");
    }
}

#[test]
fn spaces_beyond_ascii_separate_groups() {
    for text in ["+33\u{a0}6\u{a0}12\u{a0}34\u{a0}56\u{a0}78", "06\u{202f}12\u{202f}34\u{202f}56\u{202f}78"] {
        assert_eq!(hits(text), [text]);
    }
}

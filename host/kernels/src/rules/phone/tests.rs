//! What needs a name in front, or spaces beyond ASCII.

use super::*;
use crate::rules::rule::found;

fn hits(text: &str) -> Vec<&str> {
    let mut hits = found(&Phone, text);
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

/// How numbers are written, by country: `#` is a digit, `N` one from 2 to 9.
const WRITTEN: &[&str] = &[
    "+1 N##-N##-####",
    "+1-N##-N##-####x###",
    "+1 (N##) N##-####",
    "+1N##N######",
    "001-N##-N##-####",
    "(N##)N##-####",
    "(N##) N##-#### ext. ##",
    "N##-N##-####",
    "N##.N##.####",
    "1-N##-N##-####",
    "1 (N##) N##-####",
    "1.N##.N##.####",
    "+44 20 7### ####",
    "+44 (0)20 7### ####",
    "020 7### ####",
    "(020) 7### ####",
    "07### ######",
    "07### ### ###",
    "0161 ### ####",
    "(01632) 960 ###",
    "+44 7### ######",
    "0044 7### ######",
    "+49 30 ########",
    "+49(0)30/#######",
    "+49 (0) 151 ########",
    "030/########",
    "0151/########",
    "0151-########",
    "(0151) ########",
    "0151 / #######",
    "0049 151 ########",
    "01# ## ## ## ##",
    "01 ## ## ## ##",
    "06.##.##.##.##",
    "06-##-##-##-##",
    "+33 6 ## ## ## ##",
    "+33 (0)6 ## ## ## ##",
    "+336########",
    "0033 6 ## ## ## ##",
    "0475 ## ## ##",
    "+32 475 ## ## ##",
    "079 ### ## ##",
    "+41 79 ### ## ##",
    "044 ### ## ##",
    "+34 6## ### ###",
    "6## ### ###",
    "+351 91# ### ###",
    "+48 ### ### ###",
    "06 ########",
    "06-########",
    "+31 6 ########",
    "020-#######",
    "+45 ## ## ## ##",
    "+47 ## ## ## ##",
    "+372 ### ####",
    "08-### ### ##",
    "070-### ## ##",
    "+46 (0)70 ### ## ##",
    "+46 70 ### ## ##",
    "040 ### ####",
    "+358 40 ### ####",
    "(02) #### ####",
    "04## ### ###",
    "+61 4## ### ###",
    "+61 2 #### ####",
    "021 ### ####",
    "+27 82 ### ####",
    "0(5##) ### ## ##",
    "05## ### ## ##",
    "5## ### ## ##",
    "+90 5## ### ## ##",
    "+91 9#### #####",
    "+91-9#########",
    "(11) 9####-####",
    "11 9####-####",
    "+55 11 9####-####",
    "+55 (11) 9####-####",
    "03-####-####",
    "090-####-####",
    "+81 90-####-####",
    "138 #### ####",
    "+86 138 #### ####",
    "010-####-####",
    "+82 10-####-####",
    "8 (9##) ###-##-##",
    "8-9##-###-##-##",
    "+7 (9##) ###-##-##",
    "+7 9## ### ## ##",
    "(30) ###-####",
    "06 30 ### ####",
    "+36 30 ### ####",
    "011 44 20 7### ####",
    "+353 87 ### ####",
    "087 ### ####",
    "+972-54-###-####",
    "054-###-####",
    "+971 50 ### ####",
];

#[test]
fn numbers_as_people_write_them_are_found() {
    let mut state = 7_u64;
    let mut below = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let mut missed = Vec::new();
    for form in WRITTEN {
        for place in ["{}", "You can reach him on {} tomorrow", "contact={};", "({})", "\"{}\""] {
            let mut digit = |sign: char| match sign {
                '#' => char::from(b'0' + below(10) as u8),
                'N' => char::from(b'2' + below(8) as u8),
                other => other,
            };
            let number: String = form.chars().map(&mut digit).collect();
            let text = place.replace("{}", &number);
            let left = hits(&text).concat();
            if left.bytes().filter(u8::is_ascii_digit).count() < number.bytes().filter(u8::is_ascii_digit).count() {
                missed.push(text);
            }
        }
    }
    let made = WRITTEN.len() * 5;
    assert!(missed.len() * 100 < made, "{} of {made} are missed: {missed:#?}", missed.len());
}

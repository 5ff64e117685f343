//! The east and the south-east of Europe.

use super::When::{Alone, Named, Separated};
use super::checks::*;
use super::{Country, about, number};

pub(in super::super) static PL: Country = Country {
    about: &about(
        "national-id-pl",
        "Numbers of Poland (PESEL), by name.",
        &[("PESEL: 44051401359", "44051401359")],
        &["44051401359", "pesel 44051401358"],
    ),
    numbers: &[number("99999999999", 57, Named, &["pesel"], is_pesel)],
};

/// Weights 1 3 7 9; the month counts 20 to 80 more outside of the 20th century.
fn is_pesel(number: &[u8]) -> bool {
    weighted(number, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
        && is_day(two(number, 2) % 20, two(number, 4))
}

pub(in super::super) static CZ: Country = Country {
    about: &about(
        "national-id-cz",
        "Birth numbers of the Czech Republic and Slovakia.",
        &[("710319/2745", "710319/2745"), ("rodn\u{e9} \u{10d}\u{ed}slo: 7103192745", "7103192745")],
        &["710319/2746", "7103192745", "711319/2745"],
    ),
    numbers: &[number(
        "999999-9999",
        47,
        Separated,
        &["rodn\u{e9} \u{10d}\u{ed}slo", "rodne cislo", "rc", "birth number"],
        is_czech,
    )],
};

/// Divisible by 11, but that 10 was written as 0 until 1985; the month counts 50 more for women, and 20 more where the
/// numbers of a day were used up.
fn is_czech(number: &[u8]) -> bool {
    let month = two(number, 2) % 50;
    let month = if month > 20 { month - 20 } else { month };
    let is_old = whole(&number[..9]) % 11 == 10 && number[9] == b'0';
    (whole(number).is_multiple_of(11) || is_old) && is_day(month, two(number, 4))
}

pub(in super::super) static RO: Country = Country {
    about: &about(
        "national-id-ro",
        "Personal numeric codes of Romania (CNP).",
        &[("CNP 1800101123450", "1800101123450"), ("1800101123450", "1800101123450")],
        &["1800101123451", "1801301123450", "1800101993450"],
    ),
    numbers: &[number("9999999999999", 678, Alone, &["cnp"], is_cnp)],
};

fn is_cnp(number: &[u8]) -> bool {
    let check = weighted(number, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let check = if check == 10 { 1 } else { check };
    let has_county = matches!(two(number, 7), 1..=48 | 51 | 52 | 70);
    number[0] != b'0' && has_ymd(number, 1) && has_county && check == digit(number[12])
}

pub(in super::super) static BG: Country = Country {
    about: &about(
        "national-id-bg",
        "Civil numbers of Bulgaria (EGN), by name.",
        &[("EGN 7523169263", "7523169263"), ("\u{415}\u{413}\u{41d}: 7523169263", "7523169263")],
        &["7523169263", "egn 7523169264"],
    ),
    numbers: &[number("9999999999", 87, Named, &["egn", "\u{415}\u{413}\u{41d}"], is_egn)],
};

/// The month counts 20 more before 1900 and 40 more from 2000 on.
fn is_egn(number: &[u8]) -> bool {
    let check = weighted(number, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    two(number, 2) <= 52 && is_day(two(number, 2) % 20, two(number, 4)) && check == digit(number[9])
}

pub(in super::super) static HR: Country = Country {
    about: &about(
        "national-id-hr",
        "Personal identification numbers of Croatia (OIB), by name.",
        &[("OIB: 69435151530", "69435151530")],
        &["69435151530", "oib 69435151531"],
    ),
    numbers: &[number("99999999999", 10, Named, &["oib"], mod11_10)],
};

pub(in super::super) static GR: Country = Country {
    about: &about(
        "national-id-gr",
        "Social security numbers of Greece (AMKA).",
        &[("AMKA 01018012342", "01018012342"), ("01018012342", "01018012342")],
        &["01018012343", "32018012342"],
    ),
    numbers: &[number("99999999999", 256, Alone, &["amka", "\u{391}\u{39c}\u{39a}\u{391}"], |number| {
        has_dmy(number, 0) && luhn(number)
    })],
};

pub(in super::super) static SI: Country = Country {
    about: &about(
        "national-id-si",
        "Master citizen numbers of Slovenia, Serbia and Bosnia (EMSO, JMBG).",
        &[("EMSO 0101006500006", "0101006500006"), ("0101006500006", "0101006500006")],
        &["0101006500007", "3201006500006"],
    ),
    numbers: &[number("9999999999999", 296, Alone, &["emso", "em\u{161}o", "jmbg"], is_emso)],
};

/// Day, month, the last three digits of a year from 1850 to 2035, and mod 11.
fn is_emso(number: &[u8]) -> bool {
    let has_year = matches!(whole(&number[4..7]), 850.. | 0..=35);
    has_year && has_dmy(number, 0) && ends_mod11(number, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], None)
}

pub(in super::super) static UA: Country = Country {
    about: &about(
        "national-id-ua",
        "Tax numbers of Ukraine (RNOKPP), by name.",
        &[("RNOKPP: 1759013420", "1759013420"), ("\u{406}\u{41f}\u{41d} 1759013420", "1759013420")],
        &["1759013420", "rnokpp 1759013421"],
    ),
    numbers: &[number(
        "9999999999",
        10,
        Named,
        &["rnokpp", "ipn", "inn", "\u{406}\u{41f}\u{41d}", "\u{420}\u{41d}\u{41e}\u{41a}\u{41f}\u{41f}"],
        is_ukrainian,
    )],
};

/// Weights -1 5 7 9 4 6 10 5 7; 10 stands for the first one, which is the same mod 11.
fn is_ukrainian(number: &[u8]) -> bool {
    weighted(number, &[10, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 % 10 == digit(number[9])
}

//! The north of Europe.

use super::When::{Alone, Named, Separated};
use super::checks::*;
use super::{Country, about, number};

pub(in super::super) static SE: Country = Country {
    about: &about(
        "national-id-se",
        "Personal identity numbers of Sweden.",
        &[
            ("811218-9876", "811218-9876"),
            ("19811218-9876", "19811218-9876"),
            ("personnummer 8112189876", "8112189876"),
        ],
        &["811218-9875", "811318-9876", "8112189876", "a-811218-9876-b"],
    ),
    numbers: &[
        number("999999-9999", 134, Separated, SWEDISH, is_swedish),
        number("99999999-9999", 134, Separated, SWEDISH, |number| {
            is_swedish(&number[2..]) && matches!(two(number, 0), 18..=20)
        }),
    ],
};

const SWEDISH: &[&str] = &["personnummer", "samordningsnummer", "pnr"];

/// Luhn, and a date, whose day counts 60 more in coordination numbers.
fn is_swedish(number: &[u8]) -> bool {
    is_day(two(number, 2), two(number, 4) % 60) && luhn(number)
}

pub(in super::super) static NO: Country = Country {
    about: &about(
        "national-id-no",
        "Birth numbers of Norway.",
        &[("01019010046", "01019010046"), ("010190 10046", "010190 10046")],
        &["01019010047", "1010190100461"],
    ),
    numbers: &[number(
        "999999-99999",
        450,
        Alone,
        &["fodselsnummer", "f\u{f8}dselsnummer", "personnummer"],
        is_norwegian,
    )],
};

/// Two digits mod 11; the day counts 40 more in D numbers, the month in those of hospitals.
fn is_norwegian(number: &[u8]) -> bool {
    weighted(number, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
        && weighted(number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
        && is_day(two(number, 2) % 40, two(number, 0) % 40)
}

pub(in super::super) static DK: Country = Country {
    about: &about(
        "national-id-dk",
        "Personal numbers of Denmark (CPR), by name.",
        &[("CPR: 010180-1234", "010180-1234"), ("cpr-nummer 0101801234", "0101801234")],
        &["010180-1234", "cpr 320180-1234"],
    ),
    numbers: &[number("999999-9999", 27, Named, &["cpr", "cprnr", "personnummer"], |number| has_dmy(number, 0))],
};

pub(in super::super) static FI: Country = Country {
    about: &about(
        "national-id-fi",
        "Personal identity codes of Finland.",
        &[("131052-308T", "131052-308T"), ("hetu 131052-308t", "131052-308t")],
        &["131052-308U", "131352-308T", "131052-308t"],
    ),
    numbers: &[number("999999+999*", 1_176, Alone, &["hetu", "henkil\u{f6}tunnus"], is_finnish)],
};

fn is_finnish(number: &[u8]) -> bool {
    const CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let rest = (whole(&number[..6]) * 1_000 + whole(&number[7..10])) % 31;
    has_dmy(number, 0) && CHECKS[rest as usize] == number[10]
}

pub(in super::super) static EE: Country = Country {
    about: &about(
        "national-id-ee",
        "Personal codes of Estonia.",
        &[("isikukood 37605030299", "37605030299"), ("37605030299", "37605030299")],
        &["37605030298", "97605030299"],
    ),
    numbers: &[number("99999999999", 312, Alone, &["isikukood"], is_baltic)],
};

pub(in super::super) static LT: Country = Country {
    about: &about(
        "national-id-lt",
        "Personal codes of Lithuania, by name.",
        &[("asmens kodas: 33309240375", "33309240375")],
        &["33309240375", "asmens kodas 33309240376"],
    ),
    numbers: &[number("99999999999", 312, Named, &["asmens kodas", "asmens kodo", "ak"], is_baltic)],
};

/// A century of 1 to 8, a date, and mod 11 with other weights where the first ones leave 10.
fn is_baltic(number: &[u8]) -> bool {
    let check = match weighted(number, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11 {
        10 => weighted(number, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10,
        check => check,
    };
    (b'1'..=b'8').contains(&number[0]) && has_ymd(number, 1) && check == digit(number[10])
}

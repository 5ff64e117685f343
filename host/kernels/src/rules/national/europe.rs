//! The west and the middle of Europe.

use super::When::{Alone, Named};
use super::checks::*;
use super::{Country, about, number};

const PASSPORT: &[&str] = &["passport", "passeport", "reisepass", "pasaporte", "passaporto", "paspoort"];

pub(in super::super) static UK: Country = Country {
    about: &about(
        "national-id-uk",
        "National Insurance numbers and driving licences of the United Kingdom; NHS numbers and passports by name.",
        &[("NINO AB123456C.", "AB123456C"), ("AB 12 34 56 C", "AB 12 34 56 C"), ("NHS: 987 654 4322", "987 654 4322")],
        &["GB123456C", "AB123456E", "ab123456c", "9876544322", "nhs 9876544323", "xAB123456C"],
    ),
    numbers: &[
        number("AA-99-99-99-A", 12, Alone, &["nino", "ni", "national insurance", "insurance number"], is_nino),
        number("999-999-9999", 11, Named, &["nhs"], |number| {
            weighted(number, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
        }),
        number("AAAAA999999***AA", 13, Alone, &["licence", "license"], is_uk_licence),
        number("AAAA9999999***AA", 130, Alone, &["licence", "license"], is_uk_licence),
        number("AAA99999999***AA", 1_300, Alone, &["licence", "license"], is_uk_licence),
        number("999999999", 1, Named, PASSPORT, any),
    ],
};

fn is_nino(number: &[u8]) -> bool {
    let first = number[0];
    let second = number[1];
    let is_given = !b"DFIQUV".contains(&first) && !b"DFIQUVO".contains(&second);
    let is_reserved = matches!(&number[..2], b"BG" | b"GB" | b"KN" | b"NK" | b"NT" | b"TN" | b"ZZ");
    is_given && !is_reserved && (b'A'..=b'D').contains(&number[8])
}

/// A surname of five letters, filled with 9, and the last digit of its year around a month (with 50 for women) and a day.
fn is_uk_licence(number: &[u8]) -> bool {
    let name = number[..5].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let month = two(number, 6);
    number[name..5].iter().all(|byte| *byte == b'9')
        && is_day(if month > 50 { month - 50 } else { month }, two(number, 8))
}

pub(in super::super) static DE: Country = Country {
    about: &about(
        "national-id-de",
        "Tax numbers of Germany (Steuer-ID); numbers of pension and health insurance, passports and identity cards by name.",
        &[
            ("Steuer-ID 86095742719", "86095742719"),
            ("86 095 742 719", "86 095 742 719"),
            ("Rentenversicherungsnummer: 65 170839 J 003", "65 170839 J 003"),
            ("KVNR A123456780", "A123456780"),
        ],
        &["86095742718", "06095742719", "A123456780", "65170839J003", "186095742719"],
    ),
    numbers: &[
        number("99-999-999-999", 323, Alone, &["steuer", "idnr", "tax"], is_steuer_id),
        number(
            "99-999999-A-999",
            130,
            Named,
            &["rentenversicherungsnummer", "rentenversicherung", "sozialversicherungsnummer", "svnr", "rvnr", "vsnr"],
            is_pension,
        ),
        number(
            "A999999999",
            10,
            Named,
            &["kvnr", "krankenversichertennummer", "krankenversicherung", "versichertennummer", "health"],
            is_health,
        ),
        number(
            "*********",
            1,
            Named,
            &["personalausweis", "ausweis", "ausweisnummer", "reisepass", "reisepassnummer"],
            is_document,
        ),
        number(
            "*********9",
            10,
            Named,
            &["personalausweis", "ausweis", "ausweisnummer", "reisepass", "reisepassnummer"],
            is_checked_document,
        ),
    ],
};

/// ISO 7064 mod 11,10; of the first ten digits one is there twice or thrice, the others once at most (§ 139b AO).
fn is_steuer_id(number: &[u8]) -> bool {
    let times = |wanted: u8| number[..10].iter().filter(|byte| **byte == wanted).count();
    let repeated = (b'0'..=b'9').filter(|byte| times(*byte) > 1).count();
    let most = (b'0'..=b'9').map(times).max().unwrap_or(0);
    number[0] != b'0' && repeated == 1 && most <= 3 && mod11_10(number)
}

/// The letter counts as two digits; weights 2 1 2 5 7 1 2 1 2 1 2 1.
fn is_pension(number: &[u8]) -> bool {
    let letter = letter_digits(number[8]);
    let digits = [&number[..8], &letter, &number[9..11]].concat();
    let check = cross_weighted(&digits, &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10;
    has_dmy(number, 2) && check == digit(number[11])
}

fn is_health(number: &[u8]) -> bool {
    let digits = [&letter_digits(number[0]), &number[1..9]].concat();
    cross_weighted(&digits, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 == digit(number[9])
}

/// A letter as two digits, from 01 on.
fn letter_digits(letter: u8) -> [u8; 2] {
    let place = letter.wrapping_sub(b'A') + 1;
    [b'0' + place / 10 % 10, b'0' + place % 10]
}

fn is_document(number: &[u8]) -> bool {
    number.iter().all(|byte| b"0123456789CFGHJKLMNPRTVWXYZ".contains(byte)) && number.iter().any(u8::is_ascii_digit)
}

/// ICAO 9303: weights 7 3 1, letters from 10.
fn is_checked_document(number: &[u8]) -> bool {
    let document = &number[..9];
    let check = number[9];
    let sum: u32 = document.iter().zip([7, 3, 1].iter().cycle()).map(|(byte, weight)| value(*byte) * weight).sum();
    is_document(document) && sum % 10 == digit(check)
}

pub(in super::super) static FR: Country = Country {
    about: &about(
        "national-id-fr",
        "Social security numbers of France (NIR).",
        &[("NIR 184127645108946", "184127645108946"), ("1 84 12 76 451 089 46", "1 84 12 76 451 089 46")],
        &["184127645108947", "584127645108946", "1184127645108946"],
    ),
    numbers: &[number("9-99-99-9*-999-999-99", 4_000, Alone, &["nir", "insee"], is_nir)],
};

/// 97 less the rest of the first 13 digits; 2A and 2B of Corsica count as 19 and 18.
fn is_nir(number: &[u8]) -> bool {
    let mut digits = [0; 13];
    digits.copy_from_slice(&number[..13]);
    match &number[5..7] {
        b"2A" => digits[5..7].copy_from_slice(b"19"),
        b"2B" => digits[5..7].copy_from_slice(b"18"),
        _ if !number[6].is_ascii_digit() => return false,
        _ => {}
    }
    let is_month = matches!(two(number, 3), 1..=12 | 20..=42 | 50..=99);
    matches!(number[0], b'1' | b'2') && is_month && 97 - whole(&digits) % 97 == whole(&number[13..])
}

pub(in super::super) static ES: Country = Country {
    about: &about(
        "national-id-es",
        "Identity numbers of Spain (DNI, NIE).",
        &[
            ("DNI 12345678Z", "12345678Z"),
            ("12.345.678-Z", "12.345.678-Z"),
            ("X-1234567-L", "X-1234567-L"),
            ("dni: 12345678z", "12345678z"),
        ],
        &["12345678A", "12345678z", "W1234567L", "X1234567M", "112345678Z"],
    ),
    numbers: &[
        number("99-999-999-A", 27, Alone, &["dni", "nif"], |number| has_dni_letter(whole(&number[..8]), number[8])),
        number("A-9999999-A", 230, Alone, &["nie"], is_nie),
    ],
};

/// X, Y and Z stand for 0, 1 and 2.
fn is_nie(number: &[u8]) -> bool {
    let first = match number[0] {
        b'X' => 0,
        b'Y' => 1,
        b'Z' => 2,
        _ => return false,
    };
    has_dni_letter(first * 10_000_000 + whole(&number[1..8]), number[8])
}

fn has_dni_letter(number: u64, letter: u8) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    LETTERS[(number % 23) as usize] == letter
}

pub(in super::super) static IT: Country = Country {
    about: &about(
        "national-id-it",
        "Tax codes of Italy (codice fiscale).",
        &[("CF RSSMRA85T10A562S", "RSSMRA85T10A562S"), ("codice fiscale: rssmra85t10a562s", "rssmra85t10a562s")],
        &["RSSMRA85T10A562T", "RSSMRA85F10A562S", "rssmra85t10a562s"],
    ),
    numbers: &[number("AAAAAA**A**A***A", 600, Alone, &["fiscale", "cf", "codicefiscale"], is_codice_fiscale)],
};

/// Even places count as they are and odd ones by a table; the letters L to V may stand for digits.
fn is_codice_fiscale(number: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let place = |byte: u8| if byte.is_ascii_digit() { digit(byte) } else { value(byte) - 10 };
    let counted = number[..15].iter().enumerate();
    let sum: u32 = counted.map(|(at, byte)| if at % 2 == 0 { ODD[place(*byte) as usize] } else { place(*byte) }).sum();
    has_italian_date(number) && u32::from(number[15] - b'A') == sum % 26
}

fn has_italian_date(number: &[u8]) -> bool {
    const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";
    const DIGITS: &[u8; 10] = b"LMNPQRSTUV";
    let digit_of = |byte: u8| {
        if byte.is_ascii_digit() {
            Some(digit(byte))
        } else {
            DIGITS.iter().zip(0..).find_map(|(letter, value)| (*letter == byte).then_some(value))
        }
    };
    let are_digits = [6, 7, 9, 10, 12, 13, 14].iter().all(|at| digit_of(number[*at]).is_some());
    let month = MONTHS.iter().zip(1..).find_map(|(letter, month)| (*letter == number[8]).then_some(month));
    let day = digit_of(number[9]).unwrap_or(9) * 10 + digit_of(number[10]).unwrap_or(9);
    are_digits && month.is_some_and(|month| is_day(month, if day > 40 { day - 40 } else { day }))
}

pub(in super::super) static NL: Country = Country {
    about: &about(
        "national-id-nl",
        "Citizen service numbers of the Netherlands (BSN), by name.",
        &[("BSN: 111222333", "111222333"), ("burgerservicenummer 1112.22.333", "1112.22.333")],
        &["111222333", "bsn 111222334"],
    ),
    numbers: &[number("9999-99-999", 11, Named, &["bsn", "burgerservicenummer", "sofinummer", "sofi"], is_bsn)],
};

fn is_bsn(number: &[u8]) -> bool {
    let sum = weighted(&number[..8], &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum % 11 == digit(number[8]) && sum > 0
}

pub(in super::super) static BE: Country = Country {
    about: &about(
        "national-id-be",
        "National register numbers of Belgium.",
        &[("85.07.30-033.28", "85.07.30-033.28"), ("rijksregisternummer 85073003328", "85073003328")],
        &["85.07.30-033.29", "85.13.30-033.28"],
    ),
    numbers: &[number("99-99-99-999-99", 97, Alone, &["rijksregisternummer", "niss", "insz"], is_belgian)],
};

/// 97 less the rest of nine digits, with a 2 in front for those who were born from 2000 on. The month counts 20 or 40 more
/// in numbers for those who are not in the register.
fn is_belgian(number: &[u8]) -> bool {
    let digits = whole(&number[..9]);
    let check = whole(&number[9..]);
    let is_checked = 97 - digits % 97 == check || 97 - (2_000_000_000 + digits) % 97 == check;
    is_checked && is_day(two(number, 2) % 20, two(number, 4)) && two(number, 2) < 60
}

pub(in super::super) static AT: Country = Country {
    about: &about(
        "national-id-at",
        "Social insurance numbers of Austria, by name.",
        &[("SVNR 1237 010180", "1237 010180"), ("Sozialversicherungsnummer: 1237010180", "1237010180")],
        &["1237010180", "SVNR 1238010180"],
    ),
    numbers: &[number(
        "9999-999999",
        12,
        Named,
        &["svnr", "svn", "sozialversicherungsnummer", "versicherungsnummer"],
        is_austrian,
    )],
};

fn is_austrian(number: &[u8]) -> bool {
    weighted(number, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == digit(number[3]) && has_dmy(number, 4)
}

pub(in super::super) static CH: Country = Country {
    about: &about(
        "national-id-ch",
        "Insurance numbers of Switzerland (AHV, AVS).",
        &[("AHV 756.9217.0769.85", "756.9217.0769.85"), ("7569217076985", "7569217076985")],
        &["756.9217.0769.84", "7569217076985.1", "755.9217.0769.85"],
    ),
    numbers: &[number("756-9999-9999-99", 10, Alone, &["ahv", "avs"], |number| {
        weighted(number, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
    })],
};

pub(in super::super) static PT: Country = Country {
    about: &about(
        "national-id-pt",
        "Tax numbers of Portugal (NIF), by name.",
        &[("NIF: 123456789", "123456789"), ("contribuinte 123 456 789", "123 456 789")],
        &["123456789", "NIF 123456788"],
    ),
    numbers: &[number("999-999-999", 11, Named, &["nif", "contribuinte", "nipc"], |number| {
        ends_mod11(number, &[9, 8, 7, 6, 5, 4, 3, 2], Some(0))
    })],
};

pub(in super::super) static IE: Country = Country {
    about: &about(
        "national-id-ie",
        "Personal public service numbers of Ireland (PPS).",
        &[("PPS 1234567T", "1234567T"), ("1234567FA", "1234567FA"), ("ppsn 1234567t", "1234567t")],
        &["1234567U", "1234567t", "11234567T"],
    ),
    numbers: &[
        number("9999999A", 26, Alone, &["pps", "ppsn"], is_pps),
        number("9999999AA", 60, Alone, &["pps", "ppsn"], is_pps),
    ],
};

/// Weights 8 to 2, and 9 for the second letter, which is A to I or W, mod 23; W stands for 0.
fn is_pps(number: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"WABCDEFGHIJKLMNOPQRSTUV";
    let second = match number.get(8) {
        None | Some(b'W') => 0,
        Some(letter @ b'A'..=b'I') => value(*letter) - 9,
        Some(_) => return false,
    };
    let sum = weighted(&number[..7], &[8, 7, 6, 5, 4, 3, 2]) + 9 * second;
    LETTERS[(sum % 23) as usize] == number[7]
}

//! America.

use super::When::{Alone, Named, Separated};
use super::checks::*;
use super::{Country, about, number};

pub(in super::super) static US: Country = Country {
    about: &about(
        "national-id-us",
        "Medicare numbers of the USA (MBI); by name those of banks (ABA), health care providers (NPI), taxpayers (ITIN), passports and driving licences.",
        &[
            ("MBI 1EG4-TE5-MK73", "1EG4-TE5-MK73"),
            ("1EG4TE5MK73", "1EG4TE5MK73"),
            ("routing number: 121000248", "121000248"),
            ("NPI=1234567893", "1234567893"),
            ("itin 911723456", "911723456"),
            ("passport no. A12345678", "A12345678"),
        ],
        &["1SG4TE5MK73", "1eg4te5mk73", "121000248", "routing 121000249", "npi 1234567890", "A12345678"],
    ),
    numbers: &[
        number("9A*9-A*9-AA99", 4, Alone, &["mbi", "medicare"], is_mbi),
        number("999999999", 26, Named, &["aba", "routing", "rtn"], is_routing),
        number("9999999999", 10, Named, &["npi"], |number| luhn(&[b"80840", number].concat())),
        number("999999999", 22, Named, &["itin", "tin", "taxpayer"], is_itin),
        number("999999999", 1, Named, &["passport"], any),
        number("A99999999", 1, Named, &["passport"], any),
        number("A9999999", 1, Named, DRIVING, any),
        number("A99999999", 1, Named, DRIVING, any),
        number("A999999999999", 1, Named, DRIVING, any),
        number("99999999", 1, Named, DRIVING, any),
        number("999999999", 1, Named, DRIVING, any),
    ],
};

const DRIVING: &[&str] = &[
    "driver license",
    "driver licence",
    "drivers license",
    "drivers licence",
    "driving license",
    "driving licence",
    "driver s license",
    "driverlicense",
    "driverslicense",
    "dl",
];

/// No S, L, O, I, B or Z, and no 0 in front (Centers for Medicare & Medicaid Services).
fn is_mbi(number: &[u8]) -> bool {
    number[0] != b'0' && !number.iter().any(|byte| b"SLOIBZ".contains(byte))
}

fn is_routing(number: &[u8]) -> bool {
    let is_given = matches!(two(number, 0), 0..=12 | 21..=32 | 61..=72 | 80);
    is_given && weighted(number, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10) && whole(number) > 0
}

fn is_itin(number: &[u8]) -> bool {
    number[0] == b'9' && matches!(two(number, 3), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

pub(in super::super) static CA: Country = Country {
    about: &about(
        "national-id-ca",
        "Social insurance numbers of Canada (SIN), by name.",
        &[("SIN: 130 692 544", "130 692 544"), ("social insurance number 130692544", "130692544")],
        &["130 692 544", "SIN 130 692 545", "SIN 830 692 544"],
    ),
    numbers: &[number("999-999-999", 12, Named, &["sin", "social insurance", "nas"], |number| {
        !matches!(number[0], b'0' | b'8') && luhn(number)
    })],
};

pub(in super::super) static MX: Country = Country {
    about: &about(
        "national-id-mx",
        "Population registry codes of Mexico (CURP); tax codes (RFC) by name.",
        &[("CURP BOXW310820HNERXN09", "BOXW310820HNERXN09"), ("RFC: GODE561231GR8", "GODE561231GR8")],
        &["BOXW310820HNERXN08", "BOXW311320HNERXN09", "GODE561231GR8", "rfc GODE561331GR8"],
    ),
    numbers: &[
        number("AAAA999999AAAAAA*9", 10_000, Alone, &["curp"], is_curp),
        number("AAAA-999999-***", 28, Named, &["rfc"], |number| has_ymd(number, 4)),
        number("AAA-999999-***", 28, Named, &["rfc"], |number| has_ymd(number, 3)),
    ],
};

/// A date, a sex, a state, and mod 10, where letters from O on count one more because of the letter Ñ.
fn is_curp(number: &[u8]) -> bool {
    const STATES: &[u8] = b"ASBCBSCCCSCHCLCMDFDGGRGTHGJCMCMNMSNENLNTOCPLQRQTSLSPSRTCTLTSVZYNZS";
    let counted = |byte: u8| value(byte) + u32::from(byte > b'N');
    let sum: u32 = number[..17].iter().zip((2..=18).rev()).map(|(byte, weight)| counted(*byte) * weight).sum();
    let has_state = STATES.chunks(2).any(|state| state == &number[11..13]);
    has_ymd(number, 4) && b"HMX".contains(&number[10]) && has_state && (10 - sum % 10) % 10 == digit(number[17])
}

pub(in super::super) static BR: Country = Country {
    about: &about(
        "national-id-br",
        "Tax numbers of Brazil for persons (CPF) and companies (CNPJ).",
        &[
            ("111.444.777-35", "111.444.777-35"),
            ("CPF 11144477735", "11144477735"),
            ("11.222.333/0001-81", "11.222.333/0001-81"),
            ("12.ABC.345/01DE-35", "12.ABC.345/01DE-35"),
        ],
        &["111.444.777-36", "11144477735", "111.111.111-11", "11.222.333/0001-82"],
    ),
    numbers: &[
        number("999-999-999-99", 104, Separated, &["cpf"], is_cpf),
        number("**-***-***-****-99", 102, Separated, &["cnpj"], is_cnpj),
    ],
};

fn is_cpf(number: &[u8]) -> bool {
    let is_one_digit = number.iter().all(|byte| *byte == number[0]);
    !is_one_digit
        && ends_mod11(&number[..10], &[10, 9, 8, 7, 6, 5, 4, 3, 2], Some(0))
        && ends_mod11(number, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2], Some(0))
}

/// From 2026 on also with letters, which count as their place in ASCII less that of 0.
fn is_cnpj(number: &[u8]) -> bool {
    let is_one_digit = number.iter().all(|byte| *byte == number[0]);
    !is_one_digit
        && ends_mod11(&number[..13], &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], Some(0))
        && ends_mod11(number, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], Some(0))
}

pub(in super::super) static AR: Country = Country {
    about: &about(
        "national-id-ar",
        "Tax numbers of Argentina (CUIT, CUIL).",
        &[("20-12345678-6", "20-12345678-6"), ("CUIT 20123456786", "20123456786")],
        &["20-12345678-7", "20123456786", "21-12345678-6"],
    ),
    numbers: &[number("99-99999999-9", 93, Separated, &["cuit", "cuil"], |number| {
        matches!(two(number, 0), 20 | 23..=27 | 30 | 33 | 34)
            && ends_mod11(number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], Some(9))
    })],
};

pub(in super::super) static CL: Country = Country {
    about: &about(
        "national-id-cl",
        "Tax numbers of Chile (RUT, RUN).",
        &[("12.345.678-5", "12.345.678-5"), ("RUT: 12345678-5", "12345678-5"), ("7.654.321-6", "7.654.321-6")],
        &["12.345.678-6", "12345678-5", "7.654.321-K"],
    ),
    numbers: &[
        number("99-999-999-*", 11, Separated, &["rut", "run"], is_rut),
        number("9-999-999-*", 11, Separated, &["rut", "run"], is_rut),
    ],
};

/// Weights 2 to 7 from the right, again and again; K stands for 10.
fn is_rut(number: &[u8]) -> bool {
    let Some((last, digits)) = number.split_last() else { return false };
    let sum: u32 = digits.iter().rev().zip((2..=7).cycle()).map(|(byte, weight)| digit(*byte) * weight).sum();
    match 11 - sum % 11 {
        11 => *last == b'0',
        10 => *last == b'K',
        check => digit(*last) == check,
    }
}

pub(in super::super) static CO: Country = Country {
    about: &about(
        "national-id-co",
        "Tax numbers of Colombia (NIT), by name.",
        &[("NIT 890.903.938-8", "890.903.938-8"), ("nit: 8909039388", "8909039388")],
        &["890.903.938-8", "nit 890.903.938-7"],
    ),
    numbers: &[number("999-999-999-9", 10, Named, &["nit"], |number| {
        let rest = weighted(number, &[41, 37, 29, 23, 19, 17, 13, 7, 3]) % 11;
        digit(number[9]) == if rest < 2 { rest } else { 11 - rest }
    })],
};

//! Asia, Africa and Oceania.

use super::When::{Alone, Named, Separated};
use super::checks::*;
use super::{Country, about, number};

pub(in super::super) static AU: Country = Country {
    about: &about(
        "national-id-au",
        "Tax file, business and Medicare numbers of Australia (TFN, ABN), by name.",
        &[
            ("TFN: 123 456 782", "123 456 782"),
            ("ABN 51 824 753 556", "51 824 753 556"),
            ("medicare 2234 56789 1", "2234 56789 1"),
        ],
        &["123 456 782", "51 824 753 556", "tfn 123 456 783", "abn 51 824 753 557", "medicare 2234 56788 1"],
    ),
    numbers: &[
        number("999-999-999", 11, Named, &["tfn", "tax file"], |number| {
            weighted(number, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
        }),
        number("99-999-999-999", 99, Named, &["abn", "business number"], is_abn),
        number("9999-99999-9", 20, Named, &["medicare"], |number| {
            matches!(number[0], b'2'..=b'6') && weighted(number, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit(number[8])
        }),
    ],
};

/// The first digit counts one less; mod 89.
fn is_abn(number: &[u8]) -> bool {
    let sum = weighted(number, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    number[0] != b'0' && (sum - 10).is_multiple_of(89)
}

pub(in super::super) static NZ: Country = Country {
    about: &about(
        "national-id-nz",
        "Tax numbers of New Zealand (IRD), by name.",
        &[("IRD: 49-091-850", "49-091-850"), ("ird number 49091850", "49091850")],
        &["49-091-850", "ird 49-091-851"],
    ),
    numbers: &[
        number("99-999-999", 11, Named, &["ird"], |number| is_ird(&[b"0", number].concat())),
        number("999-999-999", 79, Named, &["ird"], is_ird),
    ],
};

/// A range, and mod 11 with other weights where the first ones give 10.
fn is_ird(number: &[u8]) -> bool {
    let check = |weights: &[u32]| (11 - weighted(number, weights) % 11) % 11;
    let found = match check(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => check(&[7, 4, 3, 2, 5, 2, 7, 6]),
        found => found,
    };
    (10_000_000..150_000_000).contains(&whole(number)) && found == digit(number[8])
}

pub(in super::super) static IN: Country = Country {
    about: &about(
        "national-id-in",
        "Permanent account numbers of India (PAN); Aadhaar by name.",
        &[
            ("PAN ABCPE1234F", "ABCPE1234F"),
            ("Aadhaar: 2341 2341 2346", "2341 2341 2346"),
            ("aadhaar=234123412346", "234123412346"),
        ],
        &["ABCDE1234F", "abcpe1234f", "2341 2341 2346", "aadhaar 2341 2341 2347"],
    ),
    numbers: &[
        number("AAAAA9999A", 2, Alone, &["pan"], |number| b"ABCFGHJLPT".contains(&number[3])),
        number("9999-9999-9999", 13, Named, &["aadhaar", "aadhar", "uidai"], is_aadhaar),
    ],
};

fn is_aadhaar(number: &[u8]) -> bool {
    let is_palindrome = number.iter().eq(number.iter().rev());
    number[0] >= b'2' && !is_palindrome && verhoeff(number)
}

pub(in super::super) static SG: Country = Country {
    about: &about(
        "national-id-sg",
        "Identity numbers of Singapore (NRIC, FIN).",
        &[("NRIC S1234567D", "S1234567D"), ("G1234567X", "G1234567X"), ("nric s1234567d", "s1234567d")],
        &["S1234567E", "s1234567d", "A1234567D"],
    ),
    numbers: &[number("A9999999A", 26, Alone, &["nric", "fin"], is_nric)],
};

/// Weights 2 7 6 5 4 3 2, more for those of this century and newer foreigners, and a table of letters for each kind.
fn is_nric(number: &[u8]) -> bool {
    let (more, letters): (u32, &[u8; 11]) = match number[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let sum = weighted(&number[1..8], &[2, 7, 6, 5, 4, 3, 2]) + more;
    letters[(sum % 11) as usize] == number[8]
}

pub(in super::super) static TW: Country = Country {
    about: &about(
        "national-id-tw",
        "Identity numbers of Taiwan, by name.",
        &[("national id: A123456789", "A123456789"), ("\u{8eab}\u{5206}\u{8b49} ROC id A123456789", "A123456789")],
        &["A123456789", "national id A123456788"],
    ),
    numbers: &[number(
        "A999999999",
        25,
        Named,
        &["national id", "roc id", "identity card", "id card", "arc"],
        is_taiwanese,
    )],
};

/// The letter stands for two digits, in an order of its own; weights 1 9 8 7 6 5 4 3 2 1 1, mod 10.
fn is_taiwanese(number: &[u8]) -> bool {
    const LETTERS: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let code = LETTERS.iter().zip(10..).find_map(|(letter, code)| (*letter == number[0]).then_some(code)).unwrap_or(0);
    let sum = code / 10 + code % 10 * 9 + weighted(&number[1..], &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    matches!(number[1], b'1' | b'2' | b'8' | b'9') && sum.is_multiple_of(10)
}

pub(in super::super) static MY: Country = Country {
    about: &about(
        "national-id-my",
        "Identity card numbers of Malaysia (NRIC).",
        &[("800101-14-1234", "800101-14-1234"), ("mykad 800101141234", "800101141234")],
        &["801301-14-1234", "800101-00-1234", "800101141234"],
    ),
    numbers: &[number("999999-99-9999", 31, Separated, &["mykad", "nric", "ic"], |number| {
        let has_place = !matches!(two(number, 6), 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97);
        has_ymd(number, 0) && has_place
    })],
};

pub(in super::super) static KR: Country = Country {
    about: &about(
        "national-id-kr",
        "Resident registration numbers of Korea.",
        &[("971013-2019951", "971013-2019951"), ("rrn 971013-2019959", "971013-2019959")],
        &["971013-2019952", "971313-2019951", "9710132019951"],
    ),
    numbers: &[
        number("999999-9999999", 274, Separated, &["rrn"], is_korean),
        // Those of October 2020 and later have no check digit.
        number("999999-9999999", 27, Named, &["rrn", "resident registration", "jumin"], |number| has_ymd(number, 0)),
    ],
};

/// A date, and mod 11, where 10 counts as 0 and 11 as 1.
fn is_korean(number: &[u8]) -> bool {
    let sum = weighted(number, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    has_ymd(number, 0) && (11 - sum % 11) % 10 == digit(number[12])
}

pub(in super::super) static JP: Country = Country {
    about: &about(
        "national-id-jp",
        "Individual numbers of Japan (My Number), by name.",
        &[("My Number: 1234 5678 9018", "1234 5678 9018"), ("mynumber=123456789018", "123456789018")],
        &["1234 5678 9018", "my number 123456789019"],
    ),
    numbers: &[number(
        "9999-9999-9999",
        10,
        Named,
        &["my number", "mynumber", "individual number", "kojin bango"],
        |number| ends_mod11(number, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], Some(0)),
    )],
};

pub(in super::super) static CN: Country = Country {
    about: &about(
        "national-id-cn",
        "Resident identity numbers of China.",
        &[("11010519491231002X", "11010519491231002X"), ("sfz 11010519491231002x", "11010519491231002x")],
        &["110105194912310021", "11010519491331002X"],
    ),
    numbers: &[number("99999999999999999*", 40_000, Alone, &["sfz", "shenfenzheng", "resident id"], is_chinese)],
};

/// A region, a date from 1900 to 2099, and ISO 7064 mod 11-2.
fn is_chinese(number: &[u8]) -> bool {
    let has_region = matches!(two(number, 0), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83);
    has_region && matches!(two(number, 6), 19 | 20) && has_ymd(number, 8) && mod11_2(number)
}

pub(in super::super) static TH: Country = Country {
    about: &about(
        "national-id-th",
        "Identity numbers of Thailand.",
        &[("1-2015-00672-31-5", "1-2015-00672-31-5"), ("thai id 1201500672315", "1201500672315")],
        &["1-2015-00672-31-6", "1201500672315", "0-2015-00672-31-5"],
    ),
    numbers: &[number("9-9999-99999-99-9", 12, Separated, &["thai id", "citizen id"], is_thai)],
};

fn is_thai(number: &[u8]) -> bool {
    let sum = weighted(&number[..12], &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    number[0] != b'0' && (11 - sum % 11) % 10 == digit(number[12])
}

pub(in super::super) static ZA: Country = Country {
    about: &about(
        "national-id-za",
        "Identity numbers of South Africa.",
        &[("8001015009087", "8001015009087"), ("800101 5009 087", "800101 5009 087")],
        &["8001015009088", "8013015009087", "8001015009487"],
    ),
    numbers: &[number("999999-9999-999", 1_212, Alone, &["sa id", "rsa id"], |number| {
        has_ymd(number, 0) && matches!(number[10], b'0'..=b'2') && luhn(number)
    })],
};

pub(in super::super) static TR: Country = Country {
    about: &about(
        "national-id-tr",
        "Identity numbers of Turkey, by name.",
        &[("TCKN: 10000000146", "10000000146"), ("TC Kimlik No 10000000146", "10000000146")],
        &["10000000146", "tckn 10000000147"],
    ),
    numbers: &[number("99999999999", 109, Named, &["tckn", "kimlik", "tc"], is_turkish)],
};

fn is_turkish(number: &[u8]) -> bool {
    let odd = weighted(number, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(number, &[0, 1, 0, 1, 0, 1, 0, 1]);
    let tenth = digit(number[9]);
    let last = digit(number[10]);
    number[0] != b'0' && (odd * 7 + 40 - even) % 10 == tenth && (odd + even + tenth) % 10 == last
}

pub(in super::super) static IL: Country = Country {
    about: &about(
        "national-id-il",
        "Identity numbers of Israel, by name.",
        &[("teudat zehut: 123456782", "123456782"), ("israeli id 123456782", "123456782")],
        &["123456782", "zehut 123456783"],
    ),
    numbers: &[number("999999999", 10, Named, &["teudat zehut", "zehut", "tz", "israeli id", "israel id"], luhn)],
};

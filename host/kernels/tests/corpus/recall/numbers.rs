//! Numbers of persons and accounts.

use telesieve_kernels::Named;

use super::Planted;
use super::template::fill;
use crate::random::Random;
use crate::secrets::{Secret, named, secret};

const AROUND: &[&str] =
    &["VALUE", "got VALUE", "x=VALUE", "\"VALUE\"", "(VALUE)", "VALUE, next", "id: VALUE;", "a\tVALUE\tb"];

fn of_rule(rule: Named, random: &mut Random) -> Planted {
    let Secret { text, .. } = secret(rule, random);
    Planted::new(rule.name(), random.pick(AROUND), text)
}

/// Numbers with and without what separates their groups.
pub(super) fn card(random: &mut Random) -> Planted {
    let mut planted = of_rule(named("payment-card"), random);
    let separators = ["-", " ", ".", "\u{a0}", "\u{202f}"];
    if planted.value.contains('-') {
        let separator = random.pick(&separators);
        planted.replace(|value| value.replace('-', separator));
    }
    planted
}

pub(super) fn ssn(random: &mut Random) -> Planted {
    let planted = of_rule(named("us-ssn"), random);
    if random.below(4) > 0 { planted } else { Planted::new("named", "ssn: VALUE", planted.value) }
}

pub(super) fn email(random: &mut Random) -> Planted {
    of_rule(named("email"), random)
}

pub(super) fn iban(random: &mut Random) -> Planted {
    of_rule(named("iban"), random)
}

/// International numbers, and national ones with separators or a name.
const PHONES: &[&str] = &[
    "+1 {d1:1}{d:2} {d1:1}{d:2} {d:4}",
    "+1-212-{d1:1}{d:2}-{d:4}",
    "+12125{d:6}",
    "+44 20 7{d:3} {d:4}",
    "+4479{d:8}",
    "+49 151 {d1:1}{d:7}",
    "+49 (0)89 {d1:1}{d:6}",
    "+33 6 {d:2} {d:2} {d:2} {d:2}",
    "+91 98{d:3} {d:5}",
    "+55 11 9{d:4}-{d:4}",
    "+81-90-{d1:1}{d:3}-{d:4}",
    "+86 138 {d:4} {d:4}",
    "0049 151 {d1:1}{d:7}",
    "(212) 5{d:2}-{d:4}",
    "(415) 2{d:2}-{d:4} x{d:3}",
    "212-5{d:2}-{d:4}",
    "212.5{d:2}.{d:4}",
    "020 7{d:3} {d:4}",
    "07{d:3} {d:6}",
    "089/{d1:1}{d:6}",
    "06 {d1:1}{d:1} {d:2} {d:2} {d:2}",
    "0412 {d:3} {d:3}",
    "(11) 9{d:4}-{d:4}",
    "03-{d1:1}{d:3}-{d:4}",
    "010-{d1:1}{d:3}-{d:4}",
    "8 (495) {d1:1}{d:2}-{d:2}-{d:2}",
];

const NAMED_PHONES: &[&str] =
    &["phone: VALUE", "mobile=VALUE", "tel: VALUE", "{\"phone\":\"VALUE\"}", "sms to VALUE", "call VALUE now"];

pub(super) fn phone(random: &mut Random) -> Planted {
    let form = random.pick(PHONES);
    let around = if random.below(2) == 0 { random.pick(AROUND) } else { random.pick(NAMED_PHONES) };
    Planted::new(form, around, fill(form, random))
}

/// National numbers with the check digits that their states give them.
pub(super) fn national(random: &mut Random) -> Planted {
    let (form, number) = match random.below(5) {
        0 => ("DNI", dni(random)),
        1 => ("CPF", cpf(random)),
        2 => ("AHV", ahv(random)),
        3 => ("NIR", nir(random)),
        _ => ("NINO", fill("AB {d:2} {d:2} {d:2} C", random)),
    };
    Planted::new(form, random.pick(AROUND), number)
}

fn dni(random: &mut Random) -> String {
    let number = 10_000_000 + random.below(89_999_999);
    let letters = b"TRWAGMYFPDXBNJZSQVHLCKE";
    format!("{number:08}{}", char::from(letters[(number % 23) as usize]))
}

fn cpf(random: &mut Random) -> String {
    let mut digits: Vec<u64> = (0..9).map(|_| random.below(10)).collect();
    for _ in 0..2 {
        let top = digits.len() as u64 + 1;
        let sum: u64 = digits.iter().zip((2..=top).rev()).map(|(digit, weight)| digit * weight).sum();
        digits.push(match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        });
    }
    let text: String = digits.iter().map(u64::to_string).collect();
    format!("{}.{}.{}-{}", &text[..3], &text[3..6], &text[6..9], &text[9..])
}

fn ahv(random: &mut Random) -> String {
    let text = format!("756{}", random.digits(9));
    let weigh = |(at, digit): (usize, u8)| u64::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 };
    let check = (10 - text.bytes().enumerate().map(weigh).sum::<u64>() % 10) % 10;
    format!("{}.{}.{}.{}{check}", &text[..3], &text[3..7], &text[7..11], &text[11..])
}

fn nir(random: &mut Random) -> String {
    let (month, place) = (1 + random.below(12), 1 + random.below(95));
    let year = random.below(100);
    let number = format!("{}{year:02}{month:02}{place:02}{}", 1 + random.below(2), random.digits(6));
    let check = 97 - number.parse::<u64>().unwrap_or(0) % 97;
    format!("{number}{check:02}")
}

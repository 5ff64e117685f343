//! Secrets of every rule, made at random.

use telesieve_kernels::Named;

use crate::random::Random;

/// A secret, as it may stand in text.
pub(crate) struct Secret {
    pub(crate) rule: Named,
    /// The secret with what tells that it is one, such as `Bearer`.
    pub(crate) text: String,
    /// Parts none of which may be left.
    pub(crate) parts: Vec<String>,
    /// The key and the value, if the key is what tells.
    pub(crate) keyed: Option<(String, String)>,
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(crate) fn named(name: &str) -> Named {
    Named::from_name(name).unwrap()
}

/// Rules whose secrets are made here.
pub(crate) const RULES: [&str; 10] =
    ["email", "payment-card", "bearer", "aws-key", "jwt", "phone", "ip", "iban", "us-ssn", "secret"];

/// A secret of a rule.
pub(crate) fn secret(rule: Named, random: &mut Random) -> Secret {
    match rule.name() {
        "email" => email(random),
        "payment-card" => card(random),
        "bearer" => bearer(random),
        "aws-key" => aws_key(random),
        "jwt" => jwt(random),
        "phone" => phone(random),
        "ip" => ip(random),
        "iban" => iban(random),
        "us-ssn" => ssn(random),
        "secret" => by_key(random),
        name => unreachable!("no secrets of the rule {name} are made here"),
    }
}

fn whole(rule: Named, text: String) -> Secret {
    Secret { rule, parts: vec![text.clone()], text, keyed: None }
}

fn email(random: &mut Random) -> Secret {
    let (first, last) = (random.text(LOWER, 6), random.text(LOWER, 7));
    let local = match random.below(6) {
        0 => format!("{first}+{last}"),
        1 => format!("{first}_{last}-x"),
        2 => format!("{}.{last}", first.to_uppercase()),
        3 => format!("{first}é{last}"),
        _ => format!("{first}.{last}"),
    };
    let host = random.text(LOWER, 8);
    let domain = random.pick(&["com", "co.uk", "museum", "de", "xn--p1ai", "io"]);
    let parts = vec![first, last, host.clone()];
    Secret { rule: named("email"), text: format!("{local}@{host}.{domain}"), parts, keyed: None }
}

fn card(random: &mut Random) -> Secret {
    let (prefix, length) = random.pick(&[
        ("4", 16),
        ("4", 13),
        ("4", 19),
        ("51", 16),
        ("55", 16),
        ("2221", 16),
        ("2720", 16),
        ("34", 15),
        ("37", 15),
        ("300", 14),
        ("36", 14),
        ("6011", 16),
        ("65", 16),
        ("62", 16),
        ("62", 19),
        ("3530", 16),
        ("2202", 16),
        ("5018", 16),
        ("6759", 18),
        ("508", 16),
        ("2131", 15),
        ("56", 16),
    ]);
    let mut number = format!("{prefix}{}", random.digits(length - prefix.len() - 1));
    let check = (0..10).map(|digit| format!("{number}{digit}")).find(|number| luhn(number)).unwrap();
    number = check;
    let separator = if length > 16 { random.pick(&[" ", "-", "."]) } else { random.pick(&["", " ", "-", "."]) };
    let parts = vec![number[..8].to_owned(), number[number.len() - 8..].to_owned()];
    let sizes: &[usize] = match length {
        15 => &[4, 6, 5],
        14 => &[4, 6, 4],
        16 => &[4, 4, 4, 4],
        18 => &[4, 4, 4, 4, 2],
        19 => &[4, 4, 4, 4, 3],
        _ => &[],
    };
    let text = if sizes.is_empty() { number } else { grouped(&number, sizes, separator) };
    Secret { rule: named("payment-card"), text, parts, keyed: None }
}

/// The Luhn check, by the book: from the right, every second digit is doubled, and their sums of digits end with zero.
fn luhn(number: &str) -> bool {
    let digits = number.chars().rev().map(|digit| digit.to_digit(10).unwrap());
    let sum: u32 = digits.enumerate().map(|(at, digit)| (digit << (at % 2)) / 10 + (digit << (at % 2)) % 10).sum();
    sum.is_multiple_of(10)
}

fn grouped(text: &str, sizes: &[usize], separator: &str) -> String {
    let mut at = 0;
    let groups = sizes.iter().map(|size| {
        at += size;
        &text[at - size..at]
    });
    groups.collect::<Vec<_>>().join(separator)
}

fn bearer(random: &mut Random) -> Secret {
    let token = format!("{}7{}", random.text(LETTERS, 12), random.text(LETTERS, 12));
    let user = format!("{}:{}", random.text(LOWER, 8), random.text(LETTERS, 10));
    let (text, part) = match random.below(5) {
        0 => (format!("Authorization: Bearer {token}"), token),
        1 => (format!("authorization=Bearer {token}"), token),
        2 => (format!("Basic {}", base64(user.as_bytes())), base64(user.as_bytes())),
        3 => (format!("Proxy-Authorization: Token {token}"), token),
        _ => (format!("Bearer {token}"), token),
    };
    Secret { rule: named("bearer"), text, parts: vec![part.trim_end_matches('=').to_owned()], keyed: None }
}

fn aws_key(random: &mut Random) -> Secret {
    if random.below(2) == 0 {
        let id = format!("{}{}", random.pick(&["AKIA", "ASIA"]), random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
        return whole(named("aws-key"), id);
    }
    let value = random.text(LETTERS, 40);
    let key = random.pick(&["aws_secret_access_key", "SecretAccessKey", "AWS_SESSION_TOKEN", "secretAccessKey"]);
    keyed(named("aws-key"), key, value)
}

fn jwt(random: &mut Random) -> Secret {
    let header = random.pick(&[r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"RS256","kid":"1"}"#]);
    let payload = format!(r#"{{"sub":"{}","n":{}}}"#, random.text(LOWER, 10), random.digits(6));
    let (header, payload) = (base64url(header), base64url(&payload));
    let signature = random.text(LETTERS, 43);
    let parts = vec![payload[4..20].to_owned(), signature.clone()];
    Secret { rule: named("jwt"), text: format!("{header}.{payload}.{signature}"), parts, keyed: None }
}

fn phone(random: &mut Random) -> Secret {
    let area = format!("{}{}", 2 + random.below(8), random.digits(2));
    let exchange = format!("{}{}", 2 + random.below(8), random.digits(2));
    let line = random.digits(4);
    let text = match random.below(14) {
        6 => format!("1-{area}-{exchange}-{line}"),
        7 => format!("001-{area}-{exchange}-{line}x{}", random.digits(3)),
        8 => format!("00{} 1{} {}", 31 + random.below(18), random.digits(2), random.digits(8)),
        9 => format!("07{} {} {}", random.digits(3), random.digits(3), random.digits(3)),
        10 => format!("01{} / {}", random.digits(2), random.digits(7)),
        11 => format!("0{}-{}-{line}", 3 + random.below(6), random.digits(4)),
        12 => format!("({}) 9{}-{line}", 11 + random.below(88), random.digits(4)),
        13 => format!("06.{}.{}.{}.{}", random.digits(2), random.digits(2), random.digits(2), random.digits(2)),
        0 => format!("({area}) {exchange}-{line}"),
        1 => format!("{area}-{exchange}-{line}"),
        2 => format!("+1 {area} {exchange} {line}"),
        3 => format!("+49 1{} {}", random.digits(2), random.digits(8)),
        4 => format!("+44{}{}", 2 + random.below(8), random.digits(9)),
        _ => format!(
            "+33 {} {} {} {} {}",
            1 + random.below(9),
            random.digits(2),
            random.digits(2),
            random.digits(2),
            random.digits(2)
        ),
    };
    whole(named("phone"), text)
}

fn ip(random: &mut Random) -> Secret {
    let octet = |random: &mut Random| random.below(256);
    let text = match random.below(3) {
        0 => format!("2001:db8:{}::{}", random.hex(3), random.hex(3)).replace(":0", ":1"),
        _ => format!("{}.{}.{}.{}", 11 + random.below(240), octet(random), octet(random), octet(random)),
    };
    whole(named("ip"), text)
}

fn iban(random: &mut Random) -> Secret {
    let account = match random.below(4) {
        0 => ("DE", random.digits(18)),
        1 => ("GB", random.text(UPPER, 4) + &random.digits(14)),
        2 => ("NL", random.text(UPPER, 4) + &random.digits(10)),
        _ => ("FR", random.digits(10) + &random.text("ABCDEFGH0123456789", 11) + &random.digits(2)),
    };
    let number = with_check_digits(account.0, &account.1);
    let parts = vec![number[4..12].to_owned(), number[number.len() - 8..].to_owned()];
    let groups: Vec<&str> = (0..number.len()).step_by(4).map(|at| &number[at..number.len().min(at + 4)]).collect();
    let text = groups.join(random.pick(&["", " ", "-"]));
    let text = if random.below(4) == 0 { text.to_lowercase() } else { text };
    Secret { rule: named("iban"), text, parts, keyed: None }
}

/// Check digits that leave a remainder of 1 by 97.
fn with_check_digits(country: &str, account: &str) -> String {
    let rest = |check: u32| {
        let turned = format!("{account}{country}{check:02}");
        turned.chars().fold(0, |rest, letter| {
            let value = letter.to_digit(36).unwrap();
            (rest * if value > 9 { 100 } else { 10 } + value) % 97
        })
    };
    let check = (2..99).find(|check| rest(*check) == 1).unwrap();
    format!("{country}{check:02}{account}")
}

fn ssn(random: &mut Random) -> Secret {
    let area = random.pick(&[1, 123, 219, 457, 665, 667, 772, 899]);
    let (group, serial) = (1 + random.below(99), 1 + random.below(9_999));
    let separator = random.pick(&["-", " "]);
    whole(named("us-ssn"), format!("{area:03}{separator}{group:02}{separator}{serial:04}"))
}

fn by_key(random: &mut Random) -> Secret {
    let key = random.pick(&[
        "password",
        "db_password",
        "DB-PASSWORD",
        "apiKey",
        "api_key",
        "client_secret",
        "access_token",
        "refreshToken",
        "privateKey",
        "passphrase",
        "x-api-key",
        "sessionToken",
        "pwd",
        "user.password",
    ]);
    let value = format!("{}{}", random.text(LETTERS, 10), random.text(LETTERS, 6));
    keyed(named("secret"), key, value)
}

fn keyed(rule: Named, key: &str, value: String) -> Secret {
    Secret { rule, text: format!("{key}={value}"), parts: vec![value.clone()], keyed: Some((key.to_owned(), value)) }
}

/// Base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    out
}

fn base64url(text: &str) -> String {
    base64(text.as_bytes()).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

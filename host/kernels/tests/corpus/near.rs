//! Near misses: what looks like something that a rule is about, and is not. How many of them each rule touches is kept in
//! `near_misses.txt`, so that a change of a rule shows what it costs; `TELESIEVE_BLESS=1` writes it anew.

use std::fmt::Write as _;

use telesieve_kernels::{Named, Place, Scratch};

use crate::precision::all_rules;
use crate::random::Random;
use crate::secrets::{named, secret};

/// Of each form of every rule.
const EACH: usize = 25;

type Make = fn(&mut Random) -> String;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Forms of near misses of a rule, by name.
fn forms(rule: Named) -> &'static [(&'static str, Make)] {
    match rule.name() {
        "email" => &[
            ("package and version", |random| {
                format!("{}@{}.{}.{}", random.text(LOWER, 6), random.below(30), random.below(30), random.below(30))
            }),
            ("decorator", |random| format!("@{}.{}()", random.text(LOWER, 5), random.text(LOWER, 4))),
            ("digest of an image", |random| format!("{}@sha256:{}", random.text(LOWER, 6), random.hex(64))),
            ("user of a host", |random| format!("{}@localhost", random.text(LOWER, 5))),
            ("object of Java", |random| format!("com.example.{}@{}", random.text(LOWER, 8), random.hex(8))),
            ("address of Git", |random| format!("git@{}.com:org/repo.git", random.text(LOWER, 6))),
            ("file of a scale", |random| format!("{}@2x.png", random.text(LOWER, 6))),
        ],
        "payment-card" => &[
            ("wrong check digit", |random| off_by_one(&secret(named("payment-card"), random).text, random)),
            ("no issuer", |random| format!("9{}", random.digits(15))),
            ("part of a longer number", |random| random.digits(25)),
            ("part of a word", |random| format!("x{}", secret(named("payment-card"), random).parts.concat())),
            ("decimal", |random| format!("0.{}", random.digits(16))),
            ("number of an order", |random| format!("{}-{}-{}", random.digits(3), random.digits(7), random.digits(7))),
        ],
        "bearer" => &[
            ("sentence", |random| format!("the bearer {} {}", random.text(LOWER, 7), random.text(LOWER, 5))),
            ("plan", |random| format!("Basic {}", random.text(LOWER, 7))),
            ("no credentials", |random| format!("{} Bearer token", random.text(LOWER, 4))),
            ("failure", |random| format!("authorization {}", random.text(LOWER, 6))),
        ],
        "aws-key" => &[
            ("id of a user or role", |random| {
                format!("{}{}", random.pick(&["AIDA", "AROA", "ANPA", "AGPA"]), random.text("ABCDEFGHIJ234567", 16))
            }),
            ("too long", |random| format!("AKIA{}", random.text("ABCDEFGHIJ234567", 17))),
            ("too short", |random| format!("AKIA{}", random.text("ABCDEFGHIJ234567", 12))),
            ("lower case", |random| format!("akia{}", random.text("abcdefghij234567", 16))),
            ("role", |random| {
                format!("arn:aws:iam::{}:role/{}", random.digits(12).replace(['5', '6'], "1"), random.text(LOWER, 8))
            }),
        ],
        "jwt" => &[
            ("header alone", |random| format!("eyJ{}", random.text(LETTERS, 30))),
            ("file name", |random| format!("eyJ{}.json", random.text(LETTERS, 12))),
            ("in a word", |random| format!("heyJ{0}.eyJ{0}", random.text(LETTERS, 8))),
            ("names with dots", |random| {
                format!("{}.{}.{}", random.text(LETTERS, 20), random.text(LETTERS, 30), random.text(LETTERS, 20))
            }),
        ],
        "phone" => &[
            ("time with an offset", |random| {
                format!("2026-03-{:02} 19:32:{:02} +0{}:00", 1 + random.below(28), random.below(60), random.below(10))
            }),
            ("ten digits", |random| random.digits(10)),
            ("date", |random| {
                format!("{:02}-{:02}-20{:02}", 1 + random.below(28), 1 + random.below(12), random.below(40))
            }),
            ("difference", |random| format!("+{} ms", random.below(10_000))),
            ("coordinates", |random| {
                format!("+{}.{}, -{}.{}", random.below(90), random.digits(6), random.below(180), random.digits(6))
            }),
            ("number of a part", |random| format!("{}-{}-{}", random.digits(4), random.digits(3), random.digits(5))),
        ],
        "ip" => &[
            ("version", |random| {
                format!("v{}.{}.{}.{}", random.below(20), random.below(20), random.below(20), random.below(20))
            }),
            ("version of a product", |random| {
                format!("Firefox/{}.{}.{}.{}", random.below(120), random.below(20), random.below(20), random.below(20))
            }),
            ("object identifier", |random| format!("1.3.6.1.4.1.{}", random.below(50_000))),
            ("out of range", |random| format!("{}.{}.1.1", 256 + random.below(700), random.below(256))),
            ("time", |random| format!("{:02}:{:02}:{:02}", random.below(24), random.below(60), random.below(60))),
            ("hardware address", |random| (0..6).map(|_| random.hex(2)).collect::<Vec<_>>().join(":")),
            ("path in a program", |random| format!("{}::{}::new", random.text("abcdef", 4), random.text("abcdef", 3))),
            ("version of a package", |random| {
                format!("lib-{}.{}.{}.{}.jar", random.below(20), random.below(20), random.below(20), random.below(20))
            }),
        ],
        "iban" => &[
            ("wrong check digits", |random| off_by_one(&secret(named("iban"), random).text, random)),
            ("no country", |random| format!("XX{}", random.digits(20))),
            ("too short", |random| format!("DE{}", random.digits(19))),
            ("hex digits", |random| format!("de{}", random.hex(20))),
            ("part of a word", |random| format!("X{}", secret(named("iban"), random).parts.concat())),
        ],
        "us-ssn" => &[
            ("area that is not given out", |random| {
                format!("9{}-{}-{}", random.digits(2), random.below(40) + 10, random.digits(4))
            }),
            ("nine digits", |random| random.digits(9)),
            ("group of zeros", |random| format!("{}-00-{}", random.digits(3), random.digits(4))),
            ("more digits", |random| format!("{}-{}-{}", random.digits(3), random.digits(2), random.digits(5))),
            ("mixed separators", |random| format!("{}-{} {}", random.digits(3), random.digits(2), random.digits(4))),
        ],
        "secret" => &[
            ("place in a list", |random| {
                format!("{}={}", random.pick(&["nextToken", "pageToken", "NextToken"]), random.text(LETTERS, 12))
            }),
            ("count", |random| format!("tokens: {}", random.below(5_000))),
            ("sentence", |random| format!("the password of {} was changed", random.text(LOWER, 6))),
            ("no value", |random| format!("{}: null", random.pick(&["password", "token", "secret"]))),
            ("longer word", |random| format!("passwordless={}", random.below(2) == 0)),
            ("name that ends alike", |random| {
                format!("{}: {}", random.pick(&["monkey", "author", "spin", "turkey"]), random.text(LOWER, 5))
            }),
        ],
        _ => &[],
    }
}

/// With another digit in the place of the last one but three.
fn off_by_one(text: &str, random: &mut Random) -> String {
    let at = text.len() - 4 - text[text.len() - 4..].bytes().take_while(|byte| !byte.is_ascii_digit()).count();
    let at = text[..=at].rfind(|letter: char| letter.is_ascii_digit()).unwrap();
    let digit = text[at..=at].parse::<u64>().unwrap();
    format!("{}{}{}", &text[..at], (digit + 1 + random.below(8)) % 10, &text[at + 1..])
}

#[test]
fn near_misses_are_told_apart() {
    const SEED: u64 = 11;
    let rules = all_rules();
    let mut scratch = Scratch::default();
    let mut random = Random::new(SEED);
    let (mut details, mut summary, mut all) = (String::new(), String::new(), 0);
    for (rule, number) in Named::all().zip(0_u16..).filter(|(rule, _)| !forms(*rule).is_empty()) {
        let (mut made, mut touched) = (0, 0);
        for (form, make) in forms(rule) {
            let hits = (0..EACH).map(|_| serde_json::json!({"a": make(&mut random)}).to_string());
            let hits = hits.map(|record| rules.scrub(&record, &Place::Whole, &mut scratch).hits);
            let wrong = hits.filter(|hits| hits.iter().any(|(rule, _)| *rule == number)).count();
            let name = rule.name();
            writeln!(details, "{name:<14}{form:<32}{EACH:>6}{wrong:>9}").unwrap();
            (made, touched) = (made + EACH, touched + wrong);
        }
        // Of as many secrets, all are found: that is the other test.
        let precision = made as f64 / (made + touched) as f64;
        writeln!(summary, "{:<14}{:<32}{made:>6}{touched:>9}{precision:>11.3}", rule.name(), "").unwrap();
        all += made;
    }
    assert!(all >= 500, "{all} are too few");
    let head = format!("{:<14}{:<32}{:>6}{:>9}", "rule", "near miss", "made", "touched");
    compare(&format!("{head}\n{details}\n{head}{:>11}\n{summary}", "precision"));
}

fn compare(table: &str) {
    if std::env::var_os("TELESIEVE_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/near_misses.txt");
        std::fs::write(path, table).unwrap();
        return;
    }
    assert_eq!(table, include_str!("near_misses.txt"), "TELESIEVE_BLESS=1 writes it anew");
}

//! Numbers made at random: those that pass are found, and no more pass than is said.

use super::*;
use crate::rules::LIST;

/// All countries, as the list of rules has them.
fn countries() -> [&'static Country; 45] {
    [
        &UK, &DE, &FR, &ES, &IT, &NL, &BE, &PL, &SE, &NO, &DK, &FI, &AT, &CH, &PT, &IE, &CZ, &RO, &BG, &HR, &GR, &EE,
        &LT, &SI, &UA, &US, &CA, &MX, &BR, &AR, &CL, &CO, &AU, &NZ, &IN, &SG, &TW, &MY, &KR, &JP, &CN, &TH, &ZA, &TR,
        &IL,
    ]
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn pick(&mut self, from: &str) -> char {
        from.chars().nth(self.below(from.len())).unwrap_or('0')
    }

    /// Something of a shape, with these separators.
    fn of_shape(&mut self, shape: &str, separator: &str) -> String {
        let mut text = String::new();
        for wanted in shape.chars() {
            match wanted {
                '9' => text.push(self.pick("0123456789")),
                'A' => text.push(self.pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
                '*' => text.push(self.pick("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
                '+' => text.push(self.pick("-+A")),
                '-' => text.push_str(separator),
                other => text.push(other),
            }
        }
        text
    }
}

fn hits(country: &Country, text: &str) -> Vec<String> {
    let mut hits = Vec::new();
    country.find(&Subject::of(text), &mut hits);
    hits.into_iter().map(|hit| text[hit].to_owned()).collect()
}

/// Random numbers of a shape that pass, of so many.
fn passing(number: &Number, random: &mut Random, draws: usize) -> Vec<String> {
    let passes = |text: &String| (number.check)(text.as_bytes());
    (0..draws).map(|_| random.of_shape(number.shape, "")).filter(passes).collect()
}

#[test]
fn all_countries_are_rules() {
    let names: Vec<&str> = LIST.iter().map(|rule| rule.info().name).collect();
    for country in countries() {
        assert!(names.contains(&country.about.name), "{}", country.about.name);
        for number in country.numbers {
            assert!(number.shape.bytes().filter(|byte| *byte != b'-').count() <= LONGEST, "{}", number.shape);
            assert!(number.when == When::Named || number.one_in > 250 || number.shape.contains(['-', 'A', '*']));
            assert!(!number.names.is_empty() && number.when != When::Separated || number.shape.contains('-'));
        }
    }
}

#[test]
fn as_many_random_numbers_pass_as_is_said() {
    const DRAWS: usize = if cfg!(debug_assertions) { 8_000 } else { 40_000 };
    let mut random = Random(7);
    let mut wrong = Vec::new();
    for country in countries() {
        for number in country.numbers {
            let found = passing(number, &mut random, DRAWS).len();
            let most = DRAWS as f64 / f64::from(number.one_in) * 1.3 + 8.0;
            if found as f64 > most {
                wrong.push(format!("{} {}: {found}", country.about.name, number.shape));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "of {DRAWS}");
}

#[test]
fn numbers_that_pass_are_found_when_they_count() {
    let mut random = Random(8);
    for country in countries() {
        for number in country.numbers {
            for text in passing(number, &mut random, 10_000).into_iter().take(40) {
                let name = number.names[0];
                assert!(hits(country, &format!("{name}: {text}.")).contains(&text), "{name}: {text}");
                if number.when == When::Alone {
                    assert!(hits(country, &format!("got {text}, ok")).contains(&text), "{text}");
                }
            }
        }
    }
}

#[test]
fn separators_count_where_they_are_asked_for() {
    let mut random = Random(9);
    for country in countries() {
        for number in country.numbers.iter().filter(|number| number.when == When::Separated) {
            let separated = (0..10_000).map(|_| random.of_shape(number.shape, "-"));
            let good = separated.filter(|text| (number.check)(text.replace('-', "").as_bytes()));
            for text in good.take(40) {
                assert_eq!(hits(country, &format!("got {text}, ok")), std::slice::from_ref(&text));
                assert_eq!(hits(country, &format!("got {}, ok", text.replace('-', ""))), [""; 0]);
            }
        }
    }
}

#[test]
fn spaces_beyond_ascii_separate_groups() {
    assert_eq!(hits(&BR, "111\u{a0}444\u{a0}777\u{a0}35"), ["111\u{a0}444\u{a0}777\u{a0}35"]);
}

/// Unix times, in seconds and in milliseconds, block ids, UUIDs and hashes: what logs are full of.
#[test]
fn identifiers_of_logs_stay() {
    const LINES: usize = if cfg!(debug_assertions) { 500 } else { 20_000 };
    let mut random = Random(10);
    let kinds: [(&str, &str, usize); 8] = [
        ("at 1999999999 done", "Unix time", 0),
        // Those of Romania, South Africa, and of Slovenia are as long, and 1 in 250 passes one of their checks.
        ("at 1799999999999 done", "Unix time, ms", LINES / 200 + 5),
        ("blk_9999999999999999999", "block", 0),
        ("blk_-999999999999999999", "block", 0),
        ("pod-999999-9999", "pod", 0),
        ("port 99999 of 999999", "ports", 0),
        ("v9.99.999", "version", 0),
        ("took 9999999 ms", "duration", 0),
    ];
    for (shape, name, most) in kinds {
        let mut touched = 0;
        for _ in 0..LINES {
            let line: String =
                shape.chars().map(|sign| if sign == '9' { random.pick("0123456789") } else { sign }).collect();
            touched += usize::from(countries().iter().any(|country| !hits(country, &line).is_empty()));
        }
        assert!(touched <= most, "{touched} of {LINES}: {name}");
    }
}

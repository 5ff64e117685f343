//! Tokens made of the rows themselves, in the places where tokens turn up, and what only looks like them.

use super::rows::{INFIXED, PREFIXED, Part};
use super::*;
use crate::rules::rule::{blanked, found};

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("ASCII") % limit
    }

    fn of(&mut self, alphabet: Alphabet, length: usize) -> String {
        let bytes: Vec<u8> =
            (0..128).filter(|byte| alphabet.holds(*byte) && !matches!(byte, b'=' | b'%' | b'.')).collect();
        (0..length).map(|_| char::from(bytes[self.below(bytes.len())])).collect()
    }

    fn part(&mut self, part: &Part) -> String {
        match part {
            Part::Sign(sign) => (*sign).to_owned(),
            Part::Run(alphabet, min, max) => {
                let more = self.below(usize::from(max - min).min(12) + 1);
                self.of(*alphabet, usize::from(*min) + more)
            }
        }
    }

    fn token(&mut self, row: &Row) -> String {
        let mut before: Vec<String> = row.before.iter().map(|part| self.part(part)).collect();
        before.reverse();
        let parts: Vec<String> = row.parts.iter().map(|part| self.part(part)).collect();
        format!("{}{}{}", before.concat(), row.prefix, parts.concat())
    }
}

fn find(text: &str) -> Vec<Range<usize>> {
    found(&VendorToken, text)
}

fn rest(text: &str) -> String {
    blanked(&VendorToken, text)
}

const PLACES: &[&str] = &[
    "@",
    "we used @ here",
    "it was @.",
    "id=@&b=c",
    "id: '@'",
    "{\"id\":\"@\"}",
    r"line\n@",
    r"line\t@\n",
    "https://example.com/a/@/b",
    "https://example.com/a?id=@",
    "a%3D@",
    r"a\u003d@",
    "[31m@[0m",
    "x-@",
    "(@)",
];

#[test]
fn there_are_many_rows() {
    assert!(PREFIXED.len() + INFIXED.len() >= 130);
}

#[test]
fn tokens_of_every_row_are_hit() {
    let mut random = Random(1);
    for row in PREFIXED.iter().chain(INFIXED) {
        let (mut made, mut missed) = (0, Vec::new());
        for place in PLACES.iter().cycle().take(60) {
            let token = random.token(row);
            if !holds_run(token.as_bytes(), 0..token.len()) {
                continue;
            }
            made += 1;
            let rest = rest(&place.replace('@', &token));
            if token.as_bytes().windows(4).any(|part| rest.contains(str::from_utf8(part).expect("ASCII"))) {
                missed.push((place, token, rest));
            }
        }
        assert!(made >= 10 && missed.is_empty(), "{} {}: {missed:?} of {made}", row.vendor, row.prefix);
    }
}

#[test]
fn prefixes_may_start_where_tokens_do() {
    let mut random = Random(2);
    for row in PREFIXED {
        for place in PLACES {
            let text = place.replace('@', &random.token(row));
            assert!((0..text.len()).any(|at| matching::may_start(text.as_bytes(), at)), "{text}");
        }
    }
    let text = b"2026-11-30T10:00:00Z INFO request 8f14e45f-ceea-467f-a830-4b2d4c6d3b1a took 12 ms";
    assert!((0..text.len()).all(|at| !matching::may_start(text, at)));
}

#[test]
fn named_keys_are_hit() {
    let mut random = Random(3);
    for vendor in ["datadog", "Heroku", "CLOUDFLARE", "circle_ci".trim_end_matches("_ci"), "PagerDuty"] {
        for name in ["api key", "_TOKEN =", " secret:", "-auth-key \"", " access token is"] {
            let key = random.of(Alphabet::HEX, 32);
            let rest = rest(&format!("the {vendor}{name} {key}"));
            assert!(vendor == "circle" || !rest.contains(&key[..4]), "{rest}");
        }
    }
}

fn near_misses(random: &mut Random) -> Vec<String> {
    let hex = |random: &mut Random, length| random.of(Alphabet::LOWER_HEX, length);
    let uuid = |random: &mut Random| [8, 4, 4, 4, 12].map(|length| random.of(Alphabet::LOWER_HEX, length)).join("-");
    vec![
        uuid(random),
        format!("requestId: {}", uuid(random)),
        format!("sha1 {}", hex(random, 40)),
        format!("sha256:{}", hex(random, 64)),
        format!("registry.example.com/app@sha256:{}", hex(random, 64)),
        format!("commit {} of github.com/a/b", hex(random, 40)),
        format!("https://github.com/auth/key/commit/{}", hex(random, 40)),
        format!("md5 {}", hex(random, 32)),
        format!("sha512-{}==", random.of(Alphabet::BASE64, 86)),
        format!("data:image/png;base64,iVBORw0KGgo{}", random.of(Alphabet::BASE64, 400)),
        format!("ETag: \"{}\"", hex(random, 32)),
        format!("pk_live_{}", random.of(Alphabet::ALPHANUMERIC, 24)),
        format!("pk_test_{}", random.of(Alphabet::ALPHANUMERIC, 99)),
        format!("pub-c-{}", uuid(random)),
        format!("phc_{}", random.of(Alphabet::ALPHANUMERIC, 43)),
        format!("sb_publishable_{}", random.of(Alphabet::BASE64URL, 22)),
        format!("Root=1-{}-{}", hex(random, 8), hex(random, 24)),
        format!("/usr/lib/node_modules/{}/index.js", random.of(Alphabet::BASE36, 30)),
        format!("arn:aws:iam::123456789012:role/{}", random.of(Alphabet::ALPHANUMERIC, 30)),
        "the_quick_brown_fox_jumps_over_the_lazy_dog".to_owned(),
        "sk-button-primary-large-disabled-rounded".to_owned(),
        "com.example.application.configuration.TokenProvider".to_owned(),
        "@babel/plugin-transform-modules-commonjs@7.23.0".to_owned(),
    ]
}

#[test]
fn look_alikes_are_left_alone() {
    let mut random = Random(4);
    let texts: Vec<String> = (0..400).flat_map(|_| near_misses(&mut random)).collect();
    let hurt: Vec<&String> = texts.iter().filter(|text| !find(text).is_empty()).collect();
    assert!(hurt.len() * 1_000 <= texts.len(), "{} of {}: {:?}", hurt.len(), texts.len(), hurt.first());
}

#[test]
fn marks_are_left_alone() {
    for mark in ["[REDACTED:vendor-token]", "h:0123456789abcdef0123456789abcdef", "[REDACTED]"] {
        assert!(find(&format!("the datadog api key is {mark}")).is_empty(), "{mark}");
    }
}

#[test]
fn repeated_prefixes_cost_no_more_than_their_length() {
    const LENGTH: usize = 60_000;
    for row in PREFIXED.iter().chain(INFIXED) {
        find(&row.prefix.repeat(LENGTH / row.prefix.len()));
        find(&format!("-{}", row.prefix).repeat(LENGTH / row.prefix.len()));
    }
}

/// What makes a rule look far ahead, again and again: with a rescan from each of these, the test takes minutes.
const HOSTILE: &[&str] = &[
    "a://",
    "a://b:c@",
    "a://b:c/",
    "a://b:/@?",
    "sqlplus a/b",
    "userid=",
    "accountkey=a ",
    "accountkey={a ",
    "accountkey='",
    "password=a;",
    ";pwd=a ",
    "?sig=",
    "&token=a",
    "/reset/",
    "/reset/a",
    "$2a$",
    "$krb5",
    "$1$a ",
    "{md5}",
    "md5$",
    "sha512:",
    ":::",
    "0:::",
    "*0",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN RSA ",
    "PRIVATE KEY",
    "-----END ",
    "Private-Lines:",
    "LS0tLS1C",
    "TFMwdExT",
    "MIIE",
    "AAAA\n",
    "\"kty\"\"d\":\"",
    "hooks.slack.com/services/",
    "make.com/",
    ".m.pipedream.net",
    "/AKCp",
    "ghs_a.",
    "ZXlK",
    "-ZXlK",
    "datadog key 0a0a0a0a0a0a0a0a0a0a0 ",
    "MII\\n",
];

#[test]
fn hostile_texts_cost_no_more_than_their_length() {
    const LENGTH: usize = 150_000;
    for name in ["private-key", "webhook", "url-password", "signed-url", "vendor-token", "password-hash", "jwt"] {
        let rule = super::super::Named::from_name(name).expect("a rule").rule();
        for piece in HOSTILE {
            let text = piece.repeat(LENGTH / piece.len());
            rule.find(&Subject::of(&text), &mut Vec::new());
        }
    }
}

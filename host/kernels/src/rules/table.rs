//! What there is to know about each named rule: for its documentation, and for the test that runs the examples.

use super::Named;
use super::names::{self, KeyNames};

/// What there is to know about a named rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// The rule.
    pub rule: Named,
    /// Its name in configuration.
    pub name: &'static str,
    /// Goes up whenever the rule hits something else than before.
    pub version: u32,
    /// One line.
    pub description: &'static str,
    /// Keys whose values are hit whatever they are, in JSON and in text. `secret` hits those of all rules.
    pub keys: Option<KeyNames>,
    /// What a hit has to pass besides its form.
    pub validator: &'static str,
    /// Whether runs of base64 that stand for text are looked into.
    pub reads_base64: bool,
    /// Texts with the part that must be hit.
    pub hits: &'static [(&'static str, &'static str)],
    /// Texts in which nothing must be hit.
    pub misses: &'static [&'static str],
}

/// All named rules, in the order of [`Named::ALL`].
pub const RULES: &[RuleInfo] = &[
    RuleInfo {
        rule: Named::Email,
        name: "email",
        version: 1,
        description: "E-mail addresses with a domain that has a dot.",
        keys: None,
        validator: "`@` between a local part and a domain whose last label is made of letters or punycode.",
        reads_base64: true,
        hits: &[
            ("user jane.doe+x@mail.example.com logged in", "jane.doe+x@mail.example.com"),
            ("<jane@example.co.uk>.", "jane@example.co.uk"),
            ("müller@bücher.de", "müller@bücher.de"),
            ("o'brien@example.ie", "o'brien@example.ie"),
            ("from 'jane@example.com'", "jane@example.com"),
            ("https://jane@example.com/", "jane@example.com"),
            ("jane@example.com.1", "jane@example.com"),
            ("\u{1b}[32mjane@example.com\u{1b}[0m", "jane@example.com"),
            ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ],
        misses: &[
            "@decorator",
            "root@localhost",
            "lodash@4.17.21",
            "image@sha256:abc",
            "logo@2x.png",
            "a @ b.com",
            "@example.com",
            "x@-a.com",
        ],
    },
    RuleInfo {
        rule: Named::PaymentCard,
        name: "payment-card",
        version: 1,
        description: "Numbers of payment cards: an issuer's prefix and length, the Luhn check, and nothing joined to it.",
        keys: None,
        validator: "An issuer's prefix and length, the Luhn check, and neighbours: no word, decimal number, UUID, ARN or longer number around it.",
        reads_base64: true,
        hits: &[
            ("card 4111111111111111 ok", "4111111111111111"),
            ("4111 1111 1111 1111", "4111 1111 1111 1111"),
            ("4111-1111-1111-1111,", "4111-1111-1111-1111"),
            ("4111 1111 1111 1111 22", "4111 1111 1111 1111"),
            ("4111111111111111-1111", "4111111111111111"),
            ("12 4111 1111 1111 1111", "4111 1111 1111 1111"),
            ("card=378282246310005;", "378282246310005"),
            ("3782 822463 10005", "3782 822463 10005"),
            ("\t5555555555554444", "5555555555554444"),
            ("2223003122003222", "2223003122003222"),
            ("6011111111111117 and", "6011111111111117"),
            ("30569309025904", "30569309025904"),
            ("3530111333300000", "3530111333300000"),
            ("4222222222222", "4222222222222"),
            ("card_4111111111111111", "4111111111111111"),
            ("4111111111111111.", "4111111111111111"),
            ("4111111111111111.00", "4111111111111111"),
            ("41111111 11111111", "41111111 11111111"),
            ("account:589368006401", "589368006401"),
        ],
        misses: &[
            "4111111111111112",
            "1700000000000",
            "1732304000123",
            "x4111111111111111",
            "4111111111111111a",
            "41111111111111111111111",
            "0.4111111111111111",
            "4111111111111111.5",
            "8f14e45f-4111-4111-8111-411111111111",
            "41111111-1111-1111-8000-000000000000",
            "9111111111111111",
            "arn:aws:sqs:us-east-1:589368006401:orders",
            "356-2702204-2833627",
            "00-0dd00dad7a6bb9deb2890509c9d59c38-4546619357521285-01",
            "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        ],
    },
    RuleInfo {
        rule: Named::Bearer,
        name: "bearer",
        version: 2,
        description: "Credentials behind `Bearer` and `Basic`, and values of `Authorization`.",
        keys: Some(names::AUTHORIZATION),
        validator: "Behind `Bearer`: long, or with digits or capitals in it. Behind `Basic`: base64 of text with a colon.",
        reads_base64: true,
        hits: &[
            ("sent Bearer abc123def456 to", "abc123def456"),
            ("bearer aVerySecretToken.", "aVerySecretToken."),
            ("Authorization: Bearer mytoken", "mytoken"),
            ("authorization=Token abcdef, next", "abcdef"),
            ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
            ("using Basic dXNlcjpwYXNz now", "dXNlcjpwYXNz"),
            ("(Basic dXNlcjpwYXNzMQ==).", "dXNlcjpwYXNzMQ=="),
            ("\u{1b}[32mAuthorization: opaque", "opaque"),
            ("\"Authorization\": \"Bearer x y\"", "Bearer x y"),
            ("Authorization: opaque", "opaque"),
            (
                "-H 'Authorization: Digest username=\"jane\", response=\"6629fae4\"\nHost: a",
                "username=\"jane\", response=\"6629fae4\"",
            ),
            ("\"Proxy-Authorization: Digest username=\"a\" next", "username=\"a\" next"),
        ],
        misses: &[
            "bearer of bad news",
            "Bearer token",
            "basic authentication",
            "Basic JavaScript",
            "authorization failed",
        ],
    },
    RuleInfo {
        rule: Named::AwsKey,
        name: "aws-key",
        version: 1,
        description: "AWS access key ids (AKIA, ASIA, ABIA, ACCA, A3T), secret access keys and session tokens.",
        keys: Some(names::AWS),
        validator: "Prefix, length and alphabet of key ids; secrets by the name of their key.",
        reads_base64: true,
        hits: &[
            ("key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"),
            ("ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
            (
                "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            ),
            ("'SecretAccessKey': 'abc def'", "abc def"),
            ("X-Amz-Security-Token=FwoGZXIvYXdzE&X-Amz-Date=1", "FwoGZXIvYXdzE"),
        ],
        misses: &[
            "AKIAIOSFODNN7EXAMPLEX",
            "XAKIAIOSFODNN7EXAMPLE",
            "AKIA1234",
            "AROAIOSFODNN7EXAMPLE",
            "accessKeyId: none",
        ],
    },
    RuleInfo {
        rule: Named::Jwt,
        name: "jwt",
        version: 1,
        description: "JSON web tokens, signed, unsigned, encrypted or cut short behind the payload.",
        keys: None,
        validator: "A header and a payload, or a header, a payload and a signature, in base64url.",
        reads_base64: true,
        hits: &[
            (
                "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl;",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            ),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"),
            ("eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn", "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn"),
            ("eyJ-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJ-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"),
        ],
        misses: &[
            "eyJ-eyJ-eyJ-eyJ",
            "eyJhbGciOiJIUzI1NiJ9",
            "eyJ.eyJ.eyJ",
            "HeyJude1234.eyJx.y",
            "eyJhbGciOiJIUzI1NiJ9.foo",
        ],
    },
    RuleInfo {
        rule: Named::Phone,
        name: "phone",
        version: 1,
        description: "Telephone numbers: international with `+`, and common national formats with separators.",
        keys: None,
        validator: "Country code and length, or groupings that hardly anything else has.",
        reads_base64: false,
        hits: &[
            ("call +49 151 23456789 now", "+49 151 23456789"),
            ("+1 (555) 010-4477", "+1 (555) 010-4477"),
            ("+442079460958", "+442079460958"),
            ("tel:+33-6-12-34-56-78", "+33-6-12-34-56-78"),
            ("(555) 234-4477", "(555) 234-4477"),
            ("555-234-4477,", "555-234-4477"),
            ("555.234.4477", "555.234.4477"),
            ("1-555-234-4477", "555-234-4477"),
            ("0151 23456789", "0151 23456789"),
            ("020 7946 0958", "020 7946 0958"),
            ("06 12 34 56 78", "06 12 34 56 78"),
            ("030/1234567", "030/1234567"),
        ],
        misses: &[
            "1700000000000",
            "5552344477",
            "2024-11-22T19:32:45+0100",
            "2024-11-22 19:32:45 +01:00",
            "192.168.100.200",
            "555-234-44771",
            "a1b2-555-234-4477-ffff",
            "01-02-2024 19:32",
            "took +12 ms",
            "+52.520008, +13.404954",
            "0123456789",
            "x+12345678901",
        ],
    },
    RuleInfo {
        rule: Named::Ip,
        name: "ip",
        version: 2,
        description: "IP addresses, versions 4 and 6.",
        keys: None,
        validator: "Four numbers up to 255 that are no version, or what the standard library reads as an address of version 6.",
        reads_base64: false,
        hits: &[
            ("from 203.0.113.7:443", "203.0.113.7"),
            ("[10.0.0.255]", "10.0.0.255"),
            ("end 10.0.0.1.", "10.0.0.1"),
            ("2001:db8::1 said", "2001:db8::1"),
            ("[fe80::1%eth0]:80", "fe80::1"),
            ("2001:db8:0:0:1:0:0:1: refused", "2001:db8:0:0:1:0:0:1"),
            ("::ffff:203.0.113.7", "::ffff:203.0.113.7"),
            ("at ::1", "::1"),
            ("ip:2001:db8::7", "2001:db8::7"),
            ("remote:2001:db8::7", "2001:db8::7"),
            ("host.example/192.0.2.1:443", "192.0.2.1"),
            ("http://192.0.2.1/", "192.0.2.1"),
            ("https://Host.example/192.0.2.1", "192.0.2.1"),
            ("server 192.0.2.1", "192.0.2.1"),
        ],
        misses: &[
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "v1.2.3.4",
            "Version: 1.2.3.4",
            "release=10.2.3.4",
            "Mozilla/5.0 Edg/120.0.61.7",
            "Chrome/120.0.6099.129",
            "1.2.3.04",
            "12:34:56",
            "std::vec",
            "a::b",
            "aa:bb:cc:dd:ee:ff",
            "::",
        ],
    },
    RuleInfo {
        rule: Named::Iban,
        name: "iban",
        version: 1,
        description: "International bank account numbers: a country's length and the mod 97 check.",
        keys: None,
        validator: "A country's length and ISO 7064 mod 97-10.",
        reads_base64: true,
        hits: &[
            ("DE89370400440532013000", "DE89370400440532013000"),
            ("to DE89 3704 0044 0532 0130 00 EUR 5", "DE89 3704 0044 0532 0130 00"),
            ("gb82 west 1234 5698 7654 32", "gb82 west 1234 5698 7654 32"),
            ("IBAN:NL91ABNA0417164300.", "NL91ABNA0417164300"),
            ("DE89-3704-0044-0532-0130-00", "DE89-3704-0044-0532-0130-00"),
        ],
        misses: &[
            "DE88370400440532013000",
            "DE8937040044053201300",
            "DE893704004405320130001",
            "XDE89370400440532013000",
            "XX89370400440532013000",
            "dd2db37f-2321-4801-be62-9aee1aa1d182",
            "01a79f52-4473-7732-be13-588836806148",
        ],
    },
    RuleInfo {
        rule: Named::UsSsn,
        name: "us-ssn",
        version: 1,
        description: "Social security numbers of the USA with separators, in ranges that are given out.",
        keys: None,
        validator: "Ranges that are given out.",
        reads_base64: true,
        hits: &[("ssn 123-45-6789.", "123-45-6789"), ("123 45 6789", "123 45 6789")],
        misses: &[
            "000-45-6789",
            "666-45-6789",
            "900-45-6789",
            "123-00-6789",
            "123-45-0000",
            "123456789",
            "123-45-67890",
            "1-123-45-6789",
            "123-45 6789",
        ],
    },
    RuleInfo {
        rule: Named::Secret,
        name: "secret",
        version: 2,
        description: "Values of keys such as password, token, secret or apiKey, in JSON at any depth and in text.",
        keys: Some(names::SECRET),
        validator: "The name of the key.",
        reads_base64: true,
        hits: &[
            ("password=hunter2 next", "hunter2"),
            ("token: abc,", "abc"),
            ("\"apiKey\":\"a b\\\"c\"", "a b\\\"c"),
            ("{'client_secret': 'x'}", "x"),
            ("DB_PASSWORD=x;", "x"),
            ("?access_token=abc&n=1", "abc"),
            ("user[password]=x", "x"),
            ("{\"credentials\":{\"a\":[1,2]},\"b\":1}", "{\"a\":[1,2]}"),
            ("\"password\":123456}", "123456"),
            ("secret => s3", "s3"),
            ("password2 := x", "x"),
            ("Cookie: a=b; c=\"d e\"; f=g", "a=b; c=\"d e\"; f=g"),
            ("Authorization: Bearer abc", "abc"),
            ("password: Some(\"hunter2\") }", "Some(\"hunter2\")"),
            ("password: b'hunter2',", "b'hunter2'"),
            ("session id: 1234abcd x", "1234abcd"),
            ("{\"api key\": \"x\"}", "x"),
            ("{\"password\"\t:\n\"x y\"}", "x y"),
            ("k PRIVATE_KEY=-----BEGIN X-----\nMII\n-----END X----- k", "-----BEGIN X-----\nMII\n-----END X-----"),
        ],
        misses: &[
            "password",
            "Enter password:\nhello",
            "password=",
            "the secret of 2",
            "nextToken=abc",
            "tokens: 5",
            "password: null",
            "password: [REDACTED:secret]",
            "token=****",
            "passwordless: 1",
            "author: x",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Family, Names, Subject, keyed, runs};

    fn hits(rule: Named, text: &str) -> Vec<&str> {
        let (mut digits, mut values, mut hits) = (Vec::new(), Vec::new(), Vec::new());
        runs(text.as_bytes(), &mut digits);
        keyed(text.as_bytes(), &Names::default(), rule.family().unwrap_or(Family::NONE), &[], &mut values);
        rule.find(&Subject { text: text.as_bytes(), runs: &digits, keyed: &values, markers: &[] }, &mut hits);
        hits.sort_by_key(|hit| (hit.start, hit.end));
        hits.dedup_by(|next, hit| {
            let overlap = next.start < hit.end;
            hit.end = if overlap { hit.end.max(next.end) } else { hit.end };
            overlap
        });
        hits.into_iter().map(|hit| &text[hit]).collect()
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(RULES.iter().map(|info| info.rule).eq(Named::ALL));
        for info in RULES {
            assert_eq!(Named::from_name(info.name), Some(info.rule));
            assert_eq!(info.rule.name(), info.name);
            assert!(info.version > 0 && info.description.ends_with('.'));
        }
        assert_eq!(Named::from_name("none"), None);
    }

    #[test]
    fn examples_are_hit() {
        let examples =
            RULES.iter().flat_map(|info| info.hits.iter().map(move |(text, hit)| (info.rule, *text, vec![*hit])));
        let wrong: Vec<_> = examples.filter(|(rule, text, hit)| hits(*rule, text) != *hit).collect();
        assert_eq!(wrong, []);
    }

    #[test]
    fn counterexamples_are_not() {
        let examples = RULES.iter().flat_map(|info| info.misses.iter().map(move |text| (info.rule, *text)));
        let wrong: Vec<_> =
            examples.map(|(rule, text)| (rule, text, hits(rule, text))).filter(|wrong| !wrong.2.is_empty()).collect();
        assert_eq!(wrong, []);
    }

    #[test]
    fn triggers_are_in_every_example() {
        for info in RULES {
            for (text, _) in info.hits {
                assert!(crate::signals::Signals::of(text).meets(info.rule.triggers()), "{} in {text}", info.name);
            }
        }
    }
}

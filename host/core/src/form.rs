//! Forms of the values that reach documents beside the record, and that no transform looks at.
//!
//! Ids, kinds and traces come out of telemetry before any transform sees it. Whoever can post to the listener can write
//! anything there, a secret included. So each is shown only if it is made like what it should be. Forms are generous,
//! because the platform adds values as it likes: none is a list. `docs/fields.md` says what is checked how.

/// Bytes of the longest kind. The platform's have up to 32.
const LONGEST_KIND: usize = 64;

/// Bytes of the longest id of a request. Real ones have 36.
const LONGEST_ID: usize = 128;

/// Bytes of the longest time.
const LONGEST_TIME: usize = 48;

/// As many digits in a row, separators left out, may be the number of a person, a card or a phone.
const TELLING_DIGITS: usize = 9;

/// Whether it can be the kind of an event: `platform.initStart`.
pub(crate) fn is_kind(text: &str) -> bool {
    (1..=LONGEST_KIND).contains(&text.len()) && text.as_bytes()[0].is_ascii_alphabetic() && is_word(text, b"._-")
}

/// Whether it can be the id of a request: a UUID, or a word of letters, digits and dashes.
pub(crate) fn is_request_id(text: &str) -> bool {
    is_uuid(text) || (1..=LONGEST_ID).contains(&text.len()) && is_word(text, b"_-")
}

/// `0b7c1f5e-3a52-4d0e-9a41-6f2d8c9e1b30`.
pub(crate) fn is_uuid(id: &str) -> bool {
    let Ok(id): Result<&[u8; 36], _> = id.as_bytes().try_into() else { return false };
    let digits = id.iter().fold(0_u8, |count, byte| count + u8::from(byte.is_ascii_hexdigit()));
    digits == 32 && [8, 13, 18, 23].iter().all(|at| id[*at] == b'-')
}

/// Whether it is the id of a trace: X-Ray's `1-68b9f1c4-7a3e2d1c0b9a8f7e6d5c4b3a`, or 32 hex digits as W3C has them.
pub(crate) fn is_trace_id(text: &str) -> bool {
    let is_hex = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let of_x_ray = text.strip_prefix("1-").and_then(|rest| rest.split_once('-'));
    of_x_ray.map_or_else(|| is_hex(text, 32), |(time, random)| is_hex(time, 8) && is_hex(random, 24))
}

/// Whether a time that can be read is shown: its fraction can hold no long number.
pub(crate) fn is_short_time(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_digit()).all(|digits| digits.len() <= TELLING_DIGITS)
}

/// Whether it can be a time, in whatever notation: `02/Mar/2026:08:15:20 +0000`.
pub(crate) fn is_time(text: &str) -> bool {
    text.len() <= LONGEST_TIME
        && text.split([':', 'T']).all(|part| is_word(part, b"/., +-"))
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Letters, digits and separators, but no long number.
fn is_word(text: &str, separators: &[u8]) -> bool {
    let mut digits = 0;
    text.bytes().all(|byte| {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'a'..=b'z' | b'A'..=b'Z' => digits = 0,
            _ => return separators.contains(&byte),
        }
        digits < TELLING_DIGITS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What must not get through anywhere.
    const SECRETS: [&str; 7] = [
        "jane@example.com",
        "4111111111111111",
        "4111-1111-1111-1111",
        "platform.4111.1111.1111.1111",
        "+49 170 1234567",
        "123-45-6789",
        "a b",
    ];

    #[test]
    fn kinds_are_words() {
        for kind in ["function", "platform.initStart", "platform.brand-new_Thing2", "a"] {
            assert!(is_kind(kind), "{kind}");
        }
        let long = "k".repeat(LONGEST_KIND + 1);
        for other in SECRETS.iter().copied().chain(["", ".a", "platform.é", &long]) {
            assert!(!is_kind(other), "{other}");
        }
    }

    #[test]
    fn ids_of_requests_are_uuids_or_words() {
        for id in ["0b7c1f5e-3a52-4d0e-9a41-6f2d8c9e1b30", "01234567-8901-2345-6789-012345678901", "r-1", "f00d_2"] {
            assert!(is_request_id(id), "{id}");
        }
        let long = "a".repeat(LONGEST_ID + 1);
        for other in SECRETS.iter().copied().chain(["", "a.b", &long]) {
            assert!(!is_request_id(other), "{other}");
        }
    }

    #[test]
    fn times_are_made_of_short_numbers() {
        for time in
            ["02/Mar", "Mon, 02 Mar 2026 08:15:20 GMT", "2026-03-02T08:15:61.290417Z", "02/Mar/2026:08:15:20 +0000"]
        {
            assert!(is_time(time), "{time}");
        }
        for other in SECRETS.iter().copied().filter(|secret| *secret != "a b").chain(["", "today", "::"]) {
            assert!(!is_time(other), "{other}");
        }
    }

    #[test]
    fn fractions_end_at_nanoseconds() {
        assert!(is_short_time("2026-03-02T08:15:20.290417123+01:00"));
        assert!(!is_short_time("2026-03-02T08:15:20.4111111111111111Z"));
    }

    #[test]
    fn traces_are_those_of_x_ray_and_w3c() {
        for id in ["1-68b9f1c4-7a3e2d1c0b9a8f7e6d5c4b3a", "4BF92F3577B34DA6A3CE929D0E0E4736"] {
            assert!(is_trace_id(id), "{id}");
        }
        let odd =
            ["", "1-", "1-68b9f1c4", "1-68b9f1c4-7a3e", "2-68b9f1c4-7a3e2d1c0b9a8f7e6d5c4b3a", "1-68b9f1c4-7a3e-1"];
        for other in SECRETS.iter().copied().chain(odd) {
            assert!(!is_trace_id(other), "{other}");
        }
    }
}

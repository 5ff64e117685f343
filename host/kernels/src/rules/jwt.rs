//! JSON web tokens: a header that starts with `eyJ` (`{"` in base64url), then a payload and a signature behind dots. A
//! payload that starts with `eyJ` as well is enough, so that a token that was cut short does not show its claims.
//! Encrypted tokens have five parts, some of them empty.

use memchr::memchr_iter;

use super::token::Alphabet;
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, shown};
use crate::bytes::{self, word_before};
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct Jwt;

static ABOUT: RuleInfo = RuleInfo {
    name: "jwt",
    group: Group::Secrets,
    by_default: true,
    version: 2,
    description: "JSON web tokens, signed, unsigned, encrypted, cut short behind the payload, or base64-encoded once more.",
    keys: None,
    validator: "A header and a payload, or a header, a payload and a signature, in base64url.",
    reads_base64: true,
    hits: shown(&[
        ("t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl;", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"),
        ("eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn", "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn"),
        (
            "t=ZXlKaGJHY2lPaUpJVXpJMU5pSjkuZXlKemRXSWlPaUl4SW4wLmMybG4",
            "ZXlKaGJHY2lPaUpJVXpJMU5pSjkuZXlKemRXSWlPaUl4SW4wLmMybG4",
        ),
        ("eyJ-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJ-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"),
    ]),
    misses: shown(&[
        "eyJ-eyJ-eyJ-eyJ",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJ.eyJ.eyJ",
        "HeyJude1234.eyJx.y",
        "eyJhbGciOiJIUzI1NiJ9.foo",
    ]),
};

impl BuiltIn for Jwt {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER
    }

    fn clues(&self) -> Clues {
        Clues::JSON
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        let text = subject.text;
        find_encoded(text, hits);
        let mut searched = 0;
        for at in memchr_iter(b'J', text) {
            let Some(start) = at.checked_sub(2).filter(|start| *start >= searched) else { continue };
            if &text[start..at] != b"ey" || word_before(text, start) {
                continue;
            }
            // Whatever starts within this header ends with it: looking at it again would be quadratic.
            searched = part_end(text, start);
            if let Some(end) = token_end(text, start, searched) {
                hits.push(start..end);
                searched = end;
            }
        }
    }
}

/// Base64 of a token, or of JSON in base64 as some API keys are: it begins with that of `eyJ`.
fn find_encoded(text: &[u8], hits: &mut Hits) {
    /// Less is no token.
    const SHORTEST: usize = 40;
    let mut searched = 0;
    for at in bytes::find_iter(text, b"ZXlK") {
        if at < searched || word_before(text, at) {
            continue;
        }
        searched = Alphabet::PADDED.end(text, at);
        if searched - at >= SHORTEST {
            hits.push(at..searched);
        }
    }
}

const SHORTEST_HEADER: usize = 8;

/// Where a token ends whose header is `start..header_end`.
fn token_end(text: &[u8], start: usize, header_end: usize) -> Option<usize> {
    if header_end - start < SHORTEST_HEADER {
        return None;
    }
    let payload = next_part(text, header_end)?;
    let payload_end = part_end(text, payload);
    let is_plain = text[payload..payload_end].starts_with(b"eyJ");
    match next_part(text, payload_end) {
        Some(third) if is_plain || part_end(text, third) > third => Some(last_part_end(text, third)),
        _ => is_plain.then_some(payload_end),
    }
}

/// Behind the signature, or behind the fifth part.
fn last_part_end(text: &[u8], third: usize) -> usize {
    let mut end = part_end(text, third);
    for _ in 0..2 {
        let Some(part) = next_part(text, end).filter(|part| part_end(text, *part) > *part) else { break };
        end = part_end(text, part);
    }
    end
}

fn next_part(text: &[u8], end: usize) -> Option<usize> {
    (text.get(end) == Some(&b'.')).then_some(end + 1)
}

fn part_end(text: &[u8], start: usize) -> usize {
    Alphabet::BASE64URL.end(text, start)
}

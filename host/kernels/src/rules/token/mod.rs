//! Tokens and keys of vendors: by a form of their own ([`rows`]), or by the vendor's name in front of a value that looks
//! made by a machine ([`context`]).
//!
//! Check digits and entropy decide nothing: what was cut or made up for an example is a token, too. A form that is only a
//! number of hex digits is none, because hashes and ids have it as well.

mod alphabet;
mod context;
mod custom;
mod matching;
mod rows;
mod vendors;

use std::ops::Range;

pub(super) use self::alphabet::Alphabet;
pub use self::custom::{TokenForm, TokenFormError};
use self::rows::Row;
pub(crate) use self::{matching::may_start, vendors::is_vendor};
use super::{BuiltIn, Clues, Group, Hits, RuleInfo, Subject, is_marked, shown};
use crate::bytes;
use crate::signals::Signals;

/// See [`ABOUT`].
pub(super) struct VendorToken;

static ABOUT: RuleInfo = RuleInfo {
    name: "vendor-token",
    group: Group::Secrets,
    by_default: true,
    version: 1,
    description: "Tokens and keys of more than a hundred vendors that have a form of their own, or the vendor's name in front.",
    keys: None,
    validator: "Prefix or infix, alphabet and least length. Without a form: the vendor's name and the word for a secret within 40 characters.",
    reads_base64: true,
    hits: shown(&[
        ("push with ghp_abcdefghijklmnopqrstuvwxyz0123456789.", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("https://x/?id=glpat-abcdefghij0123456789&a=b", "glpat-abcdefghij0123456789"),
        ("run 0123abcd-glpat-abcdefghij0123456789", "glpat-abcdefghij0123456789"),
        (r"a\nsk-ant-api03-abcdefghij0123456789abcdefghij", "sk-ant-api03-abcdefghij0123456789abcdefghij"),
        (
            "SG.abcdefghij0123456789ab.abcdefghij0123456789abcdefghij0123456789abc",
            "SG.abcdefghij0123456789ab.abcdefghij0123456789abcdefghij0123456789abc",
        ),
        ("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"),
        ("the Datadog API key is 0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
    ]),
    misses: shown(&[
        "commit 0123456789abcdef0123456789abcdef01234567 on github",
        "the docker image sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "request 8f14e45f-ceea-467f-a830-4b2d4c6d3b1a",
        "npm_config_registry_of_the_whole_project",
        "pk_live_abcdefghijklmnopqrstuvwx",
        "pub-c-8f14e45f-ceea-467f-a830-4b2d4c6d3b1a",
        "xghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ]),
};

impl BuiltIn for VendorToken {
    fn info(&self) -> &'static RuleInfo {
        &ABOUT
    }

    fn signals(&self) -> Signals {
        Signals::LETTER | Signals::DIGIT
    }

    fn clues(&self) -> Clues {
        Clues::RUN | Clues::NAME
    }

    fn reads_names(&self) -> bool {
        true
    }

    fn find(&self, subject: &Subject<'_>, hits: &mut Hits) {
        find_prefixed(subject.text, hits);
        for row in rows::INFIXED {
            find_infixed(subject.text, row, hits);
        }
        find_named(subject, hits);
    }
}

/// Tokens by what they begin with.
fn find_prefixed(text: &[u8], hits: &mut Hits) {
    let mut at = 0;
    while at < text.len() {
        let Some(end) = token_end_at(text, at) else {
            at += 1;
            continue;
        };
        if is_told(text, at..end) {
            hits.push(at..end);
        }
        // Whatever else begins in here ends with it: looking at it again would be quadratic.
        at = end;
    }
}

/// Where the longest token ends that starts at a place.
fn token_end_at(text: &[u8], at: usize) -> Option<usize> {
    if !matching::is_first(text, at) {
        return None;
    }
    let mut found = None;
    for row in matching::rows_at(text, at) {
        if let Some(end) = matching::token_end(text, at, row) {
            found = found.max(Some(matching::run_on(text, end, row)));
        }
    }
    found
}

/// Whether what has the form of a token is one.
fn is_told(text: &[u8], token: Range<usize>) -> bool {
    !is_in_blob(text, token.start) && holds_run(text, token)
}

/// Tokens of a row by what is in them.
fn find_infixed(text: &[u8], row: &Row, hits: &mut Hits) {
    let mut searched = 0;
    for at in bytes::find_iter(text, row.prefix.as_bytes()) {
        if at < searched {
            continue;
        }
        let Some(token) = matching::around_infix(text, at, row) else { continue };
        let end = matching::run_on(text, token.end, row);
        searched = end;
        if is_told(text, token.start..end) {
            hits.push(token.start..end);
        }
    }
}

/// Keys without a form, by their vendor's name.
fn find_named(subject: &Subject<'_>, hits: &mut Hits) {
    let mut from = 0;
    while let Some(run) = context::next_run(subject.text, from) {
        from = run.end;
        if context::is_named_key(subject.text, &run) && !is_mark(subject, &run) {
            hits.push(run);
        }
    }
}

/// Whether a run is a part of what telesieve put there.
fn is_mark(subject: &Subject<'_>, run: &Range<usize>) -> bool {
    let start = if subject.text[..run.start].ends_with(b"h:") { run.start - 2 } else { run.start };
    is_marked(subject.text, &(start..run.end), subject.markers)
}

/// Whether the run of base64 that [`Clues::RUN`] promises is in a token or touches it.
pub(super) fn holds_run(text: &[u8], token: Range<usize>) -> bool {
    const LENGTH: usize = 20;
    let mut length = 0;
    let limit = text.len().min(token.end + LENGTH);
    text[token.start.saturating_sub(LENGTH)..limit].iter().any(|byte| {
        length = if Alphabet::ANY_BASE64.holds(*byte) { length + 1 } else { 0 };
        length >= LENGTH
    })
}

/// Whether a place behind `+` or `/` is in the middle of base64, where any prefix may come up by chance.
fn is_in_blob(text: &[u8], at: usize) -> bool {
    const ENOUGH: usize = 24;
    let Some(start) = at.checked_sub(ENOUGH) else { return false };
    let before = &text[start..at];
    let any = |is_kind: fn(&u8) -> bool| before.iter().any(is_kind);
    matches!(before.last(), Some(b'+' | b'/'))
        && before.iter().all(|byte| Alphabet::BASE64.holds(*byte))
        && any(u8::is_ascii_digit)
        && any(u8::is_ascii_uppercase)
        && any(u8::is_ascii_lowercase)
}

#[cfg(test)]
mod tests;

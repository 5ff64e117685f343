//! Writes a record anew, with what each hit becomes in its place.

use std::borrow::Cow;
use std::cmp::Reverse;

use telesieve_core::json;

use super::{Detector, Hit, Ruleset, Scratch, Scrubbed};
use crate::action::Action;
use crate::decode::spelled_out;
use crate::encoded::Spelling;
use crate::hash::canonical;
use crate::rules::Family;

/// What is left of a value without quotes in text of which nothing is left.
const NO_VALUE: &str = "''";

/// Applies the hits that a scan left in `scratch`.
pub(super) fn render<'a>(rules: &Ruleset, record: &'a str, scratch: &mut Scratch) -> Scrubbed<'a> {
    if scratch.hits.is_empty() {
        return Scrubbed {
            record: Cow::Borrowed(record),
            drop: false,
            hits: Vec::new(),
            settled: !scratch.has_ignored,
        };
    }
    let drop = scratch.hits.iter().any(|hit| matches!(action(rules, hit), Action::DropRecord));
    unite(&mut scratch.hits);
    if drop {
        return Scrubbed { record: Cow::Borrowed("null"), drop, hits: count(&scratch.hits), settled: false };
    }
    scratch.hits.retain(|hit| changes(record, hit, action(rules, hit)));
    if scratch.hits.is_empty() {
        return Scrubbed { record: Cow::Borrowed(record), drop, hits: Vec::new(), settled: false };
    }
    let hits = count(&scratch.hits);
    scratch.quotes.sort_unstable();
    scratch.quotes.dedup();
    let mut writer =
        Writer { rules, record, quotes: &scratch.quotes, at: 0, out: String::with_capacity(record.len() + 64) };
    for hit in &scratch.hits {
        writer.splice(hit, action(rules, hit));
    }
    writer.copy(record.len());
    Scrubbed { record: Cow::Owned(writer.out), drop, hits, settled: false }
}

fn action<'r>(rules: &'r Ruleset, hit: &Hit) -> &'r Action {
    &rules.rules[usize::from(hit.rule)].action
}

/// What was hit: decoded text, or what stands for a value that is no string.
fn text_of(record: &str, hit: &Hit) -> String {
    let raw = &record[hit.start..hit.end];
    if hit.spelling.level() == 0 { canonical(raw).into_owned() } else { spelled_out(raw, hit.spelling) }
}

/// Whether anything becomes of a hit. What was masked or cut before is found again by the name of its key, and stays as it
/// is: that is no hit.
fn changes(record: &str, hit: &Hit, action: &Action) -> bool {
    match action {
        Action::Mask { .. } | Action::Truncate { .. } if hit.spelling.level() > 0 => {
            let text = text_of(record, hit);
            action.apply(&text) != text
        }
        _ => true,
    }
}

/// Makes one hit of those that overlap. The first rule wins; how often to decode the text is said by the longest of its
/// hits, because a shorter one may have seen but a part of it, behind an escape.
fn unite(hits: &mut Vec<Hit>) {
    hits.sort_unstable();
    let (mut kept, mut winner) = (0, hits[0]);
    for index in 1..hits.len() {
        let (hit, next) = (hits[kept], hits[index]);
        let overlap = next.start < hit.end || next.start == hit.start;
        if !overlap {
            kept += 1;
        }
        winner = if overlap && rank(&winner) <= rank(&next) { winner } else { next };
        let (start, end) = if overlap { (hit.start, hit.end.max(next.end)) } else { (next.start, next.end) };
        hits[kept] = Hit { start, end, ..winner };
    }
    hits.truncate(kept + 1);
}

fn rank(hit: &Hit) -> (u16, Reverse<usize>, Spelling) {
    (hit.rule, Reverse(hit.end - hit.start), hit.spelling)
}

/// How often each rule hit.
fn count(hits: &[Hit]) -> Vec<(u16, u32)> {
    let mut rules: Vec<u16> = hits.iter().map(|hit| hit.rule).collect();
    rules.sort_unstable();
    let counts = rules.chunk_by(|rule, next| rule == next);
    counts.map(|same| (same[0], u32::try_from(same.len()).unwrap_or(u32::MAX))).collect()
}

impl Ruleset {
    /// Text that is the same for a value however its groups are separated, so that it has the same token.
    fn same_text(&self, hit: &Hit, text: String) -> String {
        match &self.rules[usize::from(hit.rule)].detector {
            Detector::Named(rule) => rule.rule().same_text(text),
            Detector::Pattern(_) | Detector::Checked(..) | Detector::Keys(_) | Detector::Token(_) => text,
        }
    }
}

struct Writer<'w> {
    rules: &'w Ruleset,
    record: &'w str,
    /// What is left of the places of quotes.
    quotes: &'w [usize],
    at: usize,
    out: String,
}

impl Writer<'_> {
    /// Copies the record up to `end`, with the quotes that stand there. Those inside the hit before are left out.
    fn copy(&mut self, end: usize) {
        while let [quote, rest @ ..] = self.quotes
            && *quote <= end
        {
            if *quote >= self.at {
                self.out.push_str(&self.record[self.at..*quote]);
                self.out.push('"');
                self.at = *quote;
            }
            self.quotes = rest;
        }
        self.out.push_str(&self.record[self.at..end]);
        self.at = end;
    }

    fn splice(&mut self, hit: &Hit, action: &Action) {
        self.copy(hit.start);
        let quote = inner_quote(self.record, hit).unwrap_or_default();
        let becomes = self.becomes(hit, action);
        self.out.push_str(quote);
        if becomes.is_empty() && quote.is_empty() && self.is_bare_value(hit) {
            self.out.push_str(NO_VALUE);
        } else {
            self.push_escaped(&becomes, hit.spelling.level().max(1));
        }
        self.out.push_str(quote);
        self.at = hit.end;
    }

    /// Whether a hit is the value of a key in text, without quotes, so that without it the next word would be its value.
    fn is_bare_value(&self, hit: &Hit) -> bool {
        let before = self.record[..hit.start].trim_end_matches(' ');
        self.rules.family_of[usize::from(hit.rule)] != Family::NONE
            && (before.len() < hit.start || before.ends_with(['=', ':', '>', ',', '(']))
            && self.record[hit.end..].starts_with([' ', '\\', '\'', '`'])
    }

    /// What stands in the place of a hit.
    fn becomes<'a>(&self, hit: &Hit, action: &'a Action) -> Cow<'a, str> {
        match action {
            Action::Replace(with) => Cow::Borrowed(with),
            Action::Hash(_) => action.apply(&self.rules.same_text(hit, text_of(self.record, hit))).into(),
            _ => action.apply(&text_of(self.record, hit)).into(),
        }
    }

    fn push_escaped(&mut self, text: &str, times: u8) {
        if needs_escapes(text) {
            self.out.push_str(&escape_times(text.to_owned(), times));
        } else {
            self.out.push_str(text);
        }
    }
}

fn needs_escapes(text: &str) -> bool {
    text.bytes().any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\'))
}

fn escape_times(mut text: String, times: u8) -> String {
    for _ in 0..times {
        if !needs_escapes(&text) {
            break;
        }
        let mut escaped = String::with_capacity(text.len() + 8);
        json::escape_into(&text, &mut escaped);
        text = escaped;
    }
    text
}

/// Text without white space at its start, spelled as it is in JSON or as an escape.
fn trim_start(mut text: &str) -> &str {
    loop {
        let trimmed = text.trim_start_matches(' ');
        let letter = trimmed.trim_start_matches('\\');
        text = match letter.strip_prefix(['n', 'r', 't']) {
            Some(rest) if letter.len() < trimmed.len() => rest,
            _ => return trimmed,
        };
    }
}

/// The same for its end.
fn trim_end(mut text: &str) -> &str {
    loop {
        let trimmed = text.trim_end_matches(' ');
        text = match trimmed.strip_suffix(['n', 'r', 't']) {
            Some(rest) if rest.ends_with('\\') => rest.trim_end_matches('\\'),
            _ => return trimmed,
        };
    }
}

/// The quote, with its backslashes, of JSON inside a string token in which a hit is a whole value, but no string: that
/// value has to become one.
fn inner_quote<'r>(record: &'r str, hit: &Hit) -> Option<&'r str> {
    if !trim_start(&record[hit.end..]).starts_with([',', '}', ']']) {
        return None;
    }
    let before = trim_end(trim_end(&record[..hit.start]).strip_suffix(':')?).strip_suffix('"')?;
    let backslashes = before.bytes().rev().take_while(|byte| *byte == b'\\').count();
    let quote = &record[before.len() - backslashes..=before.len()];
    (backslashes % 2 == 1).then_some(quote)
}

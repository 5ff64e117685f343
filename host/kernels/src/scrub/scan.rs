//! Finds what rules hit in a record.

use std::borrow::Cow;
use std::mem::take;
use std::ops::Range;

use memchr::{memchr, memchr2};
use telesieve_core::json;

use super::{Chosen, Detector, Hit, Look, Ruleset, Scratch};
use crate::bytes::is_escaped;
use crate::decode::{Level, escape, holds_hidden_letters, unescape_times};
use crate::encoded::{MOST_PERCENT, Spelling, base64_texts, holds_encoded, holds_percent};
use crate::hash::canonical;
use crate::pattern::Pattern;
use crate::rules::{
    Family, Subject, find_keyed, has_stem, is_harmless_json, is_marked_whole, key_at_end, keyed, mark, runs,
};
use crate::signals::Signals;
use crate::tokens::{Shape, Token, tokens};

/// Fewer digits than these are told by no name: of telephones, cards and national ids, the shortest have them.
const FEWEST_DIGITS: usize = 6;

/// The text of a string token, and seven levels of text inside that text.
const MOST_LEVELS: u8 = 8;

pub(super) struct Scanner<'s> {
    rules: &'s Ruleset,
    record: &'s str,
    scratch: &'s mut Scratch,
    /// Whether a part of the record may be URL-encoded or base64, or have letters written as escapes.
    is_disguised: bool,
    /// What the token holds, or the text in it. All there is if that cannot be said.
    signals: Signals,
    /// What a token must hold for any named rule to hit it that may hit something.
    triggers: Signals,
    /// Key names whose values some rule may hit.
    families: Family,
    wants_runs: bool,
    /// Whether some rule that may hit something reads names in front of values.
    reads_names: bool,
    look: Look,
}

impl<'s> Scanner<'s> {
    pub(super) fn new(rules: &'s Ruleset, record: &'s str, look: Look, scratch: &'s mut Scratch) -> Self {
        let mut scanner = Self {
            rules,
            record,
            is_disguised: scratch.suspects.are_all(),
            scratch,
            signals: Signals::all(),
            triggers: Signals::empty(),
            families: Family::NONE,
            wants_runs: false,
            reads_names: false,
            look,
        };
        scanner.choose();
        scanner
    }

    /// Chooses the rules that may hit something. For most records they are one or two.
    fn choose(&mut self) {
        self.scratch.chosen.clear();
        for ((rule, family), number) in self.rules.rules.iter().zip(&self.rules.family_of).zip(0..) {
            let signals = match &rule.detector {
                Detector::Named(named) if !self.scratch.suspects.include(*named) => continue,
                Detector::Named(named) => {
                    self.wants_runs |= named.rule().wants_runs();
                    self.reads_names |= named.rule().reads_names();
                    named.rule().signals()
                }
                Detector::Keys(_) => Signals::LETTER | Signals::BEYOND | Signals::COLON | Signals::EQUALS,
                Detector::Pattern(_) | Detector::Checked(..) | Detector::Token(_) => Signals::empty(),
            };
            self.families |= *family;
            self.triggers |= signals;
            self.scratch.chosen.push(Chosen { number, signals });
        }
    }

    /// Scans the tokens in a span of the record, or the keys among them.
    pub(super) fn scan(&mut self, span: Range<usize>, only_keys: bool) {
        let mut secret_end = 0;
        let mut pair = Pair::default();
        let mut key: Option<Range<usize>> = None;
        for token in tokens(self.record, span.clone()) {
            if only_keys && token.shape != Shape::Key {
                continue;
            }
            self.scan_token(&token);
            match token.shape {
                Shape::Key => key = Some(token.span.clone()),
                _ => self.scan_behind_key(&token, key.as_ref()),
            }
            if !only_keys && token.shape == Shape::Key && token.next >= secret_end {
                secret_end = self.scan_value_of_key(&token, span.end).unwrap_or(secret_end);
                self.scan_pair(&token, span.end, &mut pair);
            }
        }
    }

    fn scan_token(&mut self, token: &Token) {
        let text = &self.record[token.span.clone()];
        let signals = Signals::of(text);
        let is_hidden = self.is_disguised
            && (signals.intersects(Signals::BACKSLASH) && holds_hidden_letters(text) || holds_encoded(text));
        if !is_hidden && !self.rules.has_patterns && !signals.intersects(self.triggers) {
            return;
        }
        let first = self.scratch.hits.len();
        self.signals = if is_hidden { Signals::all() } else { signals };
        self.scan_text(token.span.clone(), self.is_disguised);
        if token.shape == Shape::Bare && text.contains(['e', 'E']) {
            // A number such as 4.111111111111111E15, the way Java writes it.
            self.find(&canonical(text), Spelling::json(0), |_| token.span.clone());
        }
        self.drop_marks(first);
        if self.look == Look::Last && self.scratch.hits.len() > first {
            self.give_up(&token.span);
        }
        if token.shape == Shape::Bare && self.scratch.hits.len() > first {
            self.scratch.quotes.extend([token.span.start, token.span.end]);
        }
    }

    /// Shows a value to the rules that read names as if its key were in front of it in text.
    fn scan_behind_key(&mut self, token: &Token, key: Option<&Range<usize>>) {
        const LONGEST: usize = 256;
        if !self.reads_names {
            return;
        }
        let Some(key) = key.filter(|key| key.len() < LONGEST && token.span.len() < LONGEST) else { return };
        let value = &self.record[token.span.clone()];
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        if digits < FEWEST_DIGITS || value.contains('\\') {
            return;
        }
        let mut text = take(&mut self.scratch.behind_key);
        text.clear();
        for part in [&self.record[key.clone()], ": ", value] {
            text.push_str(part);
        }
        let behind = text.len() - value.len();
        let first = self.scratch.hits.len();
        self.signals = Signals::of(&text);
        let start = token.span.start;
        self.find(&text, Spelling::json(1), |hit| {
            start + hit.start.saturating_sub(behind)..start + hit.end.saturating_sub(behind)
        });
        self.scratch.behind_key = text;
        // What is in the key alone was looked at before.
        let mut kept = first;
        for at in first..self.scratch.hits.len() {
            let hit = self.scratch.hits[at];
            if hit.end > hit.start {
                self.scratch.hits[kept] = hit;
                kept += 1;
            }
        }
        self.scratch.hits.truncate(kept);
        self.drop_marks(first);
        if token.shape == Shape::Bare && self.scratch.hits.len() > first {
            self.scratch.quotes.extend([token.span.start, token.span.end]);
        }
    }

    /// Forgets the hits from `first` on that lie within what earlier looks put there.
    fn drop_marks(&mut self, first: usize) {
        if self.look == Look::First || self.scratch.hits.len() == first {
            return;
        }
        let text = self.record.as_bytes();
        let mut kept = first;
        for at in first..self.scratch.hits.len() {
            let hit = self.scratch.hits[at];
            if !is_within_mark(text, hit.start..hit.end, &self.rules.markers) {
                self.scratch.hits[kept] = hit;
                kept += 1;
            }
        }
        self.scratch.has_ignored |= kept < self.scratch.hits.len();
        self.scratch.hits.truncate(kept);
    }

    /// Closes a token of which it cannot be said what it means: all of it counts as a hit of the first rule.
    fn give_up(&mut self, span: &Range<usize>) {
        if !self.rules.rules.is_empty() {
            self.scratch.hits.push(Hit { start: span.start, end: span.end, rule: 0, spelling: Spelling::json(1) });
        }
    }

    /// Scans raw text at all its levels.
    fn scan_text(&mut self, span: Range<usize>, may_be_encoded: bool) {
        let raw = &self.record[span.clone()];
        if memchr(b'\\', raw.as_bytes()).is_none() && !(may_be_encoded && holds_encoded(raw)) {
            self.find(raw, Spelling::json(1), |hit| span.start + hit.start..span.start + hit.end);
            return;
        }
        let (mut level, mut next) = (take(&mut self.scratch.level), take(&mut self.scratch.next_level));
        level.decode_raw(raw);
        self.scan_levels(&span, may_be_encoded, &mut level, &mut next);
        (self.scratch.level, self.scratch.next_level) = (level, next);
    }

    fn scan_levels(&mut self, span: &Range<usize>, may_be_encoded: bool, level: &mut Level, next: &mut Level) {
        for number in 1.. {
            self.find_in(level, Spelling::json(number), span.start);
            if may_be_encoded {
                self.find_encoded(level, Spelling::json(number), span.start);
            }
            if number == MOST_LEVELS {
                // What else is in it cannot be said.
                if next.decode_level(level) {
                    self.give_up(span);
                }
                return;
            }
            if !next.decode_level(level) {
                return;
            }
            std::mem::swap(level, next);
        }
    }

    fn find_in(&mut self, level: &Level, spelling: Spelling, base: usize) {
        self.find(level.text(), spelling, |hit| {
            let origin = level.origin(&hit);
            base + origin.start..base + origin.end
        });
    }

    /// Looks into what is URL-encoded or base64 in text of one level.
    fn find_encoded(&mut self, level: &Level, spelling: Spelling, base: usize) {
        self.find_base64(level, spelling, base);
        if !holds_percent(level.text()) {
            return;
        }
        let (mut url, mut next) = (take(&mut self.scratch.url_level), take(&mut self.scratch.next_url_level));
        url.decode_percent(level);
        let mut spelling = spelling.url();
        self.find_in(&url, spelling, base);
        self.find_base64(&url, spelling, base);
        while spelling.percent() < MOST_PERCENT && holds_percent(url.text()) {
            next.decode_percent(&url);
            std::mem::swap(&mut url, &mut next);
            spelling = spelling.url();
            self.find_in(&url, spelling, base);
        }
        (self.scratch.url_level, self.scratch.next_url_level) = (url, next);
    }

    /// Looks at what runs of base64 stand for.
    fn find_base64(&mut self, level: &Level, spelling: Spelling, base: usize) {
        for (run, text) in base64_texts(level.text()) {
            let origin = level.origin(&run);
            let run = base + origin.start..base + origin.end;
            self.find_json(&text, spelling.base64(), &run);
            if holds_percent(&text) {
                // Of a form, as gateways hand it on.
                let mut url = Level::default();
                url.decode_percent(&Level::plain(text));
                self.find_json(url.text(), spelling.base64(), &run);
            }
        }
    }

    /// Looks into text and into the text of JSON strings in it. Any hit stands for all of `whole`.
    fn find_json(&mut self, text: &str, spelling: Spelling, whole: &Range<usize>) {
        let mut text = Cow::Borrowed(text);
        for _ in 0..MOST_LEVELS {
            self.find(&text, spelling, |_| whole.clone());
            let next = json::unescape(&text);
            if matches!(next, Cow::Borrowed(_)) {
                return;
            }
            text = Cow::Owned(next.into_owned());
        }
    }

    /// Lets all rules that may hit something look at text. `origin` tells where in the record a span of it comes from.
    fn find(&mut self, text: &str, spelling: Spelling, origin: impl Fn(Range<usize>) -> Range<usize>) {
        let Scratch { runs: digits, keyed: values, found, hits, own, chosen, .. } = &mut *self.scratch;
        let signals = self.signals;
        digits.clear();
        if self.wants_runs && signals.intersects(Signals::DIGIT) {
            runs(text.as_bytes(), digits);
        }
        values.clear();
        if !self.families.is_empty() {
            keyed(text.as_bytes(), &self.rules.names, self.families, &self.rules.markers, values);
        }
        let subject = Subject { text: text.as_bytes(), runs: digits, keyed: values, markers: &self.rules.markers, own };
        for Chosen { number, signals: wanted } in chosen.iter().copied() {
            match &self.rules.rules[usize::from(number)].detector {
                Detector::Named(_) if !signals.intersects(wanted) => continue,
                Detector::Named(named) if spelling.is_base64() && !named.info().reads_base64 => continue,
                Detector::Named(named) => named.rule().find(&subject, found),
                Detector::Pattern(pattern) => pattern.find(text, found),
                Detector::Checked(pattern, check) => pattern.find_checked(text, *check, found),
                Detector::Token(form) => form.find(text.as_bytes(), found),
                Detector::Keys(_) => find_keyed(&subject, self.rules.family_of[usize::from(number)], found),
            }
            for hit in found.drain(..) {
                let Range { start, end } = origin(with_whole_escapes(text, hit));
                hits.push(Hit { start, end, rule: number, spelling });
            }
        }
    }

    /// Looks at the name of a key: the whole value may be secret. Says where such a value ends.
    fn scan_value_of_key(&mut self, key: &Token, limit: usize) -> Option<usize> {
        if self.families.is_empty() {
            return None;
        }
        let name = unescaped(&self.record[key.span.clone()]);
        let family = self.family(name.as_bytes());
        if !family.meets(self.families) {
            return None;
        }
        let value = self.value_at(key.next, limit)?;
        let end = value.end;
        self.hit_value(value, family, name.as_bytes()).then_some(end)
    }

    /// The families of a key. A field of a form keeps its brackets.
    fn family(&self, name: &[u8]) -> Family {
        let name = if name.ends_with(b"]") { key_at_end(name) } else { name };
        self.rules.names.family(without_colon(name))
    }

    /// Looks at fields whose name and value are two fields, such as `{"name": "password", "value": "x"}`, in either order.
    fn scan_pair(&mut self, key: &Token, limit: usize, pair: &mut Pair) {
        if self.families.is_empty() {
            return;
        }
        let role = Role::of(&self.record[key.span.clone()]);
        if memchr2(b'{', b'}', &self.record.as_bytes()[pair.end.min(key.span.start)..key.span.start]).is_some() {
            *pair = Pair::default();
        }
        let Some(role) = role else { return };
        let Some(value) = self.value_at(key.next, limit) else { return };
        pair.end = value.end;
        match role {
            Role::Name => pair.name = Some(value),
            Role::Value => pair.value = Some(value),
        }
        let (Some(name), Some(value)) = (&pair.name, &pair.value) else { return };
        let Some(name) = self.record[name.clone()].strip_prefix('"').map(|name| name.strip_suffix('"').unwrap_or(name))
        else {
            return;
        };
        let name = unescaped(name);
        let family = self.family(name.as_bytes());
        if family.meets(self.families) && has_stem(name.as_bytes()) {
            self.hit_value(value.clone(), family, name.as_bytes());
        }
    }

    /// The value that starts at a place; what is cut off goes on to the limit.
    fn value_at(&self, start: usize, limit: usize) -> Option<Range<usize>> {
        let text = &self.record[..limit];
        match text.as_bytes().get(start)? {
            b'"' | b'{' | b'[' => Some(start..json::value_end(text, start).unwrap_or(limit)),
            b'}' | b']' | b',' | b':' => None,
            _ => tokens(text, start..limit).next().map(|token| token.span),
        }
    }

    /// Makes a value a hit of all rules that want values of the family of its key. Says whether it is one.
    fn hit_value(&mut self, value: Range<usize>, family: Family, name: &[u8]) -> bool {
        let text = &self.record[value.clone()];
        let inner = text.strip_prefix('"').map(|rest| rest.strip_suffix('"').unwrap_or(rest));
        let is_text = inner.is_some();
        let shown = inner.unwrap_or(text);
        if is_nothing(text)
            || is_harmless_json(family, name, shown.as_bytes(), is_text)
            || inner.is_some_and(|inner| is_marked_text(inner, &self.rules.markers))
        {
            return false;
        }
        let start = value.start + usize::from(is_text);
        let span = start..start + shown.len();
        if !is_text {
            self.scratch.quotes.extend([span.start, span.end]);
        }
        self.push_of_family(family, span, Spelling::json(u8::from(is_text)));
        true
    }

    /// Makes raw text a hit of all rules that want values of a family.
    fn push_of_family(&mut self, family: Family, span: Range<usize>, spelling: Spelling) {
        for (of, number) in self.rules.family_of.iter().zip(0..) {
            if of.meets(family) {
                self.scratch.hits.push(Hit { start: span.start, end: span.end, rule: number, spelling });
            }
        }
    }
}

/// The name and the value of a field that has a field for each.
#[derive(Debug, Default)]
struct Pair {
    name: Option<Range<usize>>,
    value: Option<Range<usize>>,
    /// Where the one that was seen last ends.
    end: usize,
}

/// What a field of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Name,
    Value,
}

impl Role {
    fn of(key: &str) -> Option<Self> {
        const NAMES: &[&str] = &["name", "key", "parameterkey", "parametername", "variable", "header", "field"];
        const VALUES: &[&str] = &["value", "val", "parametervalue", "content"];
        let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(key));
        if is(NAMES) {
            return Some(Self::Name);
        }
        is(VALUES).then_some(Self::Value)
    }
}

/// A name without the colon that it ends with by mistake.
fn without_colon(name: &[u8]) -> &[u8] {
    let name = name.trim_ascii();
    name.strip_suffix(b":").unwrap_or(name)
}

/// The text of a key.
fn unescaped(name: &str) -> Cow<'_, str> {
    match memchr(b'\\', name.as_bytes()) {
        Some(_) => Cow::Owned(unescape_times(name, 1)),
        None => Cow::Borrowed(name),
    }
}

/// Whether a mark of redaction covers a span.
fn is_within_mark(text: &[u8], span: Range<usize>, markers: &[String]) -> bool {
    /// The longest mark of telesieve's own; those of the user may be longer.
    const LONGEST: usize = 64;
    let longest = markers.iter().map(String::len).max().unwrap_or(0).max(LONGEST);
    let first = span.start.saturating_sub(longest);
    (first..=span.start).any(|at| mark(&text[at..], markers).is_some_and(|length| at + length >= span.end))
}

/// Values that hold nothing to hide.
fn is_nothing(value: &str) -> bool {
    matches!(value, "" | "\"" | "\"\"" | "null" | "{}" | "[]")
}

fn is_marked_text(raw: &str, markers: &[String]) -> bool {
    let text = unescape_times(raw, 1);
    is_marked_whole(text.as_bytes(), markers)
}

/// Where text holds escapes in turn, a hit must not cut one in two: it grows by the rest of an escape that it cuts, but
/// for a backslash that belongs to the quote behind it.
fn with_whole_escapes(text: &str, hit: Range<usize>) -> Range<usize> {
    let start = cut_escape(text, hit.start).map_or(hit.start, |escape| escape.start);
    match cut_escape(text, hit.end) {
        Some(escape) if text[hit.end..].starts_with('"') && escape.start > start => start..escape.start,
        Some(escape) => start..escape.end,
        None => start..hit.end,
    }
}

/// The escape whose backslash stands right before `at`, with the one before it if they are halves of one character.
fn cut_escape(text: &str, at: usize) -> Option<Range<usize>> {
    const HALF: usize = 6;
    if !is_escaped(text.as_bytes(), at) {
        return None;
    }
    let (_, length) = escape(&text[at - 1..])?;
    let (start, end) = (at - 1, at - 1 + length);
    let pair = start.checked_sub(HALF).filter(|pair| is_escaped(text.as_bytes(), pair + 1));
    let is_pair = |pair: &usize| text.get(*pair..).and_then(escape).is_some_and(|(_, length)| length == 2 * HALF);
    Some(pair.filter(is_pair).unwrap_or(start)..end)
}

/// Whether a pattern occurs in some token, at some level.
pub(super) fn holds(
    record: &str,
    span: Range<usize>,
    only_keys: bool,
    pattern: &Pattern,
    scratch: &mut Scratch,
) -> bool {
    let mut tokens = tokens(record, span).filter(|token| !only_keys || token.shape == Shape::Key);
    tokens.any(|token| holds_at_some_level(&record[token.span], pattern, scratch))
}

fn holds_at_some_level(raw: &str, pattern: &Pattern, scratch: &mut Scratch) -> bool {
    if memchr(b'\\', raw.as_bytes()).is_none() {
        return pattern.is_match(raw);
    }
    let Scratch { level, next_level, .. } = scratch;
    level.decode_raw(raw);
    for _ in 1..MOST_LEVELS {
        if pattern.is_match(level.text()) {
            return true;
        }
        if !next_level.decode_level(level) {
            return false;
        }
        std::mem::swap(level, next_level);
    }
    pattern.is_match(level.text())
}

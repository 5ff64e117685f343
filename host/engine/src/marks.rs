//! Tells what rules put in the place of values from the values.
//!
//! A token of 32 digits, the last digits behind a mask, or a replacement that looks like what it replaces may be hits of
//! a rule. Only when the last look finds something at all, such marks are taken out and the rest is looked at again. What
//! could hide in them is bounded: a token holds hexadecimal digits alone, a mask must be at least as long as what it
//! leaves, and a replacement is the user's own text.

use telesieve_kernels::{Action, Place, Ruleset, Scratch};

use crate::text::quoted;

/// Stands for a mark. A word ends at it, and rules for values of keys take it for hidden.
const MARK: char = '*';

/// Hexadecimal digits of a token.
const TOKEN: usize = 32;

/// A rule that would change a place of a text.
pub(crate) fn changes(rules: &Ruleset, place: &Place, text: &str, scratch: &mut Scratch) -> Option<u16> {
    let scrubbed = rules.scrub(text, place, scratch);
    if !scrubbed.drop && scrubbed.record == text {
        return None;
    }
    Some(scrubbed.hits.first().map_or(0, |hit| hit.0))
}

/// A record without the marks of a ruleset; `None` if it has none.
pub(crate) fn without_marks(rules: &Ruleset, record: &str, scratch: &mut Scratch) -> Option<String> {
    let mut text = without_tokens(record);
    for rule in rules.rules() {
        match &rule.action {
            Action::Mask { keep_last } => text = without_masks(&text, *keep_last as usize),
            Action::Replace(with)
                if !with.is_empty() && changes(rules, &Place::Whole, &quoted(with), scratch).is_some() =>
            {
                let raw = quoted(with);
                text = text.replace(&raw[1..raw.len() - 1], MARK.encode_utf8(&mut [0; 4]));
            }
            _ => {}
        }
    }
    (text != record).then_some(text)
}

/// Takes out `h:` and 32 hexadecimal digits.
fn without_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("h:") {
        let digits = rest[at + 2..].bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
        out.push_str(&rest[..at]);
        let end = if digits == TOKEN { at + 2 + TOKEN } else { at + 2 };
        if digits == TOKEN {
            out.push(MARK);
        } else {
            out.push_str("h:");
        }
        rest = &rest[end..];
    }
    out + rest
}

/// Takes out runs of `*` with what may stand behind them: up to `keep_last` letters and digits at the end of a word, and
/// not more of them than there are `*`.
fn without_masks(text: &str, keep_last: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('*') {
        out.push_str(&rest[..at]);
        let run = run(&rest[at..], keep_last);
        let end = at + run.bytes;
        if run.is_mask {
            out.push(MARK);
        } else {
            out.push_str(&rest[at..end]);
        }
        rest = &rest[end..];
    }
    out + rest
}

/// A run of `*`, and what stands between them.
struct Run {
    /// At least one.
    bytes: usize,
    is_mask: bool,
}

/// The run that a text starts with.
fn run(text: &str, keep_last: usize) -> Run {
    let (mut hidden, mut shown, mut stars, mut end) = (0, 0, 0, 0);
    for (at, character) in text.char_indices() {
        match character {
            '*' if shown == 0 => (hidden, stars) = (hidden + 1, at + 1),
            '-' | '.' | ' ' | '@' | '/' | ':' | '+' | '_' | '(' | ')' => continue,
            _ if character.is_alphanumeric() => shown += 1,
            _ => break,
        }
        if shown > keep_last.min(hidden) {
            // More than a mask shows, so it is none, but for one that shows nothing.
            return Run { bytes: stars, is_mask: keep_last == 0 };
        }
        end = at + character.len_utf8();
    }
    Run { bytes: end, is_mask: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_32_digits() {
        let token = "h:0123456789abcdef0123456789abcdef";
        assert_eq!(without_tokens(&format!("a {token}, {token}0 h:12 h:")), format!("a *, {token}0 h:12 h:"));
    }

    #[test]
    fn masks_show_no_more_than_they_may() {
        for (text, expected) in [
            ("card **** **** **** 1111, ok", "card *, ok"),
            ("****@*.com", "*"),
            ("************1111", "*"),
            ("\"**34\"", "\"*\""),
            ("no stars", "no stars"),
            ("* 4111111111111111", "* 4111111111111111"),
            ("**** 4111111111111111", "**** 4111111111111111"),
            ("**** 4111 1111 1111 1111", "**** 4111 1111 1111 1111"),
        ] {
            assert_eq!(without_masks(text, 4), expected, "{text}");
        }
    }
}

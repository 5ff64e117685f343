//! Patterns of users: automata that were made when the artifact was.
//!
//! A pattern is two dense automata: one finds where a match ends, the other one goes back to where it starts. They are
//! made by [`Pattern::compile`] (feature `compile`), which is not part of the extension, and travel as bytes:
//!
//! | bytes | |
//! |---|---|
//! | 8 | `TSDFA` and the version of this format in three digits |
//! | 4 | length of the forward automaton, little-endian |
//! | … | the forward automaton, as regex-automata writes it, little-endian |
//! | … | the reverse automaton |

#[cfg(feature = "compile")]
mod compile;

use std::ops::Range;

#[cfg(feature = "compile")]
pub use compile::CompileError;
use regex_automata::Input;
use regex_automata::dfa::Automaton as _;
use regex_automata::dfa::dense::DFA;
use regex_automata::dfa::regex::Regex;

use crate::bytes::is_word;
use crate::checks::Check;
use crate::rules::Hits;

const MAGIC: &[u8; 8] = b"TSDFA001";

/// Matches that are looked for in one text. What stands behind the last one counts as one more match, so that a text
/// full of matches cannot take quadratic time.
const MOST_MATCHES: usize = 1_000;

/// Ends of a match that are tried with a check.
const MOST_ENDS: usize = 8;

/// How far matches are looked for in one that did not pass its check: further than any that passes can be long. Else text
/// that is one long match would take quadratic time.
const WINDOW: usize = 160;

/// A pattern, ready to search with.
#[derive(Clone, Debug)]
pub struct Pattern(Regex<DFA<Vec<u32>>>);

/// Why bytes are no pattern.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// They were not made by [`Pattern::compile`], or by another version of it.
    #[error("incompatible pattern: made by another version, or not a pattern")]
    Foreign,
    /// They were, but are damaged, or made by another version of regex-automata.
    #[error("the automaton of the pattern is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Pattern {
    /// Loads what [`Pattern::compile`] made. The bytes may stand at any address: they are copied once.
    ///
    /// # Errors
    ///
    /// If the bytes are damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PatternError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(PatternError::Foreign)?;
        let (length, rest) = rest.split_first_chunk().ok_or(PatternError::Foreign)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| PatternError::Foreign)?;
        let (forward, reverse) = rest.split_at_checked(length).ok_or(PatternError::Foreign)?;
        Ok(Self(Regex::builder().build_from_dfas(automaton(forward)?, automaton(reverse)?)))
    }

    /// Whether the pattern occurs in a text. An automaton that gives up counts as a match.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        let input = Input::new(text).earliest(true);
        !matches!(self.0.forward().try_search_fwd(&input), Ok(None))
    }

    /// Finds the matches from left to right that do not overlap; empty ones are left out.
    pub(crate) fn find(&self, text: &str, hits: &mut Vec<Range<usize>>) {
        let mut input = Input::new(text);
        for _ in 0..MOST_MATCHES {
            match self.0.try_search(&input) {
                Ok(None) => return,
                Ok(Some(found)) if found.is_empty() => {
                    let next = text.ceil_char_boundary(found.end() + 1);
                    if found.end() == text.len() {
                        return;
                    }
                    input.set_start(next);
                }
                Ok(Some(found)) => {
                    hits.push(whole_characters(text, found.range()));
                    input.set_start(found.end());
                }
                Err(_) => break,
            }
        }
        if input.start() < text.len() {
            hits.push(text.floor_char_boundary(input.start())..text.len());
        }
    }

    /// Finds matches that pass a check.
    ///
    /// Of a match that does not pass, shorter ones are tried that end with a word of it, then matches that start with its
    /// next word: a greedy match such as `4111 1111 1111 1111 22` must not hide the number in it.
    pub(crate) fn find_checked(&self, text: &str, check: Check, hits: &mut Hits) {
        let (mut start, mut rejected) = (0, 0);
        loop {
            let end = if start < rejected { text.floor_char_boundary(start + WINDOW) } else { text.len() };
            match self.first(text, start..end) {
                None if end == text.len() => return,
                None => start = text.floor_char_boundary(start + WINDOW / 2),
                Some(Err(GivenUp)) => return hits.push(start..text.len()),
                Some(Ok(found)) => match self.passing_end(text, &found, check) {
                    Some(end) => {
                        hits.push(found.start..end);
                        start = end;
                    }
                    None => (start, rejected) = (next_word(text, found.start), rejected.max(found.end)),
                },
            }
        }
    }

    /// The first match in a span that is not empty; an error if the automaton gives up.
    fn first(&self, text: &str, span: Range<usize>) -> Option<Result<Range<usize>, GivenUp>> {
        let mut input = Input::new(text).range(span);
        loop {
            let Ok(found) = self.0.try_search(&input) else { return Some(Err(GivenUp)) };
            let found = found?;
            if !found.is_empty() {
                return Some(Ok(whole_characters(text, found.range())));
            }
            let next = text.ceil_char_boundary(found.end() + 1);
            if next > input.end() {
                return None;
            }
            input.set_start(next);
        }
    }

    /// Where a match from the same start ends that passes.
    fn passing_end(&self, text: &str, found: &Range<usize>, check: Check) -> Option<usize> {
        let mut end = found.end;
        for _ in 0..MOST_ENDS {
            if check.passes(&text[found.start..end]) {
                return Some(end);
            }
            let shorter = last_word_cut(text, found.start..end)?;
            let next = self.first(text, found.start..shorter)?.ok()?;
            if next.start != found.start {
                return None;
            }
            end = next.end;
        }
        None
    }
}

/// An automaton says no more than that it cannot tell.
struct GivenUp;

/// Where text ends without its last word, and without what separates that.
fn last_word_cut(text: &str, span: Range<usize>) -> Option<usize> {
    let bytes = &text.as_bytes()[span.start..span.end.min(span.start + WINDOW)];
    let mut kept = bytes.len();
    kept -= bytes.iter().rev().take_while(|byte| !is_word(**byte)).count();
    kept -= bytes[..kept].iter().rev().take_while(|byte| is_word(**byte)).count();
    kept -= bytes[..kept].iter().rev().take_while(|byte| !is_word(**byte)).count();
    (kept > 0).then(|| text.floor_char_boundary(span.start + kept))
}

/// Where the next word starts behind the one at `at`.
fn next_word(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    let word = rest.iter().take_while(|byte| is_word(**byte)).count();
    let gap = rest[word..].iter().take_while(|byte| !is_word(**byte)).count();
    text.ceil_char_boundary(at + (word + gap).max(1))
}

/// `\B` can match within a character.
fn whole_characters(text: &str, span: Range<usize>) -> Range<usize> {
    text.floor_char_boundary(span.start)..text.ceil_char_boundary(span.end)
}

/// Checks and copies an automaton.
fn automaton(bytes: &[u8]) -> Result<DFA<Vec<u32>>, PatternError> {
    let mut buffer = vec![0; bytes.len() + align_of::<u32>()];
    let start = buffer.as_ptr().align_offset(align_of::<u32>());
    let aligned = buffer.get_mut(start..start + bytes.len()).ok_or(PatternError::Foreign)?;
    aligned.copy_from_slice(bytes);
    let (automaton, length) = DFA::from_bytes(aligned).map_err(|error| PatternError::Damaged(Box::new(error)))?;
    if length != bytes.len() {
        return Err(PatternError::Foreign);
    }
    Ok(automaton.to_owned())
}

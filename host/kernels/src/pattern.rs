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

const MAGIC: &[u8; 8] = b"TSDFA001";

/// Matches that are looked for in one text. What stands behind the last one counts as one more match, so that a text
/// full of matches cannot take quadratic time.
const MOST_MATCHES: usize = 1_000;

/// A pattern, ready to search with.
#[derive(Clone, Debug)]
pub struct Pattern(Regex<DFA<Vec<u32>>>);

/// Why bytes are no pattern.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// They were not made by [`Pattern::compile`], or by another version of it.
    #[error("load a pattern: it was made by another version, or is none at all")]
    Foreign,
    /// They were, but are damaged, or made by another version of regex-automata.
    #[error("load a pattern: its automaton is damaged")]
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

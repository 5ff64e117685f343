//! Makes patterns. Not part of the extension.

use regex_automata::MatchKind;
use regex_automata::dfa::StartKind;
use regex_automata::dfa::dense::{self, BuildError};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_syntax::hir::{Capture, Hir, HirKind, Look, Repetition};

use super::{MAGIC, Pattern};

/// Most bytes of one automaton.
const LARGEST_AUTOMATON: usize = 2 << 20;
/// Most memory for making one.
const LARGEST_WORK: usize = 32 << 20;
/// Most bytes of the program that automata are made of.
const LARGEST_PROGRAM: usize = 2 << 20;

/// Why a regular expression cannot become a pattern.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It is no regular expression.
    #[error("invalid regular expression: {}", cause(.0))]
    Syntax(Box<regex_syntax::Error>),
    /// Its automaton, or what is needed to make it, would be too large.
    #[error(
        "its automaton is too large (the limit is {} KiB): use shorter repetitions, and `(?-u:\\w)` instead of `\\w`",
        limit >> 10
    )]
    TooLarge {
        /// Bytes that an automaton may have.
        limit: usize,
    },
    /// It needs what automata cannot do.
    #[error("the pattern uses an unsupported feature")]
    Unsupported(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Pattern {
    /// Makes the bytes that [`Pattern::from_bytes`] loads.
    ///
    /// The syntax is that of the `regex` crate, with two differences: `\b` and its kin know the words of ASCII only, and
    /// captures capture nothing. Matches are leftmost-first. An automaton may have 2 MiB; usual ones have some KiB.
    ///
    /// # Errors
    ///
    /// If the expression is not one, or too large as an automaton.
    pub fn compile(regex: &str) -> Result<Vec<u8>, CompileError> {
        let tree = regex_syntax::parse(regex).map_err(|error| CompileError::Syntax(Box::new(error)))?;
        let tree = with_ascii_words(&tree);
        let forward = automaton(&tree, false)?;
        let reverse = automaton(&tree, true)?;
        let length = u32::try_from(forward.len()).map_err(|_| too_large())?;
        Ok([MAGIC.as_slice(), &length.to_le_bytes(), &forward, &reverse].concat())
    }
}

/// The reason in one line; the error itself draws the pattern and an arrow.
fn cause(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

fn automaton(tree: &Hir, reverse: bool) -> Result<Vec<u8>, CompileError> {
    let program = thompson::Config::new()
        .reverse(reverse)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(LARGEST_PROGRAM));
    let program = NFA::compiler().configure(program).build_from_hir(tree).map_err(program_error)?;
    let (kind, start) =
        if reverse { (MatchKind::All, StartKind::Anchored) } else { (MatchKind::LeftmostFirst, StartKind::Unanchored) };
    let config = dense::Config::new()
        .match_kind(kind)
        .start_kind(start)
        .minimize(true)
        .dfa_size_limit(Some(LARGEST_AUTOMATON))
        .determinize_size_limit(Some(LARGEST_WORK));
    let automaton = dense::Builder::new().configure(config).build_from_nfa(&program).map_err(automaton_error)?;
    let (bytes, padding) = automaton.to_bytes_little_endian();
    Ok(bytes[padding..].to_vec())
}

fn program_error(error: thompson::BuildError) -> CompileError {
    if error.size_limit().is_some() { too_large() } else { CompileError::Unsupported(Box::new(error)) }
}

fn automaton_error(error: BuildError) -> CompileError {
    if error.is_size_limit_exceeded() { too_large() } else { CompileError::Unsupported(Box::new(error)) }
}

fn too_large() -> CompileError {
    CompileError::TooLarge { limit: LARGEST_AUTOMATON }
}

/// Automata cannot look at the words of Unicode. Recursion is as deep as the parser lets expressions nest.
fn with_ascii_words(tree: &Hir) -> Hir {
    let all = |subs: &[Hir]| subs.iter().map(with_ascii_words).collect();
    match tree.kind() {
        HirKind::Look(look) => Hir::look(ascii_look(*look)),
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { sub: Box::new(with_ascii_words(&repetition.sub)), ..repetition.clone() })
        }
        HirKind::Capture(capture) => {
            Hir::capture(Capture { sub: Box::new(with_ascii_words(&capture.sub)), ..capture.clone() })
        }
        HirKind::Concat(subs) => Hir::concat(all(subs)),
        HirKind::Alternation(subs) => Hir::alternation(all(subs)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) => tree.clone(),
    }
}

fn ascii_look(look: Look) -> Look {
    match look {
        Look::WordUnicode => Look::WordAscii,
        Look::WordUnicodeNegate => Look::WordAsciiNegate,
        Look::WordStartUnicode => Look::WordStartAscii,
        Look::WordEndUnicode => Look::WordEndAscii,
        Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
        Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::checks::Check;
    use crate::pattern::PatternError;

    fn matches(regex: &str, text: &str) -> Vec<String> {
        let pattern = Pattern::from_bytes(&Pattern::compile(regex).unwrap()).unwrap();
        let mut hits = Vec::new();
        pattern.find(text, &mut hits);
        assert_eq!(pattern.is_match(text), regex::Regex::new(regex).unwrap().is_match(text), "{regex} in {text}");
        hits.into_iter().map(|hit| text[hit].to_owned()).collect()
    }

    #[test]
    fn matches_are_leftmost_first() {
        assert_eq!(matches("a|ab", "xab ab"), ["a", "a"]);
        assert_eq!(matches("ab|a", "xab a"), ["ab", "a"]);
        assert_eq!(matches("[0-9]{3,5}", "12 123 1234567"), ["123", "12345"]);
        assert_eq!(matches(r"(?i)customer-\d+", "Customer-17, customer-٣"), ["Customer-17", "customer-٣"]);
        assert_eq!(matches(r"\bcat\b", "cat concat cat"), ["cat", "cat"]);
    }

    #[test]
    fn empty_matches_are_left_out() {
        assert_eq!(matches("x*", "éxxé"), ["xx"]);
        assert_eq!(matches("^$", ""), [""; 0]);
    }

    #[test]
    fn very_many_matches_become_one_in_the_end() {
        let hits = matches("a", &"a ".repeat(5_000));
        assert_eq!(hits.len(), 1_001);
        assert_eq!(hits.last().unwrap().len(), 8_001);
    }

    #[test]
    fn a_check_tries_what_a_greedy_match_hides() {
        let pattern = Pattern::from_bytes(&Pattern::compile(r"\b[0-9][0-9 -]+[0-9]\b").unwrap()).unwrap();
        let find = |text: &str| {
            let mut hits = Vec::new();
            pattern.find_checked(text, Check::Card, &mut hits);
            hits.into_iter().map(|hit| text[hit].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(find("card 4111 1111 1111 1111 22 1"), ["4111 1111 1111 1111"]);
        assert_eq!(find("12 4111 1111 1111 1111 é 378282246310005."), ["4111 1111 1111 1111", "378282246310005"]);
        assert_eq!(find("4111 1111 1111 1112"), [""; 0]);
        assert_eq!(find("é 1 2"), [""; 0]);
        assert_eq!(find(&format!("{}4111111111111111", "12 ".repeat(500))), ["4111111111111111"]);
        assert_eq!(find(&"1 ".repeat(1 << 15)), [""; 0]);
    }

    #[test]
    fn bytes_load_at_any_address() {
        let bytes = Pattern::compile("a+").unwrap();
        for shift in 0..8 {
            let shifted: Vec<u8> = std::iter::repeat_n(0, shift).chain(bytes.iter().copied()).collect();
            assert!(Pattern::from_bytes(&shifted[shift..]).unwrap().is_match("caab"));
        }
    }

    #[test]
    fn damaged_bytes_do_not_load() {
        let bytes = Pattern::compile("a+[0-9]b").unwrap();
        for length in 0..bytes.len() {
            assert!(Pattern::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0xff;
            if let Ok(pattern) = Pattern::from_bytes(&bytes) {
                let _ = pattern.is_match("xaa7b");
            }
        }
        assert!(matches!(Pattern::from_bytes(b"TSDFA000xxxx"), Err(PatternError::Foreign)));
    }

    #[test]
    fn large_expressions_are_refused_clearly() {
        let error = Pattern::compile(r"(?:\w{50}x){50}").unwrap_err();
        assert!(error.to_string().contains("2048 KiB"), "{error}");
        let error = Pattern::compile("(a").unwrap_err();
        assert_eq!(error.to_string(), "invalid regular expression: unclosed group");
        assert!(matches!(Pattern::compile("[a-z]{9}.*[a-z]{3,9}(x|y).{12}z"), Err(CompileError::TooLarge { .. })));
    }

    #[test]
    fn usual_patterns_are_small() {
        for regex in [r"cust-[0-9]{6}", r"(?i)order\s+id:\s*[a-z0-9-]+", r"\b[A-Z]{2}[0-9]{6}[A-Z]\b"] {
            assert!(Pattern::compile(regex).unwrap().len() < 32 << 10, "{regex}");
        }
    }
}

//! Patterns of users: automata that were made when the artifact was.

/// A pattern, ready to search with.
#[derive(Clone, Debug)]
pub struct Pattern {}

/// Why bytes are no pattern.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// They were not made by [`Pattern::compile`], or by another version of it.
    #[error("load a pattern: not made by this version")]
    Foreign,
}

/// Why a regular expression cannot become a pattern.
#[cfg(feature = "compile")]
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Its automaton would be too large.
    #[error("compile a pattern: its automaton is larger than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
}

impl Pattern {
    /// Loads what [`Pattern::compile`] made.
    ///
    /// # Errors
    ///
    /// If the bytes are damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PatternError> {
        let _ = bytes;
        Err(PatternError::Foreign)
    }

    /// Whether the pattern occurs in a text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        let _ = text;
        false
    }

    /// Makes the bytes that [`Pattern::from_bytes`] loads.
    ///
    /// # Errors
    ///
    /// If the expression is not one, or too large as an automaton.
    #[cfg(feature = "compile")]
    pub fn compile(regex: &str) -> Result<Vec<u8>, CompileError> {
        let _ = regex;
        Err(CompileError::TooLarge { limit: 0 })
    }
}

//! Tokens that users describe: a prefix, an alphabet and how long the rest is.

use std::ops::Range;

use memchr::memmem;
use thiserror::Error;

use super::alphabet::Alphabet;
use super::matching::ends_escape;
use crate::bytes::is_word;

/// A token with a prefix of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenForm {
    prefix: String,
    alphabet: Alphabet,
    min: usize,
    max: Option<usize>,
}

/// Why a token cannot be described like that.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TokenFormError {
    /// The prefix is short, or has bytes that tokens do not have.
    #[error("the prefix of a token needs at least {SHORTEST_PREFIX} ASCII letters, digits or punctuation marks")]
    Prefix,
    /// There is no such alphabet.
    #[error("unknown alphabet {0:?}: expected one of {ALPHABETS}")]
    Alphabet(String),
    /// There are more parts than a token has, or fewer.
    #[error("expected a prefix, an alphabet, a minimum length and optionally a maximum length, separated by spaces")]
    Parts,
    /// There is no length that is allowed.
    #[error("expected a minimum length of at least 1, and a maximum length that is not smaller")]
    Length,
}

const SHORTEST_PREFIX: usize = 3;

const ALPHABETS: &str = "hex, upper-hex, base36, upper-base36, alphanumeric, base64, base64url, base58";

impl TokenForm {
    /// A token that starts with a prefix, and goes on with at least `min` bytes of an alphabet. Longer runs than `max`
    /// are none.
    ///
    /// # Errors
    ///
    /// If the prefix is shorter than three bytes or not made of ASCII letters, digits and signs, if there is no such
    /// alphabet, or if no length is allowed.
    pub fn new(prefix: &str, alphabet: &str, min: usize, max: Option<usize>) -> Result<Self, TokenFormError> {
        if prefix.len() < SHORTEST_PREFIX || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenFormError::Prefix);
        }
        let Some(alphabet) = Alphabet::from_name(alphabet) else {
            return Err(TokenFormError::Alphabet(alphabet.to_owned()));
        };
        if min == 0 || max.is_some_and(|max| max < min) {
            return Err(TokenFormError::Length);
        }
        Ok(Self { prefix: prefix.to_owned(), alphabet, min, max })
    }

    /// Reads what [`TokenForm::new`] takes as text: `acme_ hex 20 40`, or `acme_ hex 20` where there is no longest one.
    ///
    /// # Errors
    ///
    /// As [`TokenForm::new`], and if the text has other parts.
    pub fn parse(text: &str) -> Result<Self, TokenFormError> {
        let parts: Vec<&str> = text.split(' ').collect();
        let length = |text: &str| text.parse().map_err(|_| TokenFormError::Length);
        match parts[..] {
            [prefix, alphabet, min] => Self::new(prefix, alphabet, length(min)?, None),
            [prefix, alphabet, min, max] => Self::new(prefix, alphabet, length(min)?, Some(length(max)?)),
            _ => Err(TokenFormError::Parts),
        }
    }

    /// Finds all of them in a text.
    pub(crate) fn find(&self, text: &[u8], hits: &mut Vec<Range<usize>>) {
        let mut searched = 0;
        for at in memmem::find_iter(text, &self.prefix) {
            if at < searched || !self.may_start(text, at) {
                continue;
            }
            let first = at + self.prefix.len();
            let end = self.alphabet.end(text, first);
            if end - first >= self.min && self.max.is_none_or(|max| end - first <= max) {
                hits.push(at..end);
            }
            // Whatever else begins in this run ends with it.
            searched = end;
        }
    }

    /// Whether a prefix at a place is no part of a longer word.
    fn may_start(&self, text: &[u8], at: usize) -> bool {
        let Some(before) = at.checked_sub(1).map(|before| text[before]) else { return true };
        let has_sign = self.prefix.bytes().any(|byte| !is_word(byte));
        match before {
            b'_' => has_sign,
            _ => !is_word(before) || ends_escape(&text[..at]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(row: &TokenForm, text: &str) -> Vec<String> {
        let mut hits = Vec::new();
        row.find(text.as_bytes(), &mut hits);
        hits.into_iter().map(|hit| text[hit].to_owned()).collect()
    }

    #[test]
    fn tokens_of_users_are_found() {
        let row = TokenForm::new("acme_", "hex", 8, Some(12)).expect("ASCII");
        assert_eq!(found(&row, "a acme_0123abcd, x_acme_0123abcdef"), ["acme_0123abcd", "acme_0123abcdef"]);
        assert_eq!(found(&row, r"\nacme_0123abcd"), ["acme_0123abcd"]);
        assert_eq!(found(&row, "xacme_0123abcd acme_0123 acme_0123456789abc"), [""; 0]);
    }

    #[test]
    fn odd_descriptions_are_refused() {
        assert_eq!(TokenForm::new("ab", "hex", 8, None), Err(TokenFormError::Prefix));
        assert_eq!(TokenForm::new("a b", "hex", 8, None), Err(TokenFormError::Prefix));
        assert_eq!(TokenForm::new("abc", "octal", 8, None), Err(TokenFormError::Alphabet("octal".to_owned())));
        assert_eq!(TokenForm::new("abc", "hex", 0, None), Err(TokenFormError::Length));
        assert_eq!(TokenForm::parse("acme_ hex 20 40"), TokenForm::new("acme_", "hex", 20, Some(40)));
        assert_eq!(TokenForm::parse("acme_ hex"), Err(TokenFormError::Parts));
        assert_eq!(TokenForm::parse("acme_ hex many"), Err(TokenFormError::Length));
        assert_eq!(TokenForm::new("abc", "hex", 8, Some(7)), Err(TokenFormError::Length));
    }
}

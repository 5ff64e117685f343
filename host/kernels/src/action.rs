//! What becomes of a hit.

use std::sync::Arc;

use crate::hash::HashKey;

/// What becomes of a hit.
#[derive(Clone, Debug)]
pub enum Action {
    /// This text takes its place. By custom it is `[REDACTED:<rule>]`.
    Replace(String),
    /// `*` takes the place of each letter and digit but the last ones.
    Mask {
        /// How many letters and digits stay, counted from the end.
        keep_last: u32,
    },
    /// A keyed token takes its place, see [`HashKey::token`].
    Hash(Arc<HashKey>),
    /// It is cut out. What is no string becomes an empty one.
    Remove,
    /// The whole record goes.
    DropRecord,
}

impl Action {
    /// What stands in the place of a text.
    pub(crate) fn apply(&self, text: &str) -> String {
        match self {
            Self::Replace(with) => with.clone(),
            Self::Mask { keep_last } => mask(text, *keep_last),
            Self::Hash(key) => key.token(text.as_bytes()),
            Self::Remove | Self::DropRecord => String::new(),
        }
    }
}

/// Puts `*` in the place of all letters and digits but the last ones.
pub(crate) fn mask(text: &str, keep_last: u32) -> String {
    let hidden = text.chars().filter(|character| character.is_alphanumeric()).count();
    let mut hidden = hidden.saturating_sub(usize::try_from(keep_last).unwrap_or(usize::MAX));
    let hide = |character: char| {
        let hides = hidden > 0 && character.is_alphanumeric();
        hidden -= usize::from(hides);
        if hides { '*' } else { character }
    };
    text.chars().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_the_form_and_the_end() {
        assert_eq!(mask("4111-1111-1111-1234", 4), "****-****-****-1234");
        assert_eq!(mask("jané@x.com", 0), "****@*.***");
        assert_eq!(mask("ab", 9), "ab");
        assert_eq!(mask("", 1), "");
    }

    #[test]
    fn actions_make_texts() {
        assert_eq!(Action::Replace("[X]".to_owned()).apply("a"), "[X]");
        assert_eq!(Action::Remove.apply("a"), "");
        let key = Arc::new(HashKey::new(b"k"));
        assert_eq!(Action::Hash(Arc::clone(&key)).apply("a"), key.token(b"a"));
    }
}

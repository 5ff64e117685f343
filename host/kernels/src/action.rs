//! What becomes of a hit.

use std::sync::Arc;

use crate::hash::HashKey;

/// What becomes of a hit.
#[derive(Clone, Debug)]
pub enum Action {
    /// This text takes its place. By custom it is `[REDACTED:<rule>]`.
    Replace(String),
    /// `*` takes the place of each letter and digit but the last ones, and of half of them at least.
    Mask {
        /// How many letters and digits stay, counted from the end.
        keep_last: u32,
    },
    /// A keyed token takes its place, see [`HashKey::token`].
    Hash(Arc<HashKey>),
    /// Its first characters stay, the rest is cut out.
    Truncate {
        /// How many characters stay.
        keep_first: u32,
    },
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
            Self::Truncate { keep_first } => text.chars().take(number(*keep_first)).collect(),
            Self::Remove | Self::DropRecord => String::new(),
        }
    }
}

/// Puts `*` in the place of all letters and digits but the last ones. A short text must not stay as it is, so at least
/// half of them go. A mask that is masked again stays the same.
pub(crate) fn mask(text: &str, keep_last: u32) -> String {
    let may_hide = |character: &char| character.is_alphanumeric() || *character == '*';
    let all = text.chars().filter(may_hide).count();
    let mut hidden = all - number(keep_last).min(all / 2);
    let hide = |character: char| {
        let hides = hidden > 0 && may_hide(&character);
        hidden -= usize::from(hides);
        if hides { '*' } else { character }
    };
    text.chars().map(hide).collect()
}

fn number(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_the_form_and_the_end() {
        assert_eq!(mask("4111-1111-1111-1234", 4), "****-****-****-1234");
        assert_eq!(mask("jané@x.com", 0), "****@*.***");
        assert_eq!(mask("", 1), "");
    }

    #[test]
    fn a_mask_hides_half_of_a_short_text_and_stays_as_it_is() {
        for (text, masked) in [("1234", "**34"), ("ab", "*b"), ("a", "*"), ("hunter2", "****er2")] {
            assert_eq!(mask(text, 4), masked);
            assert_eq!(mask(masked, 4), masked);
        }
    }

    #[test]
    fn actions_make_texts() {
        assert_eq!(Action::Replace("[X]".to_owned()).apply("a"), "[X]");
        assert_eq!(Action::Remove.apply("a"), "");
        assert_eq!(Action::Truncate { keep_first: 2 }.apply("éab"), "éa");
        let key = Arc::new(HashKey::new(b"k"));
        assert_eq!(Action::Hash(Arc::clone(&key)).apply("a"), key.token(b"a"));
    }
}

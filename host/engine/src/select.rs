//! Which events a transform sees.

/// A set of event kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Exact(String),
    Prefix(String),
}

impl Selector {
    /// Reads kinds such as `function`, `platform.*` or `*`. None at all means every kind.
    pub(crate) fn new<'k>(kinds: impl IntoIterator<Item = &'k String>) -> Self {
        Self(kinds.into_iter().map(|kind| Entry::of(kind)).collect())
    }

    /// Whether a kind is in the set.
    pub(crate) fn selects(&self, kind: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|entry| entry.matches(kind))
    }
}

impl Entry {
    fn of(kind: &str) -> Self {
        match kind.strip_suffix('*') {
            Some(prefix) => Self::Prefix(prefix.to_owned()),
            None => Self::Exact(kind.to_owned()),
        }
    }

    fn matches(&self, kind: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == kind,
            Self::Prefix(prefix) => kind.starts_with(prefix.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_exact_or_end_in_a_star() {
        let selector = Selector::new(&["function".to_owned(), "platform.*".to_owned()]);
        let selected = ["function", "platform.start", "platform.", "functions", "platform", "extension", ""];
        assert_eq!(selected.map(|kind| selector.selects(kind)), [true, true, true, false, false, false, false]);
    }

    #[test]
    fn no_kinds_means_all() {
        assert!(
            Selector::new(&[]).selects("x")
                && Selector::new(&[]).selects("")
                && Selector::new(&["*".to_owned()]).selects("y")
        );
    }
}

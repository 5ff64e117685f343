//! Handles: numbers for what a transform asked of the host, and for lists of edits.

use crate::tree::ROOT;

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub(crate) u32);
    )*};
}

handles! {
    /// A set of rules, for [`Edit::scrub`](crate::Edit::scrub).
    Ruleset
    /// A regular expression that the host looks for, for [`Event::matches`](crate::Event::matches).
    Pattern
    /// A field that comes along with every batch, for [`Event::column`](crate::Event::column).
    Column
    /// The name of a secret in the host's configuration, for [`Edit::hash`](crate::Edit::hash) and [`Action::Hash`](crate::Action::Hash).
    Key
    /// A metric that only grows, for [`Edit::count`](crate::Edit::count).
    Counter
    /// A metric that goes up and down, for [`Edit::gauge`](crate::Edit::gauge).
    Gauge
    /// A distribution, for [`Edit::observe`](crate::Edit::observe).
    Histogram
    /// A list of edits with a number: [`Setup::recipe`](crate::Setup::recipe) and [`Script::recipe`](crate::Script::recipe) make them.
    Recipe
}

impl Recipe {
    /// No edits: the record passes as it is.
    pub const KEEP: Self = Self(ROOT);
}

//! Where in the settings the reader is.

use std::cell::RefCell;
use std::fmt::Write as _;

/// The way from the whole of the settings to the value in hand.
///
/// Where a mistake is found nobody steps back, so that the way leads to it when reading is over.
#[derive(Default)]
pub(super) struct Path(RefCell<Vec<Step>>);

enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    /// Steps needed to get here.
    pub(super) fn depth(&self) -> usize {
        self.0.borrow().len()
    }

    /// Steps into a member of a table.
    pub(super) fn enter(&self, key: &str) {
        self.0.borrow_mut().push(Step::Key(key.to_owned()));
    }

    /// Steps into an element of a list.
    pub(super) fn enter_element(&self, index: usize) {
        self.0.borrow_mut().push(Step::Index(index));
    }

    /// Steps back, unless there was a mistake.
    pub(super) fn leave(&self) {
        self.0.borrow_mut().pop();
    }

    /// Such as `rules[2].action`; empty for the whole.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for step in self.0.borrow().iter() {
            let _ = match step {
                Step::Key(key) if text.is_empty() => write!(text, "{key}"),
                Step::Key(key) => write!(text, ".{key}"),
                Step::Index(index) => write!(text, "[{index}]"),
            };
        }
        text
    }
}

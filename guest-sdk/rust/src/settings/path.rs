//! Where in the settings the reader is.

use std::cell::RefCell;
use std::fmt::Write as _;

/// The way from the whole of the settings to the value in hand.
///
/// Where an error is found nobody steps back, so that the way leads to it when reading is over.
#[derive(Default)]
pub(super) struct Path(RefCell<Vec<Step>>);

struct Step {
    name: Name,
    /// Bytes of the text from where the value begins.
    left: usize,
}

/// What is left of the text at the whole of the settings.
pub(super) const WHOLE: usize = usize::MAX;

enum Name {
    Key(String),
    Index(usize),
}

impl Path {
    /// Steps needed to get here.
    pub(super) fn depth(&self) -> usize {
        self.0.borrow().len()
    }

    /// Steps into a member of a table.
    pub(super) fn enter(&self, key: &str, left: usize) {
        self.0.borrow_mut().push(Step { name: Name::Key(key.to_owned()), left });
    }

    /// Steps into an element of a list.
    pub(super) fn enter_element(&self, index: usize, left: usize) {
        self.0.borrow_mut().push(Step { name: Name::Index(index), left });
    }

    /// Steps back, unless there was an error.
    pub(super) fn leave(&self) {
        self.0.borrow_mut().pop();
    }

    /// Bytes of the text from where the value in hand begins, which tells it from others; [`WHOLE`] for the whole.
    pub(super) fn left(&self) -> usize {
        self.0.borrow().last().map_or(WHOLE, |step| step.left)
    }

    /// Such as `rules[2].action`; empty for the whole.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for step in self.0.borrow().iter() {
            let _ = match &step.name {
                Name::Key(key) if text.is_empty() => write!(text, "{key}"),
                Name::Key(key) => write!(text, ".{key}"),
                Name::Index(index) => write!(text, "[{index}]"),
            };
        }
        text
    }
}

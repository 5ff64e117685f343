//! Where in the settings the reader is.

use std::cell::RefCell;
use std::fmt::Write as _;

/// The way from the whole of the settings to the value in hand.
///
/// A step that fails stays on it, so that it leads to the mistake when reading is over.
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

    pub(super) fn in_key<T, E>(&self, key: &str, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.inside(Step::Key(key.to_owned()), read)
    }

    pub(super) fn in_element<T, E>(&self, index: usize, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.inside(Step::Index(index), read)
    }

    fn inside<T, E>(&self, step: Step, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.0.borrow_mut().push(step);
        let value = read()?;
        self.0.borrow_mut().pop();
        Ok(value)
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

//! Remembers what the rules made of the same source values: few sets of labels occur in many events.

use std::collections::HashMap;

use telesieve_guest::{Recipe, Script};

/// Distinct source values that are remembered, and bytes of them. Beyond, everything is forgotten and begins anew.
const MAX_ENTRIES: usize = 1_024;
const MAX_BYTES: usize = 256 << 10;

/// What the rules make of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Drop,
    Change { set: Vec<(String, String)>, gone: Vec<String> },
}

#[derive(Default)]
pub(crate) struct Memo {
    entries: HashMap<Box<[u8]>, Entry>,
    bytes: usize,
    /// The key in hand, kept for its memory.
    key: Vec<u8>,
    batch: u64,
}

struct Entry {
    outcome: Outcome,
    /// Recipes live as long as their batch.
    recipe: Recipe,
    batch: u64,
}

impl Memo {
    /// To be called for every batch.
    pub(crate) fn begin(&mut self) {
        self.batch += 1;
    }

    /// An empty key to write into.
    pub(crate) fn key(&mut self) -> &mut Vec<u8> {
        self.key.clear();
        &mut self.key
    }

    /// The recipe for the key in hand. `outcome` is asked if it was not seen before.
    pub(crate) fn recipe(&mut self, script: &mut Script, outcome: impl FnOnce() -> Outcome) -> Recipe {
        if let Some(entry) = self.entries.get_mut(self.key.as_slice()) {
            if entry.batch != self.batch {
                (entry.recipe, entry.batch) = (entry.outcome.recipe(script), self.batch);
            }
            return entry.recipe;
        }
        if self.entries.len() >= MAX_ENTRIES || self.bytes + self.key.len() > MAX_BYTES {
            self.entries.clear();
            self.bytes = 0;
        }
        let outcome = outcome();
        let recipe = outcome.recipe(script);
        self.bytes += self.key.len();
        self.entries.insert(self.key.as_slice().into(), Entry { outcome, recipe, batch: self.batch });
        recipe
    }
}

impl Outcome {
    fn recipe(&self, script: &mut Script) -> Recipe {
        script.recipe(|edit| match self {
            Self::Drop => _ = edit.drop(),
            Self::Change { set, gone } => {
                for name in gone {
                    edit.unlabel(name);
                }
                for (name, value) in set {
                    edit.label(name, value);
                }
            }
        })
    }
}

//! The edits of a whole batch, as they go back to the host.

use crate::batch::{Batch, Event};
use crate::bindings::types as raw;
use crate::edit::Edit;
use crate::setup::Recipe;
use crate::tree::ROOT;

/// The record has no edits yet: the host drops it, so that forgetting one leaks nothing.
const UNASSIGNED: u32 = u32::MAX;

/// What is to be done with each record of a batch.
///
/// A record that is never mentioned is dropped by the host and counted as a fault. [`Script::keep_rest`] lets all others
/// pass.
pub struct Script {
    edit: Edit,
    /// The list of edits of every record, by its node.
    ends: Vec<u32>,
}

impl Script {
    pub(crate) fn new(batch: &Batch, recipes: &Edit) -> Self {
        Self { edit: recipes.clone(), ends: vec![UNASSIGNED; batch.len()] }
    }

    /// Names a list of edits, to be given to records by its number. It lives as long as this batch.
    pub fn recipe(&mut self, write: impl FnOnce(&mut Edit)) -> Recipe {
        Recipe(self.write(ROOT, write))
    }

    /// Gives a record a recipe, in place of whatever edits it had.
    pub fn assign(&mut self, event: &Event, recipe: Recipe) -> &mut Self {
        self.ends[event.index()] = recipe.0;
        self
    }

    /// Gives a recipe to every record that was not mentioned before.
    pub fn assign_rest(&mut self, recipe: Recipe) -> &mut Self {
        for end in self.ends.iter_mut().filter(|end| **end == UNASSIGNED) {
            *end = recipe.0;
        }
        self
    }

    /// Lets every record that was not mentioned before pass as it is.
    pub fn keep_rest(&mut self) -> &mut Self {
        self.assign_rest(Recipe::KEEP)
    }

    /// Writes edits of one record, behind those that it has.
    pub fn edit(&mut self, event: &Event, write: impl FnOnce(&mut Edit)) -> &mut Self {
        let end = self.ends[event.index()];
        let from = if end == UNASSIGNED { ROOT } else { end };
        self.ends[event.index()] = self.write(from, write);
        self
    }

    fn write(&mut self, from: u32, write: impl FnOnce(&mut Edit)) -> u32 {
        self.edit.node = from;
        write(&mut self.edit);
        self.edit.node
    }

    /// The record form without a closure: an empty list to write into …
    pub(crate) fn begin(&mut self) -> &mut Edit {
        self.edit.node = ROOT;
        &mut self.edit
    }

    /// … which becomes the record's.
    pub(crate) fn end(&mut self, index: usize) {
        self.ends[index] = self.edit.node;
    }

    /// Lists that two records share become recipes. What a record has alone crosses over at half the cost as `extra`
    /// behind the longest list that it shares with others.
    pub(crate) fn finish(self) -> raw::Script {
        let tree = &self.edit.tree;
        let mut users = vec![0_u32; tree.len()];
        for end in self.ends.iter().filter(|end| **end != UNASSIGNED) {
            users[*end as usize] += 1;
        }
        let mut number_of = vec![None; tree.len()];
        let mut script =
            raw::Script { recipes: Vec::new(), assign: Vec::with_capacity(self.ends.len()), extra: Vec::new() };
        // Most records have the edits of the one before, and none of their own.
        let mut before = (UNASSIGNED, UNASSIGNED);
        for (index, end) in (0_u32..).zip(self.ends) {
            if end == before.0 {
                script.assign.push(before.1);
                continue;
            }
            let mut shared = end;
            while shared != ROOT && users[shared as usize] < 2 {
                shared = tree.parent(shared);
            }
            let number = *number_of[shared as usize].get_or_insert_with(|| {
                script.recipes.push(tree.edits(ROOT, shared));
                script.recipes.len() as u32 - 1
            });
            script.assign.push(number);
            if shared == end {
                before = (end, number);
                continue;
            }
            script.extra.extend(tree.edits(shared, end).into_iter().map(|edit| (index, edit)));
        }
        script
    }
}

//! The edits of a whole batch, as they go back to the host.

use crate::batch::{Batch, Event};
use crate::bindings::types as raw;
use crate::edit::Edit;
use crate::handle::Recipe;
use crate::tree::{ROOT, Tree};

/// A record without a list of edits: the host drops it, so that forgetting one leaks nothing.
const UNASSIGNED: u32 = 0;

/// Of a record that is unassigned.
const NO_RECIPE: u32 = u32::MAX;

/// What is to be done with each record of a batch.
///
/// A record that is never mentioned is dropped by the host and counted as a fault. [`Script::keep_rest`] lets all others
/// pass.
pub struct Script {
    edit: Edit,
    /// The list of edits of every record: one more than its node. Memory comes as zeros.
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
        self.ends[event.index()] = recipe.0 + 1;
        self
    }

    /// Gives a recipe to every record that was not mentioned before.
    pub fn assign_rest(&mut self, recipe: Recipe) -> &mut Self {
        for end in self.ends.iter_mut().filter(|end| **end == UNASSIGNED) {
            *end = recipe.0 + 1;
        }
        self
    }

    /// Lets every record that was not mentioned before pass as it is.
    pub fn keep_rest(&mut self) -> &mut Self {
        self.assign_rest(Recipe::KEEP)
    }

    /// Writes edits of one record, behind those that it has.
    pub fn edit(&mut self, event: &Event, write: impl FnOnce(&mut Edit)) -> &mut Self {
        let from = self.ends[event.index()].saturating_sub(1);
        self.ends[event.index()] = self.write(from, write) + 1;
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
        self.ends[index] = self.edit.node + 1;
    }

    /// Lists that two records share become recipes. What a record has alone crosses over at half the cost as `extra`
    /// behind the longest list that it shares with others.
    pub(crate) fn finish(self) -> raw::Script {
        let tree = &self.edit.tree;
        let mut users = vec![0_u32; tree.len() + 1];
        for end in &self.ends {
            users[*end as usize] += 1;
        }
        // By node, behind those that are unassigned.
        let users = &users[1..];
        let (recipes, numbers) = recipes(tree, users);
        let assign = self.ends.iter().map(|end| numbers[*end as usize]).collect();
        let mut extra = Vec::new();
        // Most batches have no record with a list of its own.
        if users.contains(&1) {
            for (index, end) in (0..).zip(&self.ends) {
                let own = end.checked_sub(1).filter(|node| users[*node as usize] == 1);
                let edits = own.map_or_else(Vec::new, |node| tree.edits(shared(tree, users, node), node));
                extra.extend(edits.into_iter().map(|edit| (index, edit)));
            }
        }
        raw::Script { recipes, assign, extra }
    }
}

/// The lists that become recipes, and the number of the recipe of each list that is in use, behind that of none.
fn recipes(tree: &Tree, users: &[u32]) -> (Vec<Vec<raw::Edit>>, Vec<u32>) {
    let (mut recipes, mut numbers) = (Vec::new(), vec![NO_RECIPE; users.len() + 1]);
    let by_node = &mut numbers[1..];
    for (node, _) in (0..).zip(users).filter(|(_, count)| **count > 0) {
        let shared = shared(tree, users, node);
        let number = &mut by_node[shared as usize];
        if *number == NO_RECIPE {
            *number = recipes.len() as u32;
            recipes.push(tree.edits(ROOT, shared));
        }
        by_node[node as usize] = *number;
    }
    (recipes, numbers)
}

/// The node of the longest list that a list begins with and that is not one record's alone.
fn shared(tree: &Tree, users: &[u32], mut node: u32) -> u32 {
    while node != ROOT && users[node as usize] < 2 {
        node = tree.parent(node);
    }
    node
}

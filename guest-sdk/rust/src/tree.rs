//! Lists of edits as paths in a tree, so that equal lists are found while they are written.
//!
//! A node stands for the list of edits from the root to it. Writing an edit walks to a child and makes it only if it is
//! new, so that a thousand records with the same edits allocate once. The key of an edit is its bytes; nodes are found
//! by a hash of parent and key and compared in full, because two lists that are mistaken for one another would be a
//! leak.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::bindings::types as raw;

/// The node of the empty list.
pub(crate) const ROOT: u32 = 0;

#[derive(Clone)]
struct Node {
    parent: u32,
    /// Next node with the same hash.
    next: Option<u32>,
    key: (u32, u32),
    /// `None` in the root alone.
    edit: Option<raw::Edit>,
}

#[derive(Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    keys: Vec<u8>,
    first_of: HashMap<u64, u32, BuildHasherDefault<Passed>>,
}

impl Default for Tree {
    fn default() -> Self {
        let root = Node { parent: ROOT, next: None, key: (0, 0), edit: None };
        Self { nodes: vec![root], keys: Vec::new(), first_of: HashMap::default() }
    }
}

impl Tree {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn parent(&self, node: u32) -> u32 {
        self.nodes[node as usize].parent
    }

    /// The node of `parent`'s list with one more edit. `key` tells edits apart; `make` is called if it is new.
    pub(crate) fn child(&mut self, parent: u32, key: &[u8], make: impl FnOnce() -> raw::Edit) -> u32 {
        let hash = hash(parent, key);
        self.find(hash, parent, key).unwrap_or_else(|| self.insert(hash, parent, key, make()))
    }

    fn find(&self, hash: u64, parent: u32, key: &[u8]) -> Option<u32> {
        let mut at = self.first_of.get(&hash).copied();
        while let Some(node) = at {
            if self.is(node, parent, key) {
                return at;
            }
            at = self.nodes[node as usize].next;
        }
        None
    }

    fn insert(&mut self, hash: u64, parent: u32, key: &[u8], edit: raw::Edit) -> u32 {
        let start = self.keys.len();
        self.keys.extend_from_slice(key);
        let node = index(self.nodes.len());
        let key = (index(start), index(self.keys.len()));
        let next = self.first_of.insert(hash, node);
        self.nodes.push(Node { parent, next, key, edit: Some(edit) });
        node
    }

    fn is(&self, node: u32, parent: u32, key: &[u8]) -> bool {
        let Node { parent: own, key: (start, end), .. } = self.nodes[node as usize];
        own == parent && self.keys[start as usize..end as usize] == *key
    }

    /// The list of a node, each edit with its key: to be written again elsewhere.
    pub(crate) fn keyed(&self, node: u32) -> Vec<(Vec<u8>, raw::Edit)> {
        let mut list = Vec::new();
        let mut at = node;
        while let Node { parent, key: (start, end), edit: Some(edit), .. } = &self.nodes[at as usize] {
            list.push((self.keys[*start as usize..*end as usize].to_vec(), edit.clone()));
            at = *parent;
        }
        list.reverse();
        list
    }

    /// The edits behind `from`, an ancestor of `node` or `node` itself, up to `node`.
    pub(crate) fn edits(&self, from: u32, node: u32) -> Vec<raw::Edit> {
        let mut edits = Vec::new();
        let mut at = node;
        while at != from {
            let node = &self.nodes[at as usize];
            edits.extend(node.edit.clone());
            at = node.parent;
        }
        edits.reverse();
        edits
    }
}

/// A guest's memory ends at 4 GiB, and what a batch makes of it long before that.
fn index(len: usize) -> u32 {
    u32::try_from(len).expect("lists of edits stay below 4 GiB")
}

/// Multiply and rotate, eight bytes at a time: keys are short.
fn hash(parent: u32, key: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = (u64::from(parent) ^ key.len() as u64).wrapping_mul(ODD);
    let (words, rest) = key.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(29) ^ u64::from_le_bytes(*word)).wrapping_mul(ODD);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hash = (hash.rotate_left(29) ^ u64::from_le_bytes(last)).wrapping_mul(ODD);
    hash ^ (hash >> 32)
}

/// Keys of the map are hashes already.
#[derive(Clone, Copy, Default)]
struct Passed(u64);

impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(tree: &mut Tree, parent: u32, name: &str) -> u32 {
        let make = || raw::Edit::Unlabel(name.to_owned());
        tree.child(parent, name.as_bytes(), make)
    }

    #[test]
    fn equal_lists_are_one_node() {
        let mut tree = Tree::default();
        let a = label(&mut tree, ROOT, "a");
        let ab = label(&mut tree, a, "b");
        let b = label(&mut tree, ROOT, "b");
        assert_eq!(label(&mut tree, ROOT, "a"), a);
        assert_eq!(label(&mut tree, a, "b"), ab);
        assert_ne!(b, ab);
        assert_eq!(tree.len(), 4);
        assert_eq!(tree.edits(ROOT, ab), [raw::Edit::Unlabel("a".to_owned()), raw::Edit::Unlabel("b".to_owned())]);
        assert_eq!(tree.edits(a, ab), [raw::Edit::Unlabel("b".to_owned())]);
        assert!(tree.edits(ROOT, ROOT).is_empty());
    }

    #[test]
    fn colliding_hashes_stay_apart() {
        let mut tree = Tree::default();
        let nodes: Vec<u32> = (0..500).map(|n| label(&mut tree, ROOT, &format!("name-{n}"))).collect();
        for node in tree.first_of.values_mut() {
            *node = nodes[499];
        }
        for (n, node) in tree.nodes.iter_mut().enumerate().skip(2) {
            node.next = Some(index(n - 1));
        }
        assert!((0..500).all(|n| label(&mut tree, ROOT, &format!("name-{n}")) == nodes[n]));
        assert_eq!(tree.len(), 501);
    }
}

//! Lists of edits as paths in a tree, so that equal lists are found while they are written.
//!
//! A node stands for the list of edits from the root to it. Writing an edit walks to a child and makes it only if it is
//! new, so that a thousand records with the same edits allocate once. The key of an edit is its bytes; nodes are found
//! by a hash of parent and key and compared in full, because two lists that are mistaken for one another would be a
//! leak.

use crate::bindings::types as raw;

/// The node of the empty list.
pub(crate) const ROOT: u32 = 0;

/// Slots that there are at least, once there is a node. Always a power of two.
const FEWEST_SLOTS: usize = 16;

#[derive(Clone)]
struct Node {
    parent: u32,
    hash: u32,
    key: (u32, u32),
    /// `None` in the root alone.
    edit: Option<raw::Edit>,
}

#[derive(Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    keys: Vec<u8>,
    /// Every node but the root, which stands for a free slot, at its hash or behind it. By hand, because a map of the
    /// standard library is a thirtieth of a small component, and a copy is made of this one for every batch.
    slots: Vec<u32>,
}

impl Default for Tree {
    fn default() -> Self {
        let root = Node { parent: ROOT, hash: 0, key: (0, 0), edit: None };
        Self { nodes: vec![root], keys: Vec::new(), slots: Vec::new() }
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

    fn find(&self, hash: u32, parent: u32, key: &[u8]) -> Option<u32> {
        self.chain(hash).map(|slot| self.slots[slot]).find(|node| self.is(*node, hash, parent, key))
    }

    /// The slots that a node with a hash may stand in, up to the first free one.
    fn chain(&self, hash: u32) -> impl Iterator<Item = usize> {
        let last = self.slots.len().wrapping_sub(1);
        let slots = (0..self.slots.len()).map(move |step| (hash as usize).wrapping_add(step) & last);
        slots.take_while(|slot| self.slots[*slot] != ROOT)
    }

    fn insert(&mut self, hash: u32, parent: u32, key: &[u8], edit: raw::Edit) -> u32 {
        let (node, start) = (index(self.nodes.len()), self.keys.len());
        self.keys.extend_from_slice(key);
        let key = (index(start), index(self.keys.len()));
        self.nodes.push(Node { parent, hash, key, edit: Some(edit) });
        if self.nodes.len() * 2 > self.slots.len() {
            self.grow();
        } else {
            self.place(node);
        }
        node
    }

    /// Keeps at least half of the slots free.
    fn grow(&mut self) {
        self.slots = vec![ROOT; (self.slots.len() * 2).max(FEWEST_SLOTS)];
        (1..index(self.nodes.len())).for_each(|node| self.place(node));
    }

    /// Puts a node into the first free slot for its hash.
    fn place(&mut self, node: u32) {
        let (hash, last) = (self.nodes[node as usize].hash as usize, self.slots.len() - 1);
        let taken = self.chain(hash as u32).count();
        self.slots[hash.wrapping_add(taken) & last] = node;
    }

    fn is(&self, node: u32, hash: u32, parent: u32, key: &[u8]) -> bool {
        let Node { parent: own, hash: of, key: (start, end), .. } = self.nodes[node as usize];
        of == hash && own == parent && self.keys[start as usize..end as usize] == *key
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
fn hash(parent: u32, key: &[u8]) -> u32 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = (u64::from(parent) ^ key.len() as u64).wrapping_mul(ODD);
    let (words, rest) = key.as_chunks::<8>();
    for word in words {
        hash = (hash.rotate_left(29) ^ u64::from_le_bytes(*word)).wrapping_mul(ODD);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hash = (hash.rotate_left(29) ^ u64::from_le_bytes(last)).wrapping_mul(ODD);
    (hash ^ (hash >> 32)) as u32
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
        let key = |number: u32| number.to_string().into_bytes();
        let insert = |number| tree.insert(u32::MAX, ROOT, &key(number), raw::Edit::Drop);
        let nodes: Vec<u32> = (0..500).map(insert).collect();
        assert!((0..500).all(|number| tree.find(u32::MAX, ROOT, &key(number)) == Some(nodes[number as usize])));
        assert_eq!(tree.find(u32::MAX, ROOT, b"other"), None);
        assert_eq!(tree.find(u32::MAX, nodes[0], &key(1)), None);
    }

    #[test]
    fn many_lists_are_found_again() {
        let mut tree = Tree::default();
        assert_eq!(tree.find(0, ROOT, b""), None);
        let nodes: Vec<u32> = (0..5_000).map(|number| label(&mut tree, number % 7, &number.to_string())).collect();
        let again: Vec<u32> = (0..5_000).map(|number| label(&mut tree, number % 7, &number.to_string())).collect();
        assert_eq!((nodes, tree.len()), (again, 5_001));
    }
}

//! What changed between two texts, word by word.

/// A piece of text and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'t> {
    pub(crate) text: &'t str,
    pub(crate) change: Change,
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Same,
    Removed,
    Added,
}

/// Beyond this many pairs of words, everything between the common start and end counts as changed.
const MAX_CELLS: usize = 4_000_000;

/// Pieces of both texts, in order.
pub(crate) fn diff<'t>(before: &'t str, after: &'t str) -> Vec<Piece<'t>> {
    without_islands(&pieces(&words(before), &words(after)))
}

/// Lines of both texts, in order.
pub(crate) fn diff_lines<'t>(before: &'t str, after: &'t str) -> Vec<Piece<'t>> {
    let lines = |text: &'t str| text.split_inclusive('\n').collect::<Vec<_>>();
    pieces(&lines(before), &lines(after))
}

fn pieces<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Piece<'t>> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let limit = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(limit).take_while(|(a, b)| a == b).count();
    let mut pieces = Pieces::default();
    pieces.all(&old[..start], Change::Same);
    middle(&old[start..old.len() - end], &new[start..new.len() - end], &mut pieces);
    pieces.all(&old[old.len() - end..], Change::Same);
    pieces.list
}

/// A single character that stayed between two edits is no comfort to the reader: it counts as edited.
fn without_islands<'t>(pieces: &[Piece<'t>]) -> Vec<Piece<'t>> {
    let changed = |at: usize| pieces.get(at).is_some_and(|piece| piece.change != Change::Same);
    let mut result = Vec::with_capacity(pieces.len());
    for (at, piece) in pieces.iter().enumerate() {
        let mut characters = piece.text.chars();
        let small = characters.next().is_some_and(|c| !c.is_alphanumeric() && c != ' ') && characters.next().is_none();
        if !changed(at) && small && at > 0 && changed(at - 1) && changed(at + 1) {
            result.push(Piece { change: Change::Removed, ..*piece });
            result.push(Piece { change: Change::Added, ..*piece });
        } else {
            result.push(*piece);
        }
    }
    result
}

/// How alike two texts are, from 0 to 1: the share of words that both have.
pub(crate) fn likeness(one: &str, two: &str) -> f64 {
    let (mut one, mut two) = (words(one), words(two));
    one.sort_unstable();
    two.sort_unstable();
    let (mut shared, mut at) = (0_u32, 0);
    for word in &one {
        while at < two.len() && two[at] < *word {
            at += 1;
        }
        if two.get(at) == Some(word) {
            shared += 1;
            at += 1;
        }
    }
    let longer = one.len().max(two.len()).max(1);
    f64::from(shared) / longer as f64
}

/// Runs of letters and digits, and single characters between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices() {
        if character.is_alphanumeric() {
            start.get_or_insert(at);
            continue;
        }
        words.extend(start.take().map(|start| &text[start..at]));
        words.push(&text[at..at + character.len_utf8()]);
    }
    words.extend(start.map(|start| &text[start..]));
    words
}

fn middle<'t>(old: &[&'t str], new: &[&'t str], pieces: &mut Pieces<'t>) {
    if old.len() * new.len() > MAX_CELLS {
        pieces.all(old, Change::Removed);
        pieces.all(new, Change::Added);
        return;
    }
    let lengths = common_lengths(old, new);
    let width = new.len() + 1;
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            pieces.push(old[i], Change::Same);
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            pieces.push(old[i], Change::Removed);
            i += 1;
        } else {
            pieces.push(new[j], Change::Added);
            j += 1;
        }
    }
    pieces.all(&old[i..], Change::Removed);
    pieces.all(&new[j..], Change::Added);
}

/// Lengths of the longest common subsequence of every pair of ends.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<u32> {
    let width = new.len() + 1;
    let mut lengths = vec![0; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = if old[i] == new[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    lengths
}

#[derive(Default)]
struct Pieces<'t> {
    list: Vec<Piece<'t>>,
}

impl<'t> Pieces<'t> {
    fn push(&mut self, text: &'t str, change: Change) {
        self.list.push(Piece { text, change });
    }

    fn all(&mut self, words: &[&'t str], change: Change) {
        self.list.extend(words.iter().map(|text| Piece { text, change }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(before: &str, after: &str) -> String {
        diff(before, after).iter().fold(String::new(), |text, piece| match piece.change {
            Change::Same => text + piece.text,
            Change::Removed => text + "[-" + piece.text + "-]",
            Change::Added => text + "{+" + piece.text + "+}",
        })
    }

    #[test]
    fn marks_words() {
        assert_eq!(marked("for jane, ok", "for [R], ok"), "for [-jane-]{+[+}{+R+}{+]+}, ok");
        assert_eq!(marked("same", "same"), "same");
        assert_eq!(marked("", "new"), "{+new+}");
        assert_eq!(marked("a é b", "a b"), "a [-é-][- -]b");
        assert_eq!(marked("12-34", "x-y"), "[-12-]{+x+}[---]{+-+}[-34-]{+y+}");
    }

    #[test]
    fn both_texts_can_be_read_off() {
        let (before, after) = ("x=1, y=2; z", "y=3; x=1, z!");
        let pieces = diff(before, after);
        let read = |skip| -> String { pieces.iter().filter(|p| p.change != skip).map(|p| p.text).collect() };
        assert_eq!(read(Change::Added), before);
        assert_eq!(read(Change::Removed), after);
    }

    #[test]
    fn lines_are_compared_as_wholes() {
        let changed: Vec<_> =
            diff_lines("a b\nc\n", "a d\nc\n").iter().map(|piece| (piece.text, piece.change)).collect();
        assert_eq!(changed, [("a b\n", Change::Removed), ("a d\n", Change::Added), ("c\n", Change::Same)]);
    }

    #[test]
    fn tells_how_alike_texts_are() {
        assert_eq!(likeness("a b", "a b"), 1.0);
        assert_eq!(likeness("abc", "xyz"), 0.0);
        assert!(likeness("order 1 for jane", "order 1 for [R]") > likeness("GET /health", "order 1 for [R]"));
    }
}

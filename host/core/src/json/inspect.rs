//! Whether text is JSON, and what in it other parsers stumble over.
//!
//! One strict pass with a stack of its own. It runs where something is amiss or must be vouched for, and hands out the
//! top-level members on the way, so that whoever needs both pays for one pass.

use std::borrow::Cow;

use super::keys::Keys;
use super::layout::{MOST_SCALARS, Scalar};
use super::scalar::Scalars;
use super::scan::skip_space;
use super::text::unescape;
use super::walk::Member;

/// Containers inside one another that [`inspect`] follows. Deeper text counts as broken.
const MAX_DEPTH: usize = 4_096;

/// What a valid value holds that some parsers refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// End of the value, in bytes from the start of the text.
    pub end: usize,
    /// Containers inside one another; 0 for a scalar.
    pub depth: usize,
    /// A number that no 64-bit float can hold, such as `1e999`, or one of more than 300 characters.
    pub huge_number: bool,
    /// Half a surrogate pair, such as `\ud83d`.
    pub lone_surrogate: bool,
    /// An object that has a key twice, however it is spelled.
    pub repeated_key: bool,
    /// Bytes of the longest scalar together with the keys that lead to it.
    pub longest_leaf: usize,
}

/// Where text stops being JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Place of the first byte that cannot stand there, or the length of the text if it ends too early.
    pub at: usize,
    /// Places of the brackets that are still open there, outermost first.
    pub open: Vec<usize>,
}

/// Reads the value that starts at byte `start`, strictly by the grammar. What follows it is not looked at.
///
/// # Errors
/// The place of the fault, if the text there is no JSON value or nested deeper than 4,096 containers.
pub fn inspect(text: &str, start: usize) -> Result<Findings, Fault> {
    let mut stack = Stack::default();
    inspect_members(text, start, &mut stack, |_| {}).map_err(|at| stack.fault(at))
}

/// Like [`inspect`], and calls `visit` for each member of the value, if it is an object. The stack can be used again and
/// again; a fault gives the place alone.
pub(crate) fn inspect_members<'t>(
    text: &'t str,
    start: usize,
    stack: &mut Stack,
    visit: impl FnMut(Member<'t>),
) -> Result<Findings, usize> {
    stack.open.clear();
    stack.keys.clear();
    stack.scalars.clear();
    let mut inspector =
        Inspector { text, scalars: Scalars::new(text, start), stack, path: 0, member: (0..0, 0), visit };
    match inspector.run() {
        Some(()) => Ok(Findings { end: inspector.scalars.at, ..inspector.scalars.found }),
        None => Err(inspector.scalars.at.min(text.len())),
    }
}

/// What is open, the keys seen in it, and the scalars seen so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stack {
    open: Vec<Frame>,
    keys: Keys,
    pub(super) scalars: Vec<Scalar>,
}

impl Stack {
    fn fault(&self, at: usize) -> Fault {
        Fault { at, open: self.open.iter().map(|frame| frame.start).collect() }
    }
}

struct Inspector<'t, 's, V> {
    text: &'t str,
    scalars: Scalars<'t>,
    stack: &'s mut Stack,
    /// Bytes of the keys that lead to this place.
    path: usize,
    /// The top-level member at hand: span of its key, start of its value.
    member: (std::ops::Range<usize>, usize),
    visit: V,
}

/// An open container.
#[derive(Clone, Debug)]
struct Frame {
    start: usize,
    object: bool,
    /// Bytes of the key at hand.
    key: usize,
    /// Where its keys start among those of all open objects.
    first_key: usize,
}

impl<'t, V: FnMut(Member<'t>)> Inspector<'t, '_, V> {
    fn run(&mut self) -> Option<()> {
        loop {
            let opened = self.value()?;
            if opened && self.enter()? {
                continue;
            }
            if opened {
                self.close();
            }
            if self.leave()? {
                return Some(());
            }
        }
    }

    /// Reads a scalar, or the bracket that opens a container, which gives `true`.
    fn value(&mut self) -> Option<bool> {
        let start = self.scalars.at;
        if let bracket @ (b'{' | b'[') = self.scalars.peek()? {
            return self.open(bracket == b'{').map(|()| true);
        }
        self.scalars.scalar(self.path)?;
        // One too many tells that there are too many.
        if self.stack.scalars.len() <= MOST_SCALARS {
            self.stack.scalars.push(Scalar { start, end: self.scalars.at, path: self.path });
        }
        Some(false)
    }

    fn open(&mut self, object: bool) -> Option<()> {
        if self.stack.open.len() == MAX_DEPTH {
            return None;
        }
        self.stack.open.push(Frame { start: self.scalars.at, object, key: 0, first_key: self.stack.keys.len() });
        self.scalars.found.depth = self.scalars.found.depth.max(self.stack.open.len());
        self.scalars.at += 1;
        Some(())
    }

    /// Goes to the first value of the container just opened; `false` if there is none.
    fn enter(&mut self) -> Option<bool> {
        self.skip_space();
        match (self.scalars.peek()?, self.in_object()) {
            (b'}', true) | (b']', false) => Some(false),
            (_, true) => self.key().map(|()| true),
            (_, false) => Some(true),
        }
    }

    /// Goes behind a value, and out of each container that ends there, to the next value; `true` if nothing is open.
    fn leave(&mut self) -> Option<bool> {
        loop {
            match self.stack.open.len() {
                0 => return Some(true),
                1 if self.in_object() => self.hand_out(),
                _ => {}
            }
            self.skip_space();
            match (self.scalars.peek()?, self.in_object()) {
                (b',', object) => return self.step_over_comma(object).map(|()| false),
                (b'}', true) | (b']', false) => self.close(),
                _ => return None,
            }
        }
    }

    /// Goes behind the closing bracket.
    fn close(&mut self) {
        self.scalars.at += 1;
        if let Some(frame) = self.stack.open.pop() {
            self.path -= frame.key;
            self.scalars.found.repeated_key |= self.stack.keys.close(frame.first_key);
        }
    }

    fn step_over_comma(&mut self, object: bool) -> Option<()> {
        self.scalars.at += 1;
        self.skip_space();
        if object { self.key() } else { Some(()) }
    }

    /// A key, its colon, and the space up to the value.
    fn key(&mut self) -> Option<()> {
        let start = self.scalars.at;
        if self.scalars.peek()? != b'"' {
            return None;
        }
        self.scalars.string()?;
        let end = self.scalars.at;
        self.skip_space();
        if self.scalars.peek()? != b':' {
            return None;
        }
        self.scalars.at += 1;
        self.skip_space();
        if self.stack.open.len() == 1 {
            self.member = (start..end, self.scalars.at);
        }
        if let Some(frame) = self.stack.open.last_mut() {
            self.path = self.path - frame.key + (end - start);
            frame.key = end - start;
            let raw = &self.text[start + 1..end - 1];
            let key = if self.scalars.escaped { unescape(raw) } else { Cow::Borrowed(raw) };
            self.scalars.found.repeated_key |= self.stack.keys.add(&key, frame.first_key);
        }
        Some(())
    }

    /// The value of a top-level member ends here.
    fn hand_out(&mut self) {
        let (key, start) = self.member.clone();
        (self.visit)(Member {
            key_raw: &self.text[key.start + 1..key.end - 1],
            key_span: key,
            value: &self.text[start..self.scalars.at],
            value_span: start..self.scalars.at,
        });
    }

    fn skip_space(&mut self) {
        self.scalars.at = skip_space(self.scalars.bytes, self.scalars.at);
    }

    fn in_object(&self) -> bool {
        self.stack.open.last().is_some_and(|frame| frame.object)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn oddities_are_found() {
        let found = |text: &str| inspect(text, 0).ok();
        assert!(found(r#"{"n":1e999}"#).is_some_and(|found| found.huge_number));
        assert!(found(r#"{"n":1e300}"#).is_some_and(|found| !found.huge_number));
        let long = "9".repeat(301);
        assert!(found(&long).is_some_and(|found| found.huge_number));
        assert!(found(r#"["\ud83d"]"#).is_some_and(|found| found.lone_surrogate));
        assert!(found(r#"["\ud83e\uddfe"]"#).is_some_and(|found| !found.lone_surrogate));
        assert_eq!(found("[[],[[1]]]").map(|found| found.depth), Some(3));
    }

    #[test]
    fn repeated_keys_are_found() {
        let repeated = |text: &str| inspect(text, 0).is_ok_and(|found| found.repeated_key);
        assert!(repeated(r#"{"message":1,"message":2}"#));
        assert!(repeated(r#"[{"a":{"b":1,"c":{},"\u0062":2}}]"#));
        assert!(!repeated(r#"{"a":{"a":{"b":1}},"b":{"a":1},"aaaaaaaaaaaa":2}"#));
        let many = |last: usize| {
            let members: Vec<_> = (0..100).chain([last]).map(|number| format!("\"key {number}\":1")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(repeated(&many(50)) && repeated(&many(99)) && !repeated(&many(100)));
    }

    #[test]
    fn leaves_are_measured_with_their_path() {
        let leaf = |text| inspect(text, 0).ok().map(|found| found.longest_leaf);
        assert_eq!(leaf(r#"{"a":{"bc":"xyz"},"long key":1}"#), Some(3 + 4 + 5));
        assert_eq!(leaf(r#"[1,22,"3"]"#), Some(3));
        assert_eq!(leaf(r#"{"a":{},"b":12}"#), Some(5));
    }

    #[test]
    fn members_are_handed_out() {
        let mut seen = Vec::new();
        let text = r#" { "a" : [ {"x":1} ] ,"b":{"c":{}},"d":2}"#;
        assert!(
            inspect_members(text, 1, &mut Stack::default(), |member| seen.push((member.key_raw, member.value))).is_ok()
        );
        assert_eq!(seen, [("a", r#"[ {"x":1} ]"#), ("b", r#"{"c":{}}"#), ("d", "2")]);
    }

    #[test]
    fn faults_say_where_and_in_what() {
        assert_eq!(inspect(r#"{"a":[1,2}"#, 0), Err(Fault { at: 9, open: vec![0, 5] }));
        assert_eq!(inspect("[1", 0), Err(Fault { at: 2, open: vec![0] }));
        assert_eq!(inspect("[\"x", 0), Err(Fault { at: 3, open: vec![0] }));
        assert_eq!(inspect("BBBB", 0), Err(Fault { at: 0, open: vec![] }));
        assert_eq!(inspect("", 0), Err(Fault { at: 0, open: vec![] }));
        assert!(inspect(&"[".repeat(1 << 20), 0).is_err_and(|fault| fault.at == MAX_DEPTH));
    }

    /// Text made of the pieces of JSON, most of it broken.
    fn rubble() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("{"),
            Just("}"),
            Just("["),
            Just("]"),
            Just(","),
            Just(":"),
            Just("\""),
            Just("\"a\""),
            Just("\"\":"),
            Just("1"),
            Just("-0.5e+3"),
            Just("01"),
            Just("true"),
            Just("null"),
            Just(" "),
            Just("\\"),
            Just("\\u00"),
            Just("\"\\ud83d\\ude00\""),
            Just("é"),
            Just("\t"),
        ];
        prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in prop_oneof![rubble(), r#"[\[\]{}",:0-9eE.+tfn\\u d8a-]{0,24}"#]) {
            let text = text.trim_start();
            let whole = inspect(text, 0).is_ok_and(|found| text[found.end..].trim().is_empty());
            let theirs = serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
            prop_assert_eq!(whole, theirs);
        }
    }
}

//! What the latest records looked like.
//!
//! Function and platform write few kinds of records over and over. Objects are compared with the layouts of those before
//! them first; one that has none of them is read from end to end, and its own layout takes the place of an old one. Where
//! records have little in common that is work for nothing, so it is done less and less.

use crate::json::{Ends, Findings, Layout, Member, Stack, inspect_members};
use crate::record::Name;

/// Layouts to remember.
const REMEMBERED: usize = 8;

/// Most credit that there can be.
const CREDIT: u32 = 32;

/// With no more credit than this, a layout is learned only when there is none left.
const LITTLE: u32 = 16;

/// Credit for a layout that was of use. To read a record of no known layout takes one away.
const USE: u32 = 3;

/// See the module's documentation.
#[derive(Clone, Debug)]
pub(super) struct Layouts {
    known: Vec<Layout<Name>>,
    /// The one that the last record had.
    latest: usize,
    /// The one to be replaced next.
    oldest: usize,
    credit: u32,
    ends: Ends,
}

impl Default for Layouts {
    fn default() -> Self {
        Self { known: Vec::new(), latest: 0, oldest: 0, credit: CREDIT, ends: Ends::default() }
    }
}

impl Layouts {
    /// Reads a record strictly, and hands out those of its members whose keys are known by a name. `None` if it is broken:
    /// some of its members may then have been handed out.
    pub(super) fn inspect<'r>(
        &mut self,
        record: &'r str,
        stack: &mut Stack,
        mut visit: impl FnMut(Name, &Member<'r>),
    ) -> Option<Findings> {
        if let Some(found) = self.recognise(record) {
            let layout = &self.known[self.latest];
            layout.members(record, &self.ends).for_each(|(name, member)| visit(name, &member));
            return Some(found);
        }
        let learns = record.starts_with('{') && self.learns();
        let mut members = Vec::new();
        let found = inspect_members(record, 0, stack, |member| {
            let Some(name) = Name::of(member.key_raw) else { return };
            visit(name, &member);
            if learns {
                members.push((name, member));
            }
        });
        let found = found.ok().filter(|found| found.end == record.len())?;
        if learns && let Some(layout) = Layout::of(record, &found, &members, stack) {
            self.remember(layout);
        }
        Some(found)
    }

    /// Finds the layout of a record, the latest one first.
    fn recognise(&mut self, record: &str) -> Option<Findings> {
        if self.known.is_empty() || !record.starts_with('{') {
            return None;
        }
        let quotes = telesieve_simd::quotes(record.as_bytes());
        for turn in 0..self.known.len() {
            let at = (self.latest + turn) % self.known.len();
            if let Some(found) = self.known[at].read(record, quotes.as_ref(), &mut self.ends) {
                self.latest = at;
                self.credit = (self.credit + USE).min(CREDIT);
                return Some(found);
            }
        }
        None
    }

    /// Whether to learn the layout of a record.
    fn learns(&mut self) -> bool {
        self.credit = self.credit.checked_sub(1).unwrap_or(LITTLE);
        self.credit > LITTLE || self.credit == 0
    }

    fn remember(&mut self, layout: Layout<Name>) {
        if self.known.len() < REMEMBERED {
            self.known.push(layout);
        } else {
            self.known[self.oldest] = layout;
            self.oldest = (self.oldest + 1) % REMEMBERED;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Record;
    use crate::reading::Reader;

    /// Values, most of them scalars, some of them broken.
    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => r#""[a-z \\"é]{0,12}""#,
            2 => "[a-z ]{60,140}".prop_map(|text| format!("\"{text}\"")),
            4 => "-?[0-9]{1,3}(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
            2 => prop_oneof![Just("true"), Just("false"), Just("null"), Just("nul"), Just("")].prop_map(String::from),
            2 => r#""(\\u[0-9a-dD]{3}[0-9a]|\\[nt"\\/bfrx]|a){0,4}""#,
            1 => Just("\"info\"".to_owned()),
            1 => Just("\"\t\"".to_owned()),
        ]
    }

    /// Objects of few layouts, with values of all kinds in them.
    fn object() -> impl Strategy<Value = String> {
        let shape = prop_oneof![
            Just(r#"{"level":@,"requestId":@,"message":@,"order":{"id":@,"total":@},"traceId":@}"#),
            Just(r#"{"requestId":@,"tracing":{"spanId":@,"value":@},"initializationType":@}"#),
            Just(r#"{"requestId":@,"tracing":{"spanId":@,"value":@},"initializationType":@} "#),
            Just(r#"{"fields":{"message":@,"n":[@,@,[]]},"l\u0065vel":@,"log":{"level":@},"span":{"requestId":@}}"#),
            Just(r#"{"a":@,"a":@,"\ud83d":@}"#),
            Just(r#"{ "msg" : @ , "list" : [ @ , @ ] }"#),
            Just(r#"{"a":{},"b":[]}"#),
            Just("[@,@]"),
            Just("@"),
        ];
        (shape, prop::collection::vec(value(), 8)).prop_map(|(shape, values)| {
            let mut values = values.into_iter();
            shape.split_inclusive('@').map(|part| part.replace('@', &values.next().unwrap_or_default())).collect()
        })
    }

    proptest! {
        #[test]
        fn a_record_reads_the_same_whatever_was_read_before(objects in prop::collection::vec(object(), 1..40)) {
            let mut reader = Reader::default();
            for object in &objects {
                let (one, other) = (Record::from(object.as_str()), Record::from(object.as_str()));
                let read = format!("{:?}", reader.read(&one));
                prop_assert_eq!(read, format!("{:?}", Reader::default().read(&other)), "{}", object);
            }
        }

        #[test]
        fn members_are_visited_the_same_whatever_was_read_before(objects in prop::collection::vec(object(), 1..40)) {
            let mut reader = Reader::default();
            for object in &objects {
                let (one, other) = (Record::from(object.as_str()), Record::from(object.as_str()));
                let (mut seen, mut expected) = (Vec::new(), Vec::new());
                let whole = reader.visit(&one, |member| seen.push(member.clone()));
                prop_assert_eq!(whole, Reader::default().visit(&other, |member| expected.push(member.clone())));
                prop_assert_eq!(seen, expected, "{}", object);
            }
        }
    }

    #[test]
    fn a_layout_is_recognised() {
        let (mut layouts, mut stack) = (Layouts::default(), Stack::default());
        let mut inspect = |record: &str| {
            let found = layouts.inspect(record, &mut stack, |_, _| {}).map(|found| found.longest_leaf);
            (found, layouts.known.len())
        };
        assert_eq!(inspect(r#"{"level":"info","n":1}"#), (Some(7 + 6), 1));
        assert_eq!(inspect(r#"{"level":"warning","n":-2.5e3}"#), (Some(7 + 9), 1));
        assert_eq!(inspect(r#"{"level":"warning","n":{}}"#), (Some(7 + 9), 2));
        assert_eq!(inspect(r#"{"level":"warning","n":01}"#), (None, 2));
    }

    #[test]
    fn what_is_never_of_use_is_seldom_learned() {
        let (mut layouts, mut stack) = (Layouts::default(), Stack::default());
        let learned = (0..1_000).filter(|number| {
            let (before, record) = (layouts.oldest, format!("{{\"key {number}\":1}}"));
            layouts.inspect(&record, &mut stack, |_, _| {});
            layouts.oldest != before
        });
        assert!((40..80).contains(&learned.count()));
        assert_eq!(layouts.known.len(), REMEMBERED);
    }
}

//! Objects that look like one that was read before.
//!
//! A logger writes the same keys in the same order, record after record. What stands between the scalars of an object,
//! keys and brackets and all, is its layout. Once an object was read by [`inspect_members`](super::inspect_members), the
//! next one of its layout needs no more than a comparison of what lies between scalars, and a strict reading of these:
//! whatever depends on keys and nesting alone is known. An object of another layout is not recognised, and read anew.

use std::ops::Range;

use telesieve_simd::Quotes;

use super::scalar::Scalars;
use super::walk::Member;
use super::{Findings, Stack};

/// Scalars up to which a layout is worth keeping.
pub(super) const MOST_SCALARS: usize = 64;

/// Bytes between scalars up to which it is.
const MOST_BYTES: usize = 2_048;

/// A scalar of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalar {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Bytes of the keys that lead to it.
    pub(super) path: usize,
}

/// What objects that a logger writes have in common. `M` is what the caller knows of a top-level member by its key.
#[derive(Clone, Debug)]
pub(crate) struct Layout<M> {
    /// All that stands between scalars.
    between: String,
    /// For each scalar, the end of what stands before it in `between`, and the bytes of the keys that lead to it.
    scalars: Vec<(usize, usize)>,
    members: Vec<KnownMember<M>>,
    depth: usize,
    repeated_key: bool,
}

#[derive(Clone, Debug)]
struct KnownMember<M> {
    key: Range<Place>,
    value: Range<Place>,
    known: M,
}

/// So many bytes behind the end of the scalar before the one of this number.
#[derive(Clone, Copy, Debug)]
struct Place {
    scalar: usize,
    behind: usize,
}

/// Where the scalars of an object end, from its start. The first place stands for the start itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ends(Vec<usize>);

impl Ends {
    fn resolve(&self, place: Place) -> usize {
        self.0[place.scalar] + place.behind
    }

    fn span(&self, places: &Range<Place>) -> Range<usize> {
        self.resolve(places.start)..self.resolve(places.end)
    }
}

impl<M: Copy> Layout<M> {
    /// The layout of the object that `stack` was last used to read, without fault and from its start to its end.
    /// `None` if it is not worth keeping.
    pub(crate) fn of(object: &str, found: &Findings, members: &[(M, Member<'_>)], stack: &Stack) -> Option<Self> {
        let scalars = &stack.scalars;
        // Half a pair may stand in a key.
        if scalars.len() > MOST_SCALARS || found.lone_surrogate {
            return None;
        }
        let (mut between, mut done, mut known) = (String::new(), 0, Vec::with_capacity(scalars.len()));
        for scalar in scalars {
            between.push_str(&object[done..scalar.start]);
            known.push((between.len(), scalar.path));
            done = scalar.end;
        }
        between.push_str(object.get(done..found.end)?);
        let place = |at: usize| place(scalars, at);
        let member = |(known, member): &(M, Member<'_>)| KnownMember {
            key: place(member.key_span.start)..place(member.key_span.end),
            value: place(member.value_span.start)..place(member.value_span.end),
            known: *known,
        };
        let members = members.iter().map(member).collect();
        let Findings { depth, repeated_key, .. } = *found;
        (between.len() <= MOST_BYTES).then_some(Self { between, scalars: known, members, depth, repeated_key })
    }

    /// Reads an object of this layout, all of `object`: what [`inspect_members`](super::inspect_members) would find.
    /// `None` if it has another one, or is broken. `quotes` are those of the object.
    #[inline]
    pub(crate) fn read(&self, object: &str, quotes: Option<&Quotes>, ends: &mut Ends) -> Option<Findings> {
        let mut reading = Scalars::with_quotes(object, quotes);
        ends.0.clear();
        ends.0.push(0);
        let mut done = 0;
        for (end, path) in &self.scalars {
            expect(&mut reading, &self.between.as_bytes()[done..*end])?;
            reading.scalar(*path)?;
            ends.0.push(reading.at);
            done = *end;
        }
        expect(&mut reading, &self.between.as_bytes()[done..])?;
        let Self { depth, repeated_key, .. } = *self;
        (reading.at == object.len()).then_some(Findings { end: reading.at, depth, repeated_key, ..reading.found })
    }

    /// The members that it was made with, as they stand in the object that was read last.
    pub(crate) fn members<'t>(&self, object: &'t str, ends: &Ends) -> impl Iterator<Item = (M, Member<'t>)> {
        self.members.iter().map(|member| {
            let (key_span, value_span) = (ends.span(&member.key), ends.span(&member.value));
            let key_raw = &object[key_span.start + 1..key_span.end - 1];
            let value = &object[value_span.clone()];
            (member.known, Member { key_raw, key_span, value, value_span })
        })
    }
}

#[inline]
fn expect(reading: &mut Scalars<'_>, text: &[u8]) -> Option<()> {
    let found = reading.bytes.get(reading.at..reading.at + text.len())?;
    reading.at += text.len();
    is_same(found, text).then_some(())
}

/// Compares bytes of the same length. What stands between two scalars has eight to sixteen bytes, mostly.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let chunks = |bytes: &[u8]| Some((*bytes.first_chunk::<8>()?, *bytes.last_chunk::<8>()?));
    if one.len() <= 16
        && let (Some(one), Some(other)) = (chunks(one), chunks(other))
    {
        return one == other;
    }
    one == other
}

fn place(scalars: &[Scalar], at: usize) -> Place {
    let scalar = scalars.partition_point(|scalar| scalar.end <= at);
    let end = if scalar == 0 { 0 } else { scalars[scalar - 1].end };
    Place { scalar, behind: at - end }
}

//! What every rule owes: examples, counterexamples, and clues in all of them.

use super::*;
use crate::own_values::OwnValues;
use crate::signals::Signals;

fn hits(rule: Named, text: &str) -> Vec<&str> {
    let mut digits = Vec::new();
    let mut values = Vec::new();
    let mut hits = Vec::new();
    runs(text.as_bytes(), &mut digits);
    keyed(text.as_bytes(), &Names::default(), rule.rule().family(), &[], &mut values);
    rule.rule().find(
        &Subject { text: text.as_bytes(), runs: &digits, keyed: &values, markers: &[], own: &OwnValues::default() },
        &mut hits,
    );
    hits.sort_by_key(|hit| (hit.start, hit.end));
    hits.dedup_by(|next, hit| {
        let overlap = next.start < hit.end;
        hit.end = if overlap { hit.end.max(next.end) } else { hit.end };
        overlap
    });
    hits.into_iter().map(|hit| &text[hit]).collect()
}

#[test]
fn rules_have_names_of_their_own() {
    assert!(LIST.len() <= 128, "sets of rules have 128 bits");
    for rule in Named::all() {
        assert_eq!(Named::from_name(rule.name()), Some(rule));
        assert!(rule.info().version > 0 && rule.info().description.ends_with('.'), "{}", rule.name());
        assert!(Group::ALL.iter().all(|group| group.name() != rule.name()), "{}", rule.name());
    }
    assert_eq!(Named::from_name("none"), None);
}

#[test]
fn examples_are_hit() {
    let examples =
        Named::all().flat_map(|rule| rule.info().hits.iter().map(move |(text, hit)| (rule, *text, vec![*hit])));
    let wrong: Vec<_> = examples
        .map(|(rule, text, hit)| (rule.name(), text, hit, hits(rule, text)))
        .filter(|(_, _, hit, found)| hit != found)
        .collect();
    assert_eq!(wrong, []);
}

#[test]
fn counterexamples_are_not() {
    let examples = Named::all().flat_map(|rule| rule.info().misses.iter().map(move |text| (rule, *text)));
    let wrong: Vec<_> = examples
        .map(|(rule, text)| (rule.name(), text, hits(rule, text)))
        .filter(|(_, _, found)| !found.is_empty())
        .collect();
    assert_eq!(wrong, []);
}

#[test]
fn signals_are_in_every_example() {
    for rule in Named::all() {
        for (text, _) in rule.info().hits {
            assert!(Signals::of(text).intersects(rule.rule().signals()), "{} in {text}", rule.name());
        }
    }
}

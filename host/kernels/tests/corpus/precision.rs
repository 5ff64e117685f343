//! How often the default rules touch what they must not.

use telesieve_kernels::{Action, Detector, Group, Named, Place, Rule, Ruleset, Scratch};

use crate::ids::{CLASSES, Class};
use crate::random::Random;

/// What became of the identifiers of a class.
pub(crate) struct Outcome {
    pub(crate) class: &'static str,
    pub(crate) made: u64,
    pub(crate) touched: u64,
    /// Some that were touched, and by which rules.
    pub(crate) examples: Vec<String>,
}

/// All rules of the default selection.
pub(crate) fn all_rules() -> Ruleset {
    let rule = |named: Named| Rule {
        name: named.name().to_owned(),
        detector: Detector::Named(named),
        action: Action::Replace(format!("[{}]", named.name())),
    };
    Ruleset::new(Named::all().filter(|rule| rule.info().group != Group::NationalIds).map(rule).collect())
}

/// Makes so many identifiers of every class, and looks which of them the rules touch: as a line of text, as a value of
/// JSON, and as a number where they are one.
pub(crate) fn measure(each: u64, seed: u64) -> Vec<Outcome> {
    let rules = all_rules();
    let mut scratch = Scratch::default();
    (seed..).zip(CLASSES).map(|(seed, class)| measure_class(class, each, seed, &rules, &mut scratch)).collect()
}

fn measure_class(class: &Class, each: u64, seed: u64, rules: &Ruleset, scratch: &mut Scratch) -> Outcome {
    let mut random = Random::new(seed);
    let mut outcome = Outcome { class: class.name, made: each, touched: 0, examples: Vec::new() };
    for index in 0..each {
        let id = (class.make)(&mut random);
        let record = record(&id, index);
        let hits = rules.scrub(&record, &Place::Whole, scratch).hits;
        if !hits.is_empty() {
            outcome.touched += 1;
            let names: Vec<_> = hits.iter().map(|(rule, _)| rules.rules()[usize::from(*rule)].name.as_str()).collect();
            if outcome.examples.len() < 3 {
                outcome.examples.push(format!("{record} by {}", names.join(", ")));
            }
        }
    }
    outcome
}

fn record(id: &str, index: u64) -> String {
    let id = id.replace('"', "\\\"");
    let is_number = id.bytes().all(|byte| byte.is_ascii_digit()) && !id.starts_with('0');
    match index % 4 {
        0 => format!("\"{id}\""),
        1 => format!(r#"{{"id":"{id}","n":1}}"#),
        2 if is_number => format!(r#"{{"id":{id}}}"#),
        2 => format!(r#"{{"a":[{{"b":"{id}"}}]}}"#),
        _ => format!(r#""2026-03-02T08:15:20.290Z\t8f14e45f-ceea-467f-a830-4b2d4c6d3b1a\tINFO\tdone: {id}\n""#),
    }
}

/// The outcomes as a table, and how many were touched in all.
pub(crate) fn table(outcomes: &[Outcome]) -> (String, u64) {
    let mut table = format!("{:<28}{:>12}{:>10}\n", "class", "made", "touched");
    for Outcome { class, made, touched, examples } in outcomes {
        table += &format!("{class:<28}{made:>12}{touched:>10}\n");
        examples.iter().for_each(|example| table += &format!("    {example}\n"));
    }
    let (made, touched) = outcomes.iter().fold((0, 0), |sum, outcome| (sum.0 + outcome.made, sum.1 + outcome.touched));
    table += &format!("{:<28}{made:>12}{touched:>10}\n", "all");
    (table, touched)
}

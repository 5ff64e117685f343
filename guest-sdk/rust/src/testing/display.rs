//! Edits as readable text.

use crate::bindings::guest::Setup;
use crate::bindings::types::{Edit, Place, Sample};

/// An edit in a line, such as `label tier=gold` or `scrub email, jwt in whole`.
pub(super) fn edit(edit: &Edit, setup: &Setup) -> String {
    match edit {
        Edit::Keep => "keep".to_owned(),
        Edit::Drop => "drop".to_owned(),
        Edit::Scrub(ruleset) => format!("scrub {}", rules(setup, *ruleset)),
        Edit::Hash(keyed) => format!("hash {} with {}", keyed.path, nth(&setup.keys, keyed.key)),
        Edit::Mask(masked) => format!("mask {} but {}", masked.path, masked.keep_last),
        Edit::Set(set) => format!("set {}={}", set.path, set.value),
        Edit::Remove(path) => format!("remove {path}"),
        Edit::Rename(renaming) => format!("rename {} to {}", renaming.from, renaming.to),
        Edit::Truncate(cut) => format!("truncate {} to {}", place(&cut.place), cut.max_bytes),
        Edit::Label(label) => format!("label {}={}", label.name, label.value),
        Edit::Unlabel(name) => format!("unlabel {name}"),
        Edit::Replace(record) => format!("replace {record}"),
        Edit::Append(new) => format!("append {} {}", new.kind, new.record),
        Edit::Count(sample) => format!("count {}", metric(setup, sample)),
        Edit::Gauge(sample) => format!("gauge {}", metric(setup, sample)),
        Edit::Observe(sample) => format!("observe {}", metric(setup, sample)),
    }
}

fn rules(setup: &Setup, index: u32) -> String {
    let Some(ruleset) = setup.rulesets.get(index as usize) else { return format!("undeclared ruleset {index}") };
    let names: Vec<_> = ruleset.rules.iter().map(|rule| rule.name.as_str()).collect();
    format!("{} in {}", names.join(", "), place(&ruleset.place))
}

fn place(place: &Place) -> &str {
    match place {
        Place::Whole => "whole",
        Place::Message => "message",
        Place::Field(path) => path,
        Place::Keys => "keys",
    }
}

fn nth(names: &[String], index: u32) -> &str {
    names.get(index as usize).map_or("an undeclared key", String::as_str)
}

/// `orders{status="paid"} 1`
fn metric(setup: &Setup, sample: &Sample) -> String {
    let Some(metric) = setup.metrics.get(sample.metric as usize) else {
        return format!("undeclared metric {}", sample.metric);
    };
    if metric.label_names.is_empty() {
        return format!("{} {}", metric.name, sample.value);
    }
    let labels = metric.label_names.iter().zip(&sample.label_values).map(|(name, value)| format!("{name}={value:?}"));
    format!("{}{{{}}} {}", metric.name, labels.collect::<Vec<_>>().join(","), sample.value)
}

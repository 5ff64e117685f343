//! A transform that uses all of the contract: an edit of each kind, every function of the host, every kind of rule.
//!
//! It is compiled once for each minor version of the contract and kept, see `tests/fixtures`: hosts to come must run it.
//! An event's `case` says what is done with it.

use serde::Deserialize;
use telesieve_guest::{
    Action, Batch, Column, Counter, Edit, Event, Gauge, Histogram, Key, Level, Pattern, Place, Result, Rule, Ruleset,
    Script, SettingError, Setup, hash64, log, transform,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Found in `matches`.
    pattern: String,
}

struct Handles {
    case: Column,
    pattern: Pattern,
    key: Key,
    rules: Vec<(&'static str, Ruleset)>,
    counter: Counter,
    gauge: Gauge,
    histogram: Histogram,
    function: String,
    batches: u32,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Handles, SettingError> {
    let Settings { pattern } = settings;
    if pattern.is_empty() {
        setup.reject("pattern", "expected a pattern, found nothing");
    }
    setup.kind("function").kind("platform.*");
    let key = setup.key("customer");
    let email = |action| Rule::named("email", action);
    let replace = || email(Action::Replace("[email]".to_owned()));
    let rules = [
        ("replace", replace()),
        ("masked", email(Action::Mask(3))),
        ("hashed", email(Action::Hash(key))),
        ("removed", email(Action::Remove)),
        ("dropped", email(Action::DropRecord)),
        ("shortened", email(Action::Truncate(2))),
        ("pattern", Rule::pattern("number", "N-[0-9]{4}", Action::Replace("[number]".to_owned()))),
        ("checked", Rule::checked("card", "[0-9]{16}", "luhn", Action::Replace("[card]".to_owned()))),
        ("keys", Rule::keys("secret", ["password"], Action::Replace("[secret]".to_owned()))),
    ];
    let mut rules = rules.map(|(name, rule)| (name, setup.ruleset([rule]))).to_vec();
    let places = [("place", Place::field("v")), ("key-place", Place::Keys), ("message-place", Place::Message)];
    rules.extend(places.map(|(name, place)| (name, setup.ruleset_at([replace()], &place))));
    Ok(Handles {
        case: setup.column("case"),
        pattern: setup.pattern(&pattern),
        key,
        rules,
        counter: setup.counter("cases_total", "Cases.", &["case"]),
        gauge: setup.gauge("batches", "Batches so far.", &[]),
        histogram: setup.histogram("bytes", "Length of records.", &[], &[10.0, 100.0]),
        function: setup.function().name.clone(),
        batches: 0,
    })
}

#[transform(kind = "redact", name = "contract", setup = setup)]
fn contract(batch: &Batch, script: &mut Script, handles: &mut Handles) -> Result<()> {
    handles.batches += 1;
    log(Level::Info, "a batch");
    for event in batch.events() {
        let case = event.column(handles.case).unwrap_or("keep").to_owned();
        script.edit(&event, |edit| handles.apply(&case, batch, &event, edit));
    }
    Ok(())
}

impl Handles {
    fn apply(&self, case: &str, batch: &Batch, event: &Event, edit: &mut Edit) {
        if let Some((_, rules)) = self.rules.iter().find(|(name, _)| *name == case) {
            edit.scrub(*rules);
        }
        match case {
            "drop" => edit.drop(),
            "hash" => edit.hash("v", self.key),
            "mask" => edit.mask("v", 2),
            "set" => edit.set("new.field", 1),
            "remove" => edit.remove("v"),
            "rename" => edit.rename("v", "w"),
            "truncate" => edit.truncate(&Place::field("v"), 3),
            "truncate-message" => edit.truncate(&Place::Message, 2),
            "label" => edit.label("a", "1").label("b", "2").unlabel("a"),
            "replace-record" => edit.replace("another record"),
            "append" => edit.append("contract.new", "appended"),
            "metrics" => {
                edit.count(self.counter, &[case], 2.0);
                edit.gauge(self.gauge, &[], f64::from(self.batches));
                edit.observe(self.histogram, &[], event.len() as f64)
            }
            "look" => self.look(batch, event, edit),
            _ => edit,
        };
    }

    /// Everything that can be read.
    fn look<'e>(&self, batch: &Batch, event: &Event, edit: &'e mut Edit) -> &'e mut Edit {
        let index = u32::try_from(event.index()).unwrap_or(u32::MAX);
        let text = event.text();
        let agree = batch.texts(&[index]) == [text.clone()] && batch.all_texts()[event.index()] == text;
        let invocation = event.invocation().map_or("none", |invocation| &invocation.request_id).to_owned();
        edit.label("agree", if agree { "yes" } else { "no" })
            .label("matches", if event.matches(self.pattern, &Place::Whole) { "yes" } else { "no" })
            .label("hash64", &format!("{:x}", hash64("text")))
            .label("facts", &format!("{} {:?} {}", event.kind(), event.shape(), event.time_ms().unwrap_or(0)))
            .label("severity", event.severity().map_or("none", |severity| severity.name()))
            .label("invocation", &invocation)
            .label("function", &self.function)
    }
}

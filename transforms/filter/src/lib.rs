//! Ready-made transform: drops what is not worth keeping.
//!
//! An event is dropped if a `drop` rule holds, or if there are `keep` rules and none holds, or if its invocation is not
//! in the sample. Within a rule all conditions must hold.
//!
//! ```toml
//! [[transform]]
//! name = "filter"
//! on_error = "pass"
//!
//! [transform.settings]
//! min_level = "info"          # drop records of a lower level; those that say none stay
//! sample = 0.1                # keep one invocation in ten, each whole or not at all
//! sample_platform = true      # platform events share the fate of their invocation; the default
//! keep_errors = true          # errors and failed invocations' reports outlive sampling; the default
//!
//! [[transform.settings.drop]]
//! kinds = ["platform.telemetrySubscription", "platform.extension"]
//!
//! [[transform.settings.drop]]
//! kinds = ["function"]
//! level_below = "warn"
//! fields = [
//!     { path = "http.route", in = ["/health", "/ready"] },
//!     { path = "http.status", equals = 200 },
//!     { path = "error", exists = false },
//! ]
//!
//! [[transform.settings.drop]]
//! pattern = "(?i)cache (hit|miss)"
//! place = "message"           # "whole", "message" (the default) or "field:some.path"
//!
//! [[transform.settings.keep]] # with any of these, what none of them keeps is dropped
//! kinds = ["platform.*", "function"]
//! ```

mod rule;
mod sample;
mod settings;

use rule::Rule;
use sample::Sample;
use settings::Settings;
use telesieve_guest::{Batch, Event, Recipe, Script, SettingError, Setup, transform};

struct Filter {
    drop: Vec<Rule>,
    keep: Vec<Rule>,
    sample: Option<Sample>,
    dropped: Recipe,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Filter, SettingError> {
    let sample = Sample::new(&settings, setup);
    let drop = settings.drop.into_iter().enumerate().map(|(at, rule)| (format!("drop[{at}]"), rule));
    let mut drop: Vec<Rule> = drop.map(|(path, rule)| Rule::new(rule, &path, setup)).collect();
    drop.extend(settings.min_level.map(Rule::below));
    let keep = settings.keep.into_iter().enumerate().map(|(at, rule)| (format!("keep[{at}]"), rule));
    let keep = keep.map(|(path, rule)| Rule::new(rule, &path, setup)).collect();
    Ok(Filter { drop, keep, sample, dropped: setup.recipe(|edit| _ = edit.drop()) })
}

#[transform(kind = "filter", setup = setup)]
fn filter(batch: &Batch, script: &mut Script, filter: &mut Filter) {
    filter.drop.iter_mut().chain(&mut filter.keep).for_each(|rule| rule.begin(batch));
    if let Some(sample) = &mut filter.sample {
        sample.begin(batch);
    }
    for event in batch.events() {
        let recipe = if filter.drops(&event) { filter.dropped } else { Recipe::KEEP };
        script.assign(&event, recipe);
    }
}

impl Filter {
    fn drops(&self, event: &Event) -> bool {
        self.drop.iter().any(|rule| rule.holds(event))
            || !self.keep.is_empty() && !self.keep.iter().any(|rule| rule.holds(event))
            || self.sample.as_ref().is_some_and(|sample| sample.drops(event))
    }
}

#[cfg(test)]
mod tests;

//! Ready-made transform: labels of events, by Prometheus' `relabel_config` rules.
//!
//! Besides the labels that earlier transforms gave an event, rules can use labels that begin with `__`. They are gone
//! when the rules are done.
//!
//! | label | holds |
//! |---|---|
//! | `__kind` | the event's kind, such as `function` or `platform.report` |
//! | `__severity` | `trace`, `debug`, `info`, `warn`, `error` or `fatal`, if the record says it |
//! | `__request_id`, `__cold_start` | of the invocation; `true` or `false` |
//! | `__function`, `__version`, `__region`, `__account_id` | of the function |
//! | `__field_<name>` | a field of the record: a name of `fields`, or the path itself |
//!
//! ```toml
//! [[transform]]
//! name = "relabel"
//! on_error = "pass"
//!
//! [transform.settings.fields]
//! tenant = "context.tenantId"
//!
//! [[transform.settings.rules]]           # action = "replace" is the default
//! source_labels = ["__field_tenant"]
//! target_label = "tenant"
//!
//! [[transform.settings.rules]]
//! source_labels = ["__region", "__function"]
//! separator = "/"                        # ";" by default
//! regex = "(eu|us)-[^/]*/(.*)"           # matches all of the text; "(.*)" by default
//! target_label = "service"
//! replacement = "$1:$2"                  # "$1" by default
//!
//! [[transform.settings.rules]]
//! source_labels = ["__request_id"]
//! action = "hashmod"
//! modulus = 16
//! target_label = "shard"
//!
//! [[transform.settings.rules]]
//! source_labels = ["__kind", "__severity"]
//! regex = "function;(trace|debug)"
//! action = "drop"
//!
//! [[transform.settings.rules]]
//! regex = "tmp_.*"
//! action = "labeldrop"
//! ```
//!
//! Actions: `replace`, `keep`, `drop`, `keepequal`, `dropequal`, `hashmod`, `lowercase`, `uppercase`, `labelmap`,
//! `labeldrop`, `labelkeep`.

mod labels;
mod md5;
mod memo;
mod rule;
mod settings;
mod sources;

use memo::Memo;
use rule::Rule;
use settings::Settings;
use sources::Sources;
use telesieve_guest::{Batch, Script, SettingError, Setup, transform};

struct Relabel {
    rules: Vec<Rule>,
    sources: Sources,
    memo: Memo,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Relabel, SettingError> {
    let sources = Sources::new(&settings, setup);
    let rules = settings.rules.into_iter().enumerate();
    let rules = rules.filter_map(|(at, rule)| Rule::new(rule, &format!("rules[{at}]"), setup)).collect();
    Ok(Relabel { rules, sources, memo: Memo::default() })
}

#[transform(kind = "relabel", setup = setup)]
fn relabel(batch: &Batch, script: &mut Script, relabel: &mut Relabel) {
    let Relabel { rules, sources, memo } = relabel;
    memo.begin();
    for event in batch.events() {
        sources.key(&event, memo.key());
        let recipe = memo.recipe(script, || rule::outcome(rules, sources.labels(&event), event.labels()));
        script.assign(&event, recipe);
    }
}

#[cfg(test)]
mod tests;

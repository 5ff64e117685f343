//! The standard program as one transform, the way a user would write it: drop two kinds, redact, add two labels.

use serde::Deserialize;
use telesieve_guest::{Action, Batch, Recipe, Rule, Script, SettingError, Setup, transform};

#[derive(Deserialize)]
struct Settings {
    drop: Vec<String>,
    rules: Vec<String>,
}

struct Standard {
    drop: Vec<String>,
    dropped: Recipe,
    usual: Recipe,
}

fn setup(settings: Settings, setup: &mut Setup) -> Result<Standard, SettingError> {
    let replace = |name: &String| Rule::named(name, Action::Replace("[REDACTED]".to_owned()));
    let rules = setup.ruleset(settings.rules.iter().map(replace));
    let dropped = setup.recipe(|edit| _ = edit.drop());
    let usual = setup.recipe(|edit| _ = edit.scrub(rules).label("team", "checkout").label("stage", "production"));
    Ok(Standard { drop: settings.drop, dropped, usual })
}

#[transform(kind = "redact", setup = setup)]
fn standard(batch: &Batch, script: &mut Script, standard: &Standard) {
    let recipe = |kind: &String| if standard.drop.contains(kind) { standard.dropped } else { standard.usual };
    let by_kind: Vec<Recipe> = batch.kinds().iter().map(recipe).collect();
    for event in batch.events() {
        script.assign(&event, by_kind[event.kind_index()]);
    }
}

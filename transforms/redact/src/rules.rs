//! The ruleset: the user's patterns, then the host's rules.

use telesieve_guest::{Rule, Ruleset, Setup};

use crate::settings::Settings;

/// What `all` stands for.
pub(crate) const ALL: [&str; 10] =
    ["email", "payment-card", "bearer", "aws-key", "jwt", "phone", "ip", "iban", "us-ssn", "secret"];

/// Declares the ruleset, if there is any rule.
pub(crate) fn declare(settings: &Settings, setup: &mut Setup) -> Option<Ruleset> {
    let named = names(settings);
    check_names(settings, &named, setup);
    let mut rules = Vec::new();
    for (at, pattern) in settings.patterns.iter().enumerate() {
        let action = settings.action(&pattern.name, pattern.own(), &format!("patterns[{at}]"), setup);
        rules.push(Rule::pattern(&pattern.name, &pattern.pattern, action));
    }
    for name in named {
        let own = settings.overrides.get(name).map(|own| own.own()).unwrap_or_default();
        let path = if own.action.is_some() { format!("overrides.{name}") } else { "action".to_owned() };
        rules.push(Rule::named(name, settings.action(name, own, &path, setup)));
    }
    (!rules.is_empty()).then(|| setup.ruleset(rules))
}

/// The host's rules, each once.
fn names(settings: &Settings) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for rule in &settings.rules {
        let group: &[&str] = if rule == "all" { &ALL } else { &[rule] };
        for name in group {
            if !names.contains(name) && !settings.except.iter().any(|except| except == name) {
                names.push(name);
            }
        }
    }
    names
}

/// A name in the wrong place would silently redact less. Names in `rules` that are unknown here are left to the host,
/// which may be newer.
fn check_names(settings: &Settings, named: &[&str], setup: &mut Setup) {
    let selected = |name: &str| settings.rules.iter().any(|rule| rule == "all" || rule == name);
    for (at, name) in settings.except.iter().enumerate() {
        if !selected(name) || !(ALL.contains(&name.as_str()) || settings.rules.contains(name)) {
            setup.reject(format!("except[{at}]"), format!("`{name}` is none of `rules`"));
        }
    }
    for name in settings.overrides.keys().filter(|name| !named.contains(&name.as_str())) {
        setup.reject(format!("overrides.{name}"), format!("`{name}` is none of `rules`"));
    }
}

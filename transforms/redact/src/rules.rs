//! The rulesets: the user's own rules, then the host's, one set for each place.

use telesieve_guest::{Place, Rule, Ruleset, Setup};

use crate::settings::{PatternSettings, Settings, check_path};

/// What `all` stands for.
pub(crate) const ALL: [&str; 10] =
    ["email", "payment-card", "bearer", "aws-key", "jwt", "phone", "ip", "iban", "us-ssn", "secret"];

/// Checks that matches of a pattern can be made to pass.
const CHECKS: [&str; 5] = ["luhn", "mod97", "card", "iban", "mixed"];

/// Rules, and where they look.
type Set = (Place, Vec<Rule>);

/// Declares the rulesets. The one that looks where the settings say in general comes last, so that rules with a place of
/// their own see it as it came.
pub(crate) fn declare(settings: &Settings, setup: &mut Setup) -> Vec<Ruleset> {
    check_place(&settings.place, "place", setup);
    let named = names(settings);
    check_names(settings, &named, setup);
    let mut general: Set = (settings.place.clone(), Vec::new());
    let mut special: Vec<Set> = Vec::new();
    for (at, pattern) in settings.patterns.iter().enumerate() {
        let Some(rule) = own(settings, at, setup) else { continue };
        let place = pattern.place.as_ref().unwrap_or(&settings.place);
        set_for(place, &mut general, &mut special).push(rule);
    }
    for name in named {
        let own = settings.overrides.get(name).map(|own| own.own()).unwrap_or_default();
        let path = if own.action.is_some() { format!("overrides.{name}") } else { "action".to_owned() };
        general.1.push(Rule::named(name, settings.action(name, own, &path, setup)));
    }
    let sets = special.into_iter().chain([general]).filter(|(_, rules)| !rules.is_empty());
    sets.map(|(place, rules)| setup.ruleset_at(rules, &place)).collect()
}

fn set_for<'s>(place: &Place, general: &'s mut Set, special: &'s mut Vec<Set>) -> &'s mut Vec<Rule> {
    if *place == general.0 {
        return &mut general.1;
    }
    let at = special.iter().position(|(other, _)| other == place).unwrap_or(special.len());
    if at == special.len() {
        special.push((place.clone(), Vec::new()));
    }
    &mut special[at].1
}

/// A rule of the user, if it can be told what it looks for.
fn own(settings: &Settings, at: usize, setup: &mut Setup) -> Option<Rule> {
    let rule = &settings.patterns[at];
    let path = format!("patterns[{at}]");
    check_own_name(settings, at, setup);
    check_own_place(rule, &path, setup);
    let action = settings.action(&rule.name, rule.own(), &path, setup);
    match (&rule.pattern, &rule.keys, &rule.check) {
        (Some(pattern), None, None) => Some(Rule::pattern(&rule.name, pattern, action)),
        (Some(pattern), None, Some(check)) => {
            if !CHECKS.contains(&check.as_str()) {
                setup.reject(format!("{path}.check"), format!("expected one of {}", CHECKS.join(", ")));
            }
            Some(Rule::checked(&rule.name, pattern, check, action))
        }
        (None, Some(keys), None) => {
            check_keys(keys, &format!("{path}.keys"), setup);
            Some(Rule::keys(&rule.name, keys, action))
        }
        (None, Some(_), Some(_)) => {
            setup.reject(format!("{path}.check"), "expected none: a check is for what a `pattern` matches");
            None
        }
        _ => {
            setup.reject(path, "expected either `pattern` or `keys`");
            None
        }
    }
}

/// The name stands in replacements and metrics, and must tell rules apart.
fn check_own_name(settings: &Settings, at: usize, setup: &mut Setup) {
    let name = &settings.patterns[at].name;
    let before = settings.patterns[..at].iter().any(|other| other.name == *name);
    if name.is_empty() || before || ALL.contains(&name.as_str()) {
        setup.reject(format!("patterns[{at}].name"), "expected a name that no other rule has");
    }
}

fn check_own_place(rule: &PatternSettings, path: &str, setup: &mut Setup) {
    let path = format!("{path}.place");
    match (&rule.place, &rule.keys) {
        (Some(Place::Keys), Some(_)) => {
            setup.reject(path, "expected another place: `keys` names keys whose values are meant");
        }
        (Some(place), _) => check_place(place, &path, setup),
        (None, _) => {}
    }
}

fn check_place(place: &Place, path: &str, setup: &mut Setup) {
    if let Place::Field(field) = place {
        check_path(field, path, setup);
    }
}

fn check_keys(keys: &[String], path: &str, setup: &mut Setup) {
    if keys.is_empty() {
        setup.reject(path, "expected names of keys, such as `[\"customer_no\", \"*_iban\"]`");
    }
    let separates = |letter: char| letter.is_ascii_digit() || matches!(letter, '*' | '_' | '-' | '.' | ' ');
    for (at, _) in keys.iter().enumerate().filter(|(_, key)| key.chars().all(separates)) {
        setup.reject(format!("{path}[{at}]"), "expected a name with a letter in it");
    }
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
    for (name, _) in settings.overrides.iter().filter(|(name, _)| !named.contains(name)) {
        setup.reject(format!("overrides.{name}"), format!("`{name}` is none of `rules`"));
    }
}

//! The rulesets: the user's own rules, then the host's, one set for each place.

use telesieve_guest::{Place, Rule, Ruleset, Setup};

use crate::settings::{Own, PatternSettings, Settings, check_path};

/// Checks that matches of a pattern can be made to pass.
const CHECKS: [&str; 5] = ["luhn", "mod97", "card", "iban", "mixed"];

/// In a replacement, the host puts the name of its rule in place of this.
const HOST_RULE: &str = "{rule}";

/// Rules, and where they look.
type Set = (Place, Vec<Rule>);

/// Declares the rulesets. The one that looks where the settings say in general comes last, so that rules with a place of
/// their own see it as it came.
pub(crate) fn declare(settings: &Settings, setup: &mut Setup) -> Vec<Ruleset> {
    check_place(&settings.place, "place", setup);
    let mut general: Set = (settings.place.clone(), Vec::new());
    let mut special: Vec<Set> = Vec::new();
    for (at, pattern) in settings.patterns.iter().enumerate() {
        let Some(rule) = own(settings, at, setup) else { continue };
        let place = pattern.place.as_ref().unwrap_or(&settings.place);
        set_for(place, &mut general, &mut special).push(rule);
    }
    for (at, token) in settings.tokens.iter().enumerate() {
        check_token(settings, at, setup);
        let action = settings.action(&token.name, token.own(), &format!("tokens[{at}]"), setup);
        let lengths = (token.min_length, token.max_length);
        general.1.push(Rule::token(&token.name, &token.prefix, &token.alphabet, lengths, action));
    }
    if settings.rules.is_empty() {
        check_unused(settings, setup);
    } else {
        general.1.extend(host_rules(settings, setup));
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
            setup.reject(format!("{path}.check"), "expected no check: checks apply only to what a `pattern` matches");
            None
        }
        _ => {
            setup.reject(path, "expected either `pattern` or `keys`");
            None
        }
    }
}

/// The host says whether the form can be used; a name that tells nothing apart is for here, and so is a blank, which the
/// host would read as the end of the prefix.
fn check_token(settings: &Settings, at: usize, setup: &mut Setup) {
    let token = &settings.tokens[at];
    let is_known = settings.tokens[..at].iter().any(|other| other.name == token.name)
        || settings.patterns.iter().any(|other| other.name == token.name);
    if token.name.is_empty() || is_known {
        setup.reject(format!("tokens[{at}].name"), "expected a unique name: another rule has the same name");
    }
    for (key, text) in [("prefix", &token.prefix), ("alphabet", &token.alphabet)] {
        if text.is_empty() || text.contains(' ') {
            setup.reject(format!("tokens[{at}].{key}"), "expected text without spaces");
        }
    }
}

/// The name stands in replacements and metrics, and must tell rules apart.
fn check_own_name(settings: &Settings, at: usize, setup: &mut Setup) {
    let name = &settings.patterns[at].name;
    let before = settings.patterns[..at].iter().any(|other| other.name == *name);
    if name.is_empty() || before {
        setup.reject(format!("patterns[{at}].name"), "expected a unique name: another rule has the same name");
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
        setup.reject(path, "expected key names, such as `[\"customer_no\", \"*_iban\"]`");
    }
    let separates = |letter: char| letter.is_ascii_digit() || matches!(letter, '*' | '_' | '-' | '.' | ' ');
    for (at, _) in keys.iter().enumerate().filter(|(_, key)| key.chars().all(separates)) {
        setup.reject(format!("{path}[{at}]"), "expected a name with a letter in it");
    }
}

/// The host's rules: those with an override, then the others. Which there are, what a group holds and whether an override is
/// about one of them is for the host to say, which may be newer.
fn host_rules(settings: &Settings, setup: &mut Setup) -> Vec<Rule> {
    let mut selection = settings.rules.join(" ");
    for name in &settings.except {
        selection.push_str(" -");
        selection.push_str(name);
    }
    let mut rules = Vec::new();
    for (name, own) in settings.overrides.iter() {
        let own = own.own();
        let path = if own.action.is_some() { format!("overrides.{name}") } else { "action".to_owned() };
        let action = settings.action(HOST_RULE, own, &path, setup);
        rules.push(Rule::named(format!("{selection} &{name}"), action));
    }
    let others = settings.action(HOST_RULE, Own::default(), "action", setup);
    rules.push(Rule::named(selection, others));
    rules
}

/// What is said of rules that nobody selected would silently have no effect.
fn check_unused(settings: &Settings, setup: &mut Setup) {
    for (at, name) in settings.except.iter().enumerate() {
        setup.reject(format!("except[{at}]"), format!("`{name}` is not one of the selected rules"));
    }
    for (name, _) in settings.overrides.iter() {
        setup.reject(format!("overrides.{name}"), format!("`{name}` is not one of the selected rules"));
    }
}

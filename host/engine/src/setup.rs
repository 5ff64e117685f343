//! Turns what a transform asks for in `init` into what the host works with.
//!
//! All that is wrong is said at once. Everything is capped: what a setup declares lives as long as the sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use telesieve_config::Secret;
use telesieve_kernels::{
    Action, Check, Detector, HashKey, KeyList, Named, Path, Pattern, Place, Rule, Ruleset, SelectError, TokenForm,
    TokenFormError, select,
};

use crate::bindings::types;
use crate::host::place_of;
use crate::text;
use crate::{MetricDef, MetricKind};

/// Most entries of each list of a setup, and of each list in it.
const MOST: usize = 256;

/// What a selection starts with that is the form of a token and no names of rules.
const TOKEN: &str = "token:";

/// Most labels of a metric.
const MOST_LABELS: usize = 16;

/// A setup, resolved.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) kinds: Vec<String>,
    pub(crate) columns: Vec<Path>,
    pub(crate) rulesets: Vec<Ruleset>,
    /// Where each ruleset looks.
    pub(crate) places: Vec<Place>,
    pub(crate) patterns: Vec<Arc<Pattern>>,
    pub(crate) keys: Vec<Arc<HashKey>>,
    pub(crate) metrics: Vec<Arc<MetricDef>>,
    /// Names of the rules of each ruleset.
    pub(crate) rule_names: Vec<Vec<Arc<str>>>,
    /// Whether hits are located.
    #[cfg(feature = "compile")]
    pub(crate) observed: bool,
}

/// Where patterns and keys come from.
pub(crate) trait Source {
    /// The automaton of a pattern, or what is wrong.
    fn pattern(&mut self, regex: &str) -> Result<Pattern, String>;
    /// A key by its name.
    fn key(&mut self, name: &str) -> Option<HashKey>;
}

/// Keys of the configuration, patterns of a pack.
pub(crate) struct Packed<'s> {
    pub(crate) keys: &'s BTreeMap<String, Secret>,
    pub(crate) patterns: &'s BTreeMap<String, Vec<u8>>,
}

impl Source for Packed<'_> {
    fn pattern(&mut self, regex: &str) -> Result<Pattern, String> {
        let Some(bytes) = self.patterns.get(regex) else {
            let shown = text::one_line(regex, 80);
            return Err(format!(
                "the pattern `{shown}` is not in the artifact because the settings changed after bundling: run `telesieve bundle`"
            ));
        };
        Pattern::from_bytes(bytes)
            .map_err(|_| "a pattern in the artifact is damaged: run `telesieve bundle`".to_owned())
    }

    fn key(&mut self, name: &str) -> Option<HashKey> {
        self.keys.get(name).map(|secret| HashKey::new(secret.expose().as_bytes()))
    }
}

/// What is wrong with a setup.
#[derive(Debug)]
pub(crate) struct Problem {
    /// In one line.
    pub(crate) message: String,
    /// The text that cannot be used, which may come from the settings.
    #[cfg_attr(not(feature = "compile"), expect(dead_code, reason = "looked up where artifacts are made"))]
    pub(crate) quoted: String,
}

impl Problem {
    /// With a transform, whatever its settings.
    fn plain(message: String) -> Self {
        Self { message, quoted: String::new() }
    }
}

/// Resolves a setup.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn resolve(
    transform: &Arc<str>,
    setup: types::Setup,
    source: &mut dyn Source,
) -> Result<Resolved, Vec<Problem>> {
    let mut resolver = Resolver { source, patterns: BTreeMap::new(), problems: Vec::new() };
    resolver.cap(&setup);
    if !resolver.problems.is_empty() {
        return Err(resolver.problems);
    }
    let keys = resolver.keys(&setup.keys);
    let rulesets: Vec<Ruleset> = setup.rulesets.iter().map(|ruleset| resolver.ruleset(ruleset, &keys)).collect();
    let resolved = Resolved {
        columns: resolver.columns(&setup.columns),
        rule_names: rulesets.iter().map(names).collect(),
        rulesets,
        places: setup.rulesets.iter().filter_map(|ruleset| resolver.place(&ruleset.place)).collect(),
        patterns: setup.patterns.iter().filter_map(|regex| resolver.pattern(regex)).collect(),
        metrics: resolver.metrics(transform, setup.metrics),
        kinds: setup.kinds,
        keys: keys.into_iter().flatten().collect(),
        #[cfg(feature = "compile")]
        observed: false,
    };
    if resolver.problems.is_empty() { Ok(resolved) } else { Err(resolver.problems) }
}

fn names(ruleset: &Ruleset) -> Vec<Arc<str>> {
    ruleset.rules().iter().map(|rule| rule.name.as_str().into()).collect()
}

/// What a detector selects of the host's own rules, if it is one of those.
fn selection(detector: &types::Detector) -> Option<&str> {
    match detector {
        types::Detector::Named(selection) if !selection.starts_with(TOKEN) => Some(selection),
        _ => None,
    }
}

/// Which of several selections a rule takes its action from: the narrowest one, so that what is said of a rule counts more
/// than what is said of its group.
fn owner(rule: Named, selected: &[Vec<Named>]) -> usize {
    let holding = selected.iter().enumerate().filter(|(_, rules)| rules.contains(&rule));
    holding.min_by_key(|(_, rules)| rules.len()).map_or(0, |(at, _)| at)
}

struct Resolver<'s> {
    source: &'s mut dyn Source,
    patterns: BTreeMap<String, Option<Arc<Pattern>>>,
    problems: Vec<Problem>,
}

impl Resolver<'_> {
    fn cap(&mut self, setup: &types::Setup) {
        let sizes = [
            ("kinds", setup.kinds.len()),
            ("columns", setup.columns.len()),
            ("rulesets", setup.rulesets.len()),
            ("rules", setup.rulesets.iter().map(|ruleset| ruleset.rules.len()).sum()),
            ("patterns", setup.patterns.len()),
            ("keys", setup.keys.len()),
            ("metrics", setup.metrics.len()),
        ];
        let excess = sizes.into_iter().filter(|(_, count)| *count > MOST);
        let message = |(what, count)| format!("it declares {count} {what}; the limit is {MOST}");
        self.problems.extend(excess.map(|excess| Problem::plain(message(excess))));
    }

    fn problem(&mut self, message: String) {
        self.problems.push(Problem::plain(message));
    }

    fn problem_with(&mut self, quoted: &str, message: String) {
        self.problems.push(Problem { message, quoted: quoted.to_owned() });
    }

    fn keys(&mut self, names: &[String]) -> Vec<Option<Arc<HashKey>>> {
        names.iter().map(|name| self.key(name)).collect()
    }

    fn key(&mut self, name: &str) -> Option<Arc<HashKey>> {
        let key = self.source.key(name);
        if key.is_none() {
            let name = text::one_line(name, 80);
            self.problem(format!(
                "missing key `{name}`: add `{name} = \"…\"` to `[keys]`, or fix the reported error that prevents reading it"
            ));
        }
        key.map(Arc::new)
    }

    fn columns(&mut self, columns: &[String]) -> Vec<Path> {
        columns.iter().filter_map(|column| self.column(column)).collect()
    }

    fn column(&mut self, column: &str) -> Option<Path> {
        let path = Path::parse(column).ok();
        if path.is_none() {
            self.problem_with(column, format!("invalid path in column `{}`", text::one_line(column, 80)));
        }
        path
    }

    fn pattern(&mut self, regex: &str) -> Option<Arc<Pattern>> {
        if let Some(pattern) = self.patterns.get(regex) {
            return pattern.clone();
        }
        let pattern = match self.source.pattern(regex) {
            Ok(pattern) => Some(Arc::new(pattern)),
            Err(problem) => {
                self.problem_with(regex, problem);
                None
            }
        };
        self.patterns.insert(regex.to_owned(), pattern.clone());
        pattern
    }

    fn ruleset(&mut self, ruleset: &types::Ruleset, keys: &[Option<Arc<HashKey>>]) -> Ruleset {
        let selected: Vec<Vec<Named>> = ruleset.rules.iter().map(|rule| self.selected(rule)).collect();
        let mut rules = Vec::new();
        for (at, rule) in ruleset.rules.iter().enumerate() {
            let own: Vec<Named> = selected[at].iter().copied().filter(|named| owner(*named, &selected) == at).collect();
            self.check_name(rule, &selected);
            rules.extend(self.rules(rule, &own, keys));
        }
        Ruleset::new(rules)
    }

    fn place(&mut self, place: &types::Place) -> Option<Place> {
        let resolved = place_of(place);
        if let (None, types::Place::Field(path)) = (&resolved, place) {
            self.problem_with(path, format!("invalid path in place `{}` of a ruleset", text::one_line(path, 80)));
        }
        resolved
    }

    /// The rules that a declared rule stands for: those of the host that it selected, or one of the user.
    fn rules(&mut self, rule: &types::Rule, selected: &[Named], keys: &[Option<Arc<HashKey>>]) -> Vec<Rule> {
        let name = text::one_line(&rule.name, 128);
        let before = self.problems.len();
        let rules = match selection(&rule.detector) {
            Some(_) => self.named(selected, &rule.action, keys),
            None => self.own(name.clone(), &rule.detector, &rule.action, keys).into_iter().collect(),
        };
        for problem in &mut self.problems[before..] {
            problem.message = format!("rule `{name}`: {}", problem.message);
        }
        rules
    }

    /// Reports and replacements would not tell a rule of the user from one of the host with the same name.
    fn check_name(&mut self, rule: &types::Rule, selected: &[Vec<Named>]) {
        if selection(&rule.detector).is_none() && selected.iter().flatten().any(|named| named.name() == rule.name) {
            let shown = text::one_line(&rule.name, 80);
            self.problem_with(&rule.name, format!("`{shown}` is the name of a built-in rule: choose another name"));
        }
    }

    /// The host's own rules that a declared rule selects.
    fn selected(&mut self, rule: &types::Rule) -> Vec<Named> {
        let Some(selection) = selection(&rule.detector) else { return Vec::new() };
        match select(selection) {
            Ok(selected) => selected,
            Err(error) => {
                let quoted = match &error {
                    SelectError::Unknown { name } | SelectError::NotSelected { name } => name,
                    SelectError::Empty { selection } => selection,
                };
                self.problem_with(quoted, text::one_line(&error.to_string(), 4_096));
                Vec::new()
            }
        }
    }

    fn own(
        &mut self,
        name: String,
        detector: &types::Detector,
        action: &types::Action,
        keys: &[Option<Arc<HashKey>>],
    ) -> Option<Rule> {
        let detector = self.detector(detector);
        let action = self.action(action, keys);
        Some(Rule { name, detector: detector?, action: action? })
    }

    /// The host's own rules, each with its name in the place of `{rule}`.
    fn named(&mut self, selected: &[Named], action: &types::Action, keys: &[Option<Arc<HashKey>>]) -> Vec<Rule> {
        let Some(action) = self.action(action, keys) else { return Vec::new() };
        let rule = |named: Named| Rule {
            name: named.name().to_owned(),
            detector: Detector::Named(named),
            action: match &action {
                Action::Replace(text) => Action::Replace(text.replace("{rule}", named.name())),
                action => action.clone(),
            },
        };
        selected.iter().copied().map(rule).collect()
    }

    fn detector(&mut self, detector: &types::Detector) -> Option<Detector> {
        match detector {
            types::Detector::Pattern(regex) => self.pattern(regex).map(Detector::Pattern),
            types::Detector::Checked(checked) => {
                let check = self.check(&checked.check);
                self.pattern(&checked.pattern).zip(check).map(|(pattern, check)| Detector::Checked(pattern, check))
            }
            types::Detector::Keys(names) => self.key_list(names).map(Detector::Keys),
            // Any other selection stands for several rules: see `selected`.
            types::Detector::Named(form) => self.token(form.strip_prefix(TOKEN)?).map(Detector::Token),
        }
    }

    fn token(&mut self, form: &str) -> Option<TokenForm> {
        let prefix = form.split(' ').next().unwrap_or_default();
        let parsed = TokenForm::parse(form);
        if let Err(error) = &parsed {
            let quoted = if let TokenFormError::Alphabet(name) = error { name } else { prefix };
            self.problem_with(quoted, error.to_string());
        }
        parsed.ok()
    }

    fn check(&mut self, name: &str) -> Option<Check> {
        let check = Check::from_name(name);
        if check.is_none() {
            let known: Vec<_> = Check::ALL.iter().map(|check| check.name()).collect();
            let shown = text::one_line(name, 80);
            self.problem_with(name, format!("unknown check `{shown}`: expected one of {}", known.join(", ")));
        }
        check
    }

    fn key_list(&mut self, names: &[String]) -> Option<KeyList> {
        if names.len() > MOST {
            self.problem(format!("a rule lists {} keys; the limit is {MOST}", names.len()));
            return None;
        }
        let list = KeyList::new(names);
        list.map_err(|error| self.problem(error.to_string())).ok()
    }

    fn action(&mut self, action: &types::Action, keys: &[Option<Arc<HashKey>>]) -> Option<Action> {
        Some(match action {
            types::Action::Replace(text) => Action::Replace(text::prefix(text, 1_024).to_owned()),
            types::Action::Mask(keep_last) => Action::Mask { keep_last: *keep_last },
            types::Action::Truncate(keep_first) => Action::Truncate { keep_first: *keep_first },
            types::Action::Remove => Action::Remove,
            types::Action::DropRecord => Action::DropRecord,
            types::Action::Hash(index) => match keys.get(*index as usize) {
                Some(key) => Action::Hash(Arc::clone(key.as_ref()?)),
                None => {
                    self.problem(format!("a rule uses undeclared key {index} (declared: {})", keys.len()));
                    return None;
                }
            },
        })
    }

    fn metrics(&mut self, transform: &Arc<str>, metrics: Vec<types::Metric>) -> Vec<Arc<MetricDef>> {
        let mut names = BTreeSet::new();
        let mut resolved = Vec::with_capacity(metrics.len());
        for metric in metrics {
            let problem = metric_problem(&metric, &mut names);
            if let Some(problem) = problem {
                self.problem(format!("its metric `{}` {problem}", text::one_line(&metric.name, 80)));
            }
            resolved.push(Arc::new(definition(transform, metric)));
        }
        resolved
    }
}

fn metric_problem(metric: &types::Metric, names: &mut BTreeSet<String>) -> Option<&'static str> {
    let labels: BTreeSet<_> = metric.label_names.iter().collect();
    let bounds = &metric.buckets;
    let rules = [
        (is_name(&metric.name), "has a name that Prometheus does not allow"),
        (names.insert(metric.name.clone()), "is declared twice"),
        (metric.label_names.len() <= MOST_LABELS, "has more than 16 labels"),
        (labels.len() == metric.label_names.len(), "has the same label twice"),
        (
            labels.iter().all(|name| is_name(name) && !name.starts_with("__")),
            "has a label name that Prometheus does not allow",
        ),
        (
            bounds.len() <= MOST && bounds.iter().all(|bound| bound.is_finite()),
            "has buckets that are not finite, or too many",
        ),
        (bounds.is_sorted_by(|a, b| a < b), "has buckets that do not ascend"),
    ];
    rules.into_iter().find(|(kept, _)| !kept).map(|(_, problem)| problem)
}

/// Whether a text may name a metric or a label. Colons are for recording rules.
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 128
        && bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn definition(transform: &Arc<str>, metric: types::Metric) -> MetricDef {
    MetricDef {
        transform: Arc::clone(transform),
        name: metric.name,
        help: text::one_line(&metric.help, 256),
        kind: match metric.kind {
            types::MetricKind::Counter => MetricKind::Counter,
            types::MetricKind::Gauge => MetricKind::Gauge,
            types::MetricKind::Histogram => MetricKind::Histogram,
        },
        label_names: metric.label_names,
        buckets: metric.buckets,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn setup() -> types::Setup {
        types::Setup {
            kinds: vec![],
            columns: vec![],
            rulesets: vec![],
            patterns: vec![],
            keys: vec![],
            metrics: vec![],
        }
    }

    fn metric(name: &str, label_names: &[&str], buckets: &[f64]) -> types::Metric {
        types::Metric {
            name: name.to_owned(),
            help: String::new(),
            kind: types::MetricKind::Histogram,
            label_names: label_names.iter().map(|name| (*name).to_owned()).collect(),
            buckets: buckets.to_vec(),
        }
    }

    fn problems(setup: types::Setup) -> String {
        let mut source = Packed { keys: &BTreeMap::new(), patterns: &BTreeMap::new() };
        let problems = resolve(&"t".into(), setup, &mut source).map(|_| ()).unwrap_err();
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn all_problems_are_said_at_once() {
        let rule = |detector, action| types::Rule { name: "r".to_owned(), detector, action };
        let rules = vec![
            rule(types::Detector::Named("emial".to_owned()), types::Action::Remove),
            rule(types::Detector::Pattern("[0-9]".to_owned()), types::Action::Hash(7)),
            rule(
                types::Detector::Checked(types::CheckedPattern { pattern: "a".to_owned(), check: "lunh".to_owned() }),
                types::Action::Remove,
            ),
            rule(types::Detector::Keys(vec!["__".to_owned()]), types::Action::Remove),
            rule(types::Detector::Named("token:ab hex 8".to_owned()), types::Action::Remove),
        ];
        let found = problems(types::Setup {
            rulesets: vec![types::Ruleset { rules, place: types::Place::Field("a..b".to_owned()) }],
            keys: vec!["pseudonym".to_owned()],
            columns: vec![String::new()],
            ..setup()
        });
        for expected in [
            "unknown rule `emial`: expected one of all, default, secrets",
            "`[0-9]`",
            "`lunh`: expected one of luhn",
            "`__`",
            "rule `r`: the prefix of a token",
            "telesieve bundle",
            "key 7",
            "`pseudonym`",
            "[keys]",
            "column ``",
            "place `a..b`",
        ] {
            assert!(found.contains(expected), "{expected} in {found}");
        }
    }

    #[test]
    fn metrics_must_be_what_prometheus_allows() {
        let metrics = vec![
            metric("1st", &[], &[]),
            metric("a", &["x", "x"], &[]),
            metric("b", &["__name"], &[]),
            metric("c", &[], &[1.0, 1.0]),
            metric("d", &[], &[f64::INFINITY]),
            metric("e", &["x"], &[0.5, 1.0]),
            metric("e", &[], &[]),
        ];
        let found = problems(types::Setup { metrics, ..setup() });
        assert_eq!(found.lines().count(), 6, "{found}");
    }

    #[test]
    fn a_setup_is_bounded() {
        let found = problems(types::Setup { patterns: vec![String::new(); MOST + 1], ..setup() });
        assert_eq!(found, "it declares 257 patterns; the limit is 256");
    }
}

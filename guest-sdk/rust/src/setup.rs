//! What a transform asks of the host before its first batch.

use crate::bindings::guest::Setup as RawSetup;
use crate::bindings::types::{self as raw, FunctionInfo, Place};
use crate::edit::Edit;
use crate::error::SettingError;
use crate::handle::{Column, Counter, Gauge, Histogram, Key, Pattern, Recipe, Ruleset};
use crate::tree::ROOT;

/// What a rule does with what it finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Puts a text in its place.
    Replace(String),
    /// Puts `*` in place of its letters and digits, except for the last n of them.
    Mask(u32),
    /// Puts a keyed hash in its place: the same value gives the same token.
    Hash(Key),
    /// Cuts it out.
    Remove,
    /// Drops the whole record.
    DropRecord,
    /// Keeps its first n characters and cuts out the rest.
    Truncate(u32),
}

/// One rule of a ruleset.
#[derive(Clone, Debug)]
pub struct Rule(raw::Rule);

impl Rule {
    /// A rule that the host knows by name, such as `email` or `payment-card`, or a selection of several, such as `all -ip`:
    /// names of rules and groups with blanks between them, `-name` for those that are left out, `&name` for those that
    /// are kept alone. `{rule}` in a replacement becomes the name of each.
    pub fn named(name: impl Into<String>, action: Action) -> Self {
        let name = name.into();
        Self(raw::Rule { detector: raw::Detector::Named(name.clone()), name, action: action.raw() })
    }

    /// Tokens with a prefix of their own: behind it, `lengths` says how many digits of an alphabet follow, at least and at
    /// most. Alphabets are `hex`, `upper-hex`, `base36`, `upper-base36`, `alphanumeric`, `base58`, `base64` and `base64url`.
    pub fn token(
        name: impl Into<String>,
        prefix: &str,
        alphabet: &str,
        lengths: (u32, Option<u32>),
        action: Action,
    ) -> Self {
        let mut form = ["token:", prefix, " ", alphabet, " ", &lengths.0.to_string()].concat();
        if let Some(most) = lengths.1 {
            form.push(' ');
            form.push_str(&most.to_string());
        }
        Self(raw::Rule { name: name.into(), detector: raw::Detector::Named(form), action: action.raw() })
    }

    /// A regular expression over decoded text. `name` appears in reports and metrics.
    pub fn pattern(name: impl Into<String>, pattern: impl Into<String>, action: Action) -> Self {
        let detector = raw::Detector::Pattern(pattern.into());
        Self(raw::Rule { name: name.into(), detector, action: action.raw() })
    }

    /// A regular expression whose matches must pass a check that the host knows, such as `luhn`.
    pub fn checked(
        name: impl Into<String>,
        pattern: impl Into<String>,
        check: impl Into<String>,
        action: Action,
    ) -> Self {
        let detector = raw::Detector::Checked(raw::CheckedPattern { pattern: pattern.into(), check: check.into() });
        Self(raw::Rule { name: name.into(), detector, action: action.raw() })
    }

    /// Values of keys with these names, in JSON at every depth, in JSON inside text, and in text such as `name=value`.
    /// Names are compared without case, `_`, `-`, `.` and spaces; one that begins with `*` stands for longer names that
    /// end with it, too.
    pub fn keys(name: impl Into<String>, names: impl IntoIterator<Item = impl Into<String>>, action: Action) -> Self {
        let detector = raw::Detector::Keys(names.into_iter().map(Into::into).collect());
        Self(raw::Rule { name: name.into(), detector, action: action.raw() })
    }
}

impl Action {
    fn raw(self) -> raw::Action {
        match self {
            Self::Replace(text) => raw::Action::Replace(text),
            Self::Mask(keep_last) => raw::Action::Mask(keep_last),
            Self::Hash(key) => raw::Action::Hash(key.0),
            Self::Remove => raw::Action::Remove,
            Self::DropRecord => raw::Action::DropRecord,
            Self::Truncate(keep_first) => raw::Action::Truncate(keep_first),
        }
    }
}

/// Collects what a transform asks of the host, and what is wrong with its settings.
///
/// Settings are a type of your own. Give it defaults and `deny_unknown_fields`, and check what a type cannot say:
///
/// ```
/// use telesieve_guest::{Action, Edit, Event, Rule, Ruleset, SettingError, Setup, transform};
///
/// #[derive(serde::Deserialize)]
/// #[serde(default, deny_unknown_fields)]
/// struct Settings {
///     rules: Vec<String>,
///     keep_last: u32,
/// }
///
/// impl Default for Settings {
///     fn default() -> Self {
///         Self { rules: vec!["payment-card".to_owned()], keep_last: 4 }
///     }
/// }
///
/// fn setup(settings: Settings, setup: &mut Setup) -> Result<Ruleset, SettingError> {
///     if settings.keep_last > 4 {
///         setup.reject("keep_last", "expected at most 4");
///     }
///     for (at, rule) in settings.rules.iter().enumerate().filter(|(_, rule)| rule.is_empty()) {
///         setup.reject(format!("rules[{at}]"), format!("expected the name of a rule, found {rule:?}"));
///     }
///     Ok(setup.ruleset(settings.rules.into_iter().map(|rule| Rule::named(rule, Action::Mask(settings.keep_last)))))
/// }
///
/// #[transform(kind = "redact", setup = setup)]
/// fn mask(_event: &Event, edit: &mut Edit, rules: &Ruleset) {
///     edit.scrub(*rules);
/// }
///
/// # fn main() {
/// use telesieve_guest::testing::{Harness, json};
///
/// let faults = Harness::<mask>::new(json!({"rules": ["email", ""], "keep_last": 9})).err().unwrap();
/// let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
/// assert_eq!(faults, ["keep_last: expected at most 4", "rules[1]: expected the name of a rule, found \"\""]);
/// # }
/// ```
///
/// `telesieve test`, `check` and `bundle` put the line of `telesieve.toml` in front of each.
pub struct Setup {
    raw: RawSetup,
    function: FunctionInfo,
    pub(crate) faults: Vec<SettingError>,
    recipes: Edit,
}

impl Setup {
    pub(crate) fn new(function: FunctionInfo) -> Self {
        let raw = RawSetup {
            kinds: Vec::new(),
            columns: Vec::new(),
            rulesets: Vec::new(),
            patterns: Vec::new(),
            keys: Vec::new(),
            metrics: Vec::new(),
        };
        Self { raw, function, faults: Vec::new(), recipes: Edit::default() }
    }

    /// The function whose telemetry this is. Unknown text is empty, unknown numbers are zero.
    #[must_use]
    pub fn function(&self) -> &FunctionInfo {
        &self.function
    }

    /// Asks for one kind of event, such as `function` or `platform.*`. Without any, the transform sees all of them.
    ///
    /// The user's `on` takes precedence. Events of other kinds pass by this transform.
    pub fn kind(&mut self, kind: impl Into<String>) -> &mut Self {
        self.raw.kinds.push(kind.into());
        self
    }

    /// Asks for a field of every record. Asking twice gives the same column.
    pub fn column(&mut self, path: &str) -> Column {
        Column(index_of(&mut self.raw.columns, path))
    }

    /// Declares a set of rules for keys and values at every depth. Their order decides where matches overlap.
    pub fn ruleset(&mut self, rules: impl IntoIterator<Item = Rule>) -> Ruleset {
        self.ruleset_at(rules, &Place::Whole)
    }

    /// Declares a set of rules for a part of the record.
    ///
    /// The host scrubs that part and, if `verify` is on, looks there again when the record leaves. What the rules would
    /// find elsewhere may leave.
    ///
    /// ```
    /// use telesieve_guest::{Action, Edit, Event, NoSettings, Place, Rule, Ruleset, SettingError, Setup, transform};
    ///
    /// fn setup(_: NoSettings, setup: &mut Setup) -> Result<Ruleset, SettingError> {
    ///     let email = Rule::named("email", Action::Replace("[email]".to_owned()));
    ///     Ok(setup.ruleset_at([email], &Place::field("customer")))
    /// }
    ///
    /// /// The addresses of customers go, those of our own people stay.
    /// #[transform(kind = "redact", setup = setup)]
    /// fn customers(_event: &Event, edit: &mut Edit, rules: &Ruleset) {
    ///     edit.scrub(*rules);
    /// }
    /// # fn main() {
    /// # use telesieve_guest::testing::{Harness, TestEvent, json};
    /// # let mut customers = Harness::<customers>::new(json!({})).unwrap();
    /// # assert_eq!(customers.run(&[TestEvent::function("text")])[0], ["scrub email in customer"]);
    /// # }
    /// ```
    pub fn ruleset_at(&mut self, rules: impl IntoIterator<Item = Rule>, place: &Place) -> Ruleset {
        let rules = rules.into_iter().map(|rule| rule.0).collect();
        self.raw.rulesets.push(raw::Ruleset { rules, place: place.clone() });
        Ruleset(last(&self.raw.rulesets))
    }

    /// Declares a pattern in the host's regex syntax. It becomes an automaton when the artifact is made.
    pub fn pattern(&mut self, regex: &str) -> Pattern {
        Pattern(index_of(&mut self.raw.patterns, regex))
    }

    /// Names a key of the host's configuration. A transform never sees the key itself.
    pub fn key(&mut self, name: &str) -> Key {
        Key(index_of(&mut self.raw.keys, name))
    }

    /// Declares a counter. The host adds a prefix to its name.
    ///
    /// A metric has at most 16 labels, and a series for each set of their values: keep them few. The values are cut at
    /// 128 bytes, and the host caps the series of all transforms together (`pushgateway.max_guest_series`); what is above
    /// is counted and not kept.
    ///
    /// ```
    /// use telesieve_guest::{Counter, Edit, Event, Gauge, Histogram, NoSettings, SettingError, Setup, transform};
    ///
    /// struct Metrics {
    ///     lines: Counter,
    ///     longest: Gauge,
    ///     bytes: Histogram,
    ///     most: usize,
    /// }
    ///
    /// fn setup(_: NoSettings, setup: &mut Setup) -> Result<Metrics, SettingError> {
    ///     Ok(Metrics {
    ///         lines: setup.counter("lines_total", "Lines by severity.", &["severity"]),
    ///         longest: setup.gauge("longest_line_bytes", "The longest line so far.", &[]),
    ///         bytes: setup.histogram("line_bytes", "Length of lines.", &[], &[100.0, 1_000.0, 10_000.0]),
    ///         most: 0,
    ///     })
    /// }
    ///
    /// #[transform(kind = "enrich", setup = setup)]
    /// fn measure(event: &Event, edit: &mut Edit, metrics: &mut Metrics) {
    ///     let severity = event.severity().map_or("none", |severity| severity.name());
    ///     metrics.most = metrics.most.max(event.len());
    ///     edit.count(metrics.lines, &[severity], 1.0);
    ///     edit.gauge(metrics.longest, &[], metrics.most as f64);
    ///     edit.observe(metrics.bytes, &[], event.len() as f64);
    /// }
    /// # fn main() {
    /// # use telesieve_guest::testing::{Harness, TestEvent, json};
    /// # let mut measure = Harness::<measure>::new(json!({})).unwrap();
    /// # let edits = measure.run(&[TestEvent::function("text")]);
    /// # let expected = ["count lines_total{severity=\"none\"} 1", "gauge longest_line_bytes 6", "observe line_bytes 6"];
    /// # assert_eq!(edits[0], expected);
    /// # }
    /// ```
    pub fn counter(&mut self, name: &str, help: &str, labels: &[&str]) -> Counter {
        Counter(self.metric(name, help, labels, raw::MetricKind::Counter, &[]))
    }

    /// Declares a gauge. The host adds a prefix to its name.
    pub fn gauge(&mut self, name: &str, help: &str, labels: &[&str]) -> Gauge {
        Gauge(self.metric(name, help, labels, raw::MetricKind::Gauge, &[]))
    }

    /// Declares a histogram with ascending upper bounds; none: those for durations in seconds. The host adds a prefix to
    /// its name.
    pub fn histogram(&mut self, name: &str, help: &str, labels: &[&str], buckets: &[f64]) -> Histogram {
        Histogram(self.metric(name, help, labels, raw::MetricKind::Histogram, buckets))
    }

    /// Names a list of edits once and for all, to be given to records by its number.
    pub fn recipe(&mut self, write: impl FnOnce(&mut Edit)) -> Recipe {
        self.recipes.node = ROOT;
        write(&mut self.recipes);
        Recipe(self.recipes.node)
    }

    /// Says what is wrong with a setting and goes on, so that the user reads all errors at once.
    pub fn reject(&mut self, path: impl Into<String>, message: impl Into<String>) -> &mut Self {
        self.faults.push(SettingError::new(path, message));
        self
    }

    fn metric(&mut self, name: &str, help: &str, labels: &[&str], kind: raw::MetricKind, buckets: &[f64]) -> u32 {
        self.raw.metrics.push(raw::Metric {
            name: name.to_owned(),
            help: help.to_owned(),
            kind,
            label_names: labels.iter().copied().map(str::to_owned).collect(),
            buckets: buckets.to_vec(),
        });
        last(&self.raw.metrics)
    }

    /// What goes to the host, and the recipes; or the faults.
    pub(crate) fn finish(self) -> Result<(RawSetup, Edit), Vec<SettingError>> {
        if self.faults.is_empty() { Ok((self.raw, self.recipes)) } else { Err(self.faults) }
    }
}

/// Where `text` stands in `list`, at the end if it is new.
fn index_of(list: &mut Vec<String>, text: &str) -> u32 {
    if let Some(at) = list.iter().position(|known| known == text) {
        return u32::try_from(at).unwrap_or(u32::MAX);
    }
    list.push(text.to_owned());
    last(list)
}

fn last<T>(list: &[T]) -> u32 {
    u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
}

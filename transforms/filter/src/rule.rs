//! One rule: conditions that hold together or not at all.

use telesieve_guest::{Batch, Column, Event, Pattern, Place, Setup, Severity};

use crate::settings::{FieldSettings, RuleSettings, Wanted};

#[derive(Default)]
pub(crate) struct Rule {
    kinds: Vec<String>,
    /// Whether `kinds` holds, by kind of the batch.
    kind_holds: Vec<bool>,
    below: Option<Severity>,
    from: Option<Severity>,
    fields: Vec<Field>,
    pattern: Option<(Pattern, Place)>,
}

struct Field {
    column: Column,
    test: Test,
}

enum Test {
    Exists(bool),
    OneOf(Vec<Wanted>),
}

/// Whether an event may be of a kind: of the function, of an extension, or of a family such as `platform.report`.
fn may_exist(kind: &str) -> bool {
    matches!(kind, "function" | "extension") || kind.ends_with('*') || kind.contains('.')
}

impl Rule {
    /// `path` is where the rule stands in the settings.
    pub(crate) fn new(settings: RuleSettings, path: &str, setup: &mut Setup) -> Self {
        if settings.is_empty() {
            setup.reject(path, "expected a condition: kinds, level_below, level_from, fields or pattern");
        }
        for (at, kind) in settings.kinds.iter().enumerate().filter(|(_, kind)| !may_exist(kind)) {
            let message =
                format!("no event has the kind `{kind}`: expected function, extension, platform.report or platform.*");
            setup.reject(format!("{path}.kinds[{at}]"), message);
        }
        if settings.place.is_some() && settings.pattern.is_none() {
            setup.reject(format!("{path}.place"), "is only valid with a `pattern`");
        }
        let fields = settings.fields.into_iter().enumerate();
        let fields = fields.filter_map(|(at, field)| Field::new(field, &format!("{path}.fields[{at}]"), setup));
        let fields = fields.collect();
        let place = settings.place.unwrap_or(Place::Message);
        Self {
            kinds: settings.kinds,
            below: settings.level_below,
            from: settings.level_from,
            fields,
            pattern: settings.pattern.map(|pattern| (setup.pattern(&pattern), place)),
            ..Self::default()
        }
    }

    /// The rule that `min_level` stands for.
    pub(crate) fn below(level: Severity) -> Self {
        Self { below: Some(level), ..Self::default() }
    }

    /// Once per batch, because few kinds occur in many records.
    pub(crate) fn begin(&mut self, batch: &Batch) {
        let holds = |kind: &String| self.kinds.is_empty() || self.kinds.iter().any(|wanted| is_kind(wanted, kind));
        self.kind_holds = batch.kinds().iter().map(holds).collect();
    }

    /// Whether all conditions hold, the cheap ones first.
    pub(crate) fn holds(&self, event: &Event) -> bool {
        self.kind_holds.get(event.kind_index()).copied().unwrap_or(false)
            && self.below.is_none_or(|level| event.severity().is_some_and(|own| own < level))
            && self.from.is_none_or(|level| event.severity().is_some_and(|own| own >= level))
            && self.fields.iter().all(|field| field.holds(event))
            && self.pattern.as_ref().is_none_or(|(pattern, place)| event.matches(*pattern, place))
    }
}

impl Field {
    fn new(settings: FieldSettings, path: &str, setup: &mut Setup) -> Option<Self> {
        let test = match (settings.equals, settings.one_of, settings.exists) {
            (Some(value), None, None) => Test::OneOf(vec![value]),
            (None, Some(values), None) => Test::OneOf(values),
            (None, None, Some(exists)) => Test::Exists(exists),
            _ => {
                setup.reject(path, "expected one of `equals`, `in` and `exists`");
                return None;
            }
        };
        Some(Self { column: setup.column(&settings.path), test })
    }

    fn holds(&self, event: &Event) -> bool {
        let value = event.column(self.column);
        match &self.test {
            Test::Exists(exists) => value.is_some() == *exists,
            Test::OneOf(wanted) => value.is_some_and(|value| wanted.iter().any(|wanted| wanted.is(value))),
        }
    }
}

impl RuleSettings {
    fn is_empty(&self) -> bool {
        let levels = self.level_below.is_some() || self.level_from.is_some();
        self.kinds.is_empty() && !levels && self.fields.is_empty() && self.pattern.is_none()
    }
}

/// Exact, or a beginning with `*` behind it.
fn is_kind(wanted: &str, kind: &str) -> bool {
    wanted.strip_suffix('*').map_or(wanted == kind, |start| kind.starts_with(start))
}

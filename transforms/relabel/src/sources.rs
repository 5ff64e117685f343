//! Where labels come from: the event, its invocation, its fields, the function.

use telesieve_guest::{Column, Event, Setup};

use crate::labels::Labels;
use crate::settings::Settings;

/// What is put into the set of labels before the rules work on it.
pub(crate) struct Sources {
    /// Labels that are the same for all events.
    fixed: Vec<(&'static str, String)>,
    /// Labels of the event that some rule can see.
    varying: Vec<Varying>,
    fields: Vec<(String, Column)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Varying {
    Kind,
    Severity,
    RequestId,
    ColdStart,
}

const VARYING: [(&str, Varying); 4] = [
    ("__kind", Varying::Kind),
    ("__severity", Varying::Severity),
    ("__request_id", Varying::RequestId),
    ("__cold_start", Varying::ColdStart),
];

const FIELD: &str = "__field_";

impl Sources {
    pub(crate) fn new(settings: &Settings, setup: &mut Setup) -> Self {
        let mut sources = Self { fixed: Vec::new(), varying: Vec::new(), fields: Vec::new() };
        let function = setup.function();
        sources.fixed = vec![
            ("__function", function.name.clone()),
            ("__version", function.version.clone()),
            ("__region", function.region.clone()),
            ("__account_id", function.account_id.clone()),
        ];
        // A rule about names sees them all. Without one, what nobody names need not be looked at, and least of all
        // the request id, which makes every invocation's labels others.
        let names = settings.rules.iter().any(|rule| rule.action.is_about_names());
        let used = |name: &str| settings.rules.iter().flat_map(|rule| &rule.source_labels).any(|used| used == name);
        sources.varying =
            VARYING.into_iter().filter(|(name, _)| names || used(name)).map(|(_, source)| source).collect();
        sources.declare_fields(settings, setup);
        sources
    }

    fn declare_fields(&mut self, settings: &Settings, setup: &mut Setup) {
        for (name, path) in settings.fields.iter() {
            self.fields.push((format!("{FIELD}{name}"), setup.column(path)));
        }
        for label in settings.rules.iter().flat_map(|rule| &rule.source_labels) {
            let known = self.fields.iter().any(|(known, _)| known == label);
            if let Some(path) = label.strip_prefix(FIELD).filter(|path| !known && !path.is_empty()) {
                self.fields.push((label.clone(), setup.column(path)));
            }
        }
    }

    /// Appends the bytes that tell whether two events have the same labels.
    pub(crate) fn key(&self, event: &Event, key: &mut Vec<u8>) {
        for (name, value) in event.labels() {
            text(key, Some(name));
            text(key, Some(value));
        }
        key.push(0);
        for source in &self.varying {
            text(key, source.of(event));
        }
        for (_, column) in &self.fields {
            text(key, event.column(*column));
        }
    }

    /// The labels of an event, `__` ones included.
    pub(crate) fn labels(&self, event: &Event) -> Labels {
        let mut labels = Labels::default();
        for (name, value) in event.labels() {
            labels.set(name, value);
        }
        for (name, value) in &self.fixed {
            labels.set(name, value);
        }
        for (name, source) in VARYING.into_iter().filter(|(_, source)| self.varying.contains(source)) {
            labels.set(name, source.of(event).unwrap_or_default());
        }
        for (name, column) in &self.fields {
            labels.set(name, event.column(*column).unwrap_or_default());
        }
        labels
    }
}

impl Varying {
    fn of(self, event: &Event) -> Option<&str> {
        match self {
            Self::Kind => Some(event.kind()),
            Self::Severity => event.severity().map(|severity| severity.name()),
            Self::RequestId => event.invocation().map(|invocation| invocation.request_id.as_str()),
            Self::ColdStart => {
                event.invocation().map(|invocation| if invocation.cold_start { "true" } else { "false" })
            }
        }
    }
}

/// Length and bytes, so that no two lists of texts look the same. A missing text is no empty one.
fn text(key: &mut Vec<u8>, text: Option<&str>) {
    let text = text.map(str::as_bytes);
    key.extend_from_slice(&text.map_or(u32::MAX, |text| text.len() as u32).to_le_bytes());
    key.extend_from_slice(text.unwrap_or_default());
}

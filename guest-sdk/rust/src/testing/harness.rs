//! Sets a transform up and runs it.

use regex_lite::Regex;
use serde_json::Value;

use super::event::TestEvent;
use super::stand_in::{LENT, Lent};
use super::{display, fields};
use crate::batch::Invocation;
use crate::bindings::guest::Setup;
use crate::bindings::types::{Batch, Column, FunctionInfo, Invocations, Script};
use crate::error::SettingError;
use crate::transform::{Running, Transform};

/// The function that transforms are set up in.
pub(crate) fn function() -> FunctionInfo {
    FunctionInfo {
        name: "test".to_owned(),
        version: "$LATEST".to_owned(),
        region: "eu-west-1".to_owned(),
        account_id: "123456789012".to_owned(),
        memory_mb: 128,
    }
}

const NONE: u32 = u32::MAX;

/// The edits of each event of a batch, in order, as text.
pub type Batches = Vec<Vec<String>>;

/// A transform that is set up, natively.
///
/// `T` is the type that `#[transform]` makes beside a function, and that has the function's name.
pub struct Harness<T: Transform> {
    running: Running<T>,
    setup: Setup,
    patterns: Vec<Regex>,
}

impl<T: Transform> Harness<T> {
    /// Sets the transform up with settings, in a function called `test` in `eu-west-1`.
    ///
    /// # Errors
    ///
    /// Every setting that cannot be used; a pattern that is none has the path `pattern` and its number.
    #[expect(clippy::needless_pass_by_value, reason = "reads better in tests")]
    pub fn new(settings: Value) -> Result<Self, Vec<SettingError>> {
        let (running, setup) = Running::start(&settings.to_string(), function())?;
        let patterns = (0..).zip(&setup.patterns).map(|(number, pattern): (u32, _)| compile(number, pattern));
        let patterns = patterns.collect::<Result<_, _>>().map_err(|error| vec![error])?;
        Ok(Self { running, setup, patterns })
    }

    /// Runs one batch. The edits of each event, in the order in which the host applies them; nothing for an event that
    /// passes as it is, `unassigned` for one that was forgotten.
    ///
    /// # Panics
    ///
    /// If the transform returns an error.
    #[track_caller]
    pub fn run(&mut self, events: &[TestEvent]) -> Batches {
        self.try_run(events).expect("the transform works")
    }

    /// Runs one batch.
    ///
    /// # Errors
    ///
    /// What the transform says, or what the host would say of its script.
    pub fn try_run(&mut self, events: &[TestEvent]) -> Result<Batches, String> {
        let script = self.script(events)?;
        check(&script, events.len())?;
        Ok((0..events.len()).map(|index| self.edits_of(&script, index)).collect())
    }

    /// The lines that the transform logged in its last batch, such as `warning: …`.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        LENT.with_borrow(|lent| lent.log.clone())
    }

    /// What the transform asked of the host.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Runs one batch and gives the script as it would cross over to the host.
    ///
    /// # Errors
    ///
    /// What the transform says.
    pub fn script(&mut self, events: &[TestEvent]) -> Result<Script, String> {
        let records = events.iter().map(|event| event.record.clone()).collect();
        LENT.set(Lent { records, patterns: self.patterns.clone(), log: Vec::new() });
        self.running.process(batch(events, &self.setup.columns))
    }

    fn edits_of(&self, script: &Script, index: usize) -> Vec<String> {
        let Some(recipe) = script.recipes.get(script.assign[index] as usize) else {
            return vec!["unassigned".to_owned()];
        };
        let extra = script.extra.iter().filter(|(of, _)| *of as usize == index).map(|(_, edit)| edit);
        recipe.iter().chain(extra).map(|edit| display::edit(edit, &self.setup)).collect()
    }
}

fn compile(number: u32, pattern: &str) -> Result<Regex, SettingError> {
    Regex::new(pattern).map_err(|error| SettingError::new(format!("pattern {number}"), error.to_string()))
}

/// What the host checks before it believes a script.
fn check(script: &Script, events: usize) -> Result<(), String> {
    if script.assign.len() != events {
        return Err(format!("{} assignments for {events} events", script.assign.len()));
    }
    let behind = script.extra.iter().find(|(of, _)| *of as usize >= events);
    behind.map_or(Ok(()), |(of, _)| Err(format!("an edit for event {of} of {events}")))
}

fn batch(events: &[TestEvent], columns: &[String]) -> Batch {
    let mut kind_names = Vec::new();
    let mut invocations = Vec::new();
    let mut label_sets = vec![Vec::new()];
    let kinds = events.iter().map(|event| place(&mut kind_names, event.kind.clone()) as u16).collect();
    let invocation_of = events.iter().map(|event| invocation(&mut invocations, event)).collect();
    let labels_of = events.iter().map(|event| place(&mut label_sets, event.labels.clone())).collect();
    Batch {
        kinds,
        times: events.iter().map(|event| event.time_ms).collect(),
        lengths: events.iter().map(|event| event.record.len() as u32).collect(),
        shapes: events.iter().map(|event| event.shape() as u8).collect(),
        severities: events.iter().map(|event| event.severity.map_or(0, |severity| severity.number())).collect(),
        invocation_of,
        labels_of,
        columns: columns.iter().map(|path| column(events, path)).collect(),
        kind_names,
        invocations: flat(&invocations),
        label_sets,
    }
}

fn invocation(known: &mut Vec<Invocation>, event: &TestEvent) -> u32 {
    let Some(request_id) = event.request_id.clone() else { return NONE };
    place(known, Invocation { request_id, cold_start: event.cold_start })
}

fn flat(invocations: &[Invocation]) -> Invocations {
    Invocations {
        request_ids: invocations.iter().map(|invocation| invocation.request_id.as_str()).collect(),
        lengths: invocations.iter().map(|invocation| invocation.request_id.len() as u32).collect(),
        cold_starts: invocations.iter().map(|invocation| u8::from(invocation.cold_start)).collect(),
    }
}

/// Where `value` stands in `list`, at the end if it is new.
fn place<V: PartialEq>(list: &mut Vec<V>, value: V) -> u32 {
    let at = list.iter().position(|known| *known == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    });
    at as u32
}

fn column(events: &[TestEvent], path: &str) -> Column {
    let mut column = Column { lengths: Vec::new(), data: Vec::new() };
    for event in events {
        let record = serde_json::from_str(&event.record).unwrap_or(Value::Null);
        let text = fields::at(&record, path).first().map(|value| fields::text_of(value));
        column.lengths.push(text.as_ref().map_or(NONE, |text| text.len() as u32));
        column.data.extend(text.unwrap_or_default().into_bytes());
    }
    column
}

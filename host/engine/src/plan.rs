//! Checks an edit script and prepares it, so that applying it cannot go wrong halfway.
//!
//! Everything that does not depend on a record is done here once per recipe: indices are looked up, paths parsed, JSON
//! vouched for, labels cut to size. A script that breaks the contract anywhere is refused as a whole, with the exception
//! that the contract makes: a record whose assignment names no recipe is lost alone.

use std::sync::Arc;

use telesieve_kernels::{HashKey, Path, Place};

use crate::bindings::types::{self, Edit};
use crate::host::place_of;
use crate::setup::Resolved;
use crate::text;
use crate::{MetricDef, MetricKind, SampleOp};

/// Most edits of one record, its recipe's and its own.
pub(crate) const MOST_EDITS: usize = 256;

/// Most bytes of a label's name, of the value of a metric's label, and of an appended event's kind.
const NAME_BYTES: usize = 128;

/// Most bytes of a label's value. Longer ones are cut.
const LABEL_BYTES: usize = 1_024;

/// How a script breaks the contract. Names positions, never content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScriptError {
    #[error("the script assigns recipes to {found} records, expected {expected}")]
    AssignLength { found: usize, expected: usize },
    #[error("the script has an edit for record {record}, but the batch has {records}")]
    ExtraRange { record: u32, records: usize },
    #[error("the script has more than {MOST_EDITS} edits for one record")]
    TooManyEdits,
    #[error("undeclared {what} {index} in edit (declared: {declared})")]
    Undeclared { what: &'static str, index: u32, declared: usize },
    #[error("a sample does not match the kind or the labels of metric {metric}")]
    Sample { metric: u32 },
    #[error("invalid path in edit")]
    Path,
    #[error("invalid JSON value of {bytes} bytes in edit")]
    Json { bytes: usize },
    #[error("empty name, or one longer than {NAME_BYTES} bytes, in edit")]
    Name,
    #[error("a record would get more than {labels} labels")]
    TooManyLabels { labels: usize },
    #[error("the edits would grow this batch to {bytes} bytes or more")]
    TooMuchOutput { bytes: usize },
}

/// A script that keeps the contract.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) assign: Vec<u32>,
    /// Edits of one record alone, in order of record.
    pub(crate) extra: Vec<(u32, Step)>,
    /// Samples that steps refer to.
    pub(crate) samples: Vec<Sample>,
}

/// A list of edits. What concerns labels stands apart, because it depends on the labels alone.
#[derive(Debug, Default)]
pub(crate) struct Recipe {
    pub(crate) steps: Vec<Step>,
    pub(crate) labels: Vec<LabelStep>,
}

/// One edit, ready to be applied.
#[derive(Debug)]
pub(crate) enum Step {
    Drop,
    /// Index of a ruleset.
    Scrub(usize),
    Hash {
        path: Path,
        key: Arc<HashKey>,
    },
    Mask {
        path: Path,
        keep_last: u32,
    },
    Set {
        path: Path,
        json: String,
    },
    Remove(Path),
    Rename {
        path: Path,
        to: String,
    },
    Truncate {
        place: Place,
        max_bytes: usize,
    },
    Replace(String),
    Append {
        kind: String,
        record: String,
    },
    /// Index into `samples`.
    Sample(usize),
    Label(LabelStep),
}

impl Step {
    /// The field whose value it takes away or replaces, if it is about one.
    #[cfg(feature = "compile")]
    pub(crate) fn field(&self) -> Option<&Path> {
        match self {
            Self::Hash { path, .. } | Self::Mask { path, .. } | Self::Set { path, .. } | Self::Remove(path) => {
                Some(path)
            }
            Self::Truncate { place: Place::Field(path), .. } => Some(path),
            _ => None,
        }
    }

    /// Whether it may change the text of a record, scrubbing aside.
    pub(crate) fn writes(&self) -> bool {
        match self {
            Self::Drop | Self::Scrub(_) | Self::Append { .. } | Self::Sample(_) | Self::Label(_) => false,
            Self::Hash { .. }
            | Self::Mask { .. }
            | Self::Set { .. }
            | Self::Remove(_)
            | Self::Rename { .. }
            | Self::Truncate { .. }
            | Self::Replace(_) => true,
        }
    }
}

/// One edit of labels.
#[derive(Debug)]
pub(crate) enum LabelStep {
    Set { name: String, value: String },
    Remove(String),
}

/// A sample, not yet taken.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) metric: Arc<MetricDef>,
    pub(crate) label_values: Vec<String>,
    pub(crate) op: SampleOp,
    pub(crate) value: f64,
}

impl Sample {
    /// Whether a registry can take the value.
    pub(crate) fn is_usable(&self) -> bool {
        self.value.is_finite() && (self.op != SampleOp::Add || self.value >= 0.0)
    }
}

impl Plan {
    /// Checks and prepares a script for a batch of `records` records.
    pub(crate) fn new(script: types::Script, records: usize, resolved: &Resolved) -> Result<Self, ScriptError> {
        if script.assign.len() != records {
            return Err(ScriptError::AssignLength { found: script.assign.len(), expected: records });
        }
        let mut planner = Planner { resolved, samples: Vec::new() };
        let recipes = script.recipes.into_iter().map(|recipe| planner.recipe(recipe)).collect::<Result<_, _>>()?;
        let extra = planner.extra(script.extra, records)?;
        Ok(Self { recipes, assign: script.assign, extra, samples: planner.samples })
    }
}

struct Planner<'r> {
    resolved: &'r Resolved,
    samples: Vec<Sample>,
}

impl Planner<'_> {
    fn recipe(&mut self, edits: Vec<Edit>) -> Result<Recipe, ScriptError> {
        if edits.len() > MOST_EDITS {
            return Err(ScriptError::TooManyEdits);
        }
        let mut recipe = Recipe::default();
        for edit in edits {
            match self.step(edit)? {
                Some(Step::Label(label)) => recipe.labels.push(label),
                Some(step) => recipe.steps.push(step),
                None => {}
            }
        }
        Ok(recipe)
    }

    fn extra(&mut self, extra: Vec<(u32, Edit)>, records: usize) -> Result<Vec<(u32, Step)>, ScriptError> {
        let mut steps = Vec::with_capacity(extra.len());
        for (record, edit) in extra {
            if record as usize >= records {
                return Err(ScriptError::ExtraRange { record, records });
            }
            steps.extend(self.step(edit)?.map(|step| (record, step)));
        }
        if !steps.is_sorted_by_key(|(record, _)| *record) {
            steps.sort_by_key(|(record, _)| *record);
        }
        Ok(steps)
    }

    /// `None`: the edit does nothing.
    fn step(&mut self, edit: Edit) -> Result<Option<Step>, ScriptError> {
        Ok(Some(match edit {
            Edit::Keep => return Ok(None),
            Edit::Drop => Step::Drop,
            Edit::Scrub(ruleset) => self.scrub(ruleset)?,
            Edit::Hash(keyed) => Step::Hash { path: path(&keyed.path)?, key: self.key(keyed.key)? },
            Edit::Mask(masked) => Step::Mask { path: path(&masked.path)?, keep_last: masked.keep_last },
            Edit::Set(set) => Step::Set { path: path(&set.path)?, json: json(set.value)? },
            Edit::Remove(field) => Step::Remove(path(&field)?),
            Edit::Rename(renaming) => Step::Rename { path: path(&renaming.from)?, to: renaming.to },
            Edit::Truncate(cut) => Step::Truncate { place: place(&cut.place)?, max_bytes: cut.max_bytes as usize },
            Edit::Label(label) => Step::Label(set_label(label)?),
            Edit::Unlabel(name) => Step::Label(LabelStep::Remove(name)),
            Edit::Replace(record) => Step::Replace(json(record)?),
            Edit::Append(event) => Step::Append { kind: name(event.kind)?, record: json(event.record)? },
            Edit::Count(sample) => self.sample(sample, SampleOp::Add)?,
            Edit::Gauge(sample) => self.sample(sample, SampleOp::Set)?,
            Edit::Observe(sample) => self.sample(sample, SampleOp::Observe)?,
        }))
    }

    fn scrub(&self, index: u32) -> Result<Step, ScriptError> {
        let declared = self.resolved.rulesets.len();
        if index as usize >= declared {
            return Err(ScriptError::Undeclared { what: "ruleset", index, declared });
        }
        Ok(Step::Scrub(index as usize))
    }

    fn key(&self, index: u32) -> Result<Arc<HashKey>, ScriptError> {
        let keys = &self.resolved.keys;
        let undeclared = || ScriptError::Undeclared { what: "key", index, declared: keys.len() };
        keys.get(index as usize).cloned().ok_or_else(undeclared)
    }

    fn sample(&mut self, sample: types::Sample, op: SampleOp) -> Result<Step, ScriptError> {
        let metrics = &self.resolved.metrics;
        let undeclared = || ScriptError::Undeclared { what: "metric", index: sample.metric, declared: metrics.len() };
        let metric = metrics.get(sample.metric as usize).ok_or_else(undeclared)?;
        if op != op_of(metric.kind) || sample.label_values.len() != metric.label_names.len() {
            return Err(ScriptError::Sample { metric: sample.metric });
        }
        let label_values = sample.label_values.into_iter().map(|value| cut(value, NAME_BYTES)).collect();
        self.samples.push(Sample { metric: Arc::clone(metric), label_values, op, value: sample.value });
        Ok(Step::Sample(self.samples.len() - 1))
    }
}

fn op_of(kind: MetricKind) -> SampleOp {
    match kind {
        MetricKind::Counter => SampleOp::Add,
        MetricKind::Gauge => SampleOp::Set,
        MetricKind::Histogram => SampleOp::Observe,
    }
}

fn path(text: &str) -> Result<Path, ScriptError> {
    Path::parse(text).map_err(|_| ScriptError::Path)
}

fn place(place: &types::Place) -> Result<Place, ScriptError> {
    place_of(place).ok_or(ScriptError::Path)
}

fn json(value: String) -> Result<String, ScriptError> {
    match text::json_value(&value) {
        None => Err(ScriptError::Json { bytes: value.len() }),
        Some(json) if json.len() == value.len() && matches!(json, std::borrow::Cow::Borrowed(_)) => Ok(value),
        Some(json) => Ok(json.into_owned()),
    }
}

fn name(name: String) -> Result<String, ScriptError> {
    if name.is_empty() || name.len() > NAME_BYTES || name.contains(char::is_control) {
        return Err(ScriptError::Name);
    }
    Ok(name)
}

fn set_label(label: types::Label) -> Result<LabelStep, ScriptError> {
    Ok(LabelStep::Set { name: name(label.name)?, value: cut(label.value, LABEL_BYTES) })
}

fn cut(mut text: String, max: usize) -> String {
    text.truncate(text::prefix(&text, max).len());
    text
}

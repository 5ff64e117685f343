//! Applies a plan to the events of a batch.
//!
//! Nothing is changed in place: what comes out stands beside the events until the stage commits it, so a failed batch
//! leaves nothing behind, neither edits nor samples.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Instant;

use telesieve_core::{Event, LabelSet, Labels, Record};
use telesieve_kernels::{Scratch, edit};

use crate::call_fault::CallFault;
use crate::plan::{LabelStep, MOST_EDITS, Plan, Recipe, Sample, ScriptError, Step};
use crate::setup::Resolved;
use crate::tracked::{Clean, History};
use crate::{Fault, GuestSample, SampleOp};

/// Most labels of one event.
const MOST_LABELS: usize = 64;

/// Bytes that the edits of a batch may add to what came in.
const GROWTH_BYTES: usize = 8 << 20;

/// Most samples of one batch.
const MOST_SAMPLES: usize = 10_000;

/// After how many records the clock is looked at.
const CLOCK_EVERY: usize = 64;

/// What a plan makes of a record. Only this module makes one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes on; what is `None` stays as it was.
    On(Edited),
    /// The transform wanted it gone.
    Filtered,
    /// Its assignment names no recipe.
    Unassigned,
}

/// What edits made of an event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Edited {
    record: Option<String>,
    labels: Option<LabelSet>,
    /// Rulesets of this transform that found nothing in the record as it is after the edits.
    clean: Clean,
}

impl Edited {
    /// Edits the event. `first_ruleset` is the number in the chain of the transform's first ruleset, if they
    /// count there.
    pub(crate) fn apply(self, event: &mut Event<'_>, history: &mut History, first_ruleset: Option<usize>) {
        let before = if self.record.is_some() { Clean::default() } else { history.clean };
        history.clean = first_ruleset.map_or(before, |first| before.and(self.clean, first));
        if let Some(labels) = self.labels {
            event.labels = labels;
        }
        if let Some(record) = self.record {
            event.record = Record::from(record);
        }
    }
}

/// An event that a transform made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Appended {
    /// Position of the event that it stands behind.
    pub(crate) behind: usize,
    pub(crate) kind: String,
    pub(crate) record: String,
}

/// What a plan makes of a batch.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// One for each event.
    pub(crate) fates: Vec<Fate>,
    /// In order of `behind`.
    pub(crate) appended: Vec<Appended>,
    pub(crate) samples: Vec<GuestSample>,
    /// Samples that no registry could take, or that were too many.
    pub(crate) lost_samples: u64,
    /// Ruleset, rule, hits.
    pub(crate) hits: Vec<(usize, u16, u64)>,
    /// Where they were, if that is asked for.
    #[cfg(feature = "compile")]
    pub(crate) located: Vec<crate::locate::Located>,
}

/// Applies a plan to the events that it was made for.
pub(crate) fn apply(
    plan: &Plan,
    events: &[&Event<'_>],
    resolved: &Resolved,
    scratch: &mut Scratch,
    deadline: Instant,
) -> Result<Applied, CallFault> {
    let input: usize = events.iter().map(|event| event.record.len()).sum();
    let mut run = Run {
        plan,
        resolved,
        scratch,
        out: Applied { fates: Vec::with_capacity(events.len()), ..Applied::default() },
        memos: vec![None; plan.recipes.len()],
        taken: vec![Taken::default(); plan.samples.len()],
        extra: 0,
        room: input + GROWTH_BYTES,
        clean: Clean::default(),
    };
    for (at, event) in events.iter().enumerate() {
        if at % CLOCK_EVERY == CLOCK_EVERY - 1 && Instant::now() > deadline {
            return Err(CallFault::new(Fault::Timeout, "applying its edits exceeded its time budget"));
        }
        let fate = run.event(at, event).map_err(|error| CallFault::new(Fault::Script, error.to_string()))?;
        run.out.fates.push(fate);
    }
    run.take_samples();
    Ok(run.out)
}

/// How often a sample was taken, and when last.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    times: u64,
    last: usize,
}

struct Run<'r> {
    plan: &'r Plan,
    resolved: &'r Resolved,
    scratch: &'r mut Scratch,
    out: Applied,
    /// For each recipe, the labels that it met last and what it made of them.
    memos: Vec<Option<(LabelSet, LabelSet)>>,
    taken: Vec<Taken>,
    /// Extra edits that are done.
    extra: usize,
    /// Bytes that may still be made.
    room: usize,
    /// See [`Edited`].
    clean: Clean,
}

impl<'r> Run<'r> {
    fn event(&mut self, at: usize, event: &Event<'_>) -> Result<Fate, ScriptError> {
        let extra = self.extra_of(at);
        let index = self.plan.assign[at] as usize;
        let Some(recipe) = self.plan.recipes.get(index) else { return Ok(Fate::Unassigned) };
        if recipe.steps.len() + extra.len() > MOST_EDITS {
            return Err(ScriptError::TooManyEdits);
        }
        let mut record = Cow::Borrowed(&*event.record);
        self.clean = Clean::default();
        for step in recipe.steps.iter().chain(extra.iter().map(|(_, step)| step)) {
            if self.step(at, step, &mut record)?.is_break() {
                return Ok(Fate::Filtered);
            }
        }
        let labels = self.labels(index, recipe, extra, &event.labels)?;
        let record = changed(record, &event.record);
        self.spend(record.as_ref().map_or(0, String::len))?;
        Ok(Fate::On(Edited { record, labels, clean: self.clean }))
    }

    fn extra_of(&mut self, at: usize) -> &'r [(u32, Step)] {
        let plan: &'r Plan = self.plan;
        let rest = &plan.extra[self.extra..];
        let count = rest.iter().take_while(|(record, _)| *record as usize == at).count();
        self.extra += count;
        &rest[..count]
    }

    /// Applies one edit; breaks if the record is to go.
    fn step<'e>(&mut self, at: usize, step: &Step, record: &mut Cow<'e, str>) -> Result<ControlFlow<()>, ScriptError> {
        if step.writes() {
            self.clean = Clean::default();
        }
        #[cfg(feature = "compile")]
        let before = (self.resolved.observed && step.field().is_some()).then(|| record.clone().into_owned());
        match step {
            Step::Drop => return Ok(ControlFlow::Break(())),
            Step::Scrub(ruleset) => return Ok(self.scrub(at, *ruleset, record)),
            Step::Hash { path, key } => rewrite(record, |record| edit::hash_field(record, path, key)),
            Step::Mask { path, keep_last } => rewrite(record, |record| edit::mask_field(record, path, *keep_last)),
            Step::Set { path, json } => rewrite(record, |record| edit::set(record, path, json)),
            Step::Remove(path) => rewrite(record, |record| edit::remove(record, path)),
            Step::Rename { path, to } => rewrite(record, |record| edit::rename(record, path, to)),
            Step::Truncate { place, max_bytes } => rewrite(record, |record| edit::truncate(record, place, *max_bytes)),
            Step::Replace(json) => *record = Cow::Owned(json.clone()),
            Step::Append { kind, record } => self.append(at, kind, record)?,
            Step::Sample(index) => {
                let taken = &mut self.taken[*index];
                *taken = Taken { times: taken.times + 1, last: at };
            }
            // Labels are worked out when the record is known to go on.
            Step::Label(_) => {}
        }
        #[cfg(feature = "compile")]
        if let (Some(before), Some(path)) = (before, step.field()) {
            self.out.located.extend((before != **record).then(|| crate::locate::Located::of_field(at, path)));
        }
        // A single `set` can be repeated a hundred times on one record.
        if matches!(record, Cow::Owned(_)) && record.len() > self.room {
            return Err(ScriptError::TooMuchOutput { bytes: record.len() });
        }
        Ok(ControlFlow::Continue(()))
    }

    fn scrub(&mut self, at: usize, ruleset: usize, record: &mut Cow<'_, str>) -> ControlFlow<()> {
        let (rules, place) = (&self.resolved.rulesets[ruleset], &self.resolved.places[ruleset]);
        let scratch = &mut *self.scratch;
        let mut drop = false;
        let mut settled = false;
        let mut hits = Vec::new();
        #[cfg(feature = "compile")]
        let before = self.resolved.observed.then(|| record.clone().into_owned());
        rewrite(record, |record| {
            let scrubbed = rules.scrub(record, place, scratch);
            drop = scrubbed.drop;
            settled = scrubbed.settled;
            hits = scrubbed.hits;
            scrubbed.record
        });
        #[cfg(feature = "compile")]
        if let Some(before) = before.filter(|_| !hits.is_empty()) {
            self.out.located.extend(crate::locate::locate(at, ruleset, rules, place, &before, self.scratch));
        }
        #[cfg(not(feature = "compile"))]
        let _ = at;
        if !hits.is_empty() {
            self.clean = Clean::default();
        }
        if settled {
            self.clean.add(ruleset);
        }
        for (rule, count) in hits {
            self.hit(ruleset, rule, u64::from(count));
        }
        if drop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn hit(&mut self, ruleset: usize, rule: u16, count: u64) {
        let known = self.out.hits.iter_mut().find(|hit| (hit.0, hit.1) == (ruleset, rule));
        match known {
            Some(hit) => hit.2 += count,
            None => self.out.hits.push((ruleset, rule, count)),
        }
    }

    fn append(&mut self, at: usize, kind: &str, record: &str) -> Result<(), ScriptError> {
        self.spend(kind.len() + record.len() + size_of::<Event<'_>>())?;
        self.out.appended.push(Appended { behind: at, kind: kind.to_owned(), record: record.to_owned() });
        Ok(())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ScriptError> {
        self.room = self.room.checked_sub(bytes).ok_or(ScriptError::TooMuchOutput { bytes: self.room })?;
        Ok(())
    }

    /// What the recipe and the record's own edits make of its labels; `None` if they say nothing of labels.
    fn labels(
        &mut self,
        index: usize,
        recipe: &Recipe,
        extra: &[(u32, Step)],
        before: &LabelSet,
    ) -> Result<Option<LabelSet>, ScriptError> {
        let mut labels = None;
        if !recipe.labels.is_empty() {
            labels = Some(self.recipe_labels(index, recipe, before)?);
        }
        let own = extra.iter().filter_map(|(_, step)| if let Step::Label(label) = step { Some(label) } else { None });
        let mut own = own.peekable();
        if own.peek().is_some() {
            let set = edit_labels(labels.as_ref().unwrap_or(before), own)?;
            self.spend(bytes_of(&set))?;
            labels = Some(Rc::new(set));
        }
        Ok(labels)
    }

    fn recipe_labels(&mut self, index: usize, recipe: &Recipe, before: &LabelSet) -> Result<LabelSet, ScriptError> {
        if let Some((known, after)) = &self.memos[index]
            && (Rc::ptr_eq(known, before) || known.is_empty() && before.is_empty())
        {
            return Ok(Rc::clone(after));
        }
        let set = edit_labels(before, recipe.labels.iter())?;
        self.spend(bytes_of(&set))?;
        let after = Rc::new(set);
        self.memos[index] = Some((Rc::clone(before), Rc::clone(&after)));
        Ok(after)
    }

    /// Turns what was counted into samples, in the order in which they were taken last: the last gauge wins.
    fn take_samples(&mut self) {
        let mut order: Vec<_> = (0..self.taken.len()).filter(|index| self.taken[*index].times > 0).collect();
        order.sort_by_key(|index| self.taken[*index].last);
        for index in order {
            let (sample, taken) = (&self.plan.samples[index], self.taken[index]);
            self.take_sample(sample, taken.times);
        }
    }

    fn take_sample(&mut self, sample: &Sample, times: u64) {
        let (copies, value) = match sample.op {
            SampleOp::Add => (1, sample.value * times as f64),
            SampleOp::Set => (1, sample.value),
            SampleOp::Observe => (usize::try_from(times).unwrap_or(usize::MAX), sample.value),
        };
        let room = MOST_SAMPLES - self.out.samples.len();
        let copies_taken = if sample.is_usable() && value.is_finite() { copies.min(room) } else { 0 };
        self.out.lost_samples += (copies - copies_taken) as u64;
        let taken = (0..copies_taken).map(|_| GuestSample {
            metric: std::sync::Arc::clone(&sample.metric),
            label_values: sample.label_values.clone(),
            op: sample.op,
            value,
        });
        self.out.samples.extend(taken);
    }
}

/// Applies a kernel. Kernels give back what they did not change as it was.
fn rewrite<'e>(record: &mut Cow<'e, str>, kernel: impl FnOnce(&str) -> Cow<'_, str>) {
    let owned = match kernel(record) {
        Cow::Owned(changed) => changed,
        Cow::Borrowed(same) if same.len() == record.len() => return,
        Cow::Borrowed(part) => part.to_owned(),
    };
    *record = Cow::Owned(owned);
}

fn changed(record: Cow<'_, str>, before: &str) -> Option<String> {
    match record {
        Cow::Owned(changed) => (changed != before).then_some(changed),
        Cow::Borrowed(_) => None,
    }
}

fn edit_labels<'s>(before: &Labels, steps: impl Iterator<Item = &'s LabelStep>) -> Result<Labels, ScriptError> {
    let mut labels = before.clone();
    for step in steps {
        let (LabelStep::Set { name, .. } | LabelStep::Remove(name)) = step;
        let place = labels.binary_search_by(|(known, _)| known.as_str().cmp(name));
        match (step, place) {
            (LabelStep::Set { value, .. }, Ok(at)) => value.clone_into(&mut labels[at].1),
            (LabelStep::Set { value, .. }, Err(at)) => labels.insert(at, (name.clone(), value.clone())),
            (LabelStep::Remove(_), Ok(at)) => drop(labels.remove(at)),
            (LabelStep::Remove(_), Err(_)) => {}
        }
    }
    if labels.len() > MOST_LABELS {
        return Err(ScriptError::TooManyLabels { labels: MOST_LABELS });
    }
    Ok(labels)
}

fn bytes_of(labels: &Labels) -> usize {
    labels.iter().map(|(name, value)| name.len() + value.len() + size_of::<(String, String)>()).sum()
}

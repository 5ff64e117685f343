//! The last look at what is about to leave, whatever the transforms did.
//!
//! A transform of kind `redact` declares rulesets when it is set up, each for a place in the record. At the end of the
//! chain every record that it selects is scanned there again, and the events that other transforms made of such records
//! are scanned as a whole: the place says nothing of them. What is declared holds for the life of the sandbox, so no script
//! can make the look narrower. A record in which a
//! rule finds something is dropped and counted: a transform behind the redaction may have put a value back, the redaction
//! may have looked at a part of the record only, or its script was not what it should have been. Labels, and the labels
//! of metrics, may be made before the redaction runs, so they are scrubbed here instead.
//!
//! The price is small because a scan depends on record and ruleset alone: where a ruleset has looked, found
//! nothing, and nobody has changed the record since, need not be scanned again ([`Clean`](crate::tracked::Clean)).

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use telesieve_core::{DropReason, Event, LabelSet, Labels, Released, counted, json};
use telesieve_kernels::{Place, Ruleset, Scratch};

use crate::marks::{changes, without_marks};
use crate::select::Selector;
use crate::stage::{Mode, Stage};
use crate::text::quoted;
use crate::tracked::{Flow, History};
use crate::{GuestSample, NoteLevel, Outcome, StageReport};

/// What a redaction owes: a ruleset, and the events that it is for.
struct Duty<'c> {
    transform: &'c Arc<str>,
    selector: &'c Selector,
    rules: &'c Ruleset,
    /// Where the ruleset looks.
    place: &'c Place,
    names: &'c [Arc<str>],
    /// Whether records are scanned again. Labels always are.
    verify: bool,
    /// Number of the ruleset in the chain.
    number: usize,
}

impl Duty<'_> {
    /// What of a record it looks at; `None`: the event is none of its business. `origin` is the kind of the event that
    /// this one was made of.
    fn looks_at(&self, event: &Event<'_>, origin: Option<&str>) -> Option<&Place> {
        if self.selector.selects(&event.kind) {
            return Some(self.place);
        }
        origin.filter(|origin| self.selector.selects(origin)).map(|_| &Place::Whole)
    }
}

/// A rule that found something: duty and rule.
type Found = (usize, u16);

/// What duties made of sets of labels, by duty and address. The set itself is kept, so that its address stays its own.
type Memo = HashMap<(usize, *const Labels), (LabelSet, Looked)>;

/// What a duty makes of labels, `None` if they stay as they are; the error is a rule that wants the record to go.
type Looked = Result<Option<LabelSet>, u16>;

/// One of them: the one before, which is the next one's, too, in nearly every batch.
type Remembered = (usize, LabelSet, Looked);

/// See the module's documentation.
pub(crate) struct LastLook<'c> {
    duties: Vec<Duty<'c>>,
    /// A redaction could not be set up, so nobody knows what it would have taken out.
    blind: bool,
    scratch: &'c mut Scratch,
    labels: Memo,
    labels_before: Option<Remembered>,
    held_back: Vec<(Found, u64)>,
}

impl<'c> LastLook<'c> {
    pub(crate) fn new(stages: &'c [Stage], scratch: &'c mut Scratch) -> Self {
        let mut look = Self {
            duties: Vec::new(),
            blind: false,
            scratch,
            labels: HashMap::new(),
            labels_before: None,
            held_back: Vec::new(),
        };
        let mut number = 0;
        for stage in stages {
            match &stage.mode {
                Mode::Closed => look.blind |= stage.redacts,
                Mode::Open(transform, _) => {
                    let resolved = transform.resolved();
                    let places = resolved.places.iter().zip(&resolved.rule_names);
                    let rulesets = resolved.rulesets.iter().zip(places).filter(|_| stage.redacts);
                    for (rules, (place, names)) in rulesets {
                        let (transform, selector, verify) = (&stage.name, &stage.selector, stage.verify);
                        look.duties.push(Duty { transform, selector, rules, place, names, verify, number });
                        number += 1;
                    }
                }
            }
        }
        look
    }

    /// Releases what may leave, and accounts for what may not.
    pub(crate) fn release<'b>(mut self, mut flow: Flow<'b>, outcome: &mut Outcome<'b>) {
        flow.retain(|event, history| match self.event(event, history) {
            Ok(()) => true,
            Err(found) => {
                self.hold_back(found, event.sequence, outcome);
                false
            }
        });
        outcome.released = flow.into_events().into_iter().map(Released::by_chain).collect();
        self.samples(outcome);
        self.tell(outcome);
    }

    /// Looks at an event and scrubs its labels.
    fn event(&mut self, event: &mut Event<'_>, history: &History) -> Result<(), Found> {
        let History { origin, clean } = history;
        for at in 0..self.duties.len() {
            let duty = &self.duties[at];
            let Some(place) = duty.looks_at(event, origin.as_deref()) else { continue };
            if duty.verify {
                let scratch = &mut *self.scratch;
                let mut scan = |text: &str, place: &Place| {
                    finds(duty.rules, place, text, scratch).map_or(Ok(()), |rule| Err((at, rule)))
                };
                if !(clean.has(duty.number) && place == duty.place) {
                    scan(&event.record, place)?;
                }
                if origin.is_some() {
                    scan(&quoted(&event.kind), &Place::Whole)?;
                }
                if event.time_ms.is_none() && !event.time_json.is_empty() {
                    scan(&event.time_json, &Place::Whole)?;
                }
            }
            if !event.labels.is_empty()
                && let Some(labels) = self.labels(at, &event.labels).map_err(|rule| (at, rule))?
            {
                event.labels = labels;
            }
        }
        Ok(())
    }

    /// Labels after a ruleset.
    fn labels(&mut self, at: usize, before: &LabelSet) -> Looked {
        if let Some((duty, known, after)) = &self.labels_before
            && *duty == at
            && Rc::ptr_eq(known, before)
        {
            return after.clone();
        }
        let Self { duties, scratch, labels, .. } = self;
        let (_, after) = labels.entry((at, Rc::as_ptr(before))).or_insert_with(|| {
            let after = scrubbed_labels(duties[at].rules, before, scratch);
            (Rc::clone(before), after.map(|after| after.map(Rc::new)))
        });
        let after = after.clone();
        self.labels_before = Some((at, Rc::clone(before), after.clone()));
        after
    }

    fn hold_back(&mut self, found: Found, sequence: u64, outcome: &mut Outcome<'_>) {
        outcome.count_dropped(DropReason::RedactionIncomplete);
        match self.held_back.iter_mut().find(|(known, _)| *known == found) {
            Some((_, count)) => *count += 1,
            None => self.held_back.push((found, 1)),
        }
        #[cfg(feature = "compile")]
        outcome.observe_held_back(self.duties[found.0].transform, sequence);
        #[cfg(not(feature = "compile"))]
        let _ = sequence;
    }

    /// Scrubs the labels of metrics. They belong to no record, so every ruleset looks at them.
    fn samples(&mut self, outcome: &mut Outcome<'_>) {
        let before = outcome.samples.len();
        outcome.samples.retain_mut(|sample| self.sample(sample).is_some());
        let lost = before - outcome.samples.len();
        if let Some(sample) = outcome.samples.first().filter(|_| lost > 0) {
            let transform = Arc::clone(&sample.metric.transform);
            outcome.note(&transform, NoteLevel::Warn, refused(lost));
        } else if lost > 0 {
            outcome.note(&"metrics".into(), NoteLevel::Warn, refused(lost));
        }
    }

    /// `None`: it must not be taken.
    fn sample(&mut self, sample: &mut GuestSample) -> Option<()> {
        if self.blind && !sample.label_values.is_empty() {
            return None;
        }
        for duty in &self.duties {
            for (name, value) in sample.metric.label_names.iter().zip(&mut sample.label_values) {
                match scrubbed_label(duty.rules, name, value, self.scratch) {
                    Scrubbed::Same => {}
                    Scrubbed::Value(scrubbed) => *value = scrubbed,
                    Scrubbed::Gone | Scrubbed::Forbidden(_) => return None,
                }
            }
        }
        Some(())
    }

    fn tell(&self, outcome: &mut Outcome<'_>) {
        for ((duty, rule), count) in &self.held_back {
            let Duty { transform, names, .. } = &self.duties[*duty];
            let rule = &names[usize::from(*rule)];
            let records = counted(*count, "record");
            let text = format!(
                "rule `{rule}` still matched in the output: dropped {records}; `redact` must scrub what its rules \
                 match, and no later transform may put values back (see `verify`)"
            );
            outcome.note(transform, NoteLevel::Error, text);
            report_of(outcome, transform).add_held_back(rule, *count);
        }
    }
}

fn refused(lost: usize) -> String {
    let samples = counted(lost, "sample");
    format!("rejected {samples}: a label contains what a rule redacts, or a `redact` transform is not loaded")
}

fn report_of<'o>(outcome: &'o mut Outcome<'_>, transform: &Arc<str>) -> &'o mut StageReport {
    let at = outcome.stages.iter().position(|stage| stage.transform == *transform).unwrap_or_else(|| {
        outcome.stages.push(StageReport::new(transform, 0));
        outcome.stages.len() - 1
    });
    &mut outcome.stages[at]
}

/// A rule that finds something in JSON text, besides what rules themselves put there: a hit that its action leaves as it
/// is is none, and neither are tokens, masks and replacements.
fn finds(rules: &Ruleset, place: &Place, text: &str, scratch: &mut Scratch) -> Option<u16> {
    let rule = changes(rules, place, text, scratch)?;
    match without_marks(rules, text, scratch) {
        Some(text) => changes(rules, place, &text, scratch),
        None => Some(rule),
    }
}

/// What becomes of a label.
enum Scrubbed {
    Same,
    Value(String),
    /// Its name is a hit.
    Gone,
    /// The rule wants the whole record to go.
    Forbidden(u16),
}

/// Labels after a ruleset, if it changes them. The error is a rule that wants the record to go.
fn scrubbed_labels(rules: &Ruleset, before: &Labels, scratch: &mut Scratch) -> Result<Option<Labels>, u16> {
    let (mut after, mut changed) = (Vec::with_capacity(before.len()), false);
    for (name, value) in before {
        let scrubbed = scrubbed_label(rules, name, value, scratch);
        changed |= !matches!(scrubbed, Scrubbed::Same);
        match scrubbed {
            Scrubbed::Same => after.push((name.clone(), value.clone())),
            Scrubbed::Value(value) => after.push((name.clone(), value)),
            Scrubbed::Gone => {}
            Scrubbed::Forbidden(rule) => return Err(rule),
        }
    }
    Ok(changed.then_some(after))
}

/// A label is looked at as a field of its name, so that rules for keys see it.
fn scrubbed_label(rules: &Ruleset, name: &str, value: &str, scratch: &mut Scratch) -> Scrubbed {
    let key = format!("{{{}:", quoted(name));
    let field = format!("{key}{}}}", quoted(value));
    if finds(rules, &Place::Whole, &field, scratch).is_none() {
        return Scrubbed::Same;
    }
    let scrubbed = rules.scrub(&field, &Place::Whole, scratch);
    if scrubbed.drop {
        return Scrubbed::Forbidden(scrubbed.hits.first().map_or(0, |hit| hit.0));
    }
    let value = scrubbed.record.strip_prefix(&key).and_then(|rest| json::text(rest.strip_suffix('}')?));
    value.map_or(Scrubbed::Gone, |value| Scrubbed::Value(value.into_owned()))
}

#[cfg(all(test, feature = "compile"))]
mod tests;

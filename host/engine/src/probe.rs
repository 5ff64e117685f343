//! What tests of transforms see and do that the extension does not: calls that fail on purpose, the fuel of a call, the
//! place where an event was lost. Built with the compiler only.

use std::sync::Arc;

use telesieve_core::{DropReason, Event};

use crate::apply::Fate;
use crate::call_fault::CallFault;
use crate::commit::reason;
use crate::instance::Instance;
use crate::kind::Pass;
use crate::locate::Located;
use crate::setup::Resolved;
use crate::{Fault, Outcome, StageReport};

/// A fault to happen whenever a call sees an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injection {
    /// The kind of fault.
    pub fault: Fault,
    /// Number of the event.
    pub sequence: u64,
}

/// An event that did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Its number.
    pub sequence: u64,
    /// The transform behind which it was not seen any more, by its name in the configuration.
    pub transform: Arc<str>,
    /// Why.
    pub why: Why,
}

/// Why an event did not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The transform wanted it gone.
    Filtered,
    /// The transform was at fault.
    Dropped(DropReason),
}

/// Where a rule hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Number of the event.
    pub sequence: u64,
    /// Name of the rule.
    pub rule: Arc<str>,
    /// The field, such as `user.email`; elements of arrays and keys that look like data are `*`. Empty for text.
    pub path: String,
    /// How often.
    pub hits: u64,
}

/// The name of the rule in reports where a field was edited whatever its value, as the setting of `redact` is called.
pub const FIELDS: &str = "fields";

/// What a transform carries for tests.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    pub(crate) observed: bool,
    pub(crate) injections: Vec<Injection>,
    /// Fuel that the last call burnt.
    pub(crate) fuel: u64,
    full: u64,
}

impl Probe {
    /// Prepares a call, or makes it fail.
    pub(crate) fn before_call(&mut self, instance: &mut Instance, events: &[&Event<'_>]) -> Result<(), CallFault> {
        let is_seen = |injection: &&Injection| events.iter().any(|event| event.sequence == injection.sequence);
        if let Some(injection) = self.injections.iter().find(is_seen) {
            return Err(CallFault::new(injection.fault, "injected"));
        }
        if self.observed {
            instance.keep_debug_lines();
        }
        self.full = instance.fuel();
        Ok(())
    }

    pub(crate) fn after_call(&mut self, instance: &mut Instance) {
        self.fuel = self.full.saturating_sub(instance.fuel());
    }
}

impl Outcome<'_> {
    pub(crate) fn observed(&mut self, observed: bool) {
        self.observed = observed;
    }

    /// Takes note of an event that does not go on.
    pub(crate) fn observe_fate(
        &mut self,
        transform: &Arc<str>,
        sequence: u64,
        fate: &Result<Fate, DropReason>,
        pass: Option<Pass>,
    ) {
        let why = match (fate, pass) {
            (Ok(Fate::On(_)), _) | (Err(_), Some(_)) => return,
            (Ok(Fate::Filtered), _) => Why::Filtered,
            (Ok(Fate::Unassigned), _) => Why::Dropped(reason(Fault::Script)),
            (Err(reason), None) => Why::Dropped(*reason),
        };
        if self.observed {
            self.gone.push(Gone { sequence, transform: Arc::clone(transform), why });
        }
    }
}

impl Outcome<'_> {
    /// Takes note of an event that a rule held back at the end of the chain.
    pub(crate) fn observe_held_back(&mut self, transform: &Arc<str>, sequence: u64) {
        if self.observed {
            let why = Why::Dropped(DropReason::RedactionIncomplete);
            self.gone.push(Gone { sequence, transform: Arc::clone(transform), why });
        }
    }
}

impl StageReport {
    /// Takes over where rules hit in the events of a call.
    pub(crate) fn locate(&mut self, located: &[Located], events: &[&Event<'_>], resolved: &Resolved) {
        self.found.extend(located.iter().map(|found| Found {
            sequence: events[found.at].sequence,
            rule: match found.rule {
                Some((ruleset, rule)) => Arc::clone(&resolved.rule_names[ruleset][usize::from(rule)]),
                None => FIELDS.into(),
            },
            path: found.path.clone(),
            hits: found.hits,
        }));
    }
}

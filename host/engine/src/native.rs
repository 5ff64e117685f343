//! A transform that is native code: what the same edits cost without a guest.
//!
//! Only the guest is another; its script is planned, applied, committed and looked at like that of any other. It is there
//! to be measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use telesieve_core::Event;
use telesieve_kernels::{OwnValues, Place, Rule, Ruleset, Scratch};

use crate::apply::{Applied, apply};
use crate::bindings::types::{self, Edit, Script};
use crate::call_fault::CallFault;
use crate::callee::Callee;
use crate::health::Health;
use crate::isolate::Attempt;
use crate::plan::Plan;
use crate::select::Selector;
use crate::setup::Resolved;
use crate::stage::{Mode, Stage};
use crate::{Chain, Fault, NoteLevel};

/// What a native transform does: it drops some kinds of events, scrubs all others as a whole and puts labels on them.
#[derive(Clone, Debug, Default)]
pub struct NativeProgram {
    /// Kinds that it drops.
    pub drop: Vec<String>,
    /// What it scrubs.
    pub rules: Vec<Rule>,
    /// Names and values.
    pub labels: Vec<(String, String)>,
}

struct Native {
    program: NativeProgram,
    resolved: Resolved,
    scratch: Scratch,
}

impl Native {
    fn new(program: NativeProgram) -> Self {
        let names = program.rules.iter().map(|rule| rule.name.as_str().into()).collect();
        let resolved = Resolved {
            rulesets: vec![Ruleset::new(program.rules.clone())],
            places: vec![Place::Whole],
            rule_names: vec![names],
            ..Resolved::default()
        };
        Self { program, resolved, scratch: Scratch::default() }
    }

    fn script(&self, events: &[&Event<'_>]) -> Script {
        let label = |(name, value): &(String, String)| types::Label { name: name.clone(), value: value.clone() };
        let mut edits = vec![Edit::Scrub(0)];
        edits.extend(self.program.labels.iter().map(label).map(Edit::Label));
        let is_dropped = |event: &&Event<'_>| self.program.drop.iter().any(|kind| *kind == *event.kind);
        let assign = events.iter().map(|event| u32::from(is_dropped(event))).collect();
        Script { recipes: vec![edits, vec![Edit::Drop]], assign, extra: Vec::new() }
    }
}

impl Attempt for Native {
    fn attempt(&mut self, events: &[&Event<'_>], budget: Duration) -> Result<Applied, CallFault> {
        let deadline = Instant::now() + budget;
        let plan = Plan::new(self.script(events), events.len(), &self.resolved)
            .map_err(|error| CallFault::new(Fault::Script, error.to_string()))?;
        apply(&plan, events, &self.resolved, &mut self.scratch, deadline)
    }
}

impl Callee for Native {
    fn resolved(&self) -> &Resolved {
        &self.resolved
    }
    fn budget(&self) -> Duration {
        Duration::from_secs(10)
    }
    fn memory(&self) -> usize {
        0
    }
    fn take_log(&mut self) -> Vec<(NoteLevel, String)> {
        Vec::new()
    }
    fn set_own_values(&mut self, values: Arc<OwnValues>) {
        self.scratch.set_own_values(values);
    }
    fn observe(&mut self) {}
    fn inject(&mut self, _injection: crate::Injection) {}
    #[cfg(any(test, feature = "fault-injection"))]
    fn sabotage(&mut self, _injector: crate::inject::Injector) {}
}

impl Chain {
    /// A chain of one transform of kind `redact`, without WebAssembly: to measure what that costs.
    #[must_use]
    pub fn native(program: NativeProgram) -> Self {
        let stage = Stage {
            name: "native".into(),
            selector: Selector::new(&[]),
            pass: None,
            redacts: true,
            verify: true,
            mode: Mode::Open(Box::new(Native::new(program)), Health::new()),
        };
        Self::new(vec![stage], None)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use telesieve_kernels::{Action, Detector, Named};

    use super::*;

    #[test]
    fn it_does_what_its_program_says() {
        let rule = Rule {
            name: "email".to_owned(),
            detector: Detector::Named(Named::from_name("email").expect("a rule has that name")),
            action: Action::Replace("[mail]".to_owned()),
        };
        let program = NativeProgram {
            drop: vec!["platform.start".to_owned()],
            rules: vec![rule],
            labels: vec![("team".to_owned(), "a".to_owned())],
        };
        let event = |(kind, sequence): (&'static str, u64)| Event {
            kind: kind.into(),
            time_json: "".into(),
            time_ms: None,
            record: r#""to jane@example.com""#.into(),
            invocation: None,
            labels: Rc::default(),
            sequence,
        };
        let events = [("function", 0), ("platform.start", 1)].map(event).to_vec();
        let outcome = Chain::native(program).process(events, Duration::from_secs(10), &mut 2);
        let released: Vec<_> = outcome.released.iter().map(telesieve_core::Released::event).collect();
        assert_eq!(released.len(), 1);
        assert_eq!(&*released[0].record, r#""to [mail]""#);
        assert_eq!(*released[0].labels, [("team".to_owned(), "a".to_owned())]);
    }
}

//! Guests that are no components: they answer as honest transforms of their kind would, until they are sabotaged.
//!
//! Only the guest is made up; what comes behind its answer is the code that ships.

use std::sync::Arc;
use std::time::{Duration, Instant};

use telesieve_config::OnError;
use telesieve_core::Event;
use telesieve_kernels::{Action, Detector, HashKey, Named, OwnValues, Place, Rule, Ruleset, Scratch};

use crate::apply::{Applied, apply};
use crate::bindings::types::{self, Edit, Script};
use crate::call_fault::CallFault;
use crate::callee::Callee;
use crate::health::Health;
use crate::inject::{CallStep, Injector};
use crate::isolate::Attempt;
use crate::kind::Pass;
use crate::plan::Plan;
use crate::select::Selector;
use crate::setup::Resolved;
use crate::stage::{Mode, Stage};
use crate::{Fault, MetricDef, MetricKind, NoteLevel, TransformKind};

/// Answers as an honest transform of its kind would.
struct StandIn {
    kind: TransformKind,
    resolved: Resolved,
    scratch: Scratch,
    started: bool,
    /// What it remembers of the batch before: a record, and its kind.
    memory: Option<(String, String)>,
    injector: Injector,
}

fn resolved(place: Place) -> Resolved {
    let rule = |name: &str| Rule {
        name: name.to_owned(),
        detector: Detector::Named(Named::from_name(name).expect("a rule has that name")),
        action: Action::Replace(format!("[{name}]")),
    };
    let rules = ["email", "payment-card", "aws-key"].map(rule).to_vec();
    let metric = MetricDef {
        transform: "t".into(),
        name: "m".to_owned(),
        help: String::new(),
        kind: MetricKind::Counter,
        label_names: vec!["a".to_owned()],
        buckets: Vec::new(),
    };
    let names = rules.iter().map(|rule| rule.name.as_str().into()).collect();
    Resolved {
        rulesets: vec![Ruleset::new(rules)],
        places: vec![place],
        rule_names: vec![names],
        keys: vec![Arc::new(HashKey::new(b"k"))],
        metrics: vec![Arc::new(metric)],
        ..Resolved::default()
    }
}

impl StandIn {
    fn new(kind: TransformKind, place: Place) -> Self {
        let (resolved, scratch, injector) = (resolved(place), Scratch::default(), Injector::default());
        Self { kind, resolved, scratch, started: true, memory: None, injector }
    }

    fn run(&mut self, events: &[&Event<'_>]) -> Result<Applied, CallFault> {
        if !self.started {
            self.injector.before(CallStep::Start)?;
            self.injector.before(CallStep::Init)?;
        }
        self.injector.before(CallStep::Process)?;
        let script = self.script(events);
        let script = self.injector.after(script);
        let plan = Plan::new(script, events.len(), &self.resolved)
            .map_err(|error| CallFault::new(Fault::Script, error.to_string()))?;
        let deadline = Instant::now() + Duration::from_secs(3_600);
        apply(&plan, events, &self.resolved, &mut self.scratch, deadline)
    }

    fn script(&mut self, events: &[&Event<'_>]) -> Script {
        let scrub = Edit::Scrub(0);
        let all = |recipe| Script { recipes: vec![recipe], assign: vec![0; events.len()], extra: Vec::new() };
        let each = |edits: &mut dyn FnMut(&Event<'_>) -> Vec<Edit>| {
            let of = |(at, event): (u32, &&Event<'_>)| edits(event).into_iter().map(move |edit| (at, edit)).collect();
            let extra: Vec<Vec<_>> = (0..).zip(events).map(of).collect();
            Script { extra: extra.concat(), ..all(Vec::new()) }
        };
        match self.kind {
            TransformKind::Redact => all(vec![scrub]),
            TransformKind::Filter => {
                each(&mut |event| if event.record.contains("noise") { vec![Edit::Drop] } else { vec![] })
            }
            TransformKind::Relabel => each(&mut |event| vec![copy_to_label(event)]),
            TransformKind::Enrich => {
                let memory = self.memory.take();
                self.memory = events.first().map(|event| (event.kind.to_string(), event.record.to_string()));
                each(&mut |event| enriched(event, memory.as_ref()))
            }
        }
    }
}

fn copy_to_label(event: &Event<'_>) -> Edit {
    Edit::Label(types::Label { name: "copy".to_owned(), value: event.record.to_string() })
}

/// Everything that carries data out of a record: an event, a metric's label, and a field of a later one of its kind.
fn enriched(event: &Event<'_>, memory: Option<&(String, String)>) -> Vec<Edit> {
    let record = event.record.to_string();
    let remembered = memory.filter(|(kind, _)| *kind == *event.kind).map(|(_, record)| record.clone());
    let sample = types::Sample { metric: 0, value: 1.0, label_values: vec![record.clone()] };
    let mut edits = vec![Edit::Append(types::NewEvent { kind: "made".to_owned(), record }), Edit::Count(sample)];
    edits.extend(remembered.map(|value| Edit::Set(types::Assignment { path: "back".to_owned(), value })));
    edits
}

impl Attempt for StandIn {
    fn attempt(&mut self, events: &[&Event<'_>], _budget: Duration) -> Result<Applied, CallFault> {
        let result = self.run(events);
        self.started = result.is_ok();
        self.memory = self.memory.take().filter(|_| self.started);
        result
    }
}

impl Callee for StandIn {
    fn resolved(&self) -> &Resolved {
        &self.resolved
    }
    fn budget(&self) -> Duration {
        Duration::from_secs(3_600)
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
    #[cfg(feature = "compile")]
    fn observe(&mut self) {}
    #[cfg(feature = "compile")]
    fn inject(&mut self, _injection: crate::Injection) {}
    fn sabotage(&mut self, injector: Injector) {
        self.injector = injector;
    }
}

/// A stage with a stand-in that looks at a place, or one that did not load.
pub(crate) fn stage(at: usize, kind: TransformKind, on: &[String], on_error: OnError, place: Option<Place>) -> Stage {
    let open = |place| Mode::Open(Box::new(StandIn::new(kind, place)), Health::new());
    Stage {
        name: format!("{}-{at}", kind.as_str()).into(),
        selector: Selector::new(on),
        pass: Pass::allowed(Some(kind), on_error),
        redacts: kind == TransformKind::Redact,
        verify: true,
        mode: place.map_or(Mode::Closed, open),
    }
}

//! A transform that misbehaves on demand: its settings name what it does wrong.
//!
//! It speaks the contract without the SDK, so that it can break it. `mode` says what to do, `needle` on which records.
#![expect(unsafe_code, reason = "generated bindings, and faults that safe code cannot make")]
#![allow(clippy::all, missing_docs, reason = "generated bindings")]

use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../../../../guest-sdk/wit", world: "transform" });

use exports::telesieve::transform::guest::{Batch, FunctionInfo, Guest, Manifest, Script, SettingError, Setup};
use telesieve::transform::host;
use telesieve::transform::types::*;

struct Misbehave;
export!(Misbehave);

/// Tests write another digit into the compiled module.
#[unsafe(no_mangle)]
static KIND: [u8; 16] = *b"telesieve-kind:0";

/// What goes wrong before there are settings: 1 trap in `describe`, 2 never return from it.
#[unsafe(no_mangle)]
static EARLY: [u8; 17] = *b"telesieve-early:0";

/// Tests make it the start function of a module.
#[unsafe(export_name = "trap-at-start")]
pub extern "C" fn trap_at_start() {
    trap()
}

#[derive(Default)]
struct State {
    mode: String,
    needle: String,
    batches: u32,
    leaked: usize,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

fn setting(settings: &str, key: &str) -> String {
    let start = format!("\"{key}\":\"");
    let value = settings.split(&start).nth(1).unwrap_or_default();
    value.split('"').next().unwrap_or_default().to_owned()
}

impl Guest for Misbehave {
    fn describe() -> Manifest {
        // SAFETY: a plain read that the compiler must not work out at compile time.
        match unsafe { std::ptr::read_volatile(&EARLY[16]) } {
            b'1' => trap(),
            b'2' => spin(),
            _ => {}
        }
        // SAFETY: as above.
        let kind = unsafe { std::ptr::read_volatile(&KIND[15]) };
        Manifest {
            name: "misbehave".to_owned(),
            version: "0.1.0".to_owned(),
            kind: match kind {
                b'0' => TransformKind::Filter,
                b'1' => TransformKind::Redact,
                b'2' => TransformKind::Relabel,
                _ => TransformKind::Enrich,
            },
        }
    }

    fn init(settings: String, function: FunctionInfo) -> Result<Setup, Vec<SettingError>> {
        let mode = setting(&settings, "mode");
        let error = |path: &str, message: &str| SettingError { path: path.to_owned(), message: message.to_owned() };
        match mode.as_str() {
            "trap-in-init" => trap(),
            "loop-in-init" => spin(),
            "bad-settings" => {
                return Err(vec![error("rules[2].action", "unknown action `melt`"), error("needle", "missing")]);
            }
            _ => {}
        }
        let pattern = setting(&settings, "pattern");
        let patterns: Vec<_> = Some(pattern).filter(|pattern| !pattern.is_empty()).into_iter().collect();
        let key = setting(&settings, "key");
        let email = Rule {
            name: "email".to_owned(),
            detector: Detector::Named("email".to_owned()),
            action: Action::Replace("[email]".to_owned()),
        };
        let drop = Rule { name: "drop".to_owned(), action: Action::DropRecord, ..email.clone() };
        let metric = |name: &str, kind, labels: &[&str]| Metric {
            name: name.to_owned(),
            help: format!("told of {}", function.name),
            kind,
            label_names: labels.iter().map(|label| (*label).to_owned()).collect(),
            buckets: vec![],
        };
        let place = if mode == "scrub-back" { Place::Field("back".to_owned()) } else { Place::Whole };
        STATE.with_borrow_mut(|state| {
            state.needle = setting(&settings, "needle");
            state.mode = mode;
        });
        Ok(Setup {
            kinds: vec!["function".to_owned(), "platform.*".to_owned()],
            columns: vec!["user.name".to_owned()],
            rulesets: vec![Ruleset { rules: vec![email], place: place.clone() }, Ruleset { rules: vec![drop], place }],
            patterns,
            keys: Some(key).filter(|key| !key.is_empty()).into_iter().collect(),
            metrics: vec![
                metric("seen", MetricKind::Counter, &["kind"]),
                metric("level", MetricKind::Gauge, &[]),
                metric("size", MetricKind::Histogram, &[]),
            ],
        })
    }

    fn process(batch: Batch) -> Result<Script, String> {
        let (mode, needle, batches) = STATE.with_borrow_mut(|state| {
            state.batches += 1;
            (state.mode.clone(), state.needle.clone(), state.batches)
        });
        let count = batch.kinds.len();
        let poisoned: Vec<bool> = (0..count as u32).map(|at| poisoned(at, &needle)).collect();
        let any = poisoned.contains(&true);
        let scrub = Edit::Scrub(0);
        let all = |edits: Vec<Edit>| Script { recipes: vec![edits], assign: vec![0; count], extra: vec![] };
        let label = |name: &str, value: String| Edit::Label(Label { name: name.to_owned(), value });
        match mode.as_str() {
            "keep" => return Ok(all(vec![])),
            "scrub" | "scrub-back" => return Ok(all(vec![scrub])),
            "drop-all" => return Ok(all(vec![Edit::Drop])),
            "drop-record" => return Ok(all(vec![Edit::Scrub(1)])),
            "label-all" => return Ok(all(vec![label("seen", "yes".to_owned()), label("batch", batches.to_string())])),
            "trap" if any => trap(),
            "loop" if any => spin(),
            "grow" if any => grow(),
            "overflow" if any => drop(overflow(1)),
            "err" if any => return Err(format!("cannot: {needle}")),
            "bad-assign-length" if any => return Ok(Script { assign: vec![0; count + 1], ..all(vec![scrub]) }),
            "extra-out-of-range" if any => {
                return Ok(Script { extra: vec![(count as u32, Edit::Drop)], ..all(vec![scrub]) });
            }
            "bad-json" if any => return Ok(all(vec![scrub, Edit::Replace(format!("{{{needle}"))])),
            "undeclared" if any => return Ok(all(vec![Edit::Scrub(9)])),
            "huge-output" if any => return Ok(all((0..12).map(|_| append(1 << 20)).collect())),
            "huge-record" if any => return Ok(all(vec![Edit::Replace("1".repeat(9 << 20))])),
            "handout" if any => drop(host::read_many(&vec![0; 1 << 20])),
            "unknown-recipe" => {
                let assign = poisoned.iter().map(|poisoned| if *poisoned { 99 } else { 0 }).collect();
                return Ok(Script { assign, ..all(vec![scrub]) });
            }
            "leak" => STATE.with_borrow_mut(|state| {
                let leaked: &'static mut [u8] = vec![7_u8; 1 << 20].leak();
                state.leaked += leaked.len();
            }),
            "log" => (0..100).for_each(|n| host::log(1, &format!("line {n}\nof a batch"))),
            "debug" => host::log(3, &String::from_utf8_lossy(&host::body())),
            "trap-third" if batches == 3 => trap(),
            "huge-assign" if any => return Ok(Script { assign: vec![0; 6 << 20], ..all(vec![scrub]) }),
            "huge-error" if any => return Err(needle.repeat(1 << 20)),
            "duplicated" if any => return Ok(Script { assign: vec![0; 2 * count], ..all(vec![scrub]) }),
            "truncated" if any => return Ok(Script { assign: vec![0; count - 1], ..all(vec![scrub]) }),
            "too-many-edits" if any => return Ok(all(vec![scrub; 257])),
            "keep-poison" => {
                let assign = poisoned.iter().map(|poisoned| u32::from(*poisoned)).collect();
                return Ok(Script { recipes: vec![vec![scrub], vec![]], assign, extra: vec![] });
            }
            "log-flood" => (0..100_000).for_each(|_| host::log(0, "flood")),
            "log-long" => host::log(0, &"jane@example.com ".repeat(100_000)),
            "metric-flood" => return Ok(metric_flood(count)),
            "put-back" => {
                let value = "\"jane@example.com\"".to_owned();
                return Ok(all(vec![Edit::Set(Assignment { path: "back".to_owned(), value })]));
            }
            "copy-out" => return Ok(copy_out(count)),
            "append-kind" => {
                let kind = "jane@example.com".to_owned();
                return Ok(all(vec![Edit::Append(NewEvent { kind, record: "1".to_owned() })]));
            }
            "log-fixed" => {
                host::log(1, "an order without an amount");
                host::log(1, &format!("orders without an amount: {count}"));
            }
            "log-record" => host::log(1, &String::from_utf8_lossy(&host::read(0))),
            "append" => return Ok(all(vec![append(3), append(4)])),
            "metrics" => return Ok(metrics(&batch, any)),
            "look" => return Ok(look(&batch, &needle)),
            _ => {}
        }
        Ok(all(vec![scrub]))
    }
}

fn poisoned(at: u32, needle: &str) -> bool {
    !needle.is_empty() && host::read(at).windows(needle.len()).any(|text| text == needle.as_bytes())
}

fn append(bytes: usize) -> Edit {
    Edit::Append(NewEvent { kind: "made".to_owned(), record: format!("\"{}\"", "x".repeat(bytes)) })
}

/// Every record into a label, a metric's label, and an event of its own.
fn copy_out(count: usize) -> Script {
    let each = |at: u32| {
        let record = String::from_utf8_lossy(&host::read(at)).into_owned();
        let label = Edit::Label(Label { name: "copy".to_owned(), value: record.clone() });
        let sample = Edit::Count(Sample { metric: 0, value: 1.0, label_values: vec![record.clone()] });
        [(at, label), (at, sample), (at, Edit::Append(NewEvent { kind: "made".to_owned(), record }))]
    };
    Script { recipes: vec![vec![]], assign: vec![0; count], extra: (0..count as u32).flat_map(each).collect() }
}

/// As many series as there are edits, with names of full length.
fn metric_flood(count: usize) -> Script {
    let sample = |n: usize| {
        let label_values = vec![format!("{n:01000}")];
        Edit::Count(Sample { metric: 0, value: 1.0, label_values })
    };
    let extra = (0..count).flat_map(|at| (0..256).map(move |n| (at as u32, sample(at * 256 + n)))).collect();
    Script { recipes: vec![vec![]], assign: vec![0; count], extra }
}

fn metrics(batch: &Batch, broken: bool) -> Script {
    let count = batch.kinds.len();
    let sample = |metric, value, labels: &[&str]| Sample {
        metric,
        value,
        label_values: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let long = "v".repeat(1_000);
    let recipe = vec![
        Edit::Count(sample(0, 2.0, &[&long])),
        Edit::Observe(sample(2, 0.5, &[])),
        Edit::Observe(sample(2, f64::NAN, &[])),
    ];
    let gauge = |at: usize| (at as u32, Edit::Gauge(sample(1, at as f64, &[])));
    let mut extra: Vec<_> = (0..count).map(gauge).collect();
    if broken {
        extra.push((0, Edit::Count(sample(0, 1.0, &[]))));
    }
    Script { recipes: vec![recipe], assign: vec![0; count], extra }
}

/// Compares everything that the host offers with everything else, and says what it saw in labels.
fn look(batch: &Batch, needle: &str) -> Script {
    let count = batch.kinds.len() as u32;
    let each: Vec<_> = (0..count).map(host::read).collect();
    let many = host::read_many(&(0..count).collect::<Vec<_>>());
    let body = host::body();
    let lengths: Vec<_> = each.iter().map(|text| text.len() as u32).collect();
    let agree = each == many && body == each.concat() && lengths == batch.lengths && host::read(count).is_empty();
    let matched =
        if needle == "no-pattern" { host::matches(7, &Place::Whole) } else { host::matches(0, &Place::Whole) };
    let column = &batch.columns[0];
    let mut start = 0;
    let mut extra = Vec::new();
    for at in 0..count {
        let mut say = |name: &str, value: String| {
            extra.push((at, Edit::Label(Label { name: name.to_owned(), value })));
        };
        let length = column.lengths[at as usize];
        if length != u32::MAX {
            let end = start + length as usize;
            say("column", String::from_utf8_lossy(&column.data[start..end]).into_owned());
            start = end;
        }
        let kind = batch.kinds[at as usize] as usize;
        say(
            "facts",
            format!("{} {} {}", batch.kind_names[kind], batch.shapes[at as usize], batch.severities[at as usize]),
        );
        say("agree", agree.to_string());
        say("matched", matched.contains(&at).to_string());
        say("hash", host::hash64("request-1").to_string());
    }
    Script { recipes: vec![vec![]], assign: vec![0; count as usize], extra }
}

fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

fn spin() -> ! {
    loop {
        std::hint::black_box(0);
    }
}

fn grow() -> ! {
    loop {
        std::hint::black_box(vec![1_u8; 1 << 20].leak());
    }
}

fn overflow(depth: u64) -> u64 {
    let ballast = std::hint::black_box([depth; 64]);
    if depth == 0 { 0 } else { overflow(depth + 1) + ballast[(depth % 64) as usize] }
}

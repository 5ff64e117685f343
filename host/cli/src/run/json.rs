//! The result of a run as JSON, for scripts.

use serde_json::{Value, json};
use telesieve_sandbox::InvokeReport;

use super::pairs::Pair;
use super::play::Played;
use super::series;

/// Everything that is shown, in milliseconds and bytes.
pub(super) fn render(played: &Played) -> Value {
    let ms = |time: std::time::Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    let invocation = |report: &InvokeReport| {
        json!({
            "requestId": report.request_id,
            "status": report.outcome.status(),
            "functionMs": ms(report.function_time),
            "responseToNextMs": ms(report.response_to_next),
            "reset": report.reset.as_ref().map(|reset| reset.reason.clone()),
        })
    };
    let series = series::summaries(&played.families).into_iter();
    json!({
        "init": {
            "status": played.init.outcome.status(),
            "tookMs": ms(played.init.took),
            "execToFirstNextMs": played.init.exec_to_first_next.map(ms),
        },
        "memory": played.memory.map(|memory| json!({ "residentBytes": memory.resident, "peakBytes": memory.peak })),
        "invocations": played.invocations.iter().map(invocation).collect::<Vec<_>>(),
        "shutdown": { "tookMs": ms(played.shutdown.took), "killed": played.shutdown.killed },
        "events": played.pairs.iter().map(pair).collect::<Vec<_>>(),
        "documents": played.documents,
        "series": series.map(|s| json!({ "name": s.name, "type": s.kind, "series": s.series, "value": s.value }))
            .collect::<Vec<_>>(),
        "accounting": played.accounting.as_ref().map(|accounting| json!({
            "received": accounting.received,
            "shipped": accounting.shipped,
            "filtered": accounting.filtered,
            "dropped": accounting.dropped,
            "pending": accounting.pending,
            "balances": accounting.balances(),
            "faults": played.accounting_faults,
        })),
        "losses": played.losses,
        "secrets": {
            "searchedBytes": played.searched,
            "left": played.leaks.iter().map(|secret| secret.kind).collect::<Vec<_>>(),
        },
        "disturbances": played.disturbances,
        "output": played.output.iter().map(|output| output.line.clone()).collect::<Vec<_>>(),
    })
}

fn pair(pair: &Pair) -> Value {
    json!({
        "before": pair.before.as_ref().map(|before| json!({
            "type": before.kind,
            "time": before.time,
            "record": before.text,
        })),
        "after": pair.after.as_ref().map(|after| json!({
            "type": after.kind,
            "record": after.text,
            "labels": after.labels.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            "invocation": after.invocation,
        })),
    })
}

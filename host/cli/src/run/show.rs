//! The result of a run for people.

use std::path::Path;
use std::time::Duration;

use telesieve_core::counted;
use telesieve_sandbox::{InvokeReport, scenarios};

use super::RunArgs;
use super::accounting::Accounting;
use super::pairs::{After, Before, Pair};
use super::play::Played;
use super::series;
use crate::diff::{Change, diff};
use crate::out::line;
use crate::paint::Paint;

/// From this many columns on, events stand side by side.
const SIDE_BY_SIDE: usize = 100;
/// Events that are shown unless all are asked for.
const MAX_EVENTS: usize = 80;
/// Lines of one event that are shown unless all are asked for.
const MAX_LINES: usize = 8;

/// Shows all of it.
pub(super) fn show(played: &Played, args: &RunArgs, opt: &Path) {
    let paint = Paint::of_terminal();
    let view = View { paint, all: args.all, explain: args.demo };
    view.heading("Events", "what the platform sent, and what was stored");
    if args.demo {
        view.note("Left: telemetry as Lambda delivers it. Right: the document in OpenSearch, after the transforms.");
    }
    if played.documents_seen {
        view.pairs(&played.pairs);
    } else {
        view.note(&format!("documents were sent to {}; what the platform sent:", played.urls[0]));
        view.pairs(&played.pairs);
    }
    view.series(played);
    view.accounting(played);
    view.losses(played);
    view.secrets(played);
    view.figures(played);
    view.output(played);
    view.next_steps(played, opt);
}

struct View {
    paint: Paint,
    all: bool,
    explain: bool,
}

impl View {
    fn heading(&self, title: &str, rest: &str) {
        line(&format!("\n{}  {}", self.paint.bold(title), self.paint.dim(rest)));
    }

    fn note(&self, text: &str) {
        for (text, _) in self.paint.plain_column(text, self.paint.width, true) {
            line(&text);
        }
    }

    fn pairs(&self, pairs: &[Pair]) {
        let shown = if self.all { pairs.len() } else { MAX_EVENTS };
        for pair in pairs.iter().take(shown) {
            self.pair(pair);
        }
        if pairs.len() > shown {
            self.note(&format!("… and {} more (--all shows them)", pairs.len() - shown));
        }
    }

    fn pair(&self, pair: &Pair) {
        let (kind, time) = match (&pair.before, &pair.after) {
            (Some(before), _) => (before.kind.as_str(), clock(&before.time)),
            (None, Some(after)) => (after.kind.as_str(), ""),
            (None, None) => return,
        };
        let fate = self.fate(pair);
        let labels = self.labels(pair);
        line(&format!("{} {} {fate}{labels}", self.paint.dim(time), self.paint.bold(kind)));
        match (&pair.before, &pair.after) {
            (Some(before), Some(after)) if before.text.trim_end() == after.text.trim_end() => {
                self.one_column(&before.text, true);
            }
            (Some(before), Some(after)) => self.edited(before, after),
            (Some(before), None) => self.one_column(&before.text, true),
            (None, after) => self.one_column(after.as_ref().map_or("", |after| &after.text), false),
        }
    }

    fn labels(&self, pair: &Pair) -> String {
        let labels = pair.after.iter().flat_map(|after| &after.labels);
        let labels: Vec<_> = labels.map(|(name, value)| format!("{name}={value}")).collect();
        if labels.is_empty() { String::new() } else { self.paint.good(&format!("  + {}", labels.join(" "))) }
    }

    fn fate(&self, pair: &Pair) -> String {
        match (&pair.before, &pair.after) {
            (Some(before), Some(after)) if before.text.trim_end() == after.text.trim_end() => {
                self.paint.dim("unchanged")
            }
            (Some(_), Some(_)) => self.paint.good("edited"),
            (Some(_), None) => self.paint.bad("not stored"),
            (None, _) => self.paint.good("added by telesieve or a transform"),
        }
    }

    fn one_column(&self, text: &str, faint: bool) {
        let lines = self.paint.plain_column(text, self.paint.width - 6, faint);
        let shown = if self.all { lines.len() } else { 1 };
        let more = if lines.len() > shown { self.paint.dim(" …") } else { String::new() };
        for (at, (text, _)) in lines.iter().take(shown).enumerate() {
            line(&format!("    {text}{}", if at + 1 == shown { &more } else { "" }));
        }
    }

    fn edited(&self, before: &Before, after: &After) {
        let pieces = diff(before.text.trim_end(), after.text.trim_end());
        let side_by_side = self.paint.width >= SIDE_BY_SIDE;
        let width = if side_by_side { (self.paint.width - 7) / 2 } else { self.paint.width - 6 };
        let old = self.paint.edited_column(&pieces, Change::Removed, width);
        let new = self.paint.edited_column(&pieces, Change::Added, width);
        let limit = if self.all { usize::MAX } else { MAX_LINES };
        if side_by_side {
            let rows = old.len().max(new.len());
            for row in 0..rows.min(limit) {
                let (left, used) = old.get(row).map_or(("", 0), |(text, used)| (text.as_str(), *used));
                let right = new.get(row).map_or("", |(text, _)| text.as_str());
                line(&format!("    {left}{} {} {right}", " ".repeat(width - used), self.paint.dim("│")));
            }
            return;
        }
        old.iter().take(limit).for_each(|(text, _)| line(&format!("  {} {text}", self.paint.bad("-"))));
        new.iter().take(limit).for_each(|(text, _)| line(&format!("  {} {text}", self.paint.good("+"))));
    }

    fn series(&self, played: &Played) {
        self.heading("Series", "metrics in the PushGateway, as Prometheus scrapes them");
        if !played.metrics_seen {
            return self.note(&format!("    metrics were sent to {}", played.urls[1]));
        }
        let summaries = series::summaries(&played.families);
        let (health, shown): (Vec<_>, Vec<_>) =
            summaries.into_iter().partition(|s| s.name.starts_with("telesieve_") && !s.name.contains("guest"));
        let (zero, shown): (Vec<_>, Vec<_>) = shown.into_iter().partition(|s| s.is_zero());
        for s in &shown {
            line(&format!("    {:<48} {:<10} {:>3} series  {}", s.name, s.kind, s.series, s.value));
        }
        let health_series: usize = health.iter().map(|s| s.series).sum();
        let taken = played.pushes.iter().filter(|push| push.status == 200).count();
        let refused = played.pushes.iter().filter(|push| push.status >= 300).count();
        self.note(&format!(
            "    and {} at zero, and {} of telesieve's own health ({health_series} series); {taken} pushes accepted, \
             {refused} refused",
            zero.len(),
            health.len()
        ));
        for push in played.pushes.iter().filter(|push| push.status >= 300).take(3) {
            line(&self.paint.bad(&format!("    {} {}: {}", push.status, push.path, push.answer.trim())));
        }
    }

    fn accounting(&self, played: &Played) {
        self.heading("Accounting", "received = shipped + filtered + dropped + pending");
        let Some(accounting) = &played.accounting else {
            self.note("    look at telesieve_events_* in your PushGateway");
            return self.faults(played);
        };
        let Accounting { shipped, pending, .. } = accounting;
        let identity = format!(
            "    {} = {shipped} + {} + {} + {pending}",
            accounting.total_received(),
            accounting.total_filtered(),
            accounting.total_dropped(),
        );
        let well = played.accounting_faults.is_empty();
        let verdict = if well { self.paint.good("✓ every event is accounted for") } else { String::new() };
        line(&format!("{identity}   {verdict}"));
        self.faults(played);
        for (word, parts) in
            [("received", &accounting.received), ("filtered", &accounting.filtered), ("dropped", &accounting.dropped)]
        {
            let parts: Vec<_> = parts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            if !parts.is_empty() {
                self.note(&format!("    {word:<9} {}", parts.join(", ")));
            }
        }
        if played.documents_seen {
            let documents = counted(played.documents, "document");
            let requests = counted(played.bulk.len(), "bulk request");
            self.note(&format!("    stored    {documents} in {requests}"));
        }
    }

    fn faults(&self, played: &Played) {
        played.accounting_faults.iter().for_each(|fault| line(&self.paint.bad(&format!("    ✗ {fault}"))));
    }

    fn losses(&self, played: &Played) {
        if played.losses.is_empty() {
            return;
        }
        self.heading("Lost", "events lost without being filtered; the exit status is 3");
        played.losses.iter().for_each(|loss| line(&self.paint.bad(&format!("    ✗ {loss}"))));
    }

    fn secrets(&self, played: &Played) {
        if !played.shop {
            return;
        }
        self.heading("Secrets", "planted in the telemetry: addresses, cards, tokens, keys, the role's credentials");
        let searched = format!("{} in {} bytes sent out of the sandbox", scenarios::SECRETS.len(), played.searched);
        if played.leaks.is_empty() {
            return line(&self.paint.good(&format!("    ✓ none of {searched}")));
        }
        line(&self.paint.bad(&format!("    ✗ {} of {searched}:", played.leaks.len())));
        played.leaks.iter().for_each(|secret| line(&self.paint.bad(&format!("      {}", secret.kind))));
    }

    fn figures(&self, played: &Played) {
        self.heading("Figures", "of the extension's process");
        let next = played.init.exec_to_first_next.map_or("never".to_owned(), ms);
        line(&format!("    ready after            {next}   (exec to first Next)"));
        if let Some(memory) = played.memory {
            let mb = |bytes: u64| bytes as f64 / 1e6;
            line(&format!("    resident memory        {:.1} MB (peak {:.1} MB)", mb(memory.resident), mb(memory.peak)));
        }
        let mut tails: Vec<Duration> = played.invocations.iter().map(|report| report.response_to_next).collect();
        tails.sort();
        if let (Some(median), Some(most)) = (tails.get(tails.len() / 2), tails.last()) {
            let (median, most) = (ms(*median), ms(*most));
            line(&format!("    added per invocation   {median} median, {most} at most, of {}", tails.len()));
        }
        line(&format!("    shutdown               {}", ms(played.shutdown.took)));
        for report in played.invocations.iter().filter(|report| report.reset.is_some()) {
            self.note(&format!("    {}", reset(report)));
        }
        for disturbance in &played.disturbances {
            line(&self.paint.bad(&format!("    ✗ {disturbance}")));
        }
    }

    fn output(&self, played: &Played) {
        if played.output.is_empty() {
            return;
        }
        self.heading("Output", "lines that the extension wrote to its own log");
        let shown = if self.all { played.output.len() } else { 12 };
        for output in played.output.iter().take(shown) {
            self.note(&format!("    {}", output.line));
        }
        if played.output.len() > shown {
            self.note(&format!("    … and {} more (--all shows them)", played.output.len() - shown));
        }
    }

    fn next_steps(&self, played: &Played, opt: &Path) {
        if !self.explain {
            return;
        }
        let opt = opt.display();
        let telesieve = std::env::args().next().unwrap_or_else(|| "telesieve".to_owned());
        self.heading("Next", "");
        let steps = [
            ("redact a log of your own", format!("{telesieve} redact < app.log")),
            ("import logs from CloudWatch", format!("{telesieve} import logs.json --out prod.ndjson")),
            ("run them through the extension", format!("{telesieve} run {opt} --events prod.ndjson")),
            ("send to your own servers", format!("{telesieve} run {opt} --opensearch URL --pushgateway URL")),
            ("write a transform", format!("{telesieve} new hide-partners --kind redact")),
            ("run all tests, with real servers", "cargo xtask test".to_owned()),
        ];
        for (what, how) in steps {
            line(&format!("    {what:<34} {how}"));
        }
        if played.leaks.is_empty() && played.accounting_faults.is_empty() && played.losses.is_empty() {
            line(&format!("\n{}", self.paint.good("The telemetry contained secrets; the output contains none.")));
        }
    }
}

fn reset(report: &InvokeReport) -> String {
    let reason = report.reset.as_ref().map_or("", |reset| &reset.reason);
    format!("an invocation ended with {}: the sandbox was reset ({reason}) and restarted", report.outcome.status())
}

/// The time of day of an ISO time.
fn clock(time: &str) -> &str {
    time.split_once('T').map_or(time, |(_, clock)| clock.trim_end_matches('Z'))
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

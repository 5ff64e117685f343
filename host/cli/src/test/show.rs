//! The result of a test for people.

use telesieve_core::counted;

use super::snapshot::{Status, metrics, place};
use super::trial::{StageRun, Traced, redactions};
use super::{File, Tested};
use crate::diff::{Change, diff, diff_lines};
use crate::out::line;
use crate::paint::Paint;

/// Lines of a snapshot's difference that are shown.
const MOST_LINES: usize = 200;

/// Shows all of it.
pub(super) fn show(tested: &Tested, all: bool) {
    let view = View { paint: Paint::of_terminal(), all };
    tested.files.iter().for_each(|file| view.file(file));
    view.costs(tested);
    view.redactions(tested);
    view.verdict(tested);
}

struct View {
    paint: Paint,
    all: bool,
}

impl View {
    fn heading(&self, title: &str, rest: &str) {
        line(&format!("\n{}  {}", self.paint.bold(title), self.paint.dim(rest)));
    }

    fn file(&self, file: &File) {
        self.heading(&file.name(), &counted(file.trial.events.len(), "event").to_string());
        let unchanged = file.trial.events.iter().filter(|event| event.is_unchanged()).count();
        for (at, event) in file.trial.events.iter().enumerate().filter(|(_, event)| self.all || !event.is_unchanged()) {
            self.event(at + 1, event);
        }
        if unchanged > 0 && !self.all {
            line(&self.paint.dim(&format!("  {unchanged} more unchanged (--all shows them)")));
        }
        for stage in &file.trial.stages {
            self.notes(stage);
        }
        metrics(&file.trial).iter().for_each(|series| line(&format!("  metric {series}")));
        self.injections(file);
        self.snapshot(file);
    }

    fn event(&self, number: usize, event: &Traced) {
        let fuel = event.fuel.map_or_else(String::new, |fuel| format!("  fuel {fuel}"));
        line(&format!("  #{number} {} {}{}", self.paint.bold(&event.kind), self.fate(event), self.paint.dim(&fuel)));
        match &event.after {
            Some(after) if after.record == event.before => self.column(' ', &event.before),
            Some(after) => {
                let pieces = diff(&event.before, &after.record);
                self.edited('-', &self.paint.edited_column(&pieces, Change::Removed, self.width()));
                self.edited('+', &self.paint.edited_column(&pieces, Change::Added, self.width()));
            }
            None => self.gone(&event.before),
        }
        for (name, value) in event.after.iter().flat_map(|after| &after.labels) {
            line(&self.paint.good(&format!("      label {name} = {value}")));
        }
        for new in &event.appended {
            line(&self.paint.good(&format!("      new {} {}", new.kind, new.record)));
        }
    }

    fn fate(&self, event: &Traced) -> String {
        match (&event.after, &event.gone) {
            (Some(_), _) if event.is_unchanged() => self.paint.dim("unchanged"),
            (Some(_), _) => self.paint.good("edited"),
            (None, Some((by, why))) if why == "filtered" => format!("filtered by {by}"),
            (None, Some((by, why))) => self.paint.bad(&format!("dropped by {by}: {why}")),
            (None, None) => self.paint.bad("lost"),
        }
    }

    fn width(&self) -> usize {
        self.paint.width.saturating_sub(8).max(20)
    }

    fn column(&self, mark: char, text: &str) {
        self.edited(mark, &self.paint.plain_column(text, self.width(), true));
    }

    /// A record that does not leave: one line says which one it is.
    fn gone(&self, text: &str) {
        let mut lines = self.paint.plain_column(text, self.width(), true);
        if lines.len() > 1 && !self.all {
            lines.truncate(1);
            lines[0].0.push_str(" …");
        }
        self.edited('-', &lines);
    }

    fn edited(&self, mark: char, lines: &[(String, usize)]) {
        lines.iter().for_each(|(text, _)| line(&format!("    {mark} {text}")));
    }

    fn notes(&self, stage: &StageRun) {
        for (level, note) in &stage.notes {
            line(&self.paint.dim(&format!("  {}: {level:?}: {note}", stage.name)));
        }
    }

    fn injections(&self, file: &File) {
        for verdict in &file.verdicts {
            let text = format!("  {} in {}: {}", verdict.inject, verdict.transform, verdict.fate);
            line(&if verdict.broken.is_empty() { self.paint.good(&text) } else { self.paint.bad(&text) });
        }
    }

    /// What differs from what was accepted, with the lines around it.
    fn snapshot(&self, file: &File) {
        let Some(accepted) = file.snapshot.accepted.as_ref().filter(|_| file.snapshot.status() == Status::Changed)
        else {
            return;
        };
        self.heading(&file.snapshot.path.display().to_string(), "accepted and current output");
        let pieces = diff_lines(accepted, &file.snapshot.now);
        let changed: Vec<_> =
            pieces.iter().filter(|piece| piece.change != Change::Same || is_title(piece.text)).collect();
        for (at, piece) in changed.iter().enumerate().take(MOST_LINES) {
            let followed = changed.get(at + 1).is_some_and(|next| next.change != Change::Same);
            let text = piece.text.trim_end_matches('\n');
            match piece.change {
                Change::Same if followed => line(&self.paint.dim(&format!("    {text}"))),
                Change::Same => {}
                Change::Removed => line(&self.paint.bad(&format!("  - {text}"))),
                Change::Added => line(&self.paint.good(&format!("  + {text}"))),
            }
        }
    }

    fn costs(&self, tested: &Tested) {
        self.heading("Transforms", "time depends on this machine and build; fuel is the same everywhere");
        for (at, tried) in tested.transforms.iter().enumerate() {
            let runs: Vec<_> = tested.files.iter().map(|file| &file.trial.stages[at]).collect();
            let seen: u64 = runs.iter().map(|run| run.seen).sum();
            let micros: f64 = runs.iter().map(|run| run.time.as_secs_f64() * 1e6).sum::<f64>() / seen.max(1) as f64;
            let fuel: Vec<u64> = runs.iter().flat_map(|run| run.fuel.iter().copied()).collect();
            let mean = fuel.iter().sum::<u64>() / (fuel.len() as u64).max(1);
            let most = fuel.iter().max().map_or_else(String::new, |most| format!(", fuel {mean} ({most} at most)"));
            let memory = tried.memory.map_or_else(String::new, |bytes| format!(", {} KiB of memory", bytes >> 10));
            let kind = if tried.kind.is_empty() { "" } else { ", " };
            let events = counted(seen, "event");
            line(&format!(
                "  {}  {}{kind}{}: {events}, each {micros:.0} µs{most}{memory}",
                self.paint.bold(&tried.name),
                tried.component,
                tried.kind,
            ));
        }
    }

    fn redactions(&self, tested: &Tested) {
        let hits: Vec<_> = tested.files.iter().flat_map(|file| redactions(std::slice::from_ref(&file.trial))).collect();
        if hits.is_empty() {
            return;
        }
        self.heading("Redaction", "which rule matched, where and how often; matched values are not shown");
        let rows = super::machine::summed(&hits);
        for hit in rows {
            line(&format!("  {:<16} {:<16} {:<32} {:>6}", hit.transform, hit.rule, place(&hit.path), hit.hits));
        }
    }

    fn verdict(&self, tested: &Tested) {
        let failures = tested.failures();
        line("");
        if tested.accepted {
            for file in tested.files.iter().filter(|file| file.snapshot.status() != Status::Same) {
                line(&format!("accepted: {}", file.snapshot.path.display()));
            }
        }
        failures.iter().for_each(|failure| line(&self.paint.bad(&format!("✗ {failure}"))));
        if failures.is_empty() {
            line(&self.paint.good(&format!("✓ ok: {}", tested.totals())));
        } else if tested.files.iter().any(|file| file.snapshot.status() != Status::Same) && !tested.accepted {
            line("  If this output is right: telesieve test --accept");
        }
    }
}

/// Whether a line of a snapshot says what the following ones belong to.
fn is_title(text: &str) -> bool {
    text.starts_with(|first: char| first == '#' || first.is_ascii_alphabetic())
}

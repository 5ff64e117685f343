//! A long life among faults: random ones of all sinks, random freezes, random ends of the function. Nothing is unaccounted
//! for, by the extension's own books and by those of the platform and the sinks beside it.
//!
//! `SOAK_INVOCATIONS` and `SOAK_SEED` make it longer, and the same again: `cargo xtask soak`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use telesieve_sandbox::receivers::Fault;
use telesieve_sandbox::{Ending, Invocation, InvokeReport, Line, Outcome, Sandbox};
use telesieve_tests::opt_tree;
use xtask::process::say;

use crate::play::{Receivers, assert_secretless};

/// Invocations between two changes of the weather.
const WEATHER: usize = 20;
/// Lines of an invocation where memory is looked at.
const LINES: usize = 500;
/// Billed time that a flush may take here.
const BUDGET: Duration = Duration::from_millis(200);

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }

    fn fault(&mut self) -> Fault {
        const SLOW: [Fault; 2] = [Fault::Slow(Duration::from_millis(50)), Fault::Slow(Duration::from_millis(400))];
        const STATUSES: [u16; 9] = [301, 401, 403, 404, 408, 429, 500, 502, 503];
        match self.below(20) {
            0..7 => Fault::None,
            7 => Fault::Refuse,
            8 => Fault::Hang,
            9 | 10 => SLOW[self.below(2) as usize],
            11 => Fault::Close,
            12 | 13 => Fault::CloseAfterWork,
            14 => Fault::Html,
            15 => Fault::TooLarge(2_000),
            16 => Fault::ThrottleItems(3),
            17 => Fault::RejectItems(5),
            _ => Fault::Status(STATUSES[self.below(STATUSES.len() as u64) as usize]),
        }
    }

    fn invocation(&mut self, number: usize) -> Invocation {
        let text = |line| Line::text(format!("order {number}.{line} for jane.doe@example.com"));
        let invocation = Invocation::new((0..self.below(80)).map(text).collect());
        match self.below(200) {
            0 => invocation.ending(Ending::Timeout).timeout(Duration::from_millis(400)),
            1 => invocation.ending(Ending::Crash("Runtime.ExitError".to_owned())),
            2..8 => invocation.ending(Ending::Error("Error".to_owned())),
            8..20 => invocation.taking(self.millis(1, 50)),
            _ => invocation,
        }
    }
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// One invocation, perhaps with a freeze in the middle of it. The flag says whether there was one.
async fn invoke(sandbox: &Sandbox, dice: &mut Dice, invocation: Invocation) -> (InvokeReport, bool) {
    if !dice.one_in(10) {
        return (sandbox.invoke(invocation).await.unwrap(), false);
    }
    let (at, length) =
        (dice.millis(0, 30), if dice.one_in(20) { dice.millis(1_000, 2_000) } else { dice.millis(10, 100) });
    let freezer = async {
        tokio::time::sleep(at).await;
        sandbox.freeze_now();
        tokio::time::sleep(length).await;
        sandbox.thaw();
    };
    (tokio::join!(sandbox.invoke(invocation), freezer).0.unwrap(), true)
}

#[tokio::test]
async fn nothing_is_unaccounted_for_after_a_life_among_faults() {
    let count = setting("SOAK_INVOCATIONS").unwrap_or(1_000);
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed: u64 = setting("SOAK_SEED").unwrap_or(clock.as_nanos() as u64);
    say(&format!("soak: {count} invocations, seed {seed} (SOAK_SEED={seed} makes the same choices again)"));
    let mut dice = Dice(seed);
    let receivers = Receivers::start().await;
    let mut options = receivers
        .options(opt_tree())
        .env("TELESIEVE_FLUSH_BUDGET_MS", BUDGET.as_millis().to_string())
        .env("TELESIEVE_FLUSH_INTERVAL_MS", "200")
        .env("TELESIEVE_OPENSEARCH_TIMEOUT_MS", "600")
        .env("TELESIEVE_PUSHGATEWAY_TIMEOUT_MS", "600")
        .env("TELESIEVE_OPENSEARCH_MAX_OUTBOX_BYTES", "1048576");
    options.telemetry.keep_bodies = false;
    let sandbox = Sandbox::start(options).await.unwrap();
    let (mut lives, mut printed, mut slow) = (1, BTreeSet::new(), Vec::new());
    for number in 0..count {
        if number % WEATHER == 0 {
            receivers.opensearch.set_fault(dice.fault());
            receivers.pushgateway.set_fault(dice.fault());
        }
        if dice.one_in(30) {
            receivers.opensearch.cut_connections();
            receivers.pushgateway.cut_connections();
        }
        let invocation = dice.invocation(number);
        printed.extend(invocation.lines.iter().filter_map(text_of).filter_map(order));
        let (report, froze) = invoke(&sandbox, &mut dice, invocation).await;
        let context = format!("seed {seed}, invocation {number}: {report:?}");
        assert!(!matches!(report.outcome, Outcome::ExtensionError(_)), "{context}");
        if let Some(reset) = &report.reset {
            assert!(reset.clean(), "{context}");
            lives += 1;
        } else if !froze && report.response_to_next > BUDGET + Duration::from_millis(400) {
            slow.push(context);
        }
    }
    // What a flush may take is asserted with the clock stopped; here, the machine may be busy with something else.
    assert!(slow.len() <= 1 + count / 1_000, "{slow:#?}");
    receivers.opensearch.set_fault(Fault::None);
    receivers.pushgateway.set_fault(Fault::None);
    // A reset before the very last invocation leaves no process to shut down.
    let after = sandbox.invoke(Invocation::new(vec![Line::text("the last one")])).await.unwrap();
    assert_eq!(after.outcome, Outcome::Success, "seed {seed}");
    assert!(sandbox.shutdown("spindown").await.clean(), "seed {seed}");
    check_the_books(&sandbox, &receivers, lives, &printed, seed);
}

/// What the processes said at their ends, what the platform delivered, and what is stored.
fn check_the_books(sandbox: &Sandbox, receivers: &Receivers, lives: usize, printed: &BTreeSet<String>, seed: u64) {
    let output: Vec<_> = sandbox.output().into_iter().map(|output| output.line).collect();
    assert_secretless("the extension's own lines", output.join("\n").as_bytes());
    receivers.assert_no_leak();
    let sums = closed_books(&output, lives, seed);
    let sum = |name: &str| sums.get(name).copied().unwrap_or(0);
    let lost = || sum("dropped");

    let from_outside = sum("function") + sum("extension") + sum("platform") + sum("other");
    let delivered = delivered(sandbox);
    assert!(delivered.contains(&from_outside), "seed {seed}: {delivered:?} were delivered: {sums:?}");

    let documents = receivers.opensearch.documents();
    let stored = documents.len() as u64;
    assert_eq!(stored, receivers.opensearch.by_id().len() as u64, "seed {seed}: each document is stored once");
    // A document whose answer was lost counts as stored only if there was time to ask again.
    let unsure = sum("undelivered") + sum("outbox_full") + sum("rejected");
    let known = sum("shipped")..=sum("shipped") + unsure;
    assert!(known.contains(&stored), "seed {seed}: {stored} are stored: {sums:?}");

    let found: BTreeSet<_> =
        documents.iter().filter_map(|document| order(document.fields["message"].as_str()?)).collect();
    let strange = found.difference(printed).count();
    assert_eq!(strange, 0, "seed {seed}: lines that nobody printed");
    let (missing, unsent) = (printed.difference(&found).count() as u64, sandbox.events_never_sent() as u64);
    assert!(missing <= lost() + unsent, "seed {seed}: {missing} lines are missing, {unsent} were never sent: {sums:?}");
    say(&format!(
        "soak: {lives} processes, {delivered:?} delivered, {unsent} never sent, {sums:?}, {stored} stored, \
         {missing} of {} lines lost: 0 events unaccounted for",
        printed.len()
    ));
}

/// The sums of what the processes received and what became of it. Each of them adds up.
fn closed_books(output: &[String], lives: usize, seed: u64) -> BTreeMap<String, u64> {
    let books: Vec<_> = output.iter().filter_map(|line| line.split_once("debug: received ")).collect();
    assert_eq!(books.len(), lives, "seed {seed}: each process closes its books");
    let mut sums = BTreeMap::<String, u64>::new();
    for (_, book) in &books {
        let book = numbers(&format!("received {book}"));
        let sum = |name| book.get(name).copied().unwrap_or(0);
        let settled = sum("shipped") + sum("filtered") + sum("dropped") + sum("pending");
        assert_eq!((sum("received"), sum("pending")), (settled, 0), "seed {seed}: {book:?}");
        book.iter().for_each(|(name, count)| *sums.entry(name.clone()).or_default() += count);
    }
    sums
}

/// How many events the extension may have received, by the platform's own account: a POST of which no answer came may
/// have been taken or not, each time that it was tried.
fn delivered(sandbox: &Sandbox) -> RangeInclusive<u64> {
    let deliveries = sandbox.deliveries();
    let least = deliveries.iter().filter(|delivery| delivery.taken()).map(|delivery| delivery.items as u64);
    let most = deliveries.iter().map(|delivery| delivery.items as u64 * u64::from(delivery.attempts));
    least.sum()..=most.sum()
}

fn text_of(line: &Line) -> Option<&str> {
    match line {
        Line::Text(text) => Some(text),
        _ => None,
    }
}

/// `order 3.7` of a line that speaks of it.
fn order(text: &str) -> Option<String> {
    let number = text.strip_prefix("order ")?.split(' ').next()?;
    Some(format!("order {number}"))
}

/// Names and numbers of a line such as `received 3 (function 2, platform 1) = shipped 3 + …`.
fn numbers(text: &str) -> BTreeMap<String, u64> {
    let words: Vec<_> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .filter(|word| !word.is_empty())
        .collect();
    words.windows(2).filter_map(|pair| Some((pair[0].to_owned(), pair[1].parse().ok()?))).collect()
}

/// Memory does not grow with what has gone through: a tenth of the way and at the end it is the same, but for this.
const GROWTH: u64 = 2 << 20;

#[tokio::test]
async fn memory_stays_flat() {
    let events: usize = setting("SOAK_EVENTS").unwrap_or(60_000);
    let receivers = Receivers::start().await;
    let mut options = receivers.options(opt_tree()).env("TELESIEVE_FLUSH_INTERVAL_MS", "100");
    options.telemetry.keep_bodies = false;
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut resident = Vec::new();
    for number in 0..events / LINES {
        let text = |line| Line::text(format!("order {number}.{line} for jane.doe@example.com, {}", "x".repeat(100)));
        sandbox.invoke(Invocation::new((0..LINES).map(text).collect())).await.unwrap();
        if (number + 1) % (events / LINES / 10) == 0 {
            resident.push(sandbox.memory().unwrap().resident);
        }
    }
    let peak = sandbox.memory().unwrap().peak;
    say(&format!("soak: {resident:?} bytes resident, after each tenth of {events} events; peak {peak}"));
    assert!(sandbox.shutdown("spindown").await.clean());
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    // A busy platform does not get rid of everything before the extension has closed its books.
    let untaken =
        sandbox.deliveries().iter().filter(|delivery| !delivery.taken()).map(|delivery| delivery.items).sum::<usize>();
    let taken = events - (events % LINES) - untaken - sandbox.events_never_sent();
    assert!(accounting.received >= taken as f64 && accounting.dropped_total() == 0.0, "{taken}: {accounting:?}");
    assert!(resident.iter().all(|later| *later <= resident[0] + GROWTH), "{resident:?}");
    assert!(peak < 64 << 20, "{peak}: a function may have 128 MB in all");
}

//! A long life among faults: random ones of all sinks, random freezes, random ends of the function. Nothing is unaccounted
//! for, by the extension's own books and by those of the platform and the sinks beside it.
//!
//! `SOAK_INVOCATIONS` and `SOAK_SEED` make it longer, and the same again: `cargo xtask soak`.

use std::collections::BTreeMap;
use std::time::Duration;

use telesieve_sandbox::receivers::Fault;
use telesieve_sandbox::{Ending, Invocation, InvokeReport, Line, Outcome, Sandbox};
use telesieve_tests::opt_tree;
use xtask::process::say;

use crate::play::{Receivers, assert_secretless};

/// Invocations between two changes of the weather.
const WEATHER: usize = 20;
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
async fn invoke(sandbox: &Sandbox, dice: &mut Dice, number: usize) -> (InvokeReport, bool) {
    let invocation = dice.invocation(number);
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
    let mut lives = 1;
    for number in 0..count {
        if number % WEATHER == 0 {
            receivers.opensearch.set_fault(dice.fault());
            receivers.pushgateway.set_fault(dice.fault());
        }
        if dice.one_in(30) {
            receivers.opensearch.cut_connections();
            receivers.pushgateway.cut_connections();
        }
        let (report, froze) = invoke(&sandbox, &mut dice, number).await;
        let context = format!("seed {seed}, invocation {number}: {report:?}");
        assert!(!matches!(report.outcome, Outcome::ExtensionError(_)), "{context}");
        if let Some(reset) = &report.reset {
            assert!(reset.clean(), "{context}");
            lives += 1;
        } else if !froze {
            assert!(report.response_to_next < BUDGET + Duration::from_millis(400), "{context}");
        }
    }
    receivers.opensearch.set_fault(Fault::None);
    receivers.pushgateway.set_fault(Fault::None);
    // A reset before the very last invocation leaves no process to shut down.
    let after = sandbox.invoke(Invocation::new(vec![Line::text("the last one")])).await.unwrap();
    assert_eq!(after.outcome, Outcome::Success, "seed {seed}");
    assert!(sandbox.shutdown("spindown").await.clean(), "seed {seed}");
    check_the_books(&sandbox, &receivers, lives, seed);
}

/// What the processes said at their ends, what the platform delivered, and what is stored.
fn check_the_books(sandbox: &Sandbox, receivers: &Receivers, lives: usize, seed: u64) {
    let output: Vec<_> = sandbox.output().into_iter().map(|output| output.line).collect();
    assert_secretless("the extension's own lines", output.join("\n").as_bytes());
    receivers.assert_no_leak();
    let books: Vec<_> = output.iter().filter_map(|line| line.split_once("debug: received ")).collect();
    let ends: Vec<_> = output.iter().filter(|line| !line.contains(" warn: ")).collect();
    assert_eq!(books.len(), lives, "seed {seed}: each process closes its books: {ends:#?}");
    let mut sums = BTreeMap::<String, u64>::new();
    for (_, book) in &books {
        let book = numbers(&format!("received {book}"));
        let sum = |name| book.get(name).copied().unwrap_or(0);
        let settled = sum("shipped") + sum("filtered") + sum("dropped") + sum("pending");
        assert_eq!((sum("received"), sum("pending")), (settled, 0), "seed {seed}: {book:?}");
        book.iter().for_each(|(name, count)| *sums.entry(name.clone()).or_default() += count);
    }
    let sum = |name: &str| sums.get(name).copied().unwrap_or(0);
    let from_outside = sum("function") + sum("extension") + sum("platform") + sum("other");
    let deliveries = sandbox.deliveries();
    let taken = deliveries.iter().filter(|delivery| delivery.taken());
    let (once, often) = taken.fold((0, 0), |(once, often), delivery| {
        (once + delivery.items as u64, often + delivery.items as u64 * u64::from(delivery.attempts))
    });
    // A POST that a freeze broke is delivered again; the extension may have had it before.
    assert!((once..=often).contains(&from_outside), "seed {seed}: {once} to {often} were delivered: {sums:?}");
    let stored = receivers.opensearch.by_id().len() as u64;
    // Of those that were on their way at the end of a process, nobody knows.
    let known = sum("shipped")..=sum("shipped") + sum("undelivered");
    assert!(known.contains(&stored), "seed {seed}: {stored} are stored: {sums:?}");
    say(&format!("soak: {lives} processes, {sums:?}, {stored} stored"));
}

/// Names and numbers of a line such as `received 3 (function 2, platform 1) = shipped 3 + …`.
fn numbers(text: &str) -> BTreeMap<String, u64> {
    let words: Vec<_> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .filter(|word| !word.is_empty())
        .collect();
    words.windows(2).filter_map(|pair| Some((pair[0].to_owned(), pair[1].parse().ok()?))).collect()
}

/// Memory does not grow with what has gone through.
#[tokio::test]
async fn memory_stays_flat() {
    let events = setting("SOAK_EVENTS").unwrap_or(60_000);
    let receivers = Receivers::start().await;
    let mut options = receivers.options(opt_tree()).env("TELESIEVE_FLUSH_INTERVAL_MS", "100");
    options.telemetry.keep_bodies = false;
    let sandbox = Sandbox::start(options).await.unwrap();
    let (mut early, mut sent, mut number) = (0, 0, 0);
    while sent < events {
        let text = |line| Line::text(format!("order {number}.{line} for jane.doe@example.com, {}", "x".repeat(100)));
        sandbox.invoke(Invocation::new((0..500).map(text).collect())).await.unwrap();
        (sent, number) = (sent + 500, number + 1);
        if early == 0 && sent >= events / 5 {
            early = sandbox.memory().unwrap().resident;
        }
    }
    let late = sandbox.memory().unwrap();
    say(&format!(
        "soak: {early} bytes resident after {} events, {} after {sent}, peak {}",
        events / 5,
        late.resident,
        late.peak
    ));
    assert!(sandbox.shutdown("spindown").await.clean());
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert!(late.resident < early + early / 10 + (2 << 20), "{early} bytes, then {late:?}");
    assert!(late.peak < 64 << 20, "{late:?}: a function may have 128 MB in all");
}

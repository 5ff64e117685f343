//! What sinks may cost an invocation, with the clock stopped: the times are exact.

use std::time::Duration;

use telesieve_config::{Config, FlushMode};

use super::bench::Bench;
use super::stand_in::{Does, StandIn, bench};
use crate::delivery::GRACE;

const BUDGET: Duration = Duration::from_millis(500);
const MARGIN: Duration = Duration::from_millis(200);
const FAR: Duration = Duration::from_secs(60);
const NOTHING: Duration = Duration::ZERO;

fn config(mode: FlushMode) -> Config {
    let mut config = Config::default();
    config.flush.mode = mode;
    assert_eq!((config.flush.budget, config.flush.margin), (BUDGET, MARGIN));
    config
}

/// One invocation of a function that takes 10 ms. Returns how long the sandbox is held after it is done.
async fn invocation(bench: &mut Bench, number: usize, timeout: Duration) -> Duration {
    let id = number.to_string();
    bench.invoke(&id, timeout);
    let asked = bench.asked();
    bench.events(3);
    bench.run_for(Duration::from_millis(10)).await;
    bench.done(&id);
    let held = if asked > 0 { NOTHING } else { bench.until_asked().await };
    assert_eq!(bench.asked(), 0, "the next event is asked for once");
    bench.accounts();
    held
}

/// Whether two times are the same but for the resolution of timers and of the platform's deadline, a millisecond each.
fn about(time: Duration, expected: Duration) -> bool {
    time.abs_diff(expected) <= Duration::from_millis(3)
}

#[tokio::test(start_paused = true)]
async fn at_the_end_a_sink_that_hangs_costs_the_budget_once() {
    for does in [Does::Hang, Does::HangForEver, Does::Take(Duration::from_secs(3))] {
        let sink = StandIn::new("sink", does);
        let mut bench = bench(&config(FlushMode::End), &[&sink]);
        let held = invocation(&mut bench, 0, FAR).await;
        assert!(about(held, BUDGET), "{does:?}: {held:?}");
        // A sink that does not keep its deadline is given up a moment after it.
        bench.run_for(GRACE).await;
        for number in 1..20 {
            let held = invocation(&mut bench, number, FAR).await;
            assert_eq!(held, NOTHING, "{does:?}, invocation {number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_end_the_budget_ends_a_margin_before_the_deadline() {
    for (timeout, expected) in [(710, 500), (600, 390), (300, 90), (210, 0), (100, 0)] {
        let sink = StandIn::new("sink", Does::Hang);
        let mut bench = bench(&config(FlushMode::End), &[&sink]);
        let held = invocation(&mut bench, 0, Duration::from_millis(timeout)).await;
        assert!(about(held, Duration::from_millis(expected)), "{timeout}: {held:?}");
    }
}

/// Its runtime never says that it is done: the data leaves in time all the same.
#[tokio::test(start_paused = true)]
async fn a_function_that_never_ends_is_not_waited_for_beyond_its_deadline() {
    for (timeout, does) in [(5_000, Does::Hang), (5_000, Does::Take(NOTHING)), (300, Does::Hang)] {
        let sink = StandIn::new("sink", does);
        let mut bench = bench(&config(FlushMode::End), &[&sink]);
        bench.invoke("1", Duration::from_millis(timeout));
        bench.events(3);
        let held = bench.until_asked().await;
        assert!(held + MARGIN <= Duration::from_millis(timeout + 1), "{timeout}, {does:?}: {held:?}");
        assert!(sink.calls() > 0, "{timeout}, {does:?}: there is time to flush");
    }
}

/// For a whole day in which no sink is there.
#[tokio::test(start_paused = true)]
async fn in_the_other_modes_nothing_is_ever_held() {
    for mode in [FlushMode::Next, FlushMode::Interval] {
        let sinks = [StandIn::new("one", Does::Hang), StandIn::new("two", Does::Fail)];
        let mut bench = bench(&config(mode), &[&sinks[0], &sinks[1]]);
        for number in 0..200 {
            let held = invocation(&mut bench, number, FAR).await;
            assert_eq!(held, NOTHING, "{mode:?}, invocation {number}");
            bench.run_for(Duration::from_secs(432)).await;
        }
        // A breaker's longest opening is two and a half minutes, and metrics are as many as documents.
        let calls = sinks[0].calls();
        assert!((100..1_500).contains(&calls), "{mode:?}: {calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn adaptive_costs_the_budget_once_and_nothing_in_a_busy_sandbox() {
    for (gap, count) in [(Duration::from_millis(100), 1_000), (Duration::from_secs(60), 100)] {
        let sink = StandIn::new("sink", Does::Hang);
        let mut bench = bench(&config(FlushMode::Adaptive), &[&sink]);
        let mut held = Vec::new();
        for number in 0..count {
            held.push(invocation(&mut bench, number, FAR).await);
            bench.run_for(gap).await;
        }
        assert!(about(held[0], BUDGET), "{gap:?}: {held:?}");
        assert!(held[1..].iter().all(|held| *held == NOTHING), "{gap:?}: {held:?}");
        assert!(sink.calls() > 2, "{gap:?}: it is asked whether it is back");
    }
}

/// The sink comes back: the next probe finds it while a function runs, and all that waited leaves without holding anyone.
#[tokio::test(start_paused = true)]
async fn what_waited_leaves_when_the_sink_is_back() {
    let sink = StandIn::new("sink", Does::Hang);
    let mut bench = bench(&config(FlushMode::End), &[&sink]);
    for number in 0..10 {
        invocation(&mut bench, number, FAR).await;
    }
    sink.now_does(Does::Take(Duration::from_millis(1)));
    bench.run_for(Duration::from_secs(10)).await;
    let held = invocation(&mut bench, 10, FAR).await;
    assert!(held <= Duration::from_millis(5), "{held:?}");
    let (shipped, dropped, pending) = bench.accounts();
    assert_eq!((shipped, dropped, pending), (44, vec![], 0), "three lines and an end of each invocation");
}

/// Two sinks, one of them dead: what is alive gets its data in each invocation, and costs its own time alone.
#[tokio::test(start_paused = true)]
async fn a_dead_sink_does_not_starve_another() {
    let (dead, alive) =
        (StandIn::new("dead", Does::Hang), StandIn::new("alive", Does::Take(Duration::from_millis(20))));
    let mut bench = bench(&config(FlushMode::End), &[&dead, &alive]);
    for number in 0..10 {
        let held = invocation(&mut bench, number, FAR).await;
        let expected = if number == 0 { BUDGET } else { Duration::from_millis(20) };
        assert!(about(held, expected), "{number}: {held:?}");
        assert_eq!(alive.documents.lock().unwrap().len(), 4 * (number + 1));
    }
}

/// A sink that fails every other time never opens a breaker. In the long run it gets a fifth more, not twice as much.
#[tokio::test(start_paused = true)]
async fn retries_have_a_budget() {
    let sink = StandIn::new("sink", Does::Fail);
    let mut bench = bench(&config(FlushMode::Next), &[&sink]);
    for number in 0..500 {
        sink.now_does(if number % 2 == 0 { Does::Fail } else { Does::Take(NOTHING) });
        invocation(&mut bench, number, FAR).await;
        bench.run_for(Duration::from_secs(1)).await;
    }
    let retries = bench.counts("telesieve_sink_retries_total", "sink", "");
    let shipped_in_flushes = 500;
    let allowed = shipped_in_flushes / 5..=shipped_in_flushes / 5 + 10;
    assert!(allowed.contains(&retries[0].1), "{retries:?}");
}

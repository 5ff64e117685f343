//! Frozen and thawed, restored, and with clocks that jump.

use std::sync::atomic::Ordering;
use std::time::Duration;

use telesieve_config::FlushMode;
use telesieve_sinks::BreakerState;
use tokio::time::{Instant, advance};

use super::bench::{Bench, config};
use super::stand_in::{Does, StandIn, bench};
use crate::lifecycle::now_ms;
use crate::surroundings::Initialization;

const FAR: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const NOTHING: Duration = Duration::ZERO;

/// Time goes by, and nothing of ours runs.
async fn freeze(time: Duration) {
    advance(time).await;
}

#[tokio::test(start_paused = true)]
async fn timers_that_were_due_a_hundred_times_fire_once() {
    for mode in [FlushMode::Interval, FlushMode::Adaptive] {
        let sink = StandIn::new("sink", Does::Take(NOTHING));
        let mut config = config(None, None);
        config.flush.mode = mode;
        let mut bench = bench(&config, &[&sink]);
        for number in 0..10 {
            bench.invoke(&number.to_string(), FAR);
            bench.done(&number.to_string());
            bench.run_for(Duration::from_millis(100)).await;
        }
        bench.events(3);
        let before = sink.calls();
        freeze(HOUR).await;
        bench.run_for(Duration::from_millis(100)).await;
        assert_eq!(sink.calls() - before, 2, "{mode:?}: documents and metrics");
    }
}

/// A request that a freeze broke says nothing about the sink, and its time is no time of a flush.
#[tokio::test(start_paused = true)]
async fn what_a_freeze_breaks_is_sent_again_and_held_against_nobody() {
    let sink = StandIn::new("sink", Does::Hang);
    let mut bench = bench(&config(None, None), &[&sink]);
    for number in 0..10 {
        bench.events(1);
        bench.invoke(&number.to_string(), FAR);
        bench.run_for(Duration::from_millis(10)).await;
        freeze(HOUR).await;
    }
    sink.now_does(Does::Take(NOTHING));
    bench.invoke("last", FAR);
    bench.run_for(Duration::from_secs(1)).await;
    let now = Instant::now();
    assert_eq!(
        (bench.lifecycle.events[0].state(now), bench.lifecycle.metrics[0].state(now)),
        (BreakerState::Closed, BreakerState::Closed)
    );
    bench.invoke("after", FAR);
    bench.settle().await;
    assert_eq!(bench.accounts(), (10, vec![], 0));
    let flushes = bench.histogram("telesieve_flush_duration_seconds");
    assert!(flushes.1 < 1.0, "{flushes:?}: an hour in the freezer is no hour of a flush");
}

/// The same without a freeze: the breaker has to open, however busy the sandbox is.
#[tokio::test(start_paused = true)]
async fn a_sink_that_hangs_in_a_busy_sandbox_is_held_against_it() {
    let sink = StandIn::new("sink", Does::Hang);
    let mut bench = bench(&config(None, None), &[&sink]);
    for number in 0..300 {
        bench.events(1);
        bench.invoke(&number.to_string(), FAR);
        bench.run_for(Duration::from_millis(100)).await;
    }
    assert_ne!(bench.lifecycle.events[0].state(Instant::now()), BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn no_connection_is_kept_through_what_may_have_been_a_freeze() {
    let sink = StandIn::new("sink", Does::Take(NOTHING));
    let mut bench = bench(&config(None, None), &[&sink]);
    for number in 1..=3 {
        bench.invoke(&number.to_string(), FAR);
        assert_eq!(sink.forgotten.load(Ordering::Relaxed), number);
        bench.settle().await;
    }
}

async fn held(bench: &mut Bench, done: bool) -> Duration {
    bench.invoke("1", Duration::from_secs(3));
    bench.events(3);
    if done {
        bench.done("1");
    }
    bench.until_asked().await
}

/// A clock that is an hour or a year off, in either direction, makes no flush longer and none impossible.
#[tokio::test(start_paused = true)]
async fn the_wall_clock_may_be_wrong() {
    let clocks: [fn() -> i64; 5] = [
        || now_ms() + 3_600_000,
        || now_ms() - 3_600_000,
        || now_ms() + 31_536_000_000,
        || now_ms() - 31_536_000_000,
        || i64::MIN,
    ];
    for (number, clock) in clocks.into_iter().enumerate() {
        for (does, done, at_most) in
            [(Does::Take(NOTHING), true, 10), (Does::Hang, true, 510), (Does::Hang, false, 1_010)]
        {
            let sink = StandIn::new("sink", does);
            let mut config = config(None, None);
            config.flush.mode = FlushMode::End;
            let mut bench = bench(&config, &[&sink]);
            bench.lifecycle.wall_clock = clock;
            let held = held(&mut bench, done).await;
            assert!(held <= Duration::from_millis(at_most), "clock {number}, {does:?}: {held:?}");
            assert!(sink.calls() > 0, "clock {number}, {does:?}");
            let took = bench.shut_down(Duration::from_secs(2)).await;
            assert!(took <= Duration::from_millis(1_402), "clock {number}: {took:?}");
        }
    }
}

/// Two sandboxes of one snapshot: nothing that has to be unique is the same after they were restored.
#[tokio::test(start_paused = true)]
async fn a_restored_snapshot_is_another_sandbox() {
    let sink = StandIn::new("sink", Does::Fail);
    let mut bench = bench(&config(None, None), &[&sink]);
    bench.lifecycle.initialized(Initialization::SnapStart);
    let (sandbox, seed) = (bench.lifecycle.pipeline.sandbox().clone(), bench.lifecycle.events[0].seed());
    bench.events(1);
    bench.lifecycle.start_flush(Instant::now(), Instant::now() + FAR, crate::sinks::Time::Free);
    bench.settle().await;
    freeze(HOUR).await;
    sink.now_does(Does::Take(NOTHING));
    let forgotten = sink.forgotten.load(Ordering::Relaxed);
    bench.invoke("1", FAR);
    bench.events(1);
    bench.settle().await;
    assert_ne!(bench.lifecycle.pipeline.sandbox(), &sandbox);
    assert_ne!(bench.lifecycle.events[0].seed(), seed);
    assert!(sink.forgotten.load(Ordering::Relaxed) > forgotten);
    assert_eq!(*sink.sandboxes.lock().unwrap(), [bench.lifecycle.pipeline.sandbox().as_str()]);
    let documents = sink.documents.lock().unwrap();
    let ids: Vec<_> = documents.iter().map(|item| String::from_utf8(item.lines.to_vec()).unwrap()).collect();
    assert!(ids[0].contains(sandbox.as_str()), "one that is the same in all copies is stored once for all of them");
    assert!(!ids[1].contains(sandbox.as_str()), "{ids:?}");
}

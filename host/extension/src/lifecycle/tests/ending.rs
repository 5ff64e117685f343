//! The end of a sandbox, with the clock stopped.

use std::time::Duration;

use super::bench::config;
use super::stand_in::{Does, StandIn, bench};
use crate::surroundings::Initialization;

const TWO_SECONDS: Duration = Duration::from_secs(2);
const PLANNED: Duration = Duration::from_millis(1_400);

/// The record of what is lost, if the sink has one.
fn loss_record(sink: &StandIn) -> Option<serde_json::Value> {
    document_with(sink, "telesieve.loss")
}

/// The last document that has this text in it.
fn document_with(sink: &StandIn, text: &str) -> Option<serde_json::Value> {
    let documents = sink.documents.lock().unwrap();
    let texts = documents.iter().map(|item| String::from_utf8(item.lines.to_vec()).unwrap());
    let record = texts.filter(|document| document.contains(text)).last()?;
    Some(serde_json::from_str(record.lines().nth(1).unwrap()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn sinks_that_hang_take_no_more_than_what_is_planned_however_many_they_are() {
    for does in [Does::Hang, Does::HangForEver] {
        for (left, planned) in [(TWO_SECONDS, PLANNED), (Duration::from_secs(1), Duration::from_millis(800))] {
            let sinks = ["one", "two", "three"].map(|name| StandIn::new(name, does));
            let mut bench = bench(&config(None, None), &sinks.each_ref());
            bench.events(100);
            let took = bench.shut_down(left).await;
            assert!(took <= planned + Duration::from_millis(2), "{does:?}: {took:?}");
            assert_eq!(bench.accounts(), (0, vec![("undelivered", 303)], 0), "and a record for each, not taken either");
            let errors: Vec<_> = bench.lines().into_iter().filter(|line| line.starts_with("error")).collect();
            assert_eq!(errors[0], "error: lost 100 events: the sandbox ended before one accepted them");
        }
    }
}

/// A dead sink beside one that lives: the one that lives gets everything, and a record of what the other one lost.
#[tokio::test(start_paused = true)]
async fn what_is_lost_is_told_to_whom_can_be_told() {
    let (dead, alive) = (StandIn::new("dead", Does::Hang), StandIn::new("alive", Does::Take(Duration::from_millis(5))));
    let mut bench = bench(&config(None, None), &[&dead, &alive]);
    bench.events(100);
    assert!(bench.shut_down(TWO_SECONDS).await <= PLANNED);
    assert_eq!(bench.accounts(), (101, vec![("undelivered", 101)], 0));
    let record = loss_record(&alive).unwrap();
    assert_eq!(record["message"], "100 events of this sandbox are lost: undelivered 100");
    assert_eq!(record["record"]["lost"], serde_json::json!({"undelivered": 100}));
    assert_eq!(
        (&record["record"]["undelivered_first"], &record["record"]["undelivered_last"]),
        (&0.into(), &99.into())
    );
    assert!(!record.to_string().contains("jane"), "{record}");
    let last = alive.texts.lock().unwrap().last().cloned().unwrap();
    assert!(last.contains(r#"telesieve_events_dropped_total{reason="undelivered""#), "{last}");
}

#[tokio::test(start_paused = true)]
async fn without_a_loss_there_is_no_record_and_the_end_is_quick() {
    let sink = StandIn::new("sink", Does::Take(Duration::from_millis(5)));
    let mut bench = bench(&config(None, None), &[&sink]);
    bench.initialized();
    bench.events(100);
    assert!(bench.shut_down(TWO_SECONDS).await < Duration::from_millis(100));
    assert_eq!(bench.accounts(), (101, vec![], 0));
    assert_eq!(loss_record(&sink), None);
}

/// What was lost before, for other reasons, is told, too.
#[tokio::test(start_paused = true)]
async fn losses_of_a_whole_life_are_told() {
    let sink = StandIn::new("sink", Does::Take(Duration::from_millis(5)));
    let mut bench = bench(&config(None, None), &[&sink]);
    bench.events(2);
    bench.body("[nonsense, more nonsense]");
    bench.shut_down(TWO_SECONDS).await;
    let record = loss_record(&sink).unwrap();
    assert!(record["record"]["lost"]["malformed"].as_u64() > Some(0), "{record}");
    assert!(record["record"].get("undelivered_first").is_none(), "{record}");
}

/// Breakers do not keep the end from trying, so something else has to: a sink that fails at once is not asked again and
/// again until the time is over.
#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_at_once_is_not_hammered_at_the_end() {
    let sink = StandIn::new("sink", Does::Fail);
    let mut bench = bench(&config(None, None), &[&sink]);
    bench.events(100);
    bench.shut_down(TWO_SECONDS).await;
    assert!(sink.calls() <= 3 + 3 + 1, "documents, the record of the loss, metrics: {}", sink.calls());
    assert_eq!(bench.accounts(), (0, vec![("undelivered", 101)], 0));
    assert!(bench.lines().len() < 10, "{:?}", bench.lines());
}

/// Lines are bounded. However much there is to say at the end, what it comes to is said.
#[tokio::test(start_paused = true)]
async fn the_books_are_closed_whatever_was_said_before() {
    let sink = StandIn::new("sink", Does::RejectEach);
    let mut bench = bench(&config(None, None), &[&sink]);
    bench.events(200);
    bench.shut_down(TWO_SECONDS).await;
    let lines = bench.lines();
    assert!(lines.len() < 100, "{lines:#?}");
    assert!(lines.last().unwrap().starts_with("debug: received 201 "), "{lines:#?}");
}

/// The breaker is open, but there is no later: the last flush is tried.
#[tokio::test(start_paused = true)]
async fn at_the_end_the_breaker_is_not_asked() {
    let sink = StandIn::new("sink", Does::Fail);
    let mut bench = bench(&config(None, None), &[&sink]);
    for number in 0..5 {
        bench.events(1);
        bench.invoke(&number.to_string(), Duration::from_secs(60));
        bench.settle().await;
    }
    sink.now_does(Does::Take(Duration::ZERO));
    bench.shut_down(TWO_SECONDS).await;
    assert_eq!(bench.accounts(), (5, vec![], 0));
}

/// The platform says why it ends the sandbox. If it says nothing else of the invocation, that is what is known of it.
#[tokio::test(start_paused = true)]
async fn an_invocation_that_nobody_reports_counts_and_is_told() {
    for (reason, status) in [("timeout", "timeout"), ("FAILURE", "error")] {
        let sink = StandIn::new("sink", Does::Take(Duration::ZERO));
        let mut bench = bench(&config(None, None), &[&sink]);
        bench.invoke("first", Duration::from_secs(60));
        bench.done("first");
        bench.invoke("second", Duration::from_secs(60));
        bench.shut_down_for(reason, TWO_SECONDS).await;
        assert_eq!(bench.counts("faas_errors_total", "status", ""), [(status.to_owned(), 1)], "{reason}");
        let record = document_with(&sink, "telesieve.invocation").unwrap();
        assert_eq!((&record["record"]["status"], &record["faas.invocation_id"]), (&status.into(), &"second".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_whose_end_was_told_is_not_told_again() {
    for (reason, done, reported) in
        [("timeout", true, false), ("failure", false, true), ("spindown", false, false), ("timeout", true, true)]
    {
        let sink = StandIn::new("sink", Does::Take(Duration::ZERO));
        let mut bench = bench(&config(None, None), &[&sink]);
        bench.invoke("first", Duration::from_secs(60));
        if done {
            bench.done("first");
        }
        if reported {
            bench.reported("first");
        }
        bench.shut_down_for(reason, TWO_SECONDS).await;
        assert_eq!(document_with(&sink, "telesieve.invocation"), None, "{reason}");
        assert_eq!(bench.counts("faas_errors_total", "status", ""), [], "{reason}");
    }
}

/// Reports come an invocation late. That of the one before does not stand for the last one.
#[tokio::test(start_paused = true)]
async fn the_last_report_is_waited_for_and_no_other() {
    for (last, wait) in [("first", 100), ("second", 0)] {
        let sink = StandIn::new("sink", Does::Take(Duration::ZERO));
        let mut bench = bench(&config(None, None), &[&sink]);
        bench.invoke("first", Duration::from_secs(60));
        bench.invoke("second", Duration::from_secs(60));
        bench.reported(last);
        let took = bench.shut_down(TWO_SECONDS).await.as_millis();
        assert!((wait..wait + 5).contains(&took), "{last}: {took}");
    }
}

/// A start that fails is reported after SHUTDOWN, too.
#[tokio::test(start_paused = true)]
async fn where_nothing_was_invoked_the_report_of_the_start_is_waited_for() {
    for (snap_start, told, wait) in [(false, false, 100), (false, true, 0), (true, true, 100)] {
        let sink = StandIn::new("sink", Does::Take(Duration::ZERO));
        let mut bench = bench(&config(None, None), &[&sink]);
        if snap_start {
            bench.lifecycle.initialized(Initialization::SnapStart);
        }
        if told {
            bench.initialized();
        }
        let took = bench.shut_down(TWO_SECONDS).await.as_millis();
        assert!((wait..wait + 5).contains(&took), "{snap_start}, {told}: {took}");
    }
}

#[tokio::test(start_paused = true)]
async fn sigterm_sends_what_waits_and_ends_nothing() {
    let sink = StandIn::new("sink", Does::Take(Duration::ZERO));
    let mut bench = bench(&config(None, None), &[&sink]);
    bench.events(3);
    bench.terminate();
    bench.settle().await;
    assert_eq!((bench.accounts(), bench.asked()), ((3, vec![], 0), 0));
    bench.events(2);
    bench.invoke("1", Duration::from_secs(60));
    bench.settle().await;
    assert_eq!((bench.accounts(), bench.asked()), ((5, vec![], 0), 1));
}

//! Bulk requests: every outcome, and every way in which an answer can fail to tell one.

use std::fmt::Write;
use std::io::Read;
use std::time::Duration;

use telesieve_sinks::{BulkReport, Item, ItemOutcome, OpenSearch, RetryReason, Target};

use crate::fake::{Fake, Reply, Request};
use crate::{far, nobody, nowhere, soon, text};

const STORED: &str = r#"{"status":201,"_index":".ds-logs-000001"}"#;

fn sink(url: &str, change: impl FnOnce(&mut telesieve_config::OpenSearch)) -> OpenSearch {
    let mut config = telesieve_config::OpenSearch { url: url.to_owned(), ..Default::default() };
    change(&mut config);
    OpenSearch::new(&config, &nowhere()).unwrap()
}

fn items(count: u64) -> Vec<Item> {
    (1..=count).map(|sequence| Item::new(format!("action {sequence}\ndocument {sequence}\n"), sequence)).collect()
}

fn answer(items: &[&str]) -> Reply {
    let items: Vec<String> = items.iter().map(|item| format!(r#"{{"create":{item}}}"#)).collect();
    Reply::json(format!(r#"{{"errors":true,"items":[{}]}}"#, items.join(",")))
}

/// An answer that all items of the request are stored.
fn all_stored(request: &Request) -> Reply {
    answer(&vec![STORED; request.items().len()])
}

/// One letter per outcome: stored, duplicate, retry, refused.
fn letters(report: &BulkReport) -> String {
    report.outcomes.iter().fold(String::new(), |mut letters, outcome| {
        letters.push(match outcome {
            ItemOutcome::Stored => 's',
            ItemOutcome::Duplicate => 'd',
            ItemOutcome::Retry(_) => 'r',
            ItemOutcome::Rejected(_) => 'x',
        });
        letters
    })
}

fn fault(report: &BulkReport) -> &'static str {
    report.fault.as_ref().map_or("none", |fault| fault.as_str())
}

/// One request, answered with `reply`: outcomes and fault.
async fn once(reply: fn() -> Reply) -> (String, &'static str) {
    let fake = Fake::start(move |_, _| reply()).await;
    let report = sink(&fake.url, |_| {}).send(&items(2), soon()).await;
    (letters(&report), fault(&report))
}

#[tokio::test]
async fn the_request_is_as_the_server_wants_it() {
    let fake = Fake::start(|_, request| all_stored(request)).await;
    let sink = sink(&format!("{}/prefix/", fake.url), |config| {
        config.username = text("writer");
        config.password = text("hunter2");
    });
    let report = sink.send(&items(2), far()).await;
    assert_eq!((letters(&report).as_str(), report.target, report.requests), ("ss", Some(Target::DataStream), 1));
    assert!(report.is_healthy());
    sink.send(&items(1), far()).await;

    let requests = fake.requests();
    assert_eq!(
        requests[0].target,
        "POST /prefix/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*._index"
    );
    assert_eq!(requests[1].target, "POST /prefix/_bulk?filter_path=errors,items.*.status,items.*.error.type");
    assert_eq!(requests[0].body, b"action 1\ndocument 1\naction 2\ndocument 2\n");
    for line in
        ["content-type: application/x-ndjson", "authorization: basic d3jpdgvyomh1bnrlcji=", "content-length: 40"]
    {
        assert!(requests[0].head.lines().any(|there| there == line), "{line} in {}", requests[0].head);
    }
    assert_eq!((requests[0].connection, requests[1].connection), (0, 0));
}

#[tokio::test]
async fn each_item_has_its_own_outcome() {
    let refused = r#"{"status":400,"error":{"type":"mapper_parsing_exception","reason":"jane@example.com"}}"#;
    let fake = Fake::start(move |_, _| {
        answer(&[
            STORED,
            r#"{"status":200}"#,
            r#"{"status":409,"error":{"type":"version_conflict_engine_exception"}}"#,
            r#"{"status":429,"error":{"type":"rejected_execution_exception"}}"#,
            r#"{"status":402}"#,
            r#"{"status":503}"#,
            r#"{"status":403,"error":{"type":"cluster_block_exception"}}"#,
            r#"{"status":999}"#,
            r#"{}"#,
            refused,
            r#"{"status":404,"error":{"type":"index_not_found_exception"}}"#,
            r#"{"status":400,"error":"Document ID is not supported"}"#,
            r#"{"status":413}"#,
        ])
    })
    .await;
    let report = sink(&fake.url, |_| {}).send(&items(13), far()).await;
    assert_eq!(letters(&report), "ssdrrrrrrxxxx");
    let reasons: Vec<_> = report
        .outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            ItemOutcome::Retry(reason) => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, ["throttled", "throttled", "unavailable", "blocked", "unknown", "unknown"]);
    let errors: Vec<_> = report.rejected().map(|error| error.as_str()).collect();
    assert_eq!(errors, ["mapper_parsing_exception", "index_not_found_exception", "other", "http_413"]);
    assert!(!format!("{report:?}").contains("jane"));

    let tally = report.tally();
    assert_eq!((tally.stored, tally.duplicates, tally.retry, tally.rejected), (2, 1, 6, 4));
    let again: Vec<_> = report.to_retry(items(13)).iter().map(|item| item.sequence).collect();
    assert_eq!(again, [4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn when_no_item_is_taken_the_sink_is_at_fault() {
    let cases = [
        (r#"{"status":403,"error":{"type":"cluster_block_exception"}}"#, "blocked"),
        (r#"{"status":403,"error":{"type":"security_exception"}}"#, "unauthorized"),
        (r#"{"status":429}"#, "throttled"),
        (r#"{"status":503}"#, "unavailable"),
    ];
    for (item, expected) in cases {
        let fake = Fake::start(move |_, _| answer(&[item; 2])).await;
        let report = sink(&fake.url, |config| config.max_body_bytes = 40).send(&items(4), far()).await;
        assert_eq!((letters(&report).as_str(), fault(&report), report.requests), ("rrrr", expected, 1));
        assert!(!report.is_healthy());
    }
    let refusal = r#"{"error":{"type":"cluster_block_exception","reason":"x"},"status":403}"#;
    let fake = Fake::start(move |_, _| Reply::Answer(403, "", refusal.into())).await;
    let report = sink(&fake.url, |_| {}).send(&items(2), far()).await;
    assert_eq!((letters(&report).as_str(), fault(&report)), ("rr", "blocked"));
}

#[tokio::test]
async fn large_bodies_are_compressed() {
    let fake = Fake::start(|_, _| answer(&[STORED; 2])).await;
    let report = sink(&fake.url, |config| config.gzip_min_bytes = Some(40)).send(&items(2), far()).await;
    assert_eq!(letters(&report), "ss");
    let request = fake.requests().remove(0);
    assert!(request.head.contains("content-encoding: gzip\r\n"));
    let mut plain = String::new();
    flate2::read::GzDecoder::new(&*request.body).read_to_string(&mut plain).unwrap();
    assert_eq!(plain, "action 1\ndocument 1\naction 2\ndocument 2\n");
    assert_eq!((report.plain_bytes, report.sent_bytes), (40, request.body.len() as u64));
}

#[tokio::test]
async fn too_much_is_halved() {
    let fake = Fake::start(|_, request| match request.items().len() {
        0..=3 => all_stored(request),
        _ => Reply::status(413),
    })
    .await;
    let sink = sink(&fake.url, |_| {});
    let before = sink.max_body_bytes();
    let report = sink.send(&items(10), far()).await;
    assert_eq!((letters(&report).as_str(), fault(&report)), ("ssssssssss", "none"));
    let sent: Vec<u64> = fake.requests().iter().filter(|r| r.items().len() <= 3).flat_map(Request::items).collect();
    assert_eq!(sent, (1..=10).collect::<Vec<_>>());
    assert!(sink.max_body_bytes() < before);
}

#[tokio::test]
async fn a_document_that_is_too_large_alone_is_rejected() {
    let fake =
        Fake::start(|_, request| if request.items().contains(&2) { Reply::status(413) } else { all_stored(request) });
    let report = sink(&fake.await.url, |_| {}).send(&items(4), far()).await;
    assert_eq!(letters(&report), "sxss");
    assert_eq!(report.rejected().next().unwrap().as_str(), "too_large");
}

#[tokio::test]
async fn one_senseless_document_does_not_cost_its_neighbours() {
    let refusal = r#"{"error":{"type":"illegal_argument_exception","reason":"jane@example.com"},"status":400}"#;
    let fake = Fake::start(move |_, request| {
        if request.items().contains(&5) { Reply::Answer(400, "", refusal.into()) } else { all_stored(request) }
    });
    let report = sink(&fake.await.url, |_| {}).send(&items(8), far()).await;
    assert_eq!(letters(&report), "ssssxsss");
    assert_eq!(report.rejected().next().unwrap().as_str(), "illegal_argument_exception");
}

#[tokio::test]
async fn splitting_is_bounded() {
    for (status, letter) in [(413, 'r'), (400, 'x')] {
        let fake = Fake::start(move |_, _| Reply::status(status)).await;
        let report = sink(&fake.url, |_| {}).send(&items(1_000), far()).await;
        assert!(report.requests < 60, "{}", report.requests);
        assert!(letters(&report).contains(letter), "{status}");
    }
}

#[tokio::test]
async fn bodies_stay_below_the_limit() {
    let fake = Fake::start(|_, request| all_stored(request)).await;
    let report = sink(&fake.url, |config| config.max_body_bytes = 50).send(&items(5), far()).await;
    assert_eq!((letters(&report).as_str(), report.requests), ("sssss", 3));
    let sent: Vec<_> = fake.requests().iter().map(Request::items).collect();
    assert_eq!(sent, [vec![1, 2], vec![3, 4], vec![5]]);
}

#[tokio::test]
async fn what_follows_a_fault_is_not_sent() {
    let fake = Fake::start(|number, request| if number == 1 { Reply::status(503) } else { all_stored(request) }).await;
    let report = sink(&fake.url, |config| config.max_body_bytes = 50).send(&items(6), far()).await;
    assert_eq!((letters(&report).as_str(), fault(&report), fake.requests().len()), ("ssrrrr", "unavailable", 2));
    assert!(!report.is_healthy());
}

#[tokio::test]
async fn answers_that_say_nothing_are_no_loss() {
    type Case = (fn() -> Reply, &'static str);
    let cases: [Case; 11] = [
        (|| Reply::json("<html><body>Login</body></html>"), "unreadable"),
        (|| Reply::json(r#"{"errors":false,"items":[{"create":{"status":201}},{"crea"#), "unreadable"),
        (|| Reply::json(""), "unreadable"),
        (|| Reply::json("[]"), "unreadable"),
        (|| Reply::json(r#"{"errors":false}"#), "unreadable"),
        (|| answer(&[STORED]), "unreadable"),
        (|| answer(&[STORED, STORED, STORED]), "unreadable"),
        (|| Reply::json(format!("{}{{}}", " ".repeat(200_000))), "unreadable"),
        (|| Reply::json("[".repeat(50_000)), "unreadable"),
        (|| Reply::Cut(200, r#"{"errors":false,"items":[{"create":{"status":201}}"#.into()), "connection_lost"),
        (|| Reply::Reset, "connection_lost"),
    ];
    for (case, (reply, expected)) in cases.into_iter().enumerate() {
        assert_eq!(once(reply).await, ("rr".to_owned(), expected), "case {case}");
    }
}

#[tokio::test]
async fn statuses_become_faults() {
    let cases = [
        (301, "redirected"),
        (307, "redirected"),
        (401, "unauthorized"),
        (403, "unauthorized"),
        (429, "throttled"),
        (402, "throttled"),
        (408, "unavailable"),
        (500, "unavailable"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "unavailable"),
        (404, "misconfigured"),
        (405, "misconfigured"),
        (418, "misconfigured"),
    ];
    for (status, expected) in cases {
        let head = "location: /elsewhere\r\nretry-after: 7\r\n";
        let fake = Fake::start(move |_, _| Reply::Answer(status, head, "<html>".into())).await;
        let report = sink(&fake.url, |_| {}).send(&items(2), far()).await;
        assert_eq!((letters(&report).as_str(), fault(&report)), ("rr", expected), "{status}");
        assert_eq!(fake.requests().len(), 1, "{status}");
        let wait = matches!(expected, "throttled" | "unavailable").then_some(Duration::from_secs(7));
        assert_eq!(report.fault.unwrap().retry_after(), wait, "{status}");
    }
}

#[tokio::test]
async fn a_dead_server_is_unreachable() {
    let report = sink(&nobody().await, |_| {}).send(&items(2), far()).await;
    assert_eq!((letters(&report).as_str(), fault(&report)), ("rr", "unreachable"));
}

#[tokio::test]
async fn a_hanging_server_costs_the_deadline_and_no_more() {
    assert_eq!(once(|| Reply::Hang).await, ("rr".to_owned(), "timed_out"));
    assert_eq!(once(|| Reply::Trickle(200, "{".repeat(50))).await, ("rr".to_owned(), "timed_out"));
    let fake = Fake::start(|_, _| Reply::Hang).await;
    let report = sink(&fake.url, |config| config.timeout = Duration::from_millis(50)).send(&items(1), far()).await;
    assert_eq!(fault(&report), "timed_out");
}

#[tokio::test]
async fn without_time_nothing_is_sent() {
    let fake = Fake::start(|_, request| all_stored(request)).await;
    let report = sink(&fake.url, |_| {}).send(&items(2), tokio::time::Instant::now()).await;
    assert_eq!((letters(&report).as_str(), fault(&report)), ("rr", "no_time"));
    assert!(!report.fault.unwrap().is_of_the_sink());
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_broken_connection_is_tried_once_more() {
    let fake = Fake::start(|number, request| if number == 0 { Reply::Reset } else { all_stored(request) }).await;
    let report = sink(&fake.url, |_| {}).send(&items(2), far()).await;
    assert_eq!((letters(&report).as_str(), fault(&report)), ("ss", "none"));
    let connections: Vec<_> = fake.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 1]);
}

#[tokio::test]
async fn a_connection_that_went_stale_is_replaced() {
    let stored = r#"{"items":[{"create":{"status":201}}]}"#;
    let fake = Fake::start(move |_, _| Reply::AnswerAndClose(200, stored.into())).await;
    let sink = sink(&fake.url, |_| {});
    for _ in 0..5 {
        assert_eq!(letters(&sink.send(&items(1), far()).await), "s");
    }
}

#[tokio::test]
async fn no_connection_survives_a_freeze() {
    let fake = Fake::start(|_, request| all_stored(request)).await;
    let sink = sink(&fake.url, |_| {});
    for expected in [0, 1, 2] {
        sink.send(&items(1), far()).await;
        sink.send(&items(1), far()).await;
        assert_eq!(fake.requests().last().unwrap().connection, expected);
        sink.forget_connections();
    }
}

#[tokio::test]
async fn an_item_that_is_refused_over_and_over_is_given_up() {
    let fake = Fake::start(|_, request| {
        let entry = |item: &u64| if *item == 2 { r#"{"status":500}"# } else { STORED };
        answer(&request.items().iter().map(entry).collect::<Vec<_>>())
    })
    .await;
    let sink = sink(&fake.url, |_| {});
    let mut poison = items(2).remove(1);
    for _ in 0..5 {
        let batch = vec![items(1).remove(0), poison];
        let report = sink.send(&batch, far()).await;
        assert_eq!(report.outcomes[1], ItemOutcome::Retry(RetryReason::Unavailable));
        poison = report.to_retry(batch).remove(0);
    }
    let batch = vec![items(1).remove(0), poison.clone()];
    assert_eq!(letters(&sink.send(&batch, far()).await), "sx");
    // Alone, there is no telling whether it or the server is at fault.
    assert_eq!(letters(&sink.send(&[poison], far()).await), "r");
}

#[tokio::test]
async fn where_documents_go_is_learnt() {
    let fake = Fake::start(|number, _| match number {
        0 => answer(&[r#"{"status":404,"error":{"type":"index_not_found_exception"}}"#]),
        1 => answer(&[r#"{"status":201,"_index":"logs"}"#]),
        _ => answer(&[STORED]),
    })
    .await;
    let sink = sink(&fake.url, |_| {});
    for expected in [Target::Missing, Target::Index, Target::Index] {
        assert_eq!(sink.send(&items(1), far()).await.target, Some(expected));
    }
}

#[tokio::test]
async fn no_secret_and_no_payload_in_what_is_printed() {
    let mut shown = String::new();
    let fake = Fake::start(|number, _| if number == 0 { Reply::status(401) } else { Reply::Hang }).await;
    for url in [&nobody().await, &fake.url, &fake.url] {
        let url = url.replace("http://", "http://jane:hunter2@");
        let sink = sink(&url, |config| config.api_key = text("k3y"));
        let items = vec![Item::new("action 1\njane@example.com\n", 1)];
        let report = sink.send(&items, soon()).await;
        let error = chain(report.fault.as_ref().unwrap());
        write!(shown, "{sink:?} {items:?} {report:?} {error}").unwrap();
    }
    assert_eq!(fake.requests().len(), 2);
    for secret in ["jane", "hunter2", "k3y", "example.com"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

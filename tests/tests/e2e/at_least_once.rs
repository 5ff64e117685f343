//! Sent twice, stored once: against a real OpenSearch, behind a door at which answers get lost.

use std::time::Duration;

use telesieve_sandbox::{Invocation, Line, Options, Outcome, Sandbox};
use telesieve_tests::servers::{Answers, OpenSearch, Proxy};
use telesieve_tests::{opt_tree, telesieve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::play::{Receivers, finish};

const LINES: usize = 20;

async fn node(index: &str) -> (&'static OpenSearch, Proxy) {
    let node = OpenSearch::plain().await;
    telesieve(&["setup", "--url", &node.url, "--index", index], &[]).unwrap();
    (node, Proxy::start(&node.url, Duration::ZERO).await.unwrap())
}

fn options(receivers: &Receivers, proxy: &Proxy, index: &str) -> Options {
    receivers
        .options(opt_tree())
        .env("TELESIEVE_OPENSEARCH_URL", proxy.url("http"))
        .env("TELESIEVE_OPENSEARCH_INDEX", index)
        .env("TELESIEVE_FLUSH_MODE", "end")
}

fn invocation(name: &str) -> Invocation {
    Invocation::new((0..LINES).map(|number| Line::text(format!("{name} line {number} ends"))).collect())
}

/// How often each line of an invocation is stored.
async fn stored(node: &OpenSearch, index: &str, name: &str) -> Vec<usize> {
    let documents = node.documents(index).await.unwrap();
    let texts: Vec<_> = documents.iter().map(|document| document["_source"]["message"].to_string()).collect();
    let times = |number| {
        let line = format!("{name} line {number} ends");
        texts.iter().filter(|text| text.contains(&line)).count()
    };
    (0..LINES).map(times).collect()
}

/// The answer gets lost, and the extension sends again by itself.
#[tokio::test]
async fn an_answer_that_is_lost_costs_nothing_and_doubles_nothing() {
    let index = "answer-lost";
    let ((node, proxy), receivers) = (node(index).await, Receivers::start().await);
    let sandbox = Sandbox::start(options(&receivers, &proxy, index)).await.unwrap();
    proxy.answers(Answers::Cut);
    let mut invocations = vec![sandbox.invoke(invocation("first")).await.unwrap()];
    proxy.answers(Answers::Pass);
    invocations.push(sandbox.invoke(invocation("second")).await.unwrap());
    finish(&sandbox, invocations).await;
    assert_eq!(stored(node, index, "first").await, [1; LINES]);
    assert_eq!(stored(node, index, "second").await, [1; LINES]);
    assert!(receivers.pushgateway.sum("telesieve_duplicates_total", &[]) >= LINES as f64);
    let accounting = receivers.accounting();
    accounting.assert_balanced();
    assert_eq!(accounting.dropped_total() + accounting.pending, 0.0, "{accounting:?}");
}

/// The process is killed between sending and reading the answer. Another one starts, and the same request comes again.
#[tokio::test]
async fn killed_before_the_answer_restarted_and_sent_again() {
    let index = "killed";
    let ((node, proxy), receivers) = (node(index).await, Receivers::start().await);
    let sandbox = Sandbox::start(options(&receivers, &proxy, index)).await.unwrap();
    proxy.answers(Answers::Withheld);
    let killed_in_between = async {
        while stored(node, index, "first").await != [1; LINES] {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        sandbox.vanish();
    };
    let (invocation_of_the_dead, ()) = tokio::join!(sandbox.invoke(invocation("first")), killed_in_between);
    drop(invocation_of_the_dead);
    let requests = proxy.sent();
    drop(sandbox);
    proxy.answers(Answers::Pass);

    let sandbox = Sandbox::start(options(&receivers, &proxy, index)).await.unwrap();
    let second = sandbox.invoke(invocation("second")).await.unwrap();
    assert_eq!(second.outcome, Outcome::Success);
    finish(&sandbox, vec![second]).await;

    let unanswered: Vec<_> = requests.iter().filter(|request| !request.is_empty()).collect();
    assert!(!unanswered.is_empty());
    for request in unanswered {
        let answer = send(&node.url, request).await;
        assert!(answer.contains("version_conflict_engine_exception") && !answer.contains("201"), "{answer}");
    }
    assert_eq!(stored(node, index, "first").await, [1; LINES]);
    assert_eq!(stored(node, index, "second").await, [1; LINES]);
}

/// Sends the bytes of a request as they were.
async fn send(url: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(request).await.unwrap();
    let (mut answer, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    while let Ok(Ok(length @ 1..)) = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut piece)).await {
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

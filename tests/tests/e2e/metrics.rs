//! What an operator asks Prometheus is answered truly while sandboxes come and go, and the rules that ship do what their
//! tests say.

use std::time::Duration;

use telesieve_sandbox::{Invocation, Line, Options, Sandbox};
use telesieve_tests::opt_tree;
use telesieve_tests::servers::{Prometheus, PushGateway};
use xtask::{paths, process, tools};

use crate::play::{Receivers, finish, options};

/// Invocations of each sandbox.
const EACH: u32 = 40;
/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(150);
/// The next sandbox starts so much later than the one before: they overlap.
const LATER: Duration = Duration::from_millis(2_000);

/// The life of the sandbox with this number, beginning with 0. It goes on when Prometheus has seen its first value: what a
/// series begins with is no increase.
async fn lives(options: Options, number: u32, prometheus: &Prometheus) {
    tokio::time::sleep(LATER * number).await;
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut invocations = Vec::new();
    for count in 1..=EACH {
        let invocation = Invocation::new(vec![Line::text(format!("line {count}"))]);
        invocations.push(sandbox.invoke(invocation).await.unwrap());
        if count == 1 {
            let seen =
                format!(r#"count(count_over_time(faas_invocations_total{{job="true-rates"}}[10m])) > bool {number}"#);
            assert_eq!(prometheus.settles_at(&seen, 1.0).await.unwrap(), 1.0, "the first push of sandbox {number}");
        }
        tokio::time::sleep(PAUSE).await;
    }
    finish(&sandbox, invocations).await;
}

/// How much a counter of one job grew, as Prometheus sees it.
async fn increase(prometheus: &Prometheus, job: &str) -> f64 {
    let query = format!(r#"sum by (function) (increase(faas_invocations_total{{job="{job}"}}[10m]))"#);
    let answer = prometheus.query(&query).await.unwrap();
    assert_eq!(answer.len(), 1, "{answer:?}");
    answer[0]["value"][1].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn rates_are_true_while_sandboxes_come_and_go() {
    let (gateway, prometheus) = (PushGateway::shared().await, Prometheus::shared().await);
    assert_eq!(prometheus.settles_at(r#"up{job="pushgateway"}"#, 1.0).await.unwrap(), 1.0, "it scrapes by now");
    let receivers = Receivers::start().await;
    let life = |number| {
        let sandbox = options(opt_tree(), &receivers.opensearch.url(), &gateway.url)
            .env("TELESIEVE_PUSHGATEWAY_JOB", "true-rates")
            .env("TELESIEVE_FLUSH_MODE", "end");
        lives(sandbox, number, prometheus)
    };
    tokio::join!(life(0), life(1), life(2));
    let truth = f64::from(3 * EACH);
    let reached = r#"sum by (function) (max_over_time(faas_invocations_total{job="true-rates"}[10m]))"#;
    assert_eq!(prometheus.settles_at(reached, truth).await.unwrap(), truth);
    // Not exact: the first value of each series is no increase, and Prometheus extrapolates to the window's ends.
    let ours = increase(prometheus, "true-rates").await / truth;
    assert!((0.85..=1.15).contains(&ours), "{ours} of the truth");
}

/// What many do: sandboxes of a function push by turns into one group, the function's, and each seems to begin anew.
#[tokio::test]
async fn rates_are_wrong_without_the_sandbox_in_the_group() {
    let (gateway, prometheus) = (PushGateway::shared().await, Prometheus::shared().await);
    let mut counts = [0, 0];
    for round in 1..=4 {
        for (sandbox, ahead) in [(0, 3), (1, 0)] {
            counts[sandbox] = 10 * round + ahead;
            let count = counts[sandbox];
            let text = format!("# TYPE faas_invocations_total counter\nfaas_invocations_total {count}\n");
            let group = "/metrics/job/naive/function/orders-api";
            let kind = "text/plain; version=0.0.4";
            gateway.http.send(reqwest::Method::PUT, group, kind, text).await.unwrap().ok().unwrap();
            let pushed = r#"faas_invocations_total{job="naive"}"#;
            assert_eq!(prometheus.settles_at(pushed, f64::from(count)).await.unwrap(), f64::from(count));
        }
    }
    let truth = f64::from(counts.iter().sum::<u32>());
    let naive = increase(prometheus, "naive").await / truth;
    assert!(naive > 1.3, "{naive} of the truth");
}

#[test]
fn the_rules_do_what_their_tests_say() {
    let folder = paths::root().join("deploy/prometheus");
    let promtool = tools::promtool().unwrap();
    for (verb, file) in [("check", "telesieve.rules.yml"), ("test", "telesieve.rules.test.yml")] {
        let mut command = process::command(&promtool);
        let text = process::output(command.args([verb, "rules", file]).current_dir(&folder)).unwrap();
        assert!(text.contains("SUCCESS"), "{text}");
    }
}

/// A rule about a metric that nobody makes would never fire.
#[test]
fn the_rules_are_about_metrics_that_there_are() {
    let read = |path: &str| std::fs::read_to_string(paths::root().join(path)).unwrap();
    let there = read("host/metrics/src/snapshots/telesieve_metrics__registry__tests__busy.snap");
    let rules = read("deploy/prometheus/telesieve.rules.yml");
    let expressions: String = rules.lines().filter(|line| !line.trim_start().starts_with(['#', '-'])).collect();
    let words = expressions.split(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | ':')));
    let metrics: Vec<_> = words.filter(|word| word.starts_with("telesieve_") || word.starts_with("faas_")).collect();
    assert!(metrics.len() > 20, "{metrics:?}");
    for metric in metrics {
        assert!(there.contains(&format!("\n{metric}{{")), "{metric}");
    }
}

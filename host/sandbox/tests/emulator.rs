//! The emulator against a scripted extension: what the platform owes, asserted from the other side.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod fake;

use std::sync::atomic::Ordering;
use std::time::Duration;

use fake::{Fake, Inbox, NAME};
use serde_json::Value;
use telesieve_sandbox::{
    Ending, InitType, Invocation, Line, LogFormat, Options, Outcome, Prepared, ReportDelivery, Sandbox, SubscribeAnswer,
};
use tokio::task::JoinHandle;

const BOTH: &[&str] = &["INVOKE", "SHUTDOWN"];

/// A sandbox with an extension that has subscribed and runs its loop.
struct Scene {
    sandbox: Sandbox,
    inbox: Inbox,
    extension: JoinHandle<Vec<Value>>,
}

async fn prepare(options: Options) -> (Prepared, String) {
    let prepared = Sandbox::prepare(options).await.unwrap();
    let api = prepared.api();
    (prepared, api)
}

async fn scene(options: Options, events: &[&str]) -> Scene {
    let (prepared, api) = prepare(options).await;
    let events: Vec<String> = events.iter().map(|event| (*event).to_owned()).collect();
    let sandbox = tokio::spawn(prepared.init());
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let fake = register_soon(&api, &events).await;
    fake.subscribe().await;
    let inbox = fake.inbox.clone();
    let extension = tokio::spawn(fake.run());
    Scene { sandbox: sandbox.await.unwrap().unwrap(), inbox, extension }
}

/// Registration needs the declared name, which init announces.
async fn register_soon(api: &str, events: &[&str]) -> Fake {
    tokio::task::yield_now().await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    Fake::register(api, events).await
}

fn lines(count: usize) -> Vec<Line> {
    (0..count).map(|number| Line::print(format!("line {number}"))).collect()
}

fn position(inbox: &Inbox, kind: &str) -> usize {
    inbox.kinds().iter().position(|found| found == kind).unwrap_or_else(|| panic!("no {kind}"))
}

#[tokio::test]
async fn an_ordinary_life() {
    let scene = scene(Options::declared(NAME), BOTH).await;
    assert_eq!(scene.sandbox.init_report().outcome, Outcome::Success);
    let report = scene.sandbox.invoke(Invocation::new(lines(2)).request_id("first")).await.unwrap();
    assert_eq!(report.outcome, Outcome::Success);
    let shutdown = scene.sandbox.shutdown("spindown").await;
    assert!(shutdown.clean());
    let events = scene.extension.await.unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!((&events[0]["eventType"], &events[0]["requestId"]), (&"INVOKE".into(), &"first".into()));
    assert!(events[0]["deadlineMs"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(events[0]["tracing"]["type"], "X-Amzn-Trace-Id");
    assert_eq!((&events[1]["eventType"], &events[1]["shutdownReason"]), (&"SHUTDOWN".into(), &"spindown".into()));
}

#[tokio::test]
async fn a_cold_start_in_its_order() {
    let scene = scene(Options::declared(NAME), BOTH).await;
    scene.sandbox.invoke(Invocation::new(lines(1))).await.unwrap();
    scene.sandbox.shutdown("spindown").await;
    let expected = [
        "platform.initStart",
        "platform.telemetrySubscription",
        "platform.initRuntimeDone",
        "platform.extension",
        "platform.initReport",
        "platform.start",
        "function",
        "platform.runtimeDone",
        "platform.report",
    ];
    assert_eq!(scene.inbox.kinds(), expected);
    assert_eq!(scene.inbox.of_kind("function"), ["line 0\n"]);
    assert!(scene.inbox.of_kind("platform.report")[0]["metrics"]["initDurationMs"].is_number());
}

#[tokio::test]
async fn the_report_is_late() {
    let scene = scene(Options::declared(NAME), BOTH).await;
    scene.sandbox.invoke(Invocation::new(lines(1)).taking(Duration::from_millis(60))).await.unwrap();
    scene.inbox.until("the first line", |inbox| inbox.kinds().contains(&"function".to_owned())).await;
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert!(scene.inbox.of_kind("platform.report").is_empty());
    scene.sandbox.invoke(Invocation::new(lines(1)).taking(Duration::from_millis(60))).await.unwrap();
    assert_eq!(scene.inbox.of_kind("platform.report").len(), 1);
}

#[tokio::test]
async fn the_report_may_slip_out_or_never_come() {
    let options = Options { report: ReportDelivery::BeforeFreeze, ..Options::declared(NAME) };
    let slips = scene(options, BOTH).await;
    slips.sandbox.invoke(Invocation::new(lines(1))).await.unwrap();
    assert_eq!(slips.inbox.of_kind("platform.report").len(), 1);
    let options = Options { report: ReportDelivery::Never, ..Options::declared(NAME) };
    let never = scene(options, BOTH).await;
    never.sandbox.invoke(Invocation::new(lines(1))).await.unwrap();
    never.sandbox.shutdown("spindown").await;
    assert!(never.inbox.of_kind("platform.report").is_empty());
}

#[tokio::test]
async fn batches_are_cut_by_items_and_bytes() {
    let scene = scene(Options::declared(NAME), BOTH).await;
    scene.sandbox.invoke(Invocation::new(lines(2_500))).await.unwrap();
    let long = vec![Line::print("x".repeat(100_000)); 8];
    scene.sandbox.invoke(Invocation::new(long)).await.unwrap();
    scene.sandbox.shutdown("spindown").await;
    let sizes: Vec<(usize, usize)> = scene.inbox.bodies().iter().map(|body| (items(body), body.len())).collect();
    assert!(sizes.iter().all(|(items, bytes)| *items <= 1_000 && *bytes < 2 * 262_144 + 100_000), "{sizes:?}");
    assert!(sizes.iter().any(|(items, _)| *items == 1_000));
    assert_eq!(scene.inbox.of_kind("function").len(), 2_508);
}

fn items(body: &str) -> usize {
    serde_json::from_str::<Vec<Value>>(body).unwrap().len()
}

#[tokio::test]
async fn what_is_not_taken_comes_again() {
    let scene = scene(Options::declared(NAME), BOTH).await;
    scene.inbox.until("init", |inbox| !inbox.bodies().is_empty()).await;
    scene.inbox.status.store(500, Ordering::Relaxed);
    let before = scene.inbox.bodies().len();
    scene.sandbox.invoke(Invocation::new(lines(1)).taking(Duration::from_millis(120))).await.unwrap();
    let bodies = scene.inbox.bodies();
    assert!(bodies.len() > before + 2, "{} bodies", bodies.len() - before);
    assert!(bodies[before..].iter().all(|body| *body == bodies[before]), "the same body every time");
    scene.inbox.status.store(200, Ordering::Relaxed);
    scene.sandbox.shutdown("spindown").await;
    assert!(scene.inbox.kinds().contains(&"platform.report".to_owned()));
}

#[tokio::test]
async fn without_retries_losses_are_told() {
    let mut options = Options::declared(NAME);
    options.telemetry.retry = false;
    let scene = scene(options, BOTH).await;
    scene.inbox.until("init", |inbox| !inbox.bodies().is_empty()).await;
    scene.inbox.status.store(500, Ordering::Relaxed);
    scene.sandbox.invoke(Invocation::new(lines(1)).taking(Duration::from_millis(60))).await.unwrap();
    scene.inbox.status.store(200, Ordering::Relaxed);
    scene.sandbox.shutdown("spindown").await;
    let dropped = scene.inbox.of_kind("platform.logsDropped");
    assert!(dropped.iter().any(|record| record["droppedRecords"].as_u64().unwrap() > 0), "{dropped:?}");
}

#[tokio::test]
async fn duplicates_are_exact() {
    let mut options = Options::declared(NAME);
    options.telemetry.duplicate_every = Some(1);
    let scene = scene(options, BOTH).await;
    scene.sandbox.invoke(Invocation::new(lines(1))).await.unwrap();
    scene.sandbox.shutdown("spindown").await;
    let bodies = scene.inbox.bodies();
    assert!(bodies.len() >= 2 && bodies.chunks(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn chunked_bodies_arrive() {
    let mut options = Options::declared(NAME);
    (options.telemetry.chunked, options.telemetry.keep_alive) = (true, false);
    let scene = scene(options, BOTH).await;
    scene.sandbox.invoke(Invocation::new(lines(1))).await.unwrap();
    scene.sandbox.shutdown("spindown").await;
    assert_eq!(scene.inbox.of_kind("function"), ["line 0\n"]);
}

#[tokio::test]
async fn a_timeout_resets_the_sandbox() {
    let scene = scene(Options::declared(NAME), BOTH).await;
    let slow = Invocation::new(lines(1)).ending(Ending::Timeout).timeout(Duration::from_millis(50));
    let report = scene.sandbox.invoke(slow).await.unwrap();
    assert_eq!(report.outcome, Outcome::TimedOut);
    assert_eq!(report.reset.unwrap().reason, "timeout");
    assert_eq!(scene.inbox.of_kind("platform.runtimeDone")[0]["status"], "timeout");
    let events = scene.extension.await.unwrap();
    assert_eq!(events.last().unwrap()["shutdownReason"], "timeout");
    let again = tokio::spawn({
        let api = scene.sandbox.api();
        async move {
            let fake = register_soon(&api, BOTH).await;
            fake.subscribe().await;
            let inbox = fake.inbox.clone();
            (inbox, tokio::spawn(fake.run()))
        }
    });
    let report = scene.sandbox.invoke(Invocation::new(lines(1))).await.unwrap();
    assert_eq!(report.outcome, Outcome::Success);
    assert_eq!(report.suppressed_init.unwrap().outcome, Outcome::Success);
    let (inbox, _running) = again.await.unwrap();
    scene.sandbox.shutdown("spindown").await;
    assert_eq!(inbox.of_kind("platform.initStart")[0]["phase"], "invoke");
}

#[tokio::test]
async fn a_busy_extension_runs_the_time_out() {
    let (prepared, api) = prepare(Options::declared(NAME)).await;
    let sandbox = tokio::spawn(prepared.init());
    let fake = register_soon(&api, BOTH).await;
    let event = tokio::spawn(async move { (fake.next().await, fake) });
    let sandbox = sandbox.await.unwrap().unwrap();
    let report = sandbox.invoke(Invocation::new(lines(1)).timeout(Duration::from_millis(50))).await.unwrap();
    assert_eq!(report.outcome, Outcome::TimedOut);
    assert!(report.response_to_next > Duration::ZERO);
    let (event, fake) = event.await.unwrap();
    assert_eq!(event.body["eventType"], "INVOKE");
    assert_eq!(fake.next().await.body["eventType"], "SHUTDOWN");
}

#[tokio::test]
async fn a_function_crash_resets_the_sandbox() {
    let scene = scene(Options::declared(NAME), BOTH).await;
    let crash = Invocation::new(lines(1)).ending(Ending::Crash("Runtime.ExitError".to_owned()));
    let report = scene.sandbox.invoke(crash).await.unwrap();
    assert_eq!(report.outcome, Outcome::FunctionError("Runtime.ExitError".to_owned()));
    assert_eq!(report.reset.unwrap().reason, "failure");
}

#[tokio::test]
async fn an_extension_that_reports_an_error_fails_init() {
    let (prepared, api) = prepare(Options::declared(NAME)).await;
    let sandbox = tokio::spawn(prepared.init());
    let fake = register_soon(&api, BOTH).await;
    let headers =
        [("Lambda-Extension-Identifier", fake.id.as_str()), ("Lambda-Extension-Function-Error-Type", "Extension.Bad")];
    let path = "/2020-01-01/extension/init/error";
    assert_eq!(fake.call("POST", path, "").await.refusal(), (403, "Extension.MissingHeader"));
    assert_eq!(fake::call(&api, "POST", path, &headers, "").await.status, 202);
    assert_eq!(fake.next().await.refusal(), (403, "Extension.InvalidExtensionState"));
    let outcome = sandbox.await.unwrap().unwrap().init_report().outcome.clone();
    assert_eq!(outcome, Outcome::ExtensionError("Extension.InitError".to_owned()));
}

#[tokio::test]
async fn an_extension_that_never_asks_times_init_out() {
    let options = Options { init_timeout: Duration::from_millis(30), ..Options::declared(NAME) };
    let sandbox = Sandbox::start(options).await.unwrap();
    assert_eq!(sandbox.init_report().outcome, Outcome::TimedOut);
}

#[tokio::test]
async fn subscriptions_can_be_refused() {
    let answers = [
        (SubscribeAnswer::Unsupported, (202, "Telemetry.NotSupported")),
        (SubscribeAnswer::Closed, (403, "Telemetry.SubscriptionClosed")),
        (SubscribeAnswer::NotFound, (404, "")),
        (SubscribeAnswer::Broken, (500, "InternalServerError")),
    ];
    for (answer, expected) in answers {
        let mut options = Options::declared(NAME);
        options.telemetry.answer = answer;
        let (prepared, api) = prepare(options).await;
        let _sandbox = tokio::spawn(prepared.init());
        let fake = register_soon(&api, BOTH).await;
        let refused = fake.call("PUT", "/2022-07-01/telemetry", &fake.subscription("2025-01-29")).await;
        assert_eq!(refused.refusal(), expected);
    }
}

#[tokio::test]
async fn subscriptions_are_checked() {
    let mut options = Options::declared(NAME);
    options.telemetry.schema_versions = vec!["2022-07-01".to_owned()];
    let (prepared, api) = prepare(options).await;
    let sandbox = tokio::spawn(prepared.init());
    let fake = register_soon(&api, BOTH).await;
    let path = "/2022-07-01/telemetry";
    assert_eq!(fake.call("PUT", "/2025-01-29/telemetry", "{}").await.status, 404);
    assert_eq!(fake.call("PUT", path, &fake.subscription("2025-01-29")).await.refusal(), (400, "ValidationError"));
    let stranger = [("Lambda-Extension-Identifier", "7e0a6d51-9c3b-4f28-b1e4-5d8f2a7c6093")];
    let refused = fake::call(&api, "PUT", path, &stranger, &fake.subscription("2022-07-01")).await;
    assert_eq!(refused.refusal(), (403, "Extension.UnknownExtensionIdentifier"));
    assert_eq!(fake.call("PUT", path, &fake.subscription("2022-07-01")).await.status, 200);
    assert_eq!(fake.call("PUT", path, &fake.subscription("2022-07-01")).await.status, 500);
    let (id, port) = (fake.id.clone(), fake.inbox.clone());
    let _running = tokio::spawn(fake.run());
    let _sandbox = sandbox.await.unwrap().unwrap();
    let late = Fake { api: api.clone(), id, inbox: port };
    let refused = late.call("PUT", path, &late.subscription("2022-07-01")).await;
    assert_eq!(refused.refusal(), (403, "Telemetry.SubscriptionClosed"));
    let headers = [("Lambda-Extension-Name", "latecomer")];
    let refused = fake::call(&api, "POST", "/2020-01-01/extension/register", &headers, "{}").await;
    assert_eq!(refused.refusal(), (403, "Extension.RegistrationClosed"));
}

#[tokio::test]
async fn account_and_handler_are_optional() {
    let options = Options { omit_handler: true, ..Options::declared(NAME) };
    let (prepared, api) = prepare(options).await;
    let _sandbox = tokio::spawn(prepared.init());
    tokio::time::sleep(Duration::from_millis(5)).await;
    let path = "/2020-01-01/extension/register";
    let headers = [("Lambda-Extension-Name", NAME), ("Lambda-Extension-Accept-Feature", "other, accountId")];
    let answer = fake::call(&api, "POST", path, &headers, r#"{"events":[]}"#).await;
    assert!(answer.body.get("handler").is_none());
    assert_eq!(answer.body["accountId"], "210987654321");
}

#[tokio::test]
async fn json_lines_are_objects() {
    let mut options = Options::declared(NAME);
    options.function.log_format = LogFormat::Json;
    let scene = scene(options, BOTH).await;
    let lines = vec![Line::print("plain"), Line::print(r#"{"paid":true}"#), Line::text("forced")];
    scene.sandbox.invoke(Invocation::new(lines)).await.unwrap();
    scene.sandbox.shutdown("spindown").await;
    let records = scene.inbox.of_kind("function");
    assert_eq!(records[0]["message"], "plain");
    assert_eq!(records[1], serde_json::json!({ "paid": true }));
    assert_eq!(records[2], "forced\n");
}

#[tokio::test]
async fn managed_instances_overlap() {
    let scene = scene(Options::declared(NAME).init_type(InitType::Managed), &["SHUTDOWN"]).await;
    let slow = || Invocation::new(lines(1)).taking(Duration::from_millis(40));
    let (one, two) = tokio::join!(scene.sandbox.invoke(slow()), scene.sandbox.invoke(slow()));
    assert_eq!((one.unwrap().outcome, two.unwrap().outcome), (Outcome::Success, Outcome::Success));
    scene.sandbox.shutdown("spindown").await;
    let events = scene.extension.await.unwrap();
    assert_eq!(events.len(), 1, "no INVOKE");
    assert!(scene.inbox.of_kind("platform.runtimeDone").is_empty());
    let reports = scene.inbox.of_kind("platform.report");
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0]["metrics"].as_object().unwrap().len(), 1);
    let kinds = scene.inbox.kinds();
    let starts: Vec<usize> = (0..kinds.len()).filter(|at| kinds[*at] == "platform.start").collect();
    assert!(starts[1] < position(&scene.inbox, "platform.report"), "they overlap");
}

#[tokio::test]
async fn a_snapshot_is_restored_before_its_first_invocation() {
    let scene = scene(Options::declared(NAME).init_type(InitType::SnapStart), BOTH).await;
    scene.sandbox.invoke(Invocation::new(lines(1))).await.unwrap();
    scene.sandbox.invoke(Invocation::new(lines(1))).await.unwrap();
    scene.sandbox.shutdown("spindown").await;
    assert_eq!(scene.inbox.of_kind("platform.restoreReport").len(), 1);
    assert!(position(&scene.inbox, "platform.restoreStart") < position(&scene.inbox, "platform.start"));
    assert_eq!(scene.inbox.of_kind("platform.initStart")[0]["initializationType"], "snap-start");
}

#[tokio::test]
async fn events_and_bodies_from_elsewhere() {
    let scene = scene(Options::declared(NAME), BOTH).await;
    let odd = r#"{"type":"platform.brandNewThing","record":[1]}"#;
    scene.sandbox.post_events(&[odd]);
    assert_eq!(scene.sandbox.post_raw(b"[{\"broken\":").await.unwrap(), 200);
    scene.sandbox.invoke(Invocation::new(vec![Line::Event(odd.to_owned())])).await.unwrap();
    scene.sandbox.shutdown("spindown").await;
    assert_eq!(scene.inbox.of_kind("platform.brandNewThing").len(), 2);
    assert!(scene.inbox.bodies().contains(&"[{\"broken\":".to_owned()));
}

#[tokio::test]
async fn a_slow_listener_loses_data_and_is_told() {
    let mut options = Options::declared(NAME);
    options.telemetry.backlog_bytes = 10_000;
    let scene = scene(options, BOTH).await;
    scene.inbox.status.store(500, Ordering::Relaxed);
    scene.sandbox.invoke(Invocation::new(lines(2_000))).await.unwrap();
    scene.inbox.status.store(200, Ordering::Relaxed);
    scene.sandbox.shutdown("spindown").await;
    let reasons = scene.inbox.of_kind("platform.logsDropped");
    assert!(reasons.iter().any(|record| record["reason"].as_str().unwrap().contains("slower")), "{reasons:?}");
}

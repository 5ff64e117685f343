//! A life cycle on the bench: events and invocations go in by hand, and what it does is looked at from all sides.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use telesieve_config::{Config, FlushMode, LogLevel};
use telesieve_core::{FunctionIdentity, SandboxId};
use telesieve_engine::Loading;
use telesieve_sinks::{Aws, Sink};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use crate::lifecycle::{Lifecycle, now_ms};
use crate::listener::{Intake, Queue};
use crate::log::Log;
use crate::message::Message;
use crate::own_secrets::OwnSecrets;
use crate::pipeline::Pipeline;
use crate::runtime_api::NextEvent;
use crate::sinks::{self, Metrics};

pub(super) struct Bench {
    pub(super) lifecycle: Lifecycle,
    pub(super) inbox: UnboundedReceiver<Message>,
    asked: UnboundedReceiver<()>,
    lines: Lines,
}

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Bench {
    pub(super) fn new(config: &Config) -> Self {
        let aws = Aws::new(&config.secrets, |_| None);
        Self::with(config, |pipeline, log| sinks::configured(config, &pipeline.function, pipeline.sandbox(), &aws, log))
    }

    /// With sinks of the test's own.
    pub(super) fn with(config: &Config, sinks: impl FnOnce(&Pipeline, &mut Log) -> Vec<Arc<dyn Sink>>) -> Self {
        let (chain, faults) = Loading::new(&[], Path::new("")).finish(&BTreeMap::new(), &FunctionIdentity::default());
        assert!(faults.is_empty());
        let function = FunctionIdentity { name: "orders-api".to_owned(), ..FunctionIdentity::default() };
        let own_secrets = OwnSecrets::new(config, &Aws::new(&config.secrets, |_| None), std::iter::empty());
        let pipeline = Pipeline::new(config, chain, own_secrets, function, SandboxId::from_random([0xab; 8]));
        let lines = Lines::default();
        let mut log = Log::to(LogLevel::Debug, Box::new(lines.clone()));
        let ((sender, inbox), (ask, asked)) = (unbounded_channel(), unbounded_channel());
        let sinks = sinks(&pipeline, &mut log);
        Self { lifecycle: Lifecycle::new(config, sinks, pipeline, log, sender, ask), inbox, asked, lines }
    }

    /// Telemetry comes in: lines of the function.
    pub(super) fn events(&mut self, count: usize) {
        let event = r#"{"time":"2026-03-02T08:15:20.929Z","type":"function","record":"a line for jane@example.com\n"}"#;
        self.body(&format!("[{}]", vec![event; count].join(",")));
    }

    pub(super) fn body(&mut self, body: &str) {
        let room = Queue::new(1 << 20, 1 << 20).empty_room();
        self.hear(Intake::Body(body.as_bytes().to_vec(), room).into());
    }

    /// The platform announces an invocation that may take this long.
    pub(super) fn invoke(&mut self, request_id: &str, timeout: Duration) {
        let event = NextEvent {
            event_type: "INVOKE".to_owned(),
            deadline_ms: now_ms() + i64::try_from(timeout.as_millis()).unwrap(),
            request_id: request_id.to_owned(),
            ..NextEvent::default()
        };
        self.hear(Message::Next(event));
    }

    pub(super) fn terminate(&mut self) {
        self.hear(Message::Terminated);
    }

    fn hear(&mut self, message: Message) {
        self.lifecycle.hear(message);
        self.lifecycle.advance(Instant::now());
    }

    /// Until nothing is on its way any more.
    pub(super) async fn settle(&mut self) {
        let pushing = |bench: &Self| bench.lifecycle.metrics.iter().any(Metrics::in_flight);
        while self.lifecycle.documents_in_flight() > 0 || pushing(self) {
            let message = self.inbox.recv().await.unwrap();
            self.hear(message);
        }
    }

    /// The invocation is over, says the platform.
    pub(super) fn reported(&mut self, request_id: &str) {
        let event = r#"{"time":"2026-03-02T08:15:21.930Z","type":"platform.report","record":{"requestId":"ID","status":"success","metrics":{"durationMs":1}}}"#;
        self.body(&format!("[{}]", event.replace("ID", request_id)));
    }

    /// The sandbox has started, says the platform.
    pub(super) fn initialized(&mut self) {
        self.body(
            r#"[{"time":"2026-03-02T08:15:20.1Z","type":"platform.initReport","record":{"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":1}}}]"#,
        );
    }

    /// The function is done, says the platform.
    pub(super) fn done(&mut self, request_id: &str) {
        let event = r#"{"time":"2026-03-02T08:15:21.929Z","type":"platform.runtimeDone","record":{"requestId":"ID","status":"success"}}"#;
        self.body(&format!("[{}]", event.replace("ID", request_id)));
    }

    /// Lets time go by until the next event is asked for. Returns how long it took.
    pub(super) async fn until_asked(&mut self) -> Duration {
        let start = Instant::now();
        let Self { lifecycle, inbox, asked, .. } = self;
        tokio::select! {
            biased;
            _asked = asked.recv() => {}
            event = lifecycle.run(inbox) => panic!("{event:?}"),
        }
        start.elapsed()
    }

    /// Lets time go by.
    pub(super) async fn run_for(&mut self, time: Duration) {
        let run = self.lifecycle.run(&mut self.inbox);
        let _elapsed = tokio::time::timeout(time, run).await;
    }

    /// The platform ends the sandbox. Returns how long it takes.
    pub(super) async fn shut_down(&mut self, left: Duration) -> Duration {
        self.shut_down_for("spindown", left).await
    }

    pub(super) async fn shut_down_for(&mut self, reason: &str, left: Duration) -> Duration {
        let start = Instant::now();
        let deadline_ms = now_ms() + i64::try_from(left.as_millis()).unwrap();
        let (event_type, shutdown_reason) = ("SHUTDOWN".to_owned(), reason.to_owned());
        let event = NextEvent { event_type, shutdown_reason, deadline_ms, ..NextEvent::default() };
        self.lifecycle.shut_down(&event, &mut self.inbox, &Queue::new(1 << 20, 1 << 20)).await;
        start.elapsed()
    }

    /// How often the next event was asked for since this was called last.
    pub(super) fn asked(&mut self) -> usize {
        std::iter::from_fn(|| self.asked.try_recv().ok()).count()
    }

    /// What was logged, without what every line starts with.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| line.strip_prefix("[telesieve] ").unwrap().to_owned()).collect()
    }

    /// Values of a family's series that have this label, and are not zero: the other label's value, and the count.
    pub(super) fn counts(&mut self, family: &str, by: &str, with: &str) -> Vec<(String, u64)> {
        let text = self.lifecycle.pipeline.metrics_text(&Vec::new(), None, true, 0);
        let series = text.lines().filter(|line| line.starts_with(family) && line.contains(with));
        let counts = series.filter_map(|line| {
            let value = line.split_once(&format!("{by}=\""))?.1.split_once('"')?.0;
            let count = line.rsplit_once(' ')?.1.parse::<f64>().ok()? as u64;
            (count > 0).then(|| (value.to_owned(), count))
        });
        counts.collect()
    }

    /// Count and sum of a histogram.
    pub(super) fn histogram(&mut self, family: &str) -> (u64, f64) {
        let text = self.lifecycle.pipeline.metrics_text(&Vec::new(), None, true, 0);
        let value = |part: &str| {
            let line = text.lines().find(|line| line.starts_with(&format!("{family}_{part}"))).unwrap();
            line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
        };
        (value("count") as u64, value("sum"))
    }

    /// Shipped, lost by reason, waiting; every event is accounted for.
    pub(super) fn accounts(&self) -> (u64, Vec<(&'static str, u64)>, u64) {
        let pipeline = &self.lifecycle.pipeline;
        let balance = pipeline.ledger.balance(pipeline.waiting() + self.lifecycle.documents_in_flight());
        assert!(balance.holds(), "{balance}");
        let dropped = pipeline.ledger.dropped_by_reason().filter(|(_, count)| *count > 0);
        (balance.shipped, dropped.map(|(reason, count)| (reason.as_str(), count)).collect(), balance.pending)
    }
}

/// A configuration in which data leaves with each invocation.
pub(super) fn config(opensearch: Option<&str>, pushgateway: Option<&str>) -> Config {
    let mut config = Config::default();
    config.flush.mode = FlushMode::Next;
    config.opensearch =
        opensearch.map(|url| telesieve_config::OpenSearch { url: url.to_owned(), ..Default::default() });
    config.pushgateway = pushgateway.map(|url| telesieve_config::PushGateway {
        url: url.to_owned(),
        min_interval: Duration::ZERO,
        ..Default::default()
    });
    config
}

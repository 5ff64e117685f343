//! The registry: where metrics of all sources come together and become text.

use std::collections::BTreeSet;

use prometheus::TextEncoder;
use prometheus::proto::{LabelPair, MetricFamily};
use telesieve_core::platform::PlatformEvent;
use telesieve_core::{FunctionIdentity, Ledger};

use crate::family::Maker;
use crate::guest::{GUEST_PREFIX, GuestError, GuestSample, Guests};
use crate::health::Health;
use crate::platform::Platform;
use crate::told::Told;

/// Families that may be left out: a gateway that refuses more than these has another problem.
const MAX_LEFT_OUT: usize = 64;

/// Limits of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most series that transforms may make, all metrics together. A histogram makes one per bucket and three more.
    pub max_guest_series: usize,
}

/// Everything that is pushed.
pub struct Registry {
    own: prometheus::Registry,
    guest: prometheus::Registry,
    labels: [LabelPair; 3],
    platform: Platform,
    health: Health,
    guests: Guests,
    left_out: BTreeSet<String>,
}

impl Registry {
    /// All counters that are known beforehand start at zero: PromQL's `increase` cannot see the first value of a
    /// series. `build` is our own version.
    #[must_use]
    pub fn new(function: &FunctionIdentity, build: &str, limits: Limits) -> Self {
        let (own, guest) = (prometheus::Registry::new(), prometheus::Registry::new());
        let maker = Maker::new(own.clone());
        let guests = Guests::new(Maker::new(guest.clone()), limits.max_guest_series);
        let (platform, health) = (Platform::new(&maker, function), Health::new(&maker, build));
        Self { own, guest, labels: labels(function), platform, health, guests, left_out: BTreeSet::new() }
    }

    /// Takes over what has become known about the function; every series carries it.
    pub fn identify(&mut self, function: &FunctionIdentity) {
        self.labels = labels(function);
    }

    /// Takes what the platform says. To be called before any transform sees the event.
    pub fn observe(&mut self, event: &PlatformEvent) {
        self.platform.observe(event);
    }

    /// Takes over the totals of the ledger.
    pub fn ledger(&mut self, ledger: &Ledger) {
        self.health.ledger(ledger);
    }

    /// The metrics of our own health, to be counted up.
    pub fn health(&mut self) -> &mut Health {
        &mut self.health
    }

    /// Takes a sample of a transform.
    ///
    /// # Errors
    ///
    /// If it is not taken; that is counted.
    pub fn guest(&mut self, sample: &GuestSample<'_>) -> Result<(), GuestError> {
        let result = self.guests.record(sample);
        if let Err(error) = result {
            self.health.guest_refused(error.as_str());
        }
        result
    }

    /// Leaves a family out from now on, because the gateway refuses it. Returns whether that changes anything: if not,
    /// pushing again is of no use.
    pub fn leave_out(&mut self, family: &str) -> bool {
        let ours = family.starts_with(GUEST_PREFIX) || family.starts_with("faas_") || family.starts_with("telesieve_");
        let changes = ours && self.left_out.len() < MAX_LEFT_OUT && self.left_out.insert(family.to_owned());
        self.health.left_out(self.left_out.len());
        changes
    }

    /// Everything in the text format 0.0.4, ending in a line feed.
    #[must_use]
    pub fn encode_all(&self) -> String {
        let mut text = self.encode_platform();
        self.encode(&self.guest, &mut text);
        text
    }

    /// Everything but the metrics of transforms, for a gateway that refuses one of those and does not say which.
    #[must_use]
    pub fn encode_platform(&self) -> String {
        let mut text = String::with_capacity(16 << 10);
        self.encode(&self.own, &mut text);
        text
    }

    /// What a gateway that adds up has not been told yet, with or without the metrics of transforms.
    #[must_use]
    pub fn encode_news(&self, told: &mut Told, with_guests: bool) -> String {
        let mut text = String::with_capacity(4 << 10);
        for registry in [Some(&self.own), Some(&self.guest).filter(|_| with_guests)].into_iter().flatten() {
            self.write(told.news(self.families(registry)), &mut text);
        }
        text
    }

    fn encode(&self, registry: &prometheus::Registry, text: &mut String) {
        self.write(self.families(registry), text);
    }

    fn families(&self, registry: &prometheus::Registry) -> Vec<MetricFamily> {
        let mut families = registry.gather();
        families.retain(|family: &MetricFamily| !self.left_out.contains(family.name()));
        families
    }

    fn write(&self, mut families: Vec<MetricFamily>, text: &mut String) {
        for metric in families.iter_mut().flat_map(MetricFamily::mut_metric) {
            let mut pairs = metric.take_label();
            pairs.extend_from_slice(&self.labels);
            metric.set_label(pairs);
        }
        let start = text.len();
        if TextEncoder::new().encode_utf8(&families, text).is_err() {
            text.truncate(start);
        }
    }
}

/// The labels of all series. Appended on the way out: as constant labels of each metric they would double the time that
/// it takes to make the registry, and with it delay the function.
fn labels(function: &FunctionIdentity) -> [LabelPair; 3] {
    let pairs = [("function", &function.name), ("region", &function.region), ("version", &function.version)];
    pairs.map(|(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value.clone());
        pair
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::Duration;

    use super::{Limits, Registry};
    use crate::{GuestKind, GuestSample, TransformHealth, TransformRun, Waiting};
    use proptest::prelude::*;
    use telesieve_core::{DropReason, FunctionIdentity, Ledger, Origin, platform};

    fn registry() -> Registry {
        let function = FunctionIdentity {
            name: "orders-api".to_owned(),
            version: "$LATEST".to_owned(),
            region: "eu-central-1".to_owned(),
            memory_mb: 512,
            init_type: "on-demand".to_owned(),
            ..FunctionIdentity::default()
        };
        Registry::new(&function, "0.1.0", Limits { max_guest_series: 30 })
    }

    fn observe(registry: &mut Registry, kind: &str, record: &str) {
        registry.observe(&platform::read(kind, record).unwrap());
    }

    /// Values of one family, the common labels cut away.
    fn values(registry: &Registry, family: &str) -> Vec<String> {
        let mut text = registry.encode_all();
        for common in ["function=\"orders-api\"", "region=\"eu-central-1\"", "version=\"$LATEST\""] {
            text = text.replace(&format!("{common},"), "").replace(&format!(",{common}"), "").replace(common, "");
        }
        let value = |line: &str| line.strip_prefix(family).filter(|rest| rest.starts_with('{')).map(str::to_owned);
        text.lines().filter_map(value).map(|value| value.trim_start_matches("{}").trim().to_owned()).collect()
    }

    fn counter<'a>(name: &'a str, label_names: &'a [String], label_values: &'a [String]) -> GuestSample<'a> {
        let (help, kind, buckets) = ("", GuestKind::Counter, &[][..]);
        GuestSample { name, help, kind, label_names, label_values, buckets, value: 1.0 }
    }

    /// An invocation like most, and one of everything that can go wrong.
    fn busy() -> Registry {
        let mut registry = registry();
        for (kind, record) in [
            (
                "platform.initReport",
                r#"{"initializationType":"on-demand","phase":"init","status":"success","metrics":{"durationMs":187.204}}"#,
            ),
            ("platform.start", r#"{"requestId":"a","version":"$LATEST"}"#),
            (
                "platform.runtimeDone",
                r#"{"requestId":"a","status":"success","spans":[{"name":"responseLatency","start":"2026-03-02T08:15:20.290Z","durationMs":77.132},{"name":"responseDuration","durationMs":0.025},{"name":"runtimeOverhead","durationMs":0.318}],"metrics":{"durationMs":77.482,"producedBytes":318}}"#,
            ),
            (
                "platform.report",
                r#"{"requestId":"a","status":"success","metrics":{"durationMs":77.829,"billedDurationMs":266,"memorySizeMB":512,"maxMemoryUsedMB":49,"initDurationMs":187.193},"spans":[{"name":"extensionOverhead","durationMs":0.4}]}"#,
            ),
            (
                "platform.runtimeDone",
                r#"{"requestId":"b","status":"timeout","metrics":{"durationMs":3000.0,"producedBytes":0}}"#,
            ),
            (
                "platform.report",
                r#"{"requestId":"b","status":"timeout","metrics":{"durationMs":3000.0,"billedDurationMs":3000,"memorySizeMB":512,"maxMemoryUsedMB":71}}"#,
            ),
            (
                "platform.report",
                r#"{"requestId":"c","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":110.9,"billedDurationMs":111,"memorySizeMB":128,"maxMemoryUsedMB":128}}"#,
            ),
            ("platform.restoreReport", r#"{"status":"success","metrics":{"durationMs":411.87}}"#),
            ("platform.logsDropped", r#"{"reason":"slow","droppedRecords":123,"droppedBytes":12345}"#),
        ] {
            observe(&mut registry, kind, record);
        }
        let mut ledger = Ledger::new();
        ledger.received(Origin::Function, 10);
        ledger.received(Origin::Platform, 5);
        ledger.shipped(9);
        ledger.filtered("filter", 3);
        ledger.dropped(DropReason::TransformTrapped, 2);
        registry.ledger(&ledger);
        let health = registry.health();
        health.body(2_048);
        health.transform("filter", false);
        let (seen, time) = (15, Duration::from_micros(750));
        health.transform_run(&TransformRun { transform: "redact", seen, time, closed: true });
        health.transform_faults("redact", "trap", 2);
        health.rule_hits("redact", "email", 4);
        health.held_back("redact", "email", 1);
        health.transform_health("redact", TransformHealth::Quarantined, 2);
        health.sink_pass("opensearch", "unavailable", 1_000);
        health.sink_retry("opensearch");
        health.sink_pass("opensearch", "ok", 1_000);
        health.breaker("opensearch", 1);
        health.rejection("mapper_parsing_exception");
        health.duplicates(1);
        health.flush(Duration::from_millis(34));
        health.outbox(Waiting { events: 1, bytes: 900, oldest: Duration::from_millis(2_500) });
        health.started(Duration::from_micros(3_100));
        health.config_errors(1);
        health.target_ready(false);
        let names = ["currency".to_owned()];
        registry.guest(&counter("orders_total", &names, &["EUR \"quoted\"\n\\".to_owned()])).unwrap();
        registry.guest(&counter("9", &[], &[])).unwrap_err();
        registry
    }

    #[test]
    fn golden() {
        insta::assert_snapshot!("busy", busy().encode_all());
    }

    #[test]
    fn golden_start() {
        insta::assert_snapshot!("start", registry().encode_all());
    }

    #[test]
    fn series_are_few() {
        let series = |registry: &Registry| registry.encode_all().lines().filter(|line| !line.starts_with('#')).count();
        assert!(series(&registry()) <= 80, "{}", series(&registry()));
        assert!(series(&busy()) <= 160, "{}", series(&busy()));
    }

    #[test]
    fn the_text_is_what_a_gateway_takes() {
        let text = busy().encode_all();
        assert!(text.ends_with('\n') && !text.contains('\r'));
        let types: Vec<_> = text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
        let mut unique = types.clone();
        unique.dedup();
        assert_eq!(types, unique);
        let mut series: Vec<_> =
            text.lines().filter_map(|line| line.rsplit_once(' ').map(|(series, _)| series)).collect();
        let count = series.len();
        series.sort_unstable();
        series.dedup();
        assert_eq!(series.len(), count);
    }

    #[test]
    fn an_invocation_counts_once() {
        let mut registry = registry();
        let report = r#"{"requestId":"a","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":100,"billedDurationMs":200,"memorySizeMB":128,"maxMemoryUsedMB":128}}"#;
        let done = r#"{"requestId":"a","status":"error","errorType":"Runtime.ExitError","metrics":{"durationMs":90}}"#;
        for _ in 0..3 {
            observe(&mut registry, "platform.start", r#"{"requestId":"a"}"#);
            observe(&mut registry, "platform.runtimeDone", done);
            observe(&mut registry, "platform.report", report);
        }
        for (family, expected) in [
            ("faas_invocations_total", "1"),
            ("faas_coldstarts_total", "1"),
            ("faas_invoke_duration_seconds_sum", "0.09"),
            ("faas_invoke_duration_seconds_count", "1"),
            ("faas_billed_duration_seconds_total", "0.2"),
            ("faas_out_of_memory_total", "1"),
            ("faas_timeouts_total", "0"),
        ] {
            assert_eq!(values(&registry, family), [expected], "{family}");
        }
        assert!(
            values(&registry, "faas_errors_total")
                .iter()
                .any(|line| line.contains("\"error\"") && line.ends_with(" 1"))
        );
    }

    #[test]
    fn faults_are_told_apart() {
        let mut registry = registry();
        for (kind, record) in [
            // The runtime was fine, an extension was not: only the report knows.
            ("platform.runtimeDone", r#"{"requestId":"1","status":"success"}"#),
            ("platform.report", r#"{"requestId":"1","status":"error","errorType":"Extension.Crash","metrics":{}}"#),
            ("platform.runtimeDone", r#"{"requestId":"2","status":"timeout"}"#),
            ("platform.report", r#"{"requestId":"2","status":"timeout","metrics":{}}"#),
            ("platform.report", r#"{"requestId":"3","status":"timeout","errorType":"Sandbox.Timedout","metrics":{}}"#),
            ("platform.runtimeDone", r#"{"requestId":"4","status":"error","errorType":"Runtime.OutOfMemory"}"#),
            ("platform.report", r#"{"requestId":"5","status":"failure","errorType":"Sandbox.Failure","metrics":{}}"#),
            ("platform.report", r#"{"requestId":"6","status":"brandNew","metrics":{}}"#),
            // Nearly all memory used, and still well.
            (
                "platform.report",
                r#"{"requestId":"7","status":"success","metrics":{"memorySizeMB":128,"maxMemoryUsedMB":128}}"#,
            ),
            // Known late: the runtime exited, and then it turns out that memory was full.
            ("platform.runtimeDone", r#"{"requestId":"8","status":"error","errorType":"Runtime.ExitError"}"#),
            (
                "platform.report",
                r#"{"requestId":"8","status":"error","errorType":"Runtime.ExitError","metrics":{"memorySizeMB":128,"maxMemoryUsedMB":128}}"#,
            ),
        ] {
            observe(&mut registry, kind, record);
        }
        assert_eq!(values(&registry, "faas_invocations_total"), ["8"]);
        assert_eq!(values(&registry, "faas_timeouts_total"), ["2"]);
        assert_eq!(values(&registry, "faas_out_of_memory_total"), ["2"]);
        let errors = values(&registry, "faas_errors_total");
        assert_eq!(
            errors,
            ["{status=\"error\"} 3", "{status=\"failure\"} 1", "{status=\"other\"} 1", "{status=\"timeout\"} 2"]
        );
    }

    #[test]
    fn cold_starts_are_those_that_someone_waits_for() {
        for (init_type, expected) in
            [("on-demand", "1"), ("snap-start", "1"), ("provisioned-concurrency", "0"), ("", "1")]
        {
            let function = FunctionIdentity { init_type: init_type.to_owned(), ..FunctionIdentity::default() };
            let mut registry = Registry::new(&function, "0", Limits { max_guest_series: 0 });
            observe(&mut registry, "platform.start", r#"{"requestId":"a"}"#);
            observe(&mut registry, "platform.start", r#"{"requestId":"b"}"#);
            let text = registry.encode_platform();
            let line = text.lines().find(|line| line.starts_with("faas_coldstarts_total{")).unwrap();
            assert!(line.ends_with(&format!(" {expected}")), "{init_type}: {line}");
        }
    }

    #[test]
    fn managed_instances_have_only_reports() {
        let mut registry = registry();
        observe(
            &mut registry,
            "platform.report",
            r#"{"requestId":"a","status":"success","metrics":{"durationMs":1.148},"spans":[{"name":"responseLatency","durationMs":0.847}]}"#,
        );
        assert_eq!(values(&registry, "faas_invoke_duration_seconds_count"), ["1"]);
        assert_eq!(values(&registry, "faas_response_latency_seconds_count"), ["1"]);
    }

    #[test]
    fn nonsense_leaves_no_trace() {
        let mut registry = registry();
        let before = registry.encode_all();
        for (kind, record) in [
            (
                "platform.report",
                r#"{"metrics":{"durationMs":-5,"billedDurationMs":"x","memorySizeMB":null,"maxMemoryUsedMB":1e999}}"#,
            ),
            ("platform.report", "null"),
            ("platform.runtimeDone", "[]"),
            ("platform.logsDropped", r#"{"droppedRecords":-1}"#),
            ("platform.brandNewThing", "{}"),
        ] {
            observe(&mut registry, kind, record);
        }
        assert_eq!(registry.encode_all(), before);
    }

    #[test]
    fn error_types_are_capped() {
        let mut registry = registry();
        for (n, letter) in ('A'..='Z').enumerate() {
            let record = format!(r#"{{"requestId":"{n}","status":"error","errorType":"Function.Is{letter}"}}"#);
            observe(&mut registry, "platform.runtimeDone", &record);
        }
        assert_eq!(values(&registry, "faas_error_types_total").len(), 17);
    }

    #[test]
    fn an_error_type_that_is_no_name_is_not_shown() {
        let mut registry = registry();
        for word in
            ["jane@example.com said no", "4111.1111.1111.1111", "jane.doe", "Runtime.4111111111111111", "Runtime."]
        {
            let record = format!(r#"{{"requestId":"{word}","status":"error","errorType":"{word}"}}"#);
            observe(&mut registry, "platform.runtimeDone", &record);
        }
        observe(
            &mut registry,
            "platform.report",
            r#"{"requestId":"x","status":"error","errorType":"Sandbox.Failure"}"#,
        );
        let text = registry.encode_all();
        assert!(text.contains(r#"error_type="Sandbox.Failure""#) && text.contains(r#"error_type="other""#), "{text}");
        assert!(!text.contains("jane") && !text.contains("4111"), "{text}");
    }

    #[test]
    fn what_becomes_known_late_is_on_every_series() {
        let mut registry = busy();
        registry.identify(&FunctionIdentity { version: "12".to_owned(), ..FunctionIdentity::default() });
        let text = registry.encode_all();
        let mut series = text.lines().filter(|line| !line.starts_with('#'));
        assert!(series.all(|line| line.contains("function=\"\",region=\"\",version=\"12\"")));
    }

    #[test]
    fn the_identity_is_exported() {
        let registry = busy();
        let sum = |family: &str| -> f64 {
            values(&registry, family).iter().map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
        };
        let settled = ["shipped_total", "filtered_total", "dropped_total", "pending"];
        let settled: f64 = settled.iter().map(|part| sum(&format!("telesieve_events_{part}"))).sum();
        assert_eq!((sum("telesieve_events_received_total"), settled), (15.0, 15.0));
    }

    #[test]
    fn a_refused_family_is_left_out() {
        let mut registry = busy();
        let family = "telesieve_guest_orders_total";
        assert!(registry.encode_all().contains(family));
        assert!(!registry.encode_platform().contains(family));
        assert!(registry.leave_out(family));
        assert!(!registry.leave_out(family), "a second time changes nothing");
        assert!(!registry.leave_out("go_info"), "not ours");
        assert!(!registry.encode_all().contains(family));
        assert!(registry.leave_out("faas_invocations_total"));
        assert!(!registry.encode_all().contains("faas_invocations_total"));
        assert_eq!(values(&registry, "telesieve_families_left_out"), ["2"]);
    }

    proptest! {
        #[test]
        fn no_event_makes_it_panic(
            kind in prop_oneof![
                Just("platform.report"), Just("platform.runtimeDone"), Just("platform.initReport"), Just("platform.start"),
                Just("platform.restoreReport"), Just("platform.logsDropped"),
            ],
            value in prop_oneof![any::<f64>().prop_map(|v| v.to_string()), "\\PC*".prop_map(|v| format!("{v:?}"))],
            word in "\\PC{0,12}",
        ) {
            let mut registry = registry();
            let record = format!(
                r#"{{"requestId":"a","status":"{word}","errorType":"{word}","phase":"{word}","droppedRecords":{value},
                "metrics":{{"durationMs":{value},"billedDurationMs":{value},"memorySizeMB":{value}}}}}"#
            );
            observe(&mut registry, kind, &record);
            prop_assert!(registry.encode_all().ends_with('\n'));
        }
    }
}

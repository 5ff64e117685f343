#![expect(clippy::panic, reason = "a test may panic")]

use super::*;

const EVENTS: &str = include_str!("../../../../tests/fixtures/events.ndjson");

/// The example event of that line, as the fixture numbers them.
fn example(line: usize) -> PlatformEvent {
    let split = crate::split(EVENTS);
    let envelope = &split.envelopes[line - 1];
    read(&envelope.kind, envelope.record).expect("the example is a platform event")
}

#[track_caller]
fn report(line: usize) -> Report {
    match example(line) {
        PlatformEvent::Report(report) => report,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn memory(line: usize) -> Option<f64> {
    match example(line) {
        PlatformEvent::InitStart(start) | PlatformEvent::RestoreStart(start) => start.instance_max_memory_bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_report_is_read() {
    let expected = Report {
        request_id: Some("0b7c1f5e-3a52-4d0e-9a41-6f2d8c9e1b30".into()),
        status: Some(Status::Success),
        duration_ms: Some(77.829),
        billed_duration_ms: Some(266.0),
        memory_size_mb: Some(512.0),
        max_memory_used_mb: Some(49.0),
        init_duration_ms: Some(187.193),
        ..Report::default()
    };
    assert_eq!(report(83), expected);
}

#[test]
fn reports_may_lack_and_add_things() {
    assert_eq!(report(85).spans.duration_ms("extensionOverhead"), Some(137.4));
    assert_eq!(report(86).status, None);
    assert_eq!((report(90).restore_duration_ms, report(90).billed_restore_duration_ms), (Some(500.795), Some(53.0)));
    assert_eq!(report(91).billed_duration_ms, None);
    assert_eq!((report(93).duration_ms, report(93).billed_duration_ms), (Some(9.0), Some(9.0)));
    assert_eq!((report(123).request_id, report(124).duration_ms), (None, None));
}

#[test]
fn the_end_of_the_runtime_is_read() {
    let PlatformEvent::RuntimeDone(done) = example(74) else { panic!("no runtimeDone") };
    assert_eq!((done.duration_ms, done.produced_bytes), (Some(77.482), Some(318.0)));
    assert_eq!(done.spans.duration_ms("responseLatency"), Some(77.132));
    assert_eq!(done.spans.0[0].start_ms, Some(1_772_439_320_290));
    let PlatformEvent::RuntimeDone(odd) = example(81) else { panic!("no runtimeDone") };
    assert_eq!((odd.spans.0[0].start_ms, odd.spans.duration_ms("someTimeSpan")), (None, Some(80.0)));
    let PlatformEvent::RuntimeDone(nulls) = example(82) else { panic!("no runtimeDone") };
    assert_eq!((nulls.error_type, nulls.produced_bytes, nulls.duration_ms), (None, None, Some(13.0)));
    let PlatformEvent::RuntimeDone(unknown) = example(111) else { panic!("no runtimeDone") };
    assert_eq!(unknown.status, Some(Status::Other("cancelled".into())));
}

#[test]
fn memory_comes_in_two_units_and_two_types() {
    assert_eq!(memory(2), None);
    assert_eq!(memory(3), Some(512.0 * 1_048_576.0));
    assert_eq!(memory(7), Some(4_294_967_296.0));
    assert_eq!(memory(95), Some(512.0 * 1_048_576.0));
    assert_eq!(memory(96), None);
}

#[test]
fn initialisations_are_read() {
    let PlatformEvent::InitReport(report) = example(27) else { panic!("no initReport") };
    assert_eq!((report.phase.as_deref(), report.status), (Some("invoke"), Some(Status::Error)));
    assert_eq!((report.error_type.as_deref(), report.duration_ms), (Some("Extension.Crash"), Some(5.51)));
    let PlatformEvent::InitRuntimeDone(done) = example(14) else { panic!("no initRuntimeDone") };
    assert_eq!((done.phase, done.initialization_type.as_deref()), (None, Some("on-demand")));
}

#[test]
fn the_rest_is_read() {
    let PlatformEvent::Extension(extension) = example(18) else { panic!("no extension") };
    assert_eq!((extension.state.as_deref(), extension.events.len()), (Some("Ready"), 2));
    let PlatformEvent::LogsDropped(dropped) = example(101) else { panic!("no logsDropped") };
    assert_eq!((dropped.dropped_records, dropped.dropped_bytes), (Some(123.0), Some(12_345.0)));
    let PlatformEvent::Start(start) = example(33) else { panic!("no start") };
    assert_eq!(start.tenant_id.as_deref(), Some("tenant-blue"));
    let PlatformEvent::RestoreReport(restored) = example(99) else { panic!("no restoreReport") };
    assert_eq!(restored.duration_ms, Some(411.87));
    let PlatformEvent::Subscription(subscription) = example(107) else { panic!("no subscription") };
    assert_eq!(subscription.types, ["platform", "function"]);
}

#[test]
fn unknown_kinds_keep_their_name() {
    assert_eq!(example(109), PlatformEvent::Other("platform.brandNewThing".into()));
    assert_eq!(read("function", "{}"), None);
    assert_eq!(read("platform.start", "\"START\""), Some(PlatformEvent::Start(Start::default())));
}

#[test]
fn broken_records_give_what_can_be_read() {
    let read = read("platform.report", r#"{"requestId":"r","metrics":{"durationMs":"12.5","billedDurationMs":1e999,"#);
    assert_eq!(read, Some(PlatformEvent::Report(Report { request_id: Some("r".into()), ..Report::default() })));
}

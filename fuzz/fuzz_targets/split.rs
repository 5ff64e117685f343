//! Bodies of any kind: every event is a piece of the body, and following the invocations survives all of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telesieve_core::{Body, Stitcher, Tracker, record, split};

fuzz_target!(|data: &[u8]| {
    let body = Body::clean(data.to_vec());
    assert!(body.as_str().bytes().all(|byte| byte >= 0x20), "a control character got through");
    let found = split(body.as_str());
    let bytes: usize = found.envelopes.iter().map(|envelope| envelope.record.len()).sum();
    assert!(bytes <= body.len(), "records overlap");
    let mut stitcher = Stitcher::new();
    for body in [&found, &found] {
        let pieces = stitcher.stitch(body.clone());
        assert!(pieces.envelopes().count() <= body.envelopes.len() + body.fragments.len() + 1, "events were invented");
    }
    assert!(stitcher.finish().envelopes().count() <= 1, "more than one piece was held");
    let mut tracker = Tracker::new();
    for envelope in &found.envelopes {
        tracker.observe(&envelope.kind, &envelope.record.into());
        let _severity = record::severity(envelope.record);
        if let Some(span) = record::message_span(envelope.record) {
            assert!(envelope.record.get(span).is_some(), "a message outside of its record");
        }
    }
});

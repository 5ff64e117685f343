//! Records of platform events: the first byte chooses the kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telesieve_core::platform;

const KINDS: [&str; 14] = [
    "platform.initStart",
    "platform.initRuntimeDone",
    "platform.initReport",
    "platform.start",
    "platform.runtimeDone",
    "platform.report",
    "platform.restoreStart",
    "platform.restoreRuntimeDone",
    "platform.restoreReport",
    "platform.extension",
    "platform.telemetrySubscription",
    "platform.logsDropped",
    "platform.fault",
    "platform.unheardOf",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let record = String::from_utf8_lossy(rest);
    let _event = platform::read(KINDS[usize::from(*first) % KINDS.len()], &record);
});

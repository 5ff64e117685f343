//! What a server, or whatever stands in its place, answers to a bulk request: as many statuses as asked for, or a fault.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telesieve_sinks::read_answer;

fuzz_target!(|data: &[u8]| {
    for expected in [0, 1, 3] {
        if let Ok(items) = read_answer(data, expected) {
            assert_eq!(items.len(), expected);
        }
    }
});

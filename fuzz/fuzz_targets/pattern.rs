//! Automata as they lie in a pack: refused, or good for a search. The text to search stands in the last 64 bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use telesieve_kernels::Pattern;

fuzz_target!(|data: &[u8]| {
    let (automata, text) = data.split_at(data.len().saturating_sub(64));
    if let Ok(pattern) = Pattern::from_bytes(automata) {
        let _ = pattern.is_match(&String::from_utf8_lossy(text));
    }
});

//! Garbled edit scripts on records of every kind, through whole chains: everything is accounted for, and nothing that was
//! JSON stops being JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| telesieve_engine::try_chain(data));

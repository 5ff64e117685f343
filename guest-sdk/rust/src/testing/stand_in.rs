//! The host's functions, natively. Without a running harness they give nothing.

use std::cell::RefCell;

use regex_lite::Regex;
use serde_json::Value;

use super::fields;
use crate::bindings::types::Place;

/// What the harness lends to the stand-ins while a batch runs.
#[derive(Default)]
pub(crate) struct Lent {
    pub(crate) records: Vec<String>,
    pub(crate) patterns: Vec<Regex>,
    pub(crate) log: Vec<String>,
}

thread_local! {
    pub(crate) static LENT: RefCell<Lent> = RefCell::default();
}

pub(crate) fn read(index: u32) -> Vec<u8> {
    LENT.with_borrow(|lent| {
        lent.records.get(index as usize).map(|record| record.clone().into_bytes()).unwrap_or_default()
    })
}

pub(crate) fn read_many(indices: &[u32]) -> Vec<Vec<u8>> {
    indices.iter().map(|index| read(*index)).collect()
}

pub(crate) fn body() -> Vec<u8> {
    LENT.with_borrow(|lent| lent.records.concat().into_bytes())
}

pub(crate) fn matches(pattern: u32, place: &Place) -> Vec<u32> {
    LENT.with_borrow(|lent| {
        let Some(regex) = lent.patterns.get(pattern as usize) else { return Vec::new() };
        let found = |record: &String| {
            let record = serde_json::from_str(record).unwrap_or(Value::Null);
            fields::texts(&record, place).iter().any(|text| regex.is_match(text))
        };
        (0..).zip(&lent.records).filter(|(_, record)| found(record)).map(|(index, _)| index).collect()
    })
}

/// The same function as the host's: FNV-1a with a finalizer. It is part of the contract.
pub(crate) fn hash64(text: &str) -> u64 {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

pub(crate) fn log(level: u8, message: &str) {
    let level = ["error", "warning", "info", "debug"].get(usize::from(level)).unwrap_or(&"debug");
    LENT.with_borrow_mut(|lent| lent.log.push(format!("{level}: {message}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_hosts() {
        assert_eq!(hash64(""), 0xefd0_1f60_ba99_2926);
        assert_eq!(hash64("text"), 0x06e3_0940_b838_3f9d);
    }
}

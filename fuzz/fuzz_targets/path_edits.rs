//! Edits by path: the first line is a path, the second a value, the rest a record. JSON stays JSON.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use telesieve_core::Body;
use telesieve_kernels::{HashKey, Path, Place, edit};

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |byte| *byte == b'\n');
    let mut next = || parts.next().map(|part| Body::clean(part.to_vec()));
    let (Some(path), Some(value), Some(record)) = (next(), next(), next()) else { return };
    let Ok(parsed) = Path::parse(path.as_str()) else { return };
    let record = record.as_str();
    let key = HashKey::new(b"fuzz");
    let value = if is_json(value.as_str()) { value.as_str() } else { "null" };
    let edited: [Cow<'_, str>; 7] = [
        edit::set(record, &parsed, value),
        edit::remove(record, &parsed),
        edit::rename(record, &parsed, "new"),
        edit::truncate(record, &Place::Whole, 8),
        edit::truncate(record, &Place::Field(parsed.clone()), 8),
        edit::hash_field(record, &parsed, &key),
        edit::mask_field(record, &parsed, 4),
    ];
    if is_json(record) {
        for (number, text) in edited.iter().enumerate() {
            assert!(is_json(text), "edit {number} made {text:?}");
        }
    }
});

fn is_json(text: &str) -> bool {
    serde_json::from_str::<Box<serde_json::value::RawValue>>(text).is_ok()
}

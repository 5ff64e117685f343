//! Packs: a damaged one is a fault of its transform, and nothing else. The machine code is missing, so that nothing runs.
#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use telesieve_config::Transform;
use telesieve_core::FunctionIdentity;
use telesieve_engine::Chain;
use tempfile::TempDir;

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir_in("/dev/shm").expect("memory for a folder"));
}

fuzz_target!(|data: &[u8]| {
    FOLDER.with_borrow(|folder| {
        // As it is, and with its checksum: without it, nothing behind would ever be reached.
        for pack in [data.to_vec(), [data, &crc32(data).to_le_bytes()].concat()] {
            std::fs::write(folder.path().join("fuzz.pack"), pack).expect("the file can be written");
            let transform = Transform { name: "fuzz".to_owned(), artifact: "fuzz".to_owned(), ..Transform::default() };
            let function = FunctionIdentity::default();
            let (_, faults) = Chain::load(&[transform], &BTreeMap::new(), folder.path(), &function);
            assert_eq!(faults.len(), 1);
        }
    });
});

/// CRC-32 as gzip has it, bit by bit.
fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

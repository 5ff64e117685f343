//! Configuration files: whatever they hold, there is a configuration to run with.
#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};

use libfuzzer_sys::fuzz_target;
use tempfile::NamedTempFile;

thread_local! {
    static FILE: RefCell<NamedTempFile> = RefCell::new(tempfile::NamedTempFile::new_in("/dev/shm").expect("memory for a file"));
}

fuzz_target!(|data: &[u8]| {
    FILE.with_borrow_mut(|file| {
        file.as_file_mut().set_len(0).expect("the file can be emptied");
        file.seek(SeekFrom::Start(0)).expect("the file can be rewound");
        file.write_all(data).expect("the file can be written");
        let loaded = telesieve_config::load_file(file.path(), true, &BTreeMap::new());
        for error in &loaded.errors {
            assert!(!error.to_string().is_empty());
        }
    });
});

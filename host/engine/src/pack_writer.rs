//! Writes what `pack` reads. Not in the extension.

use crate::contract;
use crate::pack::{MAGIC, Pack};
use crate::seal::crc32;

impl Pack {
    /// The file's content.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::from(*MAGIC);
        put(&mut out, contract::contract_text().as_bytes());
        put(&mut out, contract::ARTIFACT.as_bytes());
        out.extend_from_slice(&self.component);
        out.push(self.kind as u8);
        put(&mut out, self.name.as_bytes());
        put(&mut out, self.version.as_bytes());
        put_count(&mut out, self.kinds.len());
        self.kinds.iter().for_each(|kind| put(&mut out, kind.as_bytes()));
        put_count(&mut out, self.patterns.len());
        for (source, automaton) in &self.patterns {
            put(&mut out, source.as_bytes());
            put(&mut out, automaton);
        }
        let checksum = crc32(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("names, settings and automata are far below 4 GiB");
    out.extend_from_slice(&count.to_le_bytes());
}

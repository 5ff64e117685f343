//! Tables for unwinding, emptied in a binary that aborts at a panic.
//!
//! The standard library is compiled with them, and a C library and an assembler that do not know of `panic = "abort"` make
//! more. Nobody reads them: panics abort, traps of transforms are unwound by frame pointers, and a backtrace of a binary
//! without symbols says nothing. They stay in place, as zeros, because everything behind them has its address. Zeros cost
//! nothing in a zip and are never paged in. A backtrace that somebody asks for with `RUST_BACKTRACE` is empty, and libunwind
//! says in one line that it knows no such table; the message of the panic stands before it as ever.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// Sections that only unwinding reads.
const UNWINDING: [&[u8]; 3] = [b".eh_frame", b".eh_frame_hdr", b".gcc_except_table"];

/// Empties the tables of a program. A program that runs is left alone: the new file takes its place.
///
/// # Errors
/// It is no 64-bit ELF file, or cannot be written.
pub(crate) fn slim(program: &Path) -> Result<()> {
    let say = || format!("failed to take the tables for unwinding out of {}", program.display());
    let mut bytes = fs::read(program).with_context(say)?;
    if !empty(&mut bytes).with_context(say)? {
        return Ok(());
    }
    let unfinished = program.with_added_extension("part");
    fs::copy(program, &unfinished).with_context(say)?;
    fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, program)).with_context(say)
}

/// Whether there was anything to empty.
fn empty(elf: &mut [u8]) -> Result<bool> {
    let mut found = false;
    for range in tables(elf)? {
        let table = elf.get_mut(range).context("a section ends behind the file")?;
        found |= table.iter().any(|byte| *byte != 0);
        table.fill(0);
    }
    Ok(found)
}

/// Where the tables lie in the file.
fn tables(elf: &[u8]) -> Result<Vec<Range<usize>>> {
    ensure!(elf.starts_with(b"\x7fELF\x02\x01"), "it is no ELF file of 64 bits, little-endian");
    let (first, size) = (number(elf, 40, 8)?, number(elf, 58, 2)?);
    let (count, names) = (number(elf, 60, 2)?, number(elf, 62, 2)?);
    let names = contents(elf, first + names * size)?;
    let mut tables = Vec::new();
    for header in (0..count).map(|at| first + at * size) {
        let name = elf.get(names.start + number(elf, header, 4)?..names.end).context("a section has no name")?;
        if UNWINDING.iter().any(|table| name.split(|byte| *byte == 0).next() == Some(table)) {
            tables.push(contents(elf, header)?);
        }
    }
    Ok(tables)
}

/// What a section's header says of its place.
fn contents(elf: &[u8], header: usize) -> Result<Range<usize>> {
    let (start, length) = (number(elf, header + 24, 8)?, number(elf, header + 32, 8)?);
    Ok(start..start.checked_add(length).context("a section has no end")?)
}

fn number(elf: &[u8], at: usize, length: usize) -> Result<usize> {
    let bytes = elf.get(at..at + length).context("it is cut off")?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn tables_of_a_program_are_emptied_once_and_nothing_else_is() {
        let before = fs::read(std::env::current_exe().unwrap()).unwrap();
        let mut after = before.clone();
        assert!(empty(&mut after).unwrap());
        assert!(!empty(&mut after).unwrap());
        let tables = tables(&before).unwrap();
        assert_eq!(tables.len(), UNWINDING.len());
        let changed = |at: &usize| before[*at] != after[*at];
        assert!((0..before.len()).filter(changed).all(|at| tables.iter().any(|table| table.contains(&at))));
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for bytes in [&b""[..], b"\x7fELF\x02\x01", b"#!/bin/sh\n"] {
            assert!(empty(&mut bytes.to_vec()).is_err());
        }
    }
}

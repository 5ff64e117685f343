//! The AWS Lambda external extension.

use std::process::ExitCode;

/// musl's own allocator costs more than all transforms together.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    telesieve_extension::run()
}

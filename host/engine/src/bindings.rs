//! Rust types and calls for the world in `guest-sdk/wit`, made by wasmtime.
//!
//! What goes into a guest borrows, what comes out is owned.

wasmtime::component::bindgen!({
    path: "../../guest-sdk/wit",
    world: "transform",
    ownership: Borrowing { duplicate_if_necessary: false },
    imports: { default: trappable },
});

pub(crate) use exports::telesieve::transform::guest;
pub(crate) use telesieve::transform::{host, types};

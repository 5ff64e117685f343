//! The WIT world as Rust types, generated from `guest-sdk/wit`.
//!
//! The same types serve natively, where nothing calls the imports: `host` has stand-ins for them.

#![allow(missing_docs, unreachable_pub, reason = "generated from the WIT files, which hold the prose")]
#![allow(clippy::all, clippy::needless_pass_by_value, clippy::semicolon_if_nothing_returned, reason = "generated")]

wit_bindgen::generate!({
    path: "../wit",
    world: "transform",
    pub_export_macro: true,
    export_macro_name: "export_guest",
    default_bindings_module: "telesieve_guest::bindings",
    runtime_path: "telesieve_guest::wit_bindgen::rt",
    additional_derives: [PartialEq],
});

pub use exports::telesieve::transform::guest;
pub use telesieve::transform::{host, types};

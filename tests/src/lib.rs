//! The harness of the end-to-end tests: real servers, the `/opt` tree that ships, and what a test asks them.
//!
//! The tests themselves are one binary, `tests/e2e`. Servers are fetched by `xtask::tools`, started on free loopback
//! ports when a test first asks for them, shared by all tests of the binary, and gone when it is gone.

mod http;
mod opt;
mod process;
pub mod servers;

pub use http::{Answer, Http};
pub use opt::{cli, opt_tree, telesieve};
pub use process::free_port;

//! The project's chores as functions: what `cargo xtask` offers, and what the end-to-end tests fetch and build.
//!
//! Only the standard library, `anyhow` and other people's programs: this crate is compiled before anything else
//! on a fresh machine, so it has to be there in seconds.

pub mod assets;
pub mod bench;
mod bill;
pub mod build;
pub mod ci;
pub mod counts;
pub mod demo;
pub mod deploy;
pub mod dist;
pub mod docs;
pub mod extending;
pub mod flame;
pub mod fuzz;
pub mod package;
pub mod paths;
pub mod picture;
pub mod process;
pub mod site;
mod slim;
pub mod soak;
pub mod test;
pub mod tools;

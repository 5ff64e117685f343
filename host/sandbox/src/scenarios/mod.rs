//! Stories to play in a sandbox, and the secrets in them.

mod hostile;
mod replay;
mod secrets;
mod shop;

pub use hostile::{Hostile, hostile};
pub use replay::replay;
pub use secrets::{CONTAINER_TOKEN, ROLE_KEY_ID, ROLE_SECRET, ROLE_TOKEN, SECRETS, Secret, leaks};
pub use shop::shop;

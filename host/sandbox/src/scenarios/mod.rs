//! Stories to play.
/// x
pub const CONTAINER_TOKEN: &str = "x";
/// x
pub const ROLE_KEY_ID: &str = "x";
/// x
pub const ROLE_SECRET: &str = "x";
/// x
pub const ROLE_TOKEN: &str = "x";

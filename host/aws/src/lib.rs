//! What telesieve needs of AWS, without an SDK: signed requests, the role's credentials, secrets that are kept there.
//!
//! Pure: requests are described and answers are read here, and whoever has an HTTP client sends them. [`sign`] makes the
//! headers of Signature Version 4; [`Source`] says where the role's [`Keys`] come from; [`ask`], [`read`]
//! and [`select`] are about secrets that are kept in Secrets Manager or Parameter Store.
//!
//! No error and no `Debug` output holds a key, a token or a secret.

#![forbid(unsafe_code)]

mod canonical;
mod host;
mod keys;
mod secrets;
mod sign;

pub use canonical::query as canonical_query;
pub use host::region_of;
pub use keys::{ContainerUrl, CredentialsError, Keys, Source};
pub use secrets::{Call, SecretError, ask, read, select};
pub use sign::{Request, Scope, sign};

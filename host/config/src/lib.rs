//! Configuration of the extension: a file, the environment over it, and every mistake at once.

#![forbid(unsafe_code)]

mod model;

pub use model::{
    Config, Flush, FlushMode, Log, LogLevel, OnError, OpenSearch, PushGateway, Secret, Telemetry, Transform,
};

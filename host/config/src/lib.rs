//! Configuration of the extension: a file, the environment over it, and every error at once.
//!
//! An error never stops the function: [`load`] always gives a configuration to run with, and lists the errors next to it.
//! What is wrong with a sink switches that key back to its default; what is wrong with a transform, or may hide one,
//! closes it, so that nothing leaves that it should have seen.
//!
//! Every option is defined once, in [`OPTIONS`] and [`TRANSFORM_OPTIONS`]: the parser, the environment and the
//! reference page are made of these tables.

#![forbid(unsafe_code)]

mod config_error;
mod environment;
mod load;
mod locate;
mod model;
mod options;
mod reference;
mod regular;
mod secret;
mod sections;
mod toml_file;
mod transforms;
mod unknown;
mod value;

pub use config_error::{ConfigError, Place};
pub use environment::{CONFIG_VARIABLE, DEFAULT_PATH, Environment, ProcessEnvironment};
pub use load::{Loaded, load, load_file, load_over};
pub use locate::place_of_setting;
pub use model::{
    AwsService, Config, File, Flush, FlushMode, Log, LogLevel, OnError, OpenSearch, PushGateway, PushMode, Secrets,
    Telemetry, Transform,
};
pub use options::{OPTIONS, Opt, SECTIONS};
pub use reference::reference;
pub use regular::{open_regular, read_regular};
pub use secret::{Credential, Reference, ReferenceError, Secret, Store};
pub use transforms::{TRANSFORM_OPTIONS, TransformOpt};
pub use value::{Takes, Value};

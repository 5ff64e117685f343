//! The keys of hashes: those that the configuration holds, and those that it says where to find.
//!
//! They are needed before the first event goes through the chain, and once: a token must mean the same as long as the
//! sandbox lives. A key that cannot be read is missing, and the transform that needs it does not start: its events are
//! dropped and counted, none leaves without it.

use std::collections::BTreeMap;
use std::time::Duration;

use telesieve_config::{Credential, Secret};
use telesieve_sinks::Aws;
use tokio::time::Instant;

use crate::log::{Log, chain};

/// How long a try may take, for all keys. Events wait meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// A sandbox that is frozen in the middle of a try has another one.
const TRIES: usize = 2;

/// The keys by name. Says of every one that cannot be read why.
pub(crate) async fn read(keys: &BTreeMap<String, Credential>, aws: &Aws, log: &mut Log) -> BTreeMap<String, Secret> {
    let mut found = BTreeMap::new();
    for tries_left in (0..TRIES).rev() {
        let missing =
            keys.iter().map(|(name, key)| (name.as_str(), key)).filter(|(name, _)| !found.contains_key(*name));
        let (texts, faults) = aws.texts(missing, Instant::now() + PATIENCE).await;
        found.extend(texts);
        if tries_left > 0 && faults.iter().any(|(_, fault)| fault.is_transient()) {
            continue;
        }
        for (name, fault) in faults {
            log.error(format_args!("keys.{name}: failed to {}", chain(&fault)));
        }
        break;
    }
    found
}

//! The keys of hashes: those that the configuration holds, and those that it says where to find.
//!
//! They are needed before the first event goes through the chain, and once: a token must mean the same as long as the
//! sandbox lives. A key that cannot be read is missing, and the transform that needs it does not start: its events are
//! dropped and counted, none leaves without it. The first invocation is held meanwhile, so there is little time.

use std::collections::BTreeMap;
use std::time::Duration;

use telesieve_config::{Credential, Secret};
use telesieve_sinks::{Aws, AwsFault};
use tokio::time::{Instant, sleep};

use crate::log::{Log, chain};

/// How long it may take, for all keys.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between a try that failed for a passing reason, such as too many requests, and the next.
const PAUSE: Duration = Duration::from_millis(150);

/// The keys by name. Says of every one that cannot be read why.
pub(crate) async fn read(keys: &BTreeMap<String, Credential>, aws: &Aws, log: &mut Log) -> BTreeMap<String, Secret> {
    let mut found = BTreeMap::new();
    let mut until = Instant::now() + PATIENCE;
    let mut faults = fill(&mut found, keys, aws, until).await;
    if !faults.is_empty() && Instant::now() > until + PATIENCE {
        // The sandbox was frozen in between, before its first invocation: that was not the time that was meant.
        until = Instant::now() + PATIENCE;
        faults = fill(&mut found, keys, aws, until).await;
    }
    for (name, fault) in faults {
        log.error(format_args!("keys.{name}: {}", chain(&fault)));
    }
    found
}

/// Reads what is missing, as often as it makes sense. Returns what is missing then, and why.
async fn fill<'k>(
    found: &mut BTreeMap<String, Secret>,
    keys: &'k BTreeMap<String, Credential>,
    aws: &Aws,
    until: Instant,
) -> Vec<(&'k str, AwsFault)> {
    loop {
        let missing: Vec<_> = keys.iter().filter(|(name, _)| !found.contains_key(*name)).collect();
        let (texts, faults) = aws.texts(missing.into_iter().map(|(name, key)| (name.as_str(), key)), until).await;
        found.extend(texts);
        let may_pass = faults.iter().any(|(_, fault)| fault.is_transient());
        if !may_pass || Instant::now() + PAUSE >= until {
            return faults;
        }
        sleep(PAUSE).await;
    }
}

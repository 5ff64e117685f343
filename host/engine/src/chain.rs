//! The transforms of a configuration, one behind the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use telesieve_config::{Secret, Transform};
use telesieve_core::{Event, FunctionIdentity, Released};

use crate::{LoadFault, Outcome};

/// The transforms of a configuration, one behind the other.
#[derive(Debug)]
pub struct Chain {
    transforms: usize,
}

impl Chain {
    /// Sets up every transform. Never fails as a whole: a transform that cannot be set up becomes a closed stage.
    #[must_use]
    pub fn load(
        transforms: &[Transform],
        _keys: &BTreeMap<String, Secret>,
        _dir: &Path,
        _function: &FunctionIdentity,
    ) -> (Self, Vec<LoadFault>) {
        (Self { transforms: transforms.len() }, Vec::new())
    }

    /// Runs a batch through every transform. `time_left` bounds all of them together; `next_sequence` is the number of
    /// the next event, and appended events take theirs from it.
    pub fn process<'b>(
        &mut self,
        events: Vec<Event<'b>>,
        _time_left: Duration,
        _next_sequence: &mut u64,
    ) -> Outcome<'b> {
        if self.transforms > 0 {
            return Outcome { filtered: vec![("engine".into(), events.len() as u64)], ..Outcome::default() };
        }
        Outcome { released: events.into_iter().map(Released::by_chain).collect(), ..Outcome::default() }
    }
}

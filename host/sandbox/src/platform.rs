//! What the API and the life cycle share: the extensions, the telemetry, and a way to wait for a change.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::lock;
use crate::members::Members;
use crate::options::Options;
use crate::outcome::{Exit, Output};
use crate::relay::Relay;
use crate::telemetry::Emitted;

/// The platform's side of a sandbox.
pub(crate) struct Platform {
    pub(crate) options: Options,
    pub(crate) relay: Arc<Relay>,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

/// What changes while a sandbox lives.
pub(crate) struct State {
    pub(crate) members: Members,
    pub(crate) exits: Vec<Exit>,
    pub(crate) output: Vec<Output>,
}

impl Platform {
    pub(crate) fn new(options: Options) -> Self {
        let relay = Arc::new(Relay::new(options.telemetry.clone()));
        let state = State { members: Members::new(), exits: Vec::new(), output: Vec::new() };
        Self { options, relay, state: Mutex::new(state), changes: watch::Sender::new(0) }
    }

    /// Looks at the state.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&lock(&self.state))
    }

    /// Changes the state and wakes whoever waits for a change.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let result = change(&mut lock(&self.state));
        self.changes.send_modify(|number| *number += 1);
        result
    }

    /// Waits until the state yields something.
    pub(crate) async fn until<R>(&self, mut look: impl FnMut(&State) -> Option<R>) -> R {
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(found) = self.read(&mut look) {
                return found;
            }
            changes.changed().await.expect("the sender lives as long as self");
        }
    }

    /// An extension printed a line.
    pub(crate) fn printed(&self, output: Output) {
        if self.options.echo_extension_output {
            let format = self.options.function.log_format;
            self.relay.emit(Emitted::line("extension", &output.line, format));
        }
        self.change(|state| state.output.push(output));
    }

    /// The process of an extension has ended.
    pub(crate) fn exited(&self, exit: Exit) {
        self.change(|state| {
            state.members.exited(&exit.name);
            state.exits.push(exit);
        });
    }
}

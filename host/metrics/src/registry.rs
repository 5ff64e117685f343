//! The registry: where metrics of all sources come together and become text.

use std::collections::BTreeSet;

use prometheus::TextEncoder;
use prometheus::proto::MetricFamily;
use telesieve_core::platform::PlatformEvent;
use telesieve_core::{FunctionIdentity, Ledger};

use crate::family::Maker;
use crate::guest::{GUEST_PREFIX, GuestError, GuestSample, Guests};
use crate::health::Health;
use crate::platform::Platform;

/// Families that may be left out: a gateway that refuses more than these has another problem.
const MAX_LEFT_OUT: usize = 64;

/// Limits of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most series that transforms may make, all metrics together. A histogram makes one per bucket and three more.
    pub max_guest_series: usize,
}

/// Everything that is pushed.
pub struct Registry {
    own: prometheus::Registry,
    guest: prometheus::Registry,
    platform: Platform,
    health: Health,
    guests: Guests,
    left_out: BTreeSet<String>,
}

impl Registry {
    /// All counters that are known beforehand start at zero: PromQL's `increase` cannot see the first value of a
    /// series. `build` is our own version.
    #[must_use]
    pub fn new(function: &FunctionIdentity, build: &str, limits: Limits) -> Self {
        let (own, guest) = (prometheus::Registry::new(), prometheus::Registry::new());
        let labels = [("function", &*function.name), ("version", &*function.version), ("region", &*function.region)];
        let maker = Maker::new(own.clone(), &labels);
        let guests = Guests::new(Maker::new(guest.clone(), &labels), limits.max_guest_series);
        let (platform, health) = (Platform::new(&maker, function), Health::new(&maker, build));
        Self { own, guest, platform, health, guests, left_out: BTreeSet::new() }
    }

    /// Takes what the platform says. To be called before any transform sees the event.
    pub fn observe(&mut self, event: &PlatformEvent) {
        self.platform.observe(event);
    }

    /// Takes over the totals of the ledger.
    pub fn ledger(&mut self, ledger: &Ledger) {
        self.health.ledger(ledger);
    }

    /// The metrics of our own health, to be counted up.
    pub fn health(&mut self) -> &mut Health {
        &mut self.health
    }

    /// Takes a sample of a transform.
    ///
    /// # Errors
    ///
    /// If it is not taken; that is counted.
    pub fn guest(&mut self, sample: &GuestSample<'_>) -> Result<(), GuestError> {
        let result = self.guests.record(sample);
        if let Err(error) = result {
            self.health.guest_refused(error.as_str());
        }
        result
    }

    /// Leaves a family out from now on, because the gateway refuses it. Returns whether that changes anything: if not,
    /// pushing again is of no use.
    pub fn leave_out(&mut self, family: &str) -> bool {
        let ours = family.starts_with(GUEST_PREFIX) || family.starts_with("faas_") || family.starts_with("telesieve_");
        let changes = ours && self.left_out.len() < MAX_LEFT_OUT && self.left_out.insert(family.to_owned());
        self.health.left_out(self.left_out.len());
        changes
    }

    /// Everything in the text format 0.0.4, ending in a line feed.
    #[must_use]
    pub fn encode_all(&self) -> String {
        let mut text = self.encode_platform();
        self.encode(&self.guest, &mut text);
        text
    }

    /// Everything but the metrics of transforms, for a gateway that refuses one of those and does not say which.
    #[must_use]
    pub fn encode_platform(&self) -> String {
        let mut text = String::with_capacity(16 << 10);
        self.encode(&self.own, &mut text);
        text
    }

    fn encode(&self, registry: &prometheus::Registry, text: &mut String) {
        let mut families = registry.gather();
        families.retain(|family: &MetricFamily| !self.left_out.contains(family.name()));
        let start = text.len();
        if TextEncoder::new().encode_utf8(&families, text).is_err() {
            text.truncate(start);
        }
    }
}

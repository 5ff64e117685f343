//! Sampling by invocation: all of its events are kept, or none.

use telesieve_guest::{Batch, Column, Event, Setup, Severity, hash64};

use crate::settings::Settings;

pub(crate) struct Sample {
    /// Request ids whose hash is below are kept.
    below: u64,
    platform: bool,
    keep_errors: bool,
    /// The outcome of an invocation in a platform event.
    status: Column,
    /// Whether an invocation is in the sample, by invocation of the batch.
    kept: Vec<bool>,
}

impl Sample {
    /// `None` if everything is kept.
    pub(crate) fn new(settings: &Settings, setup: &mut Setup) -> Option<Self> {
        if !(0.0..=1.0).contains(&settings.sample) {
            setup.reject("sample", "expected a fraction from 0 to 1");
        }
        (settings.sample < 1.0).then(|| Self {
            below: (settings.sample * u64::MAX as f64) as u64,
            platform: settings.sample_platform,
            keep_errors: settings.keep_errors,
            status: setup.column("status"),
            kept: Vec::new(),
        })
    }

    pub(crate) fn begin(&mut self, batch: &Batch) {
        let kept = batch.invocations().iter().map(|invocation| hash64(&invocation.request_id) < self.below);
        self.kept = kept.collect();
    }

    /// Events outside of any invocation are never dropped.
    pub(crate) fn drops(&self, event: &Event) -> bool {
        let kept = event.invocation_index().and_then(|index| self.kept.get(index)).copied().unwrap_or(true);
        let spared = || {
            let platform = event.kind().starts_with("platform.");
            (platform && !self.platform) || (self.keep_errors && self.is_error(event, platform))
        };
        !kept && !spared()
    }

    fn is_error(&self, event: &Event, platform: bool) -> bool {
        let failed = || event.column(self.status).is_some_and(|status| status != "success");
        event.severity().is_some_and(|severity| severity >= Severity::ERROR) || platform && failed()
    }
}

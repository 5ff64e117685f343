//! A sandbox from its start to its end.
//!
//! This file holds the handle and what can be asked of it at any time; init is in [`crate::init`], invocations in
//! [`crate::invoke`], the end in [`crate::shutdown`].

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::options::Options;
use crate::outcome::Output;
use crate::platform::Platform;
use crate::process::Process;
use crate::relay::Delivery;
use crate::report::{InitReport, Memory};
use crate::subscription::Destination;
use crate::telemetry::Emitted;
use crate::{api, lock, post};

/// A running sandbox. Processes are killed when it is dropped.
pub struct Sandbox {
    pub(crate) platform: Arc<Platform>,
    pub(crate) api: SocketAddr,
    pub(crate) processes: Mutex<Vec<Process>>,
    pub(crate) life: tokio::sync::Mutex<Life>,
    first_init: InitReport,
    server: JoinHandle<()>,
}

/// What one phase leaves to the next.
#[derive(Default)]
pub(crate) struct Life {
    /// Whether init has succeeded and no reset followed.
    pub(crate) ready: bool,
    /// Duration of an init that no report has mentioned yet.
    pub(crate) init: Option<Duration>,
    /// Whether the snapshot was resumed.
    pub(crate) restored: bool,
}

impl Sandbox {
    /// Starts the extensions and initialises the sandbox. An init that fails is told by [`Sandbox::init_report`], and
    /// repeated by the next invocation, as on the platform.
    ///
    /// # Errors
    /// If the API cannot be served, or there is no folder of extensions to look into.
    pub async fn start(options: Options) -> Result<Self> {
        Self::prepare(options).await?.init().await
    }

    /// Serves the API without starting anything: for extensions by [`Launch::Declared`](crate::Launch) that need
    /// [`Prepared::api`] first.
    ///
    /// # Errors
    /// See [`Sandbox::start`].
    pub async fn prepare(options: Options) -> Result<Prepared> {
        let platform = Arc::new(Platform::new(options));
        let (api, server) = api::serve(platform.clone()).await.context("failed to serve the Extensions API")?;
        Ok(Prepared { platform, api, server })
    }

    /// How the first init went.
    #[must_use]
    pub fn init_report(&self) -> &InitReport {
        &self.first_init
    }

    /// Value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn api(&self) -> String {
        self.api.to_string()
    }

    /// Stops the extensions where they are. Telemetry timers stand still.
    pub fn freeze_now(&self) {
        self.platform.relay.frozen.send_replace(true);
        lock(&self.processes).iter().for_each(Process::freeze);
    }

    /// Lets the extensions go on. Every phase begins with this.
    pub fn thaw(&self) {
        lock(&self.processes).iter().for_each(Process::thaw);
        self.platform.relay.frozen.send_replace(false);
    }

    /// Stays frozen for some time. The next phase thaws.
    pub async fn freeze(&self, time: Duration) {
        self.freeze_now();
        tokio::time::sleep(time).await;
    }

    /// Lets the extensions run for some time without an event, as the platform may.
    pub async fn run_idle(&self, time: Duration) {
        self.thaw();
        tokio::time::sleep(time).await;
        if self.platform.options.freeze {
            self.freeze_now();
        }
    }

    /// Sends events as they are, in batches like any other. They need not be JSON.
    pub fn post_events(&self, events: &[impl AsRef<str>]) {
        for event in events {
            self.platform.relay.emit(Emitted::verbatim(event.as_ref()));
        }
    }

    /// Waits until everything that was emitted has been taken, or the time is over. Nothing is sent while frozen.
    pub async fn flush_telemetry(&self, within: Duration) {
        self.platform.relay.flush(within).await;
    }

    /// Posts bytes as they are to the first subscriber, on a connection of their own, and returns the status.
    ///
    /// # Errors
    /// If there is no subscriber over HTTP, or it does not answer.
    pub async fn post_raw(&self, body: &[u8]) -> Result<u16> {
        let (port, path) = self.listener()?;
        post::post_raw(port, &path, body).await
    }

    /// Port and path of the first subscriber's listener.
    ///
    /// # Errors
    /// If there is no subscriber over HTTP.
    pub fn listener(&self) -> Result<(u16, String)> {
        match self.platform.relay.first_destination() {
            Some(Destination::Http { port, path }) => Ok((port, path)),
            _ => anyhow::bail!("no extension has subscribed to telemetry over HTTP"),
        }
    }

    /// Every batch so far, with what became of it.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.platform.relay.deliveries()
    }

    /// Events that no batch had been made of when their subscriber was gone.
    #[must_use]
    pub fn events_never_sent(&self) -> usize {
        self.platform.relay.events_never_sent()
    }

    /// Lines that extensions wrote to their outputs so far.
    #[must_use]
    pub fn output(&self) -> Vec<Output> {
        self.platform.read(|state| state.output.clone())
    }

    /// Memory of the first extension's process, if it runs.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        let processes = lock(&self.processes);
        let process = processes.first()?;
        Some(Memory { resident: process.memory("VmRSS")?, peak: process.memory("VmHWM")? })
    }

    /// What the first extension has spent of a processor, to a hundredth of a second.
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        lock(&self.processes).first()?.processor_time()
    }

    /// Process id of the first extension.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        lock(&self.processes).first().map(|process| process.pid)
    }

    pub(crate) fn emit(&self, kind: &str, record: &Value) {
        self.platform.relay.emit(Emitted::platform(kind, record));
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A sandbox whose API is served and whose init has not begun.
pub struct Prepared {
    platform: Arc<Platform>,
    api: SocketAddr,
    server: JoinHandle<()>,
}

impl Prepared {
    /// Value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn api(&self) -> String {
        self.api.to_string()
    }

    /// Goes on like [`Sandbox::start`].
    ///
    /// # Errors
    /// See [`Sandbox::start`].
    pub async fn init(self) -> Result<Sandbox> {
        let Self { platform, api, server } = self;
        let (outcome, took) = (crate::Outcome::Success, Duration::ZERO);
        let first_init = InitReport { outcome, took, exec_to_first_next: None, reset: None };
        let mut sandbox =
            Sandbox { platform, api, processes: Mutex::default(), life: Default::default(), first_init, server };
        let mut life = Life::default();
        sandbox.first_init = sandbox.init("init", &mut life).await?;
        sandbox.life = tokio::sync::Mutex::new(life);
        Ok(sandbox)
    }
}

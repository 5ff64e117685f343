//! The end: SHUTDOWN, a short time, SIGKILL.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::clock;
use crate::options::Launch;
use crate::process::Process;
use crate::report::ShutdownReport;
use crate::{Sandbox, lock};

/// When the last report arrives after SHUTDOWN: extensions were seen to wait 5 ms for it on average.
const LATE_REPORT: Duration = Duration::from_millis(5);

impl Sandbox {
    /// Shuts the sandbox down. The platform's reasons are `spindown`, `timeout`, `failure`; it has been seen to say
    /// others, and to change case. An invocation after this initialises the sandbox again, as after a reset.
    pub async fn shutdown(&self, reason: &str) -> ShutdownReport {
        let mut life = self.life.lock().await;
        life.ready = false;
        self.stop(reason).await
    }

    /// The host goes away: no SHUTDOWN, no time.
    pub fn vanish(&self) {
        lock(&self.processes).iter().for_each(Process::kill);
        self.platform.relay.forget_subscribers();
    }

    /// Tells everyone to stop and clears away what is left at the deadline.
    pub(crate) async fn stop(&self, reason: &str) -> ShutdownReport {
        let begun = Instant::now();
        let budget = self.platform.options.shutdown_budget;
        self.thaw();
        if self.platform.options.managed() {
            // On an instance of the customer's own, telemetry goes first.
            self.platform.relay.flush(budget / 2).await;
        }
        self.kill_those_who_need_no_telling();
        let budget_ms = i64::try_from(budget.as_millis()).unwrap_or(i64::MAX);
        let deadline = clock::now_ms().saturating_add(budget_ms);
        let event = json!({ "eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline });
        self.platform.change(|state| state.members.shutdown(&event.to_string()));
        let ended = tokio::time::timeout(budget, self.everyone_ended()).await.is_ok();
        let killed = if ended { Vec::new() } else { self.kill_the_rest().await };
        let exits = self.platform.read(|state| state.exits.clone());
        lock(&self.processes).clear();
        self.platform.relay.dismiss_subscribers().await;
        ShutdownReport { reason: reason.to_owned(), took: begun.elapsed(), exits, killed }
    }

    fn kill_those_who_need_no_telling(&self) {
        for process in lock(&self.processes).iter() {
            let told = self.platform.read(|state| state.members.get(&process.name).is_some_and(|m| m.shutdown));
            if !told {
                process.kill();
            }
        }
    }

    /// Waits for the processes; telemetry that is left goes out meanwhile. Extensions without a process of ours are
    /// given the telemetry and no more time.
    async fn everyone_ended(&self) {
        let telemetry = async {
            tokio::time::sleep(LATE_REPORT).await;
            self.platform.relay.flush(self.platform.options.shutdown_budget).await;
        };
        if matches!(self.platform.options.launch, Launch::Declared(_)) {
            return telemetry.await;
        }
        let ended = self.all_processes_ended();
        tokio::pin!(telemetry, ended);
        tokio::select! {
            () = &mut ended => {}
            () = &mut telemetry => ended.await,
        }
    }

    async fn all_processes_ended(&self) {
        let count = lock(&self.processes).len();
        self.platform.until(|state| (state.exits.len() >= count).then_some(())).await;
    }

    async fn kill_the_rest(&self) -> Vec<String> {
        let ended: Vec<String> = self.platform.read(|state| state.exits.iter().map(|exit| exit.name.clone()).collect());
        let mut killed = Vec::new();
        for process in lock(&self.processes).iter().filter(|process| !ended.contains(&process.name)) {
            process.kill();
            killed.push(process.name.clone());
        }
        // SIGKILL cannot be ignored, but the kernel may be busy.
        let _stuck = tokio::time::timeout(Duration::from_secs(1), self.all_processes_ended()).await;
        killed
    }
}

//! Init: extensions first, then the runtime, then everyone's first Next.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use crate::clock::millis;
use crate::invocation::Ending;
use crate::members::{Members, Phase};
use crate::options::{InitType, Launch};
use crate::outcome::Output;
use crate::platform::State;
use crate::process::{self, Process};
use crate::report::{InitReport, Outcome};
use crate::sandbox::Life;
use crate::{Sandbox, lock};

impl Sandbox {
    /// Initialises the sandbox; `phase` is `init`, or `invoke` if it is done again inside an invocation.
    pub(crate) async fn init(&self, phase: &str, life: &mut Life) -> Result<InitReport> {
        let begun = Instant::now();
        self.platform.relay.open();
        self.platform.change(|state| {
            state.members = Members::new();
            state.exits.clear();
        });
        self.emit("initStart", &self.init_start(phase));
        self.launch()?;
        let outcome = self.wait_for_init(phase).await;
        let took = begun.elapsed();
        self.conclude_init(phase, &outcome, took);
        life.ready = outcome == Outcome::Success;
        life.init = (phase == "init").then_some(took);
        life.restored = false;
        let exec_to_first_next = self.exec_to_first_next(begun);
        let mut report = InitReport { outcome, took, exec_to_first_next, reset: None };
        self.after_init(phase, &mut report).await;
        Ok(report)
    }

    /// A sandbox that was made ahead of its invocations is frozen until they come; one that broke is cleared away, and
    /// where the function is at fault extensions are told. Inside an invocation, that is over first.
    async fn after_init(&self, phase: &str, report: &mut InitReport) {
        if report.outcome == Outcome::Success {
            if matches!(self.platform.options.init_type, InitType::Provisioned | InitType::SnapStart) {
                self.freeze_now();
            }
        } else if *self.init_ending() == Ending::Success {
            lock(&self.processes).clear();
            self.platform.relay.forget_subscribers();
        } else if phase == "init" {
            report.reset = Some(self.stop("failure").await);
        }
    }

    /// How the function's part of this init ends.
    fn init_ending(&self) -> &Ending {
        const SUCCESS: Ending = Ending::Success;
        let number = self.platform.relay.generation().saturating_sub(1);
        self.platform.options.function.inits.get(usize::try_from(number).unwrap_or(usize::MAX)).unwrap_or(&SUCCESS)
    }

    fn init_start(&self, phase: &str) -> Value {
        let options = &self.platform.options;
        let function = &options.function;
        let mut record = json!({
            "initializationType": options.init_type.as_str(),
            "phase": phase,
            "functionName": function.name,
            "functionVersion": function.version,
        });
        if let Some(version) = &function.runtime_version {
            let digest = "5c1e7a0d3b9f4e6280a1d7c3f2b4968e0d5a7c1b3e9f8246a0c5d7e1f3b29486";
            record["runtimeVersion"] = version.clone().into();
            record["runtimeVersionArn"] = format!("arn:aws:lambda:{}::runtime:{digest}", function.region).into();
        }
        if options.managed() {
            record["instanceMaxMemory"] = (u64::from(function.memory_mb) << 20).into();
        }
        record
    }

    fn launch(&self) -> Result<()> {
        if let Launch::Declared(names) = &self.platform.options.launch {
            self.platform.change(|state| names.iter().for_each(|name| state.members.launched(name)));
        }
        let paths = process::executables(&self.platform.options.launch)?;
        let api = self.api.to_string();
        let mut started: Vec<Process> = Vec::new();
        for path in paths {
            let name = process::name_of(&path);
            self.platform.change(|state| state.members.launched(&name));
            match process::start(&self.platform, &path, &api) {
                Ok(process) => started.push(process),
                Err(error) => self.launch_failed(&name, &format!("{error:#}")),
            }
        }
        *lock(&self.processes) = started;
        Ok(())
    }

    fn launch_failed(&self, name: &str, reason: &str) {
        let line = format!("[sandbox] {reason}");
        self.platform.change(|state| state.output.push(Output { extension: name.to_owned(), line, is_error: true }));
        let kind = if reason.contains("ermission denied") { "PermissionDenied" } else { "UnknownError" };
        self.platform.change(|state| state.members.launch_failed(name, kind));
    }

    async fn wait_for_init(&self, phase: &str) -> Outcome {
        let options = &self.platform.options;
        let limit = match options.init_type {
            _ if phase == "invoke" => options.function.timeout,
            InitType::OnDemand => options.init_timeout,
            _ => options.init_timeout.max(options.function.timeout),
        };
        let ended = tokio::time::timeout(limit, self.everyone_ready(phase)).await.unwrap_or(Outcome::TimedOut);
        if ended == Outcome::TimedOut && *self.init_ending() == Ending::Timeout {
            self.runtime_initialized(phase, &ended);
        }
        ended
    }

    async fn everyone_ready(&self, phase: &str) -> Outcome {
        let registered = self.platform.until(|state| settled(state, state.members.all_registered())).await;
        if registered != Outcome::Success {
            return registered;
        }
        tokio::time::sleep(self.platform.options.function.init_time).await;
        let Some(outcome) = Outcome::of(self.init_ending()) else { return std::future::pending().await };
        self.platform.change(|state| state.members.open = false);
        self.runtime_initialized(phase, &outcome);
        if outcome != Outcome::Success {
            return outcome;
        }
        self.platform.until(|state| settled(state, state.members.all_ready())).await
    }

    fn runtime_initialized(&self, phase: &str, outcome: &Outcome) {
        let init_type = self.platform.options.init_type.as_str();
        let mut record = json!({ "initializationType": init_type, "phase": phase, "status": outcome.status() });
        if let Some(error_type) = outcome.error_type() {
            record["errorType"] = error_type.into();
        }
        self.emit("initRuntimeDone", &record);
    }

    fn conclude_init(&self, phase: &str, outcome: &Outcome, took: Duration) {
        self.platform.change(|state| state.members.open = false);
        for record in self.platform.read(|state| state.members.iter().map(extension_record).collect::<Vec<_>>()) {
            self.emit("extension", &record);
        }
        let mut record = json!({
            "initializationType": self.platform.options.init_type.as_str(),
            "phase": phase,
            "status": outcome.status(),
            "metrics": { "durationMs": millis(took) },
        });
        if let Some(error_type) = outcome.error_type() {
            record["errorType"] = error_type.into();
        }
        self.emit("initReport", &record);
        self.platform.relay.close();
    }

    fn exec_to_first_next(&self, begun: Instant) -> Option<Duration> {
        let executed = lock(&self.processes).first().map_or(begun, |process| process.started);
        let next = self.platform.read(|state| state.members.iter().find_map(|member| member.first_next))?;
        Some(next.saturating_duration_since(executed))
    }
}

/// Whether a part of init is over: well, or because an extension broke.
fn settled(state: &State, done: bool) -> Option<Outcome> {
    failed_extension(state).or_else(|| done.then_some(Outcome::Success))
}

/// The failure of an extension, if one failed.
pub(crate) fn failed_extension(state: &State) -> Option<Outcome> {
    let member = state.members.broken()?;
    let error_type = match member.phase {
        Phase::LaunchError => "Extension.LaunchError",
        Phase::InitError => "Extension.InitError",
        Phase::ExitError => "Extension.ExitError",
        _ => "Extension.Crash",
    };
    Some(Outcome::ExtensionError(error_type.to_owned()))
}

fn extension_record(member: &crate::members::Member) -> Value {
    let mut record = json!({ "name": member.name, "state": member.phase.as_str(), "events": member.events() });
    if let Some(error_type) = &member.error_type {
        record["errorType"] = error_type.clone().into();
    }
    record
}

//! Amazon's own emulator of the runtime, with an `/opt` tree and a small function that prints what it is told to.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use xtask::{paths, tools};

use crate::http::{Answer, Http};
use crate::process::{Process, folder, free_port};

const INVOKE: &str = "/2015-03-31/functions/function/invocations";

/// What the emulator emulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One invocation at a time; no Telemetry API: a subscription is answered by 202.
    Classic,
    /// An instance of the customer's own: telemetry is delivered, extensions get no INVOKE.
    Managed,
}

/// A running emulator.
#[derive(Debug)]
pub struct Emulator {
    http: Http,
    process: Process,
}

impl Emulator {
    /// Starts an emulator; `env` is what the function's owner configured. Needs root, or user namespaces.
    ///
    /// # Errors
    /// It cannot be fetched or started.
    pub async fn start(mode: Mode, opt: &Path, env: &BTreeMap<String, String>) -> Result<Self> {
        let emulator = tools::runtime_interface_emulator()?;
        let sources = paths::root().join("tests/servers/rie");
        let (port, runtime_port) = (free_port(), free_port());
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
        if !xtask::process::is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command.arg("sh").arg(sources.join("start.sh")).arg(emulator).arg(opt).arg(sources.join("function"));
        command.args([port, runtime_port].map(|port| port.to_string()));
        command.envs(env);
        if mode == Mode::Managed {
            command.env("AWS_LAMBDA_MAX_CONCURRENCY", "2").env("AWS_LAMBDA_FUNCTION_VERSION", "1");
        }
        command.env("AWS_LAMBDA_FUNCTION_NAME", "orders-api").env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512");
        let process = Process::start("rie", &folder(&format!("rie-{port}"))?, &command)?;
        let started = Self { http: Http::new(format!("http://127.0.0.1:{port}"), None)?, process };
        // Any answer will do: an invocation would be the first one already.
        started.process.ready(async || started.http.get("/").await.is_ok()).await?;
        Ok(started)
    }

    /// Invokes the function, which prints these lines, `{request}` in them being the request's id. Asks again for as
    /// long as the runtime is busy with the last one.
    ///
    /// # Errors
    /// No answer came.
    pub async fn invoke(&self, lines: &[&str]) -> Result<Answer> {
        self.invoke_slowly(lines, Duration::ZERO).await
    }

    /// The same, with a pause between lines.
    ///
    /// # Errors
    /// No answer came.
    pub async fn invoke_slowly(&self, lines: &[&str], pause: Duration) -> Result<Answer> {
        loop {
            let event = json!({"lines": lines, "pause": pause.as_secs_f64()});
            let answer = self.http.post(INVOKE, &event).await?;
            if !answer.text.contains("Runtime.Unavailable") {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Tells it to shut the sandbox down, which sends SHUTDOWN, and waits for its end.
    ///
    /// # Errors
    /// It goes on.
    pub async fn shut_down(&self) -> Result<ExitStatus> {
        let pid = self.emulator_pid().context("the emulator is gone")?;
        xtask::process::run(Command::new("kill").arg("-TERM").arg(pid.to_string()))?;
        self.process.ended(Duration::from_secs(10)).await
    }

    /// What it, the function and the extension wrote.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The emulator is the first process of its own namespace, two below its guardian.
    fn emulator_pid(&self) -> Option<u32> {
        let servers = children(self.process.guardian_pid());
        let mut emulators = servers.into_iter().flat_map(children);
        emulators.find(|pid| runs(*pid, "aws-lambda-rie"))
    }
}

fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn runs(pid: u32, program: &str) -> bool {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim() == program
}

//! Extensions as processes: started as the platform starts them, watched, stopped, killed.
//!
//! Each has a process group of its own, so that whatever it starts is frozen and killed with it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::environment;
use crate::options::Launch;
use crate::outcome::{Exit, Output};
use crate::platform::Platform;

/// How long the pipes of a process that has ended are read at most: another one may hold them open.
const LAST_LINES: Duration = Duration::from_millis(200);

/// Of the times that Linux tells of a process, on every machine that functions run on.
const TICKS_PER_SECOND: u64 = 100;

/// A running extension. It is killed when this is dropped.
pub(crate) struct Process {
    pub(crate) name: String,
    pub(crate) started: Instant,
    pub(crate) pid: u32,
    group: Pid,
}

/// Files that the platform would start, in its order.
pub(crate) fn executables(launch: &Launch) -> Result<Vec<PathBuf>> {
    let folder = match launch {
        Launch::Declared(_) => return Ok(Vec::new()),
        Launch::Binary(path) => {
            ensure!(path.is_file(), "failed to find {}", path.display());
            return Ok(vec![path.clone()]);
        }
        Launch::OptTree(root) => root.join("extensions"),
    };
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("failed to read {}: is this an /opt tree?", folder.display()))?;
    let mut paths: Vec<_> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| !path.is_dir()).collect();
    paths.sort();
    Ok(paths)
}

/// Name of an extension: the file's, with its suffix.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Starts an extension.
pub(crate) fn start(platform: &Arc<Platform>, path: &Path, api: &str) -> Result<Process> {
    // Links are kept: the platform knows an extension by the name of its entry.
    let path = std::path::absolute(path).with_context(|| format!("failed to find {}", path.display()))?;
    let name = name_of(&path);
    let started = Instant::now();
    let mut command = Command::new(&path);
    command
        .env_clear()
        .envs(environment::of_extension(&platform.options, api))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let spawned = match &platform.options.cpu_quota {
        Some(quota) => quota.around(|| command.spawn())?,
        None => command.spawn(),
    };
    let mut child = spawned.with_context(|| format!("failed to execute {}", path.display()))?;
    let pid = child.id().context("the process exited immediately")?;
    let group = i32::try_from(pid).ok().and_then(Pid::from_raw).context("the process has no id")?;
    let mut pipes = JoinSet::new();
    if let Some(stdout) = child.stdout.take() {
        pipes.spawn(listen(platform.clone(), name.clone(), stdout, false));
    }
    if let Some(stderr) = child.stderr.take() {
        pipes.spawn(listen(platform.clone(), name.clone(), stderr, true));
    }
    tokio::spawn(watch(platform.clone(), name.clone(), child, pipes));
    Ok(Process { name, started, pid, group })
}

/// Waits for the end of the process, and until all that it wrote has been read.
async fn watch(platform: Arc<Platform>, name: String, mut child: Child, pipes: JoinSet<()>) {
    if let Ok(status) = child.wait().await {
        let at = Instant::now();
        let _held_open = tokio::time::timeout(LAST_LINES, pipes.join_all()).await;
        platform.exited(Exit { name, status, at });
    }
}

async fn listen(platform: Arc<Platform>, extension: String, pipe: impl AsyncRead + Unpin, is_error: bool) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while pipe.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
        platform.printed(Output { extension: extension.clone(), line: text, is_error });
        line.clear();
    }
}

impl Process {
    /// Stops it where it is.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it at once.
    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// A signal to a group that has ended goes nowhere.
    fn signal(&self, signal: Signal) {
        let _gone = kill_process_group(self.group, signal);
    }

    /// A figure of `/proc/<pid>/status` in bytes, such as `VmRSS`.
    pub(crate) fn memory(&self, field: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kilobytes * 1_024)
    }

    /// What it has spent of a processor, to the tick.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        // The name stands in brackets and may hold anything; behind it, ten fields come first.
        let (_, fields) = stat.rsplit_once(')')?;
        let spent: Vec<u64> =
            fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
        let [user, system] = spent[..] else { return None };
        Some(Duration::from_millis((user + system) * 1_000 / TICKS_PER_SECOND))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

//! Child processes that cannot outlive the tests.
//!
//! A shared server lives in a static, which is never dropped, and a test run may end by a panic, a signal or Ctrl-C.
//! So every server has a guardian: a shell that waits for the end of a pipe which only the test process holds open.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Starts `"$@"`; kills it when standard input ends; ends when it ends.
const GUARDIAN: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -9 $server) 2>/dev/null &
wait $server
status=$?
kill $! 2>/dev/null
exit $status
"#;

/// How long a server may take to become ready on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A server's process. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    guardian: Mutex<Child>,
    log: PathBuf,
}

impl Process {
    /// Starts a server; its output goes to `<folder>/log`.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(name: &str, folder: &Path, command: &Command) -> Result<Self> {
        let log = folder.join("log");
        let output = File::create(&log)?;
        let mut guardian = Command::new("sh");
        guardian.args(["-c", GUARDIAN, name]).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => guardian.env(key, value),
                None => guardian.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            guardian.current_dir(folder);
        }
        guardian.stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
        let guardian = guardian.spawn().with_context(|| format!("failed to start {name}"))?;
        Ok(Self { name: name.to_owned(), guardian: Mutex::new(guardian), log })
    }

    /// Waits until `probe` says yes.
    ///
    /// # Errors
    /// The server ended, or did not get ready in time; the message holds the end of its log.
    pub(crate) async fn ready(&self, probe: impl AsyncFn() -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !probe().await {
            if let Some(status) = self.guardian().try_wait()? {
                bail!("{} ended with {status}:\n{}", self.name, self.log_end());
            }
            if Instant::now() > deadline {
                bail!("{} did not get ready:\n{}", self.name, self.log_end());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Waits for the server to end by itself.
    ///
    /// # Errors
    /// It did not within the given time.
    pub(crate) async fn ended(&self, within: Duration) -> Result<std::process::ExitStatus> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.guardian().try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("{} is still there:\n{}", self.name, self.log_end());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Everything that it wrote so far.
    #[must_use]
    pub(crate) fn log(&self) -> String {
        let mut bytes = Vec::new();
        let read = File::open(&self.log).and_then(|mut file| file.read_to_end(&mut bytes));
        drop(read);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The process that started the server and watches over it.
    #[must_use]
    pub(crate) fn guardian_pid(&self) -> u32 {
        self.guardian().id()
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    fn guardian(&self) -> std::sync::MutexGuard<'_, Child> {
        self.guardian.lock().expect("nobody panics while holding the guardian")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut guardian = self.guardian();
        drop(guardian.stdin.take());
        drop(guardian.wait());
    }
}

/// A folder for one server, empty, below the target folder.
///
/// # Errors
/// It cannot be created.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let all = xtask::paths::target().join("tests");
    let folder = all.join(format!("{name}.{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    sweep(&all)?;
    Ok(folder)
}

/// Removes folders of test processes that are gone.
fn sweep(all: &Path) -> Result<()> {
    for entry in fs::read_dir(all)? {
        let path = entry?.path();
        let owner = path.extension().and_then(|pid| pid.to_str()).and_then(|pid| pid.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            drop(fs::remove_dir_all(&path));
        }
    }
    Ok(())
}

/// A port that nobody listened on a moment ago.
///
/// # Panics
/// The machine has no port left.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port can be had");
    listener.local_addr().expect("a listener has an address").port()
}

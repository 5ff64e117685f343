//! Other programs: started in the repository, their output shown, their failures named by command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{assets, paths};

/// How long a fetch that failed waits before each further try: through the restart of a proxy, not through an outage.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_secs(8), Duration::from_secs(20), Duration::from_secs(45)];

/// A command that runs in the repository.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root());
    command
}

/// Cargo, as the one that started us.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What `cargo run` tells us about xtask is not for the crates that are built now: build scripts look at it, and
    // would run again whenever somebody calls cargo without us.
    let ours = |name: &String| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix));
    for name in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(ours) {
        cargo.env_remove(name);
    }
    // Every build of the program embeds the same things, so that none of them undoes another's work.
    cargo.env(assets::VARIABLE, assets::folder());
    cargo
}

/// Runs a command with its output on ours.
///
/// # Errors
/// It could not be started, or it failed.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("failed to start {}", line(command)))?;
    if !status.success() {
        bail!("{} failed with {status}", line(command));
    }
    Ok(())
}

/// Runs a command that fetches something: a network that fails once is asked again, after a wait.
///
/// # Errors
/// It could not be started, or failed every time; what it said stands above.
pub fn fetch(command: &mut Command) -> Result<()> {
    attempts(
        || run(command),
        |failure, wait| {
            say(&format!("{failure:#}; trying again in {} s", wait.as_secs()));
            std::thread::sleep(wait);
        },
    )
}

/// Tries until it succeeds or every pause has been taken.
fn attempts(mut attempt: impl FnMut() -> Result<()>, mut pause: impl FnMut(&anyhow::Error, Duration)) -> Result<()> {
    for wait in PAUSES {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(failure) => pause(&failure, wait),
        }
    }
    attempt()
}

/// Runs a command and returns what it wrote to standard output.
///
/// # Errors
/// It could not be started, or it failed; then with what it said.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("failed to start {}", line(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed with {}: {}", line(command), output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command can be run and succeeds; its output is of no interest.
#[must_use]
pub fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

/// A program in the search path.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// `PATH` with a folder in front.
#[must_use]
pub fn path_with(folder: &Path) -> std::ffi::OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&old));
    std::env::join_paths(folders).unwrap_or(old)
}

/// Whether we may install system packages.
#[must_use]
pub fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Announces what happens next.
pub fn step(text: &str) {
    say(&format!("==> {text}"));
}

/// A line for whoever sits in front of it.
#[expect(clippy::print_stderr, reason = "this is the one place that talks")]
pub fn say(text: &str) {
    eprintln!("{text}");
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(succeeds_at: usize) -> (bool, usize, Vec<Duration>) {
        let (mut tries, mut waits) = (0, Vec::new());
        let attempt = || {
            tries += 1;
            if tries == succeeds_at { Ok(()) } else { bail!("no network") }
        };
        let done = attempts(attempt, |_, wait| waits.push(wait)).is_ok();
        (done, tries, waits)
    }

    #[test]
    fn what_works_at_once_is_run_once() {
        assert_eq!(tried(1), (true, 1, vec![]));
    }

    #[test]
    fn a_failure_is_waited_out() {
        assert_eq!(tried(3), (true, 3, PAUSES[..2].to_vec()));
        assert_eq!(tried(5), (true, 5, PAUSES.to_vec()), "the last try counts");
    }

    #[test]
    fn what_never_works_ends() {
        assert_eq!(tried(0), (false, 5, PAUSES.to_vec()));
    }
}

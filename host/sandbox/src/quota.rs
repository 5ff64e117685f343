//! A share of a processor, as a function with little memory has it: a control group with a quota.
//!
//! The platform gives a function processor time in proportion to its memory and takes it away in slices. Version 1 of the
//! kernel's control groups can do the same to a process from its first instruction on: the thread that starts it joins the
//! group, starts it, and goes back. Where there is no such hierarchy, or no right to write there, there is no quota.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};

/// Where the hierarchy of processor shares is mounted.
const HIERARCHY: &str = "/sys/fs/cgroup/cpu";

/// Microseconds of a slice.
const PERIOD: u32 = 20_000;

/// A thread that writes this to a group joins it.
const MYSELF: &str = "0";

/// Processes that are started with it have this share together. Copies are the same group.
#[derive(Clone, Debug)]
pub struct CpuQuota(Arc<Group>);

#[derive(Debug)]
struct Group {
    folder: PathBuf,
    /// The group that we are in ourselves.
    home: PathBuf,
}

impl CpuQuota {
    /// `share` of one processor: 0.07 is what a function of 128 MB has, 0.29 one of 512 MB.
    ///
    /// # Errors
    /// This machine has no control groups of version 1, or they are not ours to change.
    pub fn new(share: f64) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        ensure!(share > 0.05 && share <= 1.0, "a CPU share must be greater than 0.05 and at most 1");
        let home = home(&fs::read_to_string("/proc/self/cgroup")?)?;
        let name = format!("telesieve-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = home.join(name);
        fs::create_dir(&folder).with_context(|| format!("failed to create {}", folder.display()))?;
        let group = Group { folder, home };
        group.set("cpu.cfs_period_us", PERIOD)?;
        group.set("cpu.cfs_quota_us", (share * f64::from(PERIOD)) as u32)?;
        Ok(Self(Arc::new(group)))
    }

    /// Starts a process in the group. `start` must not wait.
    pub(crate) fn around<T>(&self, start: impl FnOnce() -> T) -> Result<T> {
        join(&self.0.folder)?;
        let started = start();
        join(&self.0.home)?;
        Ok(started)
    }
}

impl Group {
    fn set(&self, file: &str, value: u32) -> Result<()> {
        let path = self.folder.join(file);
        fs::write(&path, value.to_string()).with_context(|| format!("failed to write {}", path.display()))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A process that ends holds it for a moment longer. Groups that are empty cost nothing.
        let _left_behind = fs::remove_dir(&self.folder);
    }
}

fn join(group: &Path) -> Result<()> {
    let tasks = group.join("tasks");
    fs::write(&tasks, MYSELF).with_context(|| format!("failed to write {}", tasks.display()))
}

/// Our own group, of lines such as `4:cpu,cpuacct:/user`.
fn home(groups: &str) -> Result<PathBuf> {
    let of_processors = |line: &str| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        controllers.split(',').any(|name| name == "cpu").then(|| path.trim_start_matches('/').to_owned())
    };
    let path =
        groups.lines().find_map(of_processors).context("the cpu controller of cgroups version 1 is not available")?;
    Ok(Path::new(HIERARCHY).join(path))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn our_own_group_is_found() {
        let groups = "5:cpuset:/a\n4:cpuacct,cpu:/user/one\n0::/init\n";
        assert_eq!(home(groups).unwrap(), Path::new("/sys/fs/cgroup/cpu/user/one"));
        assert_eq!(home("4:cpu:/\n").unwrap(), Path::new("/sys/fs/cgroup/cpu"));
        assert!(home("0::/init\n").is_err());
    }

    #[test]
    fn a_share_has_bounds() {
        assert!(CpuQuota::new(0.0).is_err());
        assert!(CpuQuota::new(1.5).is_err());
    }
}

//! The sandbox and real processes: start, freeze, crash, kill. The extension is the bare loop.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use telesieve_sandbox::{InitType, Invocation, Line, Options, Outcome, Sandbox};
use tempfile::TempDir;

/// The example, which cargo builds beside the tests.
fn bare_loop() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let bare_loop = test.parent().and_then(Path::parent).unwrap().join("examples/bare_loop");
    assert!(bare_loop.exists(), "run `cargo build -p telesieve-sandbox --example bare_loop` first");
    bare_loop
}

/// An /opt tree with these extensions: names and shell scripts in which `BARE_LOOP` is a bare loop of the same name.
fn opt(extensions: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in ["extensions", "inner"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    for (name, script) in extensions {
        let inner = root.path().join("inner").join(name);
        fs::copy(bare_loop(), &inner).unwrap();
        let path = root.path().join("extensions").join(name);
        fs::write(&path, format!("#!/bin/sh\n{}\n", script.replace("BARE_LOOP", inner.to_str().unwrap()))).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
    root
}

fn quick(options: Options) -> Options {
    Options { init_timeout: Duration::from_secs(1), shutdown_budget: Duration::from_millis(200), ..options }
}

fn line() -> Invocation {
    Invocation::new(vec![Line::print("hello")])
}

/// Waits until the kernel has stopped a process; a signal takes a moment.
async fn stops(pid: u32) -> bool {
    for _ in 0..200 {
        if state(pid) == "T" {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

/// The letter that the kernel has for a process: `S` asleep, `T` stopped.
fn state(pid: u32) -> String {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(") ").next().unwrap()[..1].to_owned()
}

#[tokio::test]
async fn a_bare_loop_lives_through_everything() {
    let sandbox = Sandbox::start(Options::binary(bare_loop())).await.unwrap();
    let init = sandbox.init_report();
    assert_eq!(init.outcome, Outcome::Success);
    assert!(init.exec_to_first_next.unwrap() > Duration::ZERO);
    for _ in 0..3 {
        assert_eq!(sandbox.invoke(line()).await.unwrap().outcome, Outcome::Success);
    }
    assert!(sandbox.memory().unwrap().resident > 0);
    let shutdown = sandbox.shutdown("spindown").await;
    assert!(shutdown.clean(), "{shutdown:?}");
    assert!(sandbox.deliveries().iter().all(telesieve_sandbox::Delivery::taken));
}

#[tokio::test]
async fn between_invocations_everything_stands_still() {
    let sandbox = Sandbox::start(Options::binary(bare_loop())).await.unwrap();
    let pid = sandbox.pid().unwrap();
    assert_ne!(state(pid), "T", "init of an on-demand sandbox leads to an invocation");
    sandbox.invoke(line()).await.unwrap();
    assert!(stops(pid).await);
    sandbox.thaw();
    sandbox.freeze(Duration::from_millis(5)).await;
    assert!(stops(pid).await);
    assert!(sandbox.shutdown("spindown").await.clean());
}

#[tokio::test]
async fn a_provisioned_sandbox_waits_frozen_and_a_managed_one_never() {
    let provisioned = Options::binary(bare_loop()).init_type(InitType::Provisioned);
    let sandbox = Sandbox::start(provisioned).await.unwrap();
    assert!(stops(sandbox.pid().unwrap()).await);
    assert_eq!(sandbox.invoke(line()).await.unwrap().outcome, Outcome::Success);
}

#[tokio::test]
async fn an_exit_is_a_crash_whatever_its_status() {
    for status in [0, 3] {
        let opt = opt(&[("quitter", &format!("exit {status}"))]);
        let sandbox = Sandbox::start(quick(Options::opt_tree(opt.path()))).await.unwrap();
        assert_eq!(sandbox.init_report().outcome, Outcome::ExtensionError("Extension.Crash".to_owned()));
        let report = sandbox.invoke(line()).await.unwrap();
        assert_eq!(report.outcome, Outcome::ExtensionError("Extension.Crash".to_owned()));
    }
}

#[tokio::test]
async fn a_crash_between_invocations_fails_the_next_one_and_then_all_is_well() {
    let opt = opt(&[("fragile", "exec BARE_LOOP")]);
    let sandbox = Sandbox::start(quick(Options::opt_tree(opt.path()))).await.unwrap();
    sandbox.invoke(line()).await.unwrap();
    let pid = rustix::process::Pid::from_raw(sandbox.pid().unwrap().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let report = sandbox.invoke(line()).await.unwrap();
    assert_eq!(report.outcome, Outcome::ExtensionError("Extension.Crash".to_owned()));
    assert_eq!(report.reset.unwrap().reason, "failure");
    let report = sandbox.invoke(line()).await.unwrap();
    assert_eq!(report.outcome, Outcome::Success);
    assert!(report.suppressed_init.is_some());
}

#[tokio::test]
async fn who_does_not_stop_is_killed() {
    let opt = opt(&[("stubborn", "BARE_LOOP\nsleep 60")]);
    let sandbox = Sandbox::start(quick(Options::opt_tree(opt.path()))).await.unwrap();
    sandbox.invoke(line()).await.unwrap();
    let shutdown = sandbox.shutdown("spindown").await;
    assert_eq!(shutdown.killed, ["stubborn"]);
    assert!(!shutdown.clean());
}

#[tokio::test]
async fn what_cannot_be_executed_fails_init() {
    let opt = opt(&[("fine", "exec BARE_LOOP")]);
    fs::write(opt.path().join("extensions/README.md"), "hello").unwrap();
    let sandbox = Sandbox::start(quick(Options::opt_tree(opt.path()))).await.unwrap();
    assert_eq!(sandbox.init_report().outcome, Outcome::ExtensionError("Extension.LaunchError".to_owned()));
}

#[tokio::test]
async fn a_link_goes_by_its_own_name() {
    let opt = opt(&[]);
    std::os::unix::fs::symlink(bare_loop(), opt.path().join("extensions/linked")).unwrap();
    let sandbox = Sandbox::start(quick(Options::opt_tree(opt.path()))).await.unwrap();
    assert_eq!(sandbox.init_report().outcome, Outcome::Success);
    assert!(Sandbox::start(Options::binary(opt.path().join("nothing"))).await.is_err());
}

#[tokio::test]
async fn several_extensions_start_in_order_and_their_lines_are_kept() {
    let opt =
        opt(&[("b-second", "echo 'one line'\necho 'another' >&2\nexec BARE_LOOP"), ("a-first", "exec BARE_LOOP")]);
    let sandbox = Sandbox::start(quick(Options::opt_tree(opt.path()))).await.unwrap();
    assert_eq!(sandbox.init_report().outcome, Outcome::Success);
    sandbox.invoke(line()).await.unwrap();
    assert!(sandbox.shutdown("spindown").await.clean());
    let output: Vec<_> = sandbox.output().into_iter().map(|o| (o.extension, o.line, o.is_error)).collect();
    assert!(output.contains(&("b-second".to_owned(), "one line".to_owned(), false)));
    assert!(output.contains(&("b-second".to_owned(), "another".to_owned(), true)));
}

#[tokio::test]
async fn a_host_may_vanish() {
    let sandbox = Sandbox::start(Options::binary(bare_loop())).await.unwrap();
    sandbox.invoke(line()).await.unwrap();
    sandbox.vanish();
    assert!(sandbox.invoke(line()).await.unwrap().reset.is_some());
}

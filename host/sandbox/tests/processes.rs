//! The sandbox and real processes: start, freeze, crash, kill. The extension is the bare loop.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use telesieve_sandbox::{Invocation, Line, Options, Outcome, Sandbox};

const BARE_LOOP: &str = env!("CARGO_BIN_EXE_bare_loop");

#[tokio::test]
async fn a_bare_loop_lives_through_everything() {
    let sandbox = Sandbox::start(Options::binary(BARE_LOOP)).await.unwrap();
    let init = sandbox.init_report();
    assert_eq!(init.outcome, Outcome::Success);
    assert!(init.exec_to_first_next.unwrap() > Duration::ZERO);
    for number in 0..3 {
        let report = sandbox.invoke(Invocation::new(vec![Line::print(format!("order {number}"))])).await.unwrap();
        assert_eq!(report.outcome, Outcome::Success);
    }
    assert!(sandbox.memory().unwrap().resident > 0);
    let shutdown = sandbox.shutdown("spindown").await;
    assert!(shutdown.clean(), "{shutdown:?}");
}

//! The open connections of the listener, and which of them is closed when there are too many.
//!
//! A connection that waits for the rest of a request goes before one that rests between two, and of those the one that
//! made no progress for the longest time. A few bytes are no progress. So whoever sends a body in one go is served,
//! however many others dribble. Nothing is read or answered here.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Connections are file descriptors that the function may need: an eighth of the 1,024 that Lambda grants to both. The
/// platform opens one, and a few more at most.
pub(super) const MAX_CONNECTIONS: usize = 128;

/// What a connection has at least to make progress before it is closed in favour of another. Over the loopback, a body is
/// there in a millisecond; a thousand connections that come at once are through in a sixth of a second.
const LEAST_TIME: Duration = Duration::from_millis(20);

/// Bytes of a body that are progress.
const PROGRESS_BYTES: usize = 16 << 10;

/// How far a connection has come.
#[derive(Debug)]
pub(super) struct Progress {
    origin: Instant,
    /// Milliseconds from `origin` to the last progress.
    last_ms: AtomicU64,
    /// Bytes of the body since then.
    bytes: AtomicUsize,
    /// A request was answered, and no other one has begun.
    resting: AtomicBool,
}

impl Progress {
    pub(super) fn new() -> Self {
        let resting = AtomicBool::new(false);
        Self { origin: Instant::now(), last_ms: AtomicU64::new(0), bytes: AtomicUsize::new(0), resting }
    }

    /// The head of a request is here.
    pub(super) fn request(&self) {
        if self.resting.swap(false, Ordering::Relaxed) {
            self.step();
        }
    }

    /// Some of the body is here.
    pub(super) fn received(&self, bytes: usize) {
        if self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes >= PROGRESS_BYTES {
            self.step();
        }
    }

    /// The request is answered.
    pub(super) fn answered(&self) {
        self.resting.store(true, Ordering::Relaxed);
        self.step();
    }

    fn step(&self) {
        let elapsed = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(elapsed, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }

    fn is_resting(&self) -> bool {
        self.resting.load(Ordering::Relaxed)
    }

    fn last(&self) -> Instant {
        self.origin + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }
}

#[derive(Debug)]
struct Open {
    progress: Arc<Progress>,
    task: AbortHandle,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Connections(Vec<Open>);

impl Connections {
    /// Closes a connection if all places are taken, once it has had its time. Returns whether it did.
    pub(super) async fn make_room(&mut self) -> bool {
        loop {
            self.forget_finished();
            if self.0.len() < MAX_CONNECTIONS {
                return false;
            }
            let Some((place, last)) = self.slowest() else { return false };
            let due = last + LEAST_TIME;
            if due <= Instant::now() {
                self.0.swap_remove(place).task.abort();
                return true;
            }
            tokio::time::sleep_until(due).await;
        }
    }

    /// Closes a connection that waits for the rest of a request, if there is one: its file descriptor is needed.
    pub(super) fn give_one_back(&mut self) -> bool {
        self.forget_finished();
        let slowest = self.slowest().filter(|(place, _)| !self.0[*place].progress.is_resting());
        let Some((place, _)) = slowest else { return false };
        self.0.swap_remove(place).task.abort();
        true
    }

    /// Serves a connection.
    pub(super) fn open(&mut self, progress: Arc<Progress>, served: impl Future<Output = ()> + Send + 'static) {
        let task = tokio::spawn(served).abort_handle();
        self.0.push(Open { progress, task });
    }

    fn forget_finished(&mut self) {
        self.0.retain(|open| !open.task.is_finished());
    }

    /// The place of the connection to close first, and the time of its last progress.
    fn slowest(&self) -> Option<(usize, Instant)> {
        let open = self.0.iter().map(|open| (open.progress.is_resting(), open.progress.last())).enumerate();
        open.min_by_key(|(_, rank)| *rank).map(|(place, (_, last))| (place, last))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    /// As many connections as there are places, each a millisecond younger than the one before it.
    async fn full() -> (Connections, Vec<Arc<Progress>>) {
        let mut connections = Connections::default();
        let mut all = Vec::new();
        for _ in 0..MAX_CONNECTIONS {
            assert!(!connections.make_room().await);
            all.push(Arc::new(Progress::new()));
            connections.open(Arc::clone(all.last().unwrap()), std::future::pending());
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        (connections, all)
    }

    fn is_open(connections: &Connections, progress: &Arc<Progress>) -> bool {
        connections.0.iter().any(|open| Arc::ptr_eq(&open.progress, progress))
    }

    #[tokio::test(start_paused = true)]
    async fn the_one_without_progress_for_the_longest_time_is_closed() {
        let (mut connections, all) = full().await;
        all[0].received(PROGRESS_BYTES);
        all[1].received(1);
        all[2].answered();
        for closed in [1, 3, 4] {
            assert!(connections.make_room().await);
            assert!(!is_open(&connections, &all[closed]));
            connections.open(Arc::new(Progress::new()), std::future::pending());
        }
        assert!(is_open(&connections, &all[0]) && is_open(&connections, &all[2]));
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_rest_are_closed_last_and_a_new_request_counts_as_progress() {
        let (mut connections, all) = full().await;
        all.iter().for_each(|progress| progress.answered());
        tokio::time::advance(LEAST_TIME).await;
        all[5].request();
        assert!(!is_open(&connections, &Arc::new(Progress::new())));
        assert!(connections.make_room().await);
        assert!(!is_open(&connections, &all[5]), "the only one in a request");
        assert!(!connections.give_one_back(), "all others rest");
    }

    #[tokio::test(start_paused = true)]
    async fn everyone_gets_the_least_time() {
        let (mut connections, all) = full().await;
        all.iter().for_each(|progress| progress.received(PROGRESS_BYTES));
        let before = Instant::now();
        assert!(connections.make_room().await);
        assert!(Instant::now() >= before + LEAST_TIME);
    }
}

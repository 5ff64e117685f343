//! The room for bodies, and which unfinished body gives way when there is none left.
//!
//! A body takes room while it arrives, and keeps it until the owner of the state has processed it. A client that sends
//! most of a body and stops holds room that the platform needs. So the deadline of a body is short once another one needs
//! its room: a body that needs room and finds none makes the oldest unfinished body give way, if that is older than the
//! grace. Until one is, it waits. The oldest may be the body that needs the room. What gives way is closed without an
//! answer, so the platform sends it again. A body is refused if no other unfinished body holds room: to wait would not
//! help. A refused body holds no room.
//!
//! The age of a body is its lack of progress: the platform's bodies are complete long before the grace is over. A client
//! that sends a byte now and then ages like one that sends nothing, and so does one that sends most of a body at once and
//! the rest slowly. A measure of the last bytes, or of their number, would favour those over a body that waits for room.
//! Size does not count: it does not tell who sent the body. A body that waits is younger than those that have kept it
//! waiting, so they give way before it does. What is left is a flood: whoever sends complete bodies, or new ones without
//! a pause, faster than they are processed still fills the queue.
//!
//! Age is counted in ticks. The task of each body counts its own, and a tick that comes late counts once. So a body does
//! not age while the sandbox is frozen, nor while a transform has the thread: a freeze of any length costs one tick.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Closed, Refusal};

/// The unit of a body's age. The platform's bodies are complete before the first tick. It is a quarter of the grace, so
/// that a freeze costs no more than that, and so long that 128 slow bodies need no more than 2,560 timers a second.
const TICK: Duration = Duration::from_millis(50);

/// Ticks after which a body gives way to another: 200 ms. The longest body takes 6 ms over the loopback, so less than
/// 100 ms with a fourteenth of a processor, as in the smallest sandbox. The rest is for a processor that others
/// use, and for freezes: three of them in one body are forgiven. Whoever waits for room waits no longer than that.
const GRACE_TICKS: usize = 4;

/// Ticks that a client may take for a body, whether or not others need its room: five seconds.
const BODY_TICKS: usize = 100;

/// Bytes that wait.
#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    /// Some of them wait no longer.
    freed: Notify,
}

/// Bytes that may wait.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    waiting: Arc<Waiting>,
    closed: Arc<AtomicBool>,
    unfinished: Arc<Mutex<Vec<Arc<Age>>>>,
    max_bytes: usize,
    max_body_bytes: usize,
}

impl Queue {
    pub(crate) fn new(max_bytes: usize, max_body_bytes: usize) -> Self {
        let unfinished = Arc::default();
        Self { waiting: Arc::default(), closed: Arc::default(), unfinished, max_bytes, max_body_bytes }
    }

    /// Nothing gets in any more, and nobody is told that it did.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(super) fn max_body_bytes(&self) -> usize {
        self.max_body_bytes
    }

    pub(crate) fn empty_room(&self) -> Room {
        Room { waiting: Arc::clone(&self.waiting), bytes: 0 }
    }

    #[cfg(test)]
    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting.bytes.load(Ordering::Relaxed)
    }

    /// Makes a body's room larger, or says why not.
    fn enlarge(&self, room: &mut Room, bytes: usize) -> Result<(), Refusal> {
        if room.bytes + bytes > self.max_body_bytes {
            return Err(Refusal::TooLarge);
        }
        let before = self.waiting.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.max_bytes {
            self.waiting.bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(Refusal::QueueFull);
        }
        room.bytes += bytes;
        Ok(())
    }

    /// Tasks on one thread share it, and none of them waits while it has it.
    fn unfinished(&self) -> MutexGuard<'_, Vec<Arc<Age>>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a body other than this one may give way.
    fn others_hold_room(&self, own: &Arc<Age>) -> bool {
        self.unfinished().iter().any(|age| !Arc::ptr_eq(age, own) && age.holds_room())
    }

    /// The body that gives way to this one: the oldest, if it is old enough. It may be this one.
    fn gives_way(&self, own: &Arc<Age>) -> Option<Arc<Age>> {
        let unfinished = self.unfinished();
        // They are in the order in which they came.
        let mut candidates = unfinished.iter().filter(|age| Arc::ptr_eq(age, own) || age.holds_room());
        candidates.next().filter(|age| age.ticks() >= GRACE_TICKS).cloned()
    }
}

/// The room of one body; dropping it frees the room.
#[derive(Debug)]
pub(crate) struct Room {
    waiting: Arc<Waiting>,
    bytes: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.waiting.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        // A body that waits and finds no room may be refused, so it looks only when there is more room.
        if self.bytes > 0 {
            self.waiting.freed.notify_waiters();
        }
    }
}

/// How old an unfinished body is, for the others to see.
#[derive(Debug, Default)]
struct Age {
    ticks: AtomicUsize,
    holds_room: AtomicBool,
    /// Another body needs the room.
    give_way: Notify,
}

impl Age {
    fn ticks(&self) -> usize {
        self.ticks.load(Ordering::Relaxed)
    }

    fn holds_room(&self) -> bool {
        self.holds_room.load(Ordering::Relaxed)
    }
}

/// A body that arrives. It belongs to the task of its connection.
#[derive(Debug)]
pub(super) struct Arrival {
    queue: Queue,
    room: Room,
    age: Arc<Age>,
    next_tick: Instant,
}

impl Arrival {
    pub(super) fn new(queue: &Queue) -> Self {
        let age = Arc::<Age>::default();
        queue.unfinished().push(Arc::clone(&age));
        Self { queue: queue.clone(), room: queue.empty_room(), age, next_tick: Instant::now() + TICK }
    }

    /// Waits for more of the body, unless it takes too long or has to give way.
    pub(super) async fn wait_for<F: Future>(&mut self, more: F) -> Result<F::Output, Closed> {
        let mut more = pin!(more);
        loop {
            // A client that never makes us wait ages, too.
            self.tick_if_due()?;
            tokio::select! {
                biased;
                () = self.age.give_way.notified() => return Err(Closed::Crowded),
                // What came during a freeze is read before the tick counts.
                output = &mut more => return Ok(output),
                () = sleep_until(self.next_tick) => {}
            }
        }
    }

    /// Makes the body's room larger. A refusal frees what it had.
    pub(super) async fn enlarge(&mut self, bytes: usize) -> Result<Option<Refusal>, Closed> {
        loop {
            match self.queue.enlarge(&mut self.room, bytes) {
                Ok(()) => {
                    self.age.holds_room.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                Err(Refusal::QueueFull) if self.queue.others_hold_room(&self.age) => self.make_room().await?,
                Err(refusal) => {
                    drop(self.take_room());
                    return Ok(Some(refusal));
                }
            }
        }
    }

    /// Makes another body give way, or waits until one has to.
    async fn make_room(&mut self) -> Result<(), Closed> {
        match self.queue.gives_way(&self.age) {
            Some(age) if Arc::ptr_eq(&age, &self.age) => return Err(Closed::Crowded),
            Some(age) => {
                age.give_way.notify_one();
                // Its task frees the room.
                tokio::task::yield_now().await;
            }
            None => self.room_is_freed_or_tick().await?,
        }
        Ok(())
    }

    /// Bodies that wait hear of room at once, so that those that come later do not get all of it.
    async fn room_is_freed_or_tick(&mut self) -> Result<(), Closed> {
        let waiting = Arc::clone(&self.queue.waiting);
        let freed = timeout_at(self.next_tick, waiting.freed.notified());
        // Either way it is time to look again: there is room, or the bodies are older.
        self.wait_for(freed).await.map(drop)
    }

    /// The body is complete: from here on it does not give way.
    pub(super) fn complete(mut self) -> Room {
        self.take_room()
    }

    fn take_room(&mut self) -> Room {
        self.age.holds_room.store(false, Ordering::Relaxed);
        std::mem::replace(&mut self.room, self.queue.empty_room())
    }

    fn tick_if_due(&mut self) -> Result<(), Closed> {
        let now = Instant::now();
        if now < self.next_tick {
            return Ok(());
        }
        self.next_tick = now + TICK;
        let ticks = self.age.ticks.fetch_add(1, Ordering::Relaxed) + 1;
        if ticks < BODY_TICKS { Ok(()) } else { Err(Closed::Slow) }
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.queue.unfinished().retain(|age| !Arc::ptr_eq(age, &self.age));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::future::pending;

    use tokio::task::JoinHandle;
    use tokio::time::{advance, sleep, timeout};

    use super::*;

    const MIB: usize = 1 << 20;
    const HOUR: Duration = Duration::from_secs(3_600);
    const GRACE: Duration = Duration::from_millis(200);

    fn queue() -> Queue {
        Queue::new(12 * MIB, 6 * MIB)
    }

    /// Sends so many bytes at once, and then as many after each of these pauses; then nothing. Returns why it was closed.
    fn sender(queue: &Queue, first: usize, then: usize, pauses: usize, pause: Duration) -> JoinHandle<Closed> {
        let mut arrival = Arrival::new(queue);
        tokio::spawn(async move {
            let mut closed = arrival.enlarge(first).await.err();
            for _ in 0..pauses {
                closed = closed.or(arrival.wait_for(sleep(pause)).await.err());
                if closed.is_none() {
                    closed = arrival.enlarge(then).await.err();
                }
            }
            match closed {
                Some(closed) => closed,
                None => arrival.wait_for(pending::<()>()).await.unwrap_err(),
            }
        })
    }

    fn stalled(queue: &Queue, bytes: usize) -> JoinHandle<Closed> {
        sender(queue, bytes, 0, 0, TICK)
    }

    /// Lets so many ticks of every body pass.
    async fn ticks(count: usize) {
        for _ in 0..count {
            sleep(TICK + Duration::from_millis(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_body_gives_way_and_no_more_of_them_than_needed() {
        let queue = queue();
        let (first, second) = (stalled(&queue, 6 * MIB), stalled(&queue, 6 * MIB));
        tokio::task::yield_now().await;
        let start = Instant::now();
        let mut honest = Arrival::new(&queue);
        assert_eq!(honest.enlarge(MIB).await, Ok(None));
        assert!(start.elapsed() <= GRACE + TICK, "{:?}", start.elapsed());
        assert_eq!(first.await.unwrap(), Closed::Crowded);
        assert!(!second.is_finished());
        assert_eq!(queue.waiting_bytes(), 7 * MIB);
        drop(honest);
        assert_eq!(queue.waiting_bytes(), 6 * MIB);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_is_no_progress_however_much_came_at_once() {
        let queue = queue();
        let trickles = [(); 2].map(|()| sender(&queue, 6 * MIB - 5_000, 1, 5_000, Duration::from_millis(1)));
        ticks(GRACE_TICKS).await;
        let mut honest = Arrival::new(&queue);
        let start = Instant::now();
        assert_eq!(honest.enlarge(MIB).await, Ok(None));
        assert!(start.elapsed() < TICK, "{:?}", start.elapsed());
        assert_eq!(trickles.iter().filter(|trickle| trickle.is_finished()).count(), 1);
    }

    /// However slow and however large a body is, a younger one does not give way in its place.
    #[tokio::test(start_paused = true)]
    async fn the_oldest_gives_way_whatever_the_others_hold() {
        let queue = queue();
        let slow = sender(&queue, 1, 1, 1_000, Duration::from_millis(1));
        ticks(1).await;
        let large = stalled(&queue, 6 * MIB);
        ticks(1).await;
        let young = stalled(&queue, 6 * MIB - 100);
        ticks(GRACE_TICKS).await;
        let mut honest = Arrival::new(&queue);
        assert_eq!(honest.enlarge(MIB).await, Ok(None));
        assert_eq!((slow.await.unwrap(), large.await.unwrap()), (Closed::Crowded, Closed::Crowded));
        assert!(!young.is_finished());
    }

    /// Nobody finishes, and each waits for the others: those that are behind make room for those that are not.
    #[tokio::test(start_paused = true)]
    async fn bodies_that_wait_for_each_other_do_not_wait_for_ever() {
        let queue = queue();
        let many: Vec<_> = (0..100).map(|_| sender(&queue, MIB / 8, MIB / 8, 40, Duration::ZERO)).collect();
        tokio::task::yield_now().await;
        let mut honest = Arrival::new(&queue);
        assert_eq!(honest.enlarge(MIB).await, Ok(None));
        drop(honest.complete());
        ticks(2 * GRACE_TICKS).await;
        let mut honest = Arrival::new(&queue);
        assert_eq!(honest.enlarge(MIB).await, Ok(None), "those that are left have all they want, and stall");
        assert!(queue.waiting_bytes() <= 12 * MIB);
        assert!(many.iter().filter(|sender| sender.is_finished()).count() >= 97);
    }

    #[tokio::test(start_paused = true)]
    async fn a_freeze_of_any_length_costs_one_tick() {
        let queue = queue();
        let mut frozen = Arrival::new(&queue);
        frozen.enlarge(6 * MIB).await.unwrap();
        for _ in 0..GRACE_TICKS - 1 {
            advance(HOUR).await;
            let nothing = timeout(Duration::from_millis(1), frozen.wait_for(pending::<()>())).await;
            assert!(nothing.is_err(), "{nothing:?}");
        }
        assert_eq!(frozen.age.ticks.load(Ordering::Relaxed), GRACE_TICKS - 1);
        let other = Arrival::new(&queue);
        assert!(queue.gives_way(&other.age).is_none());
    }

    /// A body that is itself the last one takes nobody's room. It is closed, so that it is sent again.
    #[tokio::test(start_paused = true)]
    async fn the_body_that_needs_room_may_be_the_one_that_gives_way() {
        let queue = queue();
        let late = sender(&queue, 1, MIB, 1, TICK * 6);
        ticks(1).await;
        let fast = [(); 2].map(|()| sender(&queue, 6 * MIB - 1, 0, 0, TICK));
        assert_eq!(late.await.unwrap(), Closed::Crowded);
        assert!(fast.iter().all(|fast| !fast.is_finished()));
    }

    #[tokio::test(start_paused = true)]
    async fn where_no_unfinished_body_holds_room_a_body_is_refused_at_once() {
        let queue = queue();
        let mut complete = Vec::new();
        for _ in 0..2 {
            let mut arrival = Arrival::new(&queue);
            arrival.enlarge(6 * MIB - 1).await.unwrap();
            complete.push(arrival.complete());
        }
        let start = Instant::now();
        let mut refused = Arrival::new(&queue);
        assert_eq!(refused.enlarge(1).await, Ok(None));
        assert_eq!(refused.enlarge(2).await, Ok(Some(Refusal::QueueFull)));
        let mut other = Arrival::new(&queue);
        assert_eq!(other.enlarge(3).await, Ok(Some(Refusal::QueueFull)), "nobody waits for one that is refused");
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(complete);
        assert_eq!(refused.enlarge(6 * MIB).await, Ok(None));
        assert_eq!(refused.enlarge(1).await, Ok(Some(Refusal::TooLarge)));
        assert_eq!(queue.waiting_bytes(), 0, "what is refused holds no room");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_waits_gets_room_as_soon_as_there_is_some() {
        let queue = queue();
        let mut processed = Arrival::new(&queue);
        processed.enlarge(6 * MIB).await.unwrap();
        let room = processed.complete();
        let _young = stalled(&queue, 6 * MIB);
        tokio::task::yield_now().await;
        let start = Instant::now();
        tokio::spawn(async move {
            sleep(TICK / 5).await;
            drop(room);
        });
        assert_eq!(Arrival::new(&queue).enlarge(MIB).await, Ok(None));
        assert!(start.elapsed() < TICK, "{:?}", start.elapsed());
    }

    /// A client that sends without a pause meets its deadline, too.
    #[tokio::test(start_paused = true)]
    async fn the_deadline_does_not_need_a_pause() {
        let queue = queue();
        let mut endless = Arrival::new(&queue);
        let closed = loop {
            if let Err(closed) = endless.wait_for(std::future::ready(())).await {
                break closed;
            }
            advance(TICK / 10).await;
        };
        assert_eq!(closed, Closed::Slow);
    }
}

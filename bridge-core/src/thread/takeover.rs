//! Whether another thread has taken the place of a worker that blocks.
//!
//! tokio's `block_in_place` asks the system for a thread. If the system refuses, tokio goes on without one. Nobody then runs
//! the tasks in the worker's queue, or drives its timers and sockets, and what the blocked thread waits for may never come.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::runtime::{self, Handle, worker_index};
use tokio::task::JoinHandle;

use crate::base::panic::discard;
use crate::base::runtime::BridgeRuntime;

/// The worker that this thread has left.
struct LeftWorker {
    runtime: Handle,
    index: usize,
    /// How often it had parked and been unparked.
    count: u64,
    /// A closure on a thread like the one that has to take its place. Whatever runs it serves the worker before or after.
    asked: Option<Asked>,
    look_at: Instant,
    pause: Duration,
}

struct Asked {
    closure: JoinHandle<()>,
    since: Instant,
}

thread_local! {
    /// `None` once another thread has been seen to serve it.
    static LEFT: RefCell<Option<LeftWorker>> = const { RefCell::new(None) };
    /// The runtime of the worker that this thread has left, whether or not another thread serves it.
    static RUNTIME: Cell<Option<runtime::Id>> = const { Cell::new(None) };
}

/// How long another thread has before the first look, if the call needs the worker. A look costs a thread. This is some ten
/// times what it takes to start one.
pub(crate) const SHORT: Duration = Duration::from_millis(1);

/// The longest time between two looks, and the time before the first one if the call goes to another runtime.
pub(crate) const LONG: Duration = Duration::from_secs(1);

/// How long a closure may take to begin on a busy machine. After this time there is no thread for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says, until it is dropped, that this thread leaves its worker to another one.
#[must_use]
pub(crate) struct Leaving(());

impl Leaving {
    /// `runtime` is the worker's. The first look comes after `pause`.
    pub(crate) fn mark(runtime: &Handle, pause: Duration) -> Self {
        RUNTIME.set(Some(runtime.id()));
        set(worker_index().and_then(|index| {
            let count = park_count(runtime, index)?;
            let runtime = runtime.clone();
            Some(LeftWorker { runtime, index, count, asked: None, look_at: Instant::now() + pause, pause })
        }));
        Self(())
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        RUNTIME.set(None);
        set(None);
    }
}

fn set(left: Option<LeftWorker>) {
    // A thread whose locals are gone is not a worker.
    let _ = LEFT.try_with(|place| place.replace(left));
}

/// Whether this thread has left a worker of the runtime to another thread, and runs code that may block.
pub(crate) fn has_left(runtime: &Handle) -> bool {
    RUNTIME.get() == Some(runtime.id())
}

/// What a look at the worker has shown.
pub(crate) enum Progress {
    /// Another thread serves it, or this thread has left none. No further look is needed.
    Served,
    /// To look again after this long.
    Unknown(Duration),
    /// It does not go on, because there is no thread for it.
    Exhausted,
}

/// Looks whether another thread serves the worker that this one has left. `can_spawn` says whether the system gives out a
/// thread for this bridge.
pub(crate) fn look(bridge: &BridgeRuntime, can_spawn: impl FnOnce() -> bool) -> Progress {
    if RUNTIME.get().is_none() {
        return Progress::Served;
    }
    let Some(mut left) = LEFT.try_with(RefCell::take).ok().flatten() else { return Progress::Served };
    let is_own = left.runtime.id() == bridge.handle.id();
    let progress = left.look(|| !is_own || can_spawn());
    // If there is no thread now, the next call looks again.
    set(Some(left).filter(|_| !matches!(progress, Progress::Served)));
    progress
}

impl LeftWorker {
    fn look(&mut self, can_spawn: impl FnOnce() -> bool) -> Progress {
        // An odd count is that of a worker that is parked, says tokio: it waits for work, and serves.
        let goes_on = park_count(&self.runtime, self.index).is_none_or(|now| now % 2 == 1 || now != self.count);
        if goes_on || self.asked.as_ref().is_some_and(|asked| asked.closure.is_finished()) {
            return Progress::Served;
        }
        let now = Instant::now();
        if now >= self.look_at {
            let is_late = self.asked.as_ref().is_some_and(|asked| now - asked.since >= PATIENCE);
            if is_late || !can_spawn() || !self.ask() {
                return Progress::Exhausted;
            }
            self.pause = (self.pause * 2).min(LONG);
            self.look_at = now + self.pause;
        }
        Progress::Unknown(self.look_at - now)
    }

    /// Asks the runtime for a thread, once. tokio does not ask the system again for a thread that it was refused, but it does
    /// for the next closure. Whether it takes the closure.
    fn ask(&mut self) -> bool {
        if self.asked.is_none() {
            match catch_unwind(AssertUnwindSafe(|| self.runtime.spawn_blocking(|| ()))) {
                Ok(closure) => self.asked = Some(Asked { closure, since: Instant::now() }),
                Err(payload) => discard(payload),
            }
        }
        self.asked.is_some()
    }
}

/// `None` if there is no such worker.
#[cfg(target_has_atomic = "64")]
fn park_count(runtime: &Handle, index: usize) -> Option<u64> {
    let metrics = runtime.metrics();
    (index < metrics.num_workers()).then(|| metrics.worker_park_unpark_count(index))
}

/// Without these counts it is assumed that the worker goes on.
#[cfg(not(target_has_atomic = "64"))]
fn park_count(_runtime: &Handle, _index: usize) -> Option<u64> {
    None
}

#[cfg(all(test, not(sync_bridge_loom), target_has_atomic = "64"))]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn runtime() -> Runtime {
        Builder::new_multi_thread().worker_threads(1).build().unwrap()
    }

    /// Keeps the only worker in a task, until the sender is dropped.
    fn keep_busy(runtime: &Runtime) -> Sender<()> {
        let ((begun, has_begun), (release, released)) = (channel(), channel());
        runtime.spawn(async move {
            begun.send(()).unwrap();
            let _ = released.recv();
        });
        has_begun.recv().unwrap();
        release
    }

    /// The worker of the runtime, as it would be left now. The first look is far away.
    fn left_now(runtime: &Runtime) -> LeftWorker {
        let handle = runtime.handle();
        let count = park_count(handle, 0).unwrap();
        let look_at = Instant::now() + HOUR;
        LeftWorker { runtime: handle.clone(), index: 0, count, asked: None, look_at, pause: SHORT }
    }

    /// Whether it is served, if the system gives out threads.
    fn is_served(left: &mut LeftWorker) -> bool {
        matches!(left.look(|| true), Progress::Served)
    }

    #[test]
    fn a_worker_that_is_busy_all_the_time_is_not_known_to_be_served() {
        let runtime = runtime();
        let _release = keep_busy(&runtime);
        let mut left = left_now(&runtime);
        assert!(matches!(left.look(|| unreachable!("it is too early")), Progress::Unknown(_)));
        // The first look asks for a thread, and the last one gives up.
        left.look_at = Instant::now();
        assert!(matches!(left.look(|| false), Progress::Exhausted));
        assert!(left.asked.is_none());
    }

    #[test]
    fn a_worker_that_is_parked_is_served() {
        let runtime = runtime();
        while park_count(runtime.handle(), 0).unwrap() % 2 == 0 {
            thread::yield_now();
        }
        // It was parked then, too: its count tells nothing.
        let mut left = left_now(&runtime);
        assert!(is_served(&mut left));
    }

    #[test]
    fn a_worker_that_has_parked_meanwhile_is_served() {
        let runtime = runtime();
        let _release = keep_busy(&runtime);
        let mut left = left_now(&runtime);
        assert_eq!(left.count % 2, 0);
        assert!(!is_served(&mut left));
        left.count += 2;
        assert!(is_served(&mut left));
    }

    #[test]
    fn a_worker_is_served_once_a_closure_has_had_a_thread() {
        let runtime = runtime();
        let _release = keep_busy(&runtime);
        let mut left = left_now(&runtime);
        let (release, released) = channel::<()>();
        let closure = runtime.spawn_blocking(move || released.recv().unwrap_or_default());
        left.asked = Some(Asked { closure, since: Instant::now() });
        assert!(!is_served(&mut left));
        drop(release);
        while !left.asked.as_ref().unwrap().closure.is_finished() {
            thread::yield_now();
        }
        assert!(is_served(&mut left));
    }

    #[test]
    fn a_closure_that_never_begins_is_given_up() {
        let runtime = runtime();
        let _release = keep_busy(&runtime);
        let mut left = left_now(&runtime);
        let (_release_closure, released) = channel::<()>();
        let closure = runtime.spawn_blocking(move || released.recv().unwrap_or_default());
        left.asked = Some(Asked { closure, since: Instant::now() });
        left.look_at = Instant::now();
        assert!(matches!(left.look(|| true), Progress::Unknown(_)));
        left.asked.as_mut().unwrap().since = Instant::now().checked_sub(PATIENCE).unwrap();
        left.look_at = Instant::now();
        assert!(matches!(left.look(|| true), Progress::Exhausted));
    }
}

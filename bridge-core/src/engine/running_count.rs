//! The number of tasks of a scope that run, for the thread that waits until there are none.

use crate::base::sync::{AtomicUsize, Ordering, Thread, current};

pub(crate) struct RunningCount {
    running: AtomicUsize,
    /// The thread that made it, to be unparked when none is running any more.
    owner: Thread,
}

impl RunningCount {
    /// None, for a scope of this thread.
    pub(crate) fn new() -> Self {
        Self { running: AtomicUsize::new(0), owner: current() }
    }

    pub(crate) fn start(&self) {
        // ORDERING: Relaxed: whoever spawns is running itself, or is the owner, who looks afterwards.
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a task as ended. What the thread has done before is visible to who sees that none is running.
    pub(crate) fn end(&self) {
        // ORDERING: Release publishes what the task did. The counts of other tasks continue its release sequence.
        if self.running.fetch_sub(1, Ordering::Release) == 1 {
            self.owner.unpark();
        }
    }

    /// Whether none is running. The owner's thread is unparked when it becomes so.
    pub(crate) fn is_zero(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `end`.
        self.running.load(Ordering::Acquire) == 0
    }
}

/// Models for loom, run as those of the hand-off.
#[cfg(all(test, sync_bridge_loom))]
mod models {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;
    use crate::base::sync::park;

    /// A task of the scope, which ends on a thread of its own.
    fn start(
        count: &Arc<RunningCount>,
        done: &Arc<AtomicUsize>,
        then: impl FnOnce() + 'static,
    ) -> impl FnOnce() + 'static {
        count.start();
        let (count, done) = (Arc::clone(count), Arc::clone(done));
        move || {
            // Relaxed: what the count publishes is all that orders it.
            done.store(1, Ordering::Relaxed);
            then();
            count.end();
        }
    }

    fn wait_for_all(count: &RunningCount, done: &[Arc<AtomicUsize>]) {
        while !count.is_zero() {
            park();
        }
        assert!(done.iter().all(|done| done.load(Ordering::Relaxed) == 1));
    }

    /// The owner sees what all tasks did, and misses no end.
    #[test]
    fn owner_waits_for_two_tasks() {
        loom::model(|| {
            let count = Arc::new(RunningCount::new());
            let done = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
            for done in &done {
                thread::spawn(start(&count, done, || ()));
            }
            wait_for_all(&count, &done);
        });
    }

    /// Nor does it miss a task that another task has started.
    #[test]
    fn owner_waits_for_the_task_of_a_task() {
        loom::model(|| {
            let count = Arc::new(RunningCount::new());
            let done = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
            let (inner, started) = (Arc::clone(&count), Arc::clone(&done[1]));
            thread::spawn(start(&count, &done[0], move || {
                thread::spawn(start(&inner, &started, || ()));
            }));
            wait_for_all(&count, &done);
        });
    }
}

//! The tasks of one scope: how many run, how they are cancelled, and the first panic.
//!
//! The futures, which borrow, are not in this module. Each task holds a [`LentTask`].

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::task::AbortHandle;

use crate::base::error::BridgeError;
use crate::base::panic::discard;
use crate::engine::running_count::RunningCount;
use crate::engine::task_list::TaskList;
use crate::handoff::fork::{forks, forks_so_far};
use crate::handoff::loan::LentTask;

pub(crate) struct ScopeTasks {
    spawned: TaskList,
    running: RunningCount,
    is_cut_off: AtomicBool,
    /// Whether a task has been dropped before its end.
    has_lost_a_task: AtomicBool,
    first_panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// The count of forks at the start: in a child no task runs, and the locks may be held for ever.
    forks: usize,
}

impl ScopeTasks {
    /// The tasks of a scope of this thread.
    pub(crate) fn new() -> Self {
        Self {
            spawned: TaskList::default(),
            running: RunningCount::new(),
            is_cut_off: AtomicBool::new(false),
            has_lost_a_task: AtomicBool::new(false),
            first_panic: Mutex::default(),
            forks: forks(),
        }
    }

    /// Whether this is a forked child, where no task runs.
    pub(crate) fn is_forked(&self) -> bool {
        forks_so_far() != self.forks
    }

    /// Counts a task as running, from now until it is dropped.
    pub(crate) fn count(self: &Arc<Self>, lent: LentTask) -> RunningTask {
        self.running.start();
        RunningTask { lent, has_ended: false, tasks: Arc::clone(self) }
    }

    /// Adds a counted task that has been spawned.
    pub(crate) fn add(&self, task: AbortHandle) {
        self.spawned.add(task);
    }

    /// Whether one of the tasks, all of which are over, was dropped before its end.
    pub(crate) fn have_lost_one(&self) -> bool {
        // ORDERING: Relaxed: whoever asks has seen in `are_over` that the tasks are over.
        self.has_lost_a_task.load(Ordering::Relaxed)
    }

    /// Whether none is running. The owner's thread is unparked when it becomes so.
    pub(crate) fn are_over(&self) -> bool {
        self.running.is_zero()
    }

    /// Cancels the tasks that are running: nobody wants them any more.
    pub(crate) fn abort(&self) {
        if !self.is_forked() {
            self.spawned.abort();
        }
    }

    /// Cancels the tasks that are running: the bridge is shut down.
    pub(crate) fn cut_off(&self) {
        if self.spawned.is_any_running() {
            // ORDERING: Relaxed: the scope's owner looks when the tasks are over, which it synchronizes with.
            self.is_cut_off.store(true, Ordering::Relaxed);
            self.spawned.abort();
        }
    }

    pub(crate) fn note_panic(&self, payload: Box<dyn Any + Send>) {
        if self.is_forked() {
            return discard(payload);
        }
        let mut first = lock(&self.first_panic);
        if first.is_none() {
            *first = Some(payload);
        } else {
            drop(first);
            discard(payload);
        }
    }

    /// How the scope has ended, all of whose tasks are over.
    pub(crate) fn ended(&self, waited: Result<(), BridgeError>) -> Result<(), BridgeError> {
        if self.is_forked() {
            return Err(BridgeError::Forked);
        }
        match lock(&self.first_panic).take() {
            Some(payload) => Err(BridgeError::panicked(payload)),
            // ORDERING: Relaxed: as in `cut_off`.
            None if self.is_cut_off.load(Ordering::Relaxed) => Err(BridgeError::cancelled_by_runtime()),
            None => waited,
        }
    }
}

/// Nothing panics with one of the locks held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A task on its way: counts as running until its future has been dropped, or taken by the end of the scope.
pub(crate) struct RunningTask {
    lent: LentTask,
    has_ended: bool,
    tasks: Arc<ScopeTasks>,
}

impl Future for RunningTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = Pin::new(&mut self.lent).poll(cx);
        self.has_ended = polled.is_ready();
        polled
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        self.lent.end();
        if !self.has_ended {
            // ORDERING: Relaxed: published by `end`.
            self.tasks.has_lost_a_task.store(true, Ordering::Relaxed);
        }
        self.tasks.running.end();
    }
}

impl Drop for ScopeTasks {
    fn drop(&mut self) {
        // That of a scope whose closure has panicked as well: this may be a part of that unwinding.
        if let Some(payload) = self.first_panic.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            discard(payload);
        }
    }
}

/// The scopes of a bridge that are open, for who shuts it down.
#[derive(Default)]
pub(crate) struct OpenScopes(Mutex<Vec<Arc<ScopeTasks>>>);

impl OpenScopes {
    pub(crate) fn add(&self, tasks: &Arc<ScopeTasks>) {
        lock(&self.0).push(Arc::clone(tasks));
    }

    pub(crate) fn remove(&self, tasks: &Arc<ScopeTasks>) {
        if !tasks.is_forked() {
            lock(&self.0).retain(|open| !Arc::ptr_eq(open, tasks));
        }
    }

    pub(crate) fn cut_off(&self) {
        lock(&self.0).iter().for_each(|tasks| tasks.cut_off());
    }
}

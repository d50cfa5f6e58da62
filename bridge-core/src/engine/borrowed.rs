//! A runtime that is the program's own. The bridge ends its own tasks there, and learns when the runtime ends.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::thread::pool;

/// The tasks that a bridge has spawned on a runtime that it does not own.
#[derive(Debug, Default)]
pub(crate) struct OwnTasks(Mutex<Vec<AbortHandle>>);

impl OwnTasks {
    /// Remembers the task as long as it runs.
    pub(crate) fn add(&self, task: AbortHandle) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What has ended is forgotten whenever the number has doubled: at a constant cost for each task.
        if tasks.len() == tasks.capacity() {
            tasks.retain(|task| !task.is_finished());
            let running = tasks.len();
            tasks.reserve(running.max(8));
        }
        tasks.push(task);
    }

    fn abort_all(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        // Not with the lock held: what is dropped may drop a bridge.
        tasks.iter().for_each(AbortHandle::abort);
    }
}

/// What a bridge has on a runtime that it does not own, until this is dropped.
pub(crate) struct BorrowedRuntime {
    tasks: Arc<OwnTasks>,
    sentinel: AbortHandle,
}

impl BorrowedRuntime {
    /// `None` if the runtime has ended. `at_its_end` is dropped when it does, or when the bridge ends.
    pub(crate) fn new(handle: &Handle, tasks: &Arc<OwnTasks>, at_its_end: impl Send + 'static) -> Option<Self> {
        // A runtime drops its tasks when it ends.
        let sentinel = handle.spawn(pool::marking(handle, async move {
            let _at_its_end = at_its_end;
            pending::<()>().await;
        }));
        let sentinel = Some(sentinel.abort_handle()).filter(|sentinel| !sentinel.is_finished())?;
        Some(Self { tasks: Arc::clone(tasks), sentinel })
    }
}

impl Drop for BorrowedRuntime {
    fn drop(&mut self) {
        self.tasks.abort_all();
        self.sentinel.abort();
    }
}

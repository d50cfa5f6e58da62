//! A handle that cancels a task, and cannot wait for it.

use std::fmt;

use tokio::task;

use crate::handoff::fork::forks_so_far;

/// Cancels a task of a bridge, from any thread. [`BridgedTask::abort_handle`](crate::BridgedTask::abort_handle) and
/// [`ScopedTask::abort_handle`](crate::ScopedTask::abort_handle) return one.
///
/// The task continues if the handle is dropped. The handle keeps neither the bridge nor a scope alive, and may outlive both.
///
/// # Examples
///
/// ```
/// use sync_bridge_core::{BridgeError, RuntimeBridge};
///
/// let bridge = RuntimeBridge::new()?;
/// let mut task = bridge.spawn(std::future::pending::<()>());
/// let abort = task.abort_handle();
/// std::thread::spawn(move || abort.abort());
/// assert!(matches!(task.wait(), Err(BridgeError::ResponseLost(_))));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    /// `None` if the task was never started.
    task: Option<task::AbortHandle>,
    /// The count of forks when the bridge was made: in a child no task runs, and tokio's locks may be held for ever.
    forks: usize,
}

impl AbortHandle {
    pub(crate) fn new(task: Option<task::AbortHandle>, forks: usize) -> Self {
        Self { task, forks }
    }

    /// Cancels the task. It is dropped when its current poll has returned. A caller that waits for it gets
    /// [`ResponseLost`](crate::BridgeError::ResponseLost). A task that has already ended keeps its result.
    ///
    /// In a forked child this does nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut task = bridge.spawn(async { 1 });
    /// let abort = task.abort_handle();
    /// assert_eq!(task.wait()?, 1);
    /// // It has ended. Nothing happens.
    /// abort.abort();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn abort(&self) {
        if let Some(task) = self.task.as_ref().filter(|_| forks_so_far() == self.forks) {
            task.abort();
        }
    }

    /// Returns whether the task has ended: with a value, by a panic or by cancellation.
    ///
    /// # Examples
    ///
    /// ```
    /// use sync_bridge_core::RuntimeBridge;
    ///
    /// let bridge = RuntimeBridge::new()?;
    /// let mut task = bridge.spawn(std::future::pending::<()>());
    /// let abort = task.abort_handle();
    /// assert!(!abort.is_finished());
    /// abort.abort();
    /// let _ = task.wait();
    /// assert!(abort.is_finished());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.as_ref().is_none_or(task::AbortHandle::is_finished)
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("is_finished", &self.is_finished()).finish_non_exhaustive()
    }
}

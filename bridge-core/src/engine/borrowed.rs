//! A runtime that is the program's own. The bridge ends its own tasks there, and learns when the runtime ends.

use std::future::pending;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::base::id::BridgeId;
use crate::engine::task_list::TaskList;
use crate::thread::pool;

/// What a bridge has on a runtime that it does not own, until this is dropped.
pub(crate) struct BorrowedRuntime {
    tasks: Arc<TaskList>,
    sentinel: AbortHandle,
}

impl BorrowedRuntime {
    /// `None` if the runtime has ended. `at_its_end` is dropped when it does, or when the bridge ends.
    pub(crate) fn new(
        handle: &Handle,
        bridge: BridgeId,
        tasks: &Arc<TaskList>,
        at_its_end: impl Send + 'static,
    ) -> Option<Self> {
        let sentinel = spawn_for_ever(handle, bridge, at_its_end)?;
        Some(Self { tasks: Arc::clone(tasks), sentinel })
    }
}

/// Spawns a task that ends with the runtime, or when it is aborted, and drops the value then. `None` if the runtime has ended.
fn spawn_for_ever(handle: &Handle, bridge: BridgeId, value: impl Send + 'static) -> Option<AbortHandle> {
    let task = handle.spawn(pool::marking(handle, bridge, async move {
        let _value = value;
        pending::<()>().await;
    }));
    // A runtime that has ended, or is about to, drops the task at once.
    Some(task.abort_handle()).filter(|task| !task.is_finished())
}

/// Whether the borrowed runtime of the bridge has ended, or drops its tasks now because it is about to.
pub(crate) fn has_ended(handle: &Handle, bridge: BridgeId) -> bool {
    spawn_for_ever(handle, bridge, ()).map(|task| task.abort()).is_none()
}

impl Drop for BorrowedRuntime {
    fn drop(&mut self) {
        self.tasks.abort();
        self.sentinel.abort();
    }
}

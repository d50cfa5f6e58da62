//! The tasks that a bridge or a scope has spawned, to be aborted together.

use std::sync::{Mutex, PoisonError};

use tokio::task::AbortHandle;

/// Tasks, each as long as it runs.
#[derive(Debug, Default)]
pub(crate) struct TaskList(Mutex<List>);

#[derive(Debug, Default)]
struct List {
    tasks: Vec<AbortHandle>,
    /// How many tasks there are when those that have ended are forgotten the next time.
    look_at: usize,
}

impl TaskList {
    /// Adds a task that has been spawned.
    pub(crate) fn add(&self, task: AbortHandle) {
        self.with(|list| {
            // Whenever the number has doubled: at a constant cost for each task.
            if list.tasks.len() >= list.look_at {
                list.tasks.retain(|task| !task.is_finished());
                list.look_at = 2 * list.tasks.len() + 8;
            }
            list.tasks.push(task);
        });
    }

    /// Whether a task has not ended.
    pub(crate) fn is_any_running(&self) -> bool {
        self.with(|list| list.tasks.iter().any(|task| !task.is_finished()))
    }

    /// Aborts the tasks. Each is dropped when its current poll has returned.
    pub(crate) fn abort(&self) {
        let tasks = self.with(|list| std::mem::take(&mut list.tasks));
        // Not with the lock held: what is dropped may add a task, or drop a bridge.
        tasks.iter().for_each(AbortHandle::abort);
    }

    /// Nothing panics with the lock held, or takes it again.
    fn with<T>(&self, f: impl FnOnce(&mut List) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(all(test, not(sync_bridge_loom)))]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[test]
    fn tasks_that_have_ended_are_forgotten() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let list = TaskList::default();
        let running = runtime.spawn(pending::<()>());
        list.add(running.abort_handle());
        for _ in 0..1000 {
            let task = runtime.spawn(ready(()));
            let handle = task.abort_handle();
            runtime.block_on(task).expect("it ends");
            list.add(handle);
        }
        assert!(list.with(|list| list.tasks.len()) <= 20);
        // The one that runs is not.
        assert!(list.is_any_running());
        list.abort();
        assert!(runtime.block_on(running).expect_err("it is aborted").is_cancelled());
        assert!(!list.is_any_running());
    }
}

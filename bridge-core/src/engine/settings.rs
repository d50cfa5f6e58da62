//! The settings of a bridge, after they have been checked.

use std::fmt;
use std::io;
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::base::config::{Flavor, Overflow};
use crate::engine::context::Hook;
use crate::engine::slow::SlowHook;
use crate::engine::thread_hooks::{DEFAULT_THREAD_NAME, ThreadHooks, ThreadName};
use crate::engine::wait_hooks::WaitHooks;

/// A builder's settings, checked.
pub(crate) struct Settings {
    pub(crate) flavor: Flavor,
    /// The program's own runtime, if the bridge is to start none.
    pub(crate) borrowed: Option<Handle>,
    pub(crate) worker_threads: usize,
    /// For blocking closures alone.
    pub(crate) max_blocking_threads: usize,
    pub(crate) start_paused: bool,
    pub(crate) threads: ThreadSettings,
    pub(crate) default_timeout: Option<Duration>,
    pub(crate) context: Option<Hook>,
    pub(crate) max_in_flight: Option<usize>,
    pub(crate) overflow: Overflow,
    pub(crate) slow: Option<SlowHook>,
    pub(crate) wait_hooks: WaitHooks,
}

/// The settings of a bridge's threads.
#[derive(Clone)]
pub(crate) struct ThreadSettings {
    pub(crate) name: ThreadName,
    /// In bytes.
    pub(crate) stack_size: Option<usize>,
    /// How long a thread waits for another job.
    pub(crate) keep_alive: Duration,
    pub(crate) hooks: ThreadHooks,
}

/// tokio's own settings, and a name.
impl Default for ThreadSettings {
    fn default() -> Self {
        Self {
            name: ThreadName::Fixed(DEFAULT_THREAD_NAME.to_owned()),
            stack_size: None,
            keep_alive: Duration::from_secs(10),
            hooks: ThreadHooks::default(),
        }
    }
}

impl fmt::Debug for ThreadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ThreadSettings");
        if let ThreadName::Fixed(name) = &self.name {
            shown.field("name", name);
        }
        shown.field("stack_size", &self.stack_size).field("keep_alive", &self.keep_alive).finish_non_exhaustive()
    }
}

impl ThreadSettings {
    /// A thread with the stack of one of the runtime's, to see whether the system gives it out.
    pub(crate) fn probe(&self) -> thread::Builder {
        match self.stack_size {
            Some(size) => thread::Builder::new().stack_size(size),
            None => thread::Builder::new(),
        }
    }

    /// Spawns a thread as the runtime would. `mark` says on it whose it is, before the hooks run.
    pub(crate) fn spawn(
        &self,
        mark: impl FnOnce() + Send + 'static,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let stop = StopOnDrop(self.hooks.clone());
        let spawned = self.probe().name(self.name.next()).spawn(move || {
            mark();
            stop.0.start();
            run();
        });
        spawned.map(drop)
    }
}

/// Runs the hook for the end of a thread however it ends.
struct StopOnDrop(ThreadHooks);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

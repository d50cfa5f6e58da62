//! The settings of a bridge, after they have been checked.

use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::base::config::{Flavor, Overflow};
use crate::engine::context::Hook;
use crate::engine::slow::SlowHook;
use crate::engine::wait_hooks::WaitHooks;

/// A builder's settings, checked.
pub(crate) struct Settings {
    pub(crate) flavor: Flavor,
    /// The program's own runtime, if the bridge is to start none.
    pub(crate) borrowed: Option<Handle>,
    pub(crate) worker_threads: usize,
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
    pub(crate) name: String,
    /// In bytes.
    pub(crate) stack_size: Option<usize>,
}

impl ThreadSettings {
    /// A thread as the runtime would make it.
    pub(crate) fn thread(&self) -> thread::Builder {
        let builder = thread::Builder::new().name(self.name.clone());
        match self.stack_size {
            Some(size) => builder.stack_size(size),
            None => builder,
        }
    }
}

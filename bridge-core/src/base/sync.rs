//! The one switch between std and loom: what is shared between threads takes its parts from here, so that the models run
//! the code that ships.

#[cfg(not(all(test, sync_bridge_loom)))]
mod imp {
    pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
    pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub(crate) use std::thread::{Thread, current, park};
    use std::time::Duration;

    /// Parks the thread, for this long at most.
    pub(crate) fn park_at_most(limit: Option<Duration>) {
        match limit {
            None => park(),
            Some(limit) => std::thread::park_timeout(limit),
        }
    }

    /// std's cell behind loom's interface.
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

#[cfg(all(test, sync_bridge_loom))]
mod imp {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::atomic::{AtomicBool, Ordering};
    pub(crate) use loom::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub(crate) use loom::thread::{Thread, current, park};
    use std::time::Duration;

    /// Parks the thread: loom knows no time.
    pub(crate) fn park_at_most(_limit: Option<Duration>) {
        park();
    }
}

pub(crate) use imp::*;

//! The one switch between std and loom. Code that is shared between threads takes its primitives from here, so that the
//! loom models run the released code.

#[cfg(not(all(test, sync_bridge_loom)))]
mod imp {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
    pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub(crate) use std::thread::{Thread, current, park};
    use std::time::Duration;

    /// Parks the thread, for at most this long.
    pub(crate) fn park_at_most(limit: Option<Duration>) {
        match limit {
            None => park(),
            Some(limit) => std::thread::park_timeout(limit),
        }
    }

    /// std's cell with loom's API.
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
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(crate) use loom::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub(crate) use loom::thread::park;
    use std::sync::OnceLock;
    use std::sync::atomic::AtomicPtr as StdAtomicPtr;
    use std::time::Duration;

    /// Parks the thread. Loom does not model time.
    pub(crate) fn park_at_most(_limit: Option<Duration>) {
        park();
    }

    /// Loom's handle of a thread.
    #[derive(Clone)]
    pub(crate) struct Thread(loom::thread::Thread);

    pub(crate) fn current() -> Thread {
        Thread(loom::thread::current())
    }

    impl Thread {
        /// Lets the other threads run first, then unparks the thread.
        ///
        /// In loom, `unpark` is not a point where threads switch. The unparked thread also sees everything that came
        /// before, at once and without a park. A test would then pass with any ordering of a flag that is set just
        /// before `unpark` and read by the other thread before the token is there.
        pub(crate) fn unpark(&self) {
            loom::thread::yield_now();
            self.0.unpark();
        }
    }

    /// Loom's pointer, created at its first use, because loom cannot create one at compile time for a `static`. A model
    /// must use it once before it starts a second thread.
    pub(crate) struct AtomicPtr<T> {
        first: StdAtomicPtr<T>,
        pointer: OnceLock<loom::sync::atomic::AtomicPtr<T>>,
    }

    impl<T> AtomicPtr<T> {
        pub(crate) const fn new(pointer: *mut T) -> Self {
            Self { first: StdAtomicPtr::new(pointer), pointer: OnceLock::new() }
        }

        pub(crate) fn load(&self, order: Ordering) -> *mut T {
            self.pointer().load(order)
        }

        pub(crate) fn compare_exchange(
            &self,
            current: *mut T,
            new: *mut T,
            success: Ordering,
            failure: Ordering,
        ) -> Result<*mut T, *mut T> {
            self.pointer().compare_exchange(current, new, success, failure)
        }

        fn pointer(&self) -> &loom::sync::atomic::AtomicPtr<T> {
            // Of a pointer that nobody has stored to, any load gives the first value.
            self.pointer.get_or_init(|| loom::sync::atomic::AtomicPtr::new(self.first.load(Ordering::Relaxed)))
        }
    }
}

pub(crate) use imp::*;

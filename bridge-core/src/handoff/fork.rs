//! Detects that this process was forked from another one.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How often this process has been forked off since the first call of this function, in it or in a parent.
#[cfg(unix)]
pub(crate) fn forks() -> usize {
    use std::ffi::c_int;
    use std::sync::Once;

    type Hook = Option<unsafe extern "C" fn()>;

    unsafe extern "C" {
        fn pthread_atfork(prepare: Hook, parent: Hook, child: Hook) -> c_int;
    }

    unsafe extern "C" fn count() {
        // ORDERING: Relaxed: a child has one thread, and those that it starts see what came before.
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        // SAFETY: the function is POSIX's, as declared, and `count` may run in a child: it only adds to an atomic. It
        // fails for want of memory only; forks then go uncounted, as they do where there is no such function.
        unsafe { pthread_atfork(None, None, Some(count)) };
    });
    forks_so_far()
}

#[cfg(not(unix))]
pub(crate) fn forks() -> usize {
    forks_so_far()
}

static FORKS: AtomicUsize = AtomicUsize::new(0);

/// As [`forks`], for who has called that before: one load.
#[inline]
pub(crate) fn forks_so_far() -> usize {
    // ORDERING: Relaxed: the count changes in a child before any of its code runs.
    FORKS.load(Ordering::Relaxed)
}

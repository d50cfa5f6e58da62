//! What a thread does for the Python interpreter while it waits for a call.

#![expect(unsafe_code, reason = "PyO3 releases the GIL only for a closure, and the bridge needs a guard")]

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use pyo3::ffi;
use pyo3::prelude::*;
use sync_bridge::RuntimeBridge;

/// How long a signal waits for its handler, at most, while the main thread waits for a call.
const CHECK_EVERY: Duration = Duration::from_millis(100);

/// Starts a bridge for calls from Python. A thread that waits for a call releases the GIL. The main thread also runs the
/// signal handlers. If a handler raises an exception, the call ends.
pub(crate) fn bridge() -> io::Result<RuntimeBridge> {
    RuntimeBridge::builder().around_wait(ReleasedGil::new).while_waiting(CHECK_EVERY, check_signals).build()
}

fn check_signals() -> ControlFlow<PyErr> {
    if !is_known() {
        return ControlFlow::Continue(());
    }
    // Does nothing if the interpreter is ending.
    match Python::try_attach(|py| py.check_signals().err()).flatten() {
        Some(raised) => ControlFlow::Break(raised),
        None => ControlFlow::Continue(()),
    }
}

/// Whether Python knows this thread. Only such a thread can hold the GIL.
fn is_known() -> bool {
    // SAFETY: this reads a thread-local, and needs neither the GIL nor a running interpreter.
    !unsafe { ffi::PyGILState_GetThisThreadState() }.is_null()
}

/// Releases the GIL until it is dropped, if this thread holds it.
///
/// `PyO3` does not know about this. It is sound because the thread does nothing but park until the drop.
struct ReleasedGil(Option<*mut ffi::PyThreadState>);

impl ReleasedGil {
    fn new() -> Self {
        if !is_known() {
            return Self(None);
        }
        // The stable ABI has no `PyGILState_Check`. `PyGILState_Ensure` returns whether the thread held the GIL before. If
        // it did not, as inside `Python::detach`, the thread acquires the GIL for a moment.
        // SAFETY: Python knows this thread, so there is an interpreter. The two calls form a pair.
        let before = unsafe {
            let before = ffi::PyGILState_Ensure();
            ffi::PyGILState_Release(before);
            before
        };
        let is_held = before == ffi::PyGILState_STATE::PyGILState_LOCKED;
        // SAFETY: the thread holds the GIL.
        Self(is_held.then(|| unsafe { ffi::PyEval_SaveThread() }))
    }
}

impl Drop for ReleasedGil {
    fn drop(&mut self) {
        if let Some(state) = self.0 {
            // SAFETY: `state` belongs to this thread, because a raw pointer is not `Send`. It is restored once.
            unsafe { ffi::PyEval_RestoreThread(state) };
        }
    }
}

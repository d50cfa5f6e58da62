//! Blocking a worker thread after its runtime has moved to another one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::base::runtime::BridgeRuntime;
use crate::thread::{budget, caller, pool};

/// What became of a job that was to run in place.
pub(crate) enum InPlace {
    Ran,
    /// tokio refuses, as this thread is no worker after all. The job has not begun.
    Refused,
    /// The thread is a bridge's, and no other could take its place. The job has not begun.
    Exhausted,
}

/// As [`in_place`], on a worker of the bridge. tokio moves the worker to a blocking thread of the runtime that is
/// entered, which a guard can have made another one: a runtime that could not be dropped as long as the worker lives.
pub(crate) fn in_place_at_home(runtime: &BridgeRuntime, job: &mut dyn FnMut()) -> InPlace {
    let _home = runtime.handle.enter();
    match in_place(runtime, job) {
        // On a worker tokio refuses only if the system refuses a thread.
        InPlace::Refused => InPlace::Exhausted,
        ran => ran,
    }
}

/// Runs `job`, once, on this worker thread after its runtime has moved to another.
pub(crate) fn in_place(runtime: &BridgeRuntime, job: &mut dyn FnMut()) -> InPlace {
    let Some(_taken) = pool::take_thread() else { return InPlace::Exhausted };
    let mut has_begun = false;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        tokio::task::block_in_place(|| {
            has_begun = true;
            caller::remember_worker();
            if !budget::is_ready() {
                budget::prepare(&runtime.handle);
            }
            job();
        });
    }));
    match ran {
        Ok(()) => InPlace::Ran,
        Err(_) if !has_begun => InPlace::Refused,
        Err(payload) => std::panic::resume_unwind(payload),
    }
}

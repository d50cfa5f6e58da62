//! Blocking a worker thread after its runtime has moved to another one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::shared::Shared;
use crate::thread::caller;
use crate::thread::pool;

/// As [`in_place`], on a worker of the bridge. tokio moves the worker to a blocking thread of the runtime that is
/// entered, which a guard can have made another one: a runtime that could not be dropped as long as the worker lives.
pub(crate) fn in_place_at_home(bridge: &Shared, job: &mut dyn FnMut()) -> InPlace {
    let _home = bridge.handle.enter();
    in_place(job)
}

/// What became of a job that was to run in place.
pub(crate) enum InPlace {
    Ran,
    /// tokio refuses, as this thread is no worker after all. The job has not begun.
    Refused,
    /// The thread is a bridge's, and no other could take its place.
    Exhausted,
}

/// Runs `job`, once, on this worker thread after its runtime has moved to another.
pub(crate) fn in_place(job: &mut dyn FnMut()) -> InPlace {
    let Some(_taken) = pool::take_thread() else { return InPlace::Exhausted };
    let mut has_begun = false;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        tokio::task::block_in_place(|| {
            has_begun = true;
            job();
        });
    }));
    if !has_begun {
        return InPlace::Refused;
    }
    caller::remember_worker();
    match ran {
        Ok(()) => InPlace::Ran,
        Err(payload) => std::panic::resume_unwind(payload),
    }
}

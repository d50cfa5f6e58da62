//! Blocking a worker thread after its runtime has moved to another one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::base::runtime::BridgeRuntime;
use crate::thread::takeover::{self, Leaving};
use crate::thread::{budget, caller, home, pool};

/// What became of a job that was to run in place.
pub(crate) enum InPlace {
    Ran,
    /// tokio refuses, as this thread is no worker after all. The job has not begun.
    Refused,
    /// No other thread could take the place of this one. The job has not begun.
    Exhausted,
}

/// As [`in_place`], on what seems to be a worker of the bridge.
pub(crate) fn in_place_at_home(runtime: &BridgeRuntime, job: &mut dyn FnMut()) -> InPlace {
    let _home = runtime.handle.enter();
    block(runtime, &runtime.handle, takeover::SHORT, job)
}

/// Runs `job`, once, on this worker thread after its runtime has moved to another.
///
/// tokio moves the worker to a blocking thread of the runtime that is entered. A guard, or a poll of ours, can have made
/// that another one: its thread would then be a worker that nobody takes for one, and it could not be dropped as long as
/// the worker lives.
pub(crate) fn in_place(runtime: &BridgeRuntime, job: &mut dyn FnMut()) -> InPlace {
    let Some(home) = home::get().or_else(|| Handle::try_current().ok()) else { return InPlace::Refused };
    let _home = home.enter();
    block(runtime, &home, takeover::LONG, job)
}

/// `home` is the runtime of the worker. Another thread has `pause` to take its place.
fn block(runtime: &BridgeRuntime, home: &Handle, pause: Duration, job: &mut dyn FnMut()) -> InPlace {
    let Some(taken) = pool::take_thread() else { return InPlace::Exhausted };
    // Whether a call of the program's code needs the runtime that it is made on is not known.
    let may_need_home = home.id() == runtime.handle.id() || pool::runs_for_a_bridge();
    let is_watched = taken.is_of_a_pool() || (may_need_home && !takeover::has_left(home));
    let _leaving = is_watched.then(|| Leaving::mark(home, pause));
    let mut has_begun = false;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        tokio::task::block_in_place(|| {
            has_begun = true;
            caller::remember_worker();
            budget::prepare(&runtime.handle);
            job();
        });
    }));
    match ran {
        Ok(()) => InPlace::Ran,
        Err(payload) if has_begun => std::panic::resume_unwind(payload),
        // On a worker tokio refuses only if the system refuses a thread, and the worker has lost its tasks by then.
        Err(_) if caller::wakes_at_once() => InPlace::Exhausted,
        Err(_) => InPlace::Refused,
    }
}

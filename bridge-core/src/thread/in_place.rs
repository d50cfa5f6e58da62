//! Blocking a worker thread after its runtime has moved to another one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::base::runtime::BridgeRuntime;
use crate::thread::takeover::{self, Leaving};
use crate::thread::{budget, caller, pool};

thread_local! {
    /// The runtime that was entered on this worker before the first of the polls under way here.
    static HOME: Cell<Option<Handle>> = const { Cell::new(None) };
}

/// Remembers, until it is dropped, which runtime was entered on this worker: a poll here enters another one, and a call
/// inside of it may have to block in place.
#[must_use]
pub(crate) struct Home(());

impl Home {
    /// `None` inside of another poll, around which that is remembered already.
    pub(crate) fn remember(entered: Handle) -> Option<Self> {
        let is_outermost = HOME.try_with(|home| {
            let before = home.take();
            let is_outermost = before.is_none();
            home.set(before.or(Some(entered)));
            is_outermost
        });
        is_outermost.is_ok_and(|is_outermost| is_outermost).then(|| Self(()))
    }

    /// The runtime that is remembered.
    fn get() -> Option<Handle> {
        let home = HOME.try_with(|home| {
            let remembered = home.take();
            home.set(remembered.clone());
            remembered
        });
        home.unwrap_or_default()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = HOME.try_with(Cell::take);
    }
}

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
    let Some(home) = Home::get().or_else(|| Handle::try_current().ok()) else { return InPlace::Refused };
    let _home = home.enter();
    block(runtime, &home, takeover::LONG, job)
}

/// `home` is the runtime of the worker. Another thread has `pause` to take its place.
fn block(runtime: &BridgeRuntime, home: &Handle, pause: Duration, job: &mut dyn FnMut()) -> InPlace {
    let Some(taken) = pool::take_thread() else { return InPlace::Exhausted };
    // Of a runtime that is not a bridge's, it is not known whether the call needs it.
    let _leaving = taken.is_of_a_pool().then(|| Leaving::mark(home, pause));
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

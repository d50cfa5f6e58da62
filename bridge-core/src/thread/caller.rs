//! Who is calling: the one place that asks tokio where the calling thread stands.
//!
//! tokio tells part of it. `worker_index` says whether a scheduler drives this thread, and under which index, but
//! not which scheduler; `Handle::try_current` says which runtime is entered, which an `enter()` guard may have
//! changed. More facts narrow down what the two leave open:
//!
//! - Every thread of a bridge carries a mark.
//! - A worker's count of parks tells whether it is parked. If it is, then not on this thread, which runs this code;
//!   and as it serves its runtime elsewhere, this thread may be blocked whatever it is.
//! - A worker that has left its tasks to another thread, as `block_in_place` makes it do, wakes what yields at once.
//!   Every scheduler that still has its tasks defers that.
//! - The driver of a current-thread runtime queues what it spawns there apart from what other threads spawn.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use tokio::runtime::{EnterGuard, Handle, RuntimeFlavor, worker_index};

use crate::base::config::Flavor;
use crate::engine::shared::Shared;
use crate::thread::marks;
use crate::thread::pool::is_member_of;

/// Where the calling thread stands, as far as it decides where a call may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// No runtime is entered: a thread of the program's own.
    Outside,
    /// A worker of a multi-thread runtime that is not the bridge's.
    ForeignWorker,
    /// A worker of this bridge, multi-thread flavour: a bridged future calls again.
    OwnWorker,
    /// As above, and further in: the thread is inside a call that runs in place.
    InPlace,
    /// A blocking thread of this bridge.
    Blocking,
    /// Anywhere else that tokio knows of: the root or a task of a current-thread runtime, a `LocalSet`, a
    /// `LocalRuntime`, the root of a multi-thread runtime, a blocking thread, an `enter()` guard.
    Entered,
    /// tokio's thread-local is destroyed: the thread is ending.
    Ending,
}

thread_local! {
    /// Whether this thread has been a worker of a multi-thread runtime.
    static WAS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Whether the bridge's runtime is the one entered on this thread.
pub(crate) fn has_entered(bridge: &Shared) -> bool {
    Handle::try_current().is_ok_and(|entered| entered.id() == bridge.handle.id())
}

/// Whether this is [`Caller::Outside`], as can be told at a glance: a look at two thread-locals. Another thread may be
/// outside too, and [`locate`] knows.
#[inline]
pub(crate) fn is_plainly_outside() -> bool {
    !WAS_WORKER.get() && Handle::try_current().is_err_and(|error| error.is_missing_context())
}

pub(crate) fn locate(bridge: &Shared) -> Caller {
    // To ask for the runtime counts a reference: a thread that has been a worker is asked whether it still is before.
    let index = WAS_WORKER.get().then(worker_index);
    if let Some(Some(1..)) = index {
        return locate_for_certain(bridge);
    }
    match Handle::try_current() {
        Ok(entered) => locate_inside(bridge, &entered, index.unwrap_or_else(worker_index)),
        Err(error) if error.is_thread_local_destroyed() => Caller::Ending,
        Err(_) => Caller::Outside,
    }
}

/// A worker whose index is not 0 is no current-thread runtime's.
fn locate_for_certain(bridge: &Shared) -> Caller {
    if may_be_own(bridge) { Caller::OwnWorker } else { Caller::ForeignWorker }
}

/// A runtime is entered on this thread.
fn locate_inside(bridge: &Shared, entered: &Handle, worker_index: Option<usize>) -> Caller {
    match worker_index {
        Some(0) => locate_first_worker(bridge, entered),
        Some(_) => locate_for_certain(bridge),
        // Something else may have been entered since the call went in place, and then polling here is unsafe.
        None if entered.id() != bridge.handle.id() => Caller::Entered,
        None if marks::is_in_place_for(bridge.id) => Caller::InPlace,
        None if is_member_of(bridge.id) => Caller::Blocking,
        None => Caller::Entered,
    }
}

/// Whether this thread may be a worker of the bridge: a driver of a current-thread bridge does not come here, as it could
/// wait for nothing but itself.
fn may_be_own(bridge: &Shared) -> bool {
    bridge.flavor == Flavor::MultiThread && is_member_of(bridge.id)
}

/// Enters the bridge's context. `None` once tokio's thread-local is destroyed: no context can be entered any more.
pub(crate) fn try_enter(bridge: &Shared) -> Option<EnterGuard<'_>> {
    match Handle::try_current() {
        Err(error) if error.is_thread_local_destroyed() => None,
        _ => Some(bridge.handle.enter()),
    }
}

/// A scheduler drives this thread, as its worker number 0, which a current-thread scheduler's always is.
fn locate_first_worker(bridge: &Shared, entered: &Handle) -> Caller {
    let may_be_own = may_be_own(bridge);
    let in_place = if may_be_own { Caller::OwnWorker } else { Caller::ForeignWorker };
    match entered.runtime_flavor() {
        RuntimeFlavor::MultiThread if may_be_own && !is_elsewhere(&bridge.handle) => in_place,
        RuntimeFlavor::MultiThread if WAS_WORKER.get() => Caller::ForeignWorker,
        // Under the guard of a multi-thread runtime whose worker 0 is parked, this is another runtime's driver; or its
        // worker, which a thread that was one before is taken for.
        RuntimeFlavor::MultiThread if entered.id() == bridge.handle.id() || is_elsewhere(entered) => Caller::Entered,
        RuntimeFlavor::MultiThread => Caller::ForeignWorker,
        // A blocking thread of the bridge, or a worker inside `block_in_place`, may drive a runtime of its own; or this
        // is the bridge's worker under a guard, and must not be taken for anything else.
        RuntimeFlavor::CurrentThread if may_be_own => {
            if drives(entered) {
                Caller::Entered
            } else {
                in_place
            }
        }
        // The driver of a current-thread bridge is not here, so this is a blocking thread with a runtime of its own.
        RuntimeFlavor::CurrentThread if entered.id() == bridge.handle.id() => Caller::Entered,
        // Under the guard of a current-thread runtime whose driver is parked, this is another runtime's worker.
        RuntimeFlavor::CurrentThread if is_parked(entered) => in_place,
        _ => Caller::Entered,
    }
}

/// Remembers that this thread is a worker of a multi-thread runtime, as `block_in_place` has shown.
pub(crate) fn remember_worker() {
    WAS_WORKER.set(true);
}

/// Whether this thread drives the current-thread runtime: what it spawns there does not go through the queue that all
/// other threads use, and nobody else runs it.
fn drives(runtime: &Handle) -> bool {
    let metrics = runtime.metrics();
    let is_kept_here = || {
        let before = metrics.global_queue_depth();
        let task = runtime.spawn(async {});
        // A driver elsewhere may have taken the task out of the queue already. Then it is about to run it.
        let mut looks = 0..100;
        metrics.global_queue_depth() <= before
            && looks.all(|_| {
                std::thread::yield_now();
                !task.is_finished()
            })
    };
    !is_parked(runtime) && (0..3).all(|_| is_kept_here())
}

/// Whether worker 0 of the multi-thread runtime cannot be this thread, with or without its tasks.
fn is_elsewhere(runtime: &Handle) -> bool {
    is_parked(runtime) && !wakes_at_once()
}

/// Whether a task that yields on this thread is woken at once, and not by a scheduler that the thread has to go back to.
fn wakes_at_once() -> bool {
    struct Flag(AtomicBool);

    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            // ORDERING: Relaxed: only this thread looks, and only at wakes of its own.
            self.0.store(true, Ordering::Relaxed);
        }
    }

    thread_local! {
        static FLAG: Arc<Flag> = Arc::new(Flag(AtomicBool::new(false)));
    }

    FLAG.try_with(|flag| {
        flag.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(flag));
        // The first poll of `yield_now` is always pending; a scheduler may keep the waker, which does no harm.
        let _ = pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&waker));
        flag.0.load(Ordering::Relaxed)
    })
    .unwrap_or(false)
}

/// Whether worker 0 of the runtime is parked right now: its count of parks and unparks is odd then.
#[cfg(target_has_atomic = "64")]
fn is_parked(runtime: &Handle) -> bool {
    runtime.metrics().worker_park_unpark_count(0) % 2 == 1
}

#[cfg(not(target_has_atomic = "64"))]
fn is_parked(_runtime: &Handle) -> bool {
    false
}

//! Who is calling: the one place that asks tokio where the calling thread stands.
//!
//! tokio tells part of it. `worker_index` says whether a scheduler drives this thread, and under which index, but not
//! which scheduler; `Handle::try_current` says which runtime is entered, which an `enter()` guard may have changed;
//! `task::try_id` is that of the task, or of the blocking closure, that runs here: a worker of a multi-thread runtime is
//! launched as a blocking closure, so it always has one. Every thread of a bridge carries a mark besides, and the workers of
//! a bridge remember theirs when they park.
//!
//! A worker that runs a task may hand its other tasks to another thread, with `block_in_place`, and block. One that drives
//! timers and sockets may not: a waker that makes a call is woken there. What tells the two apart is the id of a worker of
//! the bridge, and on any other the [budget](budget::is_limited) that a task has.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use tokio::runtime::{Handle, RuntimeFlavor, worker_index};
use tokio::task;

use crate::base::config::Flavor;
use crate::base::id::BridgeId;
use crate::base::runtime::BridgeRuntime;
use crate::thread::budget;
use crate::thread::home::{self, Beneath};
use crate::thread::pool::{is_member_of, is_started_by};
use crate::thread::takeover::has_left;

/// Where the calling thread stands, as far as it decides where a call may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// No runtime is entered: a thread of the program's own.
    Outside,
    /// A worker of a multi-thread runtime that is not the bridge's.
    ForeignWorker,
    /// A worker of this bridge, multi-thread flavour: a bridged future calls again.
    OwnWorker,
    /// A thread that polls the future of a call by itself, outside of any scheduler: that future calls again. Or a worker
    /// of this bridge that has left its tasks to another thread, and runs code that may block.
    InPlace,
    /// A worker of this bridge that drives its timers and sockets: a waker calls.
    OwnDriver,
    /// A blocking thread of this bridge.
    Blocking,
    /// Anywhere else that tokio knows of: the root or a task of a current-thread runtime, a `LocalSet`, a
    /// `LocalRuntime`, the root of a multi-thread runtime, a blocking thread, the driver of a runtime, an `enter()` guard.
    Entered,
    /// tokio's thread-local is destroyed: the thread is ending.
    Ending,
}

thread_local! {
    /// What is known of this thread: [`WAS_WORKER`], [`HAS_LIMITS`], [`IN_HOOK`].
    static KNOWN: Cell<u8> = const { Cell::new(0) };
    /// The task that was last seen to run here, in a poll that a scheduler made.
    static SEEN_TASK: Cell<Option<task::Id>> = const { Cell::new(None) };
    /// What this thread has outside of any task while it is a worker of its bridge, once it has parked.
    static WORKER_ID: Cell<Option<task::Id>> = const { Cell::new(None) };
}

/// It has been a worker of a multi-thread runtime, as `block_in_place` has shown.
const WAS_WORKER: u8 = 1;

/// It runs a piece of code with limits, which its calls have too.
const HAS_LIMITS: u8 = 2;

/// It runs a hook of its bridge, at its start or end.
const IN_HOOK: u8 = 4;

fn was_worker() -> bool {
    KNOWN.get() & WAS_WORKER != 0
}

/// A quick test for [`Caller::Outside`], without limits: it reads two thread-locals. If it is false, the thread may still be outside,
/// and [`locate`] decides.
#[inline]
pub(crate) fn is_plainly_outside() -> bool {
    KNOWN.get() == 0 && Handle::try_current().is_err_and(|error| error.is_missing_context())
}

/// Whether the bridge's runtime is the one entered on this thread.
pub(crate) fn has_entered(runtime: &BridgeRuntime) -> bool {
    Handle::try_current().is_ok_and(|entered| entered.id() == runtime.handle.id())
}

/// Where this thread stands, and the runtime that is entered on it, apart from the guards of the library.
pub(crate) fn locate(runtime: &BridgeRuntime) -> (Caller, Option<Handle>) {
    match Handle::try_current() {
        Ok(entered) => match home::beneath(entered) {
            Beneath { entered: Some(entered), is_polling } => {
                (locate_inside(runtime, &entered, is_polling), Some(entered))
            }
            Beneath { entered: None, .. } => (Caller::Outside, None),
        },
        Err(error) if error.is_thread_local_destroyed() => (Caller::Ending, None),
        Err(_) => (Caller::Outside, None),
    }
}

/// `is_polling` says that this is inside of a poll, with the runtime of its call entered. Something else may have been entered
/// since the poll began, and then polling here is unsafe.
fn locate_inside(runtime: &BridgeRuntime, entered: &Handle, is_polling: bool) -> Caller {
    match (worker_index(), is_polling) {
        // The poll began on this worker.
        (Some(_), true) if is_own_thread(runtime) => Caller::OwnWorker,
        (Some(_), true) => Caller::ForeignWorker,
        (Some(index), false) => locate_on_scheduler(runtime, entered, index),
        (None, true) => Caller::InPlace,
        (None, false) => locate_off_schedulers(runtime, entered),
    }
}

/// Whether this is a marked thread of the bridge that tokio's schedulers use: a driver of a current-thread bridge is none.
fn is_own_thread(runtime: &BridgeRuntime) -> bool {
    runtime.flavor == Flavor::MultiThread && is_member_of(runtime)
}

/// A runtime is entered on this thread, and no scheduler drives it.
fn locate_off_schedulers(runtime: &BridgeRuntime, entered: &Handle) -> Caller {
    match entered.id() == runtime.handle.id() {
        true if has_left(entered) => Caller::InPlace,
        true if is_member_of(runtime) => Caller::Blocking,
        _ => Caller::Entered,
    }
}

/// A scheduler drives this thread: a current-thread one's as number 0, a multi-thread one's as any.
fn locate_on_scheduler(runtime: &BridgeRuntime, entered: &Handle, index: usize) -> Caller {
    // The root of a current-thread runtime, and its driver.
    let Some(task) = task::try_id() else { return Caller::Entered };
    if is_own_thread(runtime) {
        return locate_on_own_thread(runtime, entered, index, task);
    }
    let is_of_entered = is_worker_of(entered, index);
    if runtime.is_borrowed && entered.id() == runtime.handle.id() {
        return match (is_in_task(task), is_of_entered) {
            (true, true) => Caller::OwnWorker,
            // Under a guard.
            (true, false) => Caller::Entered,
            // While its worker is parked, the driver cannot be told from what is under a guard.
            (false, _) => Caller::OwnDriver,
        };
    }
    let may_be_foreign = entered.id() != runtime.handle.id() || index > 0;
    if is_of_entered && is_in_task(task) && may_be_foreign { Caller::ForeignWorker } else { Caller::Entered }
}

/// A thread of the bridge may also drive a current-thread runtime: inside of a blocking closure, or of `block_in_place`.
fn locate_on_own_thread(runtime: &BridgeRuntime, entered: &Handle, index: usize, task: task::Id) -> Caller {
    if index == 0 && entered.runtime_flavor() == RuntimeFlavor::CurrentThread && drives(entered) {
        return Caller::Entered;
    }
    let is_in_task = match WORKER_ID.get() {
        Some(worker) => task != worker,
        None => is_in_task(task),
    };
    match (is_in_task, is_elsewhere(&runtime.handle, index)) {
        (true, false) => Caller::OwnWorker,
        // Another scheduler polls the task.
        (true, true) => Caller::Entered,
        (false, _) => Caller::OwnDriver,
    }
}

/// Whether this is a worker of a multi-thread runtime, as far as can be told: of the one that is entered, unless that is so by a
/// guard.
fn is_worker_of(entered: &Handle, index: usize) -> bool {
    // A scheduler with a higher number is no current-thread one.
    if index > 0 {
        return true;
    }
    // Under the guard of a multi-thread runtime whose worker is parked, this may be the driver of a current-thread one.
    entered.runtime_flavor() == RuntimeFlavor::MultiThread && (was_worker() || !is_elsewhere(entered, index))
}

/// Whether this worker polls a task, or has left its tasks to another thread already: then it may block in place.
fn is_in_task(task: task::Id) -> bool {
    if SEEN_TASK.get() == Some(task) {
        return true;
    }
    if budget::is_limited() {
        SEEN_TASK.set(Some(task));
        return true;
    }
    // Not remembered: outside of any task, in a hook of its runtime, this thread may get its other tasks back.
    wakes_at_once()
}

/// Remembers that this thread is a worker of its bridge, and about to park: outside of any task.
pub(crate) fn remember_parked_worker() {
    WORKER_ID.set(task::try_id());
}

/// Remembers that this thread is a worker of a multi-thread runtime, as `block_in_place` has shown.
pub(crate) fn remember_worker() {
    KNOWN.set(KNOWN.get() | WAS_WORKER);
}

/// Marks, until it is dropped, that this thread runs a piece of code with limits.
#[must_use]
pub(crate) struct LimitsMark {
    before: u8,
}

impl LimitsMark {
    pub(crate) fn set() -> Self {
        let before = KNOWN.get();
        KNOWN.set(before | HAS_LIMITS);
        Self { before: before & HAS_LIMITS }
    }
}

impl Drop for LimitsMark {
    fn drop(&mut self) {
        KNOWN.set(KNOWN.get() & !HAS_LIMITS | self.before);
    }
}

/// Marks, until it is dropped, that this thread runs a hook of its bridge.
#[must_use]
pub(crate) struct HookMark(());

impl HookMark {
    pub(crate) fn set() -> Self {
        KNOWN.set(KNOWN.get() | IN_HOOK);
        Self(())
    }
}

impl Drop for HookMark {
    fn drop(&mut self) {
        KNOWN.set(KNOWN.get() & !IN_HOOK);
    }
}

/// Whether this thread of the bridge runs a hook. It may be about to take the place of the only worker, and then nothing
/// that it waits for would go on. The driver of a current-thread bridge is none of these: all of its calls are refused.
pub(crate) fn is_in_hook_of(bridge: BridgeId) -> bool {
    KNOWN.get() & IN_HOOK != 0 && is_started_by(bridge)
}

/// Whether polling here first, and blocking in place only if the future has to wait, is known to be safe.
pub(crate) fn is_surely_worker() -> bool {
    was_worker() && budget::is_ready()
}

/// Whether this thread drives the current-thread runtime: what it spawns there does not go through the queue that all
/// other threads use, and nobody else runs it. tokio does not document that, and the table of callers in `tests/contexts`
/// goes red if it changes. Asked of a thread of the bridge under the guard of such a runtime, and nowhere else.
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
    !is_parked(runtime, 0) && (0..3).all(|_| is_kept_here())
}

/// Whether the worker of the multi-thread runtime cannot be this thread, with or without its tasks.
fn is_elsewhere(runtime: &Handle, index: usize) -> bool {
    is_parked(runtime, index) && !wakes_at_once()
}

/// Whether a task that yields on this thread is woken at once, and not by a scheduler that the thread has to go back to.
pub(crate) fn wakes_at_once() -> bool {
    struct Flag(AtomicBool);

    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            // ORDERING: Relaxed: only this thread looks, and only at wakes of its own.
            self.0.store(true, Ordering::Relaxed);
        }
    }

    thread_local! {
        static FLAG: RefCell<Option<Arc<Flag>>> = const { RefCell::new(None) };
    }

    let flag = FLAG
        .try_with(|flag| Arc::clone(flag.borrow_mut().get_or_insert_with(|| Arc::new(Flag(AtomicBool::new(false))))));
    flag.is_ok_and(|flag| {
        flag.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&flag));
        // The first poll of `yield_now` is always pending; a scheduler may keep the waker, which does no harm.
        let _ = pin!(task::yield_now()).poll(&mut Context::from_waker(&waker));
        flag.0.load(Ordering::Relaxed)
    })
}

/// Whether the worker is parked right now: its count of parks and unparks is odd then, as tokio documents.
#[cfg(target_has_atomic = "64")]
fn is_parked(runtime: &Handle, index: usize) -> bool {
    let metrics = runtime.metrics();
    index < metrics.num_workers() && metrics.worker_park_unpark_count(index) % 2 == 1
}

#[cfg(not(target_has_atomic = "64"))]
fn is_parked(_runtime: &Handle, _index: usize) -> bool {
    false
}

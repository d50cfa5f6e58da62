//! Synchronous code that runs with the bridge's runtime entered: that of a user, and destructors.

use std::any::Any;
use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::base::error::BridgeError;
use crate::base::panic::ignore_panic;
use crate::call::context::CallContext;
use crate::call::enclosing::Enclosing;
use crate::call::erased::abandon;
use crate::call::interrupt::Interrupt;
use crate::engine::shared::{Begun, Shared};
use crate::handoff::call::Call;
use crate::thread::ancestry;
use crate::thread::home;
use crate::thread::marks::PollMark;

/// Runs `f` on this thread, inside the runtime of the bridge. It is in flight until it returns, and the calls that it makes
/// are a part of it.
pub(crate) fn run_inside<R>(bridge: &Shared, f: impl FnOnce() -> R) -> Result<R, BridgeError> {
    let mut f = Some(f);
    let result = try_run(bridge, &mut f);
    if result.is_err() {
        abandon(&mut f, &bridge.runtime);
    }
    result
}

fn try_run<R>(bridge: &Shared, f: &mut Option<impl FnOnce() -> R>) -> Result<R, BridgeError> {
    let _begun = bridge.begin()?;
    // The guard first: it remembers the poll around, which the mark hides.
    let _entered = home::enter(&bridge.runtime.handle).ok_or(BridgeError::ThreadEnding)?;
    let _mark = PollMark::set_waiting(bridge.id());
    let run = || f.take().map(|f| f());
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => unreachable!("the code is run once"),
        Err(payload) => Err(BridgeError::panicked(payload)),
    }
}

/// Runs `f` on this thread, inside the runtime of the bridge if it can be entered here. While calls of the bridge may be
/// made, `f` is in flight. Its panics are the caller's.
pub(crate) fn run_around<R>(bridge: &Shared, f: impl FnOnce() -> R) -> R {
    let begun = bridge.begin();
    if let Err(BridgeError::Forked) = begun {
        return f();
    }
    let _entered = home::enter(&bridge.runtime.handle);
    let _mark = begun.is_ok().then(|| PollMark::set_waiting(bridge.id()));
    f()
}

/// The payload of a panic.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Drops a value inside the runtime of the bridge: on this thread, or if it is ending, on a thread of the bridge. In a
/// forked child the value is leaked.
///
/// Once the runtime has ended, its context is still entered, as far as this thread can do that.
///
/// # Errors
///
/// The payload, if the destructor panics.
pub(crate) fn drop_inside<T: Send>(bridge: &Shared, value: T) -> Result<(), Payload> {
    if bridge.in_flight.is_forked() {
        mem::forget(value);
        return Ok(());
    }
    // What ends a call early does not end what its values do when they are dropped.
    let _limits = Enclosing::enter(None);
    let mut value = Some(value);
    let mut drop_value = || catch_unwind(AssertUnwindSafe(|| value = None));
    let begun = bridge.begin_end();
    if let Some(_entered) = home::enter(&bridge.runtime.handle) {
        // The calls that the destructor makes are a part of what a shutdown waits for.
        let _mark = begun.is_ok().then(|| PollMark::set_waiting(bridge.id()));
        return drop_value();
    }
    let mut dropped = None;
    if let Ok(begun) = begun {
        // std's own thread-local may be gone as well. Then no thread can be waited for.
        let run = || run_elsewhere(bridge, begun, &mut || dropped = Some(drop_value()));
        ignore_panic(run);
    }
    dropped.unwrap_or_else(drop_value)
}

/// Runs the job inside the runtime, on a thread that may block, or if the system refuses one, in a task. It has not run if
/// it cannot.
fn run_elsewhere(bridge: &Shared, begun: Begun<'_>, job: &mut (dyn FnMut() + Send)) {
    // With the hooks of a wait. A check cannot end this one.
    let interrupt = Interrupt::new(&bridge.wait_hooks, None);
    let Ok((context, _)) = CallContext::begun(begun, Location::caller(), bridge, interrupt.as_deref()) else { return };
    let on_thread = pin!(Call::new(poll_fn(|_| {
        let _entered = home::enter(&bridge.runtime.handle);
        let _mark = PollMark::set_waiting(bridge.id());
        job();
        Poll::Ready(())
    })));
    let run = |job| bridge.blocking_threads.run(job);
    if let Err(BridgeError::Saturated) = context.lend_to_thread(on_thread, ancestry::current(), run, || ()) {
        let in_task = pin!(Call::new(poll_fn(|_| {
            job();
            Poll::Ready(())
        })));
        let chain = Some(ancestry::extend(&bridge.first_link));
        // The runtime is there: the task is run.
        let _ = context.lend(in_task, chain, |task| bridge.spawn_call(task), |_| ());
    }
}

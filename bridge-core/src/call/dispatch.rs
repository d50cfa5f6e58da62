//! Where the future of a call is polled: the one decision.
//!
//! | the calling thread | the first poll | the rest |
//! |---|---|---|
//! | [`Outside`](Caller::Outside) of any runtime | here | handed off |
//! | [`InPlace`](Caller::InPlace): the future of a call outside of any scheduler calls again | here | handed off |
//! | [`ForeignWorker`](Caller::ForeignWorker) | here | handed off, inside `block_in_place` |
//! | [`OwnWorker`](Caller::OwnWorker) | here | here, inside `block_in_place` |
//! | [`OwnDriver`](Caller::OwnDriver) | refused | |
//! | [`Blocking`](Caller::Blocking), [`Entered`](Caller::Entered), [`Ending`](Caller::Ending) | handed off | handed off |
//!
//! A future that is ready at its first poll then costs no thread switch, and one that waits often pays for two in all. To
//! finish a call of a worker's own there spares the thread that a hand-off would park. In the last row polling is unsafe:
//! tokio defers wake-ups to the scheduler that this thread would be blocking.
//!
//! A bridge with a paused clock makes the first poll in no row.

use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;

use crate::base::config::Flavor;
use crate::base::error::BridgeError;
use crate::base::panic::ignore_panic;
use crate::call::context::CallContext;
use crate::call::drive::{Wait, drive};
use crate::call::erased::{BorrowedFuture, ErasedCall, ErasedFuture, TypedCall};
use crate::call::interrupt::Interrupt;
use crate::call::limits::{ActiveLimits, CallKind};
use crate::call::result::{CallResult, boxed, finish};
use crate::engine::metrics::{Ended, Route};
use crate::engine::shared::Shared;
use crate::thread::budget;
use crate::thread::caller::{self, Caller};
use crate::thread::home::{self, Home};
use crate::thread::in_place::{InPlace, in_place, in_place_at_home};
use crate::thread::marks::PollMark;
use crate::thread::pool;
use crate::thread::takeover;

/// Tells how a call has ended whose output says nothing about that.
pub(crate) fn always_value<T>(_output: &T) -> Ended {
    Ended::Value
}

/// Runs the future that `make` builds, and waits for it. `make` runs here, once, inside the bridge's context. `classify`
/// tells from the output how the call has ended, for the count.
#[inline]
#[track_caller]
pub(crate) fn block_on<F>(
    bridge: &Shared,
    kind: CallKind<'_>,
    make: impl FnOnce() -> F,
    classify: impl Fn(&F::Output) -> Ended + Send,
) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let location = Location::caller();
    let mut output = None;
    let future = pin!(None);
    let mut call = TypedCall::new(make, classify, future, &mut output);
    let plain = if kind.is_plain() && bridge.has_plain_calls && caller::is_plainly_outside() {
        CallContext::plain(location, bridge)
    } else {
        None
    };
    // The shortest way becomes a part of the code that calls it.
    let result = match &plain {
        Some(context) => poll_first(context, None, &mut call),
        None => slow_path(location, bridge, kind, &mut call),
    };
    if result.is_err() {
        call.abandon(&bridge.runtime);
    }
    finish(result, output)
}

#[inline(never)]
fn slow_path(
    location: &'static Location<'static>,
    bridge: &Shared,
    kind: CallKind<'_>,
    call: &mut dyn ErasedCall,
) -> CallResult {
    if kind.is_unlimited(bridge) {
        return route(location, bridge, None, call);
    }
    match kind.limits(bridge)? {
        None => route(location, bridge, None, call),
        Some(limits) => limited(location, bridge, &limits, call),
    }
}

fn limited(
    location: &'static Location<'static>,
    bridge: &Shared,
    limits: &ActiveLimits<'_>,
    call: &mut dyn ErasedCall,
) -> CallResult {
    let mut outcome = None;
    let future = pin!(None);
    let mut limited =
        TypedCall::new(move || limits.run(limits.build(|| built(call))), ActiveLimits::classify, future, &mut outcome);
    let result = route(location, bridge, limits.interrupt(), &mut limited);
    boxed(finish(result, outcome)?)
}

fn route(
    location: &'static Location<'static>,
    bridge: &Shared,
    interrupt: Option<&Interrupt>,
    call: &mut dyn ErasedCall,
) -> CallResult {
    let (context, entered) = CallContext::begin(location, bridge, interrupt)?;
    let context = &context;
    match context.caller {
        Caller::Outside | Caller::InPlace => begin_here(context, None, call),
        Caller::OwnWorker | Caller::ForeignWorker => match prepare_worker(context) {
            InPlace::Ran => begin_here(context, entered, call),
            InPlace::Refused => hand_off_at_once(context, call),
            InPlace::Exhausted => Err(BridgeError::Saturated.into()),
        },
        Caller::OwnDriver => Err(BridgeError::WouldDeadlock.into()),
        Caller::Blocking | Caller::Entered => hand_off_at_once(context, call),
        // Nothing can be entered any more, so a `make` that needs the context fails, and an `async` block does not.
        Caller::Ending => {
            context.build(call)?;
            boxed(context.hand_off(call.future()))
        }
    }
}

/// Polls the future once, here, and waits for the rest. If the bridge has a paused clock, no poll is made here: the clock could
/// move on between two timers that it sets.
fn begin_here(context: &CallContext<'_>, home: Option<Handle>, call: &mut dyn ErasedCall) -> CallResult {
    if context.bridge.is_paused {
        build_unpolled(context, call)?;
        return boxed(wait(context, call.future()));
    }
    poll_first(context, home, call)
}

/// Makes sure that this is a worker, once for each thread: by blocking in place for a moment.
fn prepare_worker(context: &CallContext<'_>) -> InPlace {
    if caller::is_surely_worker() {
        return InPlace::Ran;
    }
    match context.caller {
        Caller::OwnWorker => in_place_at_home(&context.bridge.runtime, &mut || ()),
        _ => in_place(&context.bridge.runtime, &mut || ()),
    }
}

/// Builds the future and polls it once, here, and waits for the rest. `home` is the runtime whose worker this is.
#[inline]
fn poll_first(context: &CallContext<'_>, home: Option<Handle>, call: &mut (impl ErasedCall + ?Sized)) -> CallResult {
    let runtime = &context.bridge.runtime;
    // Whatever the future waits for is told of its next waker when it is polled again: nothing can be missed.
    let polled = {
        let _home = home.and_then(Home::remember);
        let _mark = PollMark::set(runtime);
        let _entered = runtime.handle.enter();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            call.build();
            budget::with_budget(&runtime.handle, &mut Context::from_waker(Waker::noop()), |cx| call.future().poll(cx))
        }));
        if polled.is_err() {
            // Inside the bridge's context, which destructors may need.
            ignore_panic(|| call.future().clear());
        }
        polled
    };
    match polled {
        Ok(Poll::Ready(Ended::Value)) => Ok(()),
        Ok(Poll::Ready(ended)) => {
            context.count_failure(ended);
            Ok(())
        }
        Ok(Poll::Pending) => boxed(wait(context, call.future())),
        Err(payload) => {
            context.count_failure(Ended::Panic);
            Err(Box::new(BridgeError::panicked(payload)))
        }
    }
}

/// Waits for a future that has been polled here for the first time.
fn wait(context: &CallContext<'_>, future: &mut (dyn ErasedFuture + Send)) -> Result<Ended, BridgeError> {
    let runtime = &context.bridge.runtime;
    let mut result = Err(BridgeError::Saturated);
    // Left here as long as no job has taken it.
    let mut future = Some(future);
    let ran = match context.caller {
        Caller::OwnWorker => in_place_at_home(runtime, &mut || {
            if let Some(future) = future.take() {
                result = drive_rest(context, future);
            }
        }),
        Caller::ForeignWorker => in_place(runtime, &mut || {
            if let Some(future) = future.take() {
                result = context.hand_off(future);
            }
        }),
        _ => InPlace::Refused,
    };
    match (future, ran) {
        (None, _) => result,
        (Some(future), InPlace::Refused) if is_called_by_a_call(context) => drive_rest(context, future),
        (Some(future), InPlace::Refused) => context.hand_off(future),
        // No thread could take the place of this one.
        (Some(future), _) => Err(context.refuse(future, BridgeError::Saturated)),
    }
}

/// Whether the call is made on a thread of the bridge, inside of the future of another one.
fn is_called_by_a_call(context: &CallContext<'_>) -> bool {
    let runtime = &context.bridge.runtime;
    let is_own = || pool::is_member_of(runtime) || takeover::has_left(&runtime.handle);
    context.caller == Caller::InPlace && runtime.flavor == Flavor::MultiThread && is_own()
}

fn drive_rest(context: &CallContext<'_>, future: &mut (dyn ErasedFuture + Send)) -> Result<Ended, BridgeError> {
    match context.wait(Route::Here) {
        Ok(ticket) => drive(context, Wait::Registered(ticket), BorrowedFuture(future)),
        Err(refusal) => Err(context.refuse(future, refusal)),
    }
}

fn hand_off_at_once(context: &CallContext<'_>, call: &mut dyn ErasedCall) -> CallResult {
    build_unpolled(context, call)?;
    boxed(context.hand_off(call.future()))
}

/// Builds a future that is not polled here.
fn build_unpolled(context: &CallContext<'_>, call: &mut dyn ErasedCall) -> Result<(), BridgeError> {
    // What is built may call again, as any code on this thread may. The guard first: it remembers the poll around, which the
    // mark hides.
    let _entered = home::enter(&context.bridge.runtime.handle);
    let _mark = PollMark::set_waiting(context.bridge.id());
    context.build(call)
}

fn built(call: &mut dyn ErasedCall) -> BorrowedFuture<'_, dyn ErasedFuture + Send + '_> {
    call.build();
    BorrowedFuture(call.future())
}

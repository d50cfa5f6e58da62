//! The way of a call: from who is calling to where its future is polled.
//!
//! | the calling thread | what happens |
//! |---|---|
//! | [`Outside`](Caller::Outside) | first poll here, then hand-off |
//! | [`ForeignWorker`](Caller::ForeignWorker) | the same, inside `block_in_place` |
//! | [`OwnWorker`](Caller::OwnWorker) | the whole future here, inside `block_in_place` |
//! | [`InPlace`](Caller::InPlace) | the whole future here |
//! | [`Blocking`](Caller::Blocking), [`Entered`](Caller::Entered), [`Ending`](Caller::Ending) | hand-off at once |
//!
//! A future that is ready at its first poll then costs no thread switch, and one that waits often pays for two in
//! all. The whole future here spares a nested call the thread that a hand-off would park. In the last row polling is
//! unsafe: tokio defers wake-ups to the scheduler that this thread would be blocking.

use std::future::Future;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::task::LocalSet;
use tokio::task::coop::unconstrained;

use crate::base::error::BridgeError;
use crate::call::context::CallContext;
use crate::call::erased::{BorrowedFuture, ErasedCall, ErasedFuture, ErasedLocalCall, TypedCall, TypedLocalCall};
use crate::call::limits::{ActiveLimits, CallKind};
use crate::engine::metrics::{Ended, Route};
use crate::engine::shared::{Shared, Ticket};
use crate::handoff::call::Call;
use crate::handoff::park;
use crate::thread::caller::{self, Caller};
use crate::thread::in_place::{InPlace, in_place, in_place_at_home};
use crate::thread::marks::InPlaceMark;
use crate::thread::marks::PollMark;

/// Tells how a call has ended whose output says nothing about that.
pub(crate) fn always_value<T>(_output: &T) -> Ended {
    Ended::Value
}

/// Runs the future that `make` builds, and waits for it. `make` runs here, once, inside the bridge's context. `judge` tells
/// from the output how the call has ended, for the count.
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
    block_on_at(Location::caller(), bridge, kind, make, classify)
}

/// The same, for a call that is made at `location`: in a closure that is not the caller's line any more.
#[inline]
pub(crate) fn block_on_at<F>(
    location: &'static Location<'static>,
    bridge: &Shared,
    kind: CallKind<'_>,
    make: impl FnOnce() -> F,
    classify: impl Fn(&F::Output) -> Ended + Send,
) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let mut output = None;
    let future = pin!(None);
    let mut request = TypedCall::new(make, classify, future, &mut output);
    // The shortest way becomes a part of the code that calls it.
    let ended = if kind.is_nothing() && bridge.is_plain() && caller::is_plainly_outside() {
        first_poll_here(&CallContext::plain(location, bridge), &mut request)
    } else {
        block_on_slow_path(location, bridge, kind, &mut request)
    };
    if ended.is_err() {
        request.abandon(bridge);
    }
    finish(ended, output)
}

#[inline(never)]
fn block_on_slow_path(
    location: &'static Location<'static>,
    bridge: &Shared,
    kind: CallKind<'_>,
    call: &mut dyn ErasedCall,
) -> CallResult {
    match kind.limits(bridge)? {
        None => route(&CallContext::begin(location, bridge)?, call),
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
    let mut limited = TypedCall::new(move || limits.run(built(call)), ActiveLimits::classify, future, &mut outcome);
    let ended = route(&CallContext::begin(location, bridge)?, &mut limited);
    boxed(finish(ended, outcome)?)
}

/// Runs the future that `make` builds, which need not be `Send`, inside a `LocalSet`: here where polling is safe,
/// otherwise on a blocking thread of the bridge.
#[track_caller]
pub(crate) fn block_on_local<F>(
    bridge: &Shared,
    kind: CallKind<'_>,
    make: impl FnOnce() -> F + Send,
) -> Result<F::Output, BridgeError>
where
    F: Future,
    F::Output: Send,
{
    let mut output = None;
    let request = &mut TypedLocalCall::new(make, always_value, &mut output);
    let ended = block_on_local_slow_path(Location::caller(), bridge, kind, request);
    if ended.is_err() {
        request.abandon(bridge);
    }
    finish(ended, output)
}

fn block_on_local_slow_path(
    location: &'static Location<'static>,
    bridge: &Shared,
    kind: CallKind<'_>,
    call: &mut dyn ErasedLocalCall,
) -> CallResult {
    let limits = kind.limits(bridge)?;
    let context = CallContext::begin(location, bridge)?;
    match limits {
        None => route_local(&context, call),
        Some(limits) => limits.with_local(call, |call| route_local(&context, call)),
    }
}

/// How a call ends for whoever waits: its output has its place, or there is an error. As large as a pointer, and so handed
/// from function to function in a register.
pub(crate) type CallResult = Result<(), Box<BridgeError>>;

fn boxed(ended: Result<Ended, BridgeError>) -> CallResult {
    ended.map(|_| ()).map_err(Box::new)
}

#[inline]
fn finish<T>(boxed: CallResult, output: Option<T>) -> Result<T, BridgeError> {
    match (boxed, output) {
        (Ok(()), Some(output)) => Ok(output),
        (Ok(()), None) => unreachable!("a call that has ended has an output"),
        (Err(error), _) => Err(*error),
    }
}

fn route(context: &CallContext<'_>, call: &mut dyn ErasedCall) -> CallResult {
    let mut ended = Ok(());
    let ran = match context.caller {
        Caller::Outside => return first_poll_here(context, call),
        Caller::ForeignWorker => in_place(&mut || ended = first_poll_here(context, call)),
        Caller::OwnWorker => in_place_at_home(context.bridge, &mut || ended = built_and_all_here(context, call)),
        Caller::InPlace => return built_and_all_here(context, call),
        Caller::Blocking | Caller::Entered => InPlace::Refused,
        // Nothing can be entered any more, so a `make` that needs the context fails, and an `async` block does not.
        Caller::Ending => {
            context.build(call)?;
            return boxed(context.hand_off(call.work()));
        }
    };
    match ran {
        InPlace::Ran => ended,
        InPlace::Refused => hand_off_at_once(context, call),
        InPlace::Exhausted => Err(BridgeError::WouldDeadlock.into()),
    }
}

fn route_local(context: &CallContext<'_>, call: &mut dyn ErasedLocalCall) -> CallResult {
    let mut ended = Ok(());
    let ran = match context.caller {
        // A blocking thread that waited for another one of its pool might wait for ever.
        Caller::Outside | Caller::InPlace | Caller::Blocking => return boxed(local_here(context, None, call)),
        Caller::ForeignWorker => in_place(&mut || ended = boxed(local_here(context, None, call))),
        Caller::OwnWorker => in_place_at_home(context.bridge, &mut || ended = boxed(local_here(context, None, call))),
        Caller::Entered | Caller::Ending => InPlace::Refused,
    };
    match ran {
        InPlace::Ran => ended,
        InPlace::Refused => local_elsewhere(context, call),
        InPlace::Exhausted => Err(BridgeError::WouldDeadlock.into()),
    }
}

#[inline]
fn first_poll_here(context: &CallContext<'_>, call: &mut (impl ErasedCall + ?Sized)) -> CallResult {
    let chain = context.enter_chain();
    let entered = context.bridge.handle.enter();
    // Whatever the future waits for is told of its next waker when a worker polls it: nothing can be missed.
    let polled = catch_unwind(AssertUnwindSafe(|| {
        call.build();
        call.work().poll(&mut Context::from_waker(Waker::noop()))
    }));
    match polled {
        Ok(Poll::Ready(Ended::Value)) => Ok(()),
        Ok(Poll::Ready(ended)) => {
            context.count_failure_of(ended);
            Ok(())
        }
        Ok(Poll::Pending) => {
            drop(entered);
            drop(chain);
            boxed(context.hand_off(call.work()))
        }
        Err(payload) => Err(Box::new(context.panicked_here(payload, call.work()))),
    }
}

fn built(call: &mut dyn ErasedCall) -> BorrowedFuture<'_, dyn ErasedFuture + Send + '_> {
    call.build();
    BorrowedFuture(call.work())
}

fn built_and_all_here(context: &CallContext<'_>, call: &mut dyn ErasedCall) -> CallResult {
    boxed(all_here(context, None, || {
        context.build(call)?;
        Ok(BorrowedFuture(call.work()))
    }))
}

/// Runs the whole call on this thread: with the ticket given, or one it takes when it has to wait.
fn all_here<F: Future<Output = Ended>>(
    context: &CallContext<'_>,
    ticket: Option<&Ticket<'_>>,
    make: impl FnOnce() -> Result<F, BridgeError>,
) -> Result<Ended, BridgeError> {
    let in_flight = &context.bridge.in_flight;
    let _in_place = InPlaceMark::set(context.bridge.id);
    let _chain = context.enter_chain();
    let _entered = context.bridge.handle.enter();
    // A budget of the code around this call would never be refilled while the thread is here.
    let call = pin!(Call::new(unconstrained(make()?)));
    let mut watch = context.watch();
    let before_park = || {
        // The thread that made the call watches over it, and that is not this one if there is a ticket already.
        let limit = if ticket.is_none() { watch.look() } else { None };
        // Looked at last: the callback may have eaten the token of the cancellation.
        if in_flight.is_cancelled() || in_flight.is_forked() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(limit)
    };
    let mut taken = None;
    let ask_leave = || {
        if let Some(ticket) = ticket {
            ticket.wait_on_this_thread();
            return true;
        }
        taken = context.enter(Route::Here).ok().map(|ticket| (PollMark::set(context.bridge.id), ticket));
        taken.is_some()
    };
    let outcome = park::run(call, ask_leave, before_park);
    let result = outcome.map_or_else(|| Err(context.refusal()), |outcome| context.finish(outcome));
    match (taken, ticket) {
        (Some((_mark, ticket)), _) => ticket.end(CallContext::ended(&result)),
        (None, None) => context.count_failure(&result),
        // Whoever has the ticket counts.
        (None, Some(_)) => (),
    }
    result
}

fn hand_off_at_once(context: &CallContext<'_>, call: &mut dyn ErasedCall) -> CallResult {
    {
        let _chain = context.enter_chain();
        let _entered = context.bridge.handle.enter();
        context.build(call)?;
    }
    boxed(context.hand_off(call.work()))
}

fn local_here(
    context: &CallContext<'_>,
    ticket: Option<&Ticket<'_>>,
    call: &mut dyn ErasedLocalCall,
) -> Result<Ended, BridgeError> {
    let mut result = Err(BridgeError::WorkerDead);
    call.begin(&mut |work| {
        // `run_until` gives `spawn_local` somewhere to go. What was spawned and has not finished is dropped with the set.
        let local = LocalSet::new();
        result = all_here(context, ticket, || Ok(local.run_until(BorrowedFuture(work))));
    });
    result
}

fn local_elsewhere(context: &CallContext<'_>, call: &mut dyn ErasedLocalCall) -> CallResult {
    let ticket = context.enter(Route::HandedOff)?;
    let mut call = Some(call);
    // A future that does all of its work in one poll, which is how a blocking thread runs it.
    let job = std::future::poll_fn(|_| match call.take() {
        Some(call) => Poll::Ready(local_here(context, Some(&ticket), call)),
        None => Poll::Pending,
    });
    let result = context
        .carry(&ticket, pin!(Call::new(job)), |mut carried| {
            context.bridge.handle.spawn_blocking(move || {
                let _ = Pin::new(&mut carried).poll(&mut Context::from_waker(Waker::noop()));
            })
        })
        .and_then(|result| result);
    ticket.end(CallContext::ended(&result));
    boxed(result)
}

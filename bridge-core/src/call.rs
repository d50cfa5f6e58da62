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
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::task::LocalSet;
use tokio::task::coop::unconstrained;

use crate::caller::{Caller, InPlaceMark, PollMark};
use crate::in_place::{InPlace, in_place, in_place_at_home};
use crate::journey::Journey;
use crate::metrics::{Ended, Way};
use crate::raw::Call;
use crate::runtime::{Shared, Ticket};
use crate::{BridgeError, park};

/// Tells how a call has ended that no limits were set for.
pub(crate) fn as_it_is<T>(_value: &T) -> Ended {
    Ended::Value
}

/// Runs the future that `make` builds, and waits for it. `make` runs here, once, inside the bridge's context. `judge` tells
/// from a value how the call has ended, for the count.
#[inline]
#[track_caller]
pub(crate) fn block_on<F>(
    bridge: &Shared,
    make: impl FnMut() -> F,
    judge: impl Fn(&F::Output) -> Ended,
) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    block_on_journey(&Journey::begin(bridge, judge)?, make)
}

/// The same, for a journey that has begun.
#[inline]
pub(crate) fn block_on_journey<F, J>(
    journey: &Journey<'_, J>,
    make: impl FnMut() -> F,
) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
    J: Fn(&F::Output) -> Ended,
{
    match journey.caller {
        Caller::Outside => first_poll_here(journey, make),
        // Apart from the shortest way, which is small enough to become a part of the code that calls it.
        _ => block_on_elsewhere(journey, make),
    }
}

fn block_on_elsewhere<F, J>(journey: &Journey<'_, J>, mut make: impl FnMut() -> F) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
    J: Fn(&F::Output) -> Ended,
{
    match journey.caller {
        Caller::Outside => first_poll_here(journey, make),
        Caller::ForeignWorker => match in_place(|| first_poll_here(journey, &mut make)) {
            InPlace::Ran(result) => result,
            InPlace::Refused => hand_off_at_once(journey, make),
            InPlace::Exhausted => Err(BridgeError::WouldDeadlock),
        },
        Caller::OwnWorker => match in_place_at_home(journey.bridge, || all_here(journey, None, &mut make)) {
            InPlace::Ran(result) => result,
            InPlace::Refused => hand_off_at_once(journey, make),
            InPlace::Exhausted => Err(BridgeError::WouldDeadlock),
        },
        Caller::InPlace => all_here(journey, None, make),
        Caller::Blocking | Caller::Entered => hand_off_at_once(journey, make),
        // Nothing can be entered any more, so a `make` that needs the context fails, and an `async` block does not.
        Caller::Ending => {
            let mut call = pin!(Call::empty());
            journey.build(call.as_mut(), make)?;
            journey.hand_off(call)
        }
    }
}

/// Runs the future that `make` builds, which need not be `Send`, inside a `LocalSet`: here where polling is safe,
/// otherwise on a blocking thread of the bridge.
#[track_caller]
pub(crate) fn block_on_local<F>(
    bridge: &Shared,
    mut make: impl FnMut() -> F + Send,
    judge: impl Fn(&F::Output) -> Ended + Sync,
) -> Result<F::Output, BridgeError>
where
    F: Future,
    F::Output: Send,
{
    let journey = Journey::begin(bridge, judge)?;
    match journey.caller {
        // A blocking thread that waited for another one of its pool might wait for ever.
        Caller::Outside | Caller::InPlace | Caller::Blocking => local_here(&journey, None, make),
        Caller::ForeignWorker => match in_place(|| local_here(&journey, None, &mut make)) {
            InPlace::Ran(result) => result,
            InPlace::Refused => local_elsewhere(&journey, make),
            InPlace::Exhausted => Err(BridgeError::WouldDeadlock),
        },
        Caller::OwnWorker => match in_place_at_home(bridge, || local_here(&journey, None, &mut make)) {
            InPlace::Ran(result) => result,
            InPlace::Refused => local_elsewhere(&journey, make),
            InPlace::Exhausted => Err(BridgeError::WouldDeadlock),
        },
        Caller::Entered | Caller::Ending => local_elsewhere(&journey, make),
    }
}

#[inline]
fn first_poll_here<F, J>(journey: &Journey<'_, J>, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
    J: Fn(&F::Output) -> Ended,
{
    let chain = journey.enter_chain();
    let entered = journey.bridge.handle.enter();
    let mut call = pin!(Call::empty());
    // Whatever the future waits for is told of its next waker when a worker polls it: nothing can be missed.
    match call.as_mut().begin_here(make, &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => {
            let result = journey.settle(outcome);
            journey.count_failure(&result);
            result
        }
        Poll::Pending => {
            drop(entered);
            drop(chain);
            journey.hand_off(call)
        }
    }
}

/// Runs the whole call on this thread: with the ticket given, or one it takes when it has to wait.
fn all_here<F, J>(
    journey: &Journey<'_, J>,
    ticket: Option<&Ticket<'_>>,
    make: impl FnOnce() -> F,
) -> Result<F::Output, BridgeError>
where
    F: Future,
    J: Fn(&F::Output) -> Ended,
{
    let gate = &journey.bridge.gate;
    let _in_place = InPlaceMark::set(journey.bridge.id);
    let _chain = journey.enter_chain();
    let _entered = journey.bridge.handle.enter();
    let mut call = pin!(Call::empty());
    // A budget of the code around this call would never be refilled while the thread is here.
    journey.build(call.as_mut(), || unconstrained(make()))?;
    let mut watch = journey.watch();
    let before_park = || {
        if gate.is_cancelled() || gate.is_forked() {
            return ControlFlow::Break(());
        }
        // The thread that made the call watches over it, and that is not this one if there is a ticket already.
        ControlFlow::Continue(if ticket.is_none() { watch.look() } else { None })
    };
    let mut taken = None;
    let ask_leave = || {
        if let Some(ticket) = ticket {
            ticket.wait_on_this_thread();
            return true;
        }
        taken = journey.enter(Way::Here).ok().map(|ticket| (PollMark::set(journey.bridge.id), ticket));
        taken.is_some()
    };
    let outcome = park::run(call, ask_leave, before_park);
    let result = outcome.map_or_else(|| Err(journey.refusal()), |outcome| journey.settle(outcome));
    match (taken, ticket) {
        (Some((_mark, ticket)), _) => ticket.end(journey.verdict(&result)),
        (None, None) => journey.count_failure(&result),
        // Whoever has the ticket counts.
        (None, Some(_)) => (),
    }
    result
}

fn hand_off_at_once<F, J>(journey: &Journey<'_, J>, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
    J: Fn(&F::Output) -> Ended,
{
    let mut call = pin!(Call::empty());
    {
        let _chain = journey.enter_chain();
        let _entered = journey.bridge.handle.enter();
        journey.build(call.as_mut(), make)?;
    }
    journey.hand_off(call)
}

fn local_here<F, J>(
    journey: &Journey<'_, J>,
    ticket: Option<&Ticket<'_>>,
    make: impl FnOnce() -> F,
) -> Result<F::Output, BridgeError>
where
    F: Future,
    J: Fn(&F::Output) -> Ended,
{
    // `run_until` gives `spawn_local` somewhere to go. What was spawned and has not finished is dropped with the set.
    let local = LocalSet::new();
    all_here(journey, ticket, || local.run_until(async { make().await }))
}

fn local_elsewhere<F, J>(journey: &Journey<'_, J>, make: impl FnOnce() -> F + Send) -> Result<F::Output, BridgeError>
where
    F: Future,
    F::Output: Send,
    J: Fn(&F::Output) -> Ended + Sync,
{
    let ticket = journey.enter(Way::HandedOff)?;
    let mut make = Some(make);
    // A future that does all of its work in one poll, which is how a blocking thread runs it.
    let job = std::future::poll_fn(|_| match make.take() {
        Some(make) => Poll::Ready(local_here(journey, Some(&ticket), make)),
        None => Poll::Pending,
    });
    let result = journey
        .carry(&ticket, pin!(Call::new(job)), |mut carried| {
            journey.bridge.handle.spawn_blocking(move || {
                let _ = Pin::new(&mut carried).poll(&mut Context::from_waker(Waker::noop()));
            })
        })
        .and_then(|result| result);
    ticket.end(journey.verdict(&result));
    result
}

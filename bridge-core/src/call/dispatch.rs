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

use crate::BridgeError;
use crate::call::context::Journey;
use crate::call::erased::{Errand, Lent, LocalErrand, LocalRequest, Request, Work};
use crate::call::limits::{Asked, Terms};
use crate::engine::metrics::{Ended, Way};
use crate::engine::shared::{Shared, Ticket};
use crate::handoff::park;
use crate::handoff::raw::Call;
use crate::thread::caller::{self, Caller, InPlaceMark, PollMark};
use crate::thread::in_place::{InPlace, in_place, in_place_at_home};

/// Tells how a call has ended whose output says nothing about that.
pub(crate) fn as_it_is<T>(_output: &T) -> Ended {
    Ended::Value
}

/// Runs the future that `make` builds, and waits for it. `make` runs here, once, inside the bridge's context. `judge` tells
/// from the output how the call has ended, for the count.
#[inline]
#[track_caller]
pub(crate) fn block_on<F>(
    bridge: &Shared,
    asked: Asked<'_>,
    make: impl FnOnce() -> F,
    judge: impl Fn(&F::Output) -> Ended + Send,
) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    block_on_at(Location::caller(), bridge, asked, make, judge)
}

/// The same, for a call that is made at `location`: in a closure that is not the caller's line any more.
#[inline]
pub(crate) fn block_on_at<F>(
    location: &'static Location<'static>,
    bridge: &Shared,
    asked: Asked<'_>,
    make: impl FnOnce() -> F,
    judge: impl Fn(&F::Output) -> Ended + Send,
) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let mut output = None;
    let future = pin!(None);
    let mut request = Request::new(make, judge, future, &mut output);
    // The shortest way becomes a part of the code that calls it.
    let ended = if asked.is_nothing() && bridge.is_plain() && caller::is_plainly_outside() {
        first_poll_here(&Journey::from_outside(location, bridge), &mut request)
    } else {
        block_on_with_care(location, bridge, asked, &mut request)
    };
    if ended.is_err() {
        request.abandon(bridge);
    }
    settle(ended, output)
}

#[inline(never)]
fn block_on_with_care(
    location: &'static Location<'static>,
    bridge: &Shared,
    asked: Asked<'_>,
    errand: &mut dyn Errand,
) -> Settled {
    match asked.terms(bridge)? {
        None => by_caller(&Journey::begin_at(location, bridge)?, errand),
        Some(terms) => on_terms(location, bridge, &terms, errand),
    }
}

fn on_terms(
    location: &'static Location<'static>,
    bridge: &Shared,
    terms: &Terms<'_>,
    errand: &mut dyn Errand,
) -> Settled {
    let mut outcome = None;
    let future = pin!(None);
    let mut on_terms = Request::new(move || terms.run(built(errand)), Terms::judge, future, &mut outcome);
    let ended = by_caller(&Journey::begin_at(location, bridge)?, &mut on_terms);
    settled(settle(ended, outcome)?)
}

/// Runs the future that `make` builds, which need not be `Send`, inside a `LocalSet`: here where polling is safe,
/// otherwise on a blocking thread of the bridge.
#[track_caller]
pub(crate) fn block_on_local<F>(
    bridge: &Shared,
    asked: Asked<'_>,
    make: impl FnOnce() -> F + Send,
) -> Result<F::Output, BridgeError>
where
    F: Future,
    F::Output: Send,
{
    let mut output = None;
    let request = &mut LocalRequest::new(make, as_it_is, &mut output);
    let ended = block_on_local_with_care(Location::caller(), bridge, asked, request);
    if ended.is_err() {
        request.abandon(bridge);
    }
    settle(ended, output)
}

fn block_on_local_with_care(
    location: &'static Location<'static>,
    bridge: &Shared,
    asked: Asked<'_>,
    errand: &mut dyn LocalErrand,
) -> Settled {
    let terms = asked.terms(bridge)?;
    let journey = Journey::begin_at(location, bridge)?;
    match terms {
        None => local_by_caller(&journey, errand),
        Some(terms) => terms.with_local(errand, |errand| local_by_caller(&journey, errand)),
    }
}

/// How a call ends for whoever waits: its output has its place, or there is an error. As large as a pointer, and so handed
/// from function to function in a register.
pub(crate) type Settled = Result<(), Box<BridgeError>>;

fn settled(ended: Result<Ended, BridgeError>) -> Settled {
    ended.map(|_| ()).map_err(Box::new)
}

#[inline]
fn settle<T>(settled: Settled, output: Option<T>) -> Result<T, BridgeError> {
    match (settled, output) {
        (Ok(()), Some(output)) => Ok(output),
        (Ok(()), None) => unreachable!("a call that has ended has an output"),
        (Err(error), _) => Err(*error),
    }
}

fn by_caller(journey: &Journey<'_>, errand: &mut dyn Errand) -> Settled {
    let mut ended = Ok(());
    let ran = match journey.caller {
        Caller::Outside => return first_poll_here(journey, errand),
        Caller::ForeignWorker => in_place(&mut || ended = first_poll_here(journey, errand)),
        Caller::OwnWorker => in_place_at_home(journey.bridge, &mut || ended = built_and_all_here(journey, errand)),
        Caller::InPlace => return built_and_all_here(journey, errand),
        Caller::Blocking | Caller::Entered => InPlace::Refused,
        // Nothing can be entered any more, so a `make` that needs the context fails, and an `async` block does not.
        Caller::Ending => {
            journey.build(errand)?;
            return settled(journey.hand_off(errand.work()));
        }
    };
    match ran {
        InPlace::Ran => ended,
        InPlace::Refused => hand_off_at_once(journey, errand),
        InPlace::Exhausted => Err(BridgeError::WouldDeadlock.into()),
    }
}

fn local_by_caller(journey: &Journey<'_>, errand: &mut dyn LocalErrand) -> Settled {
    let mut ended = Ok(());
    let ran = match journey.caller {
        // A blocking thread that waited for another one of its pool might wait for ever.
        Caller::Outside | Caller::InPlace | Caller::Blocking => return settled(local_here(journey, None, errand)),
        Caller::ForeignWorker => in_place(&mut || ended = settled(local_here(journey, None, errand))),
        Caller::OwnWorker => {
            in_place_at_home(journey.bridge, &mut || ended = settled(local_here(journey, None, errand)))
        }
        Caller::Entered | Caller::Ending => InPlace::Refused,
    };
    match ran {
        InPlace::Ran => ended,
        InPlace::Refused => local_elsewhere(journey, errand),
        InPlace::Exhausted => Err(BridgeError::WouldDeadlock.into()),
    }
}

#[inline]
fn first_poll_here(journey: &Journey<'_>, errand: &mut (impl Errand + ?Sized)) -> Settled {
    let chain = journey.enter_chain();
    let entered = journey.bridge.handle.enter();
    // Whatever the future waits for is told of its next waker when a worker polls it: nothing can be missed.
    let polled = catch_unwind(AssertUnwindSafe(|| {
        errand.build();
        errand.work().poll(&mut Context::from_waker(Waker::noop()))
    }));
    match polled {
        Ok(Poll::Ready(Ended::Value)) => Ok(()),
        Ok(Poll::Ready(ended)) => {
            journey.count_failure_of(ended);
            Ok(())
        }
        Ok(Poll::Pending) => {
            drop(entered);
            drop(chain);
            settled(journey.hand_off(errand.work()))
        }
        Err(payload) => Err(Box::new(journey.panicked_here(payload, errand.work()))),
    }
}

fn built(errand: &mut dyn Errand) -> Lent<'_, dyn Work + Send + '_> {
    errand.build();
    Lent(errand.work())
}

fn built_and_all_here(journey: &Journey<'_>, errand: &mut dyn Errand) -> Settled {
    settled(all_here(journey, None, || {
        journey.build(errand)?;
        Ok(Lent(errand.work()))
    }))
}

/// Runs the whole call on this thread: with the ticket given, or one it takes when it has to wait.
fn all_here<F: Future<Output = Ended>>(
    journey: &Journey<'_>,
    ticket: Option<&Ticket<'_>>,
    make: impl FnOnce() -> Result<F, BridgeError>,
) -> Result<Ended, BridgeError> {
    let gate = &journey.bridge.gate;
    let _in_place = InPlaceMark::set(journey.bridge.id);
    let _chain = journey.enter_chain();
    let _entered = journey.bridge.handle.enter();
    // A budget of the code around this call would never be refilled while the thread is here.
    let call = pin!(Call::new(unconstrained(make()?)));
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
        (Some((_mark, ticket)), _) => ticket.end(Journey::verdict(&result)),
        (None, None) => journey.count_failure(&result),
        // Whoever has the ticket counts.
        (None, Some(_)) => (),
    }
    result
}

fn hand_off_at_once(journey: &Journey<'_>, errand: &mut dyn Errand) -> Settled {
    {
        let _chain = journey.enter_chain();
        let _entered = journey.bridge.handle.enter();
        journey.build(errand)?;
    }
    settled(journey.hand_off(errand.work()))
}

fn local_here(
    journey: &Journey<'_>,
    ticket: Option<&Ticket<'_>>,
    errand: &mut dyn LocalErrand,
) -> Result<Ended, BridgeError> {
    let mut result = Err(BridgeError::WorkerDead);
    errand.begin(&mut |work| {
        // `run_until` gives `spawn_local` somewhere to go. What was spawned and has not finished is dropped with the set.
        let local = LocalSet::new();
        result = all_here(journey, ticket, || Ok(local.run_until(Lent(work))));
    });
    result
}

fn local_elsewhere(journey: &Journey<'_>, errand: &mut dyn LocalErrand) -> Settled {
    let ticket = journey.enter(Way::HandedOff)?;
    let mut errand = Some(errand);
    // A future that does all of its work in one poll, which is how a blocking thread runs it.
    let job = std::future::poll_fn(|_| match errand.take() {
        Some(errand) => Poll::Ready(local_here(journey, Some(&ticket), errand)),
        None => Poll::Pending,
    });
    let result = journey
        .carry(&ticket, pin!(Call::new(job)), |mut carried| {
            journey.bridge.handle.spawn_blocking(move || {
                let _ = Pin::new(&mut carried).poll(&mut Context::from_waker(Waker::noop()));
            })
        })
        .and_then(|result| result);
    ticket.end(Journey::verdict(&result));
    settled(result)
}

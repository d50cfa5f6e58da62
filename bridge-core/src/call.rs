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
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::task::LocalSet;
use tokio::task::coop::unconstrained;

use crate::caller::{self, Caller, InPlaceMark, PollMark};
use crate::in_place::{InPlace, in_place, in_place_at_home};
use crate::journey::Journey;
use crate::raw::Call;
use crate::runtime::{Shared, Ticket};
use crate::{BridgeError, park};

/// Runs the future that `make` builds, and waits for it. `make` runs here, inside the bridge's context.
pub(crate) fn block_on<F>(bridge: &Shared, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let journey = Journey::begin(bridge)?;
    match caller::locate(bridge) {
        Caller::Outside => first_poll_here(&journey, make),
        Caller::ForeignWorker => match in_place(make, |make| first_poll_here(&journey, make)) {
            InPlace::Ran(result) => result,
            InPlace::Refused(make) => hand_off_at_once(&journey, make),
            InPlace::Exhausted => Err(BridgeError::WouldDeadlock),
        },
        Caller::OwnWorker => match in_place_at_home(bridge, make, |make| all_here(&journey, None, make)) {
            InPlace::Ran(result) => result,
            InPlace::Refused(make) => hand_off_at_once(&journey, make),
            InPlace::Exhausted => Err(BridgeError::WouldDeadlock),
        },
        Caller::InPlace => all_here(&journey, None, make),
        Caller::Blocking | Caller::Entered => hand_off_at_once(&journey, make),
        // Nothing can be entered any more, so a `make` that needs the context fails, and an `async` block does not.
        Caller::Ending => {
            journey.hand_off(pin!(Call::new(catch_unwind(AssertUnwindSafe(make)).map_err(BridgeError::panicked)?)))
        }
    }
}

/// Runs the future that `make` builds, which need not be `Send`, inside a `LocalSet`: here where polling is safe,
/// otherwise on a blocking thread of the bridge.
pub(crate) fn block_on_local<F>(bridge: &Shared, make: impl FnOnce() -> F + Send) -> Result<F::Output, BridgeError>
where
    F: Future,
    F::Output: Send,
{
    let journey = Journey::begin(bridge)?;
    match caller::locate(bridge) {
        // A blocking thread that waited for another one of its pool might wait for ever.
        Caller::Outside | Caller::InPlace | Caller::Blocking => local_here(&journey, None, make),
        Caller::ForeignWorker => match in_place(make, |make| local_here(&journey, None, make)) {
            InPlace::Ran(result) => result,
            InPlace::Refused(make) => local_elsewhere(&journey, make),
            InPlace::Exhausted => Err(BridgeError::WouldDeadlock),
        },
        Caller::OwnWorker => match in_place_at_home(bridge, make, |make| local_here(&journey, None, make)) {
            InPlace::Ran(result) => result,
            InPlace::Refused(make) => local_elsewhere(&journey, make),
            InPlace::Exhausted => Err(BridgeError::WouldDeadlock),
        },
        Caller::Entered | Caller::Ending => local_elsewhere(&journey, make),
    }
}

fn first_poll_here<F>(journey: &Journey<'_>, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let chain = journey.enter_chain();
    let entered = journey.bridge.handle.enter();
    let future = catch_unwind(AssertUnwindSafe(make)).map_err(BridgeError::panicked)?;
    let mut call = pin!(Call::new(future));
    // Whatever the future waits for is told of its next waker when a worker polls it: nothing can be missed.
    match call.as_mut().poll_here(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => journey.settle(outcome),
        Poll::Pending => {
            drop(entered);
            drop(chain);
            journey.hand_off(call)
        }
    }
}

/// Runs the whole call on this thread: with the ticket given, or one it takes when it has to wait.
fn all_here<F: Future>(
    journey: &Journey<'_>,
    ticket: Option<&Ticket<'_>>,
    make: impl FnOnce() -> F,
) -> Result<F::Output, BridgeError> {
    let gate = &journey.bridge.gate;
    let _in_place = InPlaceMark::set(journey.bridge.id);
    let _chain = journey.enter_chain();
    let _entered = journey.bridge.handle.enter();
    let future = catch_unwind(AssertUnwindSafe(make)).map_err(BridgeError::panicked)?;
    // A budget of the code around this call would never be refilled while the thread is here.
    let call = pin!(Call::new(unconstrained(future)));
    let gives_up = || gate.is_cancelled() || gate.is_forked();
    let outcome = if let Some(ticket) = ticket {
        ticket.wait_on_this_thread();
        park::run(call, || Some(()), gives_up)
    } else {
        let enter = || journey.enter().ok().map(|ticket| (PollMark::set(journey.bridge.id), ticket));
        park::run(call, enter, gives_up)
    };
    journey.settle(outcome.ok_or_else(|| journey.refusal())?)
}

fn hand_off_at_once<F>(journey: &Journey<'_>, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let future = {
        let _chain = journey.enter_chain();
        let _entered = journey.bridge.handle.enter();
        catch_unwind(AssertUnwindSafe(make))
    };
    journey.hand_off(pin!(Call::new(future.map_err(BridgeError::panicked)?)))
}

fn local_here<F: Future>(
    journey: &Journey<'_>,
    ticket: Option<&Ticket<'_>>,
    make: impl FnOnce() -> F,
) -> Result<F::Output, BridgeError> {
    // `run_until` gives `spawn_local` somewhere to go. What was spawned and has not finished is dropped with the set.
    let local = LocalSet::new();
    all_here(journey, ticket, || local.run_until(async { make().await }))
}

fn local_elsewhere<F>(journey: &Journey<'_>, make: impl FnOnce() -> F + Send) -> Result<F::Output, BridgeError>
where
    F: Future,
    F::Output: Send,
{
    let ticket = journey.enter()?;
    let mut make = Some(make);
    // A future that does all of its work in one poll, which is how a blocking thread runs it.
    let job = std::future::poll_fn(|_| match make.take() {
        Some(make) => Poll::Ready(local_here(journey, Some(&ticket), make)),
        None => Poll::Pending,
    });
    journey
        .carry(&ticket, pin!(Call::new(job)), |mut carried| {
            journey.bridge.handle.spawn_blocking(move || {
                let _ = Pin::new(&mut carried).poll(&mut Context::from_waker(Waker::noop()));
            })
        })
        .and_then(|result| result)
}

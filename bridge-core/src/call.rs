//! The way of a call: from who is calling to where its future is polled.
//!
//! | the calling thread | what happens |
//! |---|---|
//! | [`Outside`](Caller::Outside) | first poll here, then hand-off |
//! | [`ForeignWorker`](Caller::ForeignWorker) | the same, inside `block_in_place` |
//! | [`OwnWorker`](Caller::OwnWorker) | the whole future here, inside `block_in_place` |
//! | [`InPlace`](Caller::InPlace) | the whole future here |
//! | [`Entered`](Caller::Entered), [`Ending`](Caller::Ending) | hand-off at once |
//!
//! A future that is ready at its first poll then costs no thread switch, and one that waits often pays for two in
//! all. The whole future here spares a nested call the thread that a hand-off would park. In the last row polling is
//! unsafe: tokio defers wake-ups to the scheduler that this thread would be blocking.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::task::coop::unconstrained;
use tokio::task::{JoinHandle, LocalSet};

use crate::caller::{self, Caller, InPlaceMark, PollMark};
use crate::raw::{Call, Outcome, Remote};
use crate::runtime::{BridgeId, Shared, Ticket};
use crate::upstream::{self, Chain};
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
        Caller::Entered => hand_off_at_once(&journey, make),
        // Nothing can be entered any more, so a `make` that needs the context fails, and an `async` block does not.
        Caller::Ending => journey.hand_off(pin!(Call::new(catch_unwind(AssertUnwindSafe(make)).map_err(panicked)?))),
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
        Caller::Outside | Caller::InPlace => local_here(&journey, None, make),
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

/// A call on its way: the bridge it goes to, and what waits for it.
struct Journey<'a> {
    bridge: &'a Shared,
    /// In force while the future is polled or dropped; `None` where the thread's own chain stays as it is.
    chain: Option<Chain>,
}

impl<'a> Journey<'a> {
    fn begin(bridge: &'a Shared) -> Result<Self, BridgeError> {
        match bridge.refusal() {
            None => (),
            Some(BridgeError::WorkerDead) if is_part_of_a_call(bridge) => (),
            Some(refusal) => return Err(refusal),
        }
        // A call to a multi-thread bridge adds nothing to the chain, and polled here it needs no look at it.
        let chain = match &bridge.first_link {
            None => None,
            Some(_) => Some(upstream::extend(bridge).ok_or(BridgeError::WouldDeadlock)?),
        };
        Ok(Self { bridge, chain })
    }

    /// Puts the call's chain in force on this thread.
    fn enter_chain(&self) -> Option<upstream::Entered> {
        self.chain.clone().map(upstream::enter)
    }

    fn enter(&self) -> Result<Ticket<'a>, BridgeError> {
        self.bridge.gate.enter(is_part_of_a_call(self.bridge)).ok_or_else(|| self.refusal())
    }

    /// Why there is no ticket to be had.
    fn refusal(&self) -> BridgeError {
        self.bridge.refusal().unwrap_or(BridgeError::WorkerDead)
    }

    /// Hands the call to the bridge's workers, and waits for its answer.
    fn hand_off<F>(&self, call: Pin<&mut Call<F>>) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let ticket = self.enter()?;
        self.carry(&ticket, call, |carried| self.bridge.handle.spawn(carried))
    }

    /// Lends the call out, and waits for its answer.
    fn carry<F>(
        &self,
        _ticket: &Ticket<'_>,
        call: Pin<&mut Call<F>>,
        spawn: impl FnOnce(Carried) -> JoinHandle<()>,
    ) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let chain = match &self.chain {
            Some(chain) => chain.clone(),
            None => upstream::extend(self.bridge).ok_or(BridgeError::WouldDeadlock)?,
        };
        let _waiting = upstream::wait_for(self.bridge).ok_or(BridgeError::WouldDeadlock)?;
        let spawned = catch_unwind(AssertUnwindSafe(|| {
            call.hand_off(
                |remote| spawn(Carried { remote: Some(remote), bridge: self.bridge.id, chain }),
                |task| {
                    if self.bridge.gate.is_cancelled() {
                        task.abort();
                    }
                },
            )
        }));
        spawned.map_err(panicked).and_then(|outcome| self.settle(outcome))
    }

    fn settle<T>(&self, outcome: Outcome<T>) -> Result<T, BridgeError> {
        match outcome {
            Outcome::Value(value) => Ok(value),
            Outcome::Panicked(payload) => Err(self.panicked(payload)),
            Outcome::Dropped if self.bridge.gate.is_forked() => Err(BridgeError::Forked),
            Outcome::Dropped => Err(BridgeError::cancelled_by_runtime()),
        }
    }

    /// A future that is polled here for the first time has no ticket, and may find the runtime ended.
    fn panicked(&self, payload: Box<dyn Any + Send>) -> BridgeError {
        match panicked(payload) {
            error if self.bridge.gate.is_closed() && error.panic_message() == Some(TOKIO_IS_SHUT_DOWN) => {
                BridgeError::WorkerDead
            }
            error => error,
        }
    }
}

/// Whether a future of the bridge makes the call: as a part of a call that is in flight, it is served as long as that.
fn is_part_of_a_call(bridge: &Shared) -> bool {
    caller::calls_on_this_thread(bridge.id) > 0
}

/// What tokio panics with when a timer is used after the runtime has ended.
const TOKIO_IS_SHUT_DOWN: &str = "A Tokio 1.x context was found, but it is being shutdown.";

fn panicked(payload: Box<dyn Any + Send>) -> BridgeError {
    BridgeError::panicked(payload)
}

/// A call's future on its way through a runtime, with its chain in force whenever it runs.
struct Carried {
    remote: Option<Remote>,
    bridge: BridgeId,
    chain: Chain,
}

impl Future for Carried {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _chain = upstream::enter(self.chain.clone());
        let _mark = PollMark::set(self.bridge);
        match &mut self.remote {
            Some(remote) => Pin::new(remote).poll(cx),
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        let _chain = upstream::enter(self.chain.take());
        let _mark = PollMark::set(self.bridge);
        self.remote = None;
    }
}

fn first_poll_here<F>(journey: &Journey<'_>, make: impl FnOnce() -> F) -> Result<F::Output, BridgeError>
where
    F: Future + Send,
    F::Output: Send,
{
    let chain = journey.enter_chain();
    let entered = journey.bridge.handle.enter();
    let future = catch_unwind(AssertUnwindSafe(make)).map_err(panicked)?;
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
    let _entered = journey.bridge.handle.enter();
    let future = catch_unwind(AssertUnwindSafe(make)).map_err(panicked)?;
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
    journey.hand_off(pin!(Call::new(future.map_err(panicked)?)))
}

fn local_here<F: Future>(
    journey: &Journey<'_>,
    ticket: Option<&Ticket<'_>>,
    make: impl FnOnce() -> F,
) -> Result<F::Output, BridgeError> {
    let _chain = journey.enter_chain();
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

/// As [`in_place`], on a worker of the bridge. tokio moves the worker to a blocking thread of the runtime that is
/// entered, which a guard can have made another one: a runtime that could not be dropped as long as the worker lives.
fn in_place_at_home<I, R>(bridge: &Shared, input: I, job: impl FnOnce(I) -> R) -> InPlace<I, R> {
    let _home = bridge.handle.enter();
    in_place(input, job)
}

/// What became of a job that was to run in place.
pub(crate) enum InPlace<I, R> {
    Ran(R),
    /// tokio refuses, as this thread is no worker after all. The input is given back.
    Refused(I),
    /// The thread is a bridge's, and no other could take its place.
    Exhausted,
}

/// Runs `job` on this worker thread after its runtime has moved to another.
pub(crate) fn in_place<I, R>(input: I, job: impl FnOnce(I) -> R) -> InPlace<I, R> {
    let Some(_taken) = caller::take_thread() else { return InPlace::Exhausted };
    let mut input = Some(input);
    let ran = catch_unwind(AssertUnwindSafe(|| tokio::task::block_in_place(|| input.take().map(job))));
    match (ran, input) {
        (Ok(Some(result)), _) => InPlace::Ran(result),
        (_, Some(input)) => InPlace::Refused(input),
        (Err(payload), None) => std::panic::resume_unwind(payload),
        (Ok(None), None) => unreachable!("the input was there when the job ran"),
    }
}

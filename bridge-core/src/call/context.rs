//! A call in flight: who makes it, and what goes with its future to another thread.

use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::base::error::BridgeError;
use crate::base::runtime::BridgeRuntime;
use crate::call::enclosing::Enclosing;
use crate::call::erased::{BorrowedFuture, ErasedCall, ErasedFuture};
use crate::call::interrupt::Interrupt;
use crate::call::watch::Watch;
use crate::engine::blocking_threads::Job;
use crate::engine::context::CapturedContext;
use crate::engine::metrics::{Ended, Route};
use crate::engine::shared::{Begun, Shared, Ticket};
use crate::engine::slow::SlowWatch;
use crate::handoff::call::{Call, Outcome, Remote};
use crate::thread::ancestry::{self, Chain};
use crate::thread::caller::{self, Caller};
use crate::thread::home;

/// A call in flight: the bridge it is made to, and who makes it.
pub(crate) struct CallContext<'a> {
    pub(crate) bridge: &'a Shared,
    /// What the thread that polls the future is a part of: the bridge, or a thread with an id of its own.
    pub(crate) polled_by: &'a BridgeRuntime,
    pub(crate) caller: Caller,
    location: &'static Location<'static>,
    /// What may interrupt it.
    interrupt: Option<&'a Interrupt>,
    begun: Begun<'a>,
}

impl<'a> CallContext<'a> {
    /// A call to a bridge [that takes it as it is](Shared::has_plain_calls), from [outside](Caller::Outside): it is a part of
    /// no other. `None` if it needs a closer look.
    #[inline]
    pub(crate) fn plain(location: &'static Location<'static>, bridge: &'a Shared) -> Option<Self> {
        if bridge.in_flight.is_forked() {
            return None;
        }
        let begun = bridge.in_flight.begin()?;
        let polled_by = &bridge.runtime;
        Some(Self { bridge, polled_by, caller: Caller::Outside, location, interrupt: None, begun })
    }

    /// A call that is made at `location`, and the runtime that is entered there.
    pub(crate) fn begin(
        location: &'static Location<'static>,
        bridge: &'a Shared,
        interrupt: Option<&'a Interrupt>,
    ) -> Result<(Self, Option<Handle>), BridgeError> {
        Self::begun(bridge.begin()?, location, bridge, interrupt)
    }

    /// As [`begin`](Self::begin), for a call that has begun.
    pub(crate) fn begun(
        begun: Begun<'a>,
        location: &'static Location<'static>,
        bridge: &'a Shared,
        interrupt: Option<&'a Interrupt>,
    ) -> Result<(Self, Option<Handle>), BridgeError> {
        if ancestry::would_deadlock(&bridge.runtime) || caller::is_in_hook_of(bridge.id()) {
            return Err(BridgeError::WouldDeadlock);
        }
        let (caller, entered) = caller::locate(&bridge.runtime);
        Ok((Self { bridge, polled_by: &bridge.runtime, caller, location, interrupt, begun }, entered))
    }

    /// Has the future polled by this thread of the bridge.
    pub(crate) fn polled_by(self, thread: &'a BridgeRuntime) -> Result<Self, BridgeError> {
        if ancestry::would_deadlock(thread) {
            Err(BridgeError::WouldDeadlock)
        } else {
            Ok(Self { polled_by: thread, ..self })
        }
    }

    /// Registers the call as one that waits.
    pub(crate) fn wait(&self, route: Route) -> Result<Ticket<'a>, BridgeError> {
        let is_reentrant = matches!(self.caller, Caller::OwnWorker);
        self.begun.wait(route, is_reentrant).ok_or_else(|| self.cut_off())
    }

    /// The error of a call that has begun, and has been cut off.
    pub(crate) fn cut_off(&self) -> BridgeError {
        if self.bridge.in_flight.is_forked() { BridgeError::Forked } else { BridgeError::cancelled_by_runtime() }
    }

    /// Watches over the wait of a call, which a mark of this thread stands for already or not.
    pub(crate) fn watch(&self, is_marked: bool) -> Watch<'a> {
        let slow = SlowWatch::new(self.bridge.slow.as_ref(), self.location, self.caller);
        Watch::new(self.bridge, is_marked, slow, self.interrupt)
    }

    /// Hands the future to the bridge's workers, and waits for it.
    pub(crate) fn hand_off(&self, future: &mut (dyn ErasedFuture + Send)) -> Result<Ended, BridgeError> {
        let call = pin!(Call::new(BorrowedFuture(future)));
        match self.wait(Route::HandedOff) {
            Ok(ticket) => {
                let chain = Some(ancestry::extend(&self.bridge.first_link));
                let result = self.lend(call, chain, |task| self.bridge.spawn_call(task), JoinHandle::abort);
                ticket.end(Self::ended(&result));
                result
            }
            Err(refusal) => Err(self.drop_here(call, refusal)),
        }
    }

    /// Lends the call out, and waits for its answer. `chain` is in force where it is polled.
    pub(crate) fn lend<F, H>(
        &self,
        call: Pin<&mut Call<F>>,
        chain: Chain,
        spawn: impl FnOnce(WithContext<Remote>) -> H,
        abort: impl Fn(&H),
    ) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let Some(_waiting) = ancestry::wait_for(self.polled_by) else {
            return Err(self.drop_here(call, BridgeError::WouldDeadlock));
        };
        let mut watch = self.watch(false);
        let captured = match catch_unwind(AssertUnwindSafe(|| CapturedContext::capture(self.bridge.context.as_ref()))) {
            Ok(captured) => captured,
            Err(payload) => return Err(self.drop_here(call, BridgeError::panicked(payload))),
        };
        let mut refusal = None;
        let spawned = catch_unwind(AssertUnwindSafe(|| {
            call.hand_off(
                |remote| spawn(WithContext::new(chain, Enclosing::current(), captured, remote)),
                |task, park| {
                    let waited = watch.wait(&mut |limit| {
                        // Looked at last: the watch may have eaten the token of the cancellation.
                        if self.bridge.in_flight.is_cancelled() {
                            abort(task);
                        }
                        park(limit);
                    });
                    if let Err(refused) = waited {
                        refusal = Some(refused);
                        abort(task);
                    }
                },
            )
        }));
        match (spawned.map_err(BridgeError::panicked)?, refusal) {
            (Outcome::Dropped, Some(refusal)) => Err(refusal),
            (outcome, _) => self.finish(outcome),
        }
    }

    /// Lends the call out to a thread that may block, and waits for its answer. The future does all of its work in one poll.
    /// `run` runs the job on the thread, and fails if the system refuses one. `abort` hastens the end of the job.
    pub(crate) fn lend_to_thread<F>(
        &self,
        call: Pin<&mut Call<F>>,
        chain: Chain,
        run: impl FnOnce(Job) -> io::Result<()>,
        abort: impl Fn(),
    ) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let mut is_refused = false;
        let spawn = |mut task: WithContext<Remote>| {
            let job = move || {
                let _ = Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop()));
            };
            is_refused = run(Box::new(job)).is_err();
        };
        let result = self.lend(call, chain, spawn, |()| abort());
        // The job has been dropped, and the future with it.
        if is_refused { Err(BridgeError::Saturated) } else { result }
    }

    /// Drops a future that has been polled, and goes no further.
    pub(crate) fn refuse(&self, future: &mut dyn ErasedFuture, refusal: BridgeError) -> BridgeError {
        self.drop_here(pin!(Call::new(BorrowedFuture(future))), refusal)
    }

    /// Drops the future of a call that goes no further, here, where a panic of its destructor is an error too.
    fn drop_here<F: Future>(&self, call: Pin<&mut Call<F>>, refusal: BridgeError) -> BridgeError {
        let _entered = home::enter(&self.bridge.runtime.handle);
        match call.drop_here() {
            Outcome::Panicked(payload) => BridgeError::panicked(payload),
            Outcome::Value(_) | Outcome::Dropped => refusal,
        }
    }

    /// How a call has ended.
    pub(crate) fn ended(result: &Result<Ended, BridgeError>) -> Ended {
        match result {
            Ok(ended) => *ended,
            Err(error) if error.is_panic() => Ended::Panic,
            Err(_) => Ended::Cancelled,
        }
    }

    /// Counts a call that has ended without having waited, if it failed.
    pub(crate) fn count_failure(&self, ended: Ended) {
        if ended != Ended::Value {
            self.bridge.in_flight.count_failure(ended);
        }
    }

    /// Builds the future of the call. A panic counts as one of the future.
    pub(crate) fn build(&self, call: &mut dyn ErasedCall) -> Result<(), BridgeError> {
        catch_unwind(AssertUnwindSafe(|| call.build())).map_err(|payload| {
            self.count_failure(Ended::Panic);
            BridgeError::panicked(payload)
        })
    }

    pub(crate) fn finish<T>(&self, outcome: Outcome<T>) -> Result<T, BridgeError> {
        match outcome {
            Outcome::Value(value) => Ok(value),
            Outcome::Panicked(payload) => Err(BridgeError::panicked(payload)),
            Outcome::Dropped => Err(self.cut_off()),
        }
    }
}

/// A future on another thread, with what belongs to it in force there whenever it is polled or dropped: the calls that it
/// is a part of, their limits, and the context of the code that made it.
pub(crate) struct WithContext<F> {
    /// Gone once it has been dropped.
    future: Option<F>,
    chain: Chain,
    limits: Option<Arc<Enclosing>>,
    captured: CapturedContext,
}

impl<F> WithContext<F> {
    pub(crate) fn new(chain: Chain, limits: Option<Arc<Enclosing>>, captured: CapturedContext, future: F) -> Self {
        Self { future: Some(future), chain, limits, captured }
    }

    /// A future that is not a part of any call: a task.
    pub(crate) fn detached(captured: CapturedContext, future: F) -> Self {
        Self::new(None, None, captured, future)
    }
}

impl<F: Future + Unpin> Future for WithContext<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { future, chain, limits, captured } = &mut *self;
        let _chain = ancestry::enter(chain.clone());
        let _limits = Enclosing::enter(limits.clone());
        // A panic of the future is not one of what the hook returned.
        let polled = captured.run(|| {
            catch_unwind(AssertUnwindSafe(|| {
                let polled = future.as_mut().map_or(Poll::Pending, |future| Pin::new(future).poll(cx));
                if polled.is_ready() {
                    // Here, where a panic of its destructor is one of the future.
                    *future = None;
                }
                polled
            }))
        });
        polled.unwrap_or_else(|payload| resume_unwind(payload))
    }
}

impl<F> Drop for WithContext<F> {
    fn drop(&mut self) {
        let Self { future, chain, captured, .. } = self;
        if future.is_some() {
            let _chain = ancestry::enter(chain.take());
            captured.run(|| *future = None);
        }
    }
}

//! A call on its way to another thread: what goes with it, and what may come back.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::task::JoinHandle;

use crate::base::error::BridgeError;
use crate::base::id::BridgeId;
use crate::base::panic::dropped_in_silence;
use crate::call::erased::{BorrowedFuture, ErasedCall, ErasedFuture};
use crate::engine::context::CapturedContext;
use crate::engine::in_flight::Registration;
use crate::engine::metrics::{Ended, Route};
use crate::engine::shared::{Shared, Ticket};
use crate::engine::slow::SlowWatch;
use crate::handoff::call::{Call, Outcome, Remote};
use crate::thread::ancestry::{self, Chain};
use crate::thread::caller::{self, Caller};
use crate::thread::marks;
use crate::thread::marks::PollMark;

/// A call on its way: the bridge it goes to, who sends it, and what waits for it.
pub(crate) struct CallContext<'a> {
    pub(crate) bridge: &'a Shared,
    pub(crate) caller: Caller,
    location: &'static Location<'static>,
    /// In force while the future is polled or dropped; `None` where the thread's own chain stays as it is.
    chain: Option<Chain>,
}

impl<'a> CallContext<'a> {
    /// A call to a [plain](Shared::is_plain) bridge, from [outside](Caller::Outside): it needs no look at the chain.
    #[inline]
    pub(crate) fn plain(location: &'static Location<'static>, bridge: &'a Shared) -> Self {
        Self { bridge, caller: Caller::Outside, location, chain: None }
    }

    /// A call that is made at `location`.
    #[inline]
    pub(crate) fn begin(location: &'static Location<'static>, bridge: &'a Shared) -> Result<Self, BridgeError> {
        let chain = Self::chain(bridge)?;
        Ok(Self { bridge, caller: caller::locate(bridge), location, chain })
    }

    #[inline]
    fn chain(bridge: &Shared) -> Result<Option<Chain>, BridgeError> {
        // A call to a multi-thread bridge adds nothing to the chain, and polled here it needs no look at it.
        if bridge.serves() && bridge.first_link.is_none() { Ok(None) } else { Self::chain_slow_path(bridge) }
    }

    fn chain_slow_path(bridge: &Shared) -> Result<Option<Chain>, BridgeError> {
        match bridge.refusal() {
            None => (),
            Some(BridgeError::WorkerDead) if is_part_of_a_call(bridge) => (),
            Some(refusal) => return Err(refusal),
        }
        match &bridge.first_link {
            None => Ok(None),
            Some(_) => ancestry::extend(bridge).map(Some).ok_or(BridgeError::WouldDeadlock),
        }
    }

    /// Puts the call's chain in force on this thread.
    #[inline]
    pub(crate) fn enter_chain(&self) -> Option<ancestry::Entered> {
        self.chain.clone().map(ancestry::enter)
    }

    pub(crate) fn enter(&self, way: Route) -> Result<Ticket<'a>, BridgeError> {
        let is_reentrant = matches!(self.caller, Caller::OwnWorker | Caller::InPlace);
        let registration = Registration { way, is_part: is_part_of_a_call(self.bridge), is_reentrant };
        self.bridge.in_flight.enter(&registration).ok_or_else(|| self.refusal())
    }

    pub(crate) fn watch(&self) -> SlowWatch<'a> {
        SlowWatch::new(self.bridge.slow.as_ref(), self.location, self.caller)
    }

    /// Why there is no ticket to be had.
    pub(crate) fn refusal(&self) -> BridgeError {
        self.bridge.refusal().unwrap_or(BridgeError::WorkerDead)
    }

    /// Hands the work to the bridge's workers, and waits for it.
    pub(crate) fn hand_off(&self, work: &mut (dyn ErasedFuture + Send)) -> Result<Ended, BridgeError> {
        let call = pin!(Call::new(BorrowedFuture(work)));
        match self.enter(Route::HandedOff) {
            Ok(ticket) => {
                let result = self.carry(&ticket, call, |carried| self.bridge.handle.spawn(carried));
                ticket.end(Self::ended(&result));
                result
            }
            Err(refusal) => Err(self.drop_here(call, refusal)),
        }
    }

    /// Lends the call out, and waits for its answer.
    pub(crate) fn carry<F>(
        &self,
        _ticket: &Ticket<'_>,
        call: Pin<&mut Call<F>>,
        spawn: impl FnOnce(WithContext<Remote>) -> JoinHandle<()>,
    ) -> Result<F::Output, BridgeError>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let chain = self.chain.clone().or_else(|| ancestry::extend(self.bridge));
        let (Some(chain), Some(_waiting)) = (chain, ancestry::wait_for(self.bridge)) else {
            return Err(self.drop_here(call, BridgeError::WouldDeadlock));
        };
        let mut watch = self.watch();
        let surroundings =
            match catch_unwind(AssertUnwindSafe(|| CapturedContext::capture(self.bridge.context.as_ref()))) {
                Ok(surroundings) => surroundings,
                Err(payload) => return Err(self.drop_here(call, BridgeError::panicked(payload))),
            };
        let spawned = catch_unwind(AssertUnwindSafe(|| {
            call.hand_off(
                |remote| spawn(WithContext::new(self.bridge, chain, surroundings, remote)),
                |task| {
                    let limit = watch.look();
                    // Looked at last: the callback may have eaten the token of the cancellation.
                    if self.bridge.in_flight.is_cancelled() {
                        task.abort();
                    }
                    limit
                },
            )
        }));
        spawned.map_err(BridgeError::panicked).and_then(|outcome| self.finish(outcome))
    }

    /// Drops the future of a call that goes no further, here, where a panic of its destructor is an error too.
    fn drop_here<F: Future>(&self, call: Pin<&mut Call<F>>, refusal: BridgeError) -> BridgeError {
        match call.drop_here() {
            Outcome::Panicked(payload) => self.panicked(payload),
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

    /// Counts a call that has ended without a ticket, if it failed.
    pub(crate) fn count_failure(&self, result: &Result<Ended, BridgeError>) {
        // One that was refused has not begun.
        if result.as_ref().map_or_else(BridgeError::is_panic, |_| true) {
            self.count_failure_of(Self::ended(result));
        }
    }

    pub(crate) fn count_failure_of(&self, ended: Ended) {
        if ended != Ended::Value {
            self.bridge.in_flight.count_failure(ended);
        }
    }

    /// Builds the future of the call. A panic counts as one of the future.
    pub(crate) fn build(&self, call: &mut dyn ErasedCall) -> Result<(), BridgeError> {
        catch_unwind(AssertUnwindSafe(|| call.build())).map_err(|payload| {
            self.bridge.in_flight.count_failure(Ended::Panic);
            BridgeError::panicked(payload)
        })
    }

    /// Ends a call that has panicked in its first poll, on this thread.
    #[cold]
    pub(crate) fn panicked_here(&self, payload: Box<dyn Any + Send>, work: &mut dyn ErasedFuture) -> BridgeError {
        dropped_in_silence(|| work.clear());
        let error = self.panicked(payload);
        if error.is_panic() {
            self.bridge.in_flight.count_failure(Ended::Panic);
        }
        error
    }

    pub(crate) fn finish<T>(&self, outcome: Outcome<T>) -> Result<T, BridgeError> {
        match outcome {
            Outcome::Value(value) => Ok(value),
            Outcome::Panicked(payload) => Err(self.panicked(payload)),
            Outcome::Dropped if self.bridge.in_flight.is_forked() => Err(BridgeError::Forked),
            Outcome::Dropped => Err(BridgeError::cancelled_by_runtime()),
        }
    }

    /// A future that is polled here for the first time has no ticket, and may find the runtime ended.
    fn panicked(&self, payload: Box<dyn Any + Send>) -> BridgeError {
        match BridgeError::panicked(payload) {
            error if self.bridge.in_flight.is_closed() && error.panic_message() == Some(TOKIO_IS_SHUT_DOWN) => {
                BridgeError::WorkerDead
            }
            error => error,
        }
    }
}

/// Whether a future of the bridge makes the call: as a part of a call that is in flight, it is served as long as that.
fn is_part_of_a_call(bridge: &Shared) -> bool {
    marks::calls_on_this_thread(bridge.id) > 0
}

/// What tokio panics with when a timer is used after the runtime has ended.
const TOKIO_IS_SHUT_DOWN: &str = "A Tokio 1.x context was found, but it is being shutdown.";

/// A future on its way through a runtime, with its chain in force whenever it runs, and its caller's surroundings.
pub(crate) struct WithContext<R> {
    /// Gone once it has been dropped.
    future: Option<R>,
    bridge: BridgeId,
    chain: Chain,
    surroundings: CapturedContext,
}

impl<R> WithContext<R> {
    pub(crate) fn new(bridge: &Shared, chain: Chain, surroundings: CapturedContext, future: R) -> Self {
        Self { future: Some(future), bridge: bridge.id, chain, surroundings }
    }
}

impl<R: Future<Output = ()> + Unpin> Future for WithContext<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { future, bridge, chain, surroundings } = &mut *self;
        let Some(future) = future else { return Poll::Ready(()) };
        let _chain = ancestry::enter(chain.clone());
        let _mark = PollMark::set(*bridge);
        surroundings.run(|| Pin::new(&mut *future).poll(cx))
    }
}

impl<R> Drop for WithContext<R> {
    fn drop(&mut self) {
        let Self { future, bridge, chain, surroundings } = self;
        if future.is_some() {
            let _chain = ancestry::enter(chain.take());
            let _mark = PollMark::set(*bridge);
            surroundings.run(|| *future = None);
        }
    }
}

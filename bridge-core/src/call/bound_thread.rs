//! A thread of the bridge that one value is bound to: made there, used by calls, and dropped there.
//!
//! The thread has a `LocalSet`, whose tasks go on between the calls. A call is a job that the thread runs when it has
//! polled these; it polls the future of the call to its end, and the tasks with it.
//!
//! For the question of what waits for what, the thread is as good as a current-thread bridge: it has an id, and drives what
//! has that id. A call to the value from its own thread is refused, and so is a circle through other threads or bridges.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::ops::{ControlFlow, Deref, DerefMut};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;
use tokio::task::coop::unconstrained;
use tokio_util::sync::CancellationToken;

use crate::base::config::Flavor;
use crate::base::error::BridgeError;
use crate::base::id::BridgeId;
use crate::base::panic::{discard, ignore_panic};
use crate::base::runtime::BridgeRuntime;
use crate::call::context::CallContext;
use crate::call::drive::{Wait, drive};
use crate::call::enclosing::{Enclosing, WithLimits};
use crate::call::erased::{BorrowedFuture, ErasedLocalCall};
use crate::call::limits::CallKind;
use crate::call::local::block_on_routed;
use crate::call::result::{CallResult, boxed};
use crate::engine::blocking_threads::Job;
use crate::engine::metrics::{Ended, Route};
use crate::engine::shared::{Shared, Ticket};
use crate::handoff::call::{Call, Outcome};
use crate::handoff::park;
use crate::thread::ancestry;
use crate::thread::budget::Budgeted;
use crate::thread::caller::Caller;
use crate::thread::in_place::{InPlace, in_place, in_place_at_home};
use crate::thread::marks::PollMark;

/// A thread with one value, which is dropped when this is. It does not wait for that.
pub(crate) struct BoundThread {
    /// The runtime of the bridge, under the id of the thread.
    runtime: Arc<BridgeRuntime>,
    /// Gone once this has been dropped.
    jobs: Option<UnboundedSender<Job>>,
}

thread_local! {
    /// What the tasks of this thread run in.
    static LOCAL: RefCell<Option<Rc<LocalSet>>> = const { RefCell::new(None) };
    /// The value of this thread, while no call uses it.
    static VALUE: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

impl BoundThread {
    /// Starts a thread that has no value yet.
    ///
    /// # Errors
    ///
    /// [`BridgeError::Saturated`] if the system refuses a thread, and the errors of a call that does not begin.
    pub(crate) fn start(bridge: &Shared) -> Result<Self, BridgeError> {
        let _begun = bridge.begin()?;
        // As long as the value is there, so is its runtime.
        let engine = bridge.in_flight.engine().ok_or(BridgeError::WorkerDead)?;
        let handle = bridge.runtime.handle.clone();
        let (id, flavor) = (BridgeId::next(), Flavor::CurrentThread);
        let runtime = Arc::new(BridgeRuntime { id, flavor, handle, is_borrowed: false });
        let (jobs, received) = unbounded_channel();
        let (bound, closed) = (Arc::clone(&runtime), bridge.closed.clone());
        let run = move || {
            ignore_panic(|| serve(&bound, received, &closed));
            drop(engine);
        };
        bridge.blocking_threads.run_apart(Box::new(run)).map_err(|_| BridgeError::Saturated)?;
        Ok(Self { runtime, jobs: Some(jobs) })
    }

    /// Runs the future that `make` builds on the thread, inside its `LocalSet`, and waits for it.
    #[track_caller]
    pub(crate) fn block_on<F>(
        &self,
        bridge: &Shared,
        kind: CallKind<'_>,
        make: impl FnOnce() -> F + Send,
    ) -> Result<F::Output, BridgeError>
    where
        F: Future,
        F::Output: Send,
    {
        block_on_routed(bridge, kind, &self.runtime, make, &|context, inside, call| self.route(context, inside, call))
    }

    /// A worker that waits leaves its tasks to another thread first.
    fn route(
        &self,
        context: &CallContext<'_>,
        inside: Option<&Arc<Enclosing>>,
        call: &mut dyn ErasedLocalCall,
    ) -> CallResult {
        let runtime = &context.bridge.runtime;
        let mut result = Ok(());
        let ran = match context.caller {
            Caller::OwnDriver => return Err(BridgeError::WouldDeadlock.into()),
            Caller::OwnWorker => in_place_at_home(runtime, &mut || result = self.run(context, inside, call)),
            Caller::ForeignWorker => in_place(runtime, &mut || result = self.run(context, inside, call)),
            Caller::Outside | Caller::InPlace | Caller::Blocking | Caller::Entered | Caller::Ending => InPlace::Refused,
        };
        match ran {
            InPlace::Ran => result,
            InPlace::Refused => self.run(context, inside, call),
            InPlace::Exhausted => Err(BridgeError::Saturated.into()),
        }
    }

    /// Runs the call as a job of the thread.
    fn run(
        &self,
        context: &CallContext<'_>,
        inside: Option<&Arc<Enclosing>>,
        call: &mut dyn ErasedLocalCall,
    ) -> CallResult {
        // What the thread that calls notices while it waits.
        let refused = CancellationToken::new();
        let ticket = context.wait(Route::HandedOff)?;
        let mut call = Some(call);
        // A future that does all of its work in one poll, which is how a job runs it.
        let whole = poll_fn(|_| match call.take() {
            Some(call) => Poll::Ready(run_here(context, &ticket, &refused, inside, call)),
            None => Poll::Pending,
        });
        let chain = Some(ancestry::extend_waiting(context.bridge.id()));
        let mut is_over = false;
        let send = |job| {
            is_over = self.jobs.as_ref().is_none_or(|jobs| jobs.send(job).is_err());
            Ok(())
        };
        let result =
            context.lend_to_thread(pin!(Call::new(whole)), chain, send, || refused.cancel()).and_then(|result| result);
        // The thread has ended with the bridge, and the job has been dropped.
        let result = if is_over { Err(BridgeError::WorkerDead) } else { result };
        ticket.end(CallContext::ended(&result));
        boxed(result)
    }

    /// Leaves the thread alone: in a forked child it does not exist.
    pub(crate) fn forget(&mut self) {
        std::mem::forget(self.jobs.take());
    }
}

/// Runs a call on the thread that it has been sent to.
fn run_here(
    context: &CallContext<'_>,
    ticket: &Ticket<'_>,
    refused: &CancellationToken,
    inside: Option<&Arc<Enclosing>>,
    call: &mut dyn ErasedLocalCall,
) -> Result<Ended, BridgeError> {
    let mut result = Err(BridgeError::WorkerDead);
    let Some(local) = LOCAL.with_borrow(Clone::clone) else { return result };
    call.begin(&mut |future| {
        // The tasks are polled too, and they are not a part of the call: its limits are none of theirs.
        let limited = WithLimits::new(inside.cloned(), BorrowedFuture(future));
        let mut is_refused = false;
        let until_refused = async {
            let (mut limited, mut refused) = (pin!(limited), pin!(unconstrained(refused.cancelled())));
            poll_fn(|cx| match limited.as_mut().poll(cx) {
                Poll::Pending if refused.as_mut().poll(cx).is_ready() => {
                    is_refused = true;
                    Poll::Ready(Ended::Cancelled)
                }
                polled => polled,
            })
            .await
        };
        let future = WithLimits::new(None, local.run_until(until_refused));
        result = drive(context, Wait::Elsewhere(ticket), future);
        if is_refused {
            let is_cancelled = context.bridge.in_flight.is_cancelled();
            result = Err(if is_cancelled { context.cut_off() } else { BridgeError::Saturated });
        }
    });
    result
}

/// The life of the thread: runs jobs and local tasks, until there will be no more jobs or the bridge is closed.
fn serve(runtime: &BridgeRuntime, mut jobs: UnboundedReceiver<Job>, closed: &CancellationToken) {
    ancestry::mark_driver(runtime.id);
    let _entered = runtime.handle.enter();
    let local = Rc::new(LocalSet::new());
    LOCAL.set(Some(Rc::clone(&local)));
    loop {
        let mut closed = pin!(unconstrained(closed.cancelled()));
        let next = poll_fn(|cx| match closed.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => jobs.poll_recv(cx),
        });
        match poll_alone(runtime, local.run_until(next)).flatten() {
            Some(job) => ignore_panic(job),
            None => break,
        }
    }
    // A call that is sent from now on ends at once.
    drop(jobs);
    poll_alone(runtime, local.run_until(async { drop(VALUE.take()) }));
    drop(LOCAL.take());
}

/// Polls a future that belongs to no call. `None` if it panics.
fn poll_alone<F: Future>(runtime: &BridgeRuntime, future: F) -> Option<F::Output> {
    let _mark = PollMark::set(runtime);
    let wait = |park: &mut dyn FnMut(Option<std::time::Duration>)| {
        park(None);
        ControlFlow::Continue(())
    };
    match park::run(pin!(Call::new(Budgeted::new(&runtime.handle, future))), || true, wait) {
        Some(Outcome::Value(value)) => Some(value),
        Some(Outcome::Panicked(payload)) => {
            discard(payload);
            None
        }
        Some(Outcome::Dropped) | None => None,
    }
}

/// The value of this thread, for a call that uses it. It is put back when this is dropped.
pub(crate) struct BoundValue<T: 'static>(Option<Box<T>>);

impl<T> BoundValue<T> {
    /// Puts the first value in its place.
    pub(crate) fn put(value: T) {
        VALUE.set(Some(Box::new(value)));
    }

    pub(crate) fn take() -> Self {
        Self(VALUE.take().and_then(|value| value.downcast().ok()))
    }

    /// Takes the value for good.
    pub(crate) fn into_inner(mut self) -> Option<T> {
        self.0.take().map(|value| *value)
    }
}

const IS_THERE: &str = "every call puts the value back, and the last one consumes its owner";

impl<T> Deref for BoundValue<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().expect(IS_THERE)
    }
}

impl<T> DerefMut for BoundValue<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_deref_mut().expect(IS_THERE)
    }
}

impl<T> Drop for BoundValue<T> {
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            VALUE.set(Some(value));
        }
    }
}

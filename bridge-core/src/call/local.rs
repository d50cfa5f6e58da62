//! Calls whose futures need not be `Send`: all of such a future's life is on one thread.

use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::task::LocalSet;

use crate::base::error::BridgeError;
use crate::base::runtime::BridgeRuntime;
use crate::call::context::CallContext;
use crate::call::dispatch::always_value;
use crate::call::drive::{Wait, drive};
use crate::call::enclosing::{Enclosing, WithLimits};
use crate::call::erased::{BorrowedFuture, ErasedLocalCall, TypedLocalCall};
use crate::call::limits::{ActiveLimits, CallKind};
use crate::call::result::{CallResult, boxed, finish};
use crate::engine::metrics::{Ended, Route};
use crate::engine::shared::{Shared, Ticket};
use crate::handoff::call::Call;
use crate::thread::ancestry;
use crate::thread::caller::Caller;
use crate::thread::in_place::{InPlace, in_place, in_place_at_home};

/// Where a call is polled: the call, and its limits.
type Router<'a> = dyn Fn(&CallContext<'_>, Option<&Arc<Enclosing>>, &mut dyn ErasedLocalCall) -> CallResult + 'a;

/// Runs the future that `make` builds, which need not be `Send`, inside a `LocalSet`: here where polling is safe,
/// otherwise on a thread of the bridge.
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
    block_on_routed(bridge, kind, &bridge.runtime, make, &route_local)
}

/// Runs the future that `make` builds, which need not be `Send`, where `route` says. What polls it is `polled_by`.
#[track_caller]
pub(crate) fn block_on_routed<F>(
    bridge: &Shared,
    kind: CallKind<'_>,
    polled_by: &BridgeRuntime,
    make: impl FnOnce() -> F + Send,
    route: &Router<'_>,
) -> Result<F::Output, BridgeError>
where
    F: Future,
    F::Output: Send,
{
    let mut output = None;
    let call = &mut TypedLocalCall::new(make, always_value, &mut output);
    let result = begin(Location::caller(), bridge, kind, polled_by, call, route);
    if result.is_err() {
        call.abandon(&bridge.runtime);
    }
    finish(result, output)
}

fn begin(
    location: &'static Location<'static>,
    bridge: &Shared,
    kind: CallKind<'_>,
    polled_by: &BridgeRuntime,
    call: &mut dyn ErasedLocalCall,
    route: &Router<'_>,
) -> CallResult {
    let limits = kind.limits(bridge)?;
    let interrupt = limits.as_ref().and_then(ActiveLimits::interrupt);
    let (context, _) = CallContext::begin(location, bridge, interrupt)?;
    let context = context.polled_by(polled_by)?;
    match &limits {
        None => route(&context, None, call),
        Some(limits) => limits.with_local(call, |call| route(&context, limits.inside(), call)),
    }
}

fn route_local(
    context: &CallContext<'_>,
    inside: Option<&Arc<Enclosing>>,
    call: &mut dyn ErasedLocalCall,
) -> CallResult {
    let runtime = &context.bridge.runtime;
    let mut result = Ok(());
    let ran = match context.caller {
        // A thread of the bridge that waited for another one might wait for ever.
        Caller::Outside | Caller::InPlace | Caller::Blocking => {
            return boxed(local_here(context, None, inside, call));
        }
        Caller::ForeignWorker => in_place(runtime, &mut || result = boxed(local_here(context, None, inside, call))),
        Caller::OwnWorker => in_place_at_home(runtime, &mut || result = boxed(local_here(context, None, inside, call))),
        Caller::OwnDriver => return Err(BridgeError::WouldDeadlock.into()),
        Caller::Entered | Caller::Ending => InPlace::Refused,
    };
    match ran {
        InPlace::Ran => result,
        InPlace::Refused => local_elsewhere(context, inside, call),
        InPlace::Exhausted => Err(BridgeError::Saturated.into()),
    }
}

fn local_here(
    context: &CallContext<'_>,
    ticket: Option<&Ticket<'_>>,
    inside: Option<&Arc<Enclosing>>,
    call: &mut dyn ErasedLocalCall,
) -> Result<Ended, BridgeError> {
    let mut result = Err(BridgeError::WorkerDead);
    call.begin(&mut |future| {
        // `run_until` gives `spawn_local` somewhere to go. What was spawned and has not finished is dropped with the set.
        let local = LocalSet::new();
        // The limits hold in the local tasks too.
        let future = WithLimits::new(inside.cloned(), local.run_until(BorrowedFuture(future)));
        let wait = ticket.map_or(Wait::Later, Wait::Elsewhere);
        result = drive(context, wait, future);
    });
    result
}

fn local_elsewhere(
    context: &CallContext<'_>,
    inside: Option<&Arc<Enclosing>>,
    call: &mut dyn ErasedLocalCall,
) -> CallResult {
    let ticket = context.wait(Route::HandedOff)?;
    let mut call = Some(call);
    // A future that does all of its work in one poll, which is how a thread of its own runs it.
    let whole = poll_fn(|_| match call.take() {
        Some(call) => Poll::Ready(local_here(context, Some(&ticket), inside, call)),
        None => Poll::Pending,
    });
    // The call itself is marked where it is driven.
    let chain = ancestry::current();
    let run = |job| context.bridge.blocking_threads.run(job);
    let result = context.lend_to_thread(pin!(Call::new(whole)), chain, run, || ()).and_then(|result| result);
    ticket.end(CallContext::ended(&result));
    boxed(result)
}

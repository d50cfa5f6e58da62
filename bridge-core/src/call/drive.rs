//! Polling the future of a call to its end on one thread, parked between the polls.

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

use crate::base::error::BridgeError;
use crate::call::context::CallContext;
use crate::engine::metrics::{Ended, Route};
use crate::engine::shared::{Shared, Ticket};
use crate::handoff::call::{Call, Outcome};
use crate::handoff::park;
use crate::thread::budget::Budgeted;
use crate::thread::marks::PollMark;

/// How a call that is driven here is registered as one that waits.
pub(crate) enum Wait<'a> {
    /// When it has to.
    Later,
    /// It is.
    Registered(Ticket<'a>),
    /// By the thread that makes it, and that is another.
    Elsewhere(&'a Ticket<'a>),
}

/// Polls the future on this thread until it ends.
pub(crate) fn drive(
    context: &CallContext<'_>,
    wait: Wait<'_>,
    future: impl Future<Output = Ended>,
) -> Result<Ended, BridgeError> {
    let Shared { runtime, in_flight, .. } = context.bridge;
    let _mark = PollMark::set(context.polled_by);
    let _entered = runtime.handle.enter();
    let call = pin!(Call::new(Budgeted::new(&runtime.handle, future)));
    let (mut ticket, elsewhere) = match wait {
        Wait::Later => (None, None),
        Wait::Registered(ticket) => (Some(ticket), None),
        Wait::Elsewhere(ticket) => (None, Some(ticket)),
    };
    // The thread that has made the call watches over it.
    let mut watch = elsewhere.is_none().then(|| context.watch(true));
    let mut refused = None;
    let wait = |park: &mut dyn FnMut(Option<Duration>)| {
        let mut flow = ControlFlow::Continue(());
        let mut park = |limit: Option<Duration>| {
            // Looked at last: the watch may have eaten the token of the cancellation.
            if in_flight.is_cancelled() || in_flight.is_forked() {
                flow = ControlFlow::Break(());
            } else {
                park(limit);
            }
        };
        match &mut watch {
            Some(watch) => refused = watch.wait(&mut park).err(),
            None => park(None),
        }
        if refused.is_some() { ControlFlow::Break(()) } else { flow }
    };
    let ask_leave = || {
        if let Some(elsewhere) = elsewhere {
            elsewhere.wait_on_this_thread();
            return true;
        }
        if ticket.is_none() {
            ticket = context.wait(Route::Here).ok();
        }
        ticket.is_some()
    };
    let outcome = park::run(call, ask_leave, wait);
    let result = match (outcome, refused) {
        (Some(Outcome::Dropped), Some(refused)) => Err(refused),
        (Some(outcome), _) => context.finish(outcome),
        (None, _) => Err(context.cut_off()),
    };
    match ticket {
        Some(ticket) => ticket.end(CallContext::ended(&result)),
        // Whoever has the ticket counts.
        None if elsewhere.is_some() => (),
        None => context.count_failure(CallContext::ended(&result)),
    }
    result
}

//! Waiting for tasks: for one, for the first of several, for all of them.
//!
//! A wait leaves each result in its handle. A wait that fails therefore loses none.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use tokio::task::coop::unconstrained;

use crate::base::error::BridgeError;
use crate::bridge::RuntimeBridge;
use crate::call::dispatch;
use crate::call::limits::CallKind;
use crate::engine::metrics::Ended;
use crate::thread::ancestry;

/// The handle of a task.
pub(crate) trait Handle: Send {
    type Output;

    /// The bridge that runs the task. `None` if there is no task.
    fn bridge(&self) -> Option<&RuntimeBridge>;

    /// Whether the task is the one that is running here, and so cannot end as long as this code waits.
    fn is_current(&self) -> bool;

    /// Polls until there is a result, and leaves it in the handle. Ready then and from then on.
    fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Ended>;

    /// The result, of a handle that has one.
    fn take_result(&mut self) -> Result<Self::Output, BridgeError>;
}

/// Waits for one task. See `BridgedTask::wait`.
#[track_caller]
pub(crate) fn one<H: Handle>(handle: &mut H, limit: Option<Duration>) -> Result<H::Output, BridgeError> {
    wait_for_first(std::slice::from_mut(handle), limit)?;
    handle.take_result()
}

/// What `wait_first` returns: the index of a task that has ended, and its result. `None` if there are no tasks.
pub(crate) type First<T> = Result<Option<(usize, Result<T, BridgeError>)>, BridgeError>;

/// What `wait_all` returns: the results of all tasks.
pub(crate) type All<T> = Result<Vec<Result<T, BridgeError>>, BridgeError>;

/// Waits for the first of several tasks, and takes it out. See `BridgedTask::wait_first`.
#[track_caller]
pub(crate) fn first<H: Handle>(handles: &mut Vec<H>, limit: Option<Duration>) -> First<H::Output> {
    if handles.is_empty() {
        return Ok(None);
    }
    let index = wait_for_first(handles, limit)?;
    Ok(Some((index, handles.swap_remove(index).take_result())))
}

/// Waits for all tasks, and takes them out. See `BridgedTask::wait_all`.
#[track_caller]
pub(crate) fn all<H: Handle>(handles: &mut Vec<H>, limit: Option<Duration>) -> All<H::Output> {
    let start = Instant::now();
    while let Some(bridge) = bridge_to_wait_for(handles)? {
        let is_awaited = |handle: &&mut H| handle.bridge().is_some_and(|other| other.is_same(&bridge));
        let mut awaited = handles.iter_mut().filter(is_awaited).peekable();
        let mut ended = Ended::Value;
        // One after the other: each is polled a few times, however many there are.
        let all = poll_fn(|cx| {
            while let Some(handle) = awaited.peek_mut() {
                ended = worst(ended, ready!(handle.poll_result(cx)));
                awaited.next();
            }
            Poll::Ready(ended)
        });
        let left = limit.map(|limit| limit.saturating_sub(start.elapsed()));
        dispatch::block_on(bridge.shared(), CallKind::Wait(left), || all, |ended| *ended).map_err(
            |error| match error {
                BridgeError::TimedOut { .. } => BridgeError::TimedOut { after: start.elapsed() },
                error => error,
            },
        )?;
    }
    Ok(handles.drain(..).map(|mut handle| handle.take_result()).collect())
}

/// Blocks until one of the tasks has a result. Returns its index.
#[track_caller]
fn wait_for_first<H: Handle>(handles: &mut [H], limit: Option<Duration>) -> Result<usize, BridgeError> {
    if let Some(index) = handles.iter_mut().position(has_result) {
        return Ok(index);
    }
    let mut bridges = handles.iter().filter(|handle| !handle.is_current()).filter_map(H::bridge);
    // Of several bridges, one that goes on while this thread waits. If there is none, the call says so.
    let bridge = bridges.clone().find(|bridge| !would_deadlock(bridge)).or_else(|| bridges.next());
    let bridge = bridge.ok_or(BridgeError::WouldDeadlock)?.clone();
    let first = poll_fn(|cx| {
        let polls = handles.iter_mut().map(|handle| handle.poll_result(cx)).enumerate();
        let mut ready = polls.filter_map(|(index, poll)| match poll {
            Poll::Ready(ended) => Some((index, ended)),
            Poll::Pending => None,
        });
        ready.next().map_or(Poll::Pending, Poll::Ready)
    });
    dispatch::block_on(bridge.shared(), CallKind::Wait(limit), || first, |(_, ended)| *ended).map(|(index, _)| index)
}

/// The bridge of a task that has no result yet. `None` if each has one.
///
/// # Errors
///
/// [`BridgeError::WouldDeadlock`] if one of them can have none as long as this thread waits.
fn bridge_to_wait_for<H: Handle>(handles: &mut [H]) -> Result<Option<RuntimeBridge>, BridgeError> {
    let mut first = None;
    for handle in handles {
        if has_result(handle) {
            continue;
        }
        let Some(bridge) = handle.bridge().filter(|bridge| !handle.is_current() && !would_deadlock(bridge)) else {
            return Err(BridgeError::WouldDeadlock);
        };
        first.get_or_insert_with(|| bridge.clone());
    }
    Ok(first)
}

fn would_deadlock(bridge: &RuntimeBridge) -> bool {
    ancestry::would_deadlock(&bridge.shared().runtime)
}

/// Whether the task has a result. That may be asked where nothing can wait, and whatever the budget of a task that asks.
fn has_result<H: Handle>(handle: &mut H) -> bool {
    pin!(unconstrained(poll_fn(|cx| handle.poll_result(cx)))).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// How several tasks have ended together.
fn worst(one: Ended, other: Ended) -> Ended {
    match (one, other) {
        (Ended::Panic, _) | (_, Ended::Panic) => Ended::Panic,
        (Ended::Value, other) => other,
        (one, _) => one,
    }
}

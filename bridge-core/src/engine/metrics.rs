//! What a bridge has done, in numbers. Calls are counted where they wait, under a lock that they take anyway.

use std::time::Duration;

/// What a bridge has done since it was started, and what it is doing. Made by [`RuntimeBridge::metrics`](crate::RuntimeBridge::metrics).
///
/// A `next`, `read` or `write` of an iterator, a reader or a writer is a call, and so is waiting for a task or for the
/// tasks of a scope. The numbers are of one moment: a call that has returned is in them.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use sync_bridge_core::RuntimeBridge;
///
/// let bridge = RuntimeBridge::new()?;
/// let _ = bridge.call().timeout(Duration::from_millis(1)).block_on(std::future::pending::<()>());
/// let metrics = bridge.metrics();
/// assert_eq!((metrics.timed_out, metrics.completed), (1, 0));
/// assert_eq!(metrics.longest_wait, None);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Calls that have begun and not returned, from their first poll on, and [scopes](crate::RuntimeBridge::scope) that are open.
    pub in_flight: usize,
    /// How long the call that has waited longest has been waiting.
    pub longest_wait: Option<Duration>,
    /// Calls that have waited and ended in a value.
    pub completed: u64,
    /// Calls whose future panicked.
    pub panicked: u64,
    /// Calls that ran into their time limit.
    pub timed_out: u64,
    /// Calls that were cancelled: by their token, by a shutdown, or because they could not go on waiting.
    pub cancelled: u64,
    /// Calls for which there was [no room](crate::BridgeError::Saturated).
    pub rejected: u64,
    /// Calls that have waited, whose future went to a thread of the bridge.
    pub handed_off: u64,
    /// Calls that have waited, whose future the calling thread polled to its end.
    pub polled_here: u64,
    /// Calls that have waited and were made on a worker of the bridge, by one of its own futures. They are among the two
    /// before, too.
    pub reentrant: u64,
}

/// How a call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Value,
    Panic,
    TimeLimit,
    Cancelled,
}

/// Where the future of a call that waits is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    HandedOff,
    Here,
    /// Nowhere: it is a scope, whose tasks are on their own, and not counted.
    Scope,
}

impl Metrics {
    pub(crate) fn count_start(&mut self, way: Route, is_reentrant: bool) {
        *match way {
            Route::HandedOff => &mut self.handed_off,
            Route::Here => &mut self.polled_here,
            Route::Scope => return,
        } += 1;
        self.reentrant += u64::from(is_reentrant);
    }

    pub(crate) fn count_end(&mut self, ended: Ended) {
        *match ended {
            Ended::Value => &mut self.completed,
            Ended::Panic => &mut self.panicked,
            Ended::TimeLimit => &mut self.timed_out,
            Ended::Cancelled => &mut self.cancelled,
        } += 1;
    }
}

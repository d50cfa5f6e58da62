//! Counts of a bridge's calls. A call is counted when it has to wait, under a lock that it takes for the wait.

use std::time::Duration;

/// Statistics of the calls of a bridge. [`RuntimeBridge::metrics`](crate::RuntimeBridge::metrics) returns them.
///
/// `in_flight` and `longest_wait` describe the current moment. The other fields count from the start of the bridge.
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
///
/// # What counts as a call
///
/// Each `next` of an iterator, and each operation of a reader or a writer, is a call. So is a wait for a task, or for
/// the tasks of a scope. A wait for a task is counted by how the task ended.
///
/// A call *waits* if its future is not ready at the first poll on the calling thread, or goes to another thread at
/// once. A call that does not wait is counted only if it panics or reaches a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// The calls that have begun and not returned, and the open [scopes](crate::RuntimeBridge::scope). A call begins
    /// before its first poll.
    pub in_flight: usize,
    /// How long the longest wait of a call in flight has lasted so far. `None` if no call waits. An open scope counts
    /// as a call that waits.
    pub longest_wait: Option<Duration>,
    /// The calls that waited and returned the future's output.
    pub completed: u64,
    /// The calls whose future panicked.
    pub panicked: u64,
    /// The calls that reached their time limit.
    pub timed_out: u64,
    /// The calls that were cancelled: by their token, by a shutdown, or because they could not continue to wait.
    pub cancelled: u64,
    /// The calls beyond [`max_in_flight`](crate::Builder::max_in_flight) that
    /// [`Overflow::Reject`](crate::Overflow::Reject) turned away.
    pub rejected: u64,
    /// The calls that waited and whose future moved to a thread of the bridge.
    pub handed_off: u64,
    /// The calls that waited and whose future stayed on the calling thread.
    pub polled_here: u64,
    /// The calls that waited and were made on a worker of the bridge, by one of its own futures. `handed_off` or
    /// `polled_here` also counts them.
    pub reentrant: u64,
}

/// How a call ended.
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
    /// Nowhere: this is a scope. Its tasks run by themselves and are not counted.
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

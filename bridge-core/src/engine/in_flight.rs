//! The calls in flight on a bridge, and how shutting down refuses, awaits and cancels them.
//!
//! A call is in flight from before its future is built until that has been dropped: a [`Begun`], which costs one count at
//! the beginning and one at the end, and no lock. One that has to wait registers its thread too, so that it can be woken:
//! a [`Ticket`]. The runtime ends when it has been cancelled and the last call has ended, not sooner: no future of a call
//! meets a runtime that has ended.

use std::collections::BTreeMap;
use std::mem;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::base::sync::{AtomicBool, AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, Thread, current};
use crate::engine::metrics::{Ended, Metrics, Route};
use crate::handoff::fork;

/// `E` is what drives the runtime; dropping its last clone ends the runtime.
pub(crate) struct InFlight<E> {
    /// The number of calls in flight, times [`ONE`], and [`CLOSED`].
    begun: AtomicUsize,
    /// Set once, with the lock held; read by threads that were unparked after it.
    cancelled: AtomicBool,
    calls: Mutex<Calls<E>>,
    /// Notified when a call ends while somebody drains.
    ended: Condvar,
    /// The count of forks at the start: the runtime's threads are in that process.
    forks: usize,
}

/// Says that calls are refused. Set once, with the lock held.
const CLOSED: usize = 1;

/// One call in flight.
const ONE: usize = 2;

struct Calls<E> {
    waiting: BTreeMap<u64, Waiting>,
    /// What has been counted so far; the rest of it is made up when somebody asks.
    counts: Metrics,
    next: u64,
    /// Calls that wait for a drain to end: it does not wait for them.
    excused: usize,
    /// Who drains without blocking: woken when a call ends meanwhile.
    drains: BTreeMap<u64, Waker>,
    /// Gone once the calls are cancelled and have ended.
    engine: Option<E>,
}

impl<E> Calls<E> {
    fn take_number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

struct Waiting {
    thread: Thread,
    since: Instant,
}

/// A call in flight, until this is dropped. Keeps the runtime alive.
#[must_use]
pub(crate) struct Begun<'a, E> {
    in_flight: &'a InFlight<E>,
}

/// A call in flight that waits, until this is dropped.
#[must_use]
pub(crate) struct Ticket<'a, E> {
    in_flight: &'a InFlight<E>,
    number: u64,
    /// What is counted in the end; nothing, for a scope.
    ended: Option<Ended>,
}

impl<E> InFlight<E> {
    pub(crate) fn new(engine: E) -> Self {
        Self {
            begun: AtomicUsize::new(0),
            cancelled: AtomicBool::new(false),
            calls: Mutex::new(Calls {
                waiting: BTreeMap::new(),
                counts: Metrics::default(),
                next: 0,
                excused: 0,
                drains: BTreeMap::new(),
                engine: Some(engine),
            }),
            ended: Condvar::new(),
            forks: fork::forks(),
        }
    }

    /// Whether this process is a fork of the one that this was made in. The runtime's threads are not here, and the lock
    /// may be held for ever.
    #[inline]
    pub(crate) fn is_forked(&self) -> bool {
        fork::forks_so_far() != self.forks
    }

    /// The count of forks in the process that this was made in.
    pub(crate) fn forks(&self) -> usize {
        self.forks
    }

    /// Whether calls that wait are to end now.
    pub(crate) fn is_cancelled(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of `cancel`. A thread that reads too early is unparked after the
        // store, and reads again.
        self.cancelled.load(Ordering::Acquire)
    }

    /// Begins a call, unless calls are refused. Not to be asked in a forked child.
    #[inline]
    pub(crate) fn begin(&self) -> Option<Begun<'_, E>> {
        // ORDERING: Relaxed: beginning publishes nothing. What orders the call before the end of the runtime is its own
        // end; and whether it began before the calls were refused, the one order of changes to `begun` decides.
        let before = self.begun.fetch_add(ONE, Ordering::Relaxed);
        let begun = Begun { in_flight: self };
        // Dropped if calls are refused, which takes the count back.
        (before & CLOSED == 0).then_some(begun)
    }

    /// Begins a call that is a part of one in flight, or of what such a one waits for: unless the calls are cancelled.
    pub(crate) fn begin_part(&self) -> Option<Begun<'_, E>> {
        let begun = {
            // With the lock held the runtime does not end between the look and the count.
            let _calls = self.lock();
            // ORDERING: Relaxed: written with the lock held.
            if self.cancelled.load(Ordering::Relaxed) {
                return None;
            }
            // ORDERING: Relaxed: as in `begin`.
            self.begun.fetch_add(ONE, Ordering::Relaxed);
            Begun { in_flight: self }
        };
        Some(begun)
    }

    /// Refuses calls from now on. The number of calls in flight.
    pub(crate) fn close(&self) -> usize {
        let _calls = self.lock();
        // ORDERING: Relaxed: see `begin`.
        self.begun.fetch_or(CLOSED, Ordering::Relaxed) / ONE
    }

    /// Blocks until no calls are in flight but those that drain, `own` of which are the caller's, or the deadline has
    /// passed. The number that still are.
    pub(crate) fn drain(&self, own: usize, deadline: Option<Instant>) -> usize {
        self.excuse(own);
        let mut calls = self.lock();
        // A call that is just being refused is counted for a moment, too.
        loop {
            let count = self.count();
            if count <= calls.excused {
                return count;
            }
            calls = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.ended.wait(calls).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return count,
                Some(left) => self.ended.wait_timeout(calls, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Lets no drain wait for this many calls.
    fn excuse(&self, own: usize) {
        let mut calls = self.lock();
        calls.excused += own;
        self.wake_drains(calls);
    }

    /// Has all who drain look again.
    fn wake_drains(&self, mut calls: MutexGuard<'_, Calls<E>>) {
        self.ended.notify_all();
        let drains = mem::take(&mut calls.drains);
        // Outside of the lock: a waker may do anything.
        drop(calls);
        drains.into_values().for_each(Waker::wake);
    }

    /// Ends the calls that wait, and the runtime with the last call in flight. The number of these.
    pub(crate) fn cancel(&self) -> usize {
        let calls = self.lock();
        // ORDERING: Release pairs with the Acquire of `is_cancelled`.
        self.cancelled.store(true, Ordering::Release);
        let waiting: Vec<Thread> = calls.waiting.values().map(|call| call.thread.clone()).collect();
        let count = self.count();
        self.end_engine(calls);
        // Outside of the lock, which the threads that are woken take first.
        waiting.iter().for_each(Thread::unpark);
        count
    }

    /// What drives the runtime, which does not end before this is dropped. `None` once the runtime has ended. Not to be asked
    /// in a forked child.
    pub(crate) fn engine(&self) -> Option<E>
    where
        E: Clone,
    {
        self.lock().engine.clone()
    }

    /// The number of calls in flight.
    fn count(&self) -> usize {
        // ORDERING: Acquire pairs with the Release of `end`: what the calls that have ended did is over.
        self.begun.load(Ordering::Acquire) / ONE
    }

    /// Ends the runtime, if it is cancelled and no call is in flight.
    fn end_engine(&self, mut calls: MutexGuard<'_, Calls<E>>) {
        // ORDERING: Relaxed: written with the lock held.
        let is_over = self.cancelled.load(Ordering::Relaxed) && self.count() == 0;
        let engine = if is_over { calls.engine.take() } else { None };
        // Outside of the lock: the runtime's tasks may call the bridge when they are dropped.
        drop(calls);
        drop(engine);
    }

    #[inline]
    fn end(&self) {
        // ORDERING: Release publishes what the call did to whoever finds that no call is in flight.
        if self.begun.fetch_sub(ONE, Ordering::Release) & CLOSED != 0 {
            self.end_while_closed();
        }
    }

    #[cold]
    fn end_while_closed(&self) {
        if !self.is_forked() {
            self.wake_drains(self.lock());
            self.end_engine(self.lock());
        }
    }

    /// Counts a call that failed without having waited.
    pub(crate) fn count_failure(&self, ended: Ended) {
        if !self.is_forked() {
            self.lock().counts.count_end(ended);
        }
    }

    /// The calls in flight, the longest wait among them, and what has been counted.
    pub(crate) fn metrics(&self) -> Metrics {
        if self.is_forked() {
            return Metrics::default();
        }
        let calls = self.lock();
        let longest_wait: Option<Duration> = calls.waiting.values().map(|call| call.since.elapsed()).max();
        Metrics { in_flight: self.count(), longest_wait, ..calls.counts }
    }

    fn lock(&self) -> MutexGuard<'_, Calls<E>> {
        // Nothing panics with the lock held.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A [`drain`](InFlight::drain) that blocks no thread. Dropped without [`end`](Drain::end), it is as if it had never been.
#[must_use]
pub(crate) struct Drain<'a, E> {
    in_flight: &'a InFlight<E>,
    own: usize,
    number: u64,
    has_ended: bool,
}

impl<'a, E> Drain<'a, E> {
    /// Begins to drain. `own` calls are the caller's. Not to be asked in a forked child.
    pub(crate) fn begin(in_flight: &'a InFlight<E>, own: usize) -> Self {
        in_flight.excuse(own);
        let number = in_flight.lock().take_number();
        Self { in_flight, own, number, has_ended: false }
    }

    /// Ready when no calls are in flight but those that drain, or in a forked child. The waker is woken then. The number that
    /// still are.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<usize> {
        if self.in_flight.is_forked() {
            return Poll::Ready(0);
        }
        let mut calls = self.in_flight.lock();
        let count = self.in_flight.count();
        if count <= calls.excused {
            return Poll::Ready(count);
        }
        let before = calls.drains.insert(self.number, cx.waker().clone());
        drop(calls);
        drop(before);
        Poll::Pending
    }

    /// The number of calls that are in flight now.
    pub(crate) fn count(&self) -> usize {
        self.in_flight.count()
    }

    /// Ends it: the calls are to be cancelled.
    pub(crate) fn end(mut self) {
        self.has_ended = true;
    }
}

impl<E> Drop for Drain<'_, E> {
    fn drop(&mut self) {
        if self.in_flight.is_forked() {
            return;
        }
        let mut calls = self.in_flight.lock();
        if !self.has_ended {
            calls.excused -= self.own;
        }
        let waker = calls.drains.remove(&self.number);
        drop(calls);
        drop(waker);
    }
}

impl<E> Drop for Begun<'_, E> {
    #[inline]
    fn drop(&mut self) {
        self.in_flight.end();
    }
}

impl<'a, E> Begun<'a, E> {
    /// Registers the call as one that waits, on this thread. `None` once the calls are cancelled; `None` in a forked child.
    pub(crate) fn wait(&self, route: Route, is_reentrant: bool) -> Option<Ticket<'a, E>> {
        let in_flight = self.in_flight;
        if in_flight.is_forked() {
            return None;
        }
        // Before the lock is taken: where std's own thread-local is gone, this panics.
        let thread = current();
        let mut calls = in_flight.lock();
        // ORDERING: Relaxed: written with the lock held.
        if in_flight.cancelled.load(Ordering::Relaxed) {
            return None;
        }
        let number = calls.take_number();
        calls.waiting.insert(number, Waiting { thread, since: Instant::now() });
        calls.counts.count_start(route, is_reentrant);
        let ended = (route != Route::Scope).then_some(Ended::Cancelled);
        Some(Ticket { in_flight, number, ended })
    }
}

impl<E> Ticket<'_, E> {
    /// Says that the call waits on this thread from now on.
    pub(crate) fn wait_on_this_thread(&self) {
        let thread = current();
        if let Some(call) = self.in_flight.lock().waiting.get_mut(&self.number) {
            call.thread = thread;
        }
    }

    /// Ends the wait, and says how the call has ended. Dropping it says that the call has been cancelled.
    pub(crate) fn end(mut self, ended: Ended) {
        self.ended = Some(ended);
    }
}

impl<E> Drop for Ticket<'_, E> {
    fn drop(&mut self) {
        if self.in_flight.is_forked() {
            return;
        }
        let mut calls = self.in_flight.lock();
        calls.waiting.remove(&self.number);
        if let Some(ended) = self.ended {
            calls.counts.count_end(ended);
        }
    }
}

#[cfg(all(test, sync_bridge_loom))]
#[path = "in_flight_models.rs"]
mod models;

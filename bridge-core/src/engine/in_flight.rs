//! The door of a bridge: which calls wait, and how shutting down refuses, awaits and cancels them.
//!
//! A call that is ready at its first poll goes past with one load. A call that has to wait takes a [`Ticket`] first, and
//! the runtime lives until the last ticket is given back: what holds one never meets a runtime that has ended.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::base::sync::{AtomicBool, Condvar, Mutex, MutexGuard, Ordering, Thread, current};
use crate::engine::metrics::{Ended, Metrics, Route};
use crate::handoff::fork;

/// `E` is what drives the runtime; dropping it ends the runtime.
pub(crate) struct InFlight<E> {
    /// Set once, with the lock held; read without it on the way of every call.
    closed: AtomicBool,
    /// Set once, with the lock held; read by threads that were unparked after it.
    cancelled: AtomicBool,
    calls: Mutex<Calls<E>>,
    /// Notified when a ticket is given back while somebody drains.
    returned: Condvar,
    /// The count of forks when it was made: the runtime's threads are in that process.
    forks: usize,
}

struct Calls<E> {
    waiting: BTreeMap<u64, Waiting>,
    /// What has been counted so far; the rest of it is made up when somebody asks.
    counts: Metrics,
    next: u64,
    draining: usize,
    /// Calls that wait for a drain to end: it does not wait for them.
    excused: usize,
    /// Gone once the bridge has cancelled its calls.
    engine: Option<Arc<E>>,
}

struct Waiting {
    thread: Thread,
    since: Instant,
}

/// A call that asks for a ticket.
pub(crate) struct Registration {
    pub(crate) way: Route,
    /// Whether it is a part of a call with a ticket.
    pub(crate) is_part: bool,
    pub(crate) is_reentrant: bool,
}

/// The right of one call to wait. Keeps the runtime alive.
pub(crate) struct Ticket<'a, E> {
    in_flight: &'a InFlight<E>,
    number: u64,
    /// What is counted when the ticket is given back.
    ended: Option<Ended>,
    /// Dropped after the ticket has been given back.
    engine: Arc<E>,
}

impl<E> InFlight<E> {
    pub(crate) fn new(engine: E) -> Self {
        Self {
            closed: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            calls: Mutex::new(Calls {
                waiting: BTreeMap::new(),
                counts: Metrics::default(),
                next: 0,
                draining: 0,
                excused: 0,
                engine: Some(Arc::new(engine)),
            }),
            returned: Condvar::new(),
            forks: fork::forks(),
        }
    }

    /// Whether this process is a fork of the one that it was made in. The runtime's threads are not here, and the
    /// lock may be held for ever.
    #[inline]
    pub(crate) fn is_forked(&self) -> bool {
        fork::forks_so_far() != self.forks
    }

    /// Whether calls are refused.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Relaxed: the flag publishes nothing. A call that misses it is refused when it takes a ticket.
        self.closed.load(Ordering::Relaxed)
    }

    /// Whether calls that wait are to end now.
    pub(crate) fn is_cancelled(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of `cancel`. A thread that reads too early is unparked after the
        // store, and reads again.
        self.cancelled.load(Ordering::Acquire)
    }

    /// A ticket for a call that waits on this thread. `None` once it is closed, or for a call that is part of one
    /// with a ticket, once the calls are cancelled; `None` in a forked child.
    pub(crate) fn enter(&self, registration: &Registration) -> Option<Ticket<'_, E>> {
        if self.is_forked() {
            return None;
        }
        // Before the lock is taken: where std's own thread-local is gone, this panics.
        let thread = current();
        let mut calls = self.lock();
        // ORDERING: Relaxed: written with the lock held.
        if self.closed.load(Ordering::Relaxed) && !registration.is_part {
            return None;
        }
        let engine = Arc::clone(calls.engine.as_ref()?);
        let number = calls.next;
        calls.next += 1;
        calls.waiting.insert(number, Waiting { thread, since: Instant::now() });
        calls.counts.count_start(registration.way, registration.is_reentrant);
        let ended = (registration.way != Route::Scope).then_some(Ended::Cancelled);
        Some(Ticket { in_flight: self, number, ended, engine })
    }

    /// Refuses calls from now on. The number of calls that wait.
    pub(crate) fn close(&self) -> usize {
        let calls = self.lock();
        // ORDERING: Relaxed: see `is_closed`; with the lock held, no call takes a ticket afterwards.
        self.closed.store(true, Ordering::Relaxed);
        calls.waiting.len()
    }

    /// Blocks until no calls wait but those that drain, `own` of which are the caller's, or the deadline has passed. The
    /// number that still wait.
    pub(crate) fn drain(&self, own: usize, deadline: Option<Instant>) -> usize {
        let mut calls = self.lock();
        calls.draining += 1;
        calls.excused += own;
        self.returned.notify_all();
        while calls.waiting.len() > calls.excused {
            calls = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.returned.wait(calls).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => break,
                Some(left) => self.returned.wait_timeout(calls, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        calls.draining -= 1;
        calls.waiting.len()
    }

    /// Ends the calls that wait, and the runtime with the last of them. The number of calls.
    pub(crate) fn cancel(&self) -> usize {
        let mut calls = self.lock();
        // ORDERING: Release pairs with the Acquire of `is_cancelled`.
        self.cancelled.store(true, Ordering::Release);
        calls.waiting.values().for_each(|call| call.thread.unpark());
        let count = calls.waiting.len();
        let engine = calls.engine.take();
        drop(calls);
        // Outside of the lock: with no ticket out this ends the runtime, whose tasks may call the bridge when dropped.
        drop(engine);
        count
    }

    /// Counts a call that failed without having waited.
    pub(crate) fn count_failure(&self, ended: Ended) {
        if !self.is_forked() {
            self.lock().counts.count_end(ended);
        }
    }

    /// The calls that wait, the longest wait among them, and what has been counted.
    pub(crate) fn metrics(&self) -> Metrics {
        if self.is_forked() {
            return Metrics::default();
        }
        let calls = self.lock();
        let longest_wait: Option<Duration> = calls.waiting.values().map(|call| call.since.elapsed()).max();
        Metrics { in_flight: calls.waiting.len(), longest_wait, ..calls.counts }
    }

    fn lock(&self) -> MutexGuard<'_, Calls<E>> {
        // Nothing panics with the lock held.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Gives the ticket back, and says how the call has ended. Dropping it says that the call has been cancelled.
    pub(crate) fn end(mut self, ended: Ended) {
        self.ended = Some(ended);
    }
}

impl<E> Drop for Ticket<'_, E> {
    fn drop(&mut self) {
        if self.in_flight.is_forked() {
            std::mem::forget(Arc::clone(&self.engine));
            return;
        }
        let mut calls = self.in_flight.lock();
        calls.waiting.remove(&self.number);
        if let Some(ended) = self.ended {
            calls.counts.count_end(ended);
        }
        if calls.draining > 0 {
            self.in_flight.returned.notify_all();
        }
    }
}

#[cfg(all(test, sync_bridge_loom))]
#[path = "in_flight_models.rs"]
mod models;

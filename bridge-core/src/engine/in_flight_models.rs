//! Loom models of the calls in flight: a call against a shutdown, in every order. Run as those of the hand-off.

use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::{Begun, Drain, InFlight};
use crate::engine::metrics::Route;

/// Stands for the runtime: what calls use, and what must not end while one does.
struct Engine {
    used: Arc<UnsafeCell<u8>>,
    ended: StdArc<AtomicUsize>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Loom fails if a use of a call's is not ordered before this.
        self.used.with_mut(|_| ());
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

struct World {
    in_flight: InFlight<Engine>,
    used: Arc<UnsafeCell<u8>>,
    ended: StdArc<AtomicUsize>,
}

impl World {
    fn new() -> Arc<Self> {
        let (used, ended) = (Arc::new(UnsafeCell::new(0)), StdArc::default());
        let engine = Engine { used: Arc::clone(&used), ended: StdArc::clone(&ended) };
        Arc::new(Self { in_flight: InFlight::new(engine), used, ended })
    }

    fn is_over(&self) -> bool {
        self.ended.load(Ordering::Relaxed) == 1
    }

    /// What a call does while it is in flight.
    fn use_engine(&self, _begun: &Begun<'_, Engine>) {
        assert!(!self.is_over());
        self.used.with(|_| ());
    }
}

/// A call that has begun is waited for, and one that has not is refused: nothing is lost in between.
#[test]
fn call_begins_while_calls_are_refused() {
    loom::model(|| {
        let world = World::new();
        let inner = Arc::clone(&world);
        let served = StdArc::new(AtomicUsize::new(0));
        let count = StdArc::clone(&served);
        let call = thread::spawn(move || {
            if let Some(begun) = inner.in_flight.begin() {
                inner.use_engine(&begun);
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let in_flight = world.in_flight.close();
        assert_eq!(world.in_flight.drain(0, None), 0);
        assert!(in_flight <= served.load(Ordering::Relaxed) || served.load(Ordering::Relaxed) == 0);
        assert!(world.in_flight.begin().is_none());
        world.in_flight.cancel();
        call.join().unwrap();
        assert!(world.is_over());
    });
}

/// A drain that does not block finds that the call has ended, or is woken by its end.
#[test]
fn drain_that_does_not_block_is_woken() {
    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: StdArc<Self>) {
            // As in `base::sync`: loom does not switch threads at an unpark.
            thread::yield_now();
            self.0.unpark();
        }
    }

    loom::model(|| {
        let world = World::new();
        let inner = Arc::clone(&world);
        let call = thread::spawn(move || {
            if let Some(begun) = inner.in_flight.begin() {
                inner.use_engine(&begun);
            }
        });
        world.in_flight.close();
        let waker = Waker::from(StdArc::new(Unpark(thread::current())));
        let drain = Drain::begin(&world.in_flight, 0);
        while drain.poll(&mut Context::from_waker(&waker)).is_pending() {
            thread::park();
        }
        drain.end();
        world.in_flight.cancel();
        call.join().unwrap();
        assert!(world.is_over());
    });
}

/// A call that is cut off in its first poll keeps the runtime until it ends, which then ends once.
#[test]
fn call_outlives_the_cancel() {
    loom::model(|| {
        let world = World::new();
        let inner = Arc::clone(&world);
        let call = thread::spawn(move || {
            if let Some(begun) = inner.in_flight.begin() {
                inner.use_engine(&begun);
            }
        });
        world.in_flight.close();
        world.in_flight.cancel();
        call.join().unwrap();
        assert!(world.is_over());
    });
}

/// A call that would wait for ever is woken and gives up, and the runtime ends once, after that.
#[test]
fn waiting_call_is_cancelled() {
    loom::model(|| {
        let world = World::new();
        let inner = Arc::clone(&world);
        let call = thread::spawn(move || {
            let Some(begun) = inner.in_flight.begin() else { return };
            if let Some(_ticket) = begun.wait(Route::Here, false) {
                while !inner.in_flight.is_cancelled() {
                    thread::park();
                }
            }
            inner.use_engine(&begun);
        });
        world.in_flight.close();
        world.in_flight.cancel();
        call.join().unwrap();
        assert!(world.is_over());
    });
}

/// What a waiting call reads once it is cancelled has been written before the cancel.
#[test]
fn cancel_publishes_what_came_before() {
    loom::model(|| {
        let world = World::new();
        let inner = Arc::clone(&world);
        let reason = Arc::new(UnsafeCell::new(0));
        let written = Arc::clone(&reason);
        let call = thread::spawn(move || {
            while !inner.in_flight.is_cancelled() {
                thread::yield_now();
            }
            reason.with(|_| ());
        });
        written.with_mut(|_| ());
        world.in_flight.cancel();
        call.join().unwrap();
    });
}

/// A call that is part of one in flight begins though calls are refused, until they are cancelled.
#[test]
fn part_of_a_call_begins_while_calls_are_refused() {
    loom::model(|| {
        let world = World::new();
        let inner = Arc::clone(&world);
        let outer = world.in_flight.begin().unwrap();
        let shutdown = thread::spawn(move || {
            inner.in_flight.close();
            inner.in_flight.drain(0, None);
            inner.in_flight.cancel()
        });
        let part = world.in_flight.begin_part().expect("the outer call is in flight");
        world.use_engine(&part);
        drop((part, outer));
        assert_eq!(shutdown.join().unwrap(), 0);
        assert!(world.in_flight.begin_part().is_none());
        assert!(world.is_over());
    });
}

/// A part that no call waits for, as a task's, begins or is refused, and the runtime ends in any case.
#[test]
fn part_of_a_task_begins_while_calls_are_cancelled() {
    loom::model(|| {
        let world = World::new();
        let inner = Arc::clone(&world);
        let task = thread::spawn(move || {
            if let Some(part) = inner.in_flight.begin_part() {
                inner.use_engine(&part);
            }
        });
        world.in_flight.close();
        world.in_flight.cancel();
        task.join().unwrap();
        assert!(world.is_over());
    });
}

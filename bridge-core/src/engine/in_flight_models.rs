//! Loom models of the calls in flight: a call against a shutdown, in every order. Run as those of the hand-off.

use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::sync::Arc;
use loom::thread;

use super::{InFlight, Registration};
use crate::engine::metrics::Route;

const OUTER: Registration = Registration { way: Route::Here, is_part: false, is_reentrant: false };
const PART: Registration = Registration { way: Route::Here, is_part: true, is_reentrant: true };

/// Stands for the runtime, and counts how often it ends.
struct Engine(StdArc<AtomicUsize>);

impl Drop for Engine {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn in_flight() -> (Arc<InFlight<Engine>>, StdArc<AtomicUsize>) {
    let ended = StdArc::new(AtomicUsize::new(0));
    (Arc::new(InFlight::new(Engine(StdArc::clone(&ended)))), ended)
}

/// A call that has a ticket is waited for, and one that has none is refused: nothing is lost in between.
#[test]
fn call_enters_while_the_gate_closes() {
    loom::model(|| {
        let (in_flight, ended) = in_flight();
        let inner = Arc::clone(&in_flight);
        let served = StdArc::new(AtomicUsize::new(0));
        let count = StdArc::clone(&served);
        let call = thread::spawn(move || {
            if let Some(_ticket) = inner.enter(&OUTER) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let waiting = in_flight.close();
        assert_eq!(in_flight.drain(0, None), 0);
        assert!(waiting <= served.load(Ordering::Relaxed));
        assert!(in_flight.enter(&OUTER).is_none());
        assert_eq!(in_flight.cancel(), 0);
        call.join().unwrap();
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

/// A call that would wait for ever is woken and gives up, and the runtime ends once, after that.
#[test]
fn waiting_call_is_cancelled() {
    loom::model(|| {
        let (in_flight, ended) = in_flight();
        let (inner, still_there) = (Arc::clone(&in_flight), StdArc::clone(&ended));
        let call = thread::spawn(move || {
            if let Some(_ticket) = inner.enter(&OUTER) {
                while !inner.is_cancelled() {
                    thread::park();
                }
                assert_eq!(still_there.load(Ordering::Relaxed), 0);
            }
        });
        in_flight.close();
        in_flight.cancel();
        call.join().unwrap();
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

/// A call that is part of one with a ticket gets in though it is closed, until the calls are cancelled.
#[test]
fn part_of_a_call_enters_a_closed_gate() {
    loom::model(|| {
        let (in_flight, ended) = in_flight();
        let inner = Arc::clone(&in_flight);
        let outer = in_flight.enter(&OUTER).unwrap();
        let shutdown = thread::spawn(move || {
            inner.close();
            inner.drain(0, None);
            inner.cancel()
        });
        assert!(in_flight.enter(&PART).is_some());
        drop(outer);
        assert_eq!(shutdown.join().unwrap(), 0);
        assert!(in_flight.enter(&PART).is_none());
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

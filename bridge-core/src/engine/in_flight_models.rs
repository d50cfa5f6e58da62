//! Loom models of the gate: a call against a shutdown, in every order. Run as those of the hand-off.

use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::sync::Arc;
use loom::thread;

use super::{Entrant, Gate};
use crate::engine::metrics::Way;

const OUTER: Entrant = Entrant { way: Way::Here, is_part: false, is_reentrant: false };
const PART: Entrant = Entrant { way: Way::Here, is_part: true, is_reentrant: true };

/// Stands for the runtime, and counts how often it ends.
struct Engine(StdArc<AtomicUsize>);

impl Drop for Engine {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn gate() -> (Arc<Gate<Engine>>, StdArc<AtomicUsize>) {
    let ended = StdArc::new(AtomicUsize::new(0));
    (Arc::new(Gate::new(Engine(StdArc::clone(&ended)))), ended)
}

/// A call that has a ticket is waited for, and one that has none is refused: nothing is lost in between.
#[test]
fn call_enters_while_the_gate_closes() {
    loom::model(|| {
        let (gate, ended) = gate();
        let inner = Arc::clone(&gate);
        let served = StdArc::new(AtomicUsize::new(0));
        let count = StdArc::clone(&served);
        let call = thread::spawn(move || {
            if let Some(_ticket) = inner.enter(&OUTER) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let in_flight = gate.close();
        assert_eq!(gate.drain(0, None), 0);
        assert!(in_flight <= served.load(Ordering::Relaxed));
        assert!(gate.enter(&OUTER).is_none());
        assert_eq!(gate.cancel(), 0);
        call.join().unwrap();
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

/// A call that would wait for ever is woken and gives up, and the runtime ends once, after that.
#[test]
fn waiting_call_is_cancelled() {
    loom::model(|| {
        let (gate, ended) = gate();
        let (inner, still_there) = (Arc::clone(&gate), StdArc::clone(&ended));
        let call = thread::spawn(move || {
            if let Some(_ticket) = inner.enter(&OUTER) {
                while !inner.is_cancelled() {
                    thread::park();
                }
                assert_eq!(still_there.load(Ordering::Relaxed), 0);
            }
        });
        gate.close();
        gate.cancel();
        call.join().unwrap();
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

/// A call that is part of one with a ticket gets in though the gate is closed, until the calls are cancelled.
#[test]
fn part_of_a_call_enters_a_closed_gate() {
    loom::model(|| {
        let (gate, ended) = gate();
        let inner = Arc::clone(&gate);
        let outer = gate.enter(&OUTER).unwrap();
        let shutdown = thread::spawn(move || {
            inner.close();
            inner.drain(0, None);
            inner.cancel()
        });
        assert!(gate.enter(&PART).is_some());
        drop(outer);
        assert_eq!(shutdown.join().unwrap(), 0);
        assert!(gate.enter(&PART).is_none());
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}

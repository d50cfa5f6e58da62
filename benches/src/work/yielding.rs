//! A future that waits once, for nothing: what it costs to go to another thread and back.

use super::Work;
use crate::contender::Contender;
use crate::measure::Group;
use crate::world::World;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle, Thread};
use tokio::task::yield_now;

/// A future that yields once.
#[derive(Clone, Copy, Debug)]
pub struct Yield;

impl Work for Yield {
    fn name(&self) -> String {
        "one yield".into()
    }

    fn prepare<C: Contender>(&self, contender: &C, _: &World) -> impl FnMut() + Clone + Send + 'static {
        let contender = contender.clone();
        move || {
            let answer = contender.call(|| async {
                yield_now().await;
                7
            });
            assert_eq!(answer, 7);
        }
    }

    fn add_limits(&self, group: &mut Group, _: &World) {
        let mut other = PingPong::start();
        group.add_limit("park/unpark ping-pong", move || other.round());
    }
}

/// A thread that answers each `unpark` with one: the least that going to another thread and back can cost.
#[derive(Debug)]
pub struct PingPong {
    /// Odd while it is the other thread's turn.
    turn: Arc<AtomicU64>,
    other: Option<JoinHandle<()>>,
}

const END: u64 = u64::MAX;

impl PingPong {
    /// Starts the other thread, which answers the thread that calls this.
    #[must_use]
    pub fn start() -> Self {
        let turn = Arc::new(AtomicU64::new(0));
        let (caller, seen) = (thread::current(), Arc::clone(&turn));
        let other = thread::spawn(move || {
            loop {
                match seen.load(Ordering::Acquire) {
                    END => return,
                    turn if turn % 2 == 1 => {
                        seen.store(turn + 1, Ordering::Release);
                        caller.unpark();
                    }
                    _ => thread::park(),
                }
            }
        });
        Self { turn, other: Some(other) }
    }

    /// There and back.
    pub fn round(&mut self) {
        let turn = self.turn.load(Ordering::Acquire);
        self.turn.store(turn + 1, Ordering::Release);
        self.other().unpark();
        while self.turn.load(Ordering::Acquire) != turn + 2 {
            thread::park();
        }
    }

    fn other(&self) -> &Thread {
        self.other.as_ref().expect("it is taken by drop only").thread()
    }
}

impl Drop for PingPong {
    fn drop(&mut self) {
        self.turn.store(END, Ordering::Release);
        self.other().unpark();
        let ended = self.other.take().map(JoinHandle::join);
        assert!(matches!(ended, Some(Ok(()))), "the other thread does not panic");
    }
}

//! What does not depend on the machine's mood: allocations, bytes and thread switches of a call.
//!
//! The binary must have `stats_alloc::INSTRUMENTED_SYSTEM` as its allocator. The counts are those of the whole process: what
//! a contender allocates on its own threads is its cost too.

use crate::contender::{Contender, Side};
use crate::measure::Group;
use crate::place::Place;
use crate::world::{Visitor, World};
use serde::Serialize;
use stats_alloc::{INSTRUMENTED_SYSTEM, Stats};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

/// What one call of a contender's costs.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// Who.
    pub name: String,
    /// Whose it is.
    pub side: Side,
    /// How many allocations.
    pub allocations: f64,
    /// Of how many bytes in all.
    pub bytes: f64,
    /// How often a thread of the process stops to wait. `None` where the system does not tell.
    pub switches: Option<f64>,
}

/// The counts of each row of a group that is on one of the sides, for one operation.
#[must_use]
pub fn of(group: Group, sides: &[Side]) -> Vec<Counts> {
    group
        .into_operations()
        .filter(|(_, side, _)| sides.contains(side))
        .map(|(name, side, mut run)| {
            // Thread-locals, the threads of pools and the like are there afterwards.
            run(CALLS);
            let mut differences: Vec<_> = (0..5).map(|_| difference(&mut run)).collect();
            differences.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (allocations, bytes, switches) = differences[differences.len() / 2];
            Counts { name, side, allocations, bytes, switches }
        })
        .collect()
}

const CALLS: u64 = 500;

/// What `CALLS` calls more cost, for each of them: getting to the place costs the same both times.
fn difference(run: &mut dyn FnMut(u64)) -> (f64, f64, Option<f64>) {
    let mut cost = |calls| {
        let (before, switches_before) = (INSTRUMENTED_SYSTEM.stats(), switches());
        run(calls);
        let (after, switches_after) = (INSTRUMENTED_SYSTEM.stats(), switches());
        let switches = switches_before.zip(switches_after).map(|(before, after)| difference_of(after, before));
        (after - before, switches)
    };
    let ((once, switches_once), (twice, switches_twice)) = (cost(CALLS), cost(2 * CALLS));
    let of_a_call = |once: usize, twice: usize| difference_of(twice as u64, once as u64) / CALLS as f64;
    (
        of_a_call(once.allocations, twice.allocations),
        of_a_call(once.bytes_allocated, twice.bytes_allocated),
        switches_once.zip(switches_twice).map(|(once, twice)| (twice - once) / CALLS as f64),
    )
}

fn difference_of(more: u64, less: u64) -> f64 {
    more as f64 - less as f64
}

/// How often the threads of this process have stopped to wait so far.
fn switches() -> Option<u64> {
    let threads = fs::read_dir("/proc/self/task").ok()?.flatten();
    let of_thread = |status: String| {
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<u64>().ok()
    };
    // A thread that has ended meanwhile has no file any more.
    let statuses = threads.filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok());
    Some(statuses.filter_map(of_thread).sum())
}

/// How many bytes of heap a call holds while it waits, on a plain thread, for each contender.
#[must_use]
pub fn waiting(world: &World) -> Vec<(String, Side, f64)> {
    struct Waiting(Vec<(String, Side, f64)>);

    impl Visitor for Waiting {
        fn visit<C: Contender>(&mut self, contender: &C) {
            if contender.refusal(Place::Plain).is_none() {
                self.0.push((contender.name().into(), C::SIDE, bytes_while_waiting(contender)));
            }
        }
    }

    let mut waiting = Waiting(Vec::new());
    world.each(&mut waiting);
    waiting.0
}

const WAITING: usize = 64;

/// The future of a call that waits until it may end.
async fn wait_for_the_end(end: Arc<Semaphore>, begun: Arc<AtomicUsize>) {
    begun.fetch_add(1, Ordering::Relaxed);
    assert!(end.acquire().await.is_err(), "it ends by being closed");
}

fn bytes_while_waiting<C: Contender>(contender: &C) -> f64 {
    let (end, begun) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (all_are_warm, all_may_call) = (Barrier::new(WAITING + 1), Barrier::new(WAITING + 1));
    thread::scope(|scope| {
        for _ in 0..WAITING {
            scope.spawn(|| {
                // What a thread's first call sets up is there for the next one.
                contender.call(yield_now);
                all_are_warm.wait();
                all_may_call.wait();
                contender.call(|| wait_for_the_end(Arc::clone(&end), Arc::clone(&begun)));
            });
        }
        all_are_warm.wait();
        thread::sleep(SETTLE);
        let before = live(INSTRUMENTED_SYSTEM.stats());
        all_may_call.wait();
        while begun.load(Ordering::Relaxed) < WAITING {
            thread::yield_now();
        }
        // From the first poll to where the call waits.
        thread::sleep(SETTLE);
        let after = live(INSTRUMENTED_SYSTEM.stats());
        end.close();
        (after - before) / WAITING as f64
    })
}

const SETTLE: Duration = Duration::from_millis(50);

/// The bytes that are allocated and not yet freed.
fn live(stats: Stats) -> f64 {
    difference_of(stats.bytes_allocated as u64, stats.bytes_deallocated as u64)
}

//! Start-up, one call, and the end.

use crate::contender::Contender;
use crate::contender::Side;
use crate::measure::Group;
use crate::ours::BlockOn;
use crate::peers::{Heddle, MpscSpawnOneshot};
use crate::place::Place;
use crate::world::World;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use tokio::task::yield_now;

/// A row for each that has to be started: made, called once, with a future that has to be handed off, and dropped.
#[must_use]
pub fn start(world: &World) -> Group {
    let mut group = world.group("start-up, one yield, and the end", Place::Plain);
    group.add_timed("sync-bridge", Side::Ours, |count| started(count, BlockOn::one_worker));
    group.add_timed("sync-bridge, current-thread", Side::Ours, |count| started(count, BlockOn::current_thread));
    group.add_timed("sync-bridge, two workers", Side::Ours, |count| started(count, BlockOn::two_workers));
    group.add_timed("heddle-runtime-bridge", Side::HandOffPeer, |count| started(count, Heddle::start));
    group.add_timed("mpsc + spawn + oneshot", Side::HandOffPeer, |count| started(count, MpscSpawnOneshot::start));
    group.add_timed("tokio runtime, one worker", Side::Peer, |count| {
        timed(count, || {
            let mut builder = Builder::new_multi_thread();
            let runtime = builder.worker_threads(1).enable_all().build().expect("a runtime");
            runtime.block_on(runtime.spawn(yield_now())).expect("no panic");
        })
    });
    group.add_timed("tokio runtime, current-thread", Side::Peer, |count| {
        timed(count, || Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(yield_now()))
    });
    group.add_limit("a thread", || thread::spawn(|| {}).join().expect("no panic"));
    group
}

fn started<C: Contender>(count: u64, start: impl Fn() -> C) -> Duration {
    timed(count, || start().call(yield_now))
}

fn timed(count: u64, operation: impl Fn()) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        operation();
    }
    start.elapsed()
}

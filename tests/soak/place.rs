//! The places that calls are made from.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::task::{JoinError, LocalSet, block_in_place, spawn_blocking, spawn_local, yield_now};

use crate::LEDGER;
use crate::action::{Action, Caller};
use crate::future::Counted;
use crate::job::Job;
use crate::ledger::{Answer, Row};
use crate::world::{Slot, World};

/// Does the action in its place. `current` is a current-thread runtime of this thread's own.
pub(crate) fn go(action: Action, world: &Arc<World>, current: &Runtime) {
    let job = Job::new(action, world);
    let (slot, foreign) = (job.slot.clone(), &world.foreign);
    match action.caller {
        Caller::Plain => job.run(),
        Caller::CurrentThreadRoot => current.block_on(async { job.run() }),
        Caller::CurrentThreadTask => ended(current.block_on(current.spawn(async { job.run() }))),
        Caller::MultiThreadRoot => foreign.block_on(async { job.run() }),
        Caller::MultiThreadTask => ended(foreign.block_on(foreign.spawn(async { job.run() }))),
        Caller::LocalSet => ended(LocalSet::new().block_on(current, async { spawn_local(async { job.run() }).await })),
        Caller::LocalSetOnMultiThread => {
            let local = LocalSet::new();
            ended(foreign.block_on(local.run_until(async { spawn_local(async { job.run() }).await })));
        }
        Caller::SpawnBlocking => ended(foreign.block_on(foreign.spawn_blocking(|| job.run()))),
        Caller::BlockInPlace => ended(foreign.block_on(foreign.spawn(async { block_in_place(|| job.run()) }))),
        Caller::OwnFirstPoll => outer(&slot, async { job.run() }),
        Caller::OwnFuture => outer(&slot, after_waiting(job)),
        Caller::OwnTask => outer(&slot, async { ended_with(&slot, tokio::spawn(async { job.run() }).await) }),
        Caller::OwnBlocking => outer(&slot, async { ended_with(&slot, spawn_blocking(|| job.run()).await) }),
        Caller::OtherFuture => outer(&world.slot(action.other), after_waiting(job)),
    }
}

async fn after_waiting(job: Job) {
    yield_now().await;
    job.run();
}

/// Calls a bridge, whose future makes another call.
fn outer(slot: &Slot, future: impl Future<Output = ()> + Send) {
    LEDGER.make(Row::Outer);
    let counted = Counted::owned();
    let result = slot.bridge.block_on(async move {
        let _counted = counted;
        future.await;
    });
    let described = format!("{result:?}");
    let answer = Answer::of(result);
    LEDGER.answer(Row::Outer, answer);
    match answer {
        Answer::Value => {}
        Answer::Lost | Answer::WorkerDead if slot.is_closing() => {}
        Answer::Saturated if slot.rejects => {}
        _ => LEDGER.fault(format!("{described} is no answer to a call that makes another")),
    }
}

fn ended(task: Result<(), JoinError>) {
    if let Err(error) = task {
        LEDGER.fault(format!("a task that makes a call has not ended: {error}"));
    }
}

/// A task of a bridge does not end by itself if the bridge is shut down.
fn ended_with(slot: &Slot, task: Result<(), JoinError>) {
    match task {
        Err(error) if error.is_cancelled() && slot.is_closing() => {}
        task => ended(task),
    }
}

//! Calls whose instructions are counted: from every place where a ready future is polled on the caller's thread, and the
//! longest way beside them.
//!
//! A row starts only what its own calls need. The difference between a process that makes some calls and one that makes
//! more is then that of the calls.

use crate::contender::Contender;
use crate::ours::{BlockOn, BlockOnWith, Checked, FromHandle, Twin};
use crate::peers::{BlockInPlace, FuturesExecutor, HandleBlockOn, Heddle, MpscSpawnOneshot, Pollster, SpawnChannel};
use crate::place::{Batch, Place, Places, batch};
use crate::work::{answer, bare_poll};
use std::thread;
use std::time::Duration;
use sync_bridge::RuntimeBridge;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::yield_now;
use tokio::time::timeout;

/// A call that is counted.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Where it is made.
    pub place: &'static str,
    /// What makes it.
    pub name: &'static str,
    /// Makes it so many times.
    pub run: fn(u64),
}

const PLAIN: &str = "plain thread";
const LIMITED: &str = "plain thread, with a time limit";
const TASK: &str = "task of another multi-thread runtime";
const CHECKED: &str = "plain thread, with a check";
const SAME: &str = "task of the same runtime";
const REENTRANT: &str = "a call's future, on the bridge's worker";
const FIRST_POLL: &str = "a call's future, in its first poll";

const IN_PLACE: &str = "block_in_place + Handle::block_on";

/// The place whose calls wait for a yield, and not for a ready future.
pub const HAND_OFF: &str = "plain thread, one yield";

/// All rows, in the order of the table.
pub const ROWS: [Row; 26] = [
    row(PLAIN, "block_on", |count| plain(&BlockOn::one_worker(), count)),
    row(PLAIN, "block_on_with", |count| plain(&BlockOnWith(bridge()), count)),
    row(PLAIN, "a twin", |count| plain(&Twin(bridge()), count)),
    row(PLAIN, "block_on, current-thread bridge", |count| plain(&BlockOn::current_thread(), count)),
    row(PLAIN, "a bare poll, runtime entered", bare_polls),
    row(PLAIN, "pollster, runtime entered", |count| with_runtime(Pollster, plain, count)),
    row(PLAIN, "futures::executor, runtime entered", |count| with_runtime(FuturesExecutor, plain, count)),
    row(PLAIN, "Handle::block_on", |count| with_runtime(HandleBlockOn, plain, count)),
    row(LIMITED, "block_on", calls_with_limit),
    row(LIMITED, "Handle::block_on + timeout", timeouts),
    row(TASK, "block_on", |count| task(&BlockOn::one_worker(), count)),
    row(TASK, IN_PLACE, |count| with_runtime(BlockInPlace, task, count)),
    row(CHECKED, "block_on", |count| plain(&Checked::one_worker(), count)),
    row(SAME, "block_on, from_handle", |count| with_runtime(|handle| FromHandle::new(&handle), inside, count)),
    row(SAME, IN_PLACE, |count| with_runtime(BlockInPlace, inside, count)),
    row(REENTRANT, "block_on", reentrant),
    row(REENTRANT, IN_PLACE, reentrant_in_place),
    row(FIRST_POLL, "block_on", |count| first_poll(&BlockOn::one_worker(), count)),
    row(FIRST_POLL, "block_on, from_handle", |count| {
        with_runtime(|handle| FromHandle::new(&handle), first_poll, count);
    }),
    row(FIRST_POLL, IN_PLACE, |count| with_runtime(BlockInPlace, first_poll, count)),
    row(HAND_OFF, "block_on", |count| hand_off(&BlockOn::one_worker(), count)),
    row(HAND_OFF, "block_on_with", |count| hand_off(&BlockOnWith(bridge()), count)),
    row(HAND_OFF, "a twin", |count| hand_off(&Twin(bridge()), count)),
    row(HAND_OFF, "spawn + std channel", |count| with_runtime(SpawnChannel, hand_off, count)),
    row(HAND_OFF, "mpsc + spawn + oneshot", |count| hand_off(&MpscSpawnOneshot::start(), count)),
    row(HAND_OFF, "heddle-runtime-bridge", |count| hand_off(&Heddle::start(), count)),
];

const fn row(place: &'static str, name: &'static str, run: fn(u64)) -> Row {
    Row { place, name, run }
}

fn plain(contender: &impl Contender, count: u64) {
    ready_calls(contender)(count);
}

fn task(contender: &impl Contender, count: u64) {
    Places::start().time(Place::Task, contender, count, ready_calls(contender));
}

/// In a task of the contender's own runtime.
fn inside(contender: &impl Contender, count: u64) {
    let mut calls = ready_calls(contender);
    contender.inside(move || calls(count));
}

fn reentrant(count: u64) {
    let contender = BlockOn::one_worker();
    let calls = calls_on_worker(ready_calls(&contender), count);
    contender.call(|| calls);
}

fn reentrant_in_place(count: u64) {
    let runtime = runtime();
    let calls = calls_on_worker(ready_calls(&BlockInPlace(runtime.handle().clone())), count);
    runtime.block_on(runtime.spawn(calls)).expect("the calls do not panic");
}

/// Makes calls in a future that a worker runs.
///
/// A thread's first call on a worker may move the worker to another thread. After a few calls, with an await before each,
/// every thread that the worker may be on has made one, and the worker stays where it is.
fn calls_on_worker(mut calls: Batch, count: u64) -> impl Future<Output = ()> + Send {
    let caller = thread::current().id();
    async move {
        for _ in 0..10 {
            yield_now().await;
            calls(1);
        }
        yield_now().await;
        assert_ne!(thread::current().id(), caller, "a worker runs the future");
        calls(count);
    }
}

fn first_poll(contender: &impl Contender, count: u64) {
    let (mut calls, caller) = (ready_calls(contender), thread::current().id());
    contender.call(|| async move {
        assert_eq!(thread::current().id(), caller, "the caller polls the future first");
        calls(count);
    });
}

fn hand_off(contender: &impl Contender, count: u64) {
    let calls = contender.clone();
    batch(move || calls.call(yield_now))(count);
}

fn ready_calls(contender: &impl Contender) -> Batch {
    let contender = contender.clone();
    batch(move || assert_eq!(contender.call(|| answer(7)), 7))
}

fn bare_polls(count: u64) {
    let runtime = runtime();
    let handle = runtime.handle().clone();
    batch(move || bare_poll(&handle))(count);
}

/// A time limit that no call reaches.
const LIMIT: Duration = Duration::from_hours(1);

fn calls_with_limit(count: u64) {
    let bridge = bridge();
    batch(move || assert_eq!(bridge.call().timeout(LIMIT).block_on(answer(7)).expect("the bridge answers"), 7))(count);
}

fn timeouts(count: u64) {
    let runtime = runtime();
    let handle = runtime.handle().clone();
    batch(move || assert_eq!(handle.block_on(async { timeout(LIMIT, answer(7)).await }), Ok(7)))(count);
}

fn bridge() -> RuntimeBridge {
    BlockOn::one_worker().bridge
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// Makes the calls of a peer that needs a runtime.
fn with_runtime<C>(contender: impl FnOnce(Handle) -> C, make_calls: impl FnOnce(&C, u64), count: u64) {
    let runtime = runtime();
    make_calls(&contender(runtime.handle().clone()), count);
}

//! The places a call may come from. Each runs the call it is given exactly there.

use std::cell::RefCell;
use std::sync::mpsc::channel;

use sync_bridge::{BridgeError, Flavor, RuntimeBridge};
use tokio::runtime::{Builder, Handle, LocalOptions, Runtime};
use tokio::task::LocalSet;

pub(crate) type Outcome = Result<u64, BridgeError>;
pub(crate) type Call<'a> = Box<dyn FnOnce(&RuntimeBridge) -> Outcome + Send + 'a>;

pub(crate) struct Caller {
    pub(crate) name: &'static str,
    /// Whether the call comes from a future of the same bridge.
    pub(crate) reenters: bool,
    pub(crate) run: fn(&RuntimeBridge, Call<'static>) -> Outcome,
}

const fn foreign(name: &'static str, run: fn(&RuntimeBridge, Call<'static>) -> Outcome) -> Caller {
    Caller { name, reenters: false, run }
}

const fn reentrant(name: &'static str, run: fn(&RuntimeBridge, Call<'static>) -> Outcome) -> Caller {
    Caller { name, reenters: true, run }
}

pub(crate) static CALLERS: &[Caller] = &[
    foreign("plain_thread", |bridge, call| call(bridge)),
    foreign("current_thread_root", |bridge, call| current_thread().block_on(async { call(bridge) })),
    foreign("current_thread_task", |bridge, call| on_task(&current_thread(), bridge, call)),
    foreign("multi_thread_root", |bridge, call| multi_thread(1).block_on(async { call(bridge) })),
    foreign("multi_thread_task", |bridge, call| on_task(&multi_thread(1), bridge, call)),
    foreign("multi_thread_task_on_worker_1", on_worker_1),
    foreign("multi_thread_task_after_block_in_place", |bridge, call| {
        let call: Call<'static> = Box::new(|bridge| {
            // The worker's tasks go to another thread, and do not always come back.
            (0..10).for_each(|_| tokio::task::block_in_place(std::thread::yield_now));
            call(bridge)
        });
        on_task(&multi_thread(1), bridge, call)
    }),
    foreign("local_set_on_current_thread", |bridge, call| on_local_set(&current_thread(), bridge, call)),
    foreign("local_set_on_multi_thread", |bridge, call| on_local_set(&multi_thread(1), bridge, call)),
    foreign("local_runtime", on_local_runtime),
    foreign("spawn_blocking", |bridge, call| on_blocking_thread(&multi_thread(1), bridge, call)),
    foreign("block_in_place", in_block_in_place),
    foreign("multi_thread_guard", |bridge, call| under_guard(&multi_thread(1), bridge, call)),
    foreign("current_thread_guard", |bridge, call| under_guard(&current_thread(), bridge, call)),
    foreign("multi_thread_guard_on_current_thread", multi_thread_guard_on_current_thread),
    foreign("multi_thread_guard_on_a_multi_thread_task", multi_thread_guard_on_a_multi_thread_task),
    foreign("driven_current_thread_guard_on_multi_thread", driven_current_thread_guard_on_multi_thread),
    foreign("guard_of_the_bridge", |bridge, call| {
        let own = bridge.block_on(async { Handle::current() })?;
        let _guard = own.enter();
        call(bridge)
    }),
    foreign("futures_executor", |bridge, call| futures::FutureExt::now_or_never(async { call(bridge) }).unwrap()),
    foreign("futures_block_on", |bridge, call| futures::executor::block_on(async { call(bridge) })),
    foreign("future_of_another_bridge", |bridge, call| in_another_bridge(Flavor::MultiThread, bridge, call)),
    foreign("future_of_a_current_thread_bridge", |bridge, call| in_another_bridge(Flavor::CurrentThread, bridge, call)),
    foreign("thread_local_destructor", in_thread_local_destructor),
    foreign("blocking_thread_of_the_bridge", |bridge, call| {
        let inner = bridge.clone();
        bridge.block_on(async { tokio::task::spawn_blocking(move || call(&inner)).await.unwrap() })?
    }),
    foreign("current_thread_on_a_blocking_thread_of_the_bridge", |bridge, call| {
        let inner = bridge.clone();
        let nested = move || current_thread().block_on(async { call(&inner) });
        bridge.block_on(async { tokio::task::spawn_blocking(nested).await.unwrap() })?
    }),
    reentrant("first_poll_of_a_bridged_future", |bridge, call| bridge.block_on(async { call(bridge) })?),
    reentrant("bridged_future", |bridge, call| bridge.block_on(async { on_the_worker(|| call(bridge)).await })?),
    reentrant("bridged_future_three_deep", |bridge, call| {
        bridge.block_on(async {
            on_the_worker(|| {
                bridge.block_on(async { on_the_worker(|| bridge.block_on(async { call(bridge) })?).await })?
            })
            .await
        })?
    }),
    reentrant("bridged_local_future", |bridge, call| {
        bridge.block_on_local(|| async { on_the_worker(|| call(bridge)).await })?
    }),
    reentrant("local_task_of_a_bridged_local_future", |bridge, call| {
        let inner = bridge.clone();
        bridge.block_on_local(|| async { tokio::task::spawn_local(async move { call(&inner) }).await.unwrap() })?
    }),
    reentrant("task_of_the_bridge", |bridge, call| {
        let inner = bridge.clone();
        bridge.block_on(async { tokio::spawn(async move { call(&inner) }).await.unwrap() })?
    }),
    reentrant("bridged_future_under_a_multi_thread_guard", |bridge, call| {
        let other = multi_thread(1);
        bridge.block_on(async { on_the_worker(|| under_guard(&other, bridge, call)).await })?
    }),
    reentrant("task_of_the_bridge_under_a_current_thread_guard", |bridge, call| {
        let (inner, other) = (bridge.clone(), current_thread());
        let handle = other.handle().clone();
        let task = async move {
            let _guard = handle.enter();
            call(&inner)
        };
        bridge.block_on(async { tokio::spawn(task).await.unwrap() })?
    }),
    reentrant("block_in_place_in_a_bridged_future", |bridge, call| {
        bridge.block_on(async {
            // tokio forbids it on a current-thread runtime, where the answer is the same without.
            let is_multi_thread = Handle::current().runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread;
            let call = || call(bridge);
            on_the_worker(|| if is_multi_thread { tokio::task::block_in_place(call) } else { call() }).await
        })?
    }),
    reentrant("current_thread_in_block_in_place_in_a_bridged_future", |bridge, call| {
        bridge.block_on(async {
            let is_multi_thread = Handle::current().runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread;
            let nested = || current_thread().block_on(async { call(bridge) });
            // tokio forbids a runtime inside the other one; there, a plain call has the same answer.
            on_the_worker(|| {
                if is_multi_thread { tokio::task::block_in_place(nested) } else { bridge.block_on(async { 0 }) }
            })
            .await
        })?
    }),
    reentrant("task_of_the_bridge_under_the_guard_of_a_driven_current_thread", |bridge, call| {
        let (driven, inner) = (current_thread(), bridge.clone());
        let handle = driven.handle().clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let driver = std::thread::spawn(move || driven.block_on(async { drop(stopped.await) }));
        wait_until_parked(&handle);
        let task = async move {
            let _guard = handle.enter();
            call(&inner)
        };
        let outcome = bridge.block_on(async { tokio::spawn(task).await.unwrap() });
        drop(stop);
        driver.join().unwrap();
        outcome?
    }),
    reentrant("round_a_cycle_of_two_bridges", |bridge, call| {
        let other = RuntimeBridge::builder().flavor(Flavor::CurrentThread).build().unwrap();
        bridge.block_on(async {
            on_the_worker(|| other.block_on(async { on_the_worker(|| call(bridge)).await })?).await
        })?
    }),
];

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap()
}

/// Runs `f` after the future has left the thread that polled it first.
async fn on_the_worker<R>(f: impl FnOnce() -> R) -> R {
    tokio::task::yield_now().await;
    f()
}

fn on_task(runtime: &Runtime, bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let bridge = bridge.clone();
    runtime.block_on(async { tokio::spawn(async move { call(&bridge) }).await.unwrap() })
}

/// Worker 0 is kept busy until the other one has run the call.
fn on_worker_1(bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let runtime = multi_thread(2);
    let bridge = bridge.clone();
    let mut call = Some(call);
    loop {
        let (release, released) = channel::<()>();
        let (index_sender, index) = channel();
        let blocker = runtime.spawn(async move {
            index_sender.send(tokio::runtime::worker_index()).unwrap();
            let _ = released.recv();
        });
        if index.recv().unwrap() == Some(0) {
            let call = call.take().unwrap();
            let outcome = runtime.block_on(async {
                let task = async move {
                    assert_eq!(tokio::runtime::worker_index(), Some(1));
                    call(&bridge)
                };
                tokio::spawn(task).await.unwrap()
            });
            drop(release);
            return outcome;
        }
        drop(release);
        runtime.block_on(blocker).unwrap();
    }
}

fn on_local_set(runtime: &Runtime, bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let bridge = bridge.clone();
    let local = LocalSet::new();
    local.block_on(runtime, async { tokio::task::spawn_local(async move { call(&bridge) }).await.unwrap() })
}

fn on_local_runtime(bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default()).unwrap();
    let bridge = bridge.clone();
    runtime.block_on(async { tokio::task::spawn_local(async move { call(&bridge) }).await.unwrap() })
}

fn on_blocking_thread(runtime: &Runtime, bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let bridge = bridge.clone();
    runtime.block_on(async { tokio::task::spawn_blocking(move || call(&bridge)).await.unwrap() })
}

fn in_block_in_place(bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    on_task(&multi_thread(1), bridge, Box::new(|bridge| tokio::task::block_in_place(|| call(bridge))))
}

fn under_guard(runtime: &Runtime, bridge: &RuntimeBridge, call: Call<'_>) -> Outcome {
    let _guard = runtime.enter();
    call(bridge)
}

/// tokio names worker 0 here and a multi-thread runtime as entered, and yet the thread drives another one.
fn multi_thread_guard_on_current_thread(bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let guard = multi_thread(1);
    wait_until_parked(guard.handle());
    current_thread().block_on(async { under_guard(&guard, bridge, call) })
}

/// Worker 0 of one runtime under the guard of another: two workers 0, of which one is parked.
fn multi_thread_guard_on_a_multi_thread_task(bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let guard = multi_thread(1);
    wait_until_parked(guard.handle());
    let handle = guard.handle().clone();
    let under_guard = move |bridge: &RuntimeBridge| {
        let _guard = handle.enter();
        call(bridge)
    };
    on_task(&multi_thread(1), bridge, Box::new(under_guard))
}

/// The reverse: worker 0 of a multi-thread runtime, with a current-thread runtime entered that is driven elsewhere.
fn driven_current_thread_guard_on_multi_thread(bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let guard = current_thread();
    let handle = guard.handle().clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let driver = std::thread::spawn(move || drop(guard.block_on(stopped)));
    wait_until_parked(&handle);
    let under_guard = move |bridge: &RuntimeBridge| {
        let _guard = handle.enter();
        call(bridge)
    };
    let outcome = on_task(&multi_thread(1), bridge, Box::new(under_guard));
    drop(stop);
    driver.join().unwrap();
    outcome
}

fn wait_until_parked(runtime: &Handle) {
    while runtime.metrics().worker_park_unpark_count(0) % 2 == 0 {
        std::thread::yield_now();
    }
}

fn in_another_bridge(flavor: Flavor, bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    let other = RuntimeBridge::builder().flavor(flavor).build().unwrap();
    other.block_on(async { on_the_worker(|| call(bridge)).await })?
}

/// Thread-locals are destroyed in the reverse order of their first use: this one after tokio's.
fn in_thread_local_destructor(bridge: &RuntimeBridge, call: Call<'static>) -> Outcome {
    struct CallOnDrop(Option<Box<dyn FnOnce()>>);

    impl Drop for CallOnDrop {
        fn drop(&mut self) {
            self.0.take().unwrap()();
        }
    }

    thread_local! {
        static LAST: RefCell<Option<CallOnDrop>> = const { RefCell::new(None) };
    }

    let (answer, answered) = channel();
    let bridge = bridge.clone();
    let thread = std::thread::spawn(move || {
        let call_when_dropped = move || {
            let tokio = Handle::try_current().unwrap_err();
            assert!(tokio.is_thread_local_destroyed());
            answer.send(call(&bridge)).unwrap();
        };
        LAST.set(Some(CallOnDrop(Some(Box::new(call_when_dropped)))));
        // tokio's thread-local is made by its first use.
        let _ = Handle::try_current();
    });
    let outcome = answered.recv();
    thread.join().unwrap();
    outcome.unwrap()
}

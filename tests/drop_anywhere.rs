//! The last clone is dropped wherever it happens to be, and nothing blocks, panics or leaks.

mod support;

use std::cell::RefCell;

use support::{Drops, FLAVORS, bridge, current_thread, multi_thread, watched};
use sync_bridge::{Flavor, RuntimeBridge};
use tokio::sync::oneshot;

/// A task that stays on the bridge after the call that spawned it: its drop shows that the runtime has ended.
fn leave_a_task_behind(bridge: &RuntimeBridge) -> (Drops, oneshot::Receiver<()>) {
    let drops = Drops::default();
    let (owned, (ended, end)) = (drops.guard(), oneshot::channel());
    bridge
        .block_on(async {
            tokio::spawn(async move {
                let _both = (owned, ended);
                std::future::pending::<()>().await;
            });
        })
        .unwrap();
    (drops, end)
}

/// Drops the last clone by `drop_there`, and waits until the task left behind has been dropped with the runtime.
fn check(drop_there: impl Fn(RuntimeBridge)) {
    for flavor in FLAVORS {
        let bridge = bridge(flavor);
        let (drops, end) = leave_a_task_behind(&bridge);
        drop_there(bridge);
        end.blocking_recv().unwrap_err();
        assert_eq!(drops.count(), 1);
    }
}

#[test]
fn last_clone_is_dropped_on_a_plain_thread() {
    watched(|| check(drop));
}

#[test]
fn last_clone_is_dropped_in_async_context() {
    watched(|| {
        check(|bridge| current_thread().block_on(async { drop(bridge) }));
        check(|bridge| multi_thread(1).block_on(async { drop(bridge) }));
        check(|bridge| multi_thread(1).block_on(async { tokio::spawn(async { drop(bridge) }).await.unwrap() }));
        check(|bridge| {
            multi_thread(1).block_on(async { tokio::task::spawn_blocking(|| drop(bridge)).await.unwrap() });
        });
    });
}

#[test]
fn last_clone_is_dropped_on_the_bridges_own_worker() {
    watched(|| {
        check(|bridge| {
            let (go, gone) = oneshot::channel::<()>();
            let last = bridge.clone();
            bridge
                .block_on(async {
                    tokio::spawn(async move {
                        let _ = gone.await;
                        drop(last);
                    });
                })
                .unwrap();
            drop(bridge);
            drop(go);
        });
    });
}

#[test]
fn last_clone_is_dropped_on_the_bridges_own_blocking_thread() {
    watched(|| {
        check(|bridge| {
            let (go, gone) = std::sync::mpsc::channel::<()>();
            let last = bridge.clone();
            bridge
                .block_on(async {
                    tokio::task::spawn_blocking(move || {
                        gone.recv().unwrap_err();
                        drop(last);
                    });
                })
                .unwrap();
            drop(bridge);
            drop(go);
        });
    });
}

#[test]
fn last_clone_is_dropped_in_a_thread_local_destructor() {
    thread_local! {
        static KEPT: RefCell<Option<RuntimeBridge>> = const { RefCell::new(None) };
    }
    watched(|| {
        check(|bridge| {
            std::thread::spawn(|| {
                KEPT.set(Some(bridge));
                // tokio's thread-local is made after ours, and so is destroyed before it.
                let _ = tokio::runtime::Handle::try_current();
            })
            .join()
            .unwrap();
        });
    });
}

#[test]
fn last_clone_is_dropped_while_unwinding() {
    watched(|| {
        check(|bridge| {
            std::thread::spawn(move || {
                let _last = bridge;
                std::panic::resume_unwind(Box::new(()));
            })
            .join()
            .unwrap_err();
        });
    });
}

/// A clone keeps the runtime: what another clone's drop would have ended goes on.
#[test]
fn clone_outlives_the_first_handle() {
    watched(|| {
        let first = bridge(Flavor::MultiThread);
        let second = first.clone();
        drop(first);
        assert_eq!(second.block_on(async { tokio::spawn(async { 5 }).await.unwrap() }).unwrap(), 5);
    });
}

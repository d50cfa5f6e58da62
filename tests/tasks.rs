//! Tasks on a bridge: waited for from anywhere, by sync and async code, cancelled, and outliving the bridge's handles.

mod support;

use std::time::Duration;

use support::{Drops, FLAVORS, bridge, current_thread, from_each_caller, watched};
use sync_bridge::{BridgeError, Flavor};
use tokio::sync::oneshot;

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn task_is_waited_for_by_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let last = bridge.clone();
            from_each_caller(move || {
                let yields = || async {
                    tokio::task::yield_now().await;
                    3
                };
                assert_eq!(bridge.spawn(yields()).wait().unwrap(), 3);
                assert_eq!(bridge.spawn(yields()).wait_timeout(LONG).unwrap().unwrap(), 3);
                assert_eq!(bridge.block_on(bridge.spawn(yields())).unwrap().unwrap(), 3);
            });
            let task = last.spawn(async { 4 });
            assert_eq!(current_thread().block_on(task).unwrap(), 4);
        }
    });
}

#[test]
fn tasks_of_a_bridge_run_while_nobody_waits() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (sender, receiver) = std::sync::mpsc::channel();
            drop(bridge.spawn(async move { sender.send(5).unwrap() }));
            assert_eq!(receiver.recv().unwrap(), 5);
        }
    });
}

#[test]
fn task_is_waited_for_from_the_bridges_own_worker() {
    watched(|| {
        let multi = bridge(Flavor::MultiThread);
        let outcome = multi.block_on(async {
            tokio::task::yield_now().await;
            multi.spawn(async { tokio::task::yield_now().await }).wait()
        });
        outcome.unwrap().unwrap();

        let single = bridge(Flavor::CurrentThread);
        let inner = single.clone();
        let outcome = single.block_on(async {
            tokio::task::yield_now().await;
            let ended = inner.spawn(async { 6 });
            while !ended.is_finished() {
                tokio::task::yield_now().await;
            }
            (inner.spawn(std::future::pending::<()>()).wait(), ended.wait())
        });
        assert!(matches!(outcome, Ok((Err(BridgeError::WouldDeadlock), Ok(6)))), "{outcome:?}");
    });
}

#[test]
fn task_is_given_back_when_the_time_runs_out() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let (release, released) = oneshot::channel();
                let mut task = bridge.spawn(async { released.await.unwrap() });
                for _ in 0..3 {
                    task = task.wait_timeout(Duration::from_millis(1)).unwrap_err();
                }
                release.send(7).unwrap();
                assert_eq!(task.wait().unwrap(), 7);
            });
        }
    });
}

#[test]
fn default_time_limit_is_not_for_tasks() {
    watched(|| {
        let builder = sync_bridge::RuntimeBridge::builder().default_timeout(Duration::from_nanos(1));
        let bridge = builder.build().unwrap();
        let task = bridge.spawn(async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            8
        });
        assert_eq!(task.wait().unwrap(), 8);
    });
}

#[test]
fn aborted_task_is_dropped_and_its_waiter_told() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let owned = drops.guard();
            let task = bridge.spawn(async move {
                let _owned = owned;
                std::future::pending::<()>().await;
            });
            task.abort();
            let error = task.wait().unwrap_err();
            assert!(matches!(error, BridgeError::ResponseLost(_)) && !error.is_panic());
            assert_eq!(drops.count(), 1);
        }
    });
}

#[test]
fn panic_of_a_task_arrives() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let error = bridge.spawn(async { panic!("torn") }).wait().unwrap_err();
        assert_eq!(error.panic_message(), Some("torn"));
        let error = current_thread().block_on(bridge.spawn(async { panic!("torn") })).unwrap_err();
        assert_eq!(error.panic_message(), Some("torn"));
    });
}

#[test]
fn handle_of_a_task_keeps_the_bridge() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (release, released) = oneshot::channel();
            let task = bridge.spawn(async { released.await.unwrap() });
            drop(bridge);
            release.send(9).unwrap();
            assert_eq!(task.wait().unwrap(), 9);
        }
    });
}

#[test]
fn task_on_a_bridge_that_is_shut_down_is_dropped_at_once() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let waiting = bridge.spawn(std::future::pending::<()>());
            bridge.shutdown(LONG);
            assert!(matches!(waiting.wait(), Err(BridgeError::WorkerDead | BridgeError::ResponseLost(_))));
            let owned = drops.guard();
            let late = bridge.spawn(async move { drop(owned) });
            assert!(matches!(late.wait(), Err(BridgeError::WorkerDead | BridgeError::ResponseLost(_))));
            while drops.count() == 0 {
                std::thread::yield_now();
            }
        }
    });
}

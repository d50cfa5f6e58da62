//! Tasks on a bridge: waited for from anywhere, by sync and async code, cancelled, and outliving the bridge's handles.

mod support;

use std::time::Duration;

use support::{Drops, FLAVORS, bridge, current_thread, from_each_caller, watched};
use sync_bridge::{BridgeError, BridgedTask, Flavor};
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
                assert_eq!(bridge.spawn(yields()).wait_timeout(LONG).unwrap(), 3);
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
            let mut ended = inner.spawn(async { 6 });
            while !ended.is_finished() {
                tokio::task::yield_now().await;
            }
            (inner.spawn(std::future::pending::<()>()).wait(), ended.wait())
        });
        assert!(matches!(outcome, Ok((Err(BridgeError::WouldDeadlock), Ok(6)))), "{outcome:?}");
    });
}

#[test]
fn task_runs_on_when_the_time_runs_out() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let (release, released) = oneshot::channel();
                let mut task = bridge.spawn(async { released.await.unwrap() });
                for _ in 0..3 {
                    let outcome = task.wait_timeout(Duration::from_millis(1));
                    assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })), "{outcome:?}");
                }
                release.send(7).unwrap();
                assert_eq!(task.wait().unwrap(), 7);
            });
        }
    });
}

/// By a handle that the task is sent.
#[test]
fn task_that_waits_for_itself_is_told() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (hand_over, handed_over) = oneshot::channel::<BridgedTask<()>>();
            let (report, reported) = std::sync::mpsc::channel();
            let inner = bridge.clone();
            let task = bridge.spawn(async move {
                let mut own = handed_over.await.unwrap();
                report.send(own.wait()).unwrap();
                report.send(own.wait_timeout(LONG)).unwrap();
                report.send((&mut own).await).unwrap();
                report.send(inner.block_on(&mut own).and_then(|result| result)).unwrap();
            });
            assert!(hand_over.send(task).is_ok());
            let outcomes: Vec<_> = reported.iter().collect();
            assert_eq!(outcomes.len(), 4);
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(BridgeError::WouldDeadlock))), "{outcomes:?}");
        }
    });
}

#[test]
fn task_is_waited_for_again_after_a_wait_that_would_deadlock() {
    watched(|| {
        let bridge = bridge(Flavor::CurrentThread);
        let (release, released) = oneshot::channel();
        let inner = bridge.clone();
        let refused = bridge.block_on(async move {
            tokio::task::yield_now().await;
            let mut task = inner.spawn(async { released.await.unwrap() });
            (task.wait().unwrap_err(), task.wait_timeout(LONG).unwrap_err(), task)
        });
        let (first, second, mut task) = refused.unwrap();
        assert!(matches!((first, second), (BridgeError::WouldDeadlock, BridgeError::WouldDeadlock)));
        release.send(5).unwrap();
        assert_eq!(task.wait().unwrap(), 5);
    });
}

#[test]
fn result_of_a_task_is_handed_out_once() {
    fn is_taken<T: std::fmt::Debug + Send + 'static>(mut task: BridgedTask<T>) {
        for _ in 0..2 {
            assert!(matches!(task.wait(), Err(BridgeError::ResultTaken)));
            assert!(matches!(task.wait_timeout(LONG), Err(BridgeError::ResultTaken)));
            assert!(matches!(current_thread().block_on(&mut task), Err(BridgeError::ResultTaken)));
        }
        assert!(task.is_finished());
        task.abort();
    }

    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let mut waited = bridge.spawn(async { tokio::task::yield_now().await });
            waited.wait().unwrap();
            is_taken(waited);

            let mut awaited = bridge.spawn(async { 1 });
            assert_eq!(current_thread().block_on(&mut awaited).unwrap(), 1);
            assert!(awaited.id().is_some());
            is_taken(awaited);

            let mut aborted = bridge.spawn(std::future::pending::<()>());
            aborted.abort();
            assert!(matches!(aborted.wait(), Err(BridgeError::ResponseLost(_))));
            is_taken(aborted);

            bridge.shutdown(LONG);
            let mut refused = bridge.spawn(async {});
            assert!(matches!(refused.wait(), Err(BridgeError::WorkerDead)));
            is_taken(refused);
        }
    });
}

#[test]
fn default_time_limit_is_not_for_tasks() {
    watched(|| {
        let builder = sync_bridge::RuntimeBridge::builder().default_timeout(Duration::from_nanos(1));
        let bridge = builder.build().unwrap();
        let mut task = bridge.spawn(async {
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
            let mut task = bridge.spawn(async move {
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
            let mut task = bridge.spawn(async { released.await.unwrap() });
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
            let mut waiting = bridge.spawn(std::future::pending::<()>());
            bridge.shutdown(LONG);
            assert!(matches!(waiting.wait(), Err(BridgeError::WorkerDead | BridgeError::ResponseLost(_))));
            let owned = drops.guard();
            let mut late = bridge.spawn(async move { drop(owned) });
            assert!(matches!(late.wait(), Err(BridgeError::WorkerDead | BridgeError::ResponseLost(_))));
            while drops.count() == 0 {
                std::thread::yield_now();
            }
        }
    });
}

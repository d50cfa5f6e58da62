//! Waiting for the first of several tasks, and for all of them: no wait that fails loses a result.

mod support;

use std::cell::Cell;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use support::{FLAVORS, bridge, current_thread, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, BridgedTask, Flavor, RuntimeBridge, ScopedTask};
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

fn is_timed_out<T>(outcome: &Result<T, BridgeError>) -> bool {
    matches!(outcome, Err(BridgeError::TimedOut { .. }))
}

fn would_deadlock<T>(outcome: &Result<T, BridgeError>) -> bool {
    matches!(outcome, Err(BridgeError::WouldDeadlock))
}

/// Also in a `LocalSet`, on a blocking thread, in a task of the bridge and in a blocking closure of it.
fn from_all_callers(flavor: Flavor, f: impl Fn(&RuntimeBridge) + Clone + Send + Sync + 'static) {
    let bridge = bridge(flavor);
    let call = {
        let bridge = bridge.clone();
        move || f(&bridge)
    };
    from_each_caller(call.clone());
    tokio::task::LocalSet::new().block_on(&current_thread(), async { call() });
    let blocking = call.clone();
    multi_thread(1).block_on(async { tokio::task::spawn_blocking(blocking).await.unwrap() });
    let blocking = call.clone();
    bridge.block_on(async { tokio::task::spawn_blocking(blocking).await.unwrap() }).unwrap();
    if flavor == Flavor::MultiThread {
        bridge.spawn(async move { call() }).wait().unwrap();
    }
}

#[test]
fn first_task_to_end_is_taken_out_and_the_others_stay() {
    watched(|| {
        for flavor in FLAVORS {
            from_all_callers(flavor, |bridge| {
                let (release, released) = oneshot::channel();
                let mut tasks = vec![
                    bridge.spawn(async { released.await.unwrap() }),
                    bridge.spawn(async {
                        yield_now().await;
                        1
                    }),
                    bridge.spawn(pending()),
                ];
                let (index, result) = BridgedTask::wait_first(&mut tasks).unwrap().unwrap();
                assert_eq!((index, result.unwrap()), (1, 1));
                // In its place is the last one, as `swap_remove` puts it.
                tasks[1].abort();
                let (index, result) = BridgedTask::wait_first_timeout(&mut tasks, LONG).unwrap().unwrap();
                assert!(index == 1 && matches!(result, Err(BridgeError::ResponseLost(_))));
                assert!(is_timed_out(&BridgedTask::wait_first_timeout(&mut tasks, SHORT)));
                release.send(0).unwrap();
                assert_eq!(tasks[0].wait().unwrap(), 0);
            });
        }
    });
}

#[test]
fn all_tasks_are_waited_for_in_order() {
    watched(|| {
        for flavor in FLAVORS {
            from_all_callers(flavor, |bridge| {
                let (answer, question) = oneshot::channel();
                let mut tasks = vec![
                    bridge.spawn(async { question.await.unwrap() }),
                    bridge.spawn(async {
                        answer.send(0).unwrap();
                        yield_now().await;
                        1
                    }),
                    bridge.spawn(async { std::panic::resume_unwind(Box::new("torn")) }),
                    bridge.spawn(pending()),
                ];
                tasks[3].abort();
                let results = BridgedTask::wait_all(&mut tasks).unwrap();
                assert!(tasks.is_empty());
                assert!(matches!(results[..], [Ok(0), Ok(1), Err(_), Err(_)]), "{results:?}");
                assert_eq!(results[2].as_ref().unwrap_err().panic_message(), Some("torn"));
            });
        }
    });
}

/// More than tokio's budget for one poll.
#[test]
fn many_tasks_are_waited_for() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let start = || (0..1000).map(|n| bridge.spawn(async move { n })).collect();
            let mut tasks: Vec<_> = start();
            let results = BridgedTask::wait_all(&mut tasks).unwrap();
            assert!(results.into_iter().map(Result::unwrap).eq(0..1000));

            let (mut tasks, mut sum) = (start(), 0);
            while let Some((_, result)) = BridgedTask::wait_first(&mut tasks).unwrap() {
                sum += result.unwrap();
            }
            assert_eq!(sum, (0..1000).sum());
        }
    });
}

/// Each handle is polled a few times, and not once for each task that ends.
#[test]
fn tens_of_thousands_of_tasks_end_while_they_are_waited_for() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (end, ended) = tokio::sync::watch::channel(());
        let mut tasks: Vec<_> = (0..40_000)
            .map(|_| {
                let mut ended = ended.clone();
                bridge.spawn(async move { drop(ended.changed().await) })
            })
            .collect();
        let ends = std::thread::spawn({
            let bridge = bridge.clone();
            move || {
                while bridge.metrics().longest_wait.is_none() {
                    std::thread::yield_now();
                }
                drop(end);
            }
        });
        assert!(BridgedTask::wait_all(&mut tasks).unwrap().into_iter().all(|result| result.is_ok()));
        ends.join().unwrap();
    });
}

#[test]
fn no_tasks_are_not_waited_for() {
    let mut none: Vec<BridgedTask<u8>> = Vec::new();
    assert!(matches!(BridgedTask::wait_first(&mut none), Ok(None)));
    assert!(matches!(BridgedTask::wait_first_timeout(&mut none, LONG), Ok(None)));
    assert!(BridgedTask::wait_all(&mut none).unwrap().is_empty());
    assert!(BridgedTask::wait_all_timeout(&mut none, LONG).unwrap().is_empty());
}

/// The result of a task that has ended is there though the wait for all has failed.
#[test]
fn wait_that_fails_loses_no_result() {
    watched(|| {
        for flavor in FLAVORS {
            from_all_callers(flavor, |bridge| {
                let (release, released) = oneshot::channel();
                let mut tasks = vec![
                    bridge.spawn(async { 1 }),
                    bridge.spawn(async { released.await.unwrap() }),
                    bridge.spawn(async {
                        yield_now().await;
                        3
                    }),
                ];
                while !(tasks[0].is_finished() && tasks[2].is_finished()) {
                    assert!(is_timed_out(&BridgedTask::wait_all_timeout(&mut tasks, SHORT)));
                }
                // A wait takes both results out of their tasks.
                assert!(is_timed_out(&BridgedTask::wait_all_timeout(&mut tasks, SHORT)));
                assert_eq!(tasks.len(), 3);
                // Each way to take a result that a wait has left in the handle.
                assert_eq!(futures::executor::block_on(&mut tasks[0]).unwrap(), 1);
                assert_eq!(tasks[2].wait().unwrap(), 3);
                release.send(2).unwrap();
                let results = BridgedTask::wait_all(&mut tasks).unwrap();
                let taken = |result: &Result<_, _>| matches!(result, Err(BridgeError::ResultTaken));
                assert!(taken(&results[0]) && taken(&results[2]) && matches!(results[1], Ok(2)), "{results:?}");
            });
        }
    });
}

#[test]
fn limits_of_the_calls_around_end_the_waits() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let mut tasks = vec![bridge.spawn(pending::<()>()), bridge.spawn(pending())];
                let limits = bridge.call().timeout(SHORT);
                assert!(is_timed_out(&limits.within(|| BridgedTask::wait_first(&mut tasks))));
                assert!(is_timed_out(&limits.within(|| BridgedTask::wait_all(&mut tasks))));
                assert!(is_timed_out(&limits.within(|| BridgedTask::wait_all_timeout(&mut tasks, LONG))));
                assert_eq!(tasks.len(), 2);
                tasks.iter().for_each(BridgedTask::abort);
            });
        }
    });
}

#[test]
fn task_waits_for_itself_and_others() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (hand_over, handed_over) = oneshot::channel::<BridgedTask<()>>();
            let (report, reported) = std::sync::mpsc::channel();
            let other = bridge.clone();
            let task = bridge.spawn(async move {
                let mut tasks = vec![handed_over.await.unwrap()];
                assert!(would_deadlock(&BridgedTask::wait_first(&mut tasks)));
                assert!(would_deadlock(&BridgedTask::wait_all(&mut tasks)));
                // Before the wait for the one that never ends.
                tasks.insert(0, other.spawn(pending()));
                assert!(would_deadlock(&BridgedTask::wait_all_timeout(&mut tasks, LONG)));
                tasks[0].abort();
                while !tasks[0].is_finished() {
                    yield_now().await;
                }
                let (index, _) = BridgedTask::wait_first(&mut tasks).unwrap().unwrap();
                assert_eq!((index, tasks.len()), (0, 1));
                if flavor == Flavor::MultiThread {
                    tasks.push(other.spawn(yield_now()));
                    let (index, result) = BridgedTask::wait_first(&mut tasks).unwrap().unwrap();
                    assert!(index == 1 && result.is_ok());
                }
                report.send("went through").unwrap();
            });
            assert!(hand_over.send(task).is_ok());
            // Nothing comes if an assertion has failed.
            assert_eq!(reported.recv(), Ok("went through"));
        }
    });
}

/// On the thread that drives one of the bridges, whose tasks cannot end.
#[test]
fn tasks_of_several_bridges_are_waited_for() {
    watched(|| {
        let (single, multi) = (bridge(Flavor::CurrentThread), bridge(Flavor::MultiThread));
        let yields = |bridge: &RuntimeBridge, value| {
            bridge.spawn(async move {
                yield_now().await;
                value
            })
        };
        from_each_caller({
            let (single, multi) = (single.clone(), multi.clone());
            move || {
                let mut tasks = vec![yields(&single, 1), yields(&multi, 2), yields(&single, 3)];
                let results = BridgedTask::wait_all_timeout(&mut tasks, LONG).unwrap();
                assert!(results.into_iter().map(Result::unwrap).eq([1, 2, 3]));
            }
        });
        let outcome = single.block_on(async {
            yield_now().await;
            let (release, released) = oneshot::channel();
            let mut tasks = vec![yields(&single, 1), multi.spawn(async { released.await.unwrap() })];
            assert!(would_deadlock(&BridgedTask::wait_all(&mut tasks)));
            let waited_on = multi.clone();
            let waker = std::thread::spawn(move || {
                while waited_on.metrics().in_flight == 0 {
                    std::thread::yield_now();
                }
                release.send(2).unwrap();
            });
            let (index, result) = BridgedTask::wait_first(&mut tasks).unwrap().unwrap();
            assert_eq!((index, result.unwrap()), (1, 2));
            waker.join().unwrap();
            assert!(would_deadlock(&BridgedTask::wait_first(&mut tasks)));
            tasks
        });
        let mut tasks = outcome.unwrap();
        let results = BridgedTask::wait_all(&mut tasks).unwrap();
        assert!(matches!(results[..], [Ok(1)]));
    });
}

#[test]
fn time_limit_is_for_the_tasks_of_all_bridges() {
    watched(|| {
        let (one, other) = (bridge(Flavor::MultiThread), bridge(Flavor::MultiThread));
        let mut tasks = vec![one.spawn(async { yield_now().await }), other.spawn(pending())];
        let error = BridgedTask::wait_all_timeout(&mut tasks, SHORT).unwrap_err();
        assert!(matches!(error, BridgeError::TimedOut { after } if after >= SHORT), "{error:?}");
        assert!(tasks[0].wait().is_ok());
    });
}

#[test]
fn waits_end_with_the_bridge() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let waits = |wait: fn(&mut Vec<BridgedTask<()>>) -> bool| {
                let mut tasks = vec![bridge.spawn(pending()), bridge.spawn(pending())];
                std::thread::spawn(move || wait(&mut tasks))
            };
            let first = waits(|tasks| match BridgedTask::wait_first(tasks) {
                Ok(Some((_, result))) => result.is_err(),
                Ok(None) => false,
                Err(error) => matches!(error, BridgeError::ResponseLost(_) | BridgeError::WorkerDead),
            });
            let all = waits(|tasks| match BridgedTask::wait_all(tasks) {
                Ok(results) => results.len() == 2 && results.iter().all(Result::is_err),
                Err(error) => matches!(error, BridgeError::ResponseLost(_) | BridgeError::WorkerDead),
            });
            while bridge.metrics().in_flight < 2 {
                std::thread::yield_now();
            }
            bridge.shutdown(Duration::ZERO);
            assert!(first.join().unwrap() && all.join().unwrap());
        }
    });
}

#[test]
fn tasks_of_a_scope_are_waited_for() {
    watched(|| {
        for flavor in FLAVORS {
            from_all_callers(flavor, |bridge| {
                let words = [String::from("a"), String::from("bridge")];
                let scope = bridge.scope(|scope| {
                    let spawn = |word: &'static str| scope.spawn(async move { word.len() });
                    let mut tasks = vec![scope.spawn(pending()), spawn("four"), scope.spawn(async { words[1].len() })];
                    let mut lengths = Vec::new();
                    for _ in 0..2 {
                        let (_, result) = ScopedTask::wait_first(&mut tasks).unwrap().unwrap();
                        lengths.push(result.unwrap());
                    }
                    lengths.sort_unstable();
                    assert_eq!(lengths, [4, 6]);
                    tasks.push(scope.spawn(async { words[0].len() }));
                    assert!(is_timed_out(&ScopedTask::wait_all_timeout(&mut tasks, SHORT)));
                    assert!(tasks[0].wait_timeout(SHORT).is_err());
                    assert_eq!(tasks[1].wait().unwrap(), 1);
                    let abort = tasks[0].abort_handle();
                    abort.abort();
                    let results = ScopedTask::wait_all(&mut tasks).unwrap();
                    assert!(matches!(results[..], [Err(BridgeError::ResponseLost(_)), Err(BridgeError::ResultTaken)]));
                    abort
                });
                // It outlives the scope.
                let abort = scope.unwrap();
                abort.abort();
                // The scope waits for the future, and the task ends a moment later.
                while !abort.is_finished() {
                    std::thread::yield_now();
                }
            });
        }
    });
}

/// A panic that a wait has left in the handle is the scope's, if the handle is dropped.
#[test]
fn panic_that_nobody_takes_is_that_of_the_scope() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let outcome = bridge.scope(|scope| {
                let mut tasks = vec![
                    scope.spawn(async { std::panic::resume_unwind(Box::new("torn")) }),
                    scope.spawn(pending::<()>()),
                ];
                while !tasks[0].is_finished() {
                    std::thread::yield_now();
                }
                assert!(is_timed_out(&ScopedTask::wait_all_timeout(&mut tasks, SHORT)));
                tasks[1].abort();
            });
            assert_eq!(outcome.unwrap_err().panic_message(), Some("torn"));
        }
    });
}

#[test]
fn abort_handle_cancels_from_anywhere_and_keeps_nothing() {
    watched(|| {
        for flavor in FLAVORS {
            from_all_callers(flavor, |bridge| {
                let drops = support::Drops::default();
                let guard = drops.guard();
                let mut task = bridge.spawn(async move {
                    let _guard = guard;
                    pending::<()>().await;
                });
                let (abort, clone) = (task.abort_handle(), task.abort_handle().clone());
                assert!(!abort.is_finished());
                std::thread::spawn(move || clone.abort()).join().unwrap();
                assert!(matches!(task.wait(), Err(BridgeError::ResponseLost(_))));
                assert_eq!(drops.count(), 1);
                assert!(abort.is_finished());
            });

            // The bridge ends with its last handle, and the task with the bridge.
            let bridge = bridge(flavor);
            let abort = bridge.spawn(pending::<()>()).abort_handle();
            drop(bridge);
            while !abort.is_finished() {
                std::thread::yield_now();
            }
            abort.abort();

            let ended = support::bridge(flavor);
            ended.shutdown(LONG);
            let abort = ended.spawn(async {}).abort_handle();
            abort.abort();
            assert!(abort.is_finished());
        }
    });
}

/// The line of the caller, for each way to wait.
#[test]
fn slow_wait_is_reported_with_its_line() {
    watched(|| {
        let (sender, reports) = std::sync::mpsc::channel();
        let reported = Arc::new(Notify::new());
        let noted = Arc::clone(&reported);
        let builder = RuntimeBridge::builder().on_slow_call(Duration::from_millis(1), move |call| {
            sender.send((call.location().file(), call.location().line())).unwrap();
            noted.notify_one();
        });
        let bridge = builder.build().unwrap();
        // Each ends when the wait for it has been reported.
        let ends = || {
            let reported = Arc::clone(&reported);
            vec![bridge.spawn(async move { reported.notified().await })]
        };
        let before = line!();
        assert!(BridgedTask::wait_first_timeout(&mut ends(), LONG).unwrap().is_some());
        assert_eq!(BridgedTask::wait_all_timeout(&mut ends(), LONG).unwrap().len(), 1);
        ends()[0].wait_timeout(LONG).unwrap();
        let lines: Vec<_> = reports.try_iter().collect();
        assert_eq!(lines, [1, 2, 3].map(|after| (file!(), before + after)));
    });
}

#[test]
fn handles_can_be_shared_and_moved_whatever_the_output() {
    fn check<T: Send + Sync + Unpin>() {}
    check::<BridgedTask<Cell<u8>>>();
    check::<BridgedTask<std::marker::PhantomPinned>>();
    check::<ScopedTask<'static, Cell<u8>>>();
    check::<sync_bridge::AbortHandle>();
}

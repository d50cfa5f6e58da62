//! Shutting a bridge down from async code: the result of a blocking shutdown, on any executor, and a drop midway.

mod support;

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use support::{FLAVORS, bridge, current_thread, multi_thread, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge, Shutdown};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, yield_now};

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

/// Starts a call on a thread of its own, and returns when it waits. It ends when it is released.
fn start_call(bridge: &RuntimeBridge) -> (thread::JoinHandle<Result<(), BridgeError>>, oneshot::Sender<()>) {
    let ((release, released), (waits, waiting)) = (oneshot::channel(), channel());
    let bridge = bridge.clone();
    let call = thread::spawn(move || {
        bridge.block_on(async {
            yield_now().await;
            waits.send(()).unwrap();
            let _ = released.await;
        })
    });
    waiting.recv().unwrap();
    (call, release)
}

fn counts(report: Shutdown) -> (usize, usize) {
    (report.finished, report.cut_off)
}

type Executor = fn(std::pin::Pin<Box<dyn Future<Output = Shutdown> + Send>>) -> Shutdown;

/// Whatever may poll the future.
const EXECUTORS: [Executor; 7] = [
    |future| futures::executor::block_on(future),
    |future| current_thread().block_on(future),
    |future| current_thread().block_on(async { tokio::spawn(future).await.unwrap() }),
    |future| multi_thread(1).block_on(async { tokio::spawn(future).await.unwrap() }),
    |future| LocalSet::new().block_on(&current_thread(), future),
    |future| {
        let blocking = || futures::executor::block_on(future);
        current_thread().block_on(async { tokio::task::spawn_blocking(blocking).await.unwrap() })
    },
    |future| RuntimeBridge::new().unwrap().block_on(future).unwrap(),
];

#[test]
fn call_in_flight_finishes_on_any_executor() {
    watched(|| {
        for (flavor, executor) in FLAVORS.into_iter().flat_map(|flavor| EXECUTORS.map(|executor| (flavor, executor))) {
            let bridge = bridge(flavor);
            let (call, release) = start_call(&bridge);
            let shutdown = bridge.shutdown_async(LONG);
            let (refused, refusal) = channel();
            let releaser = thread::spawn({
                let bridge = bridge.clone();
                move || {
                    // One that is served may be in flight when the shutdown begins.
                    while bridge.block_on(async {}).is_ok() {
                        thread::yield_now();
                    }
                    refused.send(()).unwrap();
                    drop(release);
                }
            });
            let report = executor(Box::pin(shutdown));
            refusal.try_recv().expect("calls are refused, and the call is released, before the shutdown ends");
            assert!((1..=2).contains(&report.finished) && report.cut_off == 0, "{report:?}");
            call.join().unwrap().unwrap();
            releaser.join().unwrap();
        }
    });
}

#[test]
fn call_that_does_not_end_is_cancelled_on_any_executor() {
    watched(|| {
        for (flavor, executor) in FLAVORS.into_iter().flat_map(|flavor| EXECUTORS.map(|executor| (flavor, executor))) {
            for limit in [Duration::ZERO, SHORT] {
                let bridge = bridge(flavor);
                let (call, _release) = start_call(&bridge);
                assert_eq!(counts(executor(Box::pin(bridge.shutdown_async(limit)))), (0, 1));
                assert!(matches!(call.join().unwrap(), Err(BridgeError::ResponseLost(_))));
                assert!(matches!(bridge.block_on(async {}), Err(BridgeError::WorkerDead)));
            }
        }
    });
}

/// The time is up although no thread of the runtime goes on.
#[test]
fn time_limit_holds_while_the_only_worker_is_blocked() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let ((blocks, blocking), (release, released)) = (channel(), channel::<()>());
            let inner = bridge.clone();
            let call = thread::spawn(move || {
                inner.block_on(async move {
                    yield_now().await;
                    blocks.send(()).unwrap();
                    let _ = released.recv();
                    pending::<()>().await;
                })
            });
            blocking.recv().unwrap();
            assert_eq!(counts(current_thread().block_on(bridge.shutdown_async(SHORT))), (0, 1));
            drop(release);
            assert!(matches!(call.join().unwrap(), Err(BridgeError::ResponseLost(_))));
        }
    });
}

/// The other tasks of the thread go on, one of which ends the call.
#[test]
fn thread_that_polls_is_not_blocked() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (call, release) = start_call(&bridge);
            let report = current_thread().block_on(async {
                let shutdown = tokio::task::spawn(bridge.shutdown_async(LONG));
                while bridge.block_on(async {}).is_ok() {
                    yield_now().await;
                }
                drop(release);
                shutdown.await.unwrap()
            });
            assert_eq!(counts(report), (1, 0));
            call.join().unwrap().unwrap();
        }
    });
}

#[test]
fn nothing_happens_before_the_first_poll() {
    let bridge = bridge(Flavor::MultiThread);
    drop(bridge.shutdown_async(Duration::ZERO));
    let shutdown = bridge.shutdown_async(Duration::ZERO);
    bridge.block_on(async {}).unwrap();
    assert_eq!(counts(shutdown.now_or_never().unwrap()), (0, 0));
    assert!(matches!(bridge.block_on(async {}), Err(BridgeError::WorkerDead)));
}

/// Calls are refused, those in flight go on, and another shutdown waits for them as if there had been none.
#[test]
fn shutdown_is_dropped_midway() {
    watched(|| {
        for flavor in FLAVORS {
            let (waits, waiting) = channel();
            let guard = move || waits.send(thread::current().id()).unwrap_or_default();
            let bridge = RuntimeBridge::builder().flavor(flavor).around_wait(guard).build().unwrap();
            let (call, release) = start_call(&bridge);
            {
                let mut shutdown = pin!(bridge.shutdown_async(LONG));
                assert!(shutdown.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
            assert!(matches!(bridge.block_on(async {}), Err(BridgeError::WorkerDead)));
            assert_eq!(bridge.metrics().in_flight, 1);
            // The call ends when the other shutdown waits.
            let closer = thread::current().id();
            let releaser = thread::spawn(move || {
                while waiting.recv().unwrap() != closer {}
                drop(release);
            });
            assert_eq!(counts(bridge.shutdown(LONG)), (1, 0));
            call.join().unwrap().unwrap();
            releaser.join().unwrap();
        }
    });
}

/// Dropped inside of a call to the bridge: that one is waited for again.
#[test]
fn shutdown_that_a_bridged_future_drops_excuses_it_no_more() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let ((dropped, has_dropped), (release, released)) = (channel(), oneshot::channel::<()>());
            let (other, other_release) = start_call(&bridge);
            let inner = bridge.clone();
            let call = thread::spawn(move || {
                inner.block_on(async {
                    yield_now().await;
                    // Another call is in flight, so this one has to wait.
                    let poll = pin!(inner.shutdown_async(LONG)).poll(&mut Context::from_waker(Waker::noop()));
                    dropped.send(poll.is_pending()).unwrap();
                    let _ = released.await;
                    5
                })
            });
            assert!(has_dropped.recv().unwrap());
            drop(other_release);
            other.join().unwrap().unwrap();
            let mut shutdown = pin!(bridge.shutdown_async(LONG));
            assert!(shutdown.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            drop(release);
            assert_eq!(counts(futures::executor::block_on(shutdown)), (1, 0));
            assert_eq!(call.join().unwrap().unwrap(), 5);
        }
    });
}

/// It is not waited for, gets the result, and ends at its next await. Another call goes on meanwhile.
#[test]
fn bridged_future_awaits_the_shutdown_of_its_own_bridge() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (call, release) = start_call(&bridge);
            let (report, reported) = channel();
            let outcome = bridge.block_on(async {
                yield_now().await;
                let shutdown = bridge.shutdown_async(LONG);
                let release = async {
                    yield_now().await;
                    drop(release);
                    pending::<()>().await;
                };
                let mut release = pin!(release);
                let mut shutdown = pin!(shutdown);
                let result = std::future::poll_fn(|cx| {
                    let _ = release.as_mut().poll(cx);
                    shutdown.as_mut().poll(cx)
                })
                .await;
                report.send(result).unwrap();
                pending::<()>().await;
            });
            assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))), "{outcome:?}");
            assert_eq!(counts(reported.recv().unwrap()), (1, 1));
            call.join().unwrap().unwrap();
        }
    });
}

#[test]
fn task_of_the_bridge_awaits_its_shutdown() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (call, _release) = start_call(&bridge);
            let (report, reported) = channel();
            let (inner, (go, going)) = (bridge.clone(), oneshot::channel());
            // `spawn` is in flight until it returns.
            drop(bridge.spawn(async move {
                going.await.unwrap();
                report.send(inner.shutdown_async(SHORT).await).unwrap();
            }));
            go.send(()).unwrap();
            assert_eq!(counts(reported.recv().unwrap()), (0, 1));
            assert!(call.join().unwrap().is_err());
        }
    });
}

#[test]
fn several_shutdowns_end_together() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (call, release) = start_call(&bridge);
            let (blocking, asynchronous) = (bridge.clone(), bridge.clone());
            let blocking = thread::spawn(move || blocking.shutdown(LONG));
            let asynchronous = thread::spawn(move || {
                current_thread().block_on(async {
                    tokio::join!(asynchronous.shutdown_async(LONG), asynchronous.shutdown_async(LONG))
                })
            });
            while bridge.block_on(async {}).is_ok() {
                thread::yield_now();
            }
            drop(release);
            call.join().unwrap().unwrap();
            assert_eq!(blocking.join().unwrap().cut_off, 0);
            let (one, other) = asynchronous.join().unwrap();
            assert_eq!((one.cut_off, other.cut_off), (0, 0));
        }
    });
}

/// The future holds a handle, so the bridge lasts as long as it.
#[test]
fn shutdown_outlives_the_other_handles() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let shutdown = bridge.shutdown_async(LONG);
            drop(bridge);
            assert_eq!(counts(current_thread().block_on(shutdown)), (0, 0));
        }
    });
}

#[test]
fn poll_after_a_change_of_the_waker_wakes_the_last_one() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (call, release) = start_call(&bridge);
        let mut shutdown = Box::pin(bridge.shutdown_async(LONG));
        assert_eq!(shutdown.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        drop(release);
        assert_eq!(counts(futures::executor::block_on(shutdown)), (1, 0));
        call.join().unwrap().unwrap();
    });
}

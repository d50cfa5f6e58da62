//! A call is in flight from its beginning: in its first poll, on the thread that makes it, too.

mod support;

use std::future::poll_fn;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use support::{FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge, Shutdown};

const LONG: Duration = Duration::from_secs(3600);

/// Makes a call whose first poll lasts until the bridge refuses new calls, and goes on with `then` afterwards. What has
/// become of the shutdown, and of the call.
fn shut_down_in_a_first_poll(
    bridge: &RuntimeBridge,
    limit: Duration,
    then: impl FnOnce() -> Result<u8, BridgeError> + Send,
) -> (Shutdown, Result<Result<u8, BridgeError>, BridgeError>) {
    thread::scope(|scope| {
        let mut then = Some(then);
        let (shutdowns, shutdown) = channel();
        let outcome = bridge.block_on(poll_fn(|_| {
            let Some(then) = then.take() else { return Poll::Pending };
            let closing = bridge.clone();
            let _ = shutdowns.send(scope.spawn(move || closing.shutdown(limit)));
            // On a thread of its own: here it would be a part of this call.
            let looking = bridge.clone();
            scope.spawn(move || while looking.block_on(async {}).is_ok() {}).join().unwrap();
            Poll::Ready(then())
        }));
        (shutdown.recv().unwrap().join().unwrap(), outcome)
    })
}

#[test]
fn shutdown_waits_for_a_first_poll() {
    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let (shutdown, outcome) = shut_down_in_a_first_poll(&bridge(flavor), LONG, || Ok(1));
                assert_eq!(outcome.unwrap().unwrap(), 1);
                assert!(shutdown.finished >= 1 && shutdown.cut_off == 0, "{shutdown:?}");
            });
        }
    });
}

#[test]
fn nested_call_of_a_first_poll_is_served_while_the_bridge_is_shut_down() {
    watched(|| {
        from_each_caller(|| {
            let bridge = bridge(Flavor::MultiThread);
            let inner = bridge.clone();
            let (shutdown, outcome) = shut_down_in_a_first_poll(&bridge, LONG, move || {
                inner.block_on(async {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    2
                })
            });
            assert_eq!(outcome.unwrap().unwrap(), 2);
            assert_eq!(shutdown.cut_off, 0);
        });
    });
}

/// The runtime is there as long as the poll lasts, and the call is not told that it has never begun.
#[test]
fn first_poll_that_is_cut_off_meets_no_runtime_that_has_ended() {
    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let bridge = bridge(flavor);
                let cut_off = thread::scope(|scope| {
                    let (begun, has_begun) = channel();
                    let closing = bridge.clone();
                    let closer = scope.spawn(move || {
                        has_begun.recv().unwrap();
                        closing.shutdown(Duration::ZERO)
                    });
                    let mut closer = Some(closer);
                    let mut sleep = None;
                    let outcome = bridge.block_on(poll_fn(|cx| {
                        if let Some(closer) = closer.take() {
                            begun.send(()).unwrap();
                            assert_eq!(closer.join().unwrap().cut_off, 1);
                        }
                        // tokio panics in here if the runtime has ended.
                        let sleep = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(LONG)));
                        sleep.as_mut().poll(cx)
                    }));
                    outcome.unwrap_err()
                });
                assert!(matches!(cut_off, BridgeError::ResponseLost(_)) && !cut_off.is_panic(), "{cut_off:?}");
            });
        }
    });
}

#[test]
fn tasks_and_closures_that_a_call_waits_for_are_served_while_the_bridge_is_shut_down() {
    watched(|| {
        from_each_caller(|| {
            let bridge = bridge(Flavor::MultiThread);
            let (in_task, in_closure, closing) = (bridge.clone(), bridge.clone(), bridge.clone());
            let (shutdowns, shutdown) = channel();
            let outcome = bridge.block_on(async move {
                tokio::task::yield_now().await;
                shutdowns.send(thread::spawn(move || closing.shutdown(LONG))).unwrap();
                let looking = in_task.clone();
                thread::spawn(move || while looking.block_on(async {}).is_ok() {}).join().unwrap();
                let task = tokio::spawn(async move {
                    let answer = in_task.block_on(async {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        1
                    });
                    let spawned = in_task.spawn(async { 2 }).await;
                    (answer, spawned)
                });
                let closure = tokio::task::spawn_blocking(move || {
                    in_closure.block_on(async {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        3
                    })
                });
                (task.await.unwrap(), closure.await.unwrap())
            });
            let ((answer, spawned), closure) = outcome.unwrap();
            assert_eq!((answer.unwrap(), spawned.unwrap(), closure.unwrap()), (1, 2, 3));
            assert_eq!(shutdown.recv().unwrap().join().unwrap().cut_off, 0);
        });
    });
}

/// A report of a slow call shuts the bridge down, on the thread that waits: its own call does not hold it up.
#[test]
fn report_of_a_slow_call_shuts_the_bridge_down() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridges, reports_on) = channel::<RuntimeBridge>();
            let reports_on = std::sync::Mutex::new(reports_on);
            let bridge = RuntimeBridge::builder()
                .flavor(flavor)
                .on_slow_call(Duration::ZERO, move |_| {
                    let bridge = reports_on.lock().unwrap().recv().unwrap();
                    bridge.shutdown(LONG);
                })
                .build()
                .unwrap();
            bridges.send(bridge.clone()).unwrap();
            let error = bridge.block_on(std::future::pending::<()>()).unwrap_err();
            assert!(matches!(error, BridgeError::ResponseLost(_)), "{error:?}");
        }
    });
}

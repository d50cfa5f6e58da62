//! A call is in flight from its beginning: in its first poll, on the thread that makes it, too.

mod support;

use std::future::poll_fn;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use support::{FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge, Shutdown};
use tokio::sync::Notify;

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
            let reports_on = Mutex::new(reports_on);
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

/// A call of another thread, which is in flight until it is told to end.
struct OtherCall {
    end: tokio::sync::oneshot::Sender<()>,
    thread: thread::JoinHandle<Result<(), BridgeError>>,
}

impl OtherCall {
    fn begin(bridge: &RuntimeBridge) -> Self {
        let (end, ended) = tokio::sync::oneshot::channel();
        let (begun, has_begun) = channel();
        let bridge = bridge.clone();
        let thread = thread::spawn(move || {
            bridge.block_on(async move {
                begun.send(()).unwrap();
                ended.await.unwrap();
            })
        });
        has_begun.recv().unwrap();
        Self { end, thread }
    }
}

/// Shuts the bridge down, and ends the other call once that waits.
fn shut_down_beside(bridge: &RuntimeBridge, other: OtherCall) -> Shutdown {
    thread::scope(|scope| {
        scope.spawn(|| {
            // Refused as soon as the shutdown has begun. On a thread of its own, so that it is not a part of this call.
            while bridge.block_on(async {}).is_ok() {}
            // Sent too late if the shutdown has cut the call off.
            let _ = other.end.send(());
        });
        let shutdown = bridge.shutdown(LONG);
        other.thread.join().unwrap().unwrap();
        shutdown
    })
}

type Inside = fn(&RuntimeBridge, Box<dyn FnOnce() + Send + '_>) -> Result<(), BridgeError>;

/// Shutting down inside of a call excuses that call, once, and no other.
#[test]
fn shutdown_inside_of_a_call_waits_for_the_calls_of_others() {
    let places: [Inside; 5] = [
        |bridge, shut_down| bridge.block_on(async { shut_down() }),
        |bridge, shut_down| {
            bridge.block_on(async {
                tokio::task::yield_now().await;
                shut_down();
            })
        },
        |bridge, shut_down| bridge.block_on_local(|| async { shut_down() }),
        |bridge, shut_down| bridge.scope(|_| shut_down()),
        |bridge, shut_down| bridge.scope(|scope| drop(scope.spawn(async { shut_down() }))),
    ];
    watched(move || {
        from_each_caller(move || {
            for place in places {
                let bridge = bridge(Flavor::MultiThread);
                let other = OtherCall::begin(&bridge);
                let mut shutdown = None;
                // Ends in a value or is cut off: it is the shutdown's own call.
                let _ = place(&bridge, Box::new(|| shutdown = Some(shut_down_beside(&bridge, other))));
                assert!(shutdown.unwrap().finished >= 1);
            }
        });
    });
}

type Slow = fn(&RuntimeBridge) -> Result<(), BridgeError>;

#[test]
fn shutdown_in_a_report_waits_for_the_calls_of_others() {
    let calls: [Slow; 3] = [
        |bridge| bridge.block_on(std::future::pending()),
        |bridge| bridge.block_on_local(std::future::pending),
        |bridge| bridge.scope(|scope| drop(scope.spawn(std::future::pending::<()>()))),
    ];
    watched(move || {
        for (flavor, call) in FLAVORS.into_iter().flat_map(|flavor| calls.map(|call| (flavor, call))) {
            let todo = Arc::new(Mutex::new(None::<(RuntimeBridge, OtherCall)>));
            let (reports, report) = channel();
            let (shut_down, caller) = (Arc::clone(&todo), thread::current().id());
            let builder = RuntimeBridge::builder().flavor(flavor).on_slow_call(Duration::from_millis(1), move |_| {
                // The other call is slow too.
                if thread::current().id() == caller {
                    let (bridge, other) = shut_down.lock().unwrap().take().unwrap();
                    reports.send(shut_down_beside(&bridge, other)).unwrap();
                }
            });
            let bridge = builder.build().unwrap();
            *todo.lock().unwrap() = Some((bridge.clone(), OtherCall::begin(&bridge)));
            assert!(call(&bridge).is_err());
            assert!(report.recv().unwrap().finished >= 1);
        }
    });
}

/// While it waits, the future is not being polled, and a call of the report is not a call of that.
#[test]
fn report_on_a_current_thread_bridge_makes_a_call() {
    type Call = fn(&RuntimeBridge, &Notify) -> Result<(), BridgeError>;
    let calls: [Call; 2] =
        [|bridge, end| bridge.block_on(end.notified()), |bridge, end| bridge.block_on_local(|| end.notified())];
    watched(move || {
        for call in calls {
            let todo = Arc::new(Mutex::new(None::<RuntimeBridge>));
            let end = Arc::new(Notify::new());
            let (answers, answer) = channel();
            let (taken, ends) = (Arc::clone(&todo), Arc::clone(&end));
            let builder = RuntimeBridge::builder().flavor(Flavor::CurrentThread);
            let builder = builder.on_slow_call(Duration::from_millis(1), move |_| {
                // Not locked during the call, which may be reported too.
                let bridge = taken.lock().unwrap().take();
                if let Some(bridge) = bridge {
                    answers.send(bridge.block_on(tokio::task::yield_now())).unwrap();
                    ends.notify_one();
                }
            });
            let bridge = builder.build().unwrap();
            *todo.lock().unwrap() = Some(bridge.clone());
            call(&bridge, &end).unwrap();
            answer.recv().unwrap().unwrap();
        }
    });
}

#[test]
fn future_that_panics_in_its_first_poll_is_dropped_inside_the_context() {
    struct Asks(Sender<bool>);
    impl Drop for Asks {
        fn drop(&mut self) {
            self.0.send(tokio::runtime::Handle::try_current().is_ok()).unwrap();
        }
    }
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let (asks, is_inside) = channel();
                let asks = Asks(asks);
                let future = poll_fn(move |_| -> Poll<()> {
                    let _kept = &asks;
                    std::panic::resume_unwind(Box::new("first poll"))
                });
                assert_eq!(bridge.block_on(future).unwrap_err().panic_message(), Some("first poll"));
                assert_eq!(is_inside.recv(), Ok(true));
            });
        }
    });
}

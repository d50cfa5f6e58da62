//! What a bridge counts, and when it says that a call is slow.

mod support;

use std::ops::ControlFlow;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use support::{FLAVORS, bridge, current_thread, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, CallerKind, Flavor, Metrics, Overflow, RuntimeBridge};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

/// What a metric has grown by.
fn growth(bridge: &RuntimeBridge, of: fn(&Metrics) -> u64, during: impl FnOnce()) -> u64 {
    let before = of(&bridge.metrics());
    during();
    of(&bridge.metrics()) - before
}

#[test]
fn call_that_is_ready_leaves_no_trace() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let before = bridge.metrics();
        assert_eq!(bridge.block_on(async { 1 }).unwrap(), 1);
        assert_eq!(bridge.metrics(), before);
    });
}

#[test]
fn every_way_to_end_is_counted_from_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let expect = |of, during: &dyn Fn()| assert_eq!(growth(&bridge, of, during), 1);
                expect(|m| m.completed, &|| bridge.block_on(yield_now()).unwrap());
                expect(|m| m.completed, &|| bridge.block_on_local(yield_now).unwrap());
                expect(|m| m.panicked, &|| assert!(bridge.block_on(async { panic!("at once") }).is_err()));
                expect(|m| m.panicked, &|| {
                    let late = async {
                        yield_now().await;
                        panic!("late")
                    };
                    assert!(bridge.block_on(late).is_err());
                });
                expect(|m| m.panicked, &|| {
                    assert!(bridge.block_on_with(|| -> std::future::Ready<()> { panic!("unbuilt") }).is_err());
                });
                expect(|m| m.panicked, &|| {
                    let call = bridge.call().while_waiting(SHORT, || -> ControlFlow<&str> { panic!("a check") });
                    assert!(call.block_on(std::future::pending::<()>()).is_err());
                });
                expect(|m| m.timed_out, &|| {
                    assert!(bridge.call().timeout(SHORT).block_on(std::future::pending::<()>()).is_err());
                });
                expect(|m| m.timed_out, &|| {
                    assert!(bridge.call().timeout(SHORT).block_on_local(std::future::pending::<()>).is_err());
                });
                let token = CancellationToken::new();
                token.cancel();
                expect(|m| m.cancelled, &|| {
                    assert!(bridge.call().cancel_on(&token).block_on(std::future::pending::<()>()).is_err());
                });
                let metrics = bridge.metrics();
                assert_eq!((metrics.in_flight, metrics.longest_wait), (0, None));
            });
        }
    });
}

#[test]
fn call_that_is_cut_off_by_a_shutdown_counts_as_cancelled() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (arrived, arrival) = channel();
        std::thread::scope(|scope| {
            let call = scope.spawn(|| {
                bridge.block_on(async {
                    yield_now().await;
                    arrived.send(()).unwrap();
                    std::future::pending::<()>().await;
                })
            });
            arrival.recv().unwrap();
            assert_eq!(bridge.metrics().in_flight, 1);
            assert_eq!(bridge.shutdown(Duration::ZERO).cut_off, 1);
            assert!(call.join().unwrap().is_err());
        });
        let metrics = bridge.metrics();
        assert_eq!((metrics.in_flight, metrics.cancelled, metrics.completed), (0, 1, 0));
        // A call that is refused has not begun.
        assert!(matches!(bridge.block_on(yield_now()), Err(BridgeError::WorkerDead)));
        assert_eq!(bridge.metrics(), metrics);
    });
}

#[test]
fn calls_in_flight_are_seen_while_they_wait() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (arrived, arrival) = channel();
            let leave = Notify::new();
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        bridge.block_on(async {
                            yield_now().await;
                            let left = leave.notified();
                            arrived.send(()).unwrap();
                            left.await;
                        })
                    });
                }
                (0..3).for_each(|_| arrival.recv().unwrap());
                let metrics = bridge.metrics();
                assert_eq!(metrics.in_flight, 3);
                let longest = metrics.longest_wait.unwrap();
                std::thread::sleep(SHORT);
                assert!(bridge.metrics().longest_wait.unwrap() >= longest + SHORT);
                leave.notify_waiters();
            });
            assert_eq!(bridge.metrics().in_flight, 0);
            assert_eq!(bridge.metrics().completed, 3);
        }
    });
}

#[test]
fn calls_are_counted_by_the_way_they_take() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let count = |m: &Metrics| (m.handed_off, m.polled_here, m.reentrant);
        bridge.block_on(yield_now()).unwrap();
        assert_eq!(count(&bridge.metrics()), (1, 0, 0));
        // A local future stays on a thread without a runtime, and leaves one that has entered another.
        bridge.block_on_local(yield_now).unwrap();
        assert_eq!(count(&bridge.metrics()), (1, 1, 0));
        current_thread().block_on(async { bridge.block_on_local(yield_now) }).unwrap();
        assert_eq!(count(&bridge.metrics()), (2, 1, 0));
        let inner = bridge.clone();
        bridge
            .block_on(async move {
                yield_now().await;
                inner.block_on(yield_now())
            })
            .unwrap()
            .unwrap();
        assert_eq!(count(&bridge.metrics()), (3, 2, 1));
        let inner = bridge.clone();
        bridge.spawn(async move { inner.block_on(yield_now()) }).wait().unwrap().unwrap();
        assert_eq!(bridge.metrics().reentrant, 2);
    });
}

#[test]
fn call_without_room_is_counted_as_rejected() {
    watched(|| {
        let builder = RuntimeBridge::builder().max_in_flight(1).overflow(Overflow::Reject);
        let bridge = builder.build().unwrap();
        let (arrived, arrival) = channel();
        let leave = Notify::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                bridge.block_on(async {
                    // A call that is ready when first polled is not counted.
                    yield_now().await;
                    arrived.send(()).unwrap();
                    leave.notified().await;
                })
            });
            arrival.recv().unwrap();
            for _ in 0..2 {
                assert!(matches!(bridge.block_on(async {}), Err(BridgeError::Saturated)));
            }
            leave.notify_one();
        });
        let metrics = bridge.metrics();
        assert_eq!((metrics.rejected, metrics.completed), (2, 1));
    });
}

/// What a slow call is reported with.
type Report = (CallerKind, u32, std::thread::ThreadId, Duration);

fn reporting_bridge(flavor: Flavor, threshold: Duration) -> (RuntimeBridge, Receiver<Report>) {
    let (sender, reports) = channel();
    let builder = RuntimeBridge::builder().flavor(flavor).on_slow_call(threshold, move |call| {
        assert_eq!(call.location().file(), file!());
        let report = (call.caller(), call.location().line(), std::thread::current().id(), call.waited());
        sender.send(report).unwrap();
    });
    (builder.build().unwrap(), reports)
}

/// The line that calls this.
#[track_caller]
fn line() -> u32 {
    Location::caller().line()
}

#[test]
fn slow_call_is_reported_while_it_waits_by_the_thread_that_waits() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, reports) = reporting_bridge(flavor, SHORT);
            let reports = Mutex::new(reports);
            let report_ends_the_wait = |make_call: &dyn Fn(&CancellationToken) -> u32, expected: CallerKind| {
                let token = CancellationToken::new();
                let reported = std::thread::scope(|scope| {
                    let reporter = scope.spawn(|| {
                        let report = reports.lock().unwrap().recv().unwrap();
                        token.cancel();
                        report
                    });
                    let line = make_call(&token);
                    let (caller, reported_line, thread, waited) = reporter.join().unwrap();
                    assert_eq!((caller, reported_line), (expected, line));
                    assert!(waited >= SHORT);
                    thread
                });
                // Once for each call.
                assert!(reports.lock().unwrap().try_recv().is_err());
                reported
            };
            let here = std::thread::current().id();
            let plain = |token: &CancellationToken| {
                let (line, _) = (line(), bridge.call().cancel_on(token).block_on(std::future::pending::<()>()));
                line
            };
            let local = |token: &CancellationToken| {
                let (line, _) = (line(), bridge.call().cancel_on(token).block_on_local(std::future::pending::<()>));
                line
            };
            assert_eq!(report_ends_the_wait(&plain, CallerKind::Thread), here);
            assert_eq!(report_ends_the_wait(&local, CallerKind::Thread), here);
            current_thread().block_on(async {
                assert_eq!(report_ends_the_wait(&plain, CallerKind::Entered), here);
                assert_eq!(report_ends_the_wait(&local, CallerKind::Entered), here);
            });
        }
    });
}

#[test]
fn slow_call_names_the_kind_of_worker() {
    watched(|| {
        let (bridge, reports) = reporting_bridge(Flavor::MultiThread, Duration::ZERO);
        let inner = bridge.clone();
        multi_thread(1)
            .block_on(async { tokio::spawn(async move { inner.block_on(yield_now()) }).await.unwrap() })
            .unwrap();
        assert_eq!(reports.recv().unwrap().0, CallerKind::ForeignWorker);
        let inner = bridge.clone();
        // It is polled twice before this thread parks.
        drop(bridge.spawn(async move {
            inner.block_on(async {
                yield_now().await;
                yield_now().await;
            })
        }));
        assert_eq!(reports.recv().unwrap().0, CallerKind::OwnWorker);
        let inner = bridge.clone();
        bridge
            .block_on(async { tokio::task::spawn_blocking(move || inner.block_on(yield_now())).await })
            .unwrap()
            .unwrap()
            .unwrap();
        // The call that waits for the blocking closure is slow as well.
        let kinds = [reports.recv().unwrap().0, reports.recv().unwrap().0];
        assert!(kinds.contains(&CallerKind::Thread) && kinds.contains(&CallerKind::OwnBlockingThread), "{kinds:?}");
    });
}

#[test]
fn adapters_and_tasks_are_located_where_they_are_asked() {
    watched(|| {
        let (bridge, reports) = reporting_bridge(Flavor::MultiThread, Duration::ZERO);
        let pages = || {
            futures::stream::unfold(0, |n| async move {
                yield_now().await;
                Some((n, n + 1))
            })
        };
        let expect = |line: u32| assert_eq!(reports.recv().unwrap().1, line);
        let mut items = bridge.iter(Box::pin(pages()));
        let (line_of_next, _) = (line(), items.next());
        expect(line_of_next);
        // A task that ends once somebody waits for it, however late that is.
        let inner = bridge.clone();
        let mut task = bridge.spawn(async move {
            while inner.metrics().longest_wait.is_none() {
                yield_now().await;
            }
        });
        let (line_of_wait, _) = (line(), task.wait());
        expect(line_of_wait);
        let limited = bridge.call().timeout(LONG);
        let (line_of_call, _) = (line(), limited.block_on_with(yield_now));
        expect(line_of_call);
    });
}

#[test]
fn callback_that_panics_or_calls_the_bridge_does_no_harm() {
    watched(|| {
        let (inner, reports) = reporting_bridge(Flavor::MultiThread, LONG);
        let (bridges, bridge_of_callback) = channel::<RuntimeBridge>();
        let bridge_of_callback = Mutex::new(bridge_of_callback);
        let builder = RuntimeBridge::builder().on_slow_call(Duration::ZERO, move |_| {
            let bridge = bridge_of_callback.lock().unwrap().recv().unwrap();
            // A wait of its own, on the thread that waits already: it may eat the token of the call's answer.
            bridge.block_on_with(|| tokio::time::sleep(SHORT)).unwrap();
            std::panic::resume_unwind(Box::new("callback"));
        });
        let bridge = builder.build().unwrap();
        for _ in 0..3 {
            bridges.send(inner.clone()).unwrap();
            assert_eq!(
                bridge
                    .block_on(async {
                        yield_now().await;
                        7
                    })
                    .unwrap(),
                7
            );
            bridges.send(inner.clone()).unwrap();
            assert_eq!(
                bridge
                    .block_on_local(|| async {
                        yield_now().await;
                        8
                    })
                    .unwrap(),
                8
            );
        }
        assert_eq!(bridge.metrics().completed, 6);
        assert!(reports.try_recv().is_err());
    });
}

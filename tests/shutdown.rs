//! Shutting a bridge down: what is refused, what finishes, what is cancelled, and that every caller is answered.

mod support;

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use support::{Drops, FLAVORS, bridge, current_thread, from_each_caller, multi_thread, printed_panics, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

const LONG: Duration = Duration::from_secs(3600);

/// Says that the call waits, and has been counted as one that does: it is told so at its second poll.
async fn say_so(waits: Sender<()>) {
    tokio::task::yield_now().await;
    waits.send(()).unwrap();
}

type Caller = fn(RuntimeBridge, Drops, Sender<()>) -> Result<(), BridgeError>;

async fn waits_for_ever(drops: Drops, waits: Sender<()>) {
    let _owned = drops.guard();
    say_so(waits).await;
    std::future::pending::<()>().await;
}

async fn sleeps_for_ever(drops: Drops, waits: Sender<()>) {
    let _owned = drops.guard();
    say_so(waits).await;
    loop {
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
}

/// Every row of the table of callers, with a future that waits for nothing and one that always uses a timer. The last one
/// waits in a task of the bridge, inside another call: that task ends by itself, a little after its caller is answered.
const CALLERS: [Caller; 10] = [
    |bridge, drops, waits| bridge.block_on(waits_for_ever(drops, waits)),
    |bridge, drops, waits| bridge.block_on(sleeps_for_ever(drops, waits)),
    |bridge, drops, waits| bridge.block_on_local(|| sleeps_for_ever(drops, waits)),
    |bridge, drops, waits| current_thread().block_on(async { bridge.block_on(sleeps_for_ever(drops, waits)) }),
    |bridge, drops, waits| current_thread().block_on(async { bridge.block_on_local(|| sleeps_for_ever(drops, waits)) }),
    |bridge, drops, waits| {
        let task = async move { bridge.block_on(sleeps_for_ever(drops, waits)) };
        multi_thread(1).block_on(async { tokio::spawn(task).await.unwrap() })
    },
    |bridge, drops, waits| {
        let task = async move { bridge.block_on_local(|| waits_for_ever(drops, waits)) };
        multi_thread(1).block_on(async { tokio::spawn(task).await.unwrap() })
    },
    |bridge, drops, waits| {
        let call = move || bridge.block_on(waits_for_ever(drops, waits));
        current_thread().block_on(async { tokio::task::spawn_blocking(call).await.unwrap() })
    },
    |bridge, drops, waits| bridge.call().timeout(LONG).block_on(sleeps_for_ever(drops, waits)),
    |bridge, drops, waits| {
        let inner = bridge.clone();
        let task = async move { inner.block_on(sleeps_for_ever(drops, waits)) };
        bridge.block_on(async {
            tokio::task::yield_now().await;
            tokio::spawn(task).await.unwrap()
        })?
    },
];

fn start(caller: Caller, bridge: &RuntimeBridge, drops: &Drops) -> (JoinHandle<Result<(), BridgeError>>, Receiver<()>) {
    let (waits, waiting) = channel();
    let (bridge, drops) = (bridge.clone(), drops.clone());
    (std::thread::spawn(move || caller(bridge, drops, waits)), waiting)
}

#[test]
fn calls_that_wait_are_cancelled_whoever_waits() {
    printed_panics();
    watched(|| {
        for flavor in FLAVORS {
            // The last caller re-enters, which the other flavour refuses.
            let callers = if flavor == Flavor::CurrentThread { &CALLERS[..9] } else { &CALLERS[..] };
            for (index, caller) in callers.iter().enumerate() {
                let (bridge, drops) = (bridge(flavor), Drops::default());
                let (thread, waiting) = start(*caller, &bridge, &drops);
                waiting.recv().unwrap();
                let report = bridge.shutdown(Duration::ZERO);
                let error = thread.join().unwrap().unwrap_err();
                assert!(matches!(error, BridgeError::ResponseLost(_)), "{error:?}");
                assert!(!error.is_panic());
                while index == 9 && drops.count() == 0 {
                    std::thread::yield_now();
                }
                assert_eq!(drops.count(), 1);
                assert_eq!(report.finished, 0);
                assert!(report.cut_off >= 1);
            }
        }
        assert_eq!(printed_panics(), [""; 0]);
    });
}

#[test]
fn all_callers_at_once_are_cancelled() {
    printed_panics();
    watched(|| {
        let (bridge, drops) = (bridge(Flavor::MultiThread), Drops::default());
        let calls: Vec<_> = CALLERS.iter().map(|&caller| start(caller, &bridge, &drops)).collect();
        for (_, waiting) in &calls {
            waiting.recv().unwrap();
        }
        bridge.shutdown(Duration::ZERO);
        for (thread, _) in calls {
            assert!(matches!(thread.join().unwrap(), Err(BridgeError::ResponseLost(_))));
        }
        while drops.count() < CALLERS.len() {
            std::thread::yield_now();
        }
        assert_eq!(printed_panics(), [""; 0]);
    });
}

#[test]
fn call_in_flight_finishes_before_the_deadline() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (waits, waiting) = channel();
            let (release, released) = tokio::sync::oneshot::channel::<()>();
            let inner = bridge.clone();
            let call = std::thread::spawn(move || {
                inner.block_on(async {
                    say_so(waits).await;
                    let _ = released.await;
                    5
                })
            });
            waiting.recv().unwrap();
            let shutdown = std::thread::spawn({
                let bridge = bridge.clone();
                move || bridge.shutdown(LONG)
            });
            // The door is closed as soon as a call is refused; what is inside goes on.
            while bridge.block_on(async {}).is_ok() {
                std::thread::yield_now();
            }
            drop(release);
            assert_eq!(call.join().unwrap().unwrap(), 5);
            let report = shutdown.join().unwrap();
            // The last call that was served may have been in flight, too.
            assert!((1..=2).contains(&report.finished) && report.cut_off == 0, "{report:?}");
        }
    });
}

/// A bridged future calls the bridge while it is being shut down: that is a part of what it is allowed to finish.
#[test]
fn call_in_flight_may_reenter_until_it_is_through() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (waits, waiting) = channel();
        let (release, released) = tokio::sync::oneshot::channel::<()>();
        let inner = bridge.clone();
        let call = std::thread::spawn(move || {
            inner.block_on(async {
                say_so(waits).await;
                let _ = released.await;
                inner.block_on(async {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    8
                })
            })
        });
        waiting.recv().unwrap();
        let shutdown = std::thread::spawn({
            let bridge = bridge.clone();
            move || bridge.shutdown(LONG)
        });
        while bridge.block_on(async {}).is_ok() {
            std::thread::yield_now();
        }
        drop(release);
        assert_eq!(call.join().unwrap().unwrap().unwrap(), 8);
        assert_eq!(shutdown.join().unwrap().cut_off, 0);
    });
}

#[test]
fn calls_are_refused_afterwards_from_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            bridge.shutdown(LONG);
            from_each_caller(move || {
                assert!(matches!(bridge.block_on(async { 1 }), Err(BridgeError::WorkerDead)));
                assert!(matches!(bridge.block_on_with(|| async { 1 }), Err(BridgeError::WorkerDead)));
                assert!(matches!(bridge.block_on_local(|| async { 1 }), Err(BridgeError::WorkerDead)));
                assert!(matches!(bridge.call().timeout(LONG).block_on(async { 1 }), Err(BridgeError::WorkerDead)));
            });
        }
    });
}

#[test]
fn shutdown_is_idempotent_and_reaches_all_clones() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let reports: Vec<_> = std::thread::scope(|scope| {
                let shutdowns: Vec<_> = (0..8).map(|_| scope.spawn(|| bridge.clone().shutdown(LONG))).collect();
                shutdowns.into_iter().map(|shutdown| shutdown.join().unwrap()).collect()
            });
            assert!(reports.iter().all(|report| (report.finished, report.cut_off) == (0, 0)));
            assert!(matches!(bridge.block_on(async { 1 }), Err(BridgeError::WorkerDead)));
        }
    });
}

#[test]
fn shutdown_may_be_called_from_anywhere() {
    printed_panics();
    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let bridge = bridge(flavor);
                bridge.shutdown(LONG);
            });
            multi_thread(1).block_on(async { bridge(flavor).shutdown(LONG) });

            // Inside its own future: that one is not waited for, though the time would allow it.
            let bridge = bridge(flavor);
            let outcome = bridge.block_on(async {
                tokio::task::yield_now().await;
                let report = bridge.shutdown(LONG);
                assert_eq!((report.finished, report.cut_off), (0, 1));
                std::future::pending::<()>().await;
            });
            assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))), "{outcome:?}");
        }
        assert_eq!(printed_panics(), [""; 0]);
    });
}

/// Neither waits for the other, though the time would allow it.
#[test]
fn two_bridged_futures_shut_their_bridge_down() {
    watched(|| {
        let bridge = RuntimeBridge::builder().worker_threads(2).build().unwrap();
        let barrier = std::sync::Barrier::new(2);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let outcome = bridge.block_on(async {
                        tokio::task::yield_now().await;
                        tokio::task::block_in_place(|| barrier.wait());
                        bridge.shutdown(Duration::MAX);
                    });
                    assert!(matches!(outcome, Ok(()) | Err(BridgeError::ResponseLost(_))), "{outcome:?}");
                });
            }
        });
    });
}

/// Dropped where it was handed off to, and on the calling thread.
#[test]
fn panic_of_the_destructor_of_a_call_that_is_cut_off_arrives() {
    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            resume_unwind(Box::new("destructor"));
        }
    }

    async fn waits_for_ever(waits: Sender<()>) {
        let _fragile = PanicsWhenDropped;
        say_so(waits).await;
        std::future::pending::<()>().await;
    }

    type Call = fn(&RuntimeBridge, Sender<()>) -> Result<(), BridgeError>;
    const CALLS: [Call; 3] = [
        |bridge, waits| bridge.block_on(waits_for_ever(waits)),
        |bridge, waits| bridge.block_on_local(|| waits_for_ever(waits)),
        |bridge, waits| bridge.call().timeout(LONG).block_on(waits_for_ever(waits)),
    ];
    watched(|| {
        for (flavor, call) in FLAVORS.into_iter().flat_map(|flavor| CALLS.map(|call| (flavor, call))) {
            from_each_caller(move || {
                let bridge = bridge(flavor);
                let (waits, waiting) = channel();
                let clone = bridge.clone();
                let shutdown = std::thread::spawn(move || {
                    waiting.recv().unwrap();
                    clone.shutdown(Duration::ZERO)
                });
                let error = call(&bridge, waits).unwrap_err();
                assert_eq!(error.panic_message(), Some("destructor"), "{error:?}");
                assert_eq!(shutdown.join().unwrap().cut_off, 1);
            });
        }
    });
}

/// A task that a bridged future left behind ends with the runtime.
#[test]
fn tasks_left_behind_are_dropped() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let owned = drops.guard();
            let (ended, end) = tokio::sync::oneshot::channel::<()>();
            bridge
                .block_on(async {
                    tokio::spawn(async move {
                        let _both = (owned, ended);
                        std::future::pending::<()>().await;
                    });
                })
                .unwrap();
            bridge.shutdown(LONG);
            end.blocking_recv().unwrap_err();
            assert_eq!(drops.count(), 1);
        }
    });
}

/// The call that is cut off keeps the runtime. Its end is that of the runtime, though the bridge is kept.
#[test]
fn runtime_ends_with_the_last_call_that_was_cut_off() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let owned = drops.guard();
            let (ended, end) = tokio::sync::oneshot::channel::<()>();
            let task = bridge.spawn(async move {
                let _both = (owned, ended);
                std::future::pending::<()>().await;
            });
            bridge
                .enter_with(|| {
                    assert_eq!(bridge.shutdown(Duration::ZERO).cut_off, 1);
                    assert_eq!(drops.count(), 0);
                })
                .unwrap();
            end.blocking_recv().unwrap_err();
            drop((task, bridge));
        }
    });
}

/// A call whose first poll shuts its bridge down does not wait any more, and its future goes nowhere.
#[test]
fn call_that_shuts_its_bridge_down_does_not_wait() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let owned = drops.guard();
            let outcome = bridge.block_on(async {
                let _owned = owned;
                bridge.shutdown(Duration::ZERO);
                std::future::pending::<()>().await;
            });
            assert!(matches!(outcome, Err(BridgeError::ResponseLost(_))), "{outcome:?}");
            assert_eq!(drops.count(), 1);
            assert_eq!(bridge.metrics().handed_off, 0);
        }
    });
}

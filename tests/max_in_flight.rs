//! The limit of calls in flight: who waits, who is turned away, and who needs no place.

mod support;

use std::sync::mpsc::channel;
use std::time::Duration;

use support::{FLAVORS, from_each_caller, watched};
use sync_bridge::{BridgeError, Flavor, Overflow, RuntimeBridge};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(3600);

fn bridge(flavor: Flavor, places: usize, overflow: Overflow) -> RuntimeBridge {
    RuntimeBridge::builder().flavor(flavor).max_in_flight(places).overflow(overflow).build().unwrap()
}

/// Runs `f` while one call, which has its place, waits on another thread.
fn while_a_call_waits(bridge: &RuntimeBridge, f: impl FnOnce()) {
    let (arrived, arrival) = channel();
    let leave = Notify::new();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            bridge.block_on(async {
                arrived.send(()).unwrap();
                leave.notified().await;
            })
        });
        arrival.recv().unwrap();
        f();
        leave.notify_one();
        call.join().unwrap().unwrap();
    });
}

#[test]
fn call_beyond_the_limit_is_rejected_from_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor, 1, Overflow::Reject);
            let inner = bridge.clone();
            while_a_call_waits(&bridge, move || {
                from_each_caller(move || {
                    assert!(matches!(inner.block_on(async { 1 }), Err(BridgeError::Saturated)));
                    assert!(matches!(inner.block_on_local(|| async { 1 }), Err(BridgeError::Saturated)));
                    assert!(matches!(inner.call().timeout(LONG).block_on(async { 1 }), Err(BridgeError::Saturated)));
                });
            });
            assert_eq!(bridge.block_on(async { 1 }).unwrap(), 1);
        }
    });
}

/// A task runs already: waiting for it needs no room.
#[test]
fn task_can_be_waited_for_when_there_is_no_room() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor, 1, Overflow::Reject);
            while_a_call_waits(&bridge, || {
                assert_eq!(bridge.spawn(after_a_yield()).wait().unwrap(), 1);
                let outcome = bridge.spawn(std::future::pending::<()>()).wait_timeout(Duration::from_millis(5));
                assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
                assert_eq!(bridge.spawn(after_a_yield()).wait_timeout(LONG).unwrap(), 1);
                assert_eq!(bridge.scope(|scope| scope.spawn(after_a_yield()).wait()).unwrap().unwrap(), 1);
            });
        }
    });
}

async fn after_a_yield() -> u8 {
    tokio::task::yield_now().await;
    1
}

/// A semaphore of as many permits as there are places never runs out.
#[test]
fn no_more_calls_are_in_flight_than_there_are_places() {
    const PLACES: usize = 3;
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor, PLACES, Overflow::Wait);
            let permits = Semaphore::new(PLACES);
            std::thread::scope(|scope| {
                for _ in 0..32 {
                    scope.spawn(|| {
                        for _ in 0..10 {
                            let call = async {
                                let _permit = permits.try_acquire().expect("as many permits as places");
                                tokio::task::yield_now().await;
                            };
                            bridge.block_on(call).unwrap();
                        }
                    });
                }
            });
        }
    });
}

#[test]
fn limits_of_a_call_hold_while_it_waits_for_a_place() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor, 1, Overflow::Wait);
            let inner = bridge.clone();
            while_a_call_waits(&bridge, move || {
                from_each_caller(move || {
                    let late = inner.call().timeout(Duration::from_millis(2)).block_on(async { 1 });
                    assert!(matches!(late, Err(BridgeError::TimedOut { .. })));
                    let token = CancellationToken::new();
                    token.cancel();
                    let cancelled = inner.call().cancel_on(&token).block_on(async { 1 });
                    assert!(matches!(cancelled, Err(BridgeError::Cancelled { .. })));
                });
            });
        }
    });
}

#[test]
fn call_that_waits_for_a_place_is_cancelled_by_shutdown() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor, 1, Overflow::Wait);
            let (arrived, arrival) = channel();
            std::thread::scope(|scope| {
                let holds = scope.spawn(|| {
                    bridge.block_on(async {
                        arrived.send(()).unwrap();
                        std::future::pending::<()>().await;
                    })
                });
                arrival.recv().unwrap();
                let waits = scope.spawn(|| bridge.block_on(std::future::pending::<()>()));
                bridge.shutdown(Duration::ZERO);
                assert!(holds.join().unwrap().is_err());
                assert!(waits.join().unwrap().is_err());
            });
        }
    });
}

/// Each of these would wait for the place that it has already.
#[test]
fn calls_from_inside_a_call_need_no_place() {
    watched(|| {
        for overflow in [Overflow::Wait, Overflow::Reject] {
            let bridge = bridge(Flavor::MultiThread, 1, overflow);
            let other = RuntimeBridge::new().unwrap();
            from_each_caller(move || {
                let inner = || bridge.block_on(async { tokio::task::yield_now().await });
                bridge.block_on(async { inner() }).unwrap().unwrap();
                let later = async {
                    tokio::task::yield_now().await;
                    inner()
                };
                bridge.block_on(later).unwrap().unwrap();
                let local = async || {
                    tokio::task::yield_now().await;
                    inner()
                };
                bridge.block_on_local(local).unwrap().unwrap();
                let through_another = async {
                    tokio::task::yield_now().await;
                    other.block_on(async {
                        tokio::task::yield_now().await;
                        inner()
                    })
                };
                bridge.block_on(through_another).unwrap().unwrap().unwrap();
                let (in_task, in_closure) = (bridge.clone(), bridge.clone());
                let of_a_task = async {
                    let task = async move { in_task.block_on(async { tokio::task::yield_now().await }) };
                    let closure = move || in_closure.block_on(async { tokio::task::yield_now().await });
                    (tokio::spawn(task).await.unwrap(), tokio::task::spawn_blocking(closure).await.unwrap())
                };
                let (task, closure) = bridge.block_on(of_a_task).unwrap();
                task.unwrap();
                closure.unwrap();
            });
        }
    });
}

#[test]
fn reentry_on_a_current_thread_bridge_is_refused_whatever_the_room() {
    watched(|| {
        for overflow in [Overflow::Wait, Overflow::Reject] {
            let bridge = bridge(Flavor::CurrentThread, 1, overflow);
            let outcome = bridge.block_on(async { bridge.block_on(async { 1 }) });
            assert!(matches!(outcome, Ok(Err(BridgeError::WouldDeadlock))));
        }
    });
}

#[test]
fn place_is_given_back_by_a_panic() {
    let bridge = bridge(Flavor::MultiThread, 1, Overflow::Reject);
    for _ in 0..3 {
        assert!(bridge.block_on(async { panic!("torn") }).unwrap_err().is_panic());
    }
}

#[test]
fn room_for_no_call_is_refused() {
    let error = RuntimeBridge::builder().max_in_flight(0).build().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

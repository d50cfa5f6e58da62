//! The limits of a call hold for the calls that its future makes.

mod support;

use std::time::Duration;

use support::{FLAVORS, bridge, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, CallOptions, Flavor, RuntimeBridge};
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(3600);

type Nested = fn(&RuntimeBridge) -> Result<(), BridgeError>;

/// Ways in which code inside of a call may wait, each for ever, on another bridge or on the same one.
const NESTED: [Nested; 7] = [
    |bridge| bridge.block_on(std::future::pending()),
    |bridge| bridge.block_on_with(std::future::pending),
    |bridge| bridge.block_on_local(std::future::pending),
    |bridge| bridge.call().timeout(LONG).block_on(std::future::pending()),
    |bridge| bridge.iter(futures::stream::pending::<()>()).next().transpose().map(drop),
    |bridge| {
        let mut task = bridge.spawn(std::future::pending());
        let waited = task.wait();
        task.abort();
        waited
    },
    |bridge| bridge.scope(|scope| drop(scope.spawn(std::future::pending::<()>()))),
];

type Outer = fn(CallOptions<'_>, &RuntimeBridge, Nested) -> Result<Result<(), BridgeError>, BridgeError>;

/// Places in a call where the nested one is made: the first poll, a later one, and a future that stays on one thread.
const OUTER: [Outer; 3] = [
    |call, inner, nested| call.block_on(async { nested(inner) }),
    |call, inner, nested| {
        call.block_on(async {
            yield_now().await;
            nested(inner)
        })
    },
    |call, inner, nested| call.block_on_local(|| async { nested(inner) }),
];

fn time_ends(outer: &RuntimeBridge, inner: &RuntimeBridge) {
    for nested in NESTED {
        for make_call in OUTER {
            // Of the nested call, as a rule, which is the answer of the outer one. Without it the nested one has no end.
            let error = make_call(outer.call().timeout(SHORT), inner, nested).and_then(|ended| ended).unwrap_err();
            assert!(matches!(error, BridgeError::TimedOut { .. }), "{error:?}");
        }
    }
}

fn token_ends(outer: &RuntimeBridge, inner: &RuntimeBridge) {
    for nested in NESTED {
        for make_call in OUTER {
            let token = CancellationToken::new();
            let canceller = token.clone();
            let watched = inner.clone();
            let cancels = std::thread::spawn(move || {
                // Until the nested call waits, or one before it does: either way the token is seen.
                while watched.metrics().longest_wait.is_none() {
                    std::thread::yield_now();
                }
                canceller.cancel();
            });
            let error = make_call(outer.call().cancel_on(&token), inner, nested).and_then(|ended| ended).unwrap_err();
            assert!(matches!(error, BridgeError::Cancelled { .. }), "{error:?}");
            cancels.join().unwrap();
        }
    }
}

#[test]
fn time_that_is_left_ends_a_nested_call() {
    watched(|| {
        for flavor in FLAVORS {
            let (outer, other) = (bridge(flavor), bridge(Flavor::MultiThread));
            from_each_caller(move || {
                time_ends(&outer, &other);
                if flavor == Flavor::MultiThread {
                    time_ends(&outer, &outer);
                }
            });
        }
    });
}

#[test]
fn token_ends_a_nested_call() {
    watched(|| {
        for flavor in FLAVORS {
            let (outer, other) = (bridge(flavor), bridge(Flavor::MultiThread));
            from_each_caller(move || {
                token_ends(&outer, &other);
                if flavor == Flavor::MultiThread {
                    token_ends(&outer, &outer);
                }
            });
        }
    });
}

#[test]
fn limits_end_a_call_in_a_task_of_a_scope() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        from_each_caller(move || {
            let outcome = bridge.call().timeout(SHORT).block_on(async {
                bridge.scope(|scope| {
                    // A call that blocks its task: only its own limit can end it.
                    scope.spawn(async { bridge.block_on(std::future::pending::<()>()) }).wait()
                })
            });
            let ended = outcome.unwrap();
            let is_timed_out = |error: &BridgeError| matches!(error, BridgeError::TimedOut { .. });
            match ended {
                Ok(Ok(Err(error)) | Err(error)) | Err(error) => assert!(is_timed_out(&error), "{error:?}"),
                Ok(Ok(Ok(()))) => panic!("the call has no end"),
            }
        });
    });
}

#[test]
fn detached_task_and_later_call_have_no_limit_of_the_call() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let other = support::bridge(Flavor::MultiThread);
            from_each_caller(move || {
                let inner = other.clone();
                let mut task = bridge
                    .call()
                    .timeout(SHORT)
                    .block_on(async {
                        let task = inner.clone();
                        Some(inner.spawn(async move { task.block_on_with(|| tokio::time::sleep(2 * SHORT)) }))
                    })
                    .unwrap();
                task.as_mut().unwrap().wait().unwrap().unwrap();
                other.block_on_with(|| tokio::time::sleep(2 * SHORT)).unwrap();
            });
        }
    });
}

#[test]
fn limits_end_a_call_that_builds_the_future() {
    watched(|| {
        for flavor in FLAVORS {
            let (outer, other) = (bridge(flavor), bridge(Flavor::MultiThread));
            from_each_caller(move || {
                let outcome = outer.call().timeout(SHORT).block_on_with(|| {
                    let nested = other.block_on(std::future::pending::<()>());
                    std::future::ready(nested)
                });
                assert!(matches!(outcome.and_then(|ended| ended), Err(BridgeError::TimedOut { .. })));
            });
        }
    });
}

#[test]
fn future_is_built_by_a_call_from_each_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let (outer, other) = (bridge(flavor), bridge(Flavor::MultiThread));
            from_each_caller(move || {
                let built = outer.block_on_with(|| std::future::ready(other.block_on(yield_now())));
                built.unwrap().unwrap();
            });
            // The root of a multi-thread runtime, where no scheduler drives the thread and blocking is forbidden.
            let bridge = bridge(flavor);
            let built = multi_thread(1)
                .block_on(async { bridge.block_on_with(|| std::future::ready(bridge.block_on(yield_now()))) });
            built.unwrap().unwrap();
        }
    });
}

#[test]
fn limits_end_a_call_in_a_local_task() {
    watched(|| {
        for flavor in FLAVORS {
            let (outer, other) = (bridge(flavor), bridge(Flavor::MultiThread));
            from_each_caller(move || {
                let inner = other.clone();
                let outcome = outer.call().timeout(SHORT).block_on_local(move || async move {
                    let nested = async move { inner.block_on(std::future::pending::<()>()) };
                    tokio::task::spawn_local(nested).await.unwrap()
                });
                assert!(matches!(outcome.and_then(|ended| ended), Err(BridgeError::TimedOut { .. })));
            });
        }
    });
}

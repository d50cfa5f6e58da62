//! The limits of a call hold for the calls that its future makes.

mod support;

use std::time::Duration;

use support::{FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};
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

/// Runs the nested call in each place of the outer one, and checks how both end.
fn check(outer: &RuntimeBridge, inner: &RuntimeBridge, nested: Nested, is_met: fn(&BridgeError) -> bool) {
    let ends = |run: &dyn Fn(&RuntimeBridge, &CancellationToken) -> Result<Result<(), BridgeError>, BridgeError>| {
        let token = CancellationToken::new();
        let canceller = token.clone();
        let cancels = std::thread::spawn(move || {
            std::thread::sleep(SHORT);
            canceller.cancel();
        });
        // The future has its answer, the error of the nested call, and that counts.
        let error = run(outer, &token).unwrap().unwrap_err();
        assert!(is_met(&error), "{error:?}");
        cancels.join().unwrap();
    };
    let limited = is_met(&BridgeError::TimedOut { after: SHORT });
    let call = |bridge: &RuntimeBridge, token: &CancellationToken, f: &dyn Fn(sync_bridge::CallOptions<'_>)| {
        if limited { f(bridge.call().timeout(SHORT)) } else { f(bridge.call().cancel_on(token)) }
    };
    ends(&|bridge, token| {
        let mut ended = None;
        let slot = std::sync::Mutex::new(&mut ended);
        call(bridge, token, &|call| **slot.lock().unwrap() = Some(call.block_on(async { nested(inner) })));
        ended.unwrap()
    });
    ends(&|bridge, token| {
        let mut ended = None;
        let slot = std::sync::Mutex::new(&mut ended);
        call(bridge, token, &|call| {
            **slot.lock().unwrap() = Some(call.block_on(async {
                yield_now().await;
                nested(inner)
            }));
        });
        ended.unwrap()
    });
    ends(&|bridge, token| {
        let mut ended = None;
        let slot = std::sync::Mutex::new(&mut ended);
        call(bridge, token, &|call| **slot.lock().unwrap() = Some(call.block_on_local(|| async { nested(inner) })));
        ended.unwrap()
    });
}

#[test]
fn time_that_is_left_ends_a_nested_call() {
    watched(|| {
        for flavor in FLAVORS {
            let (outer, other) = (bridge(flavor), bridge(Flavor::MultiThread));
            from_each_caller(move || {
                for nested in NESTED {
                    check(&outer, &other, nested, |error| matches!(error, BridgeError::TimedOut { .. }));
                    if flavor == Flavor::MultiThread {
                        check(&outer, &outer, nested, |error| matches!(error, BridgeError::TimedOut { .. }));
                    }
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
                for nested in NESTED {
                    check(&outer, &other, nested, |error| matches!(error, BridgeError::Cancelled { .. }));
                    if flavor == Flavor::MultiThread {
                        check(&outer, &outer, nested, |error| matches!(error, BridgeError::Cancelled { .. }));
                    }
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
                Ok(Ok(Err(error))) | Ok(Err(error)) | Err(error) => assert!(is_timed_out(&error), "{error:?}"),
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
                        inner.spawn(async move { task.block_on_with(|| tokio::time::sleep(2 * SHORT)) })
                    })
                    .unwrap();
                task.wait().unwrap().unwrap();
                other.block_on_with(|| tokio::time::sleep(2 * SHORT)).unwrap();
            });
        }
    });
}

//! Calls that are ended early: by a time limit, by a token, and when they are not.

mod support;

use std::time::Duration;

use support::{Drops, FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::{BridgeError, CallOptions, Flavor, RuntimeBridge};
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

async fn waits_for_ever(borrowed: &mut u8, drops: &Drops) {
    let _owned = drops.guard();
    *borrowed += 1;
    tokio::time::sleep(LONG).await;
    *borrowed += 1;
}

/// Makes the call in each of its three ways, and checks that the future is gone, and its borrow free, on return.
fn ends_early(call: &CallOptions<'_>, is_expected: fn(&BridgeError) -> bool) {
    let check = |make_call: &dyn Fn(&mut u8, &Drops) -> Result<(), BridgeError>| {
        let (mut borrowed, drops) = (0, Drops::default());
        let error = make_call(&mut borrowed, &drops).unwrap_err();
        assert!(is_expected(&error), "{error:?}");
        assert_eq!(drops.count(), 1);
        assert_eq!(borrowed, 1);
    };
    check(&|borrowed, drops| call.block_on(waits_for_ever(borrowed, drops)));
    check(&|borrowed, drops| call.block_on_with(|| waits_for_ever(borrowed, drops)));
    check(&|borrowed, drops| call.block_on_local(|| waits_for_ever(borrowed, drops)));
}

#[test]
fn time_limit_ends_a_call_from_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                ends_early(
                    &bridge.call().timeout(SHORT),
                    |error| matches!(error, BridgeError::TimedOut { after } if *after >= SHORT),
                );
            });
        }
    });
}

#[test]
fn default_time_limit_holds_where_a_call_sets_none() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = RuntimeBridge::builder().flavor(flavor).default_timeout(SHORT).build().unwrap();
            ends_early(&bridge.call(), |error| matches!(error, BridgeError::TimedOut { .. }));
            let plain = bridge.block_on(std::future::pending::<()>()).unwrap_err();
            assert!(matches!(plain, BridgeError::TimedOut { .. }));
            let longer = bridge.call().timeout(LONG).block_on(tokio::task::yield_now());
            longer.unwrap();
        }
    });
}

#[test]
fn time_limit_holds_in_a_bridged_future() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let outcome = bridge.block_on(async {
            tokio::task::yield_now().await;
            bridge.call().timeout(SHORT).block_on(std::future::pending::<()>())
        });
        assert!(matches!(outcome, Ok(Err(BridgeError::TimedOut { .. }))));
    });
}

#[test]
fn token_ends_a_call_from_every_caller() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let cancelled_before = CancellationToken::new();
                cancelled_before.cancel();
                ends_early(&bridge.call().timeout(LONG).cancel_on(&cancelled_before), |error| {
                    matches!(error, BridgeError::Cancelled { .. })
                });
            });
        }
    });
}

/// The token is cancelled by the future's own progress, so certainly while the call waits.
#[test]
fn token_is_cancelled_while_the_call_waits() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let token = CancellationToken::new();
                let outcome = bridge.call().cancel_on(&token).block_on(async {
                    tokio::task::yield_now().await;
                    let inner = token.clone();
                    std::thread::spawn(move || inner.cancel());
                    std::future::pending::<()>().await;
                });
                assert!(matches!(outcome, Err(BridgeError::Cancelled { .. })));
            });
        }
    });
}

#[test]
fn ready_future_answers_whatever_the_limits() {
    let bridge = RuntimeBridge::new().unwrap();
    let token = CancellationToken::new();
    token.cancel();
    assert_eq!(bridge.call().timeout(Duration::ZERO).cancel_on(&token).block_on(async { 1 }).unwrap(), 1);
}

/// A future that blocks is not interrupted: the limit is looked at when it next waits, and its value comes first.
#[test]
fn future_that_never_yields_delays_the_answer() {
    watched(|| {
        let bridge = RuntimeBridge::new().unwrap();
        from_each_caller(move || {
            let outcome = bridge.call().timeout(Duration::from_nanos(1)).block_on(async {
                tokio::task::yield_now().await;
                std::thread::sleep(SHORT);
                7
            });
            // A caller that is itself slow enough sees the limit met at the yield.
            assert!(matches!(outcome, Ok(7) | Err(BridgeError::TimedOut { .. })), "{outcome:?}");

            let blocks_at_once = bridge.call().timeout(Duration::from_nanos(1)).block_on(async {
                std::thread::sleep(SHORT);
                7
            });
            assert_eq!(blocks_at_once.unwrap(), 7);
        });
    });
}

#[test]
fn limit_beyond_the_end_of_time_is_none() {
    let bridge = RuntimeBridge::new().unwrap();
    bridge.call().timeout(Duration::MAX).block_on(tokio::task::yield_now()).unwrap();
}

#[test]
fn panic_is_not_taken_for_a_limit() {
    let bridge = RuntimeBridge::new().unwrap();
    let error = bridge.call().timeout(LONG).block_on(async {
        tokio::task::yield_now().await;
        panic!("torn");
    });
    assert_eq!(error.unwrap_err().panic_message(), Some("torn"));
}

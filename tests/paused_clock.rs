//! A bridge whose clock starts paused: its timers cost no time, from every caller.

mod support;

use std::future::pending;
use std::io::{self, ErrorKind};
use std::sync::mpsc::channel;
use std::thread::sleep as sleep_real;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use support::{bridge, current_thread, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge, sync_bridge};
use tokio::time::{self, sleep};

const LONG: Duration = Duration::from_secs(3600);

fn paused() -> RuntimeBridge {
    RuntimeBridge::builder().flavor(Flavor::CurrentThread).start_paused(true).build().unwrap()
}

struct Clock(RuntimeBridge);

#[sync_bridge(bridge = self.0, error = wrap)]
impl Clock {
    pub(crate) async fn sleep(&self, time: Duration) -> Duration {
        let start = time::Instant::now();
        sleep(time).await;
        start.elapsed()
    }
}

/// The watchdog is shorter than the sleep.
#[test]
fn twin_that_sleeps_returns_at_once_from_every_caller() {
    watched(|| {
        let call = || {
            let clock = Clock(paused());
            assert_eq!(clock.sleep_blocking(LONG).unwrap(), LONG);
            // By a call that is handed off at once, and by one that stays on one thread.
            clock.0.block_on_with(|| sleep(LONG)).unwrap();
            clock.0.block_on_local(|| sleep(LONG)).unwrap();
            clock.0.spawn(async { sleep(LONG).await }).wait().unwrap();
        };
        from_each_caller(call);
        tokio::task::LocalSet::new().block_on(&current_thread(), async { call() });
        multi_thread(1).block_on(async { tokio::task::spawn_blocking(call).await.unwrap() });
        let other = bridge(Flavor::MultiThread);
        other.spawn(async move { call() }).wait().unwrap();
    });
}

/// Also after the clock has run far ahead of the real one.
#[test]
fn time_limits_follow_the_clock_of_the_bridge() {
    watched(|| {
        let bridge = paused();
        for _ in 0..3 {
            bridge.call().timeout(2 * LONG).block_on_with(|| sleep(LONG)).unwrap();
            let outcome = bridge.call().timeout(LONG).block_on_with(|| sleep(2 * LONG));
            assert!(matches!(outcome, Err(BridgeError::TimedOut { after }) if after < LONG), "{outcome:?}");
            bridge.call().deadline(Instant::now() + 2 * LONG).block_on_with(|| sleep(LONG)).unwrap();
            let nested = bridge.call().timeout(LONG).block_on(async { pending::<()>().await });
            assert!(matches!(nested, Err(BridgeError::TimedOut { .. })));
        }
    });
}

/// A blocked thread of the bridge does not hold the clock back. A closure of tokio's does.
#[test]
fn time_limit_ends_a_call_that_waits_for_a_blocking_iterator() {
    watched(|| {
        let bridge = paused();
        let (stop, stopped) = channel::<()>();
        let mut items = bridge.stream_from_iter(stopped);
        let outcome = bridge.call().timeout(LONG).block_on(items.next());
        assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
        let closure = async { tokio::task::spawn_blocking(|| sleep_real(Duration::from_millis(1))).await };
        bridge.call().timeout(LONG).block_on(closure).unwrap().unwrap();
        drop(stop);
    });
}

#[test]
fn limits_of_several_calls_follow_the_real_clock() {
    watched(|| {
        let bridge = paused();
        bridge.call().timeout(2 * LONG).within(|| {
            for _ in 0..5 {
                bridge.block_on_with(|| sleep(LONG)).unwrap();
            }
        });
        let items = stream::iter(0..5).then(|_| sleep(LONG));
        let items = bridge.call().deadline(Instant::now() + 2 * LONG).iter(Box::pin(items));
        assert_eq!(items.map(Result::unwrap).count(), 5);
    });
}

#[test]
fn clock_is_moved_and_resumed_in_a_future_of_the_bridge() {
    watched(|| {
        let bridge = paused();
        let elapsed = bridge.block_on(async {
            let start = time::Instant::now();
            time::advance(LONG).await;
            start.elapsed()
        });
        assert_eq!(elapsed.unwrap(), LONG);
        let error = bridge.block_on(async {
            time::resume();
            time::timeout(Duration::from_millis(1), pending::<()>()).await.unwrap_err()
        });
        error.unwrap();
    });
}

#[test]
fn clock_of_a_multi_thread_bridge_cannot_be_paused() {
    let error: io::Error = RuntimeBridge::builder().start_paused(true).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("Flavor::CurrentThread"), "{error}");
    RuntimeBridge::builder().start_paused(true).start_paused(false).build().unwrap();
}

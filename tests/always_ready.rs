//! A future that is always ready at its awaits: each of its polls ends with its budget, so that a limit can end the call.

mod support;

use std::future::Future;
use std::time::Duration;

use futures::stream;
use support::{FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::{BridgeError, Flavor, RuntimeBridge};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(5);

/// Always has an item to take, and so never waits.
async fn takes_for_ever() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    loop {
        sender.send(1).unwrap();
        receiver.recv().await.unwrap();
    }
}

async fn copies_for_ever() {
    tokio::io::copy(&mut tokio::io::repeat(1), &mut tokio::io::sink()).await.unwrap();
}

/// A way to call that a token, or a shutdown, ends.
type EndedBy<T> = fn(&RuntimeBridge, T) -> Result<(), BridgeError>;

#[expect(clippy::needless_pass_by_value, reason = "it is read as a check of what a call returns")]
fn is_timed_out<T: std::fmt::Debug>(result: Result<T, BridgeError>) {
    assert!(matches!(result, Err(BridgeError::TimedOut { .. })), "{result:?}");
}

#[test]
fn time_limit_ends_it_in_every_way_to_call() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let call = bridge.call().timeout(SHORT);
                is_timed_out(call.block_on(takes_for_ever()));
                is_timed_out(call.block_on(copies_for_ever()));
                is_timed_out(call.block_on_with(takes_for_ever));
                is_timed_out(call.block_on_local(takes_for_ever));
                is_timed_out(call.iter(Box::pin(stream::once(takes_for_ever()))).next().transpose());
                is_timed_out(bridge.spawn(takes_for_ever()).wait_timeout(SHORT));
            });
        }
    });
}

#[test]
fn time_limit_ends_it_in_a_call_of_a_call() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        from_each_caller(move || {
            let nested = || {
                is_timed_out(bridge.call().timeout(SHORT).block_on(takes_for_ever()));
                is_timed_out(bridge.call().timeout(SHORT).block_on_local(takes_for_ever));
            };
            // In the first poll, and in one on the worker.
            bridge.block_on(async { nested() }).unwrap();
            bridge
                .block_on(async {
                    tokio::task::yield_now().await;
                    nested();
                })
                .unwrap();
            bridge.block_on_local(|| async { nested() }).unwrap();
        });
    });
}

#[test]
fn token_ends_it() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let ends: [EndedBy<CancellationToken>; 2] = [
                    |bridge, token| bridge.call().cancel_on(&token).block_on(takes_for_ever()),
                    |bridge, token| bridge.call().cancel_on(&token).block_on_local(takes_for_ever),
                ];
                for end in ends {
                    let token = CancellationToken::new();
                    let canceller = token.clone();
                    let cancels = std::thread::spawn(move || canceller.cancel());
                    assert!(matches!(end(&bridge, token), Err(BridgeError::Cancelled { .. })));
                    cancels.join().unwrap();
                }
            });
        }
    });
}

#[test]
fn shutdown_ends_it() {
    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let ends: [EndedBy<()>; 2] = [
                    |bridge, ()| bridge.block_on(takes_for_ever()),
                    |bridge, ()| bridge.block_on_local(takes_for_ever),
                ];
                for end in ends {
                    let bridge = bridge(flavor);
                    let closing = bridge.clone();
                    let closer = std::thread::spawn(move || {
                        while closing.metrics().in_flight == 0 {
                            std::thread::yield_now();
                        }
                        closing.shutdown(Duration::ZERO)
                    });
                    let error = end(&bridge, ()).unwrap_err();
                    assert!(matches!(error, BridgeError::ResponseLost(_)) && !error.is_panic(), "{error:?}");
                    assert_eq!(closer.join().unwrap().cut_off, 1);
                }
            });
        }
    });
}

/// What tokio's own runtimes do.
#[test]
fn time_limit_of_tokios_ends_it_inside_of_the_future() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let limited = || tokio::time::timeout(SHORT, takes_for_ever());
                bridge.block_on_with(limited).unwrap().unwrap_err();
                bridge.block_on_local(limited).unwrap().unwrap_err();
            });
        }
    });
}

/// Always has bytes.
struct Endless;

impl AsyncRead for Endless {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        // Goes on as `read_exact` would, but without an end.
        let mut endless = std::pin::pin!(takes_for_ever());
        let _ = endless.as_mut().poll(cx);
        buffer.put_slice(&[]);
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    }
}

#[test]
fn time_limit_ends_a_read() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let mut reader = bridge.call().timeout(SHORT).reader(Endless);
                let error = std::io::Read::read(&mut reader, &mut [0; 8]).unwrap_err();
                assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
            });
        }
    });
}

/// A limit that lies beyond the end of time, or of what tokio's timers reach, is none.
#[test]
fn time_limit_may_be_as_long_as_can_be() {
    watched(|| {
        let longest = [
            Duration::MAX,
            Duration::MAX.saturating_sub(Duration::from_secs(1)),
            Duration::from_secs(u64::MAX / 2),
            Duration::from_secs(9_223_372_036),
            Duration::from_secs(10_000 * 365 * 24 * 3600),
        ];
        for flavor in FLAVORS {
            let bridge = RuntimeBridge::builder().flavor(flavor).default_timeout(Duration::MAX).build().unwrap();
            from_each_caller(move || {
                bridge.block_on(tokio::task::yield_now()).unwrap();
                for limit in longest {
                    let call = bridge.call().timeout(limit);
                    call.block_on(tokio::task::yield_now()).unwrap();
                    call.block_on_local(tokio::task::yield_now).unwrap();
                    bridge.spawn(tokio::task::yield_now()).wait_timeout(limit).unwrap();
                }
            });
        }
        let slow = RuntimeBridge::builder().on_slow_call(Duration::MAX, |_| ()).build().unwrap();
        slow.block_on_with(|| tokio::time::sleep(SHORT)).unwrap();
        assert_eq!(slow.shutdown(Duration::MAX).cut_off, 0);
    });
}

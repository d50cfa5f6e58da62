//! A borrowed runtime that lacks what a call needs: its timers, or itself, because it is about to end. tokio panics then, and
//! the call returns an error.

mod support;

use std::future::pending;
use std::time::Duration;

use support::{multi_thread, watched};
use sync_bridge::{BridgeError, RuntimeBridge};
use tokio::runtime;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

/// Prints no panic of tokio's: those are expected here.
fn hide_panics_of_tokio() {
    std::panic::set_hook(Box::new(|panic| {
        if panic.location().is_some_and(|location| location.file().contains("tests")) {
            eprintln!("{panic}");
        }
    }));
}

/// What needs no timer works, and a time limit is an error.
#[test]
fn runtime_without_timers_and_sockets() {
    hide_panics_of_tokio();
    watched(|| {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
        let two = |bridge: &RuntimeBridge| {
            bridge.block_on(async {
                yield_now().await;
                2
            })
        };
        assert_eq!(two(&bridge).unwrap(), 2);
        let inner = bridge.clone();
        assert_eq!(futures::executor::block_on(runtime.spawn(async move { two(&inner) })).unwrap().unwrap(), 2);
        assert_eq!(bridge.block_on_local(|| async { 3 }).unwrap(), 3);
        assert_eq!(bridge.call().timeout(LONG).block_on(async { 4 }).unwrap(), 4);
        let limited = bridge.call().timeout(LONG).block_on(yield_now()).unwrap_err();
        assert!(limited.is_panic(), "{limited:?}");
        assert!(limited.panic_message().unwrap().contains("timers"), "{limited:?}");
        let socket = bridge.block_on(async { tokio::net::TcpListener::bind("127.0.0.1:0").await.map(drop) });
        assert!(socket.unwrap_err().is_panic());
        // A token and a shutdown need no timer.
        let token = CancellationToken::new();
        token.cancel();
        let cancelled = bridge.call().cancel_on(&token).block_on(pending::<()>());
        assert!(matches!(cancelled, Err(BridgeError::Cancelled { .. })));
        assert_eq!(futures::executor::block_on(bridge.shutdown_async(SHORT)).cut_off, 0);
    });
}

/// Calls begin while the runtime ends: each has a value or an error, and none hangs.
#[test]
fn calls_that_begin_at_the_end_are_answered() {
    hide_panics_of_tokio();
    watched(|| {
        for _ in 0..30 {
            let runtime = multi_thread(1);
            let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
            let call_until_the_end = |bridge: RuntimeBridge| {
                loop {
                    match bridge.block_on(yield_now()) {
                        Ok(()) | Err(BridgeError::ResponseLost(_)) => (),
                        Err(BridgeError::WorkerDead) => return,
                        Err(error) => panic!("{error:?}"),
                    }
                }
            };
            let callers = [(); 4].map(|()| {
                let bridge = bridge.clone();
                std::thread::spawn(move || call_until_the_end(bridge))
            });
            while bridge.metrics().completed < 50 {
                std::thread::yield_now();
            }
            drop(runtime);
            for caller in callers {
                caller.join().unwrap();
            }
        }
    });
}

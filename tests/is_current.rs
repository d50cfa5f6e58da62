//! Whether code runs inside a bridge, which `is_current` says.

use std::thread;

use sync_bridge::{BridgeError, Flavor, RuntimeBridge};

mod support;

use support::{FLAVORS, bridge, from_each_caller, multi_thread, watched};

/// At the first poll and after it, whoever calls; and not around the call.
#[test]
fn calls_are_inside_and_their_callers_are_not() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                assert!(!bridge.is_current());
                let inside = bridge.block_on(async {
                    let first = bridge.is_current();
                    tokio::task::yield_now().await;
                    (first, bridge.is_current())
                });
                assert_eq!(inside.unwrap(), (true, true));
                let local = bridge.block_on_local(|| async {
                    tokio::task::yield_now().await;
                    bridge.is_current()
                });
                assert!(local.unwrap());
                assert!(!bridge.is_current());
            });
        }
    });
}

#[test]
fn tasks_and_blocking_closures_are_inside() -> Result<(), BridgeError> {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (in_task, in_closure) = (bridge.clone(), bridge.clone());
            let mut task = bridge.spawn(async move {
                let closure = tokio::task::spawn_blocking(move || in_closure.is_current());
                (in_task.is_current(), closure.await.unwrap())
            });
            assert_eq!(task.wait()?, (true, true));
            let outside = bridge.clone();
            assert!(!bridge.block_on(async { thread::spawn(move || outside.is_current()).join().unwrap() })?);
        }
        Ok(())
    })
}

/// The innermost bridge counts, and afterwards the outer one again.
#[test]
fn bridges_inside_each_other() -> Result<(), BridgeError> {
    watched(|| {
        let (outer, inner) = (bridge(Flavor::MultiThread), bridge(Flavor::CurrentThread));
        let seen = |outer: &RuntimeBridge, inner: &RuntimeBridge| (outer.is_current(), inner.is_current());
        let (during, after) = outer.block_on(async {
            let during = inner.block_on(async {
                tokio::task::yield_now().await;
                seen(&outer, &inner)
            });
            (during, seen(&outer, &inner))
        })?;
        assert_eq!((during?, after), ((false, true), (true, false)));
        Ok(())
    })
}

#[test]
fn other_runtimes_are_outside() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let runtime = multi_thread(1);
        assert!(!runtime.block_on(async { tokio::spawn(async move { bridge.is_current() }).await.unwrap() }));
    });
}

//! Setting a bridge up: what is configured holds, and what cannot be had is an error of `build`.

mod support;

use std::io::ErrorKind;

use support::{FLAVORS, from_each_caller, watched};
use sync_bridge::{Builder, Flavor, RuntimeBridge};

fn kind(builder: Builder) -> ErrorKind {
    builder.build().unwrap_err().kind()
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for flavor in FLAVORS {
        let builder = || RuntimeBridge::builder().flavor(flavor);
        assert_eq!(kind(builder().worker_threads(0)), ErrorKind::InvalidInput);
        assert_eq!(kind(builder().thread_name("a\0b")), ErrorKind::InvalidInput);
    }
    let two_drivers = RuntimeBridge::builder().flavor(Flavor::CurrentThread).worker_threads(2);
    assert_eq!(kind(two_drivers), ErrorKind::InvalidInput);
    assert_eq!(RuntimeBridge::with_thread_name("a\0b").unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// No machine has the memory for such a stack, so the thread cannot be spawned: an error, in async code too.
#[test]
fn thread_that_cannot_be_spawned_is_an_error() {
    watched(|| {
        from_each_caller(|| {
            for flavor in FLAVORS {
                for bytes in [usize::MAX, isize::MAX.unsigned_abs(), 1 << 46] {
                    RuntimeBridge::builder().flavor(flavor).thread_stack_size(bytes).build().unwrap_err();
                }
            }
        });
    });
}

#[test]
fn threads_carry_the_name() {
    for flavor in FLAVORS {
        let bridge = RuntimeBridge::builder().flavor(flavor).thread_name("storage").build().unwrap();
        let name = || std::thread::current().name().map(str::to_owned);
        let (worker, blocking) = bridge
            .block_on(async {
                let worker = tokio::spawn(async move { name() }).await.unwrap();
                (worker, tokio::task::spawn_blocking(name).await.unwrap())
            })
            .unwrap();
        assert_eq!(worker.as_deref(), Some("storage"));
        assert_eq!(blocking.as_deref(), Some("storage"));
    }
}

/// Needs more stack than a thread has by default.
#[test]
fn threads_have_the_stack_size() {
    fn descend(levels: usize) -> usize {
        let page = std::hint::black_box([levels; 128]);
        if levels == 0 { 0 } else { 1 + descend(page[0] - 1) }
    }
    for flavor in FLAVORS {
        let bridge = RuntimeBridge::builder().flavor(flavor).thread_stack_size(64 << 20).build().unwrap();
        let depth = bridge.block_on(async { tokio::spawn(async { descend(20_000) }).await.unwrap() });
        assert_eq!(depth.unwrap(), 20_000);
    }
}

/// Each worker waits for the others inside a poll, which only as many threads can get through.
#[test]
fn workers_are_as_many_as_asked_for() {
    watched(|| {
        let bridge = RuntimeBridge::builder().worker_threads(3).build().unwrap();
        let barrier = std::sync::Arc::new(std::sync::Barrier::new(3));
        bridge
            .block_on(async {
                let wait = || {
                    let barrier = barrier.clone();
                    tokio::spawn(async move { barrier.wait().is_leader() })
                };
                let leaders = tokio::join!(wait(), wait(), wait());
                assert_eq!(
                    [leaders.0, leaders.1, leaders.2].into_iter().filter(|led| *led.as_ref().unwrap()).count(),
                    1
                );
            })
            .unwrap();
    });
}

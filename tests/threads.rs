//! The threads of a bridge: their hooks and names, how many there may be, and how long they last.

mod support;

use std::collections::HashSet;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use futures::StreamExt;
use support::{FLAVORS, current_thread, from_each_caller, watched};
use sync_bridge::{BridgeError, Builder, Flavor, RuntimeBridge};
use tokio::task::{spawn_blocking, yield_now};

const SHORT: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(3600);

fn here() -> ThreadId {
    thread::current().id()
}

fn name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

/// The result of `f` on each kind of thread of the bridge: worker or driver, blocking thread, one for a future that is not
/// `Send`, one for an iterator, and on a multi-thread bridge one that takes the place of a blocked worker.
fn on_each_thread<T: Send + 'static>(bridge: &RuntimeBridge, f: fn() -> T) -> Vec<T> {
    let mut seen = vec![
        bridge.spawn(async move { f() }).wait().unwrap(),
        bridge.spawn(async move { spawn_blocking(f).await.unwrap() }).wait().unwrap(),
        current_thread().block_on(async { bridge.block_on_local(|| async move { f() }) }).unwrap(),
    ];
    let mut items = bridge.stream_from_iter(std::iter::once_with(f));
    seen.push(bridge.block_on(async { items.next().await }).unwrap().unwrap().unwrap());
    seen
}

type Threads = Arc<Mutex<HashSet<ThreadId>>>;

/// A bridge that notes the threads that have started, and tells of those that end.
fn noting(flavor: Flavor, keep_alive: Duration) -> (RuntimeBridge, Threads, Receiver<ThreadId>) {
    let (started, (ended, end)) = (Threads::default(), channel());
    let noted = Arc::clone(&started);
    let builder = RuntimeBridge::builder()
        .flavor(flavor)
        .thread_keep_alive(keep_alive)
        .on_thread_start(move || assert!(noted.lock().unwrap().insert(here())))
        .on_thread_stop(move || ended.send(here()).unwrap_or_default());
    (builder.build().unwrap(), started, end)
}

#[test]
fn hooks_run_once_on_every_thread() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, started, end) = noting(flavor, LONG);
            let threads = on_each_thread(&bridge, here);
            assert!(threads.iter().all(|thread| started.lock().unwrap().contains(thread)));
            // The callers' threads are not of the bridge.
            from_each_caller({
                let (bridge, started) = (bridge.clone(), Arc::clone(&started));
                move || {
                    bridge.block_on(yield_now()).unwrap();
                    assert!(!started.lock().unwrap().contains(&here()));
                }
            });
            drop(bridge);
            // The hook itself is dropped after the last thread has run it.
            let ended: HashSet<_> = end.iter().collect();
            assert_eq!(ended, *started.lock().unwrap());
        }
    });
}

/// A worker that a call blocks is replaced by a thread that has run the hook.
#[test]
fn hook_runs_on_the_thread_that_takes_the_place_of_a_worker() {
    watched(|| {
        let (bridge, started, _end) = noting(Flavor::MultiThread, LONG);
        let replaced = bridge.block_on(async {
            yield_now().await;
            let worker = here();
            bridge.block_on(bridge.spawn(async move { here() })).map(|inner| (worker, inner.unwrap()))
        });
        let (worker, replacement) = replaced.unwrap().unwrap();
        assert_ne!(worker, replacement);
        let started = started.lock().unwrap();
        assert!(started.contains(&worker) && started.contains(&replacement));
    });
}

#[test]
fn idle_threads_end_when_they_are_no_longer_kept() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, started, end) = noting(flavor, SHORT);
            let threads = on_each_thread(&bridge, here);
            let idle: HashSet<_> = threads[1..].iter().copied().collect();
            let ended: HashSet<_> = end.iter().take(started.lock().unwrap().len() - 1).collect();
            assert!(idle.is_subset(&ended) && !ended.contains(&threads[0]));
            // It is the only one left, and works.
            assert_eq!(bridge.spawn(async { here() }).wait().unwrap(), threads[0]);
        }
    });
}

#[test]
fn panics_of_hooks_change_nothing() {
    fn panics<T>() -> T {
        std::panic::resume_unwind(Box::new("torn"))
    }

    watched(|| {
        for flavor in FLAVORS {
            let (ended, end) = channel();
            let stop = move || {
                let _ = ended.send(());
                panics::<()>();
            };
            let builder = RuntimeBridge::builder().flavor(flavor).thread_name_fn(panics);
            let bridge = builder.on_thread_start(panics).on_thread_stop(stop).build().unwrap();
            assert!(on_each_thread(&bridge, name).iter().all(|name| name == "sync-bridge"));
            if flavor == Flavor::MultiThread {
                let nested = bridge.block_on(async {
                    yield_now().await;
                    bridge.block_on(bridge.spawn(async { 7 }))
                });
                assert_eq!(nested.unwrap().unwrap().unwrap(), 7);
            }
            let drops = support::Drops::default();
            let guard = drops.guard();
            drop(bridge.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            }));
            bridge.shutdown(LONG);
            drop(bridge);
            // Every thread ends, and the runtime with its tasks.
            assert!(end.iter().count() >= 3);
            assert_eq!(drops.count(), 1);
        }
    });
}

/// The thread may be the one that would serve the call.
#[test]
fn call_of_a_hook_to_its_own_bridge_is_refused() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = Arc::new(Mutex::new(None::<RuntimeBridge>));
            let (outcomes, outcome) = channel();
            let own = Arc::clone(&bridge);
            let other = RuntimeBridge::new().unwrap();
            let hook = move |outcomes: &Sender<_>| {
                let own = own.lock().unwrap().clone();
                if let Some(own) = own {
                    let local = own.block_on_local(|| async {}).map(drop);
                    let waits = own.spawn(async { yield_now().await }).wait();
                    let elsewhere = other.block_on(yield_now());
                    let _ = outcomes.send([own.block_on(yield_now()), own.block_on(async {}), local, waits, elsewhere]);
                }
            };
            let (starts, stops) = (Mutex::new(outcomes.clone()), Mutex::new(outcomes));
            let at_start = hook.clone();
            let builder = RuntimeBridge::builder()
                .flavor(flavor)
                .on_thread_start(move || at_start(&starts.lock().unwrap()))
                .on_thread_stop(move || hook(&stops.lock().unwrap()))
                .thread_keep_alive(SHORT);
            *bridge.lock().unwrap() = Some(builder.build().unwrap());
            let own = bridge.lock().unwrap().clone().unwrap();
            // Of which some have not been started before the bridge was put there.
            on_each_thread(&own, || ());
            let refused = |outcomes: [Result<(), BridgeError>; 5]| {
                // A task may have ended before it is waited for.
                let [one, two, three, four, elsewhere] = outcomes;
                let refused = [one, two, three].iter().all(|o| matches!(o, Err(BridgeError::WouldDeadlock)));
                assert!(refused && matches!(four, Ok(()) | Err(BridgeError::WouldDeadlock)) && elsewhere.is_ok());
            };
            // At least the start and the end of two threads: for the closure, and for what has a thread of its own.
            (0..4).for_each(|_| refused(outcome.recv().unwrap()));
            *bridge.lock().unwrap() = None;
        }
    });
}

/// Nothing serves a call before the only thread has run its hook.
#[test]
fn call_of_the_hook_of_a_driver_is_refused() {
    watched(|| {
        let ((put, bridge), (outcomes, outcome)) = (channel::<RuntimeBridge>(), channel());
        let bridge = Mutex::new(Some(bridge));
        let hook = move || {
            // The driver is the first thread.
            let Some(bridge) = bridge.lock().unwrap().take() else { return };
            let own = bridge.recv().unwrap();
            let scope = own.scope(|scope| scope.spawn(async {}).wait()).and_then(|waited| waited);
            let local = own.block_on_local(|| async {}).map(drop);
            let waits = own.spawn(async {}).wait();
            outcomes.send([own.block_on(async {}), own.block_on(yield_now()), scope, local, waits]).unwrap();
        };
        let own = RuntimeBridge::builder().flavor(Flavor::CurrentThread).on_thread_start(hook).build().unwrap();
        put.send(own.clone()).unwrap();
        let outcomes = outcome.recv().unwrap();
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(BridgeError::WouldDeadlock))), "{outcomes:?}");
        own.block_on(yield_now()).unwrap();
    });
}

#[test]
fn each_thread_has_a_name_of_its_own() {
    watched(|| {
        for flavor in FLAVORS {
            let count = AtomicUsize::new(0);
            let builder = RuntimeBridge::builder()
                .flavor(flavor)
                .thread_name("replaced")
                .thread_name_fn(move || format!("storage-{}\0ignored", count.fetch_add(1, Ordering::Relaxed)));
            let bridge = builder.build().unwrap();
            let names = on_each_thread(&bridge, name);
            assert_eq!(names[0], "storage-0");
            assert!(names.iter().all(|name| name.starts_with("storage-") && !name.contains("ignored")), "{names:?}");
            assert_eq!(names[..3].iter().collect::<HashSet<_>>().len(), 3, "{names:?}");
        }
        let builder = RuntimeBridge::builder().thread_name_fn(|| "replaced".to_owned()).thread_name("storage");
        assert!(on_each_thread(&builder.build().unwrap(), name).iter().all(|name| name == "storage"));
    });
}

/// Starts closures that block until the sender is dropped. Returns when `running` of them run.
fn block_threads(bridge: &RuntimeBridge, closures: usize, running: usize) -> Sender<()> {
    let (release, released) = channel::<()>();
    let (released, (begun, beginning)) = (Arc::new(Mutex::new(released)), channel());
    for _ in 0..closures {
        let (released, begun) = (Arc::clone(&released), begun.clone());
        let closure = move || {
            begun.send(()).unwrap();
            let _ = released.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
        };
        drop(bridge.spawn(async { spawn_blocking(closure).await.unwrap() }));
    }
    (0..running).for_each(|_| beginning.recv().unwrap());
    release
}

#[test]
fn blocking_closures_beyond_the_limit_wait() {
    watched(|| {
        let builder = RuntimeBridge::builder().flavor(Flavor::CurrentThread).max_blocking_threads(2);
        let bridge = builder.build().unwrap();
        let release = block_threads(&bridge, 2, 2);
        let has_run = Arc::new(AtomicBool::new(false));
        let runs = Arc::clone(&has_run);
        let mut third = bridge.spawn(async move { spawn_blocking(move || runs.store(true, Ordering::SeqCst)).await });
        let outcome = third.wait_timeout(Duration::from_millis(20));
        assert!(matches!(outcome, Err(BridgeError::TimedOut { .. })));
        assert!(!has_run.load(Ordering::SeqCst));
        // Neither calls, nor futures that are not `Send`, nor iterators need such a thread.
        from_each_caller({
            let bridge = bridge.clone();
            move || {
                bridge.block_on(yield_now()).unwrap();
                bridge.block_on_local(yield_now).unwrap();
                assert!(bridge.block_on(bridge.stream_from_iter([1]).next()).unwrap().is_some());
            }
        });
        drop(release);
        third.wait().unwrap().unwrap();
        assert!(has_run.load(Ordering::SeqCst));
    });
}

fn descend(bridge: &RuntimeBridge, levels: u32) -> u32 {
    let inner = async {
        yield_now().await;
        if levels == 0 { 0 } else { descend(bridge, levels - 1) + 1 }
    };
    bridge.block_on(inner).unwrap()
}

/// A worker that is blocked is replaced, however few threads there are for closures.
#[test]
fn nested_calls_have_threads_besides_those_for_closures() {
    watched(|| {
        let bridge = RuntimeBridge::builder().max_blocking_threads(1).build().unwrap();
        let _release = block_threads(&bridge, 1, 1);
        assert_eq!(descend(&bridge, 20), 20);
    });
}

type Call = fn(&RuntimeBridge) -> Result<(), BridgeError>;

/// Closures keep every thread busy, the spare ones too.
#[test]
fn nested_call_without_a_thread_is_refused() {
    watched(|| {
        let bridge = RuntimeBridge::builder().max_blocking_threads(1).thread_stack_size(64 << 10).build().unwrap();
        let release = block_threads(&bridge, 1 + 512, 1 + 512);
        let calls: [Call; 3] = [
            |bridge| bridge.call().timeout(LONG).block_on(async { tokio::time::sleep(LONG).await }),
            |bridge| bridge.block_on_local(|| tokio::time::sleep(LONG)),
            |bridge| bridge.scope(|scope| drop(scope.spawn(pending::<()>()))),
        ];
        for call in calls {
            let nested = bridge.block_on(async {
                yield_now().await;
                call(&bridge)
            });
            assert!(matches!(nested, Ok(Err(BridgeError::Saturated))), "{nested:?}");
            // The worker goes on.
            bridge.block_on(yield_now()).unwrap();
        }
        drop(release);
        // A thread is there again.
        loop {
            let nested = bridge.block_on(async {
                yield_now().await;
                bridge.block_on(async { tokio::time::sleep(SHORT).await })
            });
            match nested.unwrap() {
                Ok(()) => break,
                Err(error) => assert!(matches!(error, BridgeError::Saturated), "{error:?}"),
            }
        }
    });
}

#[test]
fn no_blocking_threads_are_refused_and_many_are_taken() {
    for flavor in FLAVORS {
        let builder = |count| RuntimeBridge::builder().flavor(flavor).max_blocking_threads(count);
        assert_eq!(builder(0).build().unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
        let bridge = builder(usize::MAX).thread_keep_alive(Duration::MAX).build().unwrap();
        assert_eq!(bridge.spawn(async { spawn_blocking(|| 1).await.unwrap() }).wait().unwrap(), 1);
        let bridge = builder(1).thread_keep_alive(Duration::ZERO).build().unwrap();
        assert!(on_each_thread(&bridge, || 1).into_iter().eq([1; 4]));
    }
}

#[test]
fn builder_with_hooks_is_cloned_and_printed() {
    let builder: Builder = RuntimeBridge::builder().thread_name_fn(String::new).on_thread_start(|| ());
    assert!(format!("{:?}", builder.clone().thread_name("storage")).contains("storage"));
    builder.build().unwrap().block_on(yield_now()).unwrap();
}

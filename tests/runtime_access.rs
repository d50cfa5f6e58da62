//! What gives access to the runtime of a bridge: its handle, its context, and its blocking threads.

mod support;

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use futures::FutureExt;
use support::{Drops, FLAVORS, bridge, current_thread, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, BridgedTask, Flavor, RuntimeBridge};
use tokio::runtime::{self, Handle, RuntimeFlavor};

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

/// A bridge of either flavour, and one on a runtime of the program's, which stays.
const BRIDGES: [fn() -> RuntimeBridge; 3] = [
    || bridge(Flavor::MultiThread),
    || bridge(Flavor::CurrentThread),
    || {
        static RUNTIMES: Mutex<Vec<runtime::Runtime>> = Mutex::new(Vec::new());
        let runtime = multi_thread(1);
        let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
        RUNTIMES.lock().unwrap().push(runtime);
        bridge
    },
];

#[test]
fn handle_is_that_of_the_runtime() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let id = bridge.block_on(async { Handle::current().id() }).unwrap();
            assert_eq!(bridge.handle().id(), id);
            let is_multi_thread = bridge.handle().runtime_flavor() == RuntimeFlavor::MultiThread;
            assert_eq!(is_multi_thread, flavor == Flavor::MultiThread);
        }
    });
}

/// Such a task is the runtime's, and not the bridge's.
#[test]
fn task_of_the_handle_goes_on_after_a_shutdown_of_a_borrowed_runtime() {
    watched(|| {
        let runtime = multi_thread(1);
        let bridge = RuntimeBridge::from_handle(runtime.handle()).unwrap();
        let (release, released) = tokio::sync::oneshot::channel();
        let task = bridge.handle().spawn(released);
        bridge.shutdown(LONG);
        release.send(3).unwrap();
        assert_eq!(futures::executor::block_on(task).unwrap(), Ok(3));
        assert_eq!(futures::executor::block_on(bridge.handle().spawn(async { 4 })).unwrap(), 4);
    });
}

#[test]
fn what_is_built_in_the_context_works() {
    watched(|| {
        for start in BRIDGES {
            from_each_caller(move || {
                let bridge = start();
                let (sleep, task) = {
                    let _guard = bridge.enter();
                    assert!(bridge.is_current());
                    assert_eq!(Handle::current().id(), bridge.handle().id());
                    (tokio::time::sleep(SHORT), tokio::spawn(async { Handle::current().id() }))
                };
                assert!(!bridge.is_current());
                bridge.block_on(sleep).unwrap();
                assert_eq!(bridge.block_on(task).unwrap().unwrap(), bridge.handle().id());
                // A call under the guard is one of any caller.
                let _guard = bridge.enter();
                assert_eq!(bridge.block_on(tokio::task::yield_now().map(|()| 5)).unwrap(), 5);
            });
        }
    });
}

/// A spawned task is dropped at once, and the guard can be dropped as always.
#[test]
fn context_of_a_bridge_that_is_shut_down() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            bridge.shutdown(LONG);
            let task = {
                let _guard = bridge.enter();
                tokio::spawn(std::future::pending::<()>())
            };
            assert!(futures::executor::block_on(task).unwrap_err().is_cancelled());
            assert!(Handle::try_current().is_err());
        }
    });
}

#[test]
fn closure_runs_on_a_blocking_thread() {
    watched(|| {
        for start in BRIDGES {
            from_each_caller(move || {
                let bridge = start();
                let here = std::thread::current().id();
                let (thread, runtime, index) = bridge
                    .spawn_blocking(|| (std::thread::current().id(), Handle::current().id(), runtime::worker_index()))
                    .wait()
                    .unwrap();
                assert!(thread != here && runtime == bridge.handle().id() && index.is_none());
                let worker = bridge.spawn(async { std::thread::current().id() }).wait().unwrap();
                assert_ne!(thread, worker);
                // It may block, and call.
                let inner = bridge.clone();
                let mut closure = bridge.spawn_blocking(move || {
                    inner.block_on(async {
                        tokio::time::sleep(SHORT).await;
                        inner.spawn_blocking(|| 6).await
                    })
                });
                assert_eq!(closure.wait().unwrap().unwrap().unwrap(), 6);
                assert!(matches!(closure.wait(), Err(BridgeError::ResultTaken)));
            });
        }
    });
}

#[test]
fn panic_of_a_closure_is_an_error_with_its_payload() {
    watched(|| {
        for start in BRIDGES {
            let bridge = start();
            let error = bridge.spawn_blocking(|| -> u8 { std::panic::resume_unwind(Box::new("inside")) }).wait();
            assert_eq!(error.unwrap_err().panic_message(), Some("inside"));
            let awaited = bridge.spawn_blocking(|| -> u8 { std::panic::resume_unwind(Box::new("inside")) });
            let error = current_thread().block_on(awaited).unwrap_err();
            assert_eq!(error.panic_message(), Some("inside"));
            assert_eq!(bridge.spawn_blocking(|| 1).wait().unwrap(), 1);
        }
    });
}

tokio::task_local! {
    static REQUEST: u32;
}

#[test]
fn closure_has_the_context_of_who_spawns_it() {
    watched(|| {
        let runtime = multi_thread(1);
        let builders = [
            RuntimeBridge::builder(),
            RuntimeBridge::builder().flavor(Flavor::CurrentThread),
            RuntimeBridge::builder().runtime(runtime.handle().clone()),
        ];
        for builder in builders {
            let hook = || {
                let request = REQUEST.try_get();
                assert_ne!(request, Ok(13), "unlucky");
                move |poll: &mut dyn FnMut()| match request {
                    Ok(request) => REQUEST.sync_scope(request, poll),
                    Err(_) => poll(),
                }
            };
            let bridge = builder.with_context(hook).build().unwrap();
            let read = || REQUEST.try_get().ok();
            let mut closure = REQUEST.sync_scope(7, || bridge.spawn_blocking(read));
            assert_eq!(closure.wait().unwrap(), Some(7));
            assert_eq!(bridge.spawn_blocking(read).wait().unwrap(), None);
            let refused = REQUEST.sync_scope(13, || bridge.spawn_blocking(read)).wait().unwrap_err();
            assert!(refused.is_panic(), "{refused:?}");
        }
    });
}

/// A bridge with one blocking thread, which is busy until the sender is dropped, and the closure that keeps it so.
fn one_busy_thread(start: fn() -> (RuntimeBridge, Option<runtime::Runtime>)) -> Busy {
    let (bridge, runtime) = start();
    let (release, released) = channel::<()>();
    let (begun, has_begun) = channel();
    let closure = bridge.spawn_blocking(move || {
        begun.send(()).unwrap();
        let _ = released.recv();
        1
    });
    has_begun.recv().unwrap();
    Busy { bridge, closure, release, _runtime: runtime }
}

struct Busy {
    bridge: RuntimeBridge,
    closure: BridgedTask<u8>,
    release: Sender<()>,
    _runtime: Option<runtime::Runtime>,
}

/// Starts a bridge, and the runtime that it borrows.
type Start = fn() -> (RuntimeBridge, Option<runtime::Runtime>);

/// With one thread for closures. A multi-thread bridge has more, to take the place of its workers.
const ONE_THREAD: [Start; 2] = [
    || {
        let builder = RuntimeBridge::builder().flavor(Flavor::CurrentThread).max_blocking_threads(1);
        (builder.build().unwrap(), None)
    },
    || {
        let mut builder = runtime::Builder::new_multi_thread();
        // The worker does not count.
        let runtime = builder.worker_threads(1).max_blocking_threads(1).enable_all().build().unwrap();
        (RuntimeBridge::from_handle(runtime.handle()).unwrap(), Some(runtime))
    },
];

#[test]
fn closure_is_aborted_before_it_has_begun_and_not_after() {
    watched(|| {
        for start in ONE_THREAD {
            let Busy { bridge, mut closure, release, _runtime } = one_busy_thread(start);
            let drops = Drops::default();
            let owned = drops.guard();
            let mut queued = bridge.spawn_blocking(move || drop(owned));
            assert!(matches!(queued.wait_timeout(SHORT), Err(BridgeError::TimedOut { .. })));
            queued.abort();
            closure.abort_handle().abort();
            assert!(matches!(closure.wait_timeout(SHORT), Err(BridgeError::TimedOut { .. })));
            assert!(!queued.is_finished());
            drop(release);
            assert_eq!(closure.wait().unwrap(), 1);
            assert!(matches!(queued.wait(), Err(BridgeError::ResponseLost(_))));
            assert_eq!(drops.count(), 1);
        }
    });
}

/// Neither one that has begun nor one that has not is waited for. The first one runs to its end.
#[test]
fn shutdown_leaves_the_closures_that_have_begun() {
    watched(|| {
        for (start, is_borrowed) in ONE_THREAD.into_iter().zip([false, true]) {
            let Busy { bridge, closure, release, _runtime } = one_busy_thread(start);
            let (answer, answered): (Sender<u8>, Receiver<u8>) = channel();
            let queued = bridge.spawn_blocking(move || answer.send(1).unwrap());
            assert_eq!(bridge.shutdown(LONG).cut_off, 0);
            assert!(matches!(bridge.spawn_blocking(|| 1).wait(), Err(BridgeError::WorkerDead)));
            drop(release);
            // tokio runs what is in the queue of a runtime that ends. On a borrowed runtime, the bridge has aborted it.
            let queued = futures::executor::block_on(queued);
            assert_eq!(answered.recv().is_err(), is_borrowed);
            assert_eq!(matches!(queued, Err(BridgeError::ResponseLost(_))), is_borrowed, "{queued:?}");
            assert_eq!(futures::executor::block_on(closure).unwrap(), 1);
        }
    });
}

#[test]
fn closure_whose_handle_is_dropped_runs() {
    watched(|| {
        for start in BRIDGES {
            let bridge = start();
            let (answer, answered) = channel();
            drop(bridge.spawn_blocking(move || answer.send(8).unwrap()));
            assert_eq!(answered.recv(), Ok(8));
        }
    });
}

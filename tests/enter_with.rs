//! Synchronous code that runs inside a bridge on the calling thread, which `enter_with` does.

mod support;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use support::{Drops, FLAVORS, bridge, current_thread, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, CallerKind, Flavor, RuntimeBridge};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::yield_now;

/// The runtime that is entered on this thread.
fn entered() -> Option<tokio::runtime::Id> {
    Handle::try_current().ok().map(|handle| handle.id())
}

#[test]
fn bridge_is_entered_and_then_what_was_before() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let (before, caller) = (entered(), thread::current().id());
                let (inside, thread) = bridge.enter_with(|| (bridge.is_current(), thread::current().id())).unwrap();
                assert!(inside);
                assert_eq!(thread, caller);
                assert_eq!(entered(), before);
            });
        }
    });
}

#[test]
fn constructor_spawns_a_task_on_the_bridge() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let inside = bridge.clone();
                let task = bridge.enter_with(|| tokio::spawn(async move { inside.is_current() })).unwrap();
                assert!(bridge.block_on(task).unwrap().unwrap());
                // A timer belongs to the runtime that is entered where it is made.
                let timer = bridge.enter_with(|| tokio::time::sleep(Duration::from_millis(1))).unwrap();
                bridge.block_on(timer).unwrap();
            });
        }
    });
}

#[test]
fn code_inside_a_bridged_future_enters_its_own_bridge_and_another() {
    watched(|| {
        for (flavor, other) in FLAVORS.into_iter().flat_map(|flavor| FLAVORS.map(|other| (flavor, other))) {
            let (bridge, other) = (bridge(flavor), bridge(other));
            let seen = bridge.block_on(async {
                yield_now().await;
                let own = bridge.enter_with(|| bridge.is_current());
                let (foreign, nested) =
                    other.enter_with(|| (other.is_current(), bridge.enter_with(|| bridge.is_current()))).unwrap();
                (own.unwrap(), foreign, nested.unwrap(), bridge.is_current())
            });
            assert_eq!(seen.unwrap(), (true, true, true, true));
        }
    });
}

/// A bridge that reports from which kind of thread each call comes that waits.
fn reporting_bridge(flavor: Flavor) -> (RuntimeBridge, Receiver<CallerKind>) {
    let (report, reports) = channel();
    let builder = RuntimeBridge::builder()
        .flavor(flavor)
        .on_slow_call(Duration::ZERO, move |call| report.send(call.caller()).unwrap());
    (builder.build().unwrap(), reports)
}

/// Is pending for some polls, wherever they are made.
async fn wait() {
    for _ in 0..3 {
        yield_now().await;
    }
}

/// The guard of `enter_with` hides nothing of what drives the thread, also if it is of another bridge, or inside another.
#[test]
fn calls_inside_come_from_the_same_kind_of_thread() {
    watched(|| {
        for (flavor, other) in FLAVORS.into_iter().flat_map(|flavor| FLAVORS.map(|other| (flavor, other))) {
            let ((bridge, reports), other) = (reporting_bridge(flavor), bridge(other));
            let (reports, runtime) = (Arc::new(Mutex::new(reports)), multi_thread(1));
            let guard = runtime.handle().clone();
            let check = move || {
                let kind = || {
                    bridge.block_on(wait()).unwrap();
                    reports.lock().unwrap().recv().unwrap()
                };
                let outside = kind();
                assert_eq!(bridge.enter_with(kind).unwrap(), outside);
                assert_eq!(other.enter_with(kind).unwrap(), outside);
                assert_eq!(bridge.enter_with(|| other.enter_with(kind)).unwrap().unwrap(), outside);
                // Still inside of the outer one, after the inner one.
                let after_the_inner = || {
                    other.enter_with(|| ()).unwrap();
                    kind()
                };
                assert_eq!(bridge.enter_with(after_the_inner).unwrap(), outside);
                // A guard of the user inside is one as before.
                let under_guard = || {
                    let _guard = guard.enter();
                    kind()
                };
                assert_eq!(bridge.enter_with(under_guard).unwrap(), under_guard());
            };
            from_each_caller(check);
        }
    });
}

/// A runtime that the code inside starts drives the thread, also where that enters the bridge by a guard.
#[test]
fn runtime_that_is_started_inside_drives_the_thread() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, reports) = reporting_bridge(flavor);
            let kind = || {
                let _guard = bridge.handle().enter();
                bridge.block_on(wait()).unwrap();
                reports.recv().unwrap()
            };
            let outside = current_thread().block_on(async { kind() });
            let inside = bridge.enter_with(|| current_thread().block_on(async { kind() })).unwrap();
            assert_eq!(inside, outside);
        }
    });
}

#[test]
fn calls_of_a_bridged_future_inside_come_from_the_same_kind_of_thread() {
    watched(|| {
        let (bridge, reports) = reporting_bridge(Flavor::MultiThread);
        let inner = bridge.clone();
        let reports = Mutex::new(reports);
        let task = async move {
            let kind = || {
                inner.block_on(wait()).unwrap();
                reports.lock().unwrap().recv().unwrap()
            };
            (kind(), inner.enter_with(kind).unwrap())
        };
        let (answer, kinds) = channel();
        // A thread that waited for the task would make a slow call, too.
        drop(bridge.spawn(async move { answer.send(task.await).unwrap() }));
        assert_eq!(kinds.recv().unwrap(), (CallerKind::OwnWorker, CallerKind::OwnWorker));
    });
}

/// The call waits for another task of the only worker, whose runtime keeps its own threads.
#[test]
fn tasks_of_the_calling_worker_continue_on_their_runtime() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let builder = &mut tokio::runtime::Builder::new_multi_thread();
            let runtime = builder.worker_threads(1).thread_name("caller").build().unwrap();
            let (answer, answered) = oneshot::channel();
            let calling = async move {
                tokio::spawn(async move { answer.send(thread::current().name().map(str::to_owned)).unwrap() });
                bridge.enter_with(|| bridge.block_on(answered)).unwrap().unwrap().unwrap()
            };
            let name = runtime.block_on(async { tokio::spawn(calling).await.unwrap() });
            assert_eq!(name.as_deref(), Some("caller"));
        }
    });
}

/// The guard of another runtime that was there is gone, and forgotten: the worker stays on its own.
#[test]
fn tasks_of_the_calling_worker_continue_on_their_runtime_after_a_call_under_a_guard() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, other) = (bridge(flavor), multi_thread(1));
            let builder = &mut tokio::runtime::Builder::new_multi_thread();
            let runtime = builder.worker_threads(1).thread_name("caller").build().unwrap();
            let (answer, answered) = oneshot::channel();
            let guard = other.handle().clone();
            let calling = async move {
                {
                    let _guard = guard.enter();
                    bridge.enter_with(|| ()).unwrap();
                }
                tokio::spawn(async move { answer.send(thread::current().name().map(str::to_owned)).unwrap() });
                bridge.block_on(answered).unwrap().unwrap()
            };
            let name = runtime.block_on(async { tokio::spawn(calling).await.unwrap() });
            assert_eq!(name.as_deref(), Some("caller"));
        }
    });
}

#[test]
fn panic_is_an_error() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let before = entered();
                let error = bridge.enter_with(|| panic!("no such table")).map(|(): ()| ()).unwrap_err();
                assert_eq!(error.panic_message(), Some("no such table"));
                assert_eq!(entered(), before);
                bridge.block_on(wait()).unwrap();
            });
        }
    });
}

#[test]
fn closed_bridge_runs_nothing() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            bridge.shutdown(Duration::ZERO);
            let drops = Drops::default();
            let owned = drops.guard();
            let refused = bridge.enter_with(move || {
                drop(owned);
                unreachable!("the bridge is shut down");
            });
            assert!(matches!(refused, Err::<(), _>(BridgeError::WorkerDead)), "{refused:?}");
            assert_eq!(drops.count(), 1);
        }
    });
}

/// A shutdown waits for the code, and serves the calls that it makes.
#[test]
fn shutdown_waits_for_the_code_inside() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let closing = bridge.clone();
            let (shutdown, answer) = bridge
                .enter_with(|| {
                    let shutdown = thread::spawn(move || closing.shutdown(Duration::from_secs(3600)));
                    let looking = bridge.clone();
                    let is_refused = thread::spawn(move || while looking.block_on(async {}).is_ok() {});
                    is_refused.join().unwrap();
                    (shutdown, bridge.block_on(async { tokio::spawn(async { 5 }).await.unwrap() }))
                })
                .unwrap();
            assert_eq!(answer.unwrap(), 5);
            assert_eq!(shutdown.join().unwrap().cut_off, 0);
        }
    });
}

#[test]
fn code_may_shut_its_bridge_down() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let report = bridge.enter_with(|| bridge.shutdown(Duration::from_secs(3600))).unwrap();
            assert_eq!((report.finished, report.cut_off), (0, 1));
        }
    });
}

#[test]
fn thread_that_is_ending_cannot_enter() {
    struct EnterOnDrop(RuntimeBridge, Sender<Result<(), BridgeError>>);

    impl Drop for EnterOnDrop {
        fn drop(&mut self) {
            self.1.send(self.0.enter_with(|| ())).unwrap();
            // The way out that the error names.
            self.1.send(self.0.block_on(async { assert!(self.0.is_current()) })).unwrap();
        }
    }

    thread_local! {
        static LAST: RefCell<Option<EnterOnDrop>> = const { RefCell::new(None) };
    }

    watched(|| {
        for flavor in FLAVORS {
            let (outcome, outcomes) = channel();
            let last = EnterOnDrop(bridge(flavor), outcome);
            let ending = thread::spawn(move || {
                LAST.set(Some(last));
                // tokio's thread-local is made after ours, and so is destroyed before it.
                let _ = Handle::try_current();
            });
            ending.join().unwrap();
            let refused = outcomes.recv().unwrap().unwrap_err();
            assert!(matches!(refused, BridgeError::ThreadEnding), "{refused:?}");
            assert!(refused.to_string().contains("block_on(async"), "{refused}");
            outcomes.recv().unwrap().unwrap();
        }
    });
}

/// It may borrow, and need not be `Send`.
#[test]
fn code_borrows_from_the_caller() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let seen = Rc::new(RefCell::new(Vec::new()));
        let text = String::from("hello");
        let length = bridge.enter_with(|| {
            seen.borrow_mut().push(text.as_str());
            text.len()
        });
        assert_eq!((length.unwrap(), &*seen.borrow()), (5, &vec!["hello"]));
    });
}

//! Values that are dropped inside a bridge, wherever their owner is dropped.

mod support;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

use support::{CALLERS, Drops, FLAVORS, bridge, from_each_caller, watched};
use sync_bridge::{BridgeError, Flavor, Kept, RuntimeBridge};
use tokio::runtime::Handle;
use tokio::task::yield_now;

/// Runs code when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Drops a value in the destructor of a thread-local, after tokio's own thread-local has been destroyed.
fn drop_on_an_ending_thread(value: impl Send + 'static) {
    thread_local! {
        static LAST: RefCell<Option<Box<dyn std::any::Any>>> = const { RefCell::new(None) };
    }
    let ending = thread::spawn(move || {
        let checked = OnDrop(|| assert!(Handle::try_current().unwrap_err().is_thread_local_destroyed()));
        LAST.set(Some(Box::new((checked, value))));
        // tokio's thread-local is made after ours, and so is destroyed before it.
        let _ = Handle::try_current();
    });
    ending.join().unwrap();
}

/// A value that tells on which thread it is dropped, and whether it is inside the bridge then.
fn witness(bridge: &RuntimeBridge) -> (OnDrop<impl FnMut() + Send + use<>>, Receiver<(ThreadId, bool)>) {
    let (tell, told) = channel();
    let bridge = bridge.clone();
    (OnDrop(move || tell.send((thread::current().id(), bridge.is_current())).unwrap()), told)
}

#[test]
fn value_is_dropped_inside_the_bridge_on_the_thread_of_its_owner() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let before = Handle::try_current().ok().map(|handle| handle.id());
                let (value, told) = witness(&bridge);
                drop(bridge.keep(value));
                assert_eq!(told.recv().unwrap(), (thread::current().id(), true));
                assert_eq!(Handle::try_current().ok().map(|handle| handle.id()), before);
            });
        }
    });
}

#[test]
fn value_is_dropped_inside_the_bridge_on_its_own_threads() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (in_task, in_closure) = (witness(&bridge), witness(&bridge));
            let (task, closure) = (bridge.keep(in_task.0), bridge.keep(in_closure.0));
            let thread = bridge.spawn(async move {
                tokio::task::spawn_blocking(|| drop(closure)).await.unwrap();
                drop(task);
                thread::current().id()
            });
            assert_eq!(in_task.1.recv().unwrap(), ({ thread }.wait().unwrap(), true));
            assert!(in_closure.1.recv().unwrap().1);
        }
    });
}

#[test]
fn value_is_dropped_on_a_thread_of_the_bridge_if_its_own_is_ending() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (value, told) = witness(&bridge);
            drop_on_an_ending_thread(bridge.keep(value));
            assert!(told.recv().unwrap().1);
            // The same for a value that several calls use.
            let (mut value, told) = witness(&bridge);
            let items = futures::stream::poll_fn(move |_| {
                let _ = &mut value;
                std::task::Poll::Ready(Some(1))
            });
            drop_on_an_ending_thread(bridge.iter(items));
            assert!(told.recv().unwrap().1);
        }
    });
}

/// A value whose destructor spawns a task, and makes a call that has to wait for it.
fn busy(bridge: &RuntimeBridge, tell: Sender<u8>) -> impl Send + use<> {
    let bridge = bridge.clone();
    OnDrop(move || {
        let task = tokio::spawn(async {
            yield_now().await;
            5
        });
        tell.send(bridge.block_on(task).unwrap().unwrap()).unwrap();
    })
}

#[test]
fn destructor_spawns_and_makes_calls() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (tell, told) = channel();
            let (own, ending) = (bridge.clone(), bridge.keep(busy(&bridge, tell.clone())));
            from_each_caller(move || drop(own.keep(busy(&own, tell.clone()))));
            drop_on_an_ending_thread(ending);
            assert_eq!(told.iter().collect::<Vec<_>>(), [5; CALLERS + 1]);
        }
    });
}

#[test]
fn destructor_in_a_bridged_future_makes_calls() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let (tell, told) = channel();
        let kept = bridge.keep(busy(&bridge, tell));
        bridge.spawn(async move { drop(kept) }).wait().unwrap();
        assert_eq!(told.recv().unwrap(), 5);
    });
}

/// Panics when it is dropped, and counts that.
fn panicking(drops: &Drops) -> impl Send + use<> {
    let guard = drops.guard();
    OnDrop(move || {
        let _ = &guard;
        panic_any(OnDrop(|| panic!("the payload panics as well")));
    })
}

#[test]
fn panic_of_the_destructor_ends_with_it() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            from_each_caller({
                let (bridge, drops) = (bridge.clone(), drops.clone());
                move || {
                    drop(bridge.keep(panicking(&drops)));
                    assert!(Handle::try_current().is_err() || !bridge.is_current());
                }
            });
            // A second panic would end the program.
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                let _kept = bridge.keep(panicking(&drops));
                panic!("the first panic");
            }));
            assert_eq!(unwound.unwrap_err().downcast_ref(), Some(&"the first panic"));
            drop_on_an_ending_thread(bridge.keep(panicking(&drops)));
            assert_eq!(drops.count(), CALLERS + 2);
            bridge.block_on(yield_now()).unwrap();
        }
    });
}

#[test]
fn value_is_dropped_after_the_bridge_has_ended() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, drops) = (bridge(flavor), Drops::default());
            let (value, told) = witness(&bridge);
            let (here, ending, panics) =
                (bridge.keep(value), bridge.keep(drops.guard()), bridge.keep(panicking(&drops)));
            let (inner, (tell, refusal)) = (bridge.clone(), channel());
            let spawning = bridge.keep(OnDrop(move || {
                drop(tokio::spawn(async {}));
                tell.send(inner.block_on(async {})).unwrap();
            }));
            bridge.shutdown(Duration::ZERO);
            drop(here);
            assert_eq!(told.recv().unwrap(), (thread::current().id(), true));
            drop(spawning);
            assert!(matches!(refusal.recv().unwrap(), Err(BridgeError::WorkerDead)));
            drop_on_an_ending_thread(ending);
            drop_on_an_ending_thread(panics);
            assert_eq!(drops.count(), 2);
        }
    });
}

/// Waits until the bridge refuses calls.
fn wait_until_closed(bridge: &RuntimeBridge) {
    let bridge = bridge.clone();
    // On a thread of its own: here it might be a part of a call.
    thread::spawn(move || while bridge.block_on(async {}).is_ok() {}).join().unwrap();
}

/// While a shutdown waits for a call, values are dropped inside the runtime, and their destructors are served.
#[test]
fn value_is_dropped_during_a_shutdown() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (tell, told) = channel();
            let (here, ending) = (bridge.keep(busy(&bridge, tell.clone())), bridge.keep(busy(&bridge, tell)));
            bridge
                .enter_with(|| {
                    let closing = bridge.clone();
                    let shutdown = thread::spawn(move || closing.shutdown(Duration::from_secs(3600)));
                    wait_until_closed(&bridge);
                    thread::spawn(|| drop(here)).join().unwrap();
                    drop_on_an_ending_thread(ending);
                    shutdown
                })
                .unwrap()
                .join()
                .unwrap();
            assert_eq!(told.iter().collect::<Vec<_>>(), [5, 5]);
        }
    });
}

#[test]
fn shutdown_waits_for_a_destructor() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (inner, (tell, told)) = (bridge.clone(), channel());
            drop(bridge.keep(OnDrop(move || {
                let closing = inner.clone();
                let shutdown = thread::spawn(move || closing.shutdown(Duration::from_secs(3600)));
                wait_until_closed(&inner);
                inner.block_on(yield_now()).unwrap();
                tell.send(shutdown).unwrap();
            })));
            assert_eq!(told.recv().unwrap().join().unwrap().cut_off, 0);
        }
    });
}

#[test]
fn owner_behaves_like_the_value() {
    fn assert_send_and_sync<T: Send + Sync>(_: &T) {}

    let bridge = bridge(Flavor::MultiThread);
    let mut kept = bridge.keep(String::from("a"));
    assert_send_and_sync(&kept);
    kept.push('b');
    assert_eq!((kept.len(), kept.to_string(), format!("{kept:?}")), (2, "ab".to_owned(), "\"ab\"".to_owned()));
    assert_eq!(Kept::into_inner(kept), "ab");
    // It may borrow.
    let text = String::from("borrowed");
    assert_eq!(bridge.keep(text.as_str()).len(), 8);
}

#[test]
fn value_that_is_taken_out_is_dropped_as_any_other() {
    let (bridge, drops) = (bridge(Flavor::MultiThread), Drops::default());
    let value = Kept::into_inner(bridge.keep(drops.guard()));
    assert_eq!(drops.count(), 0);
    drop(value);
    assert_eq!(drops.count(), 1);
}

/// A rollback, for example, is made although the time of the code around is over.
#[test]
fn limits_of_the_code_around_do_not_end_the_calls_of_a_destructor() {
    watched(|| {
        for flavor in FLAVORS {
            from_each_caller(move || {
                let bridge = bridge(flavor);
                let (tell, told) = channel();
                let own = RuntimeBridge::new().unwrap();
                let rollback = OnDrop(move || {
                    let outcome = own.block_on_with(|| tokio::time::sleep(Duration::from_millis(5)));
                    tell.send(outcome).unwrap();
                });
                bridge.call().timeout(Duration::ZERO).within(|| drop(bridge.keep(rollback)));
                told.recv().unwrap().unwrap();
            });
        }
    });
}

/// The guard of a wait is held while another thread drops the value, as for any other wait.
#[test]
fn wait_of_an_ending_thread_is_guarded() {
    watched(|| {
        for flavor in FLAVORS {
            let (guards, taken) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
            let (counted, counts) = (guards.clone(), Arc::clone(&taken));
            let guard = move || {
                counts.fetch_add(1, Ordering::SeqCst);
                counted.guard()
            };
            let bridge = RuntimeBridge::builder().flavor(flavor).around_wait(guard).build().unwrap();
            // Ends when the guard has been taken: by the thread that waits for this drop.
            let seen = Arc::clone(&taken);
            drop_on_an_ending_thread(bridge.keep(OnDrop(move || {
                while seen.load(Ordering::SeqCst) == 0 {
                    thread::yield_now();
                }
            })));
            assert_eq!(guards.count(), taken.load(Ordering::SeqCst));
        }
    });
}

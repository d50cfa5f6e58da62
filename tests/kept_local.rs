//! Values that need not be `Send`, each on a thread of its own.

mod support;

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use support::{Drops, FLAVORS, bridge, from_each_caller, multi_thread, watched};
use sync_bridge::{BridgeError, Flavor, KeptLocal, Overflow, RuntimeBridge};
use tokio::sync::{Notify, oneshot};
use tokio::task::{spawn_local, yield_now};
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

/// A value that is not `Send`. It tells on which thread it is dropped, and whether it is inside the bridge then.
struct Witness {
    bridge: RuntimeBridge,
    tell: Sender<(ThreadId, bool)>,
    count: Rc<Cell<u32>>,
}

impl Drop for Witness {
    fn drop(&mut self) {
        // A task needs a runtime, and a local one the set of the thread.
        drop((tokio::spawn(async {}), spawn_local(async {})));
        self.tell.send((thread::current().id(), self.bridge.is_current())).unwrap();
    }
}

fn witness(bridge: &RuntimeBridge) -> (KeptLocal<Witness>, Receiver<(ThreadId, bool)>) {
    let (tell, told) = channel();
    let kept = bridge.keep_local(|| {
        let thread = thread::current().id();
        // Told first: where it has been made.
        tell.send((thread, bridge.is_current())).unwrap();
        Witness { bridge: bridge.clone(), tell, count: Rc::default() }
    });
    (kept.unwrap(), told)
}

#[test]
fn value_is_made_used_and_dropped_on_one_thread() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let (mut kept, told) = witness(&bridge);
                let made = told.recv().unwrap();
                assert!(made.0 != thread::current().id() && made.1);
                let step = |value: &mut Witness| value.count.set(value.count.get() + 1);
                let with = kept.with(|value| {
                    step(value);
                    (thread::current().id(), bridge.is_current())
                });
                let block_on = kept.block_on(async |value| {
                    step(value);
                    yield_now().await;
                    step(value);
                    (thread::current().id(), bridge.is_current())
                });
                assert_eq!((with.unwrap(), block_on.unwrap()), (made, made));
                assert_eq!(kept.with(|value| value.count.get()).unwrap(), 3);
                drop(kept);
                assert_eq!(told.recv().unwrap(), made);

                let (kept, told) = witness(&bridge);
                kept.close().unwrap();
                // It has been dropped.
                assert_eq!(told.try_iter().count(), 2);
            });
        }
    });
}

#[test]
fn local_tasks_continue_between_calls() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (ask, asked) = oneshot::channel();
            let (answer, answered) = channel();
            let drops = Drops::default();
            let mut kept = bridge.keep_local(|| Rc::new(RefCell::new(Vec::new()))).unwrap();
            let guard = drops.guard();
            kept.with(|list| {
                let list = Rc::clone(list);
                spawn_local(async move {
                    let word = asked.await.unwrap();
                    list.borrow_mut().push(word);
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    answer.send(list.borrow().len()).unwrap();
                    // Dropped with its thread.
                    let _guard = guard;
                    std::future::pending::<()>().await;
                });
            })
            .unwrap();
            // No call is in progress, and none comes before the answer.
            ask.send("once").unwrap();
            assert_eq!(answered.recv().unwrap(), 1);
            assert_eq!(kept.with(|list| list.borrow().join(",")).unwrap(), "once");
            assert_eq!(drops.count(), 0);
            drop(kept);
            while drops.count() == 0 {
                thread::yield_now();
            }
        }
    });
}

#[test]
fn calls_borrow_from_the_caller() {
    fn assert_send_and_sync<T: Send + Sync>(_: &T) {}

    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut kept = bridge.keep_local(|| Rc::new(1)).unwrap();
        assert_send_and_sync(&kept);
        let (word, mut words) = (String::from("borrowed"), Vec::new());
        kept.with(|_| words.push(word.as_str())).unwrap();
        kept.block_on(async |_| words.push(&word)).unwrap();
        assert_eq!(words, ["borrowed", "borrowed"]);
    });
}

/// Each limit ends the call, and leaves the value and its thread as they are.
#[test]
fn limits_end_a_call() {
    watched(|| {
        for flavor in FLAVORS {
            let limited = RuntimeBridge::builder().flavor(flavor).default_timeout(SHORT).build().unwrap();
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let token = CancellationToken::new();
                token.cancel();
                let check = || ControlFlow::Break("enough");
                let limits = [
                    bridge.call().timeout(SHORT),
                    bridge.call().cancel_on(&token),
                    bridge.call().while_waiting(SHORT, check),
                    limited.call(),
                ];
                for (index, limits) in limits.into_iter().enumerate() {
                    let mut kept = limits.keep_local(|| Rc::new(Cell::new(1))).unwrap();
                    let ended = kept.block_on(async |value| {
                        value.set(2);
                        std::future::pending::<()>().await;
                    });
                    match (index, &ended) {
                        (0 | 3, Err(BridgeError::TimedOut { .. })) | (1, Err(BridgeError::Cancelled { .. })) => (),
                        (2, Err(BridgeError::Interrupted { reason })) => assert_eq!(reason.to_string(), "enough"),
                        _ => panic!("{index}: {ended:?}"),
                    }
                    assert_eq!(kept.with(|value| value.get()).unwrap(), 2);
                }
                let mut kept = bridge.keep_local(|| Rc::new(1)).unwrap();
                let within = || kept.block_on(async |_| std::future::pending::<()>().await);
                let ended = bridge.call().timeout(SHORT).within(within);
                assert!(matches!(ended, Err(BridgeError::TimedOut { .. })), "{ended:?}");
            });
        }
    });
}

/// The task is polled by the call, and belongs to none. So the calls that it makes have no limits.
#[test]
fn limits_of_a_call_are_none_of_its_local_tasks() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, other) = (bridge(flavor), bridge(Flavor::MultiThread));
            // The limit of the call is met while its task makes another one.
            let call = |kept: &mut KeptLocal<()>, token: &CancellationToken| {
                let (other, token) = (other.clone(), token.clone());
                kept.block_on(async |()| {
                    let nested = async move {
                        token.cancel();
                        yield_now().await;
                    };
                    // The answer counts, though it comes late.
                    spawn_local(async move { other.block_on(nested) }).await.unwrap()
                })
            };
            let token = CancellationToken::new();
            let mut kept = bridge.call().cancel_on(&token).keep_local(|| ()).unwrap();
            call(&mut kept, &token).unwrap().unwrap();
            let (mut kept, token) = (bridge.keep_local(|| ()).unwrap(), CancellationToken::new());
            bridge.call().cancel_on(&token).within(|| call(&mut kept, &token)).unwrap().unwrap();
        }
    });
}

struct PanicsOnDrop(#[expect(dead_code, reason = "makes it not `Send`")] Rc<()>);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn panics_are_errors() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            from_each_caller(move || {
                let message = |error: BridgeError| error.panic_message().map(str::to_owned);
                let made = bridge.keep_local::<Rc<()>>(|| panic!("made"));
                assert_eq!(message(made.unwrap_err()).as_deref(), Some("made"));

                let mut kept = bridge.keep_local(|| Rc::new(1)).unwrap();
                let with = kept.with(|value| {
                    *value = Rc::new(2);
                    panic!("used");
                });
                assert_eq!(message(with.map(|(): ()| ()).unwrap_err()).as_deref(), Some("used"));
                let awaited = kept.block_on(async |_| {
                    yield_now().await;
                    panic!("awaited");
                });
                assert_eq!(message(awaited.map(|(): ()| ()).unwrap_err()).as_deref(), Some("awaited"));
                assert_eq!(kept.with(|value| **value).unwrap(), 2);
                // One of a task is its own.
                let joined = kept.block_on(async |_| spawn_local(async { panic!("task") }).await);
                assert!(joined.unwrap().unwrap_err().is_panic());
                assert_eq!(kept.with(|value| **value).unwrap(), 2);

                let kept = bridge.keep_local(|| PanicsOnDrop(Rc::new(()))).unwrap();
                assert_eq!(message(kept.close().unwrap_err()).as_deref(), Some("dropped"));
                drop(bridge.keep_local(|| PanicsOnDrop(Rc::new(()))).unwrap());
            });
        }
    });
}

#[test]
fn code_on_the_thread_makes_calls() {
    watched(|| {
        for flavor in FLAVORS {
            let (bridge, other) = (bridge(flavor), bridge(Flavor::CurrentThread));
            from_each_caller(move || {
                let ask = |bridge: &RuntimeBridge| {
                    let waits = async {
                        yield_now().await;
                        tokio::spawn(async { 1 }).await.unwrap()
                    };
                    let local = bridge.block_on_local(|| async { spawn_local(async { 2 }).await.unwrap() });
                    let task = bridge.spawn(async { 4 }).wait();
                    let value = bridge.keep_local(|| Rc::new(8)).unwrap().with(|value| **value);
                    bridge.block_on(waits).unwrap() + local.unwrap() + task.unwrap() + value.unwrap()
                };
                let mut kept = bridge.keep_local(|| Rc::new(ask(&bridge))).unwrap();
                assert_eq!(kept.with(|value| (**value, ask(&bridge), ask(&other))).unwrap(), (15, 15, 15));
                let awaited = kept.block_on(async |_| {
                    yield_now().await;
                    let (own, other_bridge) = (bridge.clone(), other.clone());
                    let task = spawn_local(async move { ask(&own) + ask(&other_bridge) });
                    (ask(&bridge), task.await.unwrap())
                });
                assert_eq!(awaited.unwrap(), (15, 30));
                // Between the calls.
                let ((answer, answered), (go, going)) = (channel(), oneshot::channel());
                let (own, other) = (bridge.clone(), other.clone());
                kept.with(|_| {
                    spawn_local(async move {
                        going.await.unwrap();
                        answer.send((ask(&own), ask(&other))).unwrap();
                    });
                })
                .unwrap();
                go.send(()).unwrap();
                assert_eq!(answered.recv().unwrap(), (15, 15));
            });
        }
    });
}

type SharedOwner = Arc<Mutex<Option<KeptLocal<Rc<u8>>>>>;

/// Uses the value of a shared owner for a moment.
fn use_shared(owner: &SharedOwner) -> Result<u8, BridgeError> {
    owner.lock().unwrap().as_mut().unwrap().with(|value| **value)
}

#[test]
fn call_from_the_thread_of_the_value_is_refused() {
    watched(|| {
        for (flavor, other) in FLAVORS.into_iter().flat_map(|flavor| FLAVORS.map(|other| (flavor, other))) {
            let (bridge, other) = (bridge(flavor), bridge(other));
            let shared = SharedOwner::default();
            let mut kept = bridge.keep_local(|| Rc::new(7)).unwrap();
            let (answer, answers) = channel();
            let inner = Arc::clone(&shared);
            let (go, gone) = oneshot::channel::<()>();
            kept.with(|_| {
                spawn_local(async move {
                    gone.await.unwrap();
                    answer.send(use_shared(&inner)).unwrap();
                    // Through another bridge, on whose worker it would wait for this thread.
                    let through = other.block_on(async {
                        yield_now().await;
                        use_shared(&inner)
                    });
                    answer.send(through.unwrap()).unwrap();
                });
            })
            .unwrap();
            *shared.lock().unwrap() = Some(kept);
            go.send(()).unwrap();
            for _ in 0..2 {
                let refused = answers.recv().unwrap();
                assert!(matches!(refused, Err(BridgeError::WouldDeadlock)), "{refused:?}");
            }
            assert_eq!(use_shared(&shared).unwrap(), 7);
        }
    });
}

/// The task of each thread waits for the other thread. One of them is refused, or has come too early to wait.
#[test]
fn circle_of_two_threads_is_refused() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let owners = [SharedOwner::default(), SharedOwner::default()];
            let started = Arc::new(std::sync::Barrier::new(2));
            let (answer, answers) = channel();
            let begin = Arc::new(Notify::new());
            for (own, other) in [(0, 1), (1, 0)] {
                let mut kept = bridge.keep_local(|| Rc::new(7)).unwrap();
                let (other, started) = (Arc::clone(&owners[other]), Arc::clone(&started));
                let (answer, begin) = (answer.clone(), Arc::clone(&begin));
                kept.with(|_| {
                    spawn_local(async move {
                        begin.notified().await;
                        // Both threads are in their tasks.
                        started.wait();
                        answer.send(use_shared(&other)).unwrap();
                    });
                })
                .unwrap();
                *owners[own].lock().unwrap() = Some(kept);
            }
            begin.notify_one();
            begin.notify_one();
            let answers = [answers.recv().unwrap(), answers.recv().unwrap()];
            assert!(answers.iter().any(|answer| matches!(answer, Err(BridgeError::WouldDeadlock))), "{answers:?}");
            assert!(answers.iter().any(|answer| matches!(answer, Ok(7))), "{answers:?}");
        }
    });
}

#[test]
fn future_of_the_bridge_uses_a_value() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut kept = bridge.keep_local(|| Rc::new(7)).unwrap();
        let used = bridge.spawn(async move {
            // The only worker waits, and another thread drives the timer.
            kept.block_on(async |value| {
                tokio::time::sleep(Duration::from_millis(1)).await;
                **value
            })
        });
        assert_eq!({ used }.wait().unwrap().unwrap(), 7);
        let current_thread = support::bridge(Flavor::CurrentThread);
        let mut kept = current_thread.keep_local(|| Rc::new(7)).unwrap();
        let refused = current_thread.block_on(async { kept.with(|value| **value) });
        assert!(matches!(refused.unwrap(), Err(BridgeError::WouldDeadlock)));
    });
}

/// The value is used while another task of the calling worker runs.
#[test]
fn tasks_of_the_calling_worker_continue() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut kept = bridge.keep_local(|| Rc::new(7)).unwrap();
        let (answer, answered) = oneshot::channel();
        let calling = async move {
            tokio::spawn(async move { answer.send(5).unwrap() });
            kept.block_on(async |value| answered.await.unwrap() + **value).unwrap()
        };
        assert_eq!(multi_thread(1).block_on(async { tokio::spawn(calling).await.unwrap() }), 12);
    });
}

#[test]
fn shutdown_ends_a_call_and_drops_the_value() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let (mut kept, told) = witness(&bridge);
            let made = told.recv().unwrap();
            let (arrived, arrival) = channel();
            let drops = Drops::default();
            let guard = drops.guard();
            kept.with(|_| {
                spawn_local(async move {
                    let _guard = guard;
                    std::future::pending::<()>().await;
                })
            })
            .map(drop)
            .unwrap();
            let call = thread::spawn(move || {
                let cut_off = kept.block_on(async |_| {
                    yield_now().await;
                    arrived.send(()).unwrap();
                    std::future::pending::<()>().await;
                });
                (kept, cut_off)
            });
            arrival.recv().unwrap();
            assert_eq!(bridge.shutdown(Duration::ZERO).cut_off, 1);
            let (mut kept, cut_off) = call.join().unwrap();
            assert!(matches!(cut_off, Err(BridgeError::ResponseLost(_))), "{cut_off:?}");
            // Its runtime is there until it has been dropped.
            assert_eq!(told.recv().unwrap(), made);
            while drops.count() == 0 {
                thread::yield_now();
            }
            assert!(matches!(kept.with(|_| ()), Err(BridgeError::WorkerDead)));
            assert!(matches!(kept.close(), Err(BridgeError::WorkerDead)));
            assert!(matches!(bridge.keep_local(|| ()), Err(BridgeError::WorkerDead)));
        }
    });
}

#[test]
fn shutdown_waits_for_a_call_and_not_for_a_value() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            let mut kept = bridge.keep_local(|| Rc::new(7)).unwrap();
            let (arrived, arrival) = channel();
            let (leave, left) = oneshot::channel::<()>();
            let call = thread::spawn(move || {
                let value = kept.block_on(async |value| {
                    yield_now().await;
                    arrived.send(()).unwrap();
                    left.await.unwrap();
                    **value
                });
                (value, kept)
            });
            arrival.recv().unwrap();
            let closing = bridge.clone();
            let shutdown = thread::spawn(move || closing.shutdown(LONG));
            while bridge.block_on(async {}).is_ok() {}
            leave.send(()).unwrap();
            let (value, _kept) = call.join().unwrap();
            assert_eq!(value.unwrap(), 7);
            assert_eq!(shutdown.join().unwrap().cut_off, 0);
        }
    });
}

/// Code on the thread may shut the bridge down: during a call, which is cut off, and between calls.
#[test]
fn code_on_the_thread_shuts_the_bridge_down() {
    watched(|| {
        for flavor in FLAVORS {
            let inside = bridge(flavor);
            let (mut kept, told) = witness(&inside);
            let report = kept.with(|_| inside.shutdown(LONG)).unwrap();
            assert_eq!((report.finished, report.cut_off), (0, 1));
            assert_eq!(told.iter().take(2).count(), 2);

            let between = bridge(flavor);
            let (mut kept, told) = witness(&between);
            let ((answer, answered), (go, going)) = (channel(), oneshot::channel());
            kept.with(|value| {
                let bridge = value.bridge.clone();
                spawn_local(async move {
                    going.await.unwrap();
                    answer.send(bridge.shutdown(LONG)).unwrap();
                });
            })
            .unwrap();
            go.send(()).unwrap();
            let report = answered.recv().unwrap();
            assert_eq!((report.finished, report.cut_off), (0, 0));
            assert_eq!(told.iter().take(2).count(), 2);
        }
    });
}

#[test]
fn owner_is_dropped_anywhere() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge = bridge(flavor);
            // On the thread of the value, and with the last handle of the bridge.
            let (mut kept, told) = witness(&bridge);
            let made = told.recv().unwrap();
            let (give, given) = oneshot::channel::<KeptLocal<Witness>>();
            kept.with(|_| {
                spawn_local(async move { drop(given.await.unwrap()) });
            })
            .unwrap();
            give.send(kept).map_err(drop).unwrap();
            assert_eq!(told.recv().unwrap(), made);

            let (kept, told) = witness(&bridge);
            drop(bridge);
            let made = told.recv().unwrap();
            drop(kept);
            // The value has a handle, too.
            assert_eq!(told.recv().unwrap(), made);
        }
    });
}

/// As many as there are: they take no thread from what else needs one.
#[test]
fn many_values_at_a_time() {
    watched(|| {
        let bridge = bridge(Flavor::MultiThread);
        let mut all: Vec<_> = (0..200_u32).map(|number| bridge.keep_local(|| Rc::new(number)).unwrap()).collect();
        let sum: u32 = all.iter_mut().map(|kept| kept.with(|number| **number).unwrap()).sum();
        assert_eq!(sum, (0..200).sum());
    });
}

/// It ends what a call has begun, and so needs no place among them.
#[test]
fn value_is_closed_though_the_bridge_is_full() {
    watched(|| {
        for flavor in FLAVORS {
            let bridge =
                RuntimeBridge::builder().flavor(flavor).max_in_flight(1).overflow(Overflow::Reject).build().unwrap();
            let kept = bridge.keep_local(|| Rc::new(1)).unwrap();
            let (begun, has_begun) = channel();
            let (release, released) = oneshot::channel::<()>();
            let holder = thread::spawn({
                let bridge = bridge.clone();
                move || {
                    bridge.block_on(async move {
                        begun.send(()).unwrap();
                        drop(released.await);
                    })
                }
            });
            has_begun.recv().unwrap();
            assert!(matches!(bridge.block_on(async {}), Err(BridgeError::Saturated)));
            kept.close().unwrap();
            drop(release);
            holder.join().unwrap().unwrap();
        }
    });
}

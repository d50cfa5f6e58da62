//! A bridge on a multi-thread runtime of the program's own: what it takes, what it refuses, and who may call.

mod support;

use std::cell::Cell;
use std::future::{Future, pending};
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use support::{current_thread, multi_thread, watched};
use sync_bridge::{BridgeError, Builder, Flavor, Overflow, RuntimeBridge};
use tokio::runtime::{self, Handle, Runtime};
use tokio::sync::Notify;
use tokio::task::{unconstrained, yield_now};
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

fn on(runtime: &Runtime) -> RuntimeBridge {
    RuntimeBridge::from_handle(runtime.handle()).unwrap()
}

fn builder(runtime: &Runtime) -> Builder {
    RuntimeBridge::builder().runtime(runtime.handle().clone())
}

async fn timer() {
    tokio::time::sleep(SHORT).await;
}

async fn waits_once() -> u8 {
    yield_now().await;
    1
}

/// Runs `f` in a task of the runtime: as a handler does.
fn in_a_handler<R: Send + 'static>(runtime: &Runtime, f: impl FnOnce() -> R + Send + 'static) -> R {
    futures::executor::block_on(runtime.spawn(async { f() })).unwrap()
}

#[test]
fn futures_run_on_the_runtime() {
    watched(|| {
        let runtime = multi_thread(1);
        let (bridge, id) = (on(&runtime), runtime.handle().id());
        assert_eq!(bridge.handle().id(), id);
        let runs_on = || async {
            yield_now().await;
            Handle::current().id()
        };
        assert_eq!(bridge.block_on(runs_on()).unwrap(), id);
        assert_eq!(bridge.block_on_local(runs_on).unwrap(), id);
        assert_eq!(bridge.spawn(runs_on()).wait().unwrap(), id);
        assert_eq!(bridge.scope(|scope| scope.spawn(runs_on()).wait()).unwrap().unwrap(), id);
        assert_eq!(bridge.spawn_blocking(|| Handle::current().id()).wait().unwrap(), id);
        let prefetched = bridge.iter(futures::stream::once(runs_on())).with_prefetch(1).next();
        assert_eq!(prefetched.unwrap().unwrap(), id);
        let worker = bridge.block_on(async { tokio::spawn(async { runtime::worker_index() }).await.unwrap() });
        assert_eq!(worker.unwrap(), Some(0));
        assert!(!bridge.is_current());
        assert!(bridge.block_on(async { bridge.is_current() }).unwrap());
    });
}

#[test]
fn handle_of_a_current_thread_runtime_is_refused() {
    let runtime = current_thread();
    let error = RuntimeBridge::from_handle(runtime.handle()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("use a multi-thread runtime, or leave out the handle"), "{error}");
    let inside = runtime.block_on(async { RuntimeBridge::from_handle(Handle::current()) }).unwrap_err();
    assert_eq!(inside.to_string(), error.to_string());
}

#[test]
fn settings_of_the_runtime_beside_it_are_refused() {
    let runtime = multi_thread(1);
    let settings: [fn(Builder) -> Builder; 5] = [
        |builder| builder.worker_threads(1),
        |builder| builder.worker_threads(4),
        |builder| builder.max_blocking_threads(4),
        |builder| builder.flavor(Flavor::CurrentThread),
        |builder| builder.max_blocking_threads(0),
    ];
    for set in settings {
        let error = set(builder(&runtime)).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("leave out `flavor`, `worker_threads`"), "{error}");
    }
    // Those of the bridge are checked as always.
    assert_eq!(builder(&runtime).max_in_flight(0).build().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(builder(&runtime).thread_name("a\0b").build().unwrap_err().kind(), ErrorKind::InvalidInput);
    builder(&runtime).thread_name("helper").thread_stack_size(1 << 20).build().unwrap();
}

#[test]
fn two_bridges_on_one_runtime_are_apart() {
    watched(|| {
        let runtime = multi_thread(1);
        let (one, other) = (on(&runtime), on(&runtime));
        let nested = |outer: &RuntimeBridge, inner: &RuntimeBridge| {
            outer.block_on(async {
                yield_now().await;
                inner.block_on(async {
                    yield_now().await;
                    outer.block_on(async {
                        yield_now().await;
                        5
                    })
                })
            })
        };
        assert_eq!(nested(&one, &other).unwrap().unwrap().unwrap(), 5);
        let kept = other.spawn(pending::<()>());
        one.shutdown(LONG);
        assert!(matches!(one.block_on(async { 1 }), Err(BridgeError::WorkerDead)));
        other.block_on(timer()).unwrap();
        assert!(!kept.is_finished());
        assert!(matches!(nested(&other, &one), Ok(Err(BridgeError::WorkerDead))));
    });
}

/// A bridge on the runtime of another bridge, which ends with that.
#[test]
fn runtime_of_another_bridge() {
    watched(|| {
        let owner = RuntimeBridge::new().unwrap();
        let tenant = RuntimeBridge::from_handle(owner.handle()).unwrap();
        let through = |outer: &RuntimeBridge, inner: &RuntimeBridge| {
            outer.block_on(async {
                yield_now().await;
                inner.block_on(async {
                    tokio::time::sleep(SHORT).await;
                    outer.block_on(async {
                        yield_now().await;
                        6
                    })
                })
            })
        };
        assert_eq!(through(&owner, &tenant).unwrap().unwrap().unwrap(), 6);
        assert_eq!(through(&tenant, &owner).unwrap().unwrap().unwrap(), 6);
        let inner = owner.clone();
        assert_eq!(tenant.spawn(async move { inner.block_on(async { 7 }) }).wait().unwrap().unwrap(), 7);
        let (waits, waiting) = channel();
        let waiter = std::thread::spawn({
            let tenant = tenant.clone();
            move || {
                tenant.block_on(async {
                    yield_now().await;
                    waits.send(()).unwrap();
                    pending::<()>().await;
                })
            }
        });
        waiting.recv().unwrap();
        owner.shutdown(LONG);
        assert!(matches!(waiter.join().unwrap(), Err(BridgeError::ResponseLost(_))));
        while !matches!(tenant.block_on(async {}), Err(BridgeError::WorkerDead)) {
            std::thread::yield_now();
        }
    });
}

/// A bridge with a runtime of its own, and one without, each waiting for the other.
#[test]
fn calls_to_and_fro_fifty_levels_deep() {
    fn descend(bridges: [&RuntimeBridge; 2], levels: u32, yields: bool) -> Result<u32, BridgeError> {
        let [first, second] = bridges;
        if levels == 0 {
            return Ok(0);
        }
        let depth = first.block_on(async move {
            if yields {
                yield_now().await;
            }
            descend([second, first], levels - 1, yields)
        })??;
        Ok(depth + 1)
    }

    watched(|| {
        for flavor in support::FLAVORS {
            let runtime = multi_thread(1);
            let own = RuntimeBridge::builder().flavor(flavor).build().unwrap();
            let borrowed = on(&runtime);
            // A current-thread bridge answers its own futures with an error, at once.
            let levels = if flavor == Flavor::MultiThread { 50 } else { 2 };
            for yields in [true, false] {
                assert_eq!(descend([&own, &borrowed], levels, yields).unwrap(), levels);
                assert_eq!(descend([&borrowed, &own], levels, yields).unwrap(), levels);
                assert_eq!(descend([&borrowed, &borrowed], 50, yields).unwrap(), 50);
                let both = (own.clone(), borrowed.clone());
                assert_eq!(
                    in_a_handler(&runtime, move || descend([&both.1, &both.0], levels, yields)).unwrap(),
                    levels
                );
            }
            if flavor == Flavor::CurrentThread {
                assert!(matches!(descend([&own, &borrowed], 3, true), Err(BridgeError::WouldDeadlock)));
            }
        }
    });
}

/// More than tokio has blocking threads by default: each call gets an answer.
#[test]
fn six_hundred_reentrant_calls_at_once() {
    watched(|| {
        let runtime = multi_thread(1);
        let bridge = on(&runtime);
        let (answer, answers) = channel();
        for _ in 0..600 {
            let (inner, answer) = (bridge.clone(), answer.clone());
            runtime.spawn(async move {
                let ended = inner.block_on(async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    1
                });
                answer.send(ended).unwrap();
            });
        }
        drop(answer);
        let answers: Vec<_> = answers.into_iter().collect();
        assert_eq!(answers.len(), 600);
        let refused = answers.iter().filter(|answer| matches!(answer, Err(BridgeError::Saturated))).count();
        let served = answers.iter().filter(|answer| matches!(answer, Ok(1))).count();
        assert_eq!(served + refused, 600, "{answers:?}");
        assert!(served > 0);
        // As it was.
        bridge.block_on(timer()).unwrap();
    });
}

/// The only thread that could take the place of the worker is busy: the call is refused, and does not hang.
#[test]
fn only_blocking_thread_is_busy() {
    watched(|| {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let bridge = on(&runtime);
        let (release, released) = channel::<()>();
        let (begun, has_begun) = channel();
        let closure = runtime.spawn_blocking(move || {
            begun.send(()).unwrap();
            let _ = released.recv();
        });
        has_begun.recv().unwrap();
        let inner = bridge.clone();
        let waits = move || inner.block_on(timer());
        let refused = in_a_handler(&runtime, waits.clone());
        assert!(matches!(refused, Err(BridgeError::Saturated)), "{refused:?}");
        // From elsewhere the worker is free.
        waits().unwrap();
        drop(release);
        futures::executor::block_on(closure).unwrap();
        in_a_handler(&runtime, waits).unwrap();
    });
}

#[test]
fn limits_hold_from_every_caller() {
    watched(|| {
        let runtime = multi_thread(1);
        let bridge = on(&runtime);
        let check = move |bridge: &RuntimeBridge| {
            let limited = bridge.call().timeout(SHORT).block_on(pending::<()>());
            assert!(matches!(limited, Err(BridgeError::TimedOut { .. })), "{limited:?}");
            let token = CancellationToken::new();
            let inner = token.clone();
            let canceller = std::thread::spawn(move || inner.cancel());
            let outcome = bridge.call().cancel_on(&token).block_on(pending::<()>());
            assert!(matches!(outcome, Err(BridgeError::Cancelled { .. })), "{outcome:?}");
            canceller.join().unwrap();
            // The limits of a call around hold too.
            let nested = bridge.call().timeout(SHORT).block_on(async {
                yield_now().await;
                bridge.block_on(pending::<()>())
            });
            assert!(matches!(nested, Ok(Err(BridgeError::TimedOut { .. })) | Err(BridgeError::TimedOut { .. })));
            let local = bridge.call().timeout(SHORT).block_on_local(pending::<()>);
            assert!(matches!(local, Err(BridgeError::TimedOut { .. })), "{local:?}");
        };
        from_each_caller_of(&runtime, &bridge, check);
        let bridge = builder(&runtime).default_timeout(SHORT).build().unwrap();
        let check = |bridge: &RuntimeBridge| {
            let limited = bridge.block_on(pending::<()>());
            assert!(matches!(limited, Err(BridgeError::TimedOut { .. })), "{limited:?}");
        };
        from_each_caller_of(&runtime, &bridge, check);
    });
}

/// Runs `f` from the callers of the tests' support, and from a task, a blocking closure and a bridged future on the runtime.
fn from_each_caller_of(
    runtime: &Runtime,
    bridge: &RuntimeBridge,
    f: impl Fn(&RuntimeBridge) + Clone + Send + Sync + 'static,
) {
    let (inner, call) = (bridge.clone(), f.clone());
    let run = move || call(&inner);
    support::from_each_caller(run.clone());
    in_a_handler(runtime, run.clone());
    futures::executor::block_on(runtime.spawn_blocking(run.clone())).unwrap();
    runtime.block_on(async { f(bridge) });
    let _guard = runtime.enter();
    f(bridge);
}

#[test]
fn checks_run_on_the_thread_that_waits() {
    watched(|| {
        thread_local! {
            static CHECKS: Cell<u32> = const { Cell::new(0) };
        }
        let runtime = multi_thread(1);
        let check = || {
            CHECKS.set(CHECKS.get() + 1);
            if CHECKS.get() == 3 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
        };
        let bridge = builder(&runtime).while_waiting(Duration::from_millis(1), check).build().unwrap();
        from_each_caller_of(&runtime, &bridge, |bridge| {
            CHECKS.set(0);
            let error = bridge.block_on(pending::<()>()).unwrap_err();
            assert!(matches!(error, BridgeError::Interrupted { .. }), "{error:?}");
            assert_eq!(CHECKS.get(), 3);
        });
    });
}

tokio::task_local! {
    static REQUEST: u32;
}

/// Of calls, tasks and closures, and of no task that is the program's.
#[test]
fn context_is_passed_to_what_is_the_bridges() {
    watched(|| {
        let runtime = multi_thread(1);
        let hook = || {
            let request = REQUEST.try_get();
            move |poll: &mut dyn FnMut()| match request {
                Ok(request) => REQUEST.sync_scope(request, poll),
                Err(_) => poll(),
            }
        };
        let bridge = builder(&runtime).with_context(hook).build().unwrap();
        from_each_caller_of(&runtime, &bridge, |bridge| {
            REQUEST.sync_scope(7, || {
                let read = || async {
                    yield_now().await;
                    REQUEST.try_get().ok()
                };
                assert_eq!(bridge.block_on(read()).unwrap(), Some(7));
                assert_eq!(bridge.spawn(read()).wait().unwrap(), Some(7));
                assert_eq!(bridge.scope(|scope| scope.spawn(read()).wait()).unwrap().unwrap(), Some(7));
                assert_eq!(bridge.spawn_blocking(|| REQUEST.try_get().ok()).wait().unwrap(), Some(7));
                assert_eq!(bridge.block_on(async { bridge.handle().spawn(read()).await.unwrap() }).unwrap(), None);
            });
        });
    });
}

/// A handler's call takes a place. What it waits for on the bridge takes none, or it would wait for itself.
#[test]
fn places_are_for_the_programs_calls() {
    watched(|| {
        let runtime = multi_thread(1);
        for overflow in [Overflow::Wait, Overflow::Reject] {
            let bridge = builder(&runtime).max_in_flight(1).overflow(overflow).build().unwrap();
            from_each_caller_of(&runtime, &bridge, |bridge| {
                let again = |bridge: RuntimeBridge| async move {
                    yield_now().await;
                    bridge.block_on(async {
                        yield_now().await;
                        4
                    })
                };
                assert_eq!(bridge.block_on(again(bridge.clone())).unwrap().unwrap(), 4);
                // In a task, a blocking closure and a scope of the bridge, which the call waits for.
                let task = bridge.block_on(async { bridge.spawn(again(bridge.clone())).await });
                assert_eq!(task.unwrap().unwrap().unwrap(), 4);
                let inner = bridge.clone();
                let closure =
                    bridge.block_on(async { bridge.spawn_blocking(move || inner.block_on(async { 5 })).await });
                assert_eq!(closure.unwrap().unwrap().unwrap(), 5);
                let scoped = bridge.block_on(async {
                    yield_now().await;
                    bridge.scope(|scope| scope.spawn(again(bridge.clone())).wait())
                });
                assert_eq!(scoped.unwrap().unwrap().unwrap().unwrap(), 4);
                let local = bridge.block_on_local(|| again(bridge.clone()));
                assert_eq!(local.unwrap().unwrap(), 4);
            });
        }
        // A handler's second call waits for the place, or is refused.
        let bridge = builder(&runtime).max_in_flight(1).overflow(Overflow::Reject).build().unwrap();
        let (arrive, arrived) = channel();
        let leave = Arc::new(Notify::new());
        let (inner, left) = (bridge.clone(), Arc::clone(&leave));
        let first = runtime.spawn(async move {
            inner.block_on(async {
                arrive.send(()).unwrap();
                left.notified().await;
            })
        });
        arrived.recv().unwrap();
        let inner = bridge.clone();
        assert!(matches!(in_a_handler(&runtime, move || inner.block_on(async { 1 })), Err(BridgeError::Saturated)));
        leave.notify_one();
        futures::executor::block_on(first).unwrap().unwrap();
        assert_eq!(bridge.metrics().rejected, 1);
    });
}

/// While a shutdown waits for a call, what the call waits for is served.
#[test]
fn shutdown_serves_what_a_call_waits_for() {
    watched(|| {
        let runtime = multi_thread(1);
        let bridge = on(&runtime);
        let (waits, waiting) = channel();
        let go_on = Arc::new(Notify::new());
        let (inner, released) = (bridge.clone(), Arc::clone(&go_on));
        let call = std::thread::spawn(move || {
            let last = inner.clone();
            inner.block_on(async {
                let closing = inner.clone();
                let task = inner.spawn(async move {
                    yield_now().await;
                    waits.send(()).unwrap();
                    released.notified().await;
                    closing.block_on(async {
                        yield_now().await;
                        closing.spawn_blocking(move || last.block_on(async { 9 })).await
                    })
                });
                task.await
            })
        });
        waiting.recv().unwrap();
        let closing = bridge.clone();
        let shutdown = std::thread::spawn(move || closing.shutdown(LONG));
        while bridge.block_on(async {}).is_ok() {
            std::thread::yield_now();
        }
        // The program's own tasks are refused.
        let inner = bridge.clone();
        assert!(matches!(in_a_handler(&runtime, move || inner.block_on(async { 1 })), Err(BridgeError::WorkerDead)));
        go_on.notify_one();
        assert_eq!(call.join().unwrap().unwrap().unwrap().unwrap().unwrap().unwrap(), 9);
        assert_eq!(shutdown.join().unwrap().cut_off, 0);
    });
}

/// Makes a call when it is woken, and sends the answer.
struct Calls {
    bridge: RuntimeBridge,
    answers: Mutex<Sender<Result<u8, BridgeError>>>,
}

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        let answer = self.bridge.block_on(waits_once());
        let _ = self.answers.lock().unwrap().send(answer);
    }
}

/// The driver cannot hand its work to another thread: a call that it makes is refused, on a thread that the bridge knows and
/// on one that it does not.
#[test]
fn waker_that_the_driver_wakes() {
    watched(|| {
        for (workers, is_known, is_busy) in [1, 2].into_iter().flat_map(|workers| {
            [(false, false), (true, false), (false, true), (true, true)].map(|(a, b)| (workers, a, b))
        }) {
            let runtime = multi_thread(workers);
            let bridge = on(&runtime);
            if is_known {
                all_workers(&bridge, workers);
            }
            driver_is_refused(&runtime, &bridge, is_busy);
        }
    });
}

/// A worker that parks and has polled nothing of the bridge looks like a thread under the guard of the runtime.
#[test]
fn waker_that_the_driver_on_an_unknown_worker_wakes() {
    watched(|| {
        for is_busy in [false, true] {
            let runtime = multi_thread(2);
            let mut held = [hold_a_worker(&runtime), hold_a_worker(&runtime)];
            held.sort_by_key(|(index, _)| *index);
            let [(_, hold_0), (_, hold_1)] = held;
            drop(hold_1);
            // Worker 1 serves the bridge, and then nobody.
            let bridge = on(&runtime);
            bridge.block_on(waits_once()).unwrap();
            let (index, hold_1) = hold_a_worker(&runtime);
            assert_eq!(index, 1);
            drop(hold_0);
            driver_is_refused(&runtime, &bridge, is_busy);
            drop(hold_1);
        }
    });
}

/// The index of a worker that does nothing until the sender is dropped.
fn hold_a_worker(runtime: &Runtime) -> (usize, Sender<()>) {
    let (release, released) = channel::<()>();
    let (begun, has_begun) = channel();
    runtime.spawn(async move {
        begun.send(runtime::worker_index().unwrap()).unwrap();
        let _ = released.recv();
    });
    (has_begun.recv().unwrap(), release)
}

fn driver_is_refused(runtime: &Runtime, bridge: &RuntimeBridge, is_busy: bool) {
    let (answers, answer) = channel();
    let waker = Waker::from(Arc::new(Calls { bridge: bridge.clone(), answers: Mutex::new(answers) }));
    let task = async move {
        let mut sleep = pin!(tokio::time::sleep(SHORT));
        assert_eq!(sleep.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
        loop {
            if let Ok(answer) = answer.try_recv() {
                return answer;
            }
            if is_busy {
                yield_now().await;
            } else {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    };
    let answer = futures::executor::block_on(runtime.spawn(task)).unwrap();
    assert!(matches!(answer, Err(BridgeError::WouldDeadlock)), "{answer:?}");
    // The runtime and the bridge are as they were.
    bridge.block_on(timer()).unwrap();
}

/// Has each worker poll a future of the bridge.
fn all_workers(bridge: &RuntimeBridge, workers: usize) {
    let barrier = Arc::new(Barrier::new(workers));
    let tasks: Vec<_> = (0..workers)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            bridge.spawn(async move { barrier.wait().is_leader() })
        })
        .collect();
    assert_eq!(tasks.into_iter().map(|mut task| task.wait().unwrap()).filter(|&leads| leads).count(), 1);
}

/// Such a task cannot be told from the driver of a runtime whose workers carry no mark, and is answered as that is.
#[test]
fn task_without_a_budget_is_answered() {
    watched(|| {
        for workers in [1, 2] {
            let runtime = multi_thread(workers);
            let bridge = on(&runtime);
            for _ in 0..3 {
                let inner = bridge.clone();
                let call = unconstrained(async move { inner.block_on(waits_once()) });
                let answer = futures::executor::block_on(runtime.spawn(call)).unwrap();
                assert!(matches!(answer, Err(BridgeError::WouldDeadlock)), "{answer:?}");
                // A thread that may block is known to be one.
                let inner = bridge.clone();
                let call = unconstrained(async move { tokio::task::block_in_place(|| inner.block_on(waits_once())) });
                assert_eq!(futures::executor::block_on(runtime.spawn(call)).unwrap().unwrap(), 1);
            }
        }
    });
}
